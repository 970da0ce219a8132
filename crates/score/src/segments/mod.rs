//! Who is who, what each is worth and what to do about it: `customers` and the tables over it.
//!
//! Facts are counted over the lake in one pass, figures of the whole shop are taken from them, and then each
//! bucket's customers are asked one question after another. All of it is SQL below `sql/segments/`.

mod catalogue;
mod check;
mod known;
mod make;
mod report;
mod sql;
mod worth;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use foretell_engine::{Call, Lake, RECIPE, Result};
use foretell_spec::{Loaded, digest_of};
use foretell_storage::{Record, layout};
use serde::{Deserialize, Serialize};

pub use catalogue::CustomerColumn;
pub use check::check_customers;
pub use report::{CustomersReport, Share};

use make::{Made, Recipe, path};
use sql::Sql;

/// What the last run for a date was and said, kept beside the tables.
#[derive(Serialize, Deserialize)]
struct Done {
    key: String,
    report: CustomersReport,
    outputs: Vec<(String, Record)>,
}

/// What became of the customers.
pub(crate) struct Segmented {
    pub(crate) report: CustomersReport,
    pub(crate) outputs: Vec<(String, Record)>,
    /// Digest of all that decides them.
    pub(crate) key: String,
    pub(crate) fresh: bool,
}

/// Makes the customers of a logical date and, where they are not there, those of the cutoff before.
pub(crate) async fn run(call: &Call<'_>, date: NaiveDate) -> Result<Segmented> {
    let Call { warehouse, loaded, force, watcher, .. } = *call;
    let (lake, _) = Lake::open(warehouse, loaded).await?;
    let sql = Sql::find(loaded, &lake)?;
    let template = sql::template(loaded, &lake);
    let digest = digest_of(&(
        RECIPE,
        sql.digest(),
        &loaded.spec.segments,
        &loaded.spec.timezone,
        loaded.spec.targets.keys().collect::<Vec<_>>(),
        lake.buckets,
    ));
    let recipe = Recipe { call, lake: &lake, sql: &sql, template: &template, digest };
    let cutoffs = foretell_spec::cutoffs(&loaded.spec.cutoffs, date);
    let before = before(&recipe, &cutoffs, 1).await?;
    let mut counted = BTreeMap::new();
    let mut fresh = false;
    if let Some(day) = before {
        let earlier = self::before(&recipe, &cutoffs, 2).await?;
        let key = recipe.key(day, earlier).await?;
        if force || !warehouse.is_current(&path("customers", day), &key).await? {
            // Whoever makes the cutoff before will make this one too: both are counted in one pass.
            counted = recipe.facts(&[day, date]).await?;
            let shared = counted.remove(&day).unwrap_or_default();
            recipe.make(day, earlier, &shared, &key).await?;
            fresh = true;
        }
    }
    watcher.step("score", "customers: facts counted", 1, 2);
    let key = recipe.key(date, before).await?;
    let kept = layout::customers_done(&date.to_string());
    let done = match warehouse.read_json::<Done>(&kept).await?.filter(|done| done.key == key) {
        Some(done) if !force && intact(call, &done).await? => done,
        _ => {
            fresh = true;
            if counted.is_empty() {
                counted = recipe.facts(&[date]).await?;
            }
            let shared = counted.remove(&date).unwrap_or_default();
            let made = recipe.make(date, before, &shared, &key).await?;
            let done = finish(&recipe, made, key, before.is_some()).await?;
            warehouse.write_json(&kept, &done).await?;
            done
        }
    };
    warehouse.clear_except(layout::WORKING, &std::collections::BTreeSet::new()).await?;
    watcher.step("score", "customers: made", 2, 2);
    Ok(Segmented { report: done.report, outputs: done.outputs, key: done.key, fresh })
}

/// The cutoff so many steps before the last, if there are features of it.
async fn before(recipe: &Recipe<'_>, cutoffs: &[NaiveDate], steps: usize) -> Result<Option<NaiveDate>> {
    let Some(day) = cutoffs.iter().rev().nth(steps).copied() else { return Ok(None) };
    let table = if steps == 1 { "features" } else { "customers" };
    Ok(recipe.call.warehouse.record(&path(table, day)).await?.map(|_| day))
}

async fn intact(call: &Call<'_>, done: &Done) -> Result<bool> {
    for (path, record) in &done.outputs {
        let found = call.warehouse.record(path).await?;
        // The catalogue has no cutoff: a run for another date may have written it.
        if found.is_none() || path.contains("/cutoff=") && found.as_ref() != Some(record) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes the catalogue and reads the report off the tables.
async fn finish(recipe: &Recipe<'_>, made: Made, key: String, moved: bool) -> Result<Done> {
    let call = recipe.call;
    let entries = catalogue::entries(recipe.sql, &made.questions);
    let mut outputs = made.outputs;
    let dictionary = layout::partition("customer_catalogue", &[]);
    let record = recipe.publish(&dictionary, &[catalogue::table(&entries)?], &digest_of(&entries)).await?;
    outputs.push((dictionary, record));
    let tables = call.engine.tables(call.warehouse)?;
    for (path, _) in &outputs {
        if let Some(name) = path.split('/').nth(1) {
            tables.add(name, path).await?;
        }
    }
    let mut report = CustomersReport::read(&tables, moved).await?;
    report.notes = made.notes;
    report.notes.extend(missing(call.loaded, recipe.lake));
    Ok(Done { key, report, outputs })
}

/// Which columns are NULL because a source or a figure of the spec is missing.
fn missing(loaded: &Loaded, lake: &Lake) -> Vec<String> {
    let segments = &loaded.spec.segments;
    let has = |source, column| lake.has_column(source, column);
    let money = [
        ("`segments.margin`", segments.margin.is_some()),
        ("`segments.costs.contact`", segments.costs.contact.is_some()),
        ("`segments.contact_effect`", segments.contact_effect.is_some()),
    ];
    let unknown: Vec<&str> = money.iter().filter(|(_, known)| !known).map(|(name, _)| *name).collect();
    let action = format!("action_value (nobody is let go) without {}", unknown.join(", "));
    let all = [
        ("all of money: no column `amount` in `transactions`".to_owned(), has("transactions", "amount")),
        (
            "prospect_kind, open_complaints, satisfaction: no source `events`".to_owned(),
            lake.source("events").is_some(),
        ),
        (
            "referral_value: no column `related_id` in `events`".to_owned(),
            lake.source("events").is_none() || has("events", "related_id"),
        ),
        (
            "price_sensitivity: no column `discount` in `transactions`".to_owned(),
            has("transactions", "discount"),
        ),
        ("profit without `segments.margin`".to_owned(), segments.margin.is_some()),
        (action, unknown.is_empty()),
    ];
    let names: Vec<String> = all.into_iter().filter(|(_, known)| !known).map(|(what, _)| what).collect();
    if names.is_empty() { Vec::new() } else { vec![format!("not known: {}", names.join("; "))] }
}
