//! After the fact: what runs published and has matured, held against what happened.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Date32Type, Float64Type, Int64Type};
use chrono::{Days, NaiveDate};
use foretell_engine::{Engine, Error, ReadyTarget, Result, float_column, int_column, text_column};
use foretell_learn::Estimate;
use foretell_spec::digest_of;
use foretell_storage::{Record, Warehouse, layout};

use crate::publish::{Publisher, REALISED};
use crate::report::RealisedReport;
use crate::stage::Done;
use crate::statement::Verdict;
use crate::tables::{self, Judged};

/// What was published of a target.
pub(crate) struct Realised<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) warehouse: &'a Warehouse,
    pub(crate) target: &'a str,
    /// Judges again what was judged.
    pub(crate) force: bool,
}

/// What became of it.
pub(crate) struct Found {
    pub(crate) report: Option<RealisedReport>,
    pub(crate) outputs: Vec<(String, Record)>,
}

/// Scores that a run published as of a day, and the labels that have told since.
struct Published {
    day: NaiveDate,
    /// Digest of both, and of what was promised with them.
    id: String,
}

impl Realised<'_> {
    /// Holds all published scores whose labels are ready against them, unless that was done from the same.
    ///
    /// A row's `run_id` is the digest of all that decides it, so the table itself says what is done.
    pub(crate) async fn judge(&self, ready: &ReadyTarget) -> Result<Found> {
        let path = layout::partition("quality", &[("target", self.target)]);
        let published = self.published(ready).await?;
        let known = self.known(&path).await?;
        let mut rows = Vec::new();
        let mut judged = Vec::new();
        for one in &published {
            if !self.force && known.get(&one.day) == Some(&one.id) {
                continue;
            }
            if let Some(row) = self.row(one).await? {
                rows.push(row);
                judged.push(one.day);
            }
        }
        let mut outputs = Vec::new();
        if let Some(first) = rows.first() {
            let rows = concat_batches(&first.schema(), &rows)
                .map_err(|e| Error::internal(format!("{path}: rows do not fit together")).because(e))?;
            let days: Vec<String> = judged.iter().map(|day| format!("DATE '{day}'")).collect();
            let replaced = format!("split = '{REALISED}' AND cutoff IN ({})", days.join(", "));
            let ids: Vec<&String> = published.iter().map(|one| &one.id).collect();
            let key = digest_of(&("realised", self.target, ids));
            let (engine, warehouse) = (self.engine, self.warehouse);
            let mut publisher = Publisher { engine, warehouse, key: &key, outputs };
            publisher.replace(&path, &replaced, rows).await?;
            outputs = publisher.outputs;
        }
        let mut report = self.report(&path).await?;
        if let Some(report) = &mut report {
            report.judged = judged.iter().map(ToString::to_string).collect();
        }
        Ok(Found { report, outputs })
    }

    /// The days whose labels are ready and for which a run published scores of this very target.
    async fn published(&self, ready: &ReadyTarget) -> Result<Vec<Published>> {
        let mut found = Vec::new();
        for (day, _) in ready.earlier.iter().chain(&ready.matured) {
            let keys = [("target", self.target), ("cutoff", day.as_str())];
            let done = self.warehouse.read_json::<Done>(&layout::scored(self.target, day)).await?;
            let Some(done) = done.filter(|done| done.published(&ready.definition)) else { continue };
            let scores = self.warehouse.record(&layout::partition("scores", &keys)).await?;
            let labels = self.warehouse.record(&layout::partition("labels", &keys)).await?;
            let promises = self.warehouse.record(&layout::partition("promises", &keys)).await?;
            // Scores of another making are a backtest's, put where the published ones were deleted.
            let Some(scores) = scores.filter(|scores| scores.key == done.key) else { continue };
            let Some(labels) = labels else { continue };
            let promises = promises.map(|promises| promises.sha256);
            let id =
                digest_of(&("realised", foretell_engine::RECIPE, scores.sha256, labels.sha256, promises));
            found.push(Published { day: parsed(day)?, id: id[..16].to_owned() });
        }
        found.sort_by_key(|one| one.day);
        Ok(found)
    }

    /// The realised rows that are there: day and `run_id`.
    async fn known(&self, path: &str) -> Result<BTreeMap<NaiveDate, String>> {
        let sql = format!("SELECT cutoff, run_id FROM quality WHERE split = '{REALISED}'");
        let mut known = BTreeMap::new();
        for batch in self.read("quality", path, &sql).await? {
            let days = batch.column(0).as_primitive::<Date32Type>();
            let ids = text_column(&batch, 1)?;
            for row in 0..batch.num_rows() {
                known.insert(day_of(days.value(row)), ids.value(row).to_owned());
            }
        }
        Ok(known)
    }

    /// The row of `quality`: the customers who were scored, named as they were named that day.
    ///
    /// A customer without a label is left out: rows that came late say that the target did not speak of them.
    async fn row(&self, one: &Published) -> Result<Option<RecordBatch>> {
        let day = one.day.to_string();
        let keys = [("target", self.target), ("cutoff", day.as_str())];
        let mut labels = HashMap::new();
        let path = layout::partition("labels", &keys);
        for batch in self.read("labels", &path, "SELECT customer_id, label FROM labels").await? {
            let (ids, values) = (text_column(&batch, 0)?, int_column(&batch, 1)?);
            let ids = ids.iter().flatten().map(str::to_owned);
            labels.extend(ids.zip(values.values().iter().map(|label| *label as f64)));
        }
        let path = layout::partition("scores", &keys);
        let sql = "SELECT customer_id, probability, threshold, model, CAST(predicted AS BIGINT) FROM scores";
        let (mut y, mut p, mut named, mut customers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut said: Option<(f64, String)> = None;
        let mut late = 0;
        for batch in self.read("scores", &path, sql).await? {
            let (ids, models) = (text_column(&batch, 0)?, text_column(&batch, 3)?);
            let (probability, threshold) = (float_column(&batch, 1)?, float_column(&batch, 2)?);
            let predicted = int_column(&batch, 4)?;
            for row in 0..batch.num_rows() {
                said.get_or_insert_with(|| (threshold.value(row), models.value(row).to_owned()));
                let Some(label) = labels.get(ids.value(row)) else {
                    late += 1;
                    continue;
                };
                y.push(*label);
                p.push(probability.value(row));
                named.push(predicted.value(row) == 1);
                customers.push(ids.value(row).to_owned());
            }
        }
        if late > 0 {
            tracing::warn!(
                "{}: {late} customers scored as of {day} are not judged: by rows that came late, the target did \
                 not speak of them",
                self.target
            );
        }
        let Some((threshold, model)) = said.filter(|_| !y.is_empty()) else { return Ok(None) };
        let verdict = Verdict::new(&y, &p, &named, &customers)?;
        let [error_rate, miss_rate] = self.promised(&keys).await?;
        let verdict = &verdict;
        let judged = Judged { model: &model, chosen: true, threshold, error_rate, miss_rate, verdict };
        Ok(Some(tables::quality(one.day, REALISED, &[judged], &one.id)?))
    }

    /// What the model that spoke promised of its error rate and its miss rate.
    async fn promised(&self, keys: &[(&str, &str)]) -> Result<[Option<Estimate>; 2]> {
        let path = layout::partition("promises", keys);
        let sql = "SELECT error_rate, error_rate_low, error_rate_high, miss_rate, miss_rate_low, miss_rate_high \
                   FROM promises WHERE chosen";
        let mut promised = [None, None];
        for batch in self.read("promises", &path, sql).await?.iter().filter(|batch| batch.num_rows() > 0) {
            for (index, rate) in promised.iter_mut().enumerate() {
                let bound = |at: usize| -> Result<Option<f64>> {
                    let column = float_column(batch, 3 * index + at)?;
                    Ok(column.is_valid(0).then(|| column.value(0)))
                };
                let bounds = bound(0)?.zip(bound(1)?).zip(bound(2)?);
                *rate = bounds.map(|((value, low), high)| Estimate { value, low, high });
            }
        }
        Ok(promised)
    }

    /// What the table says of all cutoffs that have matured; the newest one in full.
    async fn report(&self, path: &str) -> Result<Option<RealisedReport>> {
        let sql = format!("SELECT * FROM quality WHERE split = '{REALISED}' ORDER BY cutoff");
        let batches = self.read("quality", path, &sql).await?;
        let mut report: Option<RealisedReport> = None;
        for batch in &batches {
            for row in 0..batch.num_rows() {
                let next = of_row(batch, row)?;
                report = Some(match report {
                    None => next,
                    Some(before) => RealisedReport {
                        cutoffs: before.cutoffs + next.cutoffs,
                        promised: before.promised + next.promised,
                        promises_kept: before.promises_kept + next.promises_kept,
                        ..next
                    },
                });
            }
        }
        Ok(report)
    }

    async fn read(&self, table: &str, path: &str, sql: &str) -> Result<Vec<RecordBatch>> {
        if self.warehouse.size(path).await?.is_none() {
            return Ok(Vec::new());
        }
        let tables = self.engine.tables(self.warehouse)?;
        tables.add(table, path).await?;
        tables.collect(sql).await.map_err(|fault| Error::internal(format!("{path}: {}", fault.message)))
    }
}

fn of_row(batch: &RecordBatch, row: usize) -> Result<RealisedReport> {
    let lacks = |name: &str| Error::internal(format!("quality has no column {name}"));
    let number = |name: &str| {
        let column = batch.column_by_name(name)?.as_primitive_opt::<Float64Type>()?;
        column.is_valid(row).then(|| column.value(row))
    };
    let count = |name: &str| {
        let column = batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<Int64Type>());
        column.map(|c| c.value(row).unsigned_abs()).ok_or_else(|| lacks(name))
    };
    let interval = |low: &str, high: &str| number(low).zip(number(high));
    let cutoff = batch.column_by_name("cutoff").and_then(|c| c.as_primitive_opt::<Date32Type>());
    let model = batch.column_by_name("model").and_then(|c| c.as_string_opt::<i32>());
    let kept = batch
        .column_by_name("promise_kept")
        .and_then(|c| c.as_boolean_opt())
        .filter(|c| c.is_valid(row))
        .map(|c| c.value(row));
    Ok(RealisedReport {
        cutoff: day_of(cutoff.ok_or_else(|| lacks("cutoff"))?.value(row)).to_string(),
        model: model.ok_or_else(|| lacks("model"))?.value(row).to_owned(),
        n: count("n")?,
        positives: count("positives")?,
        error_rate: number("error_rate"),
        promised_error_rate: interval("promised_error_rate_low", "promised_error_rate_high"),
        miss_rate: number("miss_rate"),
        promised_miss_rate: interval("promised_miss_rate_low", "promised_miss_rate_high"),
        kept,
        cutoffs: 1,
        promised: u64::from(kept.is_some()),
        promises_kept: u64::from(kept == Some(true)),
        judged: Vec::new(),
    })
}

/// The day that Arrow's Date32 stands for.
fn day_of(days: i32) -> NaiveDate {
    let epoch = NaiveDate::default();
    let far = Days::new(u64::from(days.unsigned_abs()));
    let found = if days < 0 { epoch.checked_sub_days(far) } else { epoch.checked_add_days(far) };
    found.unwrap_or(epoch)
}

fn parsed(day: &str) -> Result<NaiveDate> {
    day.parse().map_err(|e: chrono::ParseError| Error::internal(format!("{day} is no day")).because(e))
}
