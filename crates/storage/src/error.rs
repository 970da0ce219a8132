//! Failures of storage, each with the path it happened at.

use std::path::Path;

/// What a failure means to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing lies there.
    Missing,
    /// Another run holds the warehouse.
    Locked,
    /// The location cannot be used as it is written.
    BadLocation,
    /// Reading or writing failed.
    Io,
}

/// A failure at a path.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Result of everything in storage.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Makes an error without a cause.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, source: None }
    }

    /// Adds a line of advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What the failure means.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to do about it, where there is something.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(crate) fn io(
        action: &str,
        path: impl AsRef<Path>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self {
            kind: Kind::Io,
            message: format!("{}: cannot {action}: {source}", path.as_ref().display()),
            hint: None,
            source: Some(Box::new(source)),
        }
    }
}
