//! Splits delimited text into records and fields.
//!
//! Written here rather than taken from crate `csv`, because three things are wanted that it cannot give: the true
//! physical line of a record, a way back when a quote was left open, and fields as places in the text, without a
//! copy. On well-formed text both agree, which is a test.

use foretell_engine::{Error, Result};
use foretell_spec::types::Csv;

use super::decode::line_end;

const PLAIN: u8 = 0;
const SPECIAL: u8 = 1;

/// How fields are delimited and quoted.
#[derive(Debug)]
pub(super) struct Dialect {
    delimiter: Delimiter,
    quote: Option<u8>,
    /// [`SPECIAL`] for the bytes at which a scan of plain text must stop.
    class: [u8; 256],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delimiter {
    Byte(u8),
    /// Any run of spaces and tabs; those that lead or trail a line count for nothing.
    Blanks,
}

/// A field's place in the text, quotes left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether quotes inside are written twice.
    pub(super) doubled: bool,
}

/// A record's place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    /// End of the record, before its line end.
    pub(super) end: usize,
    /// Start of what follows.
    pub(super) next: usize,
    /// Physical lines it spans.
    pub(super) lines: u64,
    /// Whether a quote character stands in it.
    pub(super) quoted: bool,
    /// Whether a NUL character stands in it.
    pub(super) nul: bool,
}

/// What stands at a place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// A record, whose fields were noted.
    Record(Record),
    /// A line of blanks, or none; the next line begins here.
    Blank(usize),
    /// Something whose end is not in the text yet.
    Unfinished,
    /// A quote left open, or followed by something other than a delimiter.
    BadQuote(&'static str),
    /// The end of the file.
    End,
}

/// Reason given for the line on which a quote was left open.
pub(super) const OPEN_QUOTE: &str = "quote opened here is not closed";
const AFTER_QUOTE: &str = "a closing quote is followed by something other than a delimiter";

impl Dialect {
    /// Reads the options of delimited text.
    ///
    /// # Errors
    /// Bad spec, when delimiter or quote are not single ASCII characters that differ.
    pub(super) fn new(csv: &Csv) -> Result<Self> {
        let delimiter = match csv.delimiter.as_str() {
            "tab" => Delimiter::Byte(b'\t'),
            "whitespace" => Delimiter::Blanks,
            other => Delimiter::Byte(one_byte(other).ok_or_else(|| {
                Error::bad_spec(format!("format.csv.delimiter: '{other}' is not one ASCII character"))
                    .hint("write one character such as ',' or ';', or the words tab or whitespace")
            })?),
        };
        let quote = match csv.quote.as_str() {
            "" => None,
            other => Some(one_byte(other).filter(|&byte| !b" \t".contains(&byte)).ok_or_else(|| {
                Error::bad_spec(format!("format.csv.quote: '{other}' is not one ASCII character"))
                    .hint("write one character such as '\"', or nothing for files without quotes")
            })?),
        };
        if quote.is_some_and(|quote| delimiter == Delimiter::Byte(quote)) {
            return Err(Error::bad_spec("format.csv: delimiter and quote are the same character"));
        }
        let mut class = [PLAIN; 256];
        for byte in [b'\n', b'\r', 0].into_iter().chain(quote) {
            class[usize::from(byte)] = SPECIAL;
        }
        match delimiter {
            Delimiter::Byte(byte) => class[usize::from(byte)] = SPECIAL,
            Delimiter::Blanks => b" \t".iter().for_each(|&byte| class[usize::from(byte)] = SPECIAL),
        }
        Ok(Self { delimiter, quote, class })
    }

    /// Finds what begins at `at` and notes its fields; `width` is the number of fields a record should have.
    ///
    /// `ended` says that no text follows; then the answer is never [`Found::Unfinished`].
    pub(super) fn record(
        &self,
        text: &[u8],
        at: usize,
        ended: bool,
        width: usize,
        fields: &mut Vec<Field>,
    ) -> Found {
        fields.clear();
        if at == text.len() {
            return if ended { Found::End } else { Found::Unfinished };
        }
        let mut record = Record { end: at, next: at, lines: 1, quoted: false, nul: false };
        let mut place = at;
        loop {
            if self.delimiter == Delimiter::Blanks {
                while place < text.len() && matches!(text[place], b' ' | b'\t') {
                    place += 1;
                }
                if text.get(place).is_none_or(|&byte| matches!(byte, b'\n' | b'\r')) {
                    return finish(text, at, place, ended, record, fields);
                }
            }
            let scanned = if self.quote.is_some() && text.get(place).copied() == self.quote {
                self.quoted(text, place + 1, ended, &mut record)
            } else {
                self.plain(text, place, &mut record)
            };
            let (field, stop) = match scanned {
                Ok(scanned) => scanned,
                Err(found) => return found,
            };
            fields.push(field);
            // Already too wide and over several lines: only an open quote does that, and looking no further keeps
            // the cost of many open quotes linear.
            if record.lines > 1 && fields.len() > width {
                return Found::BadQuote(OPEN_QUOTE);
            }
            match text.get(stop) {
                None | Some(b'\n' | b'\r') => return finish(text, at, stop, ended, record, fields),
                Some(_) => place = stop + 1,
            }
        }
    }

    /// Scans a field without quotes; returns it and the place of the byte that ends it.
    fn plain(&self, text: &[u8], start: usize, record: &mut Record) -> Result<(Field, usize), Found> {
        let mut place = start;
        loop {
            match text[place..].iter().position(|&byte| self.class[usize::from(byte)] != PLAIN) {
                None => place = text.len(),
                Some(offset) => {
                    place += offset;
                    let byte = text[place];
                    if byte == 0 {
                        record.nul = true;
                        place += 1;
                        continue;
                    }
                    // A quote inside plain text is text.
                    if Some(byte) == self.quote {
                        record.quoted = true;
                        place += 1;
                        continue;
                    }
                }
            }
            return Ok((Field { start, end: place, doubled: false }, place));
        }
    }

    /// Scans a field from behind its opening quote; returns it and the place of the byte that ends it.
    fn quoted(
        &self,
        text: &[u8],
        start: usize,
        ended: bool,
        record: &mut Record,
    ) -> Result<(Field, usize), Found> {
        record.quoted = true;
        let mut doubled = false;
        let mut place = start;
        while let Some(&byte) = text.get(place) {
            if Some(byte) == self.quote {
                match text.get(place + 1) {
                    None if !ended => return Err(Found::Unfinished),
                    next if next.copied() == self.quote => {
                        doubled = true;
                        place += 2;
                    }
                    next if next.is_none_or(|&next| self.ends_field(next)) => {
                        return Ok((Field { start, end: place, doubled }, place + 1));
                    }
                    _ => {
                        return Err(Found::BadQuote(if record.lines > 1 { OPEN_QUOTE } else { AFTER_QUOTE }));
                    }
                }
                continue;
            }
            match byte {
                b'\n' => record.lines += 1,
                b'\r' if text.get(place + 1) != Some(&b'\n') => record.lines += 1,
                0 => record.nul = true,
                _ => {}
            }
            place += 1;
        }
        Err(if ended { Found::BadQuote(OPEN_QUOTE) } else { Found::Unfinished })
    }

    fn ends_field(&self, byte: u8) -> bool {
        matches!(byte, b'\n' | b'\r')
            || match self.delimiter {
                Delimiter::Byte(delimiter) => byte == delimiter,
                Delimiter::Blanks => matches!(byte, b' ' | b'\t'),
            }
    }

    /// Writes the fields of a record into `out` in one way only: fields that need quotes have them, others not.
    ///
    /// Records that differ only in how they are quoted or padded thus become equal.
    pub(super) fn rewrite(&self, text: &[u8], fields: &[Field], out: &mut Vec<u8>) {
        let delimiter = match self.delimiter {
            Delimiter::Byte(byte) => byte,
            Delimiter::Blanks => b' ',
        };
        out.clear();
        for (i, field) in fields.iter().enumerate() {
            if i > 0 {
                out.push(delimiter);
            }
            let cell = &text[field.start..field.end];
            match self.quote {
                Some(quote) if field.doubled => {
                    out.push(quote);
                    out.extend_from_slice(cell);
                    out.push(quote);
                }
                Some(quote) if cell.iter().any(|&byte| byte == quote || self.ends_field(byte)) => {
                    out.push(quote);
                    for &byte in cell {
                        if byte == quote {
                            out.push(quote);
                        }
                        out.push(byte);
                    }
                    out.push(quote);
                }
                _ => out.extend_from_slice(cell),
            }
        }
    }

    /// Whether the text of a record without quotes is already what [`Dialect::rewrite`] would write.
    pub(super) fn plain_is_canonical(&self) -> bool {
        self.delimiter != Delimiter::Blanks
    }

    /// The quote character; records hold a quoted field only where there is one.
    pub(super) fn quote(&self) -> Option<u8> {
        self.quote
    }
}

/// Ends a record at `end`, where a line end or the end of the text is.
fn finish(text: &[u8], at: usize, end: usize, ended: bool, record: Record, fields: &[Field]) -> Found {
    let next = if end == text.len() {
        if !ended {
            return Found::Unfinished;
        }
        end
    } else {
        match line_end(text, end, ended) {
            Some(line) => line.next,
            None => return Found::Unfinished,
        }
    };
    let blank =
        fields.len() <= 1 && !record.quoted && text[at..end].iter().all(|byte| matches!(byte, b' ' | b'\t'));
    if blank { Found::Blank(next) } else { Found::Record(Record { end, next, ..record }) }
}

fn one_byte(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Some(*byte),
        _ => None,
    }
}
