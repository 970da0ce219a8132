//! Delimited text: header, records, and the rows that are none.

use foretell_engine::{Error, Result};
use foretell_spec::types::Csv;

use super::chunk::{Chunk, Span};
use super::decode::{self, Text};
use super::input::Input;
use super::plan::Plan;
use super::split::{Dialect, Field, Found, OPEN_QUOTE, Record};
use super::{BATCH_BYTES, BATCH_ROWS, RECORD_LIMIT, RawBatch, Rejected, header, oversize, row_hash};

/// Reads the rows of one file of delimited text, batch by batch.
///
/// A blank line is no row. A row spans several lines only inside quotes; `line` is its first one.
pub(super) struct CsvReader {
    text: Text,
    plan: Plan,
    dialect: Dialect,
    /// Fields a record should have.
    width: usize,
    /// For each canonical column the position of its field.
    positions: Vec<usize>,
    /// Line at which the next record begins, from 1.
    line: u64,
    fields: Vec<Field>,
    scratch: Vec<u8>,
}

impl CsvReader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// Contract, when the file is empty, damaged, or its header does not hold what the spec asks for; bad spec, when
    /// an option makes no sense.
    pub(super) fn open(name: &str, input: Input, csv: &Csv, plan: Plan) -> Result<Self> {
        let dialect = Dialect::new(csv)?;
        let text = Text::open(name, input, decode::encoding(&csv.encoding)?)?;
        let mut reader = Self {
            text,
            plan,
            dialect,
            width: usize::MAX,
            positions: Vec::new(),
            line: 1,
            fields: Vec::new(),
            scratch: Vec::new(),
        };
        let (place, names) = match &csv.header {
            Some(names) => {
                ("format.csv.header".to_owned(), names.iter().map(|n| n.trim().to_owned()).collect())
            }
            None => reader.header(name)?,
        };
        reader.width = names.len();
        reader.positions = header::positions(&place, &names, reader.plan.wanted())?;
        Ok(reader)
    }

    /// Reads the names from the first line that is not blank.
    fn header(&mut self, name: &str) -> Result<(String, Vec<String>)> {
        loop {
            let found = self.found();
            let place = format!("{name}:{}", self.line);
            let too_long = self.text.all().len() - self.text.at() > RECORD_LIMIT;
            match found {
                Found::Blank(next) => self.skip(next, 1),
                Found::Unfinished if too_long => {
                    return Err(Error::contract(format!("{place}: no header ends within 1 MiB"))
                        .hint("is the file delimited text, and are encoding and quote right?"));
                }
                Found::Unfinished => {
                    self.text.more()?;
                }
                Found::BadQuote(reason) => {
                    return Err(Error::contract(format!("{place}: the header cannot be read ({reason})"))
                        .hint("is format.csv.quote right?"));
                }
                Found::End => {
                    return Err(Error::contract(format!(
                        "{place}: the file holds no header, only blank lines"
                    )));
                }
                Found::Record(record) => {
                    let names = self.fields.iter().map(|field| self.cell(field).trim().to_owned()).collect();
                    self.skip(record.next, record.lines);
                    return Ok((place, names));
                }
            }
        }
    }

    /// Reads the next batch; `None` at the end of the file.
    ///
    /// # Errors
    /// Contract, when the archive is damaged; input missing, when the file cannot be read.
    pub(super) fn batch(&mut self) -> Result<Option<RawBatch>> {
        let mut chunk = Chunk::new(self.plan.width(), BATCH_ROWS);
        loop {
            match self.found() {
                Found::End => break,
                Found::Blank(next) => self.skip(next, 1),
                Found::Unfinished if self.text.all().len() - self.text.at() > RECORD_LIMIT => {
                    self.lose_line(&mut chunk, OPEN_QUOTE)?;
                }
                Found::Unfinished => {
                    self.text.more()?;
                }
                Found::BadQuote(reason) => self.lose_line(&mut chunk, reason)?,
                Found::Record(record) => self.record(&mut chunk, record)?,
            }
            if chunk.rows_read() == BATCH_ROWS || (self.text.at() > BATCH_BYTES && chunk.rows_read() > 0) {
                break;
            }
        }
        if chunk.rows_read() == 0 {
            return Ok(None);
        }
        let text = self.text.take();
        chunk.finish(&mut self.plan, text).map(Some)
    }

    fn found(&mut self) -> Found {
        let text = &self.text;
        self.dialect.record(text.all().as_bytes(), text.at(), text.ended(), self.width, &mut self.fields)
    }

    /// Takes in a record, or rejects it.
    fn record(&mut self, chunk: &mut Chunk, record: Record) -> Result<()> {
        let start = self.text.at();
        let width = self.fields.len();
        if record.end - start > RECORD_LIMIT || (record.lines > 1 && width != self.width) {
            return self.lose_line(chunk, OPEN_QUOTE);
        }
        let fault = if self.text.malformed(start..record.end) {
            Some(("encoding", format!("bytes that are no {}", self.text.encoding())))
        } else if record.nul {
            Some(("nul", "a NUL character".to_owned()))
        } else if width != self.width {
            Some(("ragged", format!("{width} fields where the header has {}", self.width)))
        } else {
            None
        };
        match fault {
            Some((rule, reason)) => {
                let raw = &self.text.all()[start..record.end];
                chunk.reject(Rejected::new(self.line, rule, reason, raw));
            }
            None => self.keep(chunk, start, &record),
        }
        self.skip(record.next, record.lines);
        Ok(())
    }

    fn keep(&mut self, chunk: &mut Chunk, start: usize, record: &Record) {
        let text = self.text.all();
        for &position in &self.positions {
            let field = self.fields[position];
            if field.doubled {
                chunk.push_rewritten(undoubled(&text[field.start..field.end], self.dialect.quote()));
            } else {
                chunk.push(Span::new(field.start, field.end));
            }
        }
        let hash = if record.quoted || !self.dialect.plain_is_canonical() {
            self.dialect.rewrite(text.as_bytes(), &self.fields, &mut self.scratch);
            row_hash(&self.scratch)
        } else {
            row_hash(&text.as_bytes()[start..record.end])
        };
        chunk.end_row(start, record.end, self.line, hash);
    }

    /// Rejects the physical line at hand, and only that one: what follows may be good rows.
    fn lose_line(&mut self, chunk: &mut Chunk, reason: &'static str) -> Result<()> {
        let text = &self.text;
        match decode::line(text.all().as_bytes(), text.at(), text.ended()) {
            Some(line) if line.end - text.at() <= RECORD_LIMIT => {
                chunk.reject(Rejected::new(
                    self.line,
                    "quote",
                    reason.to_owned(),
                    &text.all()[text.at()..line.end],
                ));
                self.skip(line.next, 1);
                Ok(())
            }
            _ => {
                chunk.reject(oversize(&mut self.text, self.line)?);
                self.line += 1;
                Ok(())
            }
        }
    }

    fn skip(&mut self, next: usize, lines: u64) {
        self.text.advance(next);
        self.line += lines;
    }

    fn cell(&self, field: &Field) -> String {
        let text = &self.text.all()[field.start..field.end];
        if field.doubled { undoubled(text, self.dialect.quote()).collect() } else { text.to_owned() }
    }
}

/// Turns quotes written twice into one.
fn undoubled(text: &str, quote: Option<u8>) -> impl Iterator<Item = char> {
    let quote = quote.map(char::from);
    let mut second = false;
    text.chars().filter(move |&c| {
        second = Some(c) == quote && !second;
        Some(c) != quote || second
    })
}
