//! What would run: the queries of a pipeline, rendered and planned, without running any.

use arrow::datatypes::SchemaRef;
use chrono::NaiveDate;
use foretell_engine::{Context, Engine, Fusion, Lake, LakeManifest, Result, SliceCell, definition};
use foretell_spec::{Loaded, Slice, cutoffs, slice_grid};
use foretell_storage::Warehouse;

use crate::catalogue::{self, CatalogueEntry};
use crate::cutoff::Recipe;
use crate::family::Sql;
use crate::stage::logical_date;
use crate::{labels, slices};

/// What a run would do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Logical date; `None` where nothing was ingested yet and none was given.
    pub date: Option<NaiveDate>,
    /// Cutoffs, the logical date last.
    pub cutoffs: Vec<NaiveDate>,
    /// Feature queries in order.
    pub queries: Vec<PlannedQuery>,
    /// What the features would be.
    pub catalogue: Vec<CatalogueEntry>,
    /// Feature files left out because their source is not declared: path and source.
    pub skipped: Vec<(String, String)>,
    /// Says that slices are not learned yet, so that their names are made up.
    pub provisional: bool,
}

/// One feature file as it would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedQuery {
    /// The file.
    pub file: String,
    /// Its family.
    pub family: String,
    /// How many features it makes.
    pub features: usize,
    /// How it runs.
    pub fusion: Fusion,
    /// The SQL after rendering.
    pub sql: String,
}

/// Checks every SQL file and every target's conditions against `schemas`, without looking at the warehouse.
///
/// # Errors
/// The first fault of a SQL file or of a target's conditions, with its place.
pub async fn check(
    engine: &Engine,
    warehouse: &Warehouse,
    loaded: &Loaded,
    schemas: Vec<(String, SchemaRef)>,
) -> Result<Plan> {
    let lake = Lake::empty(warehouse, schemas);
    let template = made_up(loaded, &lake)?;
    planned(engine, warehouse, loaded, &lake, &template, None).await
}

/// Checks and plans everything against `schemas`, the columns that ingest would write.
///
/// # Errors
/// The first fault of a SQL file or of a target's conditions, with its place.
pub async fn plan(
    engine: &Engine,
    warehouse: &Warehouse,
    loaded: &Loaded,
    schemas: Vec<(String, SchemaRef)>,
    date: Option<NaiveDate>,
) -> Result<Plan> {
    let mut ingested = true;
    for (name, source) in loaded.spec.sources.declared() {
        let manifest = LakeManifest::read(warehouse, name).await?;
        ingested &= manifest.is_some_and(|m| m.definition == definition(loaded, name, source));
    }
    if !ingested {
        let plan = check(engine, warehouse, loaded, schemas).await?;
        let cutoffs = date.map(|date| cutoffs(&loaded.spec.cutoffs, date)).unwrap_or_default();
        return Ok(Plan { date, cutoffs, ..plan });
    }
    let (lake, manifests) = Lake::open(warehouse, loaded).await?;
    let date = logical_date(date, &manifests)?;
    let earliest = cutoffs(&loaded.spec.cutoffs, date).first().copied().unwrap_or(date);
    let template = slices::context(engine, warehouse, &lake, loaded, earliest, false).await?;
    planned(engine, warehouse, loaded, &lake, &template, Some(date)).await
}

/// Compiles all queries over a lake; one without a date is a lake without rows.
async fn planned(
    engine: &Engine,
    warehouse: &Warehouse,
    loaded: &Loaded,
    lake: &Lake,
    template: &Context,
    date: Option<NaiveDate>,
) -> Result<Plan> {
    let sql = Sql::find(loaded, &Sql::sources(lake))?;
    let fuse = loaded.spec.features.fuse;
    let recipe = Recipe { engine, warehouse, lake, sql: &sql, template, fuse, digest: String::new() };
    let features = recipe.compile(&[date.unwrap_or_default()]).await?;
    let queries = features.queries();
    labels::check(&recipe, loaded, &features.schema())?;
    let files = sql.features.iter().zip(queries).map(|((family, file), query)| PlannedQuery {
        file: file.path.clone(),
        family: family.clone(),
        features: query.columns.len(),
        fusion: query.fusion.clone(),
        sql: query.sql.clone(),
    });
    Ok(Plan {
        date,
        cutoffs: date.map(|date| cutoffs(&loaded.spec.cutoffs, date)).unwrap_or_default(),
        queries: files.collect(),
        catalogue: catalogue::entries(&sql, queries, template),
        skipped: sql.skipped.clone(),
        provisional: date.is_none(),
    })
}

/// A context with values made up for the slices that only the data can name.
fn made_up(loaded: &Loaded, lake: &Lake) -> Result<Context> {
    let mut columns = Vec::new();
    for (column, slice) in &loaded.spec.features.slices {
        let source = slices::source_of(loaded, lake, column)?;
        let values: Vec<String> = match slice {
            Slice::Values(values) => values.clone(),
            Slice::Top(count) => (1..=*count).map(|i| format!("most frequent {i}")).collect(),
        };
        columns.push((column.clone(), source, values));
    }
    let names = slice_grid(columns.iter().map(|(column, _, values)| (column.as_str(), values.as_slice())));
    let cells = names
        .into_iter()
        .filter_map(|slice| {
            let source = columns.iter().find(|(column, ..)| *column == slice.column)?.1.clone();
            Some(SliceCell { source, slice })
        })
        .collect();
    Ok(slices::template(loaded, lake, cells))
}
