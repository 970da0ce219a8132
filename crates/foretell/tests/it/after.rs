//! After the fact: published scores held against what happened, drift, and models that are kept.

mod drift;
mod latest;
mod realised;

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Float64Type, Int64Type};
use arrow::util::display::array_value_to_string;

use crate::support::Project;

/// A row of `quality` as numbers by column, NULL left out, with its cutoff and split.
#[derive(Debug, PartialEq)]
struct Row {
    cutoff: String,
    split: String,
    model: String,
    values: BTreeMap<String, f64>,
}

/// All rows of a table's partition in one batch.
fn whole(project: &Project, warehouse: &str, path: &str) -> RecordBatch {
    let batches = project.table(&format!("{warehouse}/tables"), path);
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

/// The rows of `quality` of a target.
fn quality(project: &Project, warehouse: &str, target: &str) -> Vec<Row> {
    let batch = whole(project, warehouse, &format!("quality/target={target}/part-0.parquet"));
    let text = |name: &str, row: usize| array_value_to_string(&batch[name], row).unwrap();
    let row = |row: usize| {
        let mut values = BTreeMap::new();
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let number = column
                .as_primitive_opt::<Float64Type>()
                .map(|c| c.value(row))
                .or(column.as_primitive_opt::<Int64Type>().map(|c| c.value(row) as f64));
            if let Some(number) = number.filter(|_| column.is_valid(row)) {
                values.insert(field.name().clone(), number);
            }
        }
        Row { cutoff: text("cutoff", row), split: text("split", row), model: text("model", row), values }
    };
    (0..batch.num_rows()).map(row).collect()
}

fn realised(project: &Project, warehouse: &str, target: &str) -> Vec<Row> {
    quality(project, warehouse, target).into_iter().filter(|row| row.split == "realised").collect()
}

/// Each customer's probability and threshold, and whether the customer was named.
fn scores(
    project: &Project,
    warehouse: &str,
    target: &str,
    cutoff: &str,
) -> BTreeMap<String, (f64, f64, bool)> {
    let path = format!("scores/target={target}/cutoff={cutoff}/part-0.parquet");
    let batch = whole(project, warehouse, &path);
    let ids = batch["customer_id"].as_string::<i32>();
    let number = |name: &str| batch[name].as_primitive::<Float64Type>().clone();
    let (probability, threshold) = (number("probability"), number("threshold"));
    let named = batch["predicted"].as_boolean();
    (0..batch.num_rows())
        .map(|i| (ids.value(i).to_owned(), (probability.value(i), threshold.value(i), named.value(i))))
        .collect()
}

/// Holds a realised row against scores and what happened, worked out here from the start.
#[track_caller]
fn holds(row: &Row, scores: &BTreeMap<String, (f64, f64, bool)>, happened: &BTreeSet<String>) {
    let mut counts: BTreeMap<(bool, bool), f64> = BTreeMap::new();
    let (mut brier, mut loss, mut pairs, mut won) = (0.0, 0.0, 0.0, 0.0);
    for (id, (p, threshold, named)) in scores {
        let y = happened.contains(id);
        *counts.entry((*named, y)).or_default() += 1.0;
        let target = f64::from(u8::from(y));
        brier += (p - target) * (p - target);
        loss -= if y { p.ln() } else { (1.0 - p).ln() };
        assert_eq!(*threshold, row.values["threshold"]);
        if y {
            for (_, (other, ..)) in scores.iter().filter(|(other, _)| !happened.contains(*other)) {
                pairs += 1.0;
                won += if p > other { 1.0 } else { f64::from(u8::from(p == other)) / 2.0 };
            }
        }
    }
    let count = |named, y| counts.get(&(named, y)).copied().unwrap_or(0.0);
    let (tp, fp, missed, tn) =
        (count(true, true), count(true, false), count(false, true), count(false, false));
    let n = scores.len() as f64;
    let share = |part: f64, of: f64| (of > 0.0).then(|| part / of);
    let expected = [
        ("n", Some(n)),
        ("positives", Some(tp + missed)),
        ("tp", Some(tp)),
        ("fp", Some(fp)),
        ("fn", Some(missed)),
        ("tn", Some(tn)),
        ("error_rate", share(fp, tp + fp)),
        ("miss_rate", share(missed, tp + missed)),
        ("precision", share(tp, tp + fp)),
        ("recall", share(tp, tp + missed)),
        ("brier", share(brier, n)),
        ("log_loss", share(loss, n)),
        ("roc_auc", share(won, pairs)),
    ];
    for (name, value) in expected {
        match (row.values.get(name), value) {
            (Some(found), Some(value)) => {
                assert!((found - value).abs() < 1e-9, "{} {name}: {found}, not {value}", row.cutoff);
            }
            (found, value) => assert_eq!(found.copied(), value, "{} {name}", row.cutoff),
        }
    }
    for rate in ["error_rate", "miss_rate"] {
        let bounds = [format!("{rate}_low"), format!("{rate}_high")];
        let bounds = bounds.map(|name| row.values.get(&name).copied());
        match (row.values.get(rate), bounds) {
            (Some(rate), [Some(low), Some(high)]) => assert!(low <= *rate && *rate <= high),
            (None, [None, None]) => {}
            other => panic!("{} {rate}: {other:?}", row.cutoff),
        }
    }
}
