//! Bytes to text: byte order mark, named encoding, and the places where the bytes are no text.

use std::io::Read;
use std::ops::Range;

use encoding_rs::{Decoder, DecoderResult, Encoding};
use foretell_engine::{Error, Result};

use super::input::{self, Input};

/// Bytes decoded in one go.
const BLOCK: usize = 256 * 1024;

/// Labels offered when an encoding is unknown.
const LABELS: [&str; 14] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "latin1",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "iso-8859-2",
    "iso-8859-15",
    "gb18030",
    "big5",
    "shift_jis",
    "euc-jp",
    "euc-kr",
];

/// Finds an encoding by its WHATWG label.
///
/// # Errors
/// Bad spec, when there is none of that label.
pub(super) fn encoding(label: &str) -> Result<&'static Encoding> {
    Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
        let error = Error::bad_spec(format!("format.csv.encoding: no encoding is called '{label}'"));
        match super::header::closest(label, LABELS.iter().copied()) {
            Some(close) => error.hint(format!("did you mean '{close}'?")),
            None => error.hint(format!("known are, among others: {}", LABELS.join(", "))),
        }
    })
}

/// The text of one file, decoded block by block; readers move `at` forward and take text away batch by batch.
///
/// A byte sequence that the encoding does not know becomes U+FFFD and its place is remembered, so that only
/// the row it stands in is lost.
pub(super) struct Text {
    name: String,
    reader: Box<dyn Read + Send>,
    decoder: Decoder,
    block: Vec<u8>,
    text: String,
    malformed: Vec<usize>,
    at: usize,
    ended: bool,
}

impl Text {
    /// Opens a file and decodes its first block. A byte order mark is left out and outranks `encoding`.
    ///
    /// # Errors
    /// Contract, when the file is empty or its archive damaged; input missing, when it cannot be read.
    pub(super) fn open(name: &str, input: Input, encoding: &'static Encoding) -> Result<Self> {
        let mut text = Self {
            name: name.to_owned(),
            reader: input.unpacked(name)?,
            decoder: encoding.new_decoder(),
            block: vec![0; BLOCK],
            text: String::new(),
            malformed: Vec::new(),
            at: 0,
            ended: false,
        };
        if text.more()? == 0 { Err(input::empty(name)) } else { Ok(text) }
    }

    /// Everything decoded and not yet taken away.
    pub(super) fn all(&self) -> &str {
        &self.text
    }

    /// Where the next record begins in [`Text::all`].
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Moves on to `at`.
    pub(super) fn advance(&mut self, at: usize) {
        self.at = at;
    }

    /// Whether the file has no text beyond [`Text::all`].
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// What the encoding is called.
    pub(super) fn encoding(&self) -> &'static str {
        self.decoder.encoding().name()
    }

    /// Whether bytes in this range were no text.
    pub(super) fn malformed(&self, range: Range<usize>) -> bool {
        let first = self.malformed.partition_point(|&place| place < range.start);
        self.malformed.get(first).is_some_and(|&place| place < range.end)
    }

    /// Decodes one more block and returns how many bytes it had; 0 at the end of the file.
    ///
    /// # Errors
    /// Contract, when the archive is damaged; input missing, when the file cannot be read.
    pub(super) fn more(&mut self) -> Result<usize> {
        if self.ended {
            return Ok(0);
        }
        let bytes = loop {
            match self.reader.read(&mut self.block) {
                Ok(bytes) => break bytes,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(input::fault(&self.name, &e)),
            }
        };
        self.ended = bytes == 0;
        self.decode(bytes);
        Ok(bytes)
    }

    /// Hands over the text up to [`Text::at`] and keeps the rest.
    pub(super) fn take(&mut self) -> String {
        // As roomy as what is handed over: the next batch needs about as much.
        let mut rest = String::with_capacity(self.text.capacity());
        rest.push_str(&self.text[self.at..]);
        self.text.truncate(self.at);
        self.malformed.retain(|&place| place >= self.at);
        self.malformed.iter_mut().for_each(|place| *place -= self.at);
        self.at = 0;
        std::mem::replace(&mut self.text, rest)
    }

    /// Forgets the decoded text from [`Text::at`] on, except a last CR, to which an LF may belong.
    pub(super) fn forget(&mut self) {
        let half_line_end = self.text.ends_with('\r');
        self.text.truncate(self.at);
        self.malformed.retain(|&place| place < self.at);
        if half_line_end {
            self.text.push('\r');
        }
    }

    fn decode(&mut self, bytes: usize) {
        let mut source = &self.block[..bytes];
        loop {
            let most = self.decoder.max_utf8_buffer_length_without_replacement(source.len());
            self.text.reserve(most.unwrap_or(BLOCK));
            let (result, read) =
                self.decoder.decode_to_string_without_replacement(source, &mut self.text, self.ended);
            source = &source[read..];
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.malformed.push(self.text.len());
                    self.text.push(char::REPLACEMENT_CHARACTER);
                }
            }
        }
    }
}

/// A physical line: where its text ends and where the next line begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// End of the text, before LF, CRLF or CR.
    pub(super) end: usize,
    /// Start of the next line.
    pub(super) next: usize,
}

/// Finds the end of the physical line that begins at `at`; `None` when more text is needed to tell.
pub(super) fn line(text: &[u8], at: usize, ended: bool) -> Option<Line> {
    match text[at..].iter().position(|&byte| byte == b'\n' || byte == b'\r') {
        Some(offset) => line_end(text, at + offset, ended),
        None => ended.then_some(Line { end: text.len(), next: text.len() }),
    }
}

/// Reads the LF, CRLF or CR at `end`; `None` when more text is needed to tell CR from CRLF.
pub(super) fn line_end(text: &[u8], end: usize, ended: bool) -> Option<Line> {
    let next = match (text[end], text.get(end + 1)) {
        (b'\r', Some(b'\n')) => end + 2,
        (b'\r', None) if !ended => return None,
        _ => end + 1,
    };
    Some(Line { end, next })
}
