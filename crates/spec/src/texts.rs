//! The texts that a spec was read from, and faults in them.

use std::path::{Path, PathBuf};

use crate::excerpt::{Excerpt, shown};
use crate::fault::{Fault, Place};
use crate::node::{Origin, Span, written};

/// The spec's file and the overrides, as they were written.
#[derive(Debug, Clone)]
pub(crate) struct Texts {
    pub(crate) path: PathBuf,
    pub(crate) file: String,
    pub(crate) overrides: Vec<String>,
}

impl Texts {
    /// Makes a fault at a stretch of text; `path` is the key's.
    pub(crate) fn fault<S: AsRef<str>>(&self, span: Span, path: &[S], message: impl Into<String>) -> Fault {
        let mut fault = match span.origin {
            Origin::File => Fault {
                excerpt: Excerpt::at(&self.file, span.start, span.place.line, self.width(span)),
                place: Some(span.place),
                ..Fault::of(self.path.display().to_string(), message)
            },
            Origin::Override(index) => {
                let text = self.overrides.get(index).map_or("", String::as_str);
                Fault { rank: 1 + index, ..Fault::of(format!("--set {}", shown(text)), message) }
            }
        };
        fault.at = written(path);
        fault
    }

    /// Counts the characters of a stretch that lie on its first line.
    fn width(&self, span: Span) -> usize {
        self.slice(span)
            .map_or(1, |text| text.lines().next().map_or(1, |line| line.trim_end().chars().count()))
    }

    /// Returns a stretch of the file as it is written.
    pub(crate) fn slice(&self, span: Span) -> Option<&str> {
        match span.origin {
            Origin::File => self.file.get(span.start..span.end),
            Origin::Override(_) => None,
        }
    }

    /// Returns the path of the spec's file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Finds line and column of a byte.
pub(crate) fn place_of(text: &str, byte: usize) -> Place {
    let before = text.get(..byte).unwrap_or(text);
    let before = before.strip_prefix('\u{feff}').unwrap_or(before);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
}
