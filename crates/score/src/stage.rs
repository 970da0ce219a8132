//! The stage: every target of the spec, then the manifest.

use chrono::NaiveDate;
use foretell_engine::{
    Call, Engine, Error, Kind, LakeManifest, Ready, Result, day_after_newest, text_column,
};
use foretell_spec::{Loaded, digest_of};
use foretell_storage::{Record, Warehouse, layout};
use serde::{Deserialize, Serialize};

use crate::publish::Publisher;
use crate::report::{Report, TargetReport};
use crate::target::Job;

/// What a target's last run was and said, kept beside the tables.
#[derive(Serialize, Deserialize)]
struct Done {
    key: String,
    report: TargetReport,
    outputs: Vec<(String, Record)>,
}

#[derive(Serialize)]
struct Did<'a> {
    /// What it was learned from.
    inputs: &'a Ready,
    report: &'a Report,
    outputs: &'a [(String, Record)],
}

/// Runs the stage for one logical date; the day after the newest row if `date` is `None`.
///
/// A target that cannot be learned is noted in its report while others are done.
///
/// # Errors
/// Features are missing (66), or no target at all could be learned (65).
pub async fn run(call: &Call<'_>) -> Result<Report> {
    let Call { engine, warehouse, loaded, force, watcher, .. } = *call;
    let date = match call.date {
        Some(date) => date,
        None => newest(warehouse, loaded).await?,
    };
    let day = date.to_string();
    let ready = Ready::read(warehouse, loaded, &day).await?;
    let catalogue = catalogue(engine, warehouse).await?;
    let mut report = Report { run_id: String::new(), date: day.clone(), targets: Vec::new(), fresh: false };
    let mut keys = Vec::new();
    let mut outputs = Vec::new();
    for (name, target) in &loaded.spec.targets {
        let matured = ready.targets.get(name).map(|t| t.matured.as_slice()).unwrap_or_default();
        let recipe = foretell_engine::RECIPE;
        let key = digest_of(&(
            recipe,
            &ready.features,
            matured,
            &catalogue,
            name,
            target,
            &loaded.spec.score,
            &day,
        ));
        let kept = layout::scored(name, &day);
        let done = match unchanged(warehouse, &kept, &key).await? {
            Some(done) if !force => done,
            _ => {
                report.fresh = true;
                let job = Job {
                    engine,
                    warehouse,
                    loaded,
                    date,
                    matured: &days(matured)?,
                    catalogue: &catalogue,
                    run_id: &key[..16],
                    watcher,
                };
                let mut publisher = Publisher { engine, warehouse, key: &key, outputs: Vec::new() };
                let found = match job.target(name, target, &mut publisher).await {
                    Ok(found) => found,
                    Err(error) if error.kind() == Kind::Contract => TargetReport::unlearned(name, &error),
                    Err(error) => return Err(error),
                };
                let done = Done { key: key.clone(), report: found, outputs: publisher.outputs };
                warehouse.write_json(&kept, &done).await?;
                done
            }
        };
        report.targets.push(done.report);
        outputs.extend(done.outputs);
        keys.push(key);
    }
    let run_id = &digest_of(&("score", keys))[..16];
    run_id.clone_into(&mut report.run_id);
    if report.targets.iter().all(|target| target.champion.is_none())
        && let Some(first) = report.targets.first()
    {
        let mut notes = first.notes.iter().cloned();
        let error = Error::contract(notes.next().unwrap_or_default());
        let error = notes.fold(error, Error::hint);
        // A date far from the rows, be it given or that of one mistyped row, leaves nothing to learn from.
        let lakes = lakes(warehouse, loaded).await?;
        let begins = lakes.iter().filter_map(|m| m.first_day).min();
        let ends = lakes.iter().filter_map(|m| m.last_day).max();
        let span = begins.zip(ends).map(|(begins, ends)| format!("; rows lie on {begins} to {ends}"));
        return Err(error.hint(format!("the logical date is {day}{}", span.unwrap_or_default())));
    }
    outputs.sort_by(|a, b| a.0.cmp(&b.0));
    let did = Did { inputs: &ready, report: &report, outputs: &outputs };
    call.write_manifest("score", run_id, &did).await?;
    Ok(report)
}

pub(crate) async fn newest(warehouse: &Warehouse, loaded: &Loaded) -> Result<NaiveDate> {
    day_after_newest(&lakes(warehouse, loaded).await?).ok_or_else(|| {
        Error::missing(format!("{}: nothing was ingested", warehouse.display()))
            .hint("run `ingest` and `features` first, or `foretell run`, which does all stages")
    })
}

/// What was ingested of each source.
async fn lakes(warehouse: &Warehouse, loaded: &Loaded) -> Result<Vec<LakeManifest>> {
    let mut manifests = Vec::new();
    for (source, _) in loaded.spec.sources.declared() {
        manifests.extend(LakeManifest::read(warehouse, source).await?);
    }
    Ok(manifests)
}

/// Says whether a run for that date published scores of the target; one that could not learn it did not.
pub(crate) async fn published(warehouse: &Warehouse, target: &str, date: &str) -> Result<bool> {
    let done = warehouse.read_json::<Done>(&layout::scored(target, date)).await?;
    Ok(done.is_some_and(|done| done.report.champion.is_some()))
}

pub(crate) fn days(matured: &[(String, String)]) -> Result<Vec<NaiveDate>> {
    let parse = |(day, _): &(String, String)| {
        day.parse().map_err(|e: chrono::ParseError| Error::internal(format!("{day} is no day")).because(e))
    };
    matured.iter().map(parse).collect()
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

/// What the target's last run left, if it was made from the same and all of it is still there.
async fn unchanged(warehouse: &Warehouse, kept: &str, key: &str) -> Result<Option<Done>> {
    let Some(done) = warehouse.read_json::<Done>(kept).await?.filter(|done| done.key == key) else {
        return Ok(None);
    };
    for (path, record) in &done.outputs {
        let found = warehouse.record(path).await?;
        // Runs for other dates add their cutoffs to shared tables; those only have to be there still.
        let own = path.contains("/cutoff=");
        if found.is_none() || own && found.as_ref() != Some(record) {
            return Ok(None);
        }
    }
    Ok(Some(done))
}
