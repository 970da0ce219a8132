//! An oracle written apart from the SQL: it reads the raw files itself, follows the definitions of the
//! core features and of the labels row by row, and what the binaries published has to agree.

mod held;
mod naive;
mod raw;
mod shop;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int64Type};
use chrono::NaiveDate;
use serde_json::Value;

use crate::support::{Project, Run, root};
use raw::ten_thousandths;
use shop::Shop;

/// Windows of both pipelines, in days.
const WINDOWS: [u64; 7] = [7, 14, 30, 60, 90, 180, 365];

#[test]
fn quickstart_features_and_labels_are_the_oracles() {
    let project = Project::quickstart();
    stages(&project, &["pipelines/quickstart.yaml"]);
    let warehouse = "warehouse/quickstart";
    let shop = shop::retail(&root().join("testdata/retail"));
    the_oracle_refuses_what_was_made_dirty(&shop);
    assert_eq!(lake_counts(&project, warehouse)["kept"], shop.lines.len());

    for cutoff in ["2024-10-01", "2025-01-01"] {
        held::features(&project, warehouse, cutoff, &shop.features(day(cutoff), &WINDOWS));
    }
    let at = "2024-10-01";
    held::labels(&project, warehouse, "churn", at, &shop.churn(day(at), 90));
    held::labels(&project, warehouse, "conversion", at, &shop.conversion(day(at), 30));
    held::labels(&project, warehouse, "reactivation", at, &shop.reactivation(day(at), 120, 60));
}

#[test]
fn online_retail_features_labels_and_figures_are_the_oracles() {
    let Some(data) = real_data() else { return };
    let project = Project::new();
    let spec = fs::read(root().join("pipelines/online-retail.yaml")).unwrap();
    project.write("pipelines/online-retail.yaml", spec);
    let files = format!("sources.transactions.files={}/by-day/*.csv", data.display());
    stages(&project, &["pipelines/online-retail.yaml", "--set", &files]);
    let warehouse = "warehouse/online-retail";
    the_raw_files_are_those_described(&data);
    the_lake_is_the_one_described(&project, warehouse);

    let shop = shop::online_retail(&data);
    assert_eq!(shop.lines.len(), 401_564);
    for cutoff in ["2011-09-10", "2011-12-10"] {
        held::features(&project, warehouse, cutoff, &shop.features(day(cutoff), &WINDOWS));
    }
    let at = "2011-09-10";
    held::labels(&project, warehouse, "churn", at, &shop.churn(day(at), 90));
    held::labels(&project, warehouse, "churn_30d", at, &shop.churn(day(at), 30));
    held::labels(&project, warehouse, "big_spender", at, &shop.big_spender(day(at), 500, 30));
}

/// The folder of the real Online Retail files; says so where there is none.
fn real_data() -> Option<PathBuf> {
    let folder = env::var_os("FORETELL_REAL_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: FORETELL_REAL_DATA is not set, so Online Retail was not held against the oracle");
    }
    folder.map(|f| f.join("online-retail").canonicalize().unwrap())
}

/// Ingests and makes features and labels; scores are not needed here.
fn stages(project: &Project, arguments: &[&str]) {
    for binary in [env!("CARGO_BIN_EXE_ingest"), env!("CARGO_BIN_EXE_features")] {
        let run: Run = project.run(binary, arguments);
        run.ok();
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn lake_counts(project: &Project, warehouse: &str) -> Value {
    let path = project.path(warehouse).join("_meta/lake/transactions.json");
    let manifest: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    manifest["counts"].clone()
}

/// `truth/dirt.csv` names every line that the simulated shop spoiled.
fn the_oracle_refuses_what_was_made_dirty(shop: &Shop) {
    let dirt = fs::read_to_string(root().join("testdata/retail/truth/dirt.csv")).unwrap();
    let mut spoiled = BTreeSet::new();
    let mut repeated = BTreeSet::new();
    for row in dirt.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let [file, line, kind] = fields[..] else { panic!("{row}") };
        let place = (file.to_owned(), line.parse().unwrap());
        // A customer's birth year is not read, so letters in it do not matter.
        if kind == "duplicate" {
            repeated.insert(place);
        } else if !(kind == "letters_in_number" && file.starts_with("customers/")) {
            spoiled.insert(place);
        }
    }
    assert!(spoiled.len() > 100 && !repeated.is_empty());
    assert_eq!(shop.refused, spoiled);
    assert_eq!(shop.repeated, repeated);
}

/// Facts about the raw files that were established without this project.
fn the_raw_files_are_those_described(data: &Path) {
    let table = raw::read(data, "by-day");
    assert_eq!(table.files, 305);
    assert_eq!(table.rows.len(), 541_909);
    let rows: Vec<&Vec<String>> = table.rows.iter().map(|row| row.fields.as_ref().unwrap()).collect();
    let cells = |column: &str| {
        let at = table.columns[column];
        rows.iter().map(move |row| row[at].as_str())
    };
    let distinct = |column: &str| cells(column).filter(|c| !c.is_empty()).collect::<HashSet<_>>().len();
    assert_eq!((distinct("InvoiceNo"), distinct("CustomerID"), distinct("Country")), (25_900, 4_372, 38));
    assert_eq!(cells("InvoiceDate").min(), Some("2010-12-01 08:26:00"));
    assert_eq!(cells("InvoiceDate").max(), Some("2011-12-09 12:50:00"));
    assert_eq!(cells("CustomerID").filter(|c| c.is_empty()).count(), 135_080);
    assert_eq!(cells("Description").filter(|c| c.is_empty()).count(), 1_454);
    assert_eq!(cells("InvoiceNo").filter(|c| c.starts_with('C')).count(), 9_288);
    assert_eq!(rows.len() - rows.iter().collect::<HashSet<_>>().len(), 5_268);

    let quantities: Vec<i64> = cells("Quantity").map(|c| c.parse().unwrap()).collect();
    assert_eq!(quantities.iter().filter(|q| **q < 0).count(), 10_624);
    assert_eq!((quantities.iter().min(), quantities.iter().max()), (Some(&-80_995), Some(&80_995)));
    let prices: Vec<i128> = cells("UnitPrice").map(|c| ten_thousandths(c).unwrap()).collect();
    assert_eq!(prices.iter().filter(|p| **p < 0).count(), 2);
    assert_eq!(prices.iter().filter(|p| **p == 0).count(), 2_515);
    let total: i128 = quantities.iter().zip(&prices).map(|(q, p)| i128::from(*q) * p).sum();
    // 9,747,747.93, stated to the second decimal.
    assert_eq!((total + 50) / 100, 974_774_793);
}

/// The same rows as the manifest counts them, and as the lake and the quarantine hold them.
fn the_lake_is_the_one_described(project: &Project, warehouse: &str) {
    let counts = lake_counts(project, warehouse);
    assert_eq!(counts["files"], 305);
    assert_eq!(counts["read"], 541_909);
    assert_eq!(counts["kept"], 401_564);
    assert_eq!(counts["quarantined"], serde_json::json!({"has_customer": 135_080, "positive_price": 40}));
    assert_eq!(counts["dropped"], serde_json::json!({"exact_duplicates": 5_225}));
    assert_eq!(counts["customers"], 4_371);

    let lake = parquet_below(project, warehouse, "lake/transactions/");
    assert_eq!(lake.iter().map(RecordBatch::num_rows).sum::<usize>(), 401_564);
    let mut customers = HashSet::new();
    let (mut returns, mut amount) = (0, 0);
    for batch in &lake {
        let column = |name: &str| batch.column_by_name(name).unwrap();
        customers.extend(column("customer_id").as_string::<i32>().iter().map(|id| id.unwrap().to_owned()));
        returns += column("is_return").as_boolean().true_count();
        let amounts = column("amount").as_primitive::<Decimal128Type>();
        assert_eq!(amounts.scale(), 4);
        amount += amounts.iter().flatten().sum::<i128>();
    }
    assert_eq!((customers.len(), returns, amount), (4_371, 8_872, 82_785_194_240));

    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    for batch in parquet_below(project, warehouse, "quarantine/transactions/") {
        for rule in batch.column_by_name("rule").unwrap().as_string::<i32>().iter() {
            *refused.entry(rule.unwrap().to_owned()).or_default() += 1;
        }
    }
    let expected = [("has_customer".to_owned(), 135_080), ("positive_price".to_owned(), 40)];
    assert_eq!(refused, BTreeMap::from(expected));
}

fn parquet_below(project: &Project, warehouse: &str, below: &str) -> Vec<RecordBatch> {
    let files = project.bytes(&format!("{warehouse}/{below}"));
    assert!(!files.is_empty(), "nothing below {below}");
    files.keys().flat_map(|file| project.table(warehouse, &format!("{below}{file}"))).collect()
}

/// A column of whole numbers without NULL.
fn whole(batch: &RecordBatch, name: &str) -> Vec<i64> {
    let column = batch.column_by_name(name).unwrap().as_primitive::<Int64Type>();
    column.iter().map(|value| value.unwrap()).collect()
}
