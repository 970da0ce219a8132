//! Rows made a Parquet object: row group by row group, and within each column by column.
//!
//! A writer that takes rows as they come has a page, a compressor and the packed pages of every column open at once,
//! which at hundreds of columns is far more than the rows themselves. So rows wait as they are until a row group is
//! complete; then each column is put together, packed and written, and only one is being worked on.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::concat;
use arrow::datatypes::{Field, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

/// Writes rows to a sink.
pub(crate) struct Encoder<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// Rows that wait for their row group to be complete.
    waiting: Vec<RecordBatch>,
    /// How many these are.
    rows: usize,
    /// Rows of a row group.
    group_rows: usize,
    /// Row groups written.
    groups: usize,
}

impl<W: Write + Send> Encoder<W> {
    /// Begins an object whose row groups have so many rows.
    ///
    /// # Errors
    /// The sink fails, or a column has a type that Parquet has not.
    pub(crate) fn new(
        sink: W,
        schema: SchemaRef,
        properties: WriterProperties,
        group_rows: usize,
    ) -> Result<Self> {
        let writer = ArrowWriter::try_new(sink, Arc::clone(&schema), Some(properties))?;
        let (writer, columns) = writer.into_serialized_writer()?;
        Ok(Self { writer, columns, schema, waiting: Vec::new(), rows: 0, group_rows, groups: 0 })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// The sink fails, or the batch does not fit the schema.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.schema.fields().len() {
            return Err(ParquetError::General("a batch with other columns than its table".to_owned()));
        }
        let mut from = 0;
        while from < batch.num_rows() {
            let rows = (self.group_rows - self.rows).min(batch.num_rows() - from);
            self.waiting.push(batch.slice(from, rows));
            self.rows += rows;
            from += rows;
            if self.rows == self.group_rows {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Writes the rows that wait and the footer, and gives the sink back.
    ///
    /// # Errors
    /// The sink fails.
    pub(crate) fn finish(mut self) -> Result<W> {
        if self.rows > 0 {
            self.flush()?;
        }
        self.writer.into_inner()
    }

    /// Writes the rows that wait as a row group.
    fn flush(&mut self) -> Result<()> {
        let writers = self.columns.create_column_writers(self.groups)?;
        let mut group = self.writer.next_row_group()?;
        for (index, (writer, field)) in writers.into_iter().zip(self.schema.fields()).enumerate() {
            let parts: Vec<&dyn Array> =
                self.waiting.iter().map(|batch| batch.column(index).as_ref()).collect();
            let chunk = encoded(writer, field, &whole(&parts)?)?;
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        self.waiting.clear();
        self.rows = 0;
        self.groups += 1;
        Ok(())
    }
}

/// Parts of a column as one array, so that what is written does not depend on how its rows came.
fn whole(parts: &[&dyn Array]) -> Result<ArrayRef> {
    Ok(match parts {
        [one] => one.slice(0, one.len()),
        parts => concat(parts)?,
    })
}

fn encoded(mut writer: ArrowColumnWriter, field: &Field, column: &ArrayRef) -> Result<ArrowColumnChunk> {
    for leaf in compute_leaves(field, column)? {
        writer.write(&leaf)?;
    }
    writer.close()
}
