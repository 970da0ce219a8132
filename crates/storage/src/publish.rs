//! One partition is one object: written whole in staging, then put in place in one step.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};

use crate::encode::Encoder;
use crate::error::{Error, Result};
use crate::layout;
use crate::record::Record;
use crate::warehouse::Warehouse;

/// Rows of a page. They wait in memory, packed as bytes: some 16 MiB of 513 features.
const PAGE_ROWS: usize = 8_192;

/// Pages of a row group at most: 122,880 rows.
const GROUP_PAGES: usize = 15;

/// Values of a row group, whose packed pages wait in memory until it is complete.
const GROUP_VALUES: usize = 1 << 23;

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A Parquet object being written, invisible to readers.
pub struct Staging {
    encoder: Encoder<Hashing<BufWriter<File>>>,
    path: PathBuf,
    name: String,
    rows: u64,
}

/// A Parquet object written whole and not yet visible.
#[derive(Debug)]
pub struct Staged {
    /// Its name in staging.
    name: String,
    /// Rows in it.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// What is known of single columns before they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// Columns whose values hardly repeat: a dictionary of them would be made and then thrown away. Of int64 and float64
    /// the values themselves decide.
    pub plain: Vec<String>,
    /// Columns by whose least and greatest value no reader skips anything.
    pub unbounded: Vec<String>,
    /// Columns in which no bytes repeat: to compress them would cost and gain nothing.
    pub random: Vec<String>,
}

impl Warehouse {
    /// Opens a Parquet object in staging.
    ///
    /// # Errors
    /// The staging directory cannot be written.
    pub fn stage(&self, schema: SchemaRef) -> Result<Staging> {
        self.stage_with(schema, &Hints::default())
    }

    /// Opens a Parquet object in staging, of whose columns something is known.
    ///
    /// # Errors
    /// The staging directory cannot be written.
    pub fn stage_with(&self, schema: SchemaRef, hints: &Hints) -> Result<Staging> {
        let name = format!("{}-{}.parquet", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = self.staging_folder()?.join(&name);
        let file = File::create(&path).map_err(|e| Error::io("create", &path, e))?;
        let sink =
            Hashing { inner: BufWriter::with_capacity(1 << 18, file), digest: Sha256::new(), bytes: 0 };
        let pages = group_pages(schema.fields().len());
        let encoder = Encoder::new(sink, &schema, properties(hints), PAGE_ROWS, pages);
        let encoder = encoder.map_err(|e| Error::io("write", &path, e))?;
        Ok(Staging { encoder, path, name, rows: 0 })
    }

    /// Puts a staged object in place, over an older one if there is one, and records what made it.
    ///
    /// The record is removed before and written after: a crash in between leaves an object without
    /// a record, which the next run makes again.
    ///
    /// # Errors
    /// The store cannot be written.
    pub async fn publish(&self, staged: Staged, relative: &str, key: &str) -> Result<Record> {
        self.delete(&layout::record(relative)).await?;
        self.rename(&format!("{}/{}", layout::STAGING, staged.name), relative).await?;
        let record =
            Record { key: key.to_owned(), rows: staged.rows, bytes: staged.bytes, sha256: staged.sha256 };
        self.write_record(relative, &record).await?;
        Ok(record)
    }
}

impl Staging {
    /// Appends rows.
    ///
    /// # Errors
    /// The disk is full or the batch does not fit the schema.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        self.encoder.write(batch).map_err(|e| Error::io("write", &self.path, e))
    }

    /// Writes the footer and makes the bytes durable.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self) -> Result<Staged> {
        let Self { encoder, path, name, rows } = self;
        let sink = encoder.finish().map_err(|e| Error::io("write", &path, e))?;
        let Hashing { inner, digest, bytes } = sink;
        let file = inner.into_inner().map_err(|e| Error::io("write", &path, e.into_error()))?;
        file.sync_all().map_err(|e| Error::io("write", &path, e))?;
        Ok(Staged { name, rows, bytes, sha256: format!("{:x}", digest.finalize()) })
    }
}

/// Pages of a row group: fewer where there are many columns.
fn group_pages(columns: usize) -> usize {
    (GROUP_VALUES / columns.max(1)).div_ceil(PAGE_ROWS).min(GROUP_PAGES)
}

fn properties(hints: &Hints) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by("foretell".to_owned());
    for name in &hints.plain {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(name.as_str()), false);
    }
    for name in &hints.unbounded {
        let column = ColumnPath::from(name.as_str());
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    for name in &hints.random {
        let column = ColumnPath::from(name.as_str());
        properties = properties.set_column_compression(column, Compression::UNCOMPRESSED);
    }
    properties.build()
}

/// A sink that knows the digest and the number of the bytes that went through it.
struct Hashing<W> {
    inner: W,
    digest: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.digest.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
