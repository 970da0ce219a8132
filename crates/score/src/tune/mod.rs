//! `tune`: which families, windows and slices earn their place.
//!
//! Lists of features are tried in rounds on validation cutoffs that lie before the test cutoff, by a
//! model that is cheap to train. What was tried stands in the table `ledger`; the test cutoff is looked
//! at once, at the end, with all features and with those that were found to be enough.

mod folds;
mod fragment;
mod last;
mod pieces;
mod report;
mod search;
mod trial;

use chrono::NaiveDate;
use foretell_engine::{Call, Engine, Error, Kind as ErrorKind, RECIPE, Ready, Result, text_column};
use foretell_spec::{Loaded, Target, digest_of};
use foretell_storage::{Record, Warehouse, layout};
use serde::{Deserialize, Serialize};

use self::pieces::{Feature, Kind, Piece, Stock, of_kind};
use self::search::{Found, Judged, Search};
use self::trial::{Court, Trial};
use crate::about::About;
use crate::dataset::Reader;
use crate::publish::Publisher;
use crate::screen::Screened;
use crate::split::{as_of, matures};
use crate::stage::{days, deciding, newest};
use crate::tables::{Entry, ledger};
use crate::target::{Job, nothing_known};

pub use report::{TestReport, TestedModel, Tuned, TunedTarget};

/// What a target's search found, kept beside the tables.
#[derive(Serialize, Deserialize)]
struct Done {
    key: String,
    tuned: TunedTarget,
    /// Kind and name of each piece.
    pieces: Vec<(String, String)>,
    outputs: Vec<(String, Record)>,
}

/// Searches one target, or each of the spec, for the features that earn their place.
///
/// A search whose inputs are unchanged is not made again, nor is the test cutoff looked at again.
///
/// # Errors
/// Features are missing (66), the spec has no target of that name (78), or no target could be learned (65).
pub async fn tune(call: &Call<'_>, only: Option<&str>) -> Result<Tuned> {
    let Call { engine, warehouse, loaded, force, .. } = *call;
    if let Some(only) = only.filter(|only| !loaded.spec.targets.contains_key(*only)) {
        let known: Vec<&str> = loaded.spec.targets.keys().map(String::as_str).collect();
        return Err(Error::bad_spec(format!("{}: no target `{only}`", loaded.path().display()))
            .hint(format!("it has {}", known.join(", "))));
    }
    let date = match call.date {
        Some(date) => date,
        None => newest(warehouse, loaded).await?,
    };
    let day = date.to_string();
    let ready = Ready::read(warehouse, loaded, &day).await?;
    let about = About::read(engine, warehouse).await?;
    let features = catalogue(engine, warehouse).await?;
    let mut result = Tuned {
        date: day.clone(),
        targets: Vec::new(),
        not_tuned: Vec::new(),
        fragment: String::new(),
        fresh: false,
    };
    // A smaller spec must still be able to ask whom each of its targets speaks of.
    let mut together = whole(loaded, features.clone()).needed_by(&conditions(loaded));
    let mut failed = None;
    for (name, target) in loaded.spec.targets.iter().filter(|(name, _)| only.is_none_or(|only| only == *name))
    {
        let matured = ready.targets.get(name).map(|t| t.matured.as_slice()).unwrap_or_default();
        let described: Vec<_> = features.iter().map(|f| (&f.name, &f.family, &f.window, &f.slice)).collect();
        let (score, spec) = (deciding(&loaded.spec.score), &loaded.spec.features);
        let eligible = conditions(loaded);
        let key = digest_of(&(
            (RECIPE, "tune", &day, name, target, eligible),
            (&ready.features, matured, described, score, spec),
        ));
        let kept = layout::tuned(name, &day);
        let done = match unchanged(warehouse, &kept, &key).await? {
            Some(done) if !force => done,
            _ => {
                let matured = days(matured)?;
                match one(call, date, (name, target), &matured, (&features, &about), &key).await {
                    Ok(done) => {
                        warehouse.write_json(&kept, &done).await?;
                        result.fresh = true;
                        done
                    }
                    Err(error) if error.kind() == ErrorKind::Contract => {
                        result.not_tuned.push((name.clone(), error.to_string()));
                        failed.get_or_insert(error);
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        together.extend(done.pieces.iter().filter_map(|(kind, name)| {
            let kinds = [Kind::Family, Kind::Window, Kind::Slice];
            let kind = kinds.into_iter().find(|known| known.name() == kind)?;
            Some(Piece { kind, name: name.clone() })
        }));
        result.targets.push(done.tuned);
    }
    match failed {
        Some(error) if result.targets.is_empty() => Err(error),
        _ => {
            result.fragment = fragment::fragment(&loaded.spec.features, &together);
            Ok(result)
        }
    }
}

/// Searches one target.
async fn one(
    call: &Call<'_>,
    date: NaiveDate,
    (name, target): (&str, &Target),
    matured: &[NaiveDate],
    (features, about): (&[Feature], &About),
    key: &str,
) -> Result<Done> {
    let Call { engine, warehouse, loaded, watcher, .. } = *call;
    let run_id = &key[..16];
    let families: Vec<(String, String)> =
        features.iter().map(|feature| (feature.name.clone(), feature.family.clone())).collect();
    let columns: Vec<String> = features.iter().map(|feature| feature.name.clone()).collect();
    let job = Job { engine, warehouse, loaded, date, matured, catalogue: &families, about, run_id, watcher };
    let reader = Reader { engine, warehouse, target: name, columns: &columns };
    // The newest cutoff whose outcome is known is the test, as in `score`; what is learned, is learned as of it.
    let newest = matured.iter().copied().filter(|cutoff| matures(target, *cutoff) <= date).max();
    let test = newest.and_then(|test| Some((test, as_of(target, matured, test)?)));
    let (day, split) = match &test {
        Some((test, split)) => (*test, split.clone()),
        None => (date, as_of(target, matured, date).ok_or_else(|| nothing_known(name, target, date))?),
    };
    let full = job.learn(&reader, (name, target), day, split.clone(), (false, &[])).await?;
    let seen: Vec<Feature> =
        features.iter().filter(|feature| is_seen(&full.screened, &feature.name)).cloned().collect();
    let stock = whole(loaded, seen);
    let folds = folds::folds(&reader, target, matured, day).await?;
    let court = Court {
        folds: &folds,
        wish: loaded.spec.wish(target),
        seed: loaded.spec.score.seed,
        threads: engine.threads(),
        watcher,
        target: name,
    };
    let conditions = conditions(loaded);
    let mut locked = stock.needed_by(&conditions);
    // The recency rule stands beside every model, and needs something to look at.
    let recency = Piece { kind: Kind::Family, name: "recency".to_owned() };
    locked.extend(stock.pieces().contains(&recency).then_some(recency));
    let search =
        Search { stock: &stock, locked, judge: &|round, step, lists| court.judge(round, step, lists) };
    let found =
        search.run(stock.base(&loaded.spec.features)).filter(|found| found.judged.log_loss().is_finite());
    let Some(found) = found else {
        return Err(Error::contract(format!(
            "target {name}: no list of features could be judged on validation"
        ))
        .hint("raise `cutoffs.count`, or wait for more outcomes of both kinds"));
    };
    let mut tuned = report(name, run_id, &folds, &stock, &found);
    if let Some((cutoff, split)) = test {
        let few = stock.features(&found.pieces);
        tuned.test = Some(last::test(&job, (name, target), cutoff, split, &full, &few).await?);
    } else {
        tuned.notes.push("history is too short for a test: the figures are of validation".to_owned());
    }
    let mut publisher = Publisher { engine, warehouse, key, outputs: Vec::new() };
    let path = layout::partition("ledger", &[("target", name)]);
    publisher.whole(&path, &ledger(&entries(&found, &tuned), run_id)?).await?;
    let pieces = found.pieces.iter().map(|p| (p.kind.name().to_owned(), p.name.clone())).collect();
    Ok(Done { key: key.to_owned(), tuned, pieces, outputs: publisher.outputs })
}

/// Whether models get to see a feature; of copies each may be the one that stays, so all count as seen.
fn is_seen(screened: &[Screened], feature: &str) -> bool {
    let found = screened.iter().find(|screened| screened.feature == feature);
    found.is_none_or(|screened| screened.kept || matches!(screened.reason, Some("copy" | "near_copy")))
}

fn whole(loaded: &Loaded, features: Vec<Feature>) -> Stock {
    Stock::new(features, loaded.spec.features.slices.keys().cloned().collect())
}

/// The conditions of all targets.
fn conditions(loaded: &Loaded) -> Vec<&str> {
    loaded.spec.targets.values().filter_map(|target| target.eligible.as_deref()).collect()
}

fn report(
    name: &str,
    run_id: &str,
    folds: &folds::Folds,
    stock: &Stock,
    found: &Found<Trial>,
) -> TunedTarget {
    let names = |kind| of_kind(&found.pieces, kind).map(str::to_owned).collect();
    let in_order = |kind| {
        let all = stock.pieces().iter().filter(|piece| piece.kind == kind && found.pieces.contains(piece));
        all.map(|piece| piece.name.clone()).collect()
    };
    let mut notes = Vec::new();
    if folds.by_customer {
        notes.push(
            "history is too short for two validation cutoffs: each fifth of the customers was foretold by the others"
                .to_owned(),
        );
    }
    TunedTarget {
        target: name.to_owned(),
        run_id: run_id.to_owned(),
        all_features: stock.features(&stock.pieces().iter().cloned().collect()).len(),
        features: stock.features(&found.pieces).len(),
        families: in_order(Kind::Family),
        windows: {
            let mut windows: Vec<String> = names(Kind::Window);
            windows.sort_by_key(|window| (window.len(), window.clone()));
            windows
        },
        slices: in_order(Kind::Slice),
        validation: folds.cutoffs.iter().map(ToString::to_string).collect(),
        by_customer: folds.by_customer,
        rows: folds.rows(),
        tried: found.ledger.len(),
        log_loss: found.judged.log_loss(),
        all_log_loss: found.full.log_loss(),
        all_change: found.full_change,
        test: None,
        notes,
    }
}

/// The rows of the ledger: every list that was tried, then both lists on the test cutoff.
fn entries(found: &Found<Trial>, tuned: &TunedTarget) -> Vec<Entry> {
    let mut entries: Vec<Entry> = found
        .ledger
        .iter()
        .map(|tried| {
            let confusion = tried.judged.confusion;
            let name = tried.piece.as_ref().map(|piece| piece.name.clone());
            Entry {
                round: tried.round,
                step: tried.step.name(),
                kind: tried.piece.as_ref().map(|piece| piece.kind.name()),
                name: name.or_else(|| tried.list.clone()).unwrap_or_default(),
                features: tried.features,
                log_loss: Some(tried.judged.log_loss()).filter(|loss| loss.is_finite()),
                change: tried.change,
                kept: tried.kept,
                error_rate: confusion.and_then(|c| c.error_rate()),
                error_rate_interval: tried.judged.intervals.as_ref().and_then(|i| i.error_rate),
                miss_rate: confusion.and_then(|c| c.miss_rate()),
                miss_rate_interval: tried.judged.intervals.as_ref().and_then(|i| i.miss_rate),
                roc_auc: tried.judged.roc_auc,
                model: trial::MODEL.name().to_owned(),
            }
        })
        .collect();
    let round = found.ledger.last().map_or(0, |tried| tried.round) + 1;
    let tested = tuned.test.iter().flat_map(|test| test.models.iter().map(move |model| (test, model)));
    entries.extend(tested.map(|(test, model)| Entry {
        round,
        step: search::Step::Test.name(),
        kind: None,
        name: model.list.clone(),
        features: model.features,
        log_loss: model.log_loss,
        change: test.change.filter(|_| model.chosen && model.list == "tuned"),
        kept: model.chosen && model.list == "tuned",
        error_rate: model.error_rate,
        error_rate_interval: model.error_rate_interval,
        miss_rate: model.miss_rate,
        miss_rate_interval: model.miss_rate_interval,
        roc_auc: model.roc_auc,
        model: model.model.clone(),
    }));
    entries
}

/// The catalogue's description of each feature, in the order of the columns.
async fn catalogue(engine: &Engine, warehouse: &Warehouse) -> Result<Vec<Feature>> {
    let tables = engine.tables(warehouse)?;
    let path = layout::partition("feature_catalogue", &[]);
    tables.add("feature_catalogue", &path).await?;
    let batches = tables
        .collect("SELECT feature, family, \"window\", slice FROM feature_catalogue")
        .await
        .map_err(|fault| Error::internal(format!("{path}: {}", fault.message)))?;
    let mut features = Vec::new();
    for batch in batches {
        let columns = (0..4).map(|column| text_column(&batch, column)).collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            let text = |column: usize| columns[column].iter().nth(row).flatten().map(str::to_owned);
            features.push(Feature {
                name: text(0).unwrap_or_default(),
                family: text(1).unwrap_or_default(),
                window: text(2),
                slice: text(3),
            });
        }
    }
    Ok(features)
}

/// What the target's last search left, if it was made from the same and its ledger is still there.
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
