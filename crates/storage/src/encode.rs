//! Rows made a Parquet object: page by page, column by column.
//!
//! A writer that takes rows as they come has a compressor and its buffers open for every column at once, which at
//! hundreds of columns is more than the rows themselves. Here each column packs its values as they come into the bytes
//! of a page, and when a page's rows are there one compressor goes over all columns in turn; the packed pages wait for
//! their row group to be complete. What is written depends on the rows alone, not on how they came.

mod codes;
mod floats;
mod levels;
mod numbers;
mod other;
mod pages;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};

use codes::Codes;
use floats::Floats;
use numbers::Numbers;
use other::Other;
use pages::Packer;

/// Writes rows to a sink.
pub(crate) struct Encoder<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Column>,
    packer: Packer,
    /// Rows of a page, and of a row group: a multiple of it.
    page_rows: usize,
    group_rows: usize,
    /// Rows of the page and of the row group that are begun.
    in_page: usize,
    in_group: usize,
}

/// A column of the row group that is begun.
enum Column {
    Integers(Numbers<Codes>),
    Floats(Numbers<Floats>),
    Other(Other),
}

impl<W: Write + Send> Encoder<W> {
    /// Begins an object whose row groups have so many pages of so many rows.
    ///
    /// # Errors
    /// The sink fails, or a column has a type that Parquet has not.
    pub(crate) fn new(
        sink: W,
        schema: &SchemaRef,
        properties: WriterProperties,
        page_rows: usize,
        group_pages: usize,
    ) -> Result<Self> {
        let writer = ArrowWriter::try_new(sink, Arc::clone(schema), Some(properties))?;
        let (writer, _) = writer.into_serialized_writer()?;
        let mut leaves = writer.schema_descr().columns().iter();
        let mut columns = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            columns.push(match field.data_type() {
                DataType::Int64 => Column::Integers(Numbers::new(leaves.next(), writer.properties())?),
                DataType::Float64 => Column::Floats(Numbers::new(leaves.next(), writer.properties())?),
                _ => {
                    let other = Other::new(field, writer.properties())?;
                    leaves.by_ref().take(other.leaves()).for_each(drop);
                    Column::Other(other)
                }
            });
        }
        let group_rows = page_rows * group_pages;
        Ok(Self { packer: Packer::new()?, writer, columns, page_rows, group_rows, in_page: 0, in_group: 0 })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// The sink fails, or the batch does not fit the schema.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.columns.len() {
            return Err(ParquetError::General("a batch with other columns than its table".to_owned()));
        }
        let mut from = 0;
        while from < batch.num_rows() {
            let rows = (self.page_rows - self.in_page).min(batch.num_rows() - from);
            for (column, array) in self.columns.iter_mut().zip(batch.columns()) {
                if rows == array.len() {
                    column.append(array, self.page_rows)?;
                } else {
                    column.append(&array.slice(from, rows), self.page_rows)?;
                }
            }
            from += rows;
            self.in_page += rows;
            if self.in_page == self.page_rows {
                self.close_page()?;
                if self.in_group == self.group_rows {
                    self.close_group()?;
                }
            }
        }
        Ok(())
    }

    /// Writes what is begun and the footer, and gives the sink back.
    ///
    /// # Errors
    /// The sink fails.
    pub(crate) fn finish(mut self) -> Result<W> {
        if self.in_page > 0 {
            self.close_page()?;
        }
        if self.in_group > 0 {
            self.close_group()?;
        }
        self.writer.into_inner()
    }

    fn close_page(&mut self) -> Result<()> {
        for column in &mut self.columns {
            match column {
                Column::Integers(column) => column.close_page(&mut self.packer)?,
                Column::Floats(column) => column.close_page(&mut self.packer)?,
                Column::Other(column) => column.close_page()?,
            }
        }
        self.in_group += self.in_page;
        self.in_page = 0;
        Ok(())
    }

    fn close_group(&mut self) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            column.close_chunk(&mut self.packer, &mut group)?;
        }
        group.close()?;
        self.in_group = 0;
        Ok(())
    }
}

impl Column {
    fn append(&mut self, array: &ArrayRef, page_rows: usize) -> Result<()> {
        match self {
            Self::Integers(column) => column.append(array, page_rows),
            Self::Floats(column) => column.append(array, page_rows),
            Self::Other(column) => {
                column.append(array);
                Ok(())
            }
        }
    }

    fn close_chunk<W: Write + Send>(
        &mut self,
        packer: &mut Packer,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        let (bytes, close) = match self {
            Self::Integers(column) => column.close_chunk(packer)?,
            Self::Floats(column) => column.close_chunk(packer)?,
            Self::Other(column) => return column.close_chunk(group),
        };
        group.append_column(&bytes, close)
    }
}
