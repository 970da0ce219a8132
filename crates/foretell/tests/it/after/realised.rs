//! What was published of each date, judged as soon as it has matured.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch};
use arrow::datatypes::Float64Type;
use chrono::{Days, NaiveDate};

use super::{holds, quality, realised, scores, whole};
use crate::bad_specs::shop::{HEADER, Shop};
use crate::support::Project;

/// The shop's customers without a row in the 30 days from `day` on, by its raw files.
fn silent(shop: &Shop, day: &str, customers: impl Iterator<Item = String>) -> BTreeSet<String> {
    let from: NaiveDate = day.parse().unwrap();
    let until = from + Days::new(30);
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(shop.project.path("data")).unwrap() {
        for line in fs::read_to_string(entry.unwrap().path()).unwrap().lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let on: NaiveDate = cells[2][..10].parse().unwrap();
            if from <= on && on < until && !cells[4].starts_with('-') {
                seen.insert(cells[0].to_owned());
            }
        }
    }
    customers.filter(|id| !seen.contains(id)).collect()
}

#[track_caller]
fn all_hold(shop: &Shop, days: &[&str]) {
    let rows = realised(&shop.project, "warehouse", "churn");
    let found: Vec<&str> = rows.iter().map(|row| row.cutoff.as_str()).collect();
    assert_eq!(found, days);
    for row in &rows {
        let scores = scores(&shop.project, "warehouse", "churn", &row.cutoff);
        let happened = silent(shop, &row.cutoff, scores.keys().cloned());
        assert!(!happened.is_empty() && happened.len() < scores.len());
        holds(row, &scores, &happened);
    }
}

fn run(shop: &Shop, date: &str) -> String {
    shop.foretell("run", &["--date", date]).ok().stdout
}

/// Dates that no later run has among its cutoffs are judged as well as those that one has.
#[test]
fn what_was_published_is_judged_once_its_horizon_has_passed() {
    let shop = Shop::new();
    shop.foretell("backfill", &["--from", "2024-07-15", "--to", "2024-09-15"]).ok();
    all_hold(&shop, &["2024-07-15", "2024-08-15"]);
    run(&shop, "2024-08-20");
    all_hold(&shop, &["2024-07-15", "2024-08-15"]);
    let before = quality(&shop.project, "warehouse", "churn");
    let said = run(&shop, "2024-10-31");
    assert!(said.contains("what was said as of 2024-09-15 came true so: error rate 0."), "{said}");
    let days = ["2024-07-15", "2024-08-15", "2024-08-20", "2024-09-15"];
    all_hold(&shop, &days);
    // What was there stays, the backtest's row of the same cutoff too.
    let after = quality(&shop.project, "warehouse", "churn");
    assert!(before.iter().all(|row| after.contains(row)));
    let splits = |cutoff: &str| -> Vec<String> {
        after.iter().filter(|row| row.cutoff == cutoff).map(|row| row.split.clone()).collect()
    };
    assert_eq!(splits("2024-08-15"), ["test", "test", "realised"]);

    // A rerun does nothing, and a later run judges nothing again.
    let tables = shop.project.bytes("warehouse/tables");
    let said = run(&shop, "2024-10-31");
    assert!(said.contains("nothing to do") && said.contains("as of 2024-09-15 came true"), "{said}");
    assert!(tables == shop.project.bytes("warehouse/tables"));
    run(&shop, "2024-11-01");
    all_hold(&shop, &days);
    let quality = |warehouse: &str| whole(&shop.project, warehouse, "quality/target=churn/part-0.parquet");
    let kept = quality("warehouse");

    // In another order the same is published and the same judged.
    for date in ["2024-08-20", "2024-09-15", "2024-08-15", "2024-07-15", "2024-10-31", "2024-11-01"] {
        shop.foretell("run", &["--date", date, "--set", "warehouse=other"]).ok();
    }
    assert_eq!(quality("other"), kept);
    run(&shop, "2024-11-01");
    let forced = shop.foretell("run", &["--date", "2024-11-01", "--force"]).ok();
    assert!(!forced.stdout.contains("nothing to do"));
    assert_eq!(quality("warehouse"), kept);
}

#[test]
fn rows_that_come_late_change_what_happened_and_not_who_is_judged() {
    let shop = Shop::new();
    run(&shop, "2024-08-20");
    let published = scores(&shop.project, "warehouse", "churn", "2024-08-20");
    run(&shop, "2024-10-31");
    all_hold(&shop, &["2024-08-20"]);
    let before = realised(&shop.project, "warehouse", "churn").remove(0).values;
    // A customer who was silent bought after all; another one, new until then, had bought before.
    let silent = silent(&shop, "2024-08-20", published.keys().cloned());
    let late = silent.iter().find(|id| published[*id].2).unwrap();
    let rows = format!(
        "{late},late,2024-09-01 10:15:00,p1,1,2.50,south\nnew,new,2024-08-01 10:15:00,p1,1,2.50,south\n"
    );
    let shop = shop.file("data/late.csv", format!("{HEADER}{rows}"));
    run(&shop, "2024-10-31");
    all_hold(&shop, &["2024-08-20"]);
    let after = realised(&shop.project, "warehouse", "churn").remove(0).values;
    assert_eq!((after["n"], after["fp"]), (before["n"], before["fp"] + 1.0));
    assert!(scores(&shop.project, "warehouse", "churn", "2024-08-20") == published);
}

/// Replaces columns of a published partition, and what is recorded of it.
fn republish(project: &Project, path: &str, change: impl Fn(&str, usize) -> Option<ArrayRef>) {
    let batch = whole(project, "warehouse", path);
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(batch.columns());
    let columns: Vec<ArrayRef> = fields
        .map(|(field, column)| change(field.name(), batch.num_rows()).unwrap_or_else(|| Arc::clone(column)))
        .collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let record = project.path(&format!("warehouse/_meta/records/tables/{path}.json"));
    let mut said: serde_json::Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
    said["bytes"] = bytes.len().into();
    said["sha256"] = "of other bytes".into();
    fs::write(&record, said.to_string()).unwrap();
    project.write(&format!("warehouse/tables/{path}"), bytes);
}

#[test]
fn a_rate_of_nobody_is_null() {
    let shop = Shop::new();
    run(&shop, "2024-08-20");
    republish(
        &shop.project,
        "scores/target=churn/cutoff=2024-08-20/part-0.parquet",
        |name, rows| match name {
            "threshold" => Some(Arc::new(Float64Array::from(vec![1.0 - 1e-12; rows]))),
            "predicted" => Some(Arc::new(BooleanArray::from(vec![false; rows]))),
            _ => None,
        },
    );
    let said = run(&shop, "2024-10-31");
    assert!(said.contains("error rate undefined"), "{said}");
    all_hold(&shop, &["2024-08-20"]);
    let values = realised(&shop.project, "warehouse", "churn").remove(0).values;
    assert_eq!((values.get("error_rate"), values["miss_rate"]), (None, 1.0));
}

#[test]
fn only_what_was_said_of_this_very_target_is_judged() {
    let shop = Shop::new();
    run(&shop, "2024-08-20");
    run(&shop, "2024-07-29");
    let shop = shop.spec("horizon: 30d", "horizon: 40d");
    let said = run(&shop, "2024-10-31");
    assert!(!said.contains("came true"), "{said}");
    assert_eq!(realised(&shop.project, "warehouse", "churn"), []);
    let shop = shop.spec("horizon: 40d", "horizon: 30d");
    // A day whose features somebody deleted can no longer be judged; others can.
    fs::remove_dir_all(shop.project.path("warehouse/tables/features/cutoff=2024-07-29")).unwrap();
    fs::remove_dir_all(shop.project.path("warehouse/tables/labels")).unwrap();
    run(&shop, "2024-10-31");
    all_hold(&shop, &["2024-08-20"]);
}

/// The promise beside a realised row is the one that was published with the scores.
#[test]
fn a_promise_that_was_broken_is_a_warning_or_a_failure() {
    let shop = Shop::new();
    run(&shop, "2024-08-20");
    let path = "promises/target=churn/cutoff=2024-08-20/part-0.parquet";
    let promises = whole(&shop.project, "warehouse", path);
    let chosen = promises["chosen"].as_boolean();
    let chosen = (0..promises.num_rows()).find(|row| chosen.value(*row)).unwrap();
    let said = run(&shop, "2024-10-31");
    let row = realised(&shop.project, "warehouse", "churn").remove(0).values;
    let mut kept = true;
    for rate in ["error_rate", "miss_rate"] {
        let published =
            |end: &str| promises[format!("{rate}{end}").as_str()].as_primitive::<Float64Type>().value(chosen);
        for end in ["", "_low", "_high"] {
            assert_eq!(row[&format!("promised_{rate}{end}")], published(end));
        }
        kept &= (published("_low")..=published("_high")).contains(&row[rate]);
    }
    assert_eq!(said.contains("promises kept: 1 of 1"), kept, "{said}");
    assert_eq!(said.contains("warning: churn: the promise of 2024-08-20 was broken"), !kept, "{said}");

    // Had it promised that nobody at all would be named wrongly, it would have broken that.
    assert!(row["error_rate"] > 0.0);
    republish(&shop.project, path, |name, rows| {
        let promised = ["error_rate", "error_rate_low", "error_rate_high"].contains(&name);
        promised.then(|| Arc::new(Float64Array::from(vec![0.0; rows])) as ArrayRef)
    });
    let said = shop.foretell("run", &["--date", "2024-10-31"]).ok();
    let line = "churn: the promise of 2024-08-20 was broken: error rate 0.";
    assert!(said.stdout.contains(&format!("warning: {line}")), "{}", said.stdout);
    assert!(said.stdout.contains("promises kept: 0 of 1"), "{}", said.stdout);
    assert!(said.stderr.contains(line), "{}", said.stderr);
    let fail = ["--date", "2024-10-31", "--set", "score.promises.on_broken=fail"];
    for _ in 0..2 {
        let failed = shop.foretell("run", &fail);
        assert_eq!(failed.code, 65, "{}", failed.stderr);
        assert!(failed.stderr.contains(&format!("error: {line}")), "{}", failed.stderr);
        assert!(failed.stdout.contains("nothing to do"), "{}", failed.stdout);
    }
    // Later dates on which it is no longer the newest one do not fail for it.
    run(&shop, "2024-09-25");
    let said = shop.foretell("run", &["--date", "2024-11-01", "--set", "score.promises.on_broken=fail"]);
    assert!(
        !said.stdout.contains("2024-08-20 was broken") && said.stdout.contains(" of 2"),
        "{}",
        said.stdout
    );
}
