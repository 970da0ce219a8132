//! NDJSON and Parquet.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use serde_json::{Map, Value};

use super::{HEADER, all_rows, counts, good_rows, set_aside_in, shop, stops};
use crate::bad_specs::shop::Shop;

fn names() -> impl Iterator<Item = &'static str> {
    HEADER.trim().split(',')
}

fn ndjson(line: &str) -> String {
    let cells = names().zip(line.split(','));
    let object: Map<String, Value> = cells.map(|(name, cell)| (name.to_owned(), cell.into())).collect();
    format!("{}\n", Value::Object(object))
}

fn in_ndjson(lines: String) -> Shop {
    shop().spec("data/*.csv", "all.ndjson").format("{ndjson: {}}").file("all.ndjson", lines)
}

/// All rows as Parquet; text columns, but for one that may be replaced.
fn parquet(replaced: &str, by: Option<ArrayRef>) -> Vec<u8> {
    let rows = all_rows();
    let columns = names().enumerate().map(|(index, name)| {
        let cells: Vec<&str> = rows.lines().map(|line| line.split(',').nth(index).unwrap()).collect();
        let text: ArrayRef = Arc::new(StringArray::from(cells));
        (name, if name == replaced { by.clone().unwrap_or(text) } else { text })
    });
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn in_parquet(bytes: impl AsRef<[u8]>) -> Shop {
    shop().spec("data/*.csv", "all.parquet").format("{parquet: {}}").file("all.parquet", bytes)
}

#[test]
fn ndjson_and_parquet_are_no_fault() {
    counts(&in_ndjson(all_rows().lines().map(ndjson).collect()), good_rows(), &[], &[]);
    counts(&in_parquet(parquet("", None)), good_rows(), &[], &[]);
}

#[test]
fn ndjson_bad_lines() {
    let mut lines: String = all_rows().lines().map(ndjson).collect();
    lines += "{\"customer_id\": \"hush\", \"order_id\": \n";
    lines += "[\"hush\"]\n";
    lines += "{\"customer_id\": {\"id\": \"hush\"}}\n";
    lines += "{\"customer_id\": \"hush\", \"customer_id\": \"hush\"}\n";
    lines += "hush\n";
    set_aside_in("ndjson_bad_lines", &in_ndjson(lines), &[("json", 5)]);
}

#[test]
fn ndjson_key_of_no_row() {
    let lines: String = all_rows().lines().map(ndjson).collect();
    stops("ndjson_key_of_no_row", 65, &in_ndjson(lines.replace("\"unit_price\"", "\"price\"")));
}

#[test]
fn csv_taken_for_ndjson() {
    stops("csv_taken_for_ndjson", 65, &in_ndjson(format!("{HEADER}{}", all_rows())));
}

#[test]
fn parquet_cut_off() {
    let bytes = parquet("", None);
    stops("parquet_cut_off", 65, &in_parquet(&bytes[..bytes.len() / 2]));
}

#[test]
fn parquet_damaged_inside() {
    let mut bytes = parquet("", None);
    for byte in &mut bytes[200..600] {
        *byte = !*byte;
    }
    stops("parquet_damaged_inside", 65, &in_parquet(bytes));
}

#[test]
fn csv_taken_for_parquet() {
    stops("csv_taken_for_parquet", 65, &in_parquet(format!("{HEADER}{}", all_rows())));
}

#[test]
fn parquet_taken_for_csv() {
    stops("parquet_taken_for_csv", 65, &shop().file("data/2024-11.csv", parquet("", None)));
}

#[test]
fn parquet_column_of_another_type() {
    let truths: ArrayRef = Arc::new(BooleanArray::from(vec![true; good_rows() as usize]));
    stops("parquet_column_of_another_type", 65, &in_parquet(parquet("occurred_at", Some(truths))));
}

#[test]
fn parquet_column_missing() {
    let spec = "from: region,";
    stops("parquet_column_missing", 65, &in_parquet(parquet("", None)).spec(spec, "from: Land,"));
}
