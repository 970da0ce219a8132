//! A column of any other type, which the Parquet library packs.

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use arrow::datatypes::{FieldRef, Schema};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::Result;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};

/// A column of the row group that is begun.
pub(super) struct Other {
    field: FieldRef,
    /// Opens the writers of this column alone.
    factory: ArrowRowGroupWriterFactory,
    leaves: usize,
    writers: Vec<ArrowColumnWriter>,
    /// The rows of the page that is begun: what the library writes depends on how they are handed to it.
    waiting: Vec<ArrayRef>,
}

impl Other {
    pub(super) fn new(field: &FieldRef, properties: &WriterPropertiesPtr) -> Result<Self> {
        let alone = Arc::new(Schema::new(vec![Arc::clone(field)]));
        let parquet = ArrowSchemaConverter::new().convert(&alone)?;
        let nowhere =
            SerializedFileWriter::new(io::sink(), parquet.root_schema_ptr(), Arc::clone(properties))?;
        Ok(Self {
            field: Arc::clone(field),
            factory: ArrowRowGroupWriterFactory::new(&nowhere, alone),
            leaves: parquet.num_columns(),
            writers: Vec::new(),
            waiting: Vec::new(),
        })
    }

    /// Columns that Parquet sees in it.
    pub(super) fn leaves(&self) -> usize {
        self.leaves
    }

    pub(super) fn append(&mut self, array: &ArrayRef) {
        self.waiting.push(Arc::clone(array));
    }

    pub(super) fn close_page(&mut self) -> Result<()> {
        if self.writers.is_empty() {
            self.writers = self.factory.create_column_writers(0)?;
        }
        let waiting = mem::take(&mut self.waiting);
        let waiting: Vec<&dyn Array> = waiting.iter().map(AsRef::as_ref).collect();
        let leaves = compute_leaves(&self.field, &concat(&waiting)?)?;
        for (writer, leaf) in self.writers.iter_mut().zip(leaves) {
            writer.write(&leaf)?;
        }
        Ok(())
    }

    pub(super) fn close_chunk<W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        for writer in mem::take(&mut self.writers) {
            writer.close()?.append_to_row_group(group)?;
        }
        Ok(())
    }
}
