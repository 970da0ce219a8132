//! Published Parquet objects, read back row by row and not by SQL.

use std::fs::File;

use arrow::array::RecordBatch;
use bytes::Bytes;
use object_store::{GetResultPayload, ObjectStoreExt};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use parquet::file::reader::ChunkReader;

use crate::error::{Error, Result};
use crate::warehouse::Warehouse;

/// A published Parquet object, open for reading.
#[derive(Debug)]
pub struct Object {
    path: String,
    content: Content,
}

/// Where its bytes are.
#[derive(Debug)]
enum Content {
    OnDisk(File),
    InMemory(Bytes),
}

/// Rows read at once.
const BATCH_ROWS: usize = 8192;

/// What [`Object::scan`] gives.
type Batches = Box<dyn Iterator<Item = Result<RecordBatch>>>;

impl Warehouse {
    /// Opens a Parquet object.
    ///
    /// # Errors
    /// There is none, or the store cannot be read.
    pub async fn open_object(&self, relative: &str) -> Result<Object> {
        let found =
            self.store().get(&self.full(relative)).await.map_err(|e| Error::io("open", relative, e))?;
        let content = match found.payload {
            GetResultPayload::File(file, _) => Content::OnDisk(file),
            GetResultPayload::Stream(_) => {
                Content::InMemory(found.bytes().await.map_err(|e| Error::io("read", relative, e))?)
            }
        };
        Ok(Object { path: relative.to_owned(), content })
    }
}

impl Object {
    /// Reads some of the columns, in their order on disk; `rows` are the numbers of the rows wanted, ascending,
    /// and all of them if `None`.
    ///
    /// # Errors
    /// The object is damaged; so may the batches tell.
    pub fn scan(&self, columns: &[&str], rows: Option<&[usize]>) -> Result<Batches> {
        match &self.content {
            Content::OnDisk(file) => {
                let file = file.try_clone().map_err(|e| Error::io("read", &self.path, e))?;
                self.batches(file, columns, rows)
            }
            Content::InMemory(bytes) => self.batches(bytes.clone(), columns, rows),
        }
    }

    fn batches(
        &self,
        input: impl ChunkReader + 'static,
        columns: &[&str],
        rows: Option<&[usize]>,
    ) -> Result<Batches> {
        let path = self.path.clone();
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(input).map_err(|e| Error::io("read", &path, e))?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let mut builder = builder.with_projection(mask).with_batch_size(BATCH_ROWS);
        if let Some(rows) = rows {
            builder = builder.with_row_selection(selection(rows));
        }
        let reader = builder.build().map_err(|e| Error::io("read", &path, e))?;
        Ok(Box::new(reader.map(move |batch| batch.map_err(|e| Error::io("read", &path, e)))))
    }
}

fn selection(rows: &[usize]) -> RowSelection {
    let mut selectors = Vec::new();
    let mut next = 0;
    for row in rows {
        if *row > next {
            selectors.push(RowSelector::skip(row - next));
        }
        selectors.push(RowSelector::select(1));
        next = row + 1;
    }
    selectors.into()
}
