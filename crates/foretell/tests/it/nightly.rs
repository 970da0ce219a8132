//! Day after day: a run reads new files alone, and what it leaves is what a read of all files would have left.

mod archive;
mod grown;
mod killed;
mod shop;

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use arrow::util::pretty::pretty_format_batches;
use serde_json::Value;

use crate::support::Project;

/// What the lake's manifest says of transactions.
fn manifest(project: &Project, warehouse: &str) -> Value {
    let path = project.path(&format!("{warehouse}/_meta/lake/transactions.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The rows of each bucket of all runs, in the lake's order, as text.
fn rows(project: &Project, warehouse: &str) -> Vec<String> {
    let manifest = manifest(project, warehouse);
    let runs = manifest["runs"].as_array().unwrap();
    let buckets = runs[0]["buckets"].as_array().unwrap().len();
    let bucket = |bucket: usize| {
        let batches: Vec<RecordBatch> = runs
            .iter()
            .flat_map(|run| project.table(warehouse, run["buckets"][bucket]["path"].as_str().unwrap()))
            .collect();
        let batch = concat_batches(&batches[0].schema(), &batches).unwrap();
        let customers = batch["customer_id"].as_string::<i32>();
        let instants = batch["occurred_at"].as_primitive::<TimestampMicrosecondType>();
        let hashes = batch["_hash"].as_primitive::<Int64Type>();
        let text = pretty_format_batches(std::slice::from_ref(&batch)).unwrap().to_string();
        let mut lines: Vec<_> = (0..batch.num_rows())
            .map(|row| (customers.value(row), instants.value(row), hashes.value(row)))
            .zip(text.lines().skip(3))
            .collect();
        lines.sort();
        lines.into_iter().map(|(_, line)| line.trim().to_owned()).collect::<Vec<_>>().join("\n")
    };
    (0..buckets).map(bucket).collect()
}

/// Every row in quarantine: its file and line, the rule and the row itself.
fn quarantine(project: &Project, warehouse: &str) -> BTreeSet<(String, i64, String, String)> {
    let mut found = BTreeSet::new();
    for path in project.bytes(&format!("{warehouse}/quarantine")).keys() {
        for batch in project.table(&format!("{warehouse}/quarantine"), path) {
            let words = |name: &str| batch[name].as_string::<i32>().clone();
            let [file, rule, raw] = ["file", "rule", "raw"].map(words);
            let line = batch["line"].as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                let text = |column: &arrow::array::StringArray| column.value(row).to_owned();
                assert!(
                    found.insert((text(&file), line.value(row), text(&rule), text(&raw))),
                    "{path} holds a row that another object holds too"
                );
            }
        }
    }
    found
}

/// Names of all entries whose bytes differ, or that only one side has.
fn differences(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    assert!(!a.is_empty());
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    names.into_iter().filter(|name| a.get(*name) != b.get(*name)).cloned().collect()
}
