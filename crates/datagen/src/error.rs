//! What can go wrong when a shop is simulated.

use std::io;
use std::path::{Path, PathBuf};

/// A failure of the simulation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Options that contradict each other or are out of range.
    #[error("{0}")]
    Options(String),
    /// The output folder holds something already.
    #[error(
        "{} is not empty\nhint: name another folder, or give --force to replace its folders \
         `transactions`, `events`, `customers` and `truth`",
        path.display()
    )]
    NotEmpty {
        /// The output folder.
        path: PathBuf,
    },
    /// A file or folder could not be read, made or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, such as `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

/// Result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Gives an I/O result its path.
pub(crate) trait At<T> {
    /// Turns a failure into one that says what was tried on which path.
    fn at(self, action: &'static str, path: &Path) -> Result<T>;
}

impl<T, E: Into<io::Error>> At<T> for std::result::Result<T, E> {
    fn at(self, action: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::Io { action, path: path.to_owned(), source: source.into() })
    }
}
