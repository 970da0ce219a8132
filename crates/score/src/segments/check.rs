//! Checks every SQL file of the customers against the columns that the sources have, without looking at rows.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use chrono::NaiveDate;
use foretell_engine::{Engine, Figures, Lake, Period, Result, Wanted};
use foretell_spec::Loaded;
use foretell_storage::Warehouse;

use super::catalogue::{self, CustomerColumn};
use super::known;
use super::make::{knowing, parts};
use super::sql::{self, Sql};
use super::worth;

/// Checks all files; returns the columns that `customers` would have.
///
/// `features` are the columns of the table of that name and their types, after `customer_id`.
///
/// # Errors
/// The faults of SQL files, each with its place.
pub async fn check_customers(
    engine: &Engine,
    warehouse: &Warehouse,
    loaded: &Loaded,
    schemas: Vec<(String, SchemaRef)>,
    features: Vec<(String, String)>,
) -> Result<Vec<CustomerColumn>> {
    let lake = Lake::empty(warehouse, schemas);
    let sql = Sql::find(loaded, &lake)?;
    let template = sql::template(loaded, &lake);
    let files: Vec<_> = sql.facts.iter().collect();
    let day = NaiveDate::default();
    let shared = engine.shared(&lake, Period::before(day), &template, &sql.staging, &sql.shared).await?;
    let wanted = Wanted {
        shared: std::slice::from_ref(&shared),
        lake: &lake,
        template: &template,
        staging: &sql.staging,
        files: &files,
        fuse: loaded.spec.features.fuse,
    };
    let facts = engine.facts(wanted, &[day]).await?.schema();
    let mut fields = vec![Field::new("customer_id", DataType::Utf8, false)];
    fields.extend(features.into_iter().map(|(name, data_type)| {
        let data_type = match data_type.as_str() {
            "bool" => DataType::Boolean,
            "int64" => DataType::Int64,
            _ => DataType::Float64,
        };
        Field::new(name, data_type, true)
    }));
    let features = Arc::new(Schema::new(fields));

    let tables = engine.tables(warehouse)?;
    tables.add_empty("facts", Arc::clone(&facts))?;
    tables.add_empty("worth", worth::schema())?;
    tables.add_empty("features", Arc::clone(&features))?;
    let parts = parts(&tables, loaded, false).await?;
    let template = knowing(&template, &tables, &parts).await?;
    let figures = tables.figures(&sql.figures, &template, Figures::default()).await?;
    let view = engine.view(&lake, Period::before(day), &template, &sql.staging).await?;
    view.add_empty("facts", facts)?;
    view.add_empty("features", features)?;
    shared.iter().try_for_each(|table| view.share(table))?;
    let questions = view.questions(known::schema(&parts), &sql.questions, &template, &figures).await?;
    tables.add_empty("customers", questions.schema())?;
    for file in &sql.tables {
        tables.collect_file(file, &template).await?;
    }
    Ok(catalogue::entries(&sql, &questions))
}
