//! The one error of all jobs: what kind it is, what happened, and what to do about it.

use std::fmt;

use foretell_spec::{Fault, FaultKind, Faults};

/// What a failure means to whoever called; the command line turns it into an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The data breaks its contract (65).
    Contract,
    /// An input is missing (66).
    InputMissing,
    /// A fault of ours (70).
    Internal,
    /// Somebody else holds what we need; the same call may succeed later (75).
    TryLater,
    /// The spec or an SQL file is wrong (78).
    BadSpec,
}

/// A failure with its kind, its message, hints and cause.
///
/// The message opens lower case and carries the place (`path:line:column: …`) where there is one;
/// hints say what to do, one a line.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    hints: Vec<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Result of everything a job does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Makes an error of `kind`.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), source: None }
    }

    /// Makes an error for data that breaks its contract.
    pub fn contract(message: impl Into<String>) -> Self {
        Self::new(Kind::Contract, message)
    }

    /// Makes an error for an input that is not there.
    pub fn missing(message: impl Into<String>) -> Self {
        Self::new(Kind::InputMissing, message)
    }

    /// Makes an error for a fault of ours.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    /// Makes an error for a bad spec or SQL file.
    pub fn bad_spec(message: impl Into<String>) -> Self {
        Self::new(Kind::BadSpec, message)
    }

    /// Puts another error below this one, so that both are seen at once; the kind stays this one's.
    #[must_use]
    pub fn and(mut self, next: Self) -> Self {
        for hint in std::mem::take(&mut self.hints) {
            self.message.push_str("\nhint: ");
            self.message.push_str(&hint);
        }
        self.message.push_str("\n\n");
        self.message.push_str(&next.message);
        self.hints = next.hints;
        self
    }

    /// Puts all errors together; the result of a check that found none is good.
    ///
    /// # Errors
    /// The errors, if there are any.
    pub fn all(errors: Vec<Self>) -> Result<()> {
        errors.into_iter().reduce(Self::and).map_or(Ok(()), Err)
    }

    /// Adds a line of advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// What the failure means to the caller.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The advice, in order.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        let kind = match faults.kind() {
            FaultKind::InputMissing => Kind::InputMissing,
            FaultKind::BadSpec => Kind::BadSpec,
        };
        Self::new(kind, faults.to_string())
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::new(Kind::BadSpec, fault.to_string())
    }
}

impl From<foretell_storage::Error> for Error {
    fn from(error: foretell_storage::Error) -> Self {
        use foretell_storage::Kind as Storage;
        let kind = match error.kind() {
            Storage::Missing => Kind::InputMissing,
            Storage::Locked | Storage::Io => Kind::TryLater,
            Storage::BadLocation => Kind::BadSpec,
        };
        let made = Self::new(kind, error.to_string());
        let advice = error.advice().map(str::to_owned);
        advice.into_iter().fold(made, Self::hint).because(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}
