//! Rows of a bucket on their way to be sorted: in memory, and on disk once they are too many.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use foretell_engine::{Error, Result};

/// Bytes that a bucket keeps in memory before it goes to disk.
const IN_MEMORY: usize = 32 << 20;

/// The rows of one bucket.
pub(crate) struct Spool {
    schema: SchemaRef,
    path: PathBuf,
    batches: Vec<RecordBatch>,
    bytes: usize,
    file: Option<FileWriter<BufWriter<File>>>,
}

impl Spool {
    pub(crate) fn new(schema: SchemaRef, path: PathBuf) -> Self {
        Self { schema, path, batches: Vec::new(), bytes: 0, file: None }
    }

    pub(crate) fn push(&mut self, batch: RecordBatch) -> Result<()> {
        self.bytes += batch.get_array_memory_size();
        self.batches.push(batch);
        if self.bytes > IN_MEMORY {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> Result<()> {
        if self.file.is_none() {
            let file = File::create(&self.path).map_err(|e| self.fault(e))?;
            let writer =
                FileWriter::try_new(BufWriter::new(file), &self.schema).map_err(|e| self.fault(e))?;
            self.file = Some(writer);
        }
        let batches = std::mem::take(&mut self.batches);
        let mut failed = None;
        if let Some(file) = &mut self.file {
            failed = batches.iter().find_map(|batch| file.write(batch).err());
        }
        self.bytes = 0;
        failed.map_or(Ok(()), |e| Err(self.fault(e)))
    }

    /// All rows in one batch; what lay on disk is deleted.
    pub(crate) fn collect(mut self) -> Result<RecordBatch> {
        let mut batches = Vec::new();
        if let Some(mut writer) = self.file.take() {
            writer.finish().map_err(|e| self.fault(e))?;
            drop(writer);
            let file = File::open(&self.path).map_err(|e| self.fault(e))?;
            let reader = FileReader::try_new(BufReader::new(file), None).map_err(|e| self.fault(e))?;
            batches = reader.collect::<Result<Vec<_>, _>>().map_err(|e| self.fault(e))?;
            std::fs::remove_file(&self.path).map_err(|e| self.fault(e))?;
        }
        batches.append(&mut self.batches);
        arrow::compute::concat_batches(&self.schema, &batches).map_err(|e| self.fault(e))
    }

    fn fault(&self, error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::new(
            foretell_engine::Kind::TryLater,
            format!("{}: cannot keep rows on disk: {error}", self.path.display()),
        )
        .hint("is there room on the disk?")
        .because(error)
    }
}
