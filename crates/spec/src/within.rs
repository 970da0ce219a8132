//! Positions inside a scalar: where in the file the n-th character of a value stands.

use crate::environment::has_variable;
use crate::node::{Node, Origin, Span, Style};
use crate::texts::{Texts, place_of};

/// Finds a character of a scalar's value in the file; `line` and `column` count from one.
///
/// Nothing is returned for places outside the value, for quoted text of several lines, and behind a
/// variable, since what it stands for has another length.
pub(crate) fn inside(texts: &Texts, node: &Node, line: usize, column: usize) -> Option<Span> {
    let scalar = node.scalar()?;
    let before = characters_before(&scalar.text, line, column)?;
    let prefix: String = scalar.text.chars().take(before).collect();
    if node.span.origin != Origin::File || has_variable(&prefix) {
        return None;
    }
    let written = texts.slice(node.span)?;
    let skipped = match scalar.style {
        // The stretch of a block ends where its last line does, which does not matter here.
        Style::Plain | Style::Literal | Style::Folded => laid_out(written, &scalar.text, before)?,
        _ if written.contains('\n') => return None,
        Style::SingleQuoted => 1 + prefix.len() + prefix.matches('\'').count(),
        Style::DoubleQuoted => 1 + escaped(written.strip_prefix('"')?, before)?,
    };
    let start = node.span.start + skipped;
    Some(Span { place: place_of(&texts.file, start), start, end: start + 1, ..node.span })
}

/// Counts the characters of a text before a line and column of it.
fn characters_before(text: &str, line: usize, column: usize) -> Option<usize> {
    let mut lines = text.split('\n');
    let above: usize = lines.by_ref().take(line.checked_sub(1)?).map(|line| line.chars().count() + 1).sum();
    let within = column.checked_sub(1)?;
    (within <= lines.next()?.chars().count()).then_some(above + within)
}

/// Finds the byte at which the character after the first `count` of a value is written, where the
/// text differs from the value only in blanks: indentation, and lines that are joined.
fn laid_out(written: &str, value: &str, count: usize) -> Option<usize> {
    let mut at = 0;
    let mut joined = false;
    for c in value.chars().take(count) {
        let rest = &written[at..];
        if !c.is_whitespace() {
            at += rest.strip_prefix(c).map(|_| c.len_utf8())?;
            joined = false;
        } else if at == 0 && !rest.starts_with(char::is_whitespace) {
            // Blank lines at the beginning of a block come before the stretch.
        } else if !joined {
            let blanks = &rest[..rest.len() - rest.trim_start().len()];
            joined = blanks.contains('\n');
            at += if joined { blanks.len() } else { blanks.chars().next()?.len_utf8() };
        }
    }
    let next = value.chars().nth(count).filter(|c| !c.is_whitespace());
    next.is_none_or(|c| written[at..].starts_with(c)).then_some(at)
}

/// Counts the bytes as written of the first `count` characters of a double-quoted text.
fn escaped(written: &str, count: usize) -> Option<usize> {
    let mut chars = written.chars();
    for _ in 0..count {
        if chars.next()? == '\\' {
            let digits = match chars.next()? {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                _ => 0,
            };
            for _ in 0..digits {
                chars.next()?;
            }
        }
    }
    Some(written.len() - chars.as_str().len())
}
