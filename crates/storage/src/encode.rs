//! Rows made a Parquet object: row group by row group, and within each column by column.
//!
//! A writer that takes rows as they come has a page, a compressor and the packed pages of every column open at once,
//! which at hundreds of columns is far more than the rows themselves. So rows wait as they are until a row group is
//! complete; then one column after the other is packed and written. What is written depends on the rows alone, not on
//! how they came.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::BatchCoalescer;
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
    /// Rows that wait for their row group to be complete; it hands them on as one batch.
    waiting: BatchCoalescer,
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
        let waiting = BatchCoalescer::new(Arc::clone(&schema), group_rows);
        Ok(Self { writer, columns, schema, waiting, groups: 0 })
    }

    /// Appends rows.
    ///
    /// # Errors
    /// The sink fails, or the batch does not fit the schema.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.schema.fields().len() {
            return Err(ParquetError::General("a batch with other columns than its table".to_owned()));
        }
        self.waiting.push_batch(batch.clone())?;
        self.flush()
    }

    /// Writes the rows that wait and the footer, and gives the sink back.
    ///
    /// # Errors
    /// The sink fails.
    pub(crate) fn finish(mut self) -> Result<W> {
        self.waiting.finish_buffered_batch()?;
        self.flush()?;
        self.writer.into_inner()
    }

    /// Writes each row group that is complete.
    fn flush(&mut self) -> Result<()> {
        while let Some(rows) = self.waiting.next_completed_batch() {
            let writers = self.columns.create_column_writers(self.groups)?;
            let mut group = self.writer.next_row_group()?;
            for ((writer, field), column) in writers.into_iter().zip(self.schema.fields()).zip(rows.columns())
            {
                encoded(writer, field, column)?.append_to_row_group(&mut group)?;
            }
            group.close()?;
            self.groups += 1;
        }
        Ok(())
    }
}

fn encoded(mut writer: ArrowColumnWriter, field: &Field, column: &ArrayRef) -> Result<ArrowColumnChunk> {
    for leaf in compute_leaves(field, column)? {
        writer.write(&leaf)?;
    }
    writer.close()
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, StringArray};
    use arrow::datatypes::{DataType, Schema};
    use bytes::Bytes;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    fn rows() -> RecordBatch {
        let texts: StringArray = (0..11).map(|i| (i % 3 != 0).then(|| format!("text {i}"))).collect();
        let numbers: Float64Array = (0..11).map(|i| (i < 4 || i == 9).then_some(f64::from(i))).collect();
        let schema = Schema::new(vec![
            Field::new("texts", DataType::Utf8, true),
            Field::new("numbers", DataType::Float64, true),
        ]);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(texts), Arc::new(numbers)]).unwrap()
    }

    fn written(parts: &[usize]) -> Vec<u8> {
        let rows = rows();
        let properties = WriterProperties::builder().build();
        let mut encoder = Encoder::new(Vec::new(), rows.schema(), properties, 4).unwrap();
        let mut from = 0;
        for part in parts {
            encoder.write(&rows.slice(from, *part)).unwrap();
            from += part;
        }
        encoder.finish().unwrap()
    }

    #[test]
    fn bytes_depend_on_the_rows_alone_and_not_on_how_they_came() {
        let whole = written(&[11]);
        for parts in [vec![1; 11], vec![4, 4, 3], vec![3, 0, 5, 3], vec![10, 1]] {
            assert!(written(&parts) == whole, "{parts:?}");
        }
        let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(whole)).unwrap();
        let groups = reader.metadata().row_groups().iter().map(|group| group.num_rows());
        assert_eq!(groups.collect::<Vec<_>>(), [4, 4, 3]);
        let read: Vec<RecordBatch> =
            reader.with_batch_size(100).build().unwrap().map(|batch| batch.unwrap()).collect();
        assert_eq!(arrow::compute::concat_batches(&rows().schema(), &read).unwrap(), rows());
    }

    #[test]
    fn no_rows_make_an_object_without_row_groups() {
        let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(written(&[]))).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 0);
    }
}
