//! Raw bytes: where they come from, and the archive they may be packed in.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use foretell_engine::{Error, Result};

/// Bytes asked of a file in one call.
const READ_AHEAD: usize = 256 * 1024;

/// First bytes by which an archive is known, its name and the ending a file of it should have.
const ARCHIVES: [(&[u8], &str, &str); 4] = [
    (&[0x1f, 0x8b], "a gzip archive", ".gz"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "a zstd archive", ".zst"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook", ""),
    (b"PAR1", "a Parquet file", ""),
];

/// Where the bytes of one raw file come from.
pub enum Input {
    /// A file on this machine.
    Path(PathBuf),
    /// A whole file in memory.
    Bytes(Bytes),
    /// Bytes that can be read once, front to back; Parquet, which is read back to front, is taken into memory first.
    Stream(Box<dyn Read + Send>),
}

impl From<Box<dyn Read + Send>> for Input {
    fn from(stream: Box<dyn Read + Send>) -> Self {
        Self::Stream(stream)
    }
}

impl From<Bytes> for Input {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl Input {
    /// Opens the bytes as they are stored.
    ///
    /// # Errors
    /// Input missing, when the file cannot be opened.
    pub(super) fn stored(self, name: &str) -> Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Path(path) => Box::new(File::open(path).map_err(|e| unreadable(name, &e))?),
            Self::Bytes(bytes) => Box::new(io::Cursor::new(bytes)),
            Self::Stream(stream) => stream,
        })
    }

    /// Opens the bytes unpacked, where the ending of `name` says `.gz` or `.zst`.
    ///
    /// # Errors
    /// Contract, when ending and content disagree; input missing, when the file cannot be read.
    pub(super) fn unpacked(self, name: &str) -> Result<Box<dyn Read + Send>> {
        let mut stored = BufReader::with_capacity(READ_AHEAD, Stored(self.stored(name)?));
        let head = stored.fill_buf().map_err(|e| fault(name, &e))?;
        let is_empty = head.is_empty();
        let found = ARCHIVES.iter().find(|(magic, _, _)| head.starts_with(magic));
        let lower = name.to_ascii_lowercase();
        let ending = [".gz", ".zst"].into_iter().find(|ending| lower.ends_with(ending));
        match (ending, found) {
            (Some(_), _) if is_empty => Err(empty(name)),
            (Some(ending), Some(&(_, _, right))) if ending == right => Ok(match ending {
                ".gz" => Box::new(MultiGzDecoder::new(stored)),
                _ => Box::new(zstd::Decoder::with_buffer(stored).map_err(|e| fault(name, &e))?),
            }),
            (Some(ending), _) => Err(Error::contract(format!(
                "{name}: the name ends in {ending} but the content is no such archive"
            ))
            .hint(format!("if the file was unpacked on its way, drop the ending {ending} from its name"))),
            (None, Some(&(_, what, right))) => {
                let error = Error::contract(format!("{name}: the content is {what}, not text"));
                Err(if right.is_empty() {
                    error.hint("set the source's format to what its files are")
                } else {
                    error.hint(format!("give the file a name that ends in {right}"))
                })
            }
            (None, None) => Ok(Box::new(stored)),
        }
    }
}

/// Makes the error for a file without a single byte.
pub(super) fn empty(name: &str) -> Error {
    Error::contract(format!("{name}: the file is empty; not even a header is there"))
        .hint("a day without rows still has its header line: was the file cut off on its way?")
}

/// Makes the error for bytes that could not be read or unpacked.
pub(super) fn fault(name: &str, error: &io::Error) -> Error {
    if let Some(StoredFault(inner)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return unreadable(name, inner);
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return Error::contract(format!("{name}: the archive ends before its content does"))
            .hint("the file was cut off on its way: fetch it again");
    }
    Error::contract(format!("{name}: the archive is damaged ({error})")).hint("fetch the file again")
}

fn unreadable(name: &str, error: &io::Error) -> Error {
    Error::missing(format!("{name}: cannot be read ({error})"))
}

/// A failure of the storage below an archive, marked so that it is not taken for one of the archive.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct StoredFault(io::Error);

/// Marks the failures of the storage.
struct Stored(Box<dyn Read + Send>);

impl Read for Stored {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).map_err(|e| match e.kind() {
            io::ErrorKind::Interrupted => e,
            kind => io::Error::new(kind, StoredFault(e)),
        })
    }
}
