//! The table `labels`: what happened to the eligible customers of each matured cutoff.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use chrono::{Days, NaiveDate};
use foretell_engine::{Error, Lake, Period, Result, int_column, text_column};
use foretell_spec::{Loaded, Target, digest_of};
use foretell_storage::{Record, layout};

use crate::cutoff::{Made, Recipe};

/// A target's labels at one cutoff.
pub(crate) struct Labelled {
    pub(crate) path: String,
    pub(crate) record: Record,
    pub(crate) fresh: bool,
}

/// The days on which a target looks, for one cutoff.
pub(crate) fn horizon(target: &Target, cutoff: NaiveDate) -> (NaiveDate, NaiveDate) {
    let from = cutoff + Days::new(target.gap.0.into());
    (from, from + Days::new(target.horizon.0.into()))
}

/// Checks the conditions of all targets one by one, so that each fault is shown at its own place in the spec.
///
/// # Errors
/// All faults at once.
pub(crate) fn check(recipe: &Recipe<'_>, loaded: &Loaded, features: &Arc<Schema>) -> Result<()> {
    let engine = recipe.engine;
    let mut faults = Vec::new();
    for (name, target) in &loaded.spec.targets {
        let outcome = &target.outcome;
        let source = source_schema(recipe.lake, &outcome.from)?;
        let rows = |schema, text: &Option<String>| match text {
            Some(text) => engine.check_condition(schema, text),
            None => Ok(()),
        };
        let checked = [
            (rows(features, &target.eligible), vec!["targets", name, "eligible"]),
            (rows(&source, &outcome.condition), vec!["targets", name, "outcome", "where"]),
            (engine.check_having(&source, &outcome.having), vec!["targets", name, "outcome", "having"]),
        ];
        faults
            .extend(checked.into_iter().filter_map(|(done, path)| Some(done.err()?.in_spec(loaded, &path))));
    }
    Error::all(faults)
}

fn source_schema(lake: &Lake, name: &str) -> Result<Arc<Schema>> {
    let source =
        lake.source(name).ok_or_else(|| Error::internal(format!("source {name} is not in the lake")))?;
    // What SQL sees of a source: its columns and how long ago each row was.
    let mut fields: Vec<_> = source.schema.fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("days_ago", DataType::Int64, false)));
    Ok(Arc::new(Schema::new(fields)))
}

/// Makes a target's labels at a cutoff, unless they are there already.
pub(crate) async fn make(
    recipe: &Recipe<'_>,
    name: &str,
    target: &Target,
    cutoff: NaiveDate,
    date: NaiveDate,
    features: &Made,
    force: bool,
) -> Result<Labelled> {
    let day = cutoff.to_string();
    let path = layout::partition("labels", &[("target", name), ("cutoff", &day)]);
    let eligible = target.eligible.as_deref().unwrap_or("true");
    let template = recipe
        .template
        .clone()
        .with("having", &target.outcome.having)
        .with("from", &target.outcome.from)
        .with("where", target.outcome.condition.as_deref().unwrap_or("true"))
        .with("eligible", eligible);
    let outcome_sql = recipe.sql.outcome.render(&template)?;
    let (from, until) = horizon(target, cutoff);
    // Rows known on the logical date or later are not seen, so a label can change from one date to the next.
    let period = Period { from: Some(from), until, known_before: date };
    let seen = recipe.lake.source(&target.outcome.from).map(|source| source.digest(period));
    let key = digest_of(&(
        "labels",
        foretell_engine::RECIPE,
        &features.record.key,
        name,
        target.without_wish(),
        &outcome_sql,
        &recipe.sql.labels.text,
        seen,
    ));
    if !force
        && let Some(record) = recipe.warehouse.record(&path).await?
        && record.key == key
    {
        return Ok(Labelled { path, record, fresh: false });
    }
    let view = recipe.engine.view(recipe.lake, period, &template, &[]).await?;
    let outcome = view.compile(&recipe.sql.outcome, &template).await?;
    let over_no_rows = outcome.over_no_rows("label").unwrap_or_else(|| "0".to_owned());
    view.define(&recipe.sql.outcome, &template).await?;
    view.add_table("features", recipe.warehouse, &features.path).await?;
    let template = template.with("over_no_rows", over_no_rows);
    let schema = Arc::new(Schema::new(vec![
        Field::new("customer_id", DataType::Utf8, false),
        Field::new("label", DataType::Int64, false),
    ]));
    let mut staging = recipe.warehouse.stage(Arc::clone(&schema))?;
    for batch in view.collect_file(&recipe.sql.labels, &template).await? {
        let columns: Vec<ArrayRef> =
            vec![Arc::new(text_column(&batch, 0)?), Arc::new(int_column(&batch, 1)?)];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns)
            .map_err(|e| Error::internal("labels do not fit their schema").because(e))?;
        staging.write(&batch)?;
    }
    let record = recipe.warehouse.publish(staging.finish()?, &path, &key).await?;
    Ok(Labelled { path, record, fresh: true })
}
