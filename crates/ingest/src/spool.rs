//! Rows of a bucket on their way to be sorted: in memory, and on disk once they are too many.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use foretell_engine::{Error, Kind, Result};

use crate::block::Unpacked;

/// Bytes that all buckets together keep in memory before they go to disk, and their part of a memory limit.
const IN_MEMORY: usize = 64 << 20;
const SHARE: usize = 8;

/// Bytes that sorting takes for each byte of packed rows: measured.
const TO_SORT: usize = 3;

/// The rows of one bucket, in blocks.
pub(crate) struct Spool {
    schema: SchemaRef,
    path: PathBuf,
    rows: usize,
    blocks: Vec<Vec<u8>>,
    bytes: usize,
    limit: usize,
    file: Option<File>,
    /// Lengths of the blocks on disk, in order.
    spilled: Vec<usize>,
}

impl Spool {
    /// Bytes that all buckets together keep in memory.
    pub(crate) fn memory(limit: Option<usize>) -> usize {
        limit.map_or(IN_MEMORY, |limit| IN_MEMORY.min(limit / SHARE))
    }

    /// Makes a spool that keeps `limit` bytes; `path` is where its rows go beyond that.
    pub(crate) fn new(schema: SchemaRef, path: PathBuf, limit: usize) -> Self {
        Self { schema, path, rows: 0, blocks: Vec::new(), bytes: 0, limit, file: None, spilled: Vec::new() }
    }

    /// Takes in a block of `rows` rows.
    ///
    /// # Errors
    /// Try later, when the disk is full.
    pub(crate) fn push(&mut self, block: Vec<u8>, rows: usize) -> Result<()> {
        self.rows += rows;
        self.bytes += block.len();
        self.blocks.push(block);
        if self.bytes > self.limit { self.spill().map_err(|e| self.fault(e)) } else { Ok(()) }
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::create(&self.path)?),
        };
        for block in self.blocks.drain(..) {
            file.write_all(&block)?;
            self.spilled.push(block.len());
        }
        self.bytes = 0;
        Ok(())
    }

    /// Memory that it takes to sort its rows: they are unpacked, put in order and packed again.
    pub(crate) fn memory_to_sort(&self) -> usize {
        TO_SORT * (self.bytes + self.spilled.iter().sum::<usize>())
    }

    /// All rows in one batch; what lay on disk is deleted.
    ///
    /// # Errors
    /// Try later, when the disk cannot be read; otherwise see [`Unpacked::push`].
    pub(crate) fn collect(mut self) -> Result<RecordBatch> {
        let mut rows = Unpacked::new(&self.schema, self.rows)?;
        if self.file.take().is_some() {
            let mut file = File::open(&self.path).map_err(|e| self.fault(e))?;
            let mut block = Vec::new();
            for length in &self.spilled {
                block.resize(*length, 0);
                file.read_exact(&mut block).map_err(|e| self.fault(e))?;
                rows.push(&block)?;
            }
            std::fs::remove_file(&self.path).map_err(|e| self.fault(e))?;
        }
        for block in self.blocks {
            rows.push(&block)?;
        }
        rows.finish()
    }

    fn fault(&self, error: io::Error) -> Error {
        Error::new(Kind::TryLater, format!("{}: cannot keep rows on disk: {error}", self.path.display()))
            .hint("is there room on the disk?")
            .because(error)
    }
}
