//! The stage: every target of the spec, then the manifest.

use chrono::NaiveDate;
use foretell_engine::{Engine, Error, LakeManifest, Result, Watcher, day_after_newest, text_column};
use foretell_spec::{Loaded, Target, cutoffs, digest_of};
use foretell_storage::{Record, Warehouse, layout};
use serde::{Deserialize, Serialize};

use crate::publish::Publisher;
use crate::report::{Report, TargetReport};
use crate::split::matures;
use crate::target::Job;

/// Version of the recipe; part of every digest, so that a better recipe is not taken for an old run.
const RECIPE: u32 = 1;

/// What a target's last run was and said, kept beside the tables.
#[derive(Serialize, Deserialize)]
struct Done {
    key: String,
    report: TargetReport,
    outputs: Vec<(String, Record)>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    stage: &'a str,
    run_id: &'a str,
    pipeline: &'a str,
    engine: &'a str,
    report: &'a Report,
    outputs: &'a [(String, Record)],
}

/// Runs the stage for one logical date; the day after the newest row if `date` is `None`.
///
/// A target that cannot be learned is noted in its report while others are done.
///
/// # Errors
/// Features are missing (66), or no target at all could be learned (65).
pub async fn run(
    engine: &Engine,
    warehouse: &Warehouse,
    loaded: &Loaded,
    date: Option<NaiveDate>,
    force: bool,
    watcher: &dyn Watcher,
) -> Result<Report> {
    let date = match date {
        Some(date) => date,
        None => newest(warehouse, loaded).await?,
    };
    let days = cutoffs(&loaded.spec.cutoffs, date);
    let features = features(warehouse, &days).await?;
    let catalogue = catalogue(engine, warehouse).await?;
    let names: Vec<&str> = loaded.spec.targets.keys().map(String::as_str).collect();
    let day = date.to_string();
    let run_id = digest_of(&("score", RECIPE, &features, &loaded.spec.score, &loaded.spec.targets, &names, &day));
    let run_id = &run_id[..16];

    let mut report = Report { run_id: run_id.to_owned(), date: day.clone(), targets: Vec::new(), fresh: false };
    let mut outputs = Vec::new();
    let mut failures = Vec::new();
    for (name, target) in &loaded.spec.targets {
        let key = key(warehouse, loaded, name, target, &days, date, &features).await?;
        let kept = format!("_meta/scores/{name}/{day}.json");
        if !force && let Some(done) = unchanged(warehouse, &kept, &key).await? {
            report.targets.push(done.report);
            outputs.extend(done.outputs);
            continue;
        }
        report.fresh = true;
        let job = Job {
            engine,
            warehouse,
            loaded,
            date,
            cutoffs: &days,
            catalogue: &catalogue,
            run_id,
            watcher,
        };
        let mut publisher = Publisher { engine, warehouse, key: &key, outputs: Vec::new() };
        match job.target(name, target, &mut publisher).await {
            Ok(found) => {
                let done = Done { key: key.clone(), report: found, outputs: publisher.outputs };
                warehouse.write_json(&kept, &done).await?;
                report.targets.push(done.report);
                outputs.extend(done.outputs);
            }
            Err(error) if error.kind() == foretell_engine::Kind::Contract => {
                report.targets.push(unlearned(name, &error));
                failures.push(error);
            }
            Err(error) => return Err(error),
        }
    }
    if failures.len() == loaded.spec.targets.len()
        && let Some(first) = failures.into_iter().next()
    {
        return Err(first);
    }
    outputs.sort_by(|a, b| a.0.cmp(&b.0));
    let manifest = Manifest {
        stage: "score",
        run_id,
        pipeline: &loaded.spec.pipeline,
        engine: foretell_engine::VERSION,
        report: &report,
        outputs: &outputs,
    };
    warehouse.write_json(&layout::manifest("score", run_id), &manifest).await?;
    Ok(report)
}

async fn newest(warehouse: &Warehouse, loaded: &Loaded) -> Result<NaiveDate> {
    let mut manifests = Vec::new();
    for (source, _) in loaded.spec.sources.declared() {
        manifests.extend(LakeManifest::read(warehouse, source).await?);
    }
    day_after_newest(&manifests).ok_or_else(|| {
        Error::missing(format!("{}: nothing was ingested", warehouse.display()))
            .hint("run `ingest` and `features` first, or `foretell run`, which does all stages")
    })
}

/// The key of each cutoff's features, which says what they hold.
async fn features(warehouse: &Warehouse, days: &[NaiveDate]) -> Result<Vec<(String, String)>> {
    let mut keys = Vec::with_capacity(days.len());
    for day in days {
        let day = day.to_string();
        let path = layout::partition("features", &[("cutoff", &day)]);
        let record = warehouse.record(&path).await?.ok_or_else(|| {
            Error::missing(format!("{path}: there are no features of this cutoff"))
                .hint("run `features` first, or `foretell run`, which does all stages")
        })?;
        keys.push((day, record.key));
    }
    Ok(keys)
}

/// Feature and family, in the order of the columns.
async fn catalogue(engine: &Engine, warehouse: &Warehouse) -> Result<Vec<(String, String)>> {
    let tables = engine.tables(warehouse)?;
    let path = layout::partition("feature_catalogue", &[]);
    tables.add("feature_catalogue", &path).await?;
    let batches = tables
        .collect("SELECT feature, family FROM feature_catalogue")
        .await
        .map_err(|fault| Error::internal(format!("{path}: {}", fault.message)))?;
    let mut entries = Vec::new();
    for batch in batches {
        let (features, families) = (text_column(&batch, 0)?, text_column(&batch, 1)?);
        let owned = |value: Option<&str>| value.unwrap_or_default().to_owned();
        entries.extend(features.iter().map(owned).zip(families.iter().map(owned)));
    }
    Ok(entries)
}

/// Digest of all that decides a target's tables.
async fn key(
    warehouse: &Warehouse,
    loaded: &Loaded,
    name: &str,
    target: &Target,
    days: &[NaiveDate],
    date: NaiveDate,
    features: &[(String, String)],
) -> Result<String> {
    let mut labels = Vec::new();
    for day in days.iter().filter(|day| matures(target, **day) <= date) {
        let path = layout::partition("labels", &[("target", name), ("cutoff", &day.to_string())]);
        let record = warehouse.record(&path).await?.ok_or_else(|| {
            Error::missing(format!("{path}: there are no labels of this cutoff"))
                .hint("run `features` first, or `foretell run`, which does all stages")
        })?;
        labels.push(record.key);
    }
    Ok(digest_of(&(RECIPE, features, labels, name, target, &loaded.spec.score)))
}

/// What the target's last run left, if it was made from the same and all of it is still there.
async fn unchanged(warehouse: &Warehouse, kept: &str, key: &str) -> Result<Option<Done>> {
    let Some(done) = warehouse.read_json::<Done>(kept).await?.filter(|done| done.key == key) else {
        return Ok(None);
    };
    for (path, record) in &done.outputs {
        if warehouse.record(path).await?.as_ref() != Some(record) {
            return Ok(None);
        }
    }
    Ok(Some(done))
}

fn unlearned(name: &str, error: &Error) -> TargetReport {
    let notes = std::iter::once(error.to_string()).chain(error.hints().iter().cloned()).collect();
    TargetReport {
        target: name.to_owned(),
        champion: None,
        champion_says: None,
        scored: 0,
        named: 0,
        judged_at: None,
        split: None,
        n: 0,
        positives: 0,
        models: Vec::new(),
        families: Vec::new(),
        notes,
    }
}
