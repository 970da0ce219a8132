//! Broken files: what cannot be read stops the run and leaves the last good one as it was, single bad rows go to
//! quarantine and are counted, and no message shows what stands in a row.

mod encodings;
mod formats;
mod headers;
mod history;
mod packing;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use serde_json::{Value, json};

use crate::bad_specs::shop::{HEADER, Shop, keep, keep_text, months};

/// Stands in planted cells, and must stand in no message.
const HUSH: &str = "hush";

/// The month whose file is broken.
const BROKEN: &str = "data/2024-06.csv";

/// The good rows of the month whose file is broken.
fn june() -> String {
    months()["2024-06"].clone()
}

/// The broken file: good rows and some more.
fn june_and(more: &str) -> String {
    format!("{HEADER}{}{more}", june())
}

/// All good rows, without header.
fn all_rows() -> String {
    months().into_values().collect()
}

fn good_rows() -> u64 {
    all_rows().lines().count() as u64
}

/// The shop after a good run.
fn shop() -> Shop {
    static WAREHOUSE: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    let warehouse = WAREHOUSE.get_or_init(|| {
        let shop = Shop::new();
        shop.foretell("run", &[]).ok();
        shop.project.bytes("warehouse")
    });
    let shop = Shop::new();
    for (path, bytes) in warehouse {
        shop.project.write(&format!("warehouse/{path}"), bytes);
    }
    shop
}

/// Reads all files anew, for one has changed, expects that to stop with `code`, and that all the last good run
/// left is as it was.
#[track_caller]
fn stops(case: &str, code: i32, shop: &Shop) {
    let folders = ["tables", "lake", "models", "quarantine"].map(|folder| format!("warehouse/{folder}"));
    let before = folders.each_ref().map(|folder| shop.project.bytes(folder));
    assert!(!before[0].is_empty() && !before[1].is_empty());
    let run = shop.foretell("run", &["--force"]);
    keep(&format!("bad_file__{case}"), code, &run);
    assert!(!run.stderr.contains(HUSH), "the message shows what stands in a row");
    let after = folders.each_ref().map(|folder| shop.project.bytes(folder));
    for ((folder, before), after) in folders.iter().zip(&before).zip(&after) {
        assert!(before == after, "{folder} is no longer what the last good run left");
    }
}

/// Reads all files anew, expects that to end well, and checks where the rows went.
#[track_caller]
fn counts(shop: &Shop, read: u64, quarantined: &[(&str, u64)], dropped: &[(&str, u64)]) {
    let arguments = ["shop.yaml", "--force", "--output", "json"];
    let run = shop.project.run(env!("CARGO_BIN_EXE_ingest"), &arguments).ok();
    assert!(!run.stderr.contains(HUSH) && !run.stdout.contains(HUSH));
    let result: Value = serde_json::from_str(&run.stdout).unwrap();
    let counts = &result["stages"]["ingest"]["sources"][0]["counts"];
    let by_rule = |rules: &[(&str, u64)]| -> Value {
        rules.iter().map(|(rule, rows)| ((*rule).to_owned(), json!(rows))).collect()
    };
    let gone: u64 = quarantined.iter().chain(dropped).map(|(_, rows)| rows).sum();
    assert_eq!(
        [&counts["read"], &counts["kept"], &counts["quarantined"], &counts["dropped"]],
        [&json!(read), &json!(read - gone), &by_rule(quarantined), &by_rule(dropped)]
    );
    let in_lake: usize = lake(shop).map(|(_, rows)| rows).sum();
    assert_eq!(in_lake as u64, read - gone, "the lake's rows are not those counted");
}

/// Adds rows to June's file, ingests, checks the counts and keeps what quarantine says of them.
#[track_caller]
fn set_aside(case: &str, more: &str, rules: &[(&str, u64)]) {
    let shop = shop().file(BROKEN, june_and(more));
    set_aside_in(case, &shop, rules);
}

#[track_caller]
fn set_aside_in(case: &str, shop: &Shop, rules: &[(&str, u64)]) {
    let bad: u64 = rules.iter().map(|(_, rows)| rows).sum();
    counts(shop, good_rows() + bad, rules, &[]);
    let reasons = quarantine(shop);
    assert_eq!(reasons.lines().count() as u64, bad);
    assert!(!reasons.contains(HUSH), "the reason shows what stands in a row");
    keep_text(&format!("bad_row__{case}"), &reasons);
}

/// Place, rule and reason of each row in quarantine.
fn quarantine(shop: &Shop) -> String {
    let mut text = String::new();
    for path in shop.project.bytes("warehouse/quarantine").into_keys() {
        for batch in shop.project.table("warehouse/quarantine", &path) {
            let words = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().clone();
            let [file, column, rule, reason] = ["file", "column", "rule", "reason"].map(words);
            let line = batch.column_by_name("line").unwrap().as_primitive::<Int64Type>().clone();
            for row in 0..batch.num_rows() {
                let column =
                    if column.is_null(row) { String::new() } else { format!(" `{}`", column.value(row)) };
                let (file, line) = (file.value(row), line.value(row));
                text += &format!("{file}:{line}{column} {}: {}\n", rule.value(row), reason.value(row));
            }
        }
    }
    text
}

/// Each bucket of the lake and its rows.
fn lake(shop: &Shop) -> impl Iterator<Item = (String, usize)> {
    let paths = shop.project.bytes("warehouse/lake").into_keys().filter(|path| path.ends_with(".parquet"));
    paths.map(|path| {
        let rows = shop.project.table("warehouse/lake", &path).iter().map(|batch| batch.num_rows()).sum();
        (path, rows)
    })
}

/// The values of a text column of the lake.
fn values(shop: &Shop, column: &str) -> BTreeSet<String> {
    let batches = lake(shop).flat_map(|(path, _)| shop.project.table("warehouse/lake", &path));
    let columns = batches.map(|batch| batch.column_by_name(column).unwrap().as_string::<i32>().clone());
    columns.flat_map(|column| column.iter().flatten().map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn a_copy_of_the_good_run_is_a_good_run() {
    let run = shop().foretell("run", &["--skip-code", "99"]);
    assert_eq!(run.code, 99, "{}\n{}", run.stdout, run.stderr);
}
