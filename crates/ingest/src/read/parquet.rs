//! Parquet.

use std::fs::File;
use std::io::Read;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use bytes::Bytes;
use foretell_engine::{Error, Result};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::reader::ChunkReader;

use super::chunk::{Faults, kept, kept_rows};
use super::input::{self, Input};
use super::plan::Plan;
use super::{BATCH_ROWS, RawBatch, RawRows, header, row_hash, table};

type Tables = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// Reads the rows of one Parquet file, batch by batch; a row's line is its number in the file, from 1.
pub(super) struct ParquetReader {
    name: String,
    tables: Tables,
    plan: Plan,
    positions: Vec<usize>,
    /// Columns by name, so that files whose columns stand in another order have the same hashes.
    by_name: Vec<usize>,
    rows: u64,
}

impl ParquetReader {
    /// Opens a file and reads its footer.
    ///
    /// # Errors
    /// Contract, when the file is empty, damaged, lacks a column or has it in a type that cannot be read; input missing,
    /// when it cannot be read.
    pub(super) fn open(name: &str, input: Input, plan: Plan) -> Result<Self> {
        let (schema, tables) = match input {
            Input::Path(path) => {
                let unreadable = |e| Error::missing(format!("{name}: cannot be read ({e})"));
                let file = File::open(path).map_err(unreadable)?;
                tables(name, file.metadata().map_err(unreadable)?.len(), file)?
            }
            Input::Bytes(bytes) => tables(name, bytes.len() as u64, bytes)?,
            stream @ Input::Stream(_) => {
                let mut bytes = Vec::new();
                stream
                    .stored(name)?
                    .read_to_end(&mut bytes)
                    .map_err(|e| Error::missing(format!("{name}: cannot be read ({e})")))?;
                tables(name, bytes.len() as u64, Bytes::from(bytes))?
            }
        };
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().trim().to_owned()).collect();
        let positions = header::positions(name, &names, plan.wanted())?;
        for ((&position, rule), from) in positions.iter().zip(&plan.rules).zip(plan.wanted()) {
            let found = schema.field(position).data_type();
            if !table::readable(found, rule) {
                return Err(Error::contract(format!(
                    "{name}: column '{from}' is of type {found}, which cannot be read as {}",
                    rule.data_type
                ))
                .hint("change the type of the column in the spec, or in the program that writes the file"));
            }
        }
        let mut by_name: Vec<usize> = (0..names.len()).collect();
        by_name.sort_by_key(|&column| &names[column]);
        Ok(Self { name: name.to_owned(), tables, plan, positions, by_name, rows: 0 })
    }

    /// Reads the next batch; `None` at the end of the file.
    ///
    /// # Errors
    /// Contract, when a page is damaged.
    pub(super) fn batch(&mut self) -> Result<Option<RawBatch>> {
        let place = format!("{}: row {} or later", self.name, self.rows + 1);
        let tables = &mut self.tables;
        let table = fenced(&place, || tables.next().transpose().map_err(|e| damaged(&place, e)))?;
        let Some(table) = table else { return Ok(None) };
        let rows = table.num_rows();
        let line: Vec<u64> = (self.rows + 1..).take(rows).collect();
        self.rows += rows as u64;
        let mut faults = Faults::default();
        let mut arrays = Vec::with_capacity(self.plan.width());
        for (column, (rule, &position)) in self.plan.rules.iter_mut().zip(&self.positions).enumerate() {
            arrays.push(table::cast(rule, table.column(position), faults.of_column(column))?);
            faults.end_column();
        }
        let columns = RecordBatch::try_new(self.plan.schema.clone(), arrays)
            .map_err(|e| Error::internal("the cast columns make no record batch").because(e))?;
        let row_hash = row_hashes(&table, &self.by_name)?;
        let (keep, rejected) = faults.settle(rows, &line, &self.plan, |row| table::raw(&table, row));
        let numbers: Vec<u32> = (0..rows as u32).collect();
        let (columns, line, row_hash, numbers) = match keep {
            None => (columns, line, row_hash, numbers),
            Some(keep) => {
                (kept_rows(&columns, &keep)?, kept(line, &keep), kept(row_hash, &keep), kept(numbers, &keep))
            }
        };
        let mut rejected = rejected;
        rejected.sort_by_key(|rejected| rejected.line);
        let raw = RawRows::Table { batch: table, rows: numbers };
        Ok(Some(RawBatch { columns, line, row_hash, rejected, rows_read: rows as u64, raw }))
    }
}

/// Opens the footer and the row groups behind it.
fn tables<R: ChunkReader + 'static>(name: &str, length: u64, file: R) -> Result<(SchemaRef, Tables)> {
    if length == 0 {
        return Err(input::empty(name));
    }
    // Parquet's own types say all that is needed; reading the Arrow schema that some writers add panics when damaged.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    fenced(name, || {
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(|e| {
            damaged(name, e).hint("was the file cut off on its way, or is it of another format?")
        })?;
        let schema = builder.schema().clone();
        let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(|e| damaged(name, e))?;
        Ok((schema, Box::new(reader) as Tables))
    })
}

/// Runs the decoder of crate `parquet`, which checks some damage only by panicking, and turns that into an error.
fn fenced<T>(place: &str, decode: impl FnOnce() -> Result<T>) -> Result<T> {
    // What the closure touches is not used again after an error.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(Error::contract(format!("{place}: the Parquet file is damaged"))))
}

fn damaged(place: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::contract(format!("{place}: the Parquet file is damaged")).because(error)
}

/// Hashes all columns of each row.
fn row_hashes(table: &RecordBatch, columns: &[usize]) -> Result<Vec<i64>> {
    let fault = |e: ArrowError| Error::internal("the rows of a Parquet file could not be hashed").because(e);
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for &column in columns {
        let mut array = table.column(column).clone();
        if !RowConverter::supports_fields(&[SortField::new(array.data_type().clone())]) {
            array = std::sync::Arc::new(written(&array).map_err(fault)?);
        }
        fields.push(SortField::new(array.data_type().clone()));
        arrays.push(array);
    }
    let rows =
        RowConverter::new(fields).and_then(|converter| converter.convert_columns(&arrays)).map_err(fault)?;
    Ok(rows.iter().map(|row| row_hash(row.as_ref())).collect())
}

/// Writes a column as text.
fn written(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array, &options)?;
    (0..array.len()).map(|row| formatter.value(row).try_to_string().map(Some)).collect()
}
