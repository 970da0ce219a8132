//! NDJSON: one object a line.

use foretell_engine::{Error, Result};

use super::chunk::{Chunk, Span};
use super::decode::{self, Text};
use super::header::{listed, suggest};
use super::input::Input;
use super::json::{self, Value};
use super::plan::Plan;
use super::{BATCH_BYTES, BATCH_ROWS, RECORD_LIMIT, RawBatch, Rejected, oversize, row_hash};

/// Keys remembered to name in an error.
const KEYS_KEPT: usize = 40;

/// Reads the rows of one NDJSON file, batch by batch.
///
/// A key that an object lacks is NULL there; a blank line is no row. Numbers are read as they are written.
pub(super) struct NdjsonReader {
    name: String,
    text: Text,
    plan: Plan,
    line: u64,
    /// Whether any row so far had the raw column.
    seen: Vec<bool>,
    objects: u64,
    /// Some keys of the file, in order of appearance.
    keys: Vec<String>,
    scratch: Vec<u8>,
}

impl NdjsonReader {
    /// Opens a file.
    ///
    /// # Errors
    /// Contract, when the file is empty or damaged; input missing, when it cannot be read.
    pub(super) fn open(name: &str, input: Input, plan: Plan) -> Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            text: Text::open(name, input, encoding_rs::UTF_8)?,
            seen: vec![false; plan.width()],
            plan,
            line: 1,
            objects: 0,
            keys: Vec::new(),
            scratch: Vec::new(),
        })
    }

    /// Reads the next batch; `None` at the end of the file.
    ///
    /// # Errors
    /// Contract, when the archive is damaged, or at the end a raw column was in no row; input missing, when the file
    /// cannot be read.
    pub(super) fn batch(&mut self) -> Result<Option<RawBatch>> {
        let mut chunk = Chunk::new(self.plan.width(), BATCH_ROWS);
        while chunk.rows_read() < BATCH_ROWS && (self.text.at() <= BATCH_BYTES || chunk.rows_read() == 0) {
            let text = &self.text;
            let (at, left) = (text.at(), text.all().len() - text.at());
            match decode::line(text.all().as_bytes(), at, text.ended()) {
                Some(_) if left == 0 => break,
                Some(line) if line.end - at <= RECORD_LIMIT => {
                    self.record(&mut chunk, at, line.end);
                    self.text.advance(line.next);
                    self.line += 1;
                }
                None if left <= RECORD_LIMIT => {
                    self.text.more()?;
                }
                _ => {
                    chunk.reject(oversize(&mut self.text, self.line)?);
                    self.line += 1;
                }
            }
        }
        if chunk.rows_read() == 0 {
            return self.check_seen().map(|()| None);
        }
        let text = self.text.take();
        chunk.finish(&mut self.plan, text).map(Some)
    }

    /// Takes in the line at `start..end`, or rejects it.
    fn record(&mut self, chunk: &mut Chunk, start: usize, end: usize) {
        let line = &self.text.all()[start..end];
        if line.trim_ascii().is_empty() {
            return;
        }
        let mut entries = Vec::with_capacity(self.keys.len());
        let fault = if self.text.malformed(start..end) {
            Some(Fault::new("encoding", format!("bytes that are no {}", self.text.encoding())))
        } else if let Err(reason) = json::entries(line, &mut entries) {
            Some(Fault::new("json", reason))
        } else {
            self.objects += 1;
            note_keys(&mut self.keys, &entries);
            cells(&self.plan, &mut self.seen, &entries, line, start, chunk).err()
        };
        if let Some(fault) = fault {
            chunk.drop_row();
            let column = fault.column.map(|column| self.plan.names[column].clone());
            chunk.reject(Rejected { column, ..Rejected::new(self.line, fault.rule, fault.reason, line) });
            return;
        }
        entries.sort_by_key(|(key, _)| *key);
        self.scratch.clear();
        for (key, value) in entries {
            // NUL cannot stand in valid JSON: it keeps keys and values apart. What a value is counts too: "1" is not 1.
            self.scratch.extend_from_slice(key.as_bytes());
            self.scratch.extend_from_slice(if matches!(value, Value::Text(_)) { b"\0\"" } else { b"\0" });
            self.scratch.extend_from_slice(value.written().as_bytes());
            self.scratch.push(0);
        }
        chunk.end_row(start, end, self.line, row_hash(&self.scratch));
    }

    /// Checks that every raw column was in some row, as the header check does for other formats.
    fn check_seen(&self) -> Result<()> {
        let missing = self.plan.wanted().zip(&self.seen).filter(|(_, seen)| !**seen).map(|(name, _)| name);
        let mut missing: Vec<&str> = missing.collect();
        missing.dedup();
        if self.objects == 0 || missing.is_empty() {
            return Ok(());
        }
        let quoted: Vec<String> = missing.iter().map(|name| format!("'{name}'")).collect();
        let message = match missing.len() {
            1 => format!("{}: {} is a key of no row", self.name, quoted.join("")),
            _ => format!("{}: {} are keys of no row", self.name, quoted.join(", ")),
        };
        let error = Error::contract(message).hint(format!("found: {}", listed(&self.keys)));
        Err(suggest(error, &self.keys, &missing))
    }
}

/// Why a line is rejected.
struct Fault {
    column: Option<usize>,
    rule: &'static str,
    reason: String,
}

impl Fault {
    fn new(rule: &'static str, reason: impl Into<String>) -> Self {
        Self { column: None, rule, reason: reason.into() }
    }

    fn at(column: usize, rule: &'static str, reason: &str) -> Self {
        Self { column: Some(column), rule, reason: reason.to_owned() }
    }
}

/// Remembers new keys, while they are few.
fn note_keys(keys: &mut Vec<String>, entries: &[(&str, Value<'_>)]) {
    for (key, _) in entries {
        if keys.len() < KEYS_KEPT && !keys.iter().any(|known| known == key) {
            keys.push((*key).to_owned());
        }
    }
}

/// Pushes the cells of one object, whose line begins at `start` of the text.
fn cells(
    plan: &Plan,
    seen: &mut [bool],
    entries: &[(&str, Value<'_>)],
    line: &str,
    start: usize,
    chunk: &mut Chunk,
) -> Result<(), Fault> {
    for (column, name) in plan.wanted().enumerate() {
        let mut values = entries.iter().filter(|(key, _)| is_key(key, name)).map(|(_, value)| *value);
        let value = values.next();
        if values.next().is_some() {
            return Err(Fault::at(column, "json", "the key stands in the object twice"));
        }
        seen[column] |= value.is_some();
        match value {
            None | Some(Value::Null) => chunk.push(Span::ABSENT),
            Some(Value::Nested(_)) => {
                return Err(Fault::at(column, "json", "an array or an object where one value is wanted"));
            }
            Some(Value::Text(text)) if text.contains('\\') => {
                let cell = json::unescaped(text)
                    .ok_or_else(|| Fault::at(column, "json", "an escape that is no character"))?;
                if cell.contains('\0') {
                    return Err(Fault::at(column, "nul", "a NUL character"));
                }
                chunk.push_rewritten(cell.chars());
            }
            Some(Value::Text(text) | Value::Plain(text)) => {
                let place = start + (text.as_ptr() as usize - line.as_ptr() as usize);
                chunk.push(Span::new(place, place + text.len()));
            }
        }
    }
    Ok(())
}

/// Whether a key, escapes and all, is `name`.
fn is_key(key: &str, name: &str) -> bool {
    key == name || (key.contains('\\') && json::unescaped(key).is_some_and(|key| key == name))
}
