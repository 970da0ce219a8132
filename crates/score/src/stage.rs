//! The stage: every target of the spec, then the manifest.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use foretell_engine::{
    Call, Engine, Error, Kind, LakeManifest, Ready, Result, day_after_newest, text_column,
};
use foretell_spec::{Loaded, Score, Target, digest_of};
use foretell_storage::{Record, Warehouse, layout};
use serde::{Deserialize, Serialize};

use crate::about::About;
use crate::drift;
use crate::kept::Kept;
use crate::publish::Publisher;
use crate::realised::Realised;
use crate::report::{Report, TargetReport};
use crate::screen::all_refused;
use crate::target::Job;
use crate::warnings::warnings;

/// What a target's last run was and said, kept beside the tables.
#[derive(Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) key: String,
    /// Digest of the target as it stood in the spec.
    definition: String,
    report: TargetReport,
    outputs: Vec<(String, Record)>,
}

impl Done {
    /// Says whether the run published scores of the target that has this digest; one that could not learn it
    /// did not.
    pub(crate) fn published(&self, definition: &str) -> bool {
        self.definition == definition && self.report.champion.is_some()
    }
}

#[derive(Serialize)]
struct Did<'a> {
    /// What it was learned from.
    inputs: &'a Ready,
    report: &'a Report,
    outputs: &'a [(String, Record)],
}

/// Everything that a run has in common for all targets.
struct Run<'a> {
    call: &'a Call<'a>,
    date: NaiveDate,
    ready: &'a Ready,
    catalogue: &'a [(String, String)],
    about: &'a About,
}

/// Runs the stage for one logical date; the day after the newest row if `date` is `None`.
///
/// A target that cannot be learned is noted in its report while others are done.
///
/// # Errors
/// Features are missing (66), no target at all could be learned (65), or none has a kept model to score with.
pub async fn run(call: &Call<'_>) -> Result<Report> {
    let Call { engine, warehouse, loaded, .. } = *call;
    let date = match call.date {
        Some(date) => date,
        None => newest(warehouse, loaded).await?,
    };
    let day = date.to_string();
    let ready = Ready::read(warehouse, loaded, &day).await?;
    if !ready.complete && !call.latest {
        return Err(Error::missing(format!("only the features of {day} itself are there, for a kept model"))
            .hint("run `features` first, or `foretell run`, which does all stages"));
    }
    let catalogue = catalogue(engine, warehouse).await?;
    let about = About::read(engine, warehouse).await?;
    let run = Run { call, date, ready: &ready, catalogue: &catalogue, about: &about };
    let mut report = Report {
        run_id: String::new(),
        date: day.clone(),
        targets: Vec::new(),
        fresh: false,
        failures: Vec::new(),
    };
    let mut keys = Vec::new();
    let mut outputs = BTreeMap::new();
    let mut unusable = None;
    for (name, target) in &loaded.spec.targets {
        match run.target(name, target).await {
            Ok((done, fresh)) => {
                report.fresh |= fresh;
                keys.push(done.key);
                outputs.extend(done.outputs);
                report.targets.push(done.report);
            }
            // Others may have a model to be scored with.
            Err(error) if call.latest && error.kind() != Kind::Internal && error.kind() != Kind::TryLater => {
                report.targets.push(TargetReport::unlearned(name, &error));
                unusable.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    let run_id = &digest_of(&("score", keys))[..16];
    run_id.clone_into(&mut report.run_id);
    if let Some(error) = all_refused(&loaded.spec.score.screen, &report.targets) {
        return Err(error);
    }
    if report.targets.iter().all(|target| target.champion.is_none()) {
        if let Some(error) = unusable {
            return Err(error);
        }
        if let Some(first) = report.targets.first() {
            return Err(nothing_learned(first, warehouse, loaded, &day).await?);
        }
    }
    // A date from which nothing can be learned may be that of a mistyped row: it makes nothing mature.
    for target in &mut report.targets {
        let (found, fails) = run.after(target).await?;
        report.fresh |= !found.is_empty();
        outputs.extend(found);
        report.failures.extend(fails);
    }
    let outputs: Vec<(String, Record)> = outputs.into_iter().collect();
    let did = Did { inputs: &ready, report: &report, outputs: &outputs };
    call.write_manifest("score", run_id, &did).await?;
    Ok(report)
}

/// The error of a run that could not learn any target: what is said of the first one, and where rows lie.
async fn nothing_learned(
    first: &TargetReport,
    warehouse: &Warehouse,
    loaded: &Loaded,
    day: &str,
) -> Result<Error> {
    let mut notes = first.notes.iter().cloned();
    let error = Error::contract(notes.next().unwrap_or_default());
    let error = notes.fold(error, Error::hint);
    // A date far from the rows, be it given or that of one mistyped row, leaves nothing to learn from.
    let lakes = lakes(warehouse, loaded).await?;
    let begins = lakes.iter().filter_map(|m| m.first_day).min();
    let ends = lakes.iter().filter_map(|m| m.last_day).max();
    let span = begins.zip(ends).map(|(begins, ends)| format!("; rows lie on {begins} to {ends}"));
    Ok(error.hint(format!("the logical date is {day}{}", span.unwrap_or_default())))
}

impl Run<'_> {
    /// Judges what was published of a target and has matured, and says what somebody should look at; returns
    /// what was written and which warnings are failures.
    async fn after(&self, report: &mut TargetReport) -> Result<(Vec<(String, Record)>, Vec<String>)> {
        let Call { engine, warehouse, loaded, force, .. } = *self.call;
        let score = &loaded.spec.score;
        let name = report.target.clone();
        let mut outputs = Vec::new();
        if let Some(ready) = self.ready.targets.get(&name) {
            let found = Realised { engine, warehouse, target: &name, force }.judge(ready).await?;
            (outputs, report.realised) = (found.outputs, found.report);
        }
        if report.champion.is_some() {
            let day = self.date.to_string();
            report.drift = drift::report(engine, warehouse, &name, &day, &score.drift).await?;
        }
        let mut failures = Vec::new();
        for warning in warnings(score, report) {
            tracing::warn!("{}", warning.text);
            if warning.fails {
                failures.push(warning.text.clone());
            }
            report.warnings.push(warning.text);
        }
        Ok((outputs, failures))
    }

    /// Learns and scores a target, or scores it with a kept model; unless it was done from the same.
    async fn target(&self, name: &str, target: &Target) -> Result<(Done, bool)> {
        let Call { engine, warehouse, loaded, force, latest, watcher, .. } = *self.call;
        let day = self.date.to_string();
        let matured = self.ready.targets.get(name).map(|t| t.matured.as_slice()).unwrap_or_default();
        let score = &loaded.spec.score;
        let kept = if latest {
            let kept = Kept::newest(warehouse, name, self.date).await?;
            kept.fits(target, self.catalogue, self.date, score.max_model_age)?;
            Some(kept)
        } else {
            None
        };
        let recipe = foretell_engine::RECIPE;
        let key = match &kept {
            Some(kept) => {
                let features = self.ready.features.iter().find(|(cutoff, _)| *cutoff == day);
                digest_of(&("latest", recipe, features, &kept.model_id, name, target, &day))
            }
            None => {
                let features = &self.ready.features;
                digest_of(&(recipe, features, matured, self.catalogue, name, target, deciding(score), &day))
            }
        };
        let path = layout::scored(name, &day);
        if !force && let Some(done) = unchanged(warehouse, &path, &key).await? {
            return Ok((done, false));
        }
        let job = Job {
            engine,
            warehouse,
            loaded,
            date: self.date,
            matured: &days(matured)?,
            catalogue: self.catalogue,
            about: self.about,
            run_id: &key[..16],
            watcher,
        };
        job.check_keep()?;
        let mut publisher = Publisher { engine, warehouse, key: &key, outputs: Vec::new() };
        let found = match &kept {
            Some(kept) => job.latest(name, target, kept, &mut publisher).await,
            None => job.target(name, target, &mut publisher).await,
        };
        let report = match found {
            Ok(report) => report,
            Err(error) if error.kind() == Kind::Contract => TargetReport::unlearned(name, &error),
            Err(error) => return Err(error),
        };
        let outputs = publisher.outputs;
        let done = Done { key, definition: Ready::of_target(target), report, outputs };
        warehouse.write_json(&path, &done).await?;
        Ok((done, true))
    }
}

/// The part of the spec that decides scores: what is warned of, and when, makes no model anew.
fn deciding(score: &Score) -> Score {
    let Score { max_model_age, drift, promises, .. } = Score::default();
    Score { max_model_age, drift, promises, ..score.clone() }
}

async fn newest(warehouse: &Warehouse, loaded: &Loaded) -> Result<NaiveDate> {
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

/// Says whether a run for that date published scores of the target.
pub(crate) async fn published(warehouse: &Warehouse, target: &str, date: &str) -> Result<bool> {
    let done = warehouse.read_json::<Done>(&layout::scored(target, date)).await?;
    Ok(done.is_some_and(|done| done.report.champion.is_some()))
}

fn days(matured: &[(String, String)]) -> Result<Vec<NaiveDate>> {
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
