//! The stage: features of every cutoff, the catalogue, labels of every matured cutoff, the manifest.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use chrono::NaiveDate;
use foretell_engine::{
    Call, Error, Lake, LakeManifest, Period, Ready, ReadyTarget, Result, day_after_newest,
};
use foretell_spec::{cutoffs, digest_of};
use foretell_storage::{Record, layout};
use serde::Serialize;

use crate::catalogue;
use crate::cutoff::{Made, Recipe};
use crate::family::Sql;
use crate::memory::within_limit;
use crate::{earlier, labels, slices};

/// Days without a row after which the logical date looks wrong.
const FAR_BEHIND: i64 = 31;

/// What the stage did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Digest of all that decides the result.
    pub run_id: String,
    /// Logical date.
    pub date: String,
    /// Each cutoff, ascending, and the customers known before it.
    pub cutoffs: Vec<(String, u64)>,
    /// The cutoffs among them that see the rows they saw before, so that their features were left as they are.
    pub unchanged: Vec<String>,
    /// Runs of the lake, of all sources, left out of a pass over it because they hold nothing its cutoffs can see.
    pub lake_runs_skipped: u64,
    /// Number of features.
    pub features: u64,
    /// Labels by target.
    pub targets: Vec<TargetLabels>,
    /// Feature files left out because their source is not declared: path and source.
    pub skipped: Vec<(String, String)>,
    /// Says that something had to be made.
    pub fresh: bool,
}

/// A target's matured cutoffs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetLabels {
    /// The target.
    pub target: String,
    /// Each matured cutoff, ascending, and its eligible customers.
    pub matured: Vec<(String, u64)>,
    /// The cutoffs among them whose labels were left as they are.
    pub unchanged: Vec<String>,
    /// Earlier logical dates that are no cutoffs any more and have matured, ascending: labelled too.
    pub earlier: Vec<String>,
}

/// What a run's manifest says of this stage.
#[derive(Serialize)]
struct Did<'a> {
    date: &'a str,
    lake: Vec<(&'a str, &'a str)>,
    sql: Vec<(String, String)>,
    rows: &'a Report,
    outputs: Vec<(&'a str, &'a Record)>,
}

/// Runs the stage for one logical date; the day after the newest row if `date` is `None`.
///
/// # Errors
/// Nothing was ingested, a SQL file is faulty, or the warehouse cannot be written.
pub async fn run(call: &Call<'_>) -> Result<Report> {
    let Call { warehouse, loaded, force, latest, watcher, .. } = *call;
    let (engine, at_once) = within_limit(call.engine);
    let engine = &engine;
    let (lake, manifests) = Lake::open(warehouse, loaded).await?;
    let date = logical_date(call.date, &manifests)?;
    warn_of_the_future(&manifests, date);
    let days = cutoffs(&loaded.spec.cutoffs, date);
    let earliest = days.first().copied().unwrap_or(date);
    let template = slices::context(engine, warehouse, &lake, loaded, earliest, true).await?;
    let sql = Sql::find(loaded, &Sql::sources(&lake))?;
    let fuse = loaded.spec.features.fuse;
    let digest = Recipe::digest(&sql, &template, fuse)?;
    let recipe = Recipe { engine, warehouse, lake: &lake, sql: &sql, template: &template, fuse, digest };

    let mut made: BTreeMap<NaiveDate, Made> = BTreeMap::new();
    for cutoff in &days {
        if !(force && (!latest || *cutoff == date))
            && let Some(existing) = recipe.existing(*cutoff).await?
        {
            made.insert(*cutoff, existing);
        }
    }
    // A kept model is given the logical date alone; other cutoffs are looked at where they are there.
    let wanted = days.len();
    let days: Vec<NaiveDate> =
        days.into_iter().filter(|day| !latest || *day == date || made.contains_key(day)).collect();
    let missing: Vec<NaiveDate> = days.iter().copied().filter(|day| !made.contains_key(day)).collect();
    let passes: Vec<&[NaiveDate]> = missing.chunks(at_once).collect();
    // With nothing to make, files are compiled all the same: they are checked, and the catalogue tells of them.
    let mut features = recipe.compile(passes.first().copied().unwrap_or(&[date])).await?;
    labels::check(&recipe, loaded, &features.schema())?;

    let steps = days.len() + loaded.spec.targets.len();
    let mut lake_runs_skipped = 0;
    for (number, pass) in passes.iter().enumerate() {
        if number > 0 {
            features = recipe.compile(pass).await?;
        }
        made.extend(pass.iter().copied().zip(recipe.make(&features, pass).await?));
        if let Some(last) = pass.last() {
            lake_runs_skipped += lake.runs_skipped(Period::before(*last));
            watcher.step("features", &last.to_string(), made.len(), steps);
        }
    }
    let schema = features.schema();
    let catalogue = write_catalogue(&recipe, features.queries(), &schema, force).await?;

    let mut outputs: Vec<(String, Record)> = vec![(catalogue.path, catalogue.record)];
    let mut fresh = catalogue.fresh || made.values().any(|made| made.fresh);
    let mut targets = Vec::new();
    let earlier = earlier::dates(warehouse, date, &days).await?;
    let mut ready = Ready {
        complete: days.len() == wanted,
        definition: Ready::definition(loaded),
        features: made.iter().map(|(cutoff, made)| (cutoff.to_string(), made.record.key.clone())).collect(),
        targets: BTreeMap::new(),
    };
    for (index, (name, target)) in loaded.spec.targets.iter().enumerate() {
        let mut matured = Vec::new();
        let mut unchanged = Vec::new();
        let mut keys = Vec::new();
        for (cutoff, features) in &made {
            if labels::horizon(target, *cutoff).1 > arrived(&manifests, &target.outcome.from, date) {
                continue;
            }
            let done = labels::make(&recipe, name, target, *cutoff, date, features, force && !latest).await?;
            matured.push((cutoff.to_string(), done.record.rows));
            keys.push((cutoff.to_string(), done.record.key.clone()));
            fresh |= done.fresh;
            if !done.fresh {
                unchanged.push(cutoff.to_string());
            }
            outputs.push((done.path, done.record));
        }
        let mut before = Vec::new();
        for then in &earlier {
            if labels::horizon(target, then.day).1 > arrived(&manifests, &target.outcome.from, date) {
                continue;
            }
            if let Some(done) = then.labels(&recipe, name, target, date).await? {
                before.push((then.day.to_string(), done.record.key.clone()));
                fresh |= done.fresh;
                outputs.push((done.path, done.record));
            }
        }
        targets.push(TargetLabels {
            target: name.clone(),
            matured,
            unchanged,
            earlier: before.iter().map(|(day, _)| day.clone()).collect(),
        });
        let definition = Ready::of_target(target);
        ready.targets.insert(name.clone(), ReadyTarget { definition, matured: keys, earlier: before });
        watcher.step("features", name, days.len() + index + 1, steps);
    }
    outputs.extend(made.values().map(|m| (m.path.clone(), m.record.clone())));
    outputs.sort_by(|a, b| a.0.cmp(&b.0));

    let date = date.to_string();
    ready.write(warehouse, &date).await?;
    let lakes: Vec<(&str, &str)> = manifests.iter().map(|m| (m.source.as_str(), m.key.as_str())).collect();
    let run_id =
        digest_of(&("features", &recipe.digest, &lakes, &loaded.spec.targets, &loaded.spec.cutoffs, &date));
    let report = Report {
        run_id: run_id[..16].to_owned(),
        date,
        cutoffs: made.iter().map(|(c, m)| (c.to_string(), m.record.rows)).collect(),
        unchanged: made.iter().filter(|(_, m)| !m.fresh).map(|(c, _)| c.to_string()).collect(),
        lake_runs_skipped,
        features: schema.fields().len() as u64 - 1,
        targets,
        skipped: sql.skipped.clone(),
        fresh,
    };
    let did = Did {
        date: &report.date,
        lake: lakes,
        sql: sql.digests(),
        rows: &report,
        outputs: outputs.iter().map(|(path, record)| (path.as_str(), record)).collect(),
    };
    call.write_manifest("features", &report.run_id, &did).await?;
    Ok(report)
}

/// What was computed and not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Computed {
    /// Number of features.
    pub features: u64,
    /// Number of cutoffs.
    pub cutoffs: u64,
    /// Customers, summed over cutoffs.
    pub customers: u64,
}

/// Computes the features of all cutoffs and lets them go: what computing costs, apart from writing.
///
/// # Errors
/// Nothing was ingested, or a SQL file is faulty.
pub async fn compute(call: &Call<'_>) -> Result<Computed> {
    let Call { warehouse, loaded, .. } = *call;
    let (engine, at_once) = within_limit(call.engine);
    let engine = &engine;
    let (lake, manifests) = Lake::open(warehouse, loaded).await?;
    let date = logical_date(call.date, &manifests)?;
    let days = cutoffs(&loaded.spec.cutoffs, date);
    let earliest = days.first().copied().unwrap_or(date);
    let template = slices::context(engine, warehouse, &lake, loaded, earliest, false).await?;
    let sql = Sql::find(loaded, &Sql::sources(&lake))?;
    let fuse = loaded.spec.features.fuse;
    let recipe = Recipe {
        engine,
        warehouse,
        lake: &lake,
        sql: &sql,
        template: &template,
        fuse,
        digest: String::new(),
    };
    let mut computed = Computed { features: 0, cutoffs: days.len() as u64, customers: 0 };
    for pass in days.chunks(at_once) {
        let features = recipe.compile(pass).await?;
        computed.features = features.schema().fields().len() as u64 - 1;
        let count = |_, batch: RecordBatch| {
            computed.customers += batch.num_rows() as u64;
            Ok(())
        };
        features.each(engine, count).await?;
    }
    Ok(computed)
}

/// The date that was given, or the day after the newest row.
pub(crate) fn logical_date(date: Option<NaiveDate>, manifests: &[LakeManifest]) -> Result<NaiveDate> {
    date.or_else(|| day_after_newest(manifests)).ok_or_else(|| {
        Error::contract("the lake has no rows, so there is no logical date").hint("give one with --date")
    })
}

/// A logical date far behind the last row is a slip of the scheduler, or of one row's year.
fn warn_of_the_future(manifests: &[LakeManifest], date: NaiveDate) {
    for manifest in manifests.iter().filter(|m| m.source != "customers") {
        if let Some(last) = manifest.last_day
            && (date - last).num_days() > FAR_BEHIND
        {
            tracing::warn!(
                "the last row of {} is of {last}, long before the logical date {date}",
                manifest.source
            );
        }
    }
}

/// The day up to which a source's rows have arrived, as of the logical date.
fn arrived(manifests: &[LakeManifest], source: &str, date: NaiveDate) -> NaiveDate {
    let found = manifests.iter().find(|m| m.source == source);
    let after = found.and_then(|m| m.last_day).and_then(|day| day.succ_opt());
    after.map_or(date, |after| after.min(date))
}

async fn write_catalogue(
    recipe: &Recipe<'_>,
    queries: &[foretell_engine::Compiled],
    schema: &SchemaRef,
    force: bool,
) -> Result<Made> {
    let path = layout::partition("feature_catalogue", &[]);
    let entries = catalogue::entries(recipe.sql, queries, recipe.template);
    debug_assert_eq!(entries.len() + 1, schema.fields().len());
    let batch = catalogue::batch(&entries)?;
    let key = digest_of(&("feature_catalogue", foretell_engine::RECIPE, &entries));
    if !force
        && let Some(record) = recipe.warehouse.record(&path).await?
        && record.key == key
    {
        return Ok(Made { path, record, fresh: false });
    }
    let mut staging = recipe.warehouse.stage(batch.schema())?;
    staging.write(&batch)?;
    let record = recipe.warehouse.publish(staging.finish()?, &path, &key).await?;
    Ok(Made { path, record, fresh: true })
}
