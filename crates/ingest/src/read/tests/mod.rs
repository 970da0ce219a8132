//! Tests of the reading half, through its public face.

mod broken;
mod encodings;
mod formats;
mod property;
mod real;
mod rules;

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use bytes::Bytes;
use chrono_tz::Tz;
use foretell_engine::Result;
use foretell_spec::types::Source;
use serde_json::{Value, json};
use std::sync::Arc;

use super::{Rejected, open, schema};

/// All batches of a file in one.
struct Whole {
    columns: RecordBatch,
    line: Vec<u64>,
    row_hash: Vec<i64>,
    raw: Vec<String>,
    rejected: Vec<Rejected>,
    rows_read: u64,
}

fn source(format: Value, columns: Value) -> Source {
    serde_json::from_value(json!({"files": "x", "format": format, "columns": columns})).unwrap()
}

/// A source of `format` with the columns `id` (string), `n` (int) and `price` (decimal, two digits).
fn small(format: Value) -> Source {
    source(
        format,
        json!({
            "id": {"from": "Id", "type": "string"},
            "n": {"from": "N", "type": "int"},
            "price": {"from": "Price", "type": "decimal", "scale": 2},
        }),
    )
}

fn csv() -> Value {
    json!({"csv": {}})
}

/// Reads a whole file and checks what holds of every file.
fn read(name: &str, bytes: &[u8], source: &Source) -> Result<Whole> {
    let batches = open(name, Bytes::copy_from_slice(bytes), source, Tz::Europe__London)?;
    gather(batches, source)
}

fn gather(batches: super::Batches, source: &Source) -> Result<Whole> {
    let schema = Arc::new(schema(source));
    let mut whole = Whole {
        columns: RecordBatch::new_empty(schema.clone()),
        line: Vec::new(),
        row_hash: Vec::new(),
        raw: Vec::new(),
        rejected: Vec::new(),
        rows_read: 0,
    };
    let mut columns = Vec::new();
    for batch in batches {
        let batch = batch?;
        let rows = batch.columns.num_rows();
        assert_eq!(batch.columns.schema(), schema);
        assert_eq!((batch.line.len(), batch.row_hash.len()), (rows, rows));
        assert_eq!(batch.rows_read, (rows + batch.rejected.len()) as u64);
        assert!(batch.rows_read > 0);
        assert!(batch.rejected.is_sorted_by_key(|rejected| rejected.line));
        whole.raw.extend((0..rows).map(|row| batch.raw(row).into_owned()));
        whole.line.extend(batch.line);
        whole.row_hash.extend(batch.row_hash);
        whole.rejected.extend(batch.rejected);
        whole.rows_read += batch.rows_read;
        columns.push(batch.columns);
    }
    whole.columns = concat_batches(&schema, &columns).unwrap();
    Ok(whole)
}

/// Rows as text, cells parted by `|`.
fn rows(columns: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let formatters: Vec<_> =
        columns.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
    (0..columns.num_rows())
        .map(|row| formatters.iter().map(|f| f.value(row).to_string()).collect::<Vec<_>>().join("|"))
        .collect()
}

/// What a reader of a message sees: the error with its hints, or rows and rejected rows.
fn shown(outcome: Result<Whole>) -> String {
    match outcome {
        Err(error) => {
            let mut text = format!("{:?}: {error}", error.kind());
            error.hints().iter().for_each(|hint| text += &format!("\n  hint: {hint}"));
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                text += &format!("\n  cause: {cause}");
                source = cause.source();
            }
            text
        }
        Ok(whole) => {
            let mut text = format!("{} rows read", whole.rows_read);
            for (line, row) in whole.line.iter().zip(rows(&whole.columns)) {
                text += &format!("\nline {line}: {row}");
            }
            for bad in whole.rejected {
                let column = bad.column.map(|column| format!(" at {column}")).unwrap_or_default();
                let raw: String = bad.raw.escape_debug().take(60).collect();
                text +=
                    &format!("\nrejected line {}: [{}{column}] {} <{raw}>", bad.line, bad.rule, bad.reason);
            }
            text
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}
