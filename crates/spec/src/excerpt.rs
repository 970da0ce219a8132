//! The line of a fault, with a caret under it.

use std::fmt;

use crate::fault::Place;

/// Longest line shown whole; of a longer one the part around the fault is shown.
const WIDTH: usize = 100;

/// One line of a text and the characters in it that are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    line: usize,
    text: String,
    /// Characters before the caret.
    before: usize,
    /// Characters under which carets stand; at least one.
    width: usize,
}

impl Excerpt {
    /// Cuts the line of a place out of `text`; nothing if there is no such line, or it is blank.
    pub(crate) fn of(text: &str, place: Place, width: usize) -> Option<Self> {
        let above = place.line.checked_sub(1)?;
        let start: usize = text.split_inclusive('\n').take(above).map(str::len).sum();
        let line = text[start..].split('\n').next()?;
        if above > 0 && !text[..start].ends_with('\n') {
            return None;
        }
        let within: usize = line.chars().take(place.column.saturating_sub(1)).map(char::len_utf8).sum();
        Self::at(text, start + within, place.line, width)
    }

    /// Cuts the line around a byte out of `text`; nothing if it is blank.
    ///
    /// However long the line is, only what is near the byte is looked at.
    pub(crate) fn at(text: &str, byte: usize, line: usize, width: usize) -> Option<Self> {
        let (before, after) = text.split_at_checked(byte)?;
        let before = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        let after = after.split('\n').next()?.trim_end();

        if before.is_empty() && after.is_empty() {
            return None;
        }
        let (left, right) =
            match (before.chars().rev().take(WIDTH).count(), after.chars().take(WIDTH).count()) {
                (before, after) if before + after <= WIDTH => (before, after),
                (before, after) if before < WIDTH / 2 => (before, after.min(WIDTH - before)),
                (before, after) if after < WIDTH / 2 => (before.min(WIDTH - after), after),
                _ => (WIDTH / 2, WIDTH / 2),
            };
        let mut shown: Vec<char> = before.chars().rev().take(left).map(printable).collect();
        let cut = before.chars().rev().nth(left).is_some();
        shown.extend(cut.then_some('…'));
        shown.reverse();
        let indent = shown.len();
        shown.extend(after.chars().take(right).map(printable));
        shown.extend(after.chars().nth(right).map(|_| '…'));
        let text: String = shown.into_iter().collect();
        Some(Self {
            line,
            text: text.trim_end().to_owned(),
            before: indent,
            width: width.clamp(1, right.max(1)),
        })
    }
}

/// Turns what a terminal would obey into something to look at; tabs become a visible arrow.
fn printable(c: char) -> char {
    match c {
        '\t' => '→',
        c if c.is_control() => '\u{fffd}',
        // Marks that reorder or hide the text around them.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
            '\u{fffd}'
        }
        c => c,
    }
}

/// Makes a piece of the spec fit to stand in a message: one line, printable, not too long.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).map(printable).collect();
    if text.chars().count() > LONGEST {
        shown.push('…');
    }
    shown
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(f, " {gutter} |")?;
        writeln!(f, " {number} | {}", self.text)?;
        write!(f, " {gutter} | {}{}", " ".repeat(self.before), "^".repeat(self.width))
    }
}
