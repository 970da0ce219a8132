//! Published partitions held against what the oracle says.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use super::naive::{Features, Labels, Value};
use crate::support::Project;

/// How far sums may differ, relative to their size.
const NEAR: f64 = 1e-9;

/// Holds the features of a cutoff against the oracle's: counts exactly, sums to 1e-9, NULL alike.
#[track_caller]
pub fn features(project: &Project, warehouse: &str, cutoff: &str, expected: &Features) {
    let path = format!("tables/features/cutoff={cutoff}/part-0.parquet");
    let mut found: BTreeMap<String, (RecordBatch, usize)> = BTreeMap::new();
    for batch in project.table(warehouse, &path) {
        for (row, customer) in customers(&batch).into_iter().enumerate() {
            let twice = found.insert(customer.clone(), (batch.clone(), row));
            assert!(twice.is_none(), "{path}: {customer} twice");
        }
    }
    let ours: Vec<&String> = expected.keys().collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), ours, "{path}: other customers");

    let (mut compared, mut nothing) = (0, 0);
    let mut faults = Vec::new();
    for (customer, features) in expected {
        let (batch, row) = &found[customer];
        for (feature, expected) in features {
            let column = batch.column_by_name(feature).unwrap_or_else(|| panic!("{path}: no {feature}"));
            compared += 1;
            nothing += usize::from(*expected == Value::Nothing);
            if !agree(column, *row, *expected) {
                let value = arrow::util::display::array_value_to_string(column, *row).unwrap();
                faults.push(format!("{customer} {feature}: published `{value}`, oracle {expected:?}"));
            }
        }
    }
    let shown = faults[..faults.len().min(20)].join("\n");
    assert!(faults.is_empty(), "{path}: {} of {compared} values differ\n{shown}", faults.len());
    assert!(
        compared > 100_000 && nothing > 0 && nothing < compared,
        "{path}: {compared} values, {nothing} NULL"
    );
    println!("{path}: {} customers, {compared} values agree, {nothing} of them NULL", expected.len());
}

/// Holds the labels of a target at a cutoff against the oracle's.
#[track_caller]
pub fn labels(project: &Project, warehouse: &str, target: &str, cutoff: &str, expected: &Labels) {
    let path = format!("tables/labels/target={target}/cutoff={cutoff}/part-0.parquet");
    let mut found = Labels::new();
    for batch in project.table(warehouse, &path) {
        for (customer, label) in customers(&batch).into_iter().zip(super::whole(&batch, "label")) {
            assert!(found.insert(customer.clone(), label).is_none(), "{path}: {customer} twice");
        }
    }
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        expected.keys().collect::<Vec<_>>(),
        "{path}: other customers"
    );
    let faults: Vec<_> = expected.iter().filter(|(customer, label)| found[*customer] != **label).collect();
    assert!(faults.is_empty(), "{path}: {} labels differ, such as {:?}", faults.len(), faults.first());
    let positives = expected.values().filter(|label| **label == 1).count();
    assert!(positives > 0 && positives < expected.len(), "{path}: only one class");
    println!("{path}: {} labels agree, {positives} positive", expected.len());
}

fn customers(batch: &RecordBatch) -> Vec<String> {
    let ids = batch.column_by_name("customer_id").unwrap().as_string::<i32>();
    ids.iter().map(|id| id.unwrap().to_owned()).collect()
}

/// Whether a published value is the expected one; whole numbers have to be published as such.
fn agree(column: &ArrayRef, row: usize, expected: Value) -> bool {
    match expected {
        Value::Nothing => column.is_null(row),
        _ if column.is_null(row) => false,
        Value::Whole(number) => {
            *column.data_type() == DataType::Int64 && column.as_primitive::<Int64Type>().value(row) == number
        }
        Value::Real(number) => {
            let published = column.as_primitive::<Float64Type>().value(row);
            (published - number).abs() <= NEAR * number.abs()
        }
    }
}
