//! Writes a file plain or packed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::write::GzEncoder;

use crate::error::{At, Result};
use crate::options::Compression;

/// Bytes that are gathered before a file is touched.
const BUFFER: usize = 1 << 18;

/// A file being written.
pub enum Encoder {
    /// Plain.
    Plain(BufWriter<File>),
    /// gzip, whose header carries no time and no name.
    Gzip(GzEncoder<BufWriter<File>>),
    /// Zstandard.
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl Encoder {
    /// Creates the file.
    ///
    /// # Errors
    /// [`crate::Error::Io`] when it cannot be created.
    pub fn create(path: &Path, compression: Compression) -> Result<Self> {
        let file = BufWriter::with_capacity(BUFFER, File::create(path).at("create", path)?);
        Ok(match compression {
            Compression::None => Self::Plain(file),
            Compression::Gzip => Self::Gzip(GzEncoder::new(file, flate2::Compression::new(6))),
            Compression::Zstd => Self::Zstd(zstd::Encoder::new(file, 3).at("create", path)?),
        })
    }

    /// Writes what is left and closes the file.
    ///
    /// # Errors
    /// Fails when the rest cannot be written.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file,
            Self::Gzip(file) => file.finish()?,
            Self::Zstd(file) => file.finish()?,
        }
        .flush()
    }
}

impl Write for Encoder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(file) => file.write(bytes),
            Self::Zstd(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Gzip(file) => file.flush(),
            Self::Zstd(file) => file.flush(),
        }
    }
}
