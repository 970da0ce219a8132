//! What can go wrong.

use std::io;
use std::path::{Path, PathBuf};

/// Why the benchmark could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be used.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: `read`, `write` …
        action: &'static str,
        /// Which file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A program could not be started.
    #[error("cannot start {program}: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// A program failed.
    #[error("{label} failed ({status}); the end of {}:\n{tail}", log.display())]
    Failed {
        /// What it was to do.
        label: String,
        /// Its exit status.
        status: String,
        /// Where all it said stands.
        log: PathBuf,
        /// The end of it.
        tail: String,
    },
    /// A program ended well, but did not say what it should.
    #[error("{label} did not say `{missing}`: its answer is {answer}")]
    Answer {
        /// What it was to do.
        label: String,
        /// What was looked for.
        missing: &'static str,
        /// What it said.
        answer: String,
    },
}

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Turns an error of the operating system into one that names the file.
pub fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io { action, path, source }
}
