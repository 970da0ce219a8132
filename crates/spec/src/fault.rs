//! What is wrong with a spec: where, what, and what to do about it.

use std::fmt;

use crate::excerpt::Excerpt;

/// A position in a text, both counted from one; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from one.
    pub line: usize,
    /// Character within the line, from one.
    pub column: usize,
}

/// One thing that is wrong with a spec.
///
/// It holds the file's own text only: what an environment variable stands for is never in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub(crate) origin: String,
    pub(crate) place: Option<Place>,
    pub(crate) message: String,
    pub(crate) at: String,
    pub(crate) excerpt: Option<Excerpt>,
    pub(crate) hints: Vec<String>,
    /// Faults of the file come in the order of its lines, those of overrides after them.
    pub(crate) rank: usize,
}

impl Fault {
    /// Makes a fault at a position of any text file, such as an SQL file that a spec names.
    ///
    /// `file` is the name to print; a place outside `text` leaves the excerpt out.
    pub fn in_text(file: &str, text: &str, place: Place, message: impl Into<String>) -> Self {
        Self { excerpt: Excerpt::of(text, place, 1), place: Some(place), ..Self::of(file, message) }
    }

    /// Makes a fault of a whole file or override, without a position.
    pub(crate) fn of(origin: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            place: None,
            message: message.into(),
            at: String::new(),
            excerpt: None,
            hints: Vec::new(),
            rank: 0,
        }
    }

    /// Adds a hint, printed on a line of its own.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds a hint if there is one.
    #[must_use]
    pub(crate) fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
    }

    /// Returns where in its file the fault is; nothing for a fault of an override or of a whole file.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// Returns what is wrong, without its place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the path of the key, such as `targets.churn.horizon`; empty if the fault has none.
    pub fn key_path(&self) -> &str {
        &self.at
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)?;
        if let Some(place) = self.place {
            write!(f, ":{}:{}", place.line, place.column)?;
        }
        write!(f, ": {}", self.message)?;
        if !self.at.is_empty() {
            write!(f, " (at {})", self.at)?;
        }
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n{excerpt}")?;
        }
        for hint in &self.hints {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

/// Why a spec cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The spec, or an override of it, is wrong.
    BadSpec,
    /// The spec's file is not there or cannot be read.
    InputMissing,
}

impl FaultKind {
    /// Returns the exit code of a process that ends for this reason: 78 or 66, as in `sysexits.h`.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::BadSpec => 78,
            Self::InputMissing => 66,
        }
    }
}

/// All that is wrong with a spec, in the order of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    kind: FaultKind,
    faults: Vec<Fault>,
}

impl Faults {
    /// Gathers faults of a spec that was read, in the order of their places.
    pub fn bad_spec(mut faults: Vec<Fault>) -> Self {
        faults.sort_by_key(|fault| (fault.rank, fault.place));
        Self { kind: FaultKind::BadSpec, faults }
    }

    /// Says that there was nothing to read.
    pub(crate) fn input_missing(fault: Fault) -> Self {
        Self { kind: FaultKind::InputMissing, faults: vec![fault] }
    }

    /// Returns the reason, from which an exit code follows.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// Returns the faults in the order in which they are printed.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self::bad_spec(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
