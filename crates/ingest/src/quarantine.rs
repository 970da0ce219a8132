//! Rows that were refused: where they stood, which rule they broke and why.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use foretell_engine::{Error, Result};

/// A refused row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Line of the file, from 1; the row number where the file has no lines.
    pub(crate) line: u64,
    /// Column at fault, if it is one.
    pub(crate) column: Option<String>,
    /// The rule that was broken: one of the spec's or one of the reader's.
    pub(crate) rule: String,
    /// What is wrong.
    pub(crate) reason: String,
    /// The row as it stands in the file.
    pub(crate) raw: String,
}

pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("file", DataType::Utf8, false),
        Field::new("line", DataType::Int64, false),
        Field::new("column", DataType::Utf8, true),
        Field::new("rule", DataType::Utf8, false),
        Field::new("reason", DataType::Utf8, false),
        Field::new("raw", DataType::Utf8, false),
    ]))
}

/// The refused rows of one file as rows of the quarantine table.
pub(crate) fn batch(file: &str, refused: &[Refused]) -> Result<RecordBatch> {
    let wrong = |e| Error::internal("quarantined rows do not fit their schema").because(e);
    let lines: UInt64Array = refused.iter().map(|r| r.line).collect::<Vec<_>>().into();
    let text = |value: fn(&Refused) -> Option<&str>| -> Arc<StringArray> {
        Arc::new(refused.iter().map(value).collect())
    };
    RecordBatch::try_new(
        schema(),
        vec![
            Arc::new(StringArray::from_iter_values(refused.iter().map(|_| file))),
            cast(&lines, &DataType::Int64).map_err(wrong)?,
            text(|r| r.column.as_deref()),
            text(|r| Some(&r.rule)),
            text(|r| Some(&r.reason)),
            text(|r| Some(&r.raw)),
        ],
    )
    .map_err(wrong)
}
