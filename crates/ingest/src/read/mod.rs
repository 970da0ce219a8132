//! Raw files to typed columns, and to a list of the rows that could not be read.
//!
//! One bad row costs that row, never the file; a file whose header does not hold what the spec asks for costs the
//! file. Every row of a file is either in [`RawBatch::columns`] or in [`RawBatch::rejected`].

mod cast;
mod chunk;
mod csv;
mod decode;
mod header;
mod input;
mod json;
mod ndjson;
mod parquet;
mod plan;
mod split;
mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use arrow::array::RecordBatch;
use chrono_tz::Tz;
use foretell_engine::Result;
use foretell_spec::types::{Format, Source};
use xxhash_rust::xxh3::xxh3_64;

pub use input::Input;
pub use plan::schema;

use decode::Text;
use plan::Plan;

/// Rows of a batch, the rejected ones included.
const BATCH_ROWS: usize = 8192;

/// Bytes of text after which a batch ends early; spans of cells count on it being far below 2 GiB.
const BATCH_BYTES: usize = 64 << 20;

/// Bytes of the longest record.
const RECORD_LIMIT: usize = 1 << 20;

/// Bytes kept of a record that is too long.
const OVERSIZE_KEPT: usize = 64 << 10;

/// The batches of one file, in the file's order; after an error there are no more.
pub type Batches = Box<dyn Iterator<Item = Result<RawBatch>> + Send>;

/// Up to 8192 consecutive rows of a file.
pub struct RawBatch {
    /// The good rows: canonical columns in the order of the spec, types as [`schema`] says.
    pub columns: RecordBatch,
    /// For each good row the line of the file on which it begins, from 1; in Parquet the number of the row.
    pub line: Vec<u64>,
    /// For each good row a hash of all its raw fields, mapped or not: equal rows of a source have equal hashes, and
    /// of different rows of one customer and instant hardly ever (once in 2^64 pairs).
    ///
    /// Quoting, padding between fields and the order of JSON keys do not count; the order of CSV columns does.
    pub row_hash: Vec<i64>,
    /// The bad rows, by line.
    pub rejected: Vec<Rejected>,
    /// Number of good and bad rows.
    pub rows_read: u64,
    raw: RawRows,
}

impl RawBatch {
    /// The good row `row` as it stands in the file, for a rule that rejects it later; NULLs of Parquet are blank.
    pub fn raw(&self, row: usize) -> Cow<'_, str> {
        match &self.raw {
            RawRows::Text { text, records } => {
                let record =
                    records.get(row).and_then(|&(start, end)| text.get(start as usize..end as usize));
                Cow::Borrowed(record.unwrap_or_default())
            }
            RawRows::Table { batch, rows } => {
                Cow::Owned(rows.get(row).map(|&row| table::raw(batch, row as usize)).unwrap_or_default())
            }
        }
    }
}

/// Good rows as they stand in the file.
enum RawRows {
    /// Places in the text of the batch.
    Text { text: String, records: Vec<(u32, u32)> },
    /// Rows of the batch as Parquet gave it.
    Table { batch: RecordBatch, rows: Vec<u32> },
}

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Line of the file on which the row begins, from 1; in Parquet the number of the row.
    pub line: u64,
    /// The canonical column at fault; `None` when it is the row as a whole.
    pub column: Option<String>,
    /// What was broken: `cast`, `encoding`, `json`, `nul`, `quote`, `ragged` or `size`.
    pub rule: String,
    /// What is wrong, without a word of the row's content.
    pub reason: String,
    /// The row as it stands in the file.
    pub raw: String,
}

impl Rejected {
    fn new(line: u64, rule: &str, reason: String, raw: &str) -> Self {
        Self { line, column: None, rule: rule.to_owned(), reason, raw: raw.to_owned() }
    }
}

/// Opens one raw file of `source`; `file_name` opens every message and tells the archive by its ending.
///
/// `timezone` is that of timestamps that carry no offset and whose column names no zone.
///
/// # Errors
/// Contract (65), when the file is empty, damaged, or lacks a column; input missing (66), when it cannot be read; bad
/// spec (78), when the source's options make no sense. The iterator gives contract errors for damage found on the way.
pub fn open(file_name: &str, input: impl Into<Input>, source: &Source, timezone: Tz) -> Result<Batches> {
    let plan = Plan::new(source, timezone)?;
    let input = input.into();
    Ok(match &source.format {
        Format::Csv(options) => {
            let mut reader = csv::CsvReader::open(file_name, input, options, plan)?;
            batches(move || reader.batch())
        }
        Format::Ndjson(_) => {
            let mut reader = ndjson::NdjsonReader::open(file_name, input, plan)?;
            batches(move || reader.batch())
        }
        Format::Parquet(_) => {
            let mut reader = parquet::ParquetReader::open(file_name, input, plan)?;
            batches(move || reader.batch())
        }
    })
}

/// Makes an iterator that ends with the first error.
fn batches(mut next: impl FnMut() -> Result<Option<RawBatch>> + Send + 'static) -> Batches {
    let mut failed = false;
    Box::new(std::iter::from_fn(move || {
        if failed {
            return None;
        }
        let batch = next().transpose();
        failed = matches!(batch, Some(Err(_)));
        batch
    }))
}

/// Rejects the line at hand, which is longer than any record may be, and skips to the next line.
fn oversize(text: &mut Text, line: u64) -> Result<Rejected> {
    let rest = &text.all()[text.at()..];
    let rest = &rest[..rest.floor_char_boundary(OVERSIZE_KEPT)];
    let rejected = Rejected::new(line, "size", "a line over 1 MiB".to_owned(), rest);
    loop {
        if let Some(line) = decode::line(text.all().as_bytes(), text.at(), text.ended()) {
            text.advance(line.next);
            return Ok(rejected);
        }
        text.forget();
        text.more()?;
    }
}

/// Hashes a raw row.
fn row_hash(row: &[u8]) -> i64 {
    xxh3_64(row).cast_signed()
}
