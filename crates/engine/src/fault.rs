//! Faults in SQL: what is wrong, where in the text, and what was probably meant.

use datafusion::common::{DataFusionError, SchemaError};

use foretell_spec::{Fault, Loaded, Place};

use crate::error::{Error, Kind};

/// A fault in a piece of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlFault {
    /// What is wrong, lower case.
    pub message: String,
    /// Line and column in the text, both from 1.
    pub place: Option<(u32, u32)>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl SqlFault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, hint: None }
    }

    pub(crate) fn at(mut self, line: u32, column: u32) -> Self {
        self.place = Some((line, column));
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Places the fault at the first occurrence of a word, where it has one.
    pub(crate) fn word(mut self, sql: &str, word: &str) -> Self {
        self.place = self.place.or_else(|| find_word(sql, word));
        self
    }

    /// Reads the engine's error about `sql`.
    pub(crate) fn read(error: &DataFusionError, sql: &str) -> Self {
        let text = error.strip_backtrace();
        let message = first_line(&text);
        let root = error.find_root();
        if let DataFusionError::SchemaError(schema, _) = root
            && let SchemaError::FieldNotFound { field, valid_fields } = schema.as_ref()
        {
            let known: Vec<&str> = valid_fields.iter().map(|c| c.name.as_str()).collect();
            let fault = Self::new(format!("no column `{}`", field.name));
            return fault.located(error, sql, &field.name).suggest(&field.name, &known);
        }
        if let Some((text, place)) = parser_place(&message) {
            return Self { message: text, place: Some(place), hint: None };
        }
        let quoted = quoted_word(&message).unwrap_or_default().to_owned();
        let said = lower_first(clean(&message)).replace("found: EOF", "found: the end");
        let is_function = said.starts_with("invalid function");
        let said = if is_function { format!("no function `{quoted}`") } else { said };
        let fault = Self::new(said).located(error, sql, &quoted);
        let meant = text.split_once("Did you mean ").and_then(|(_, meant)| quoted_word(meant));
        match meant.map(|meant| if is_function { likelier(&quoted, meant) } else { meant }) {
            Some(meant) => fault.hint(format!("did you mean `{meant}`?")),
            None => fault,
        }
    }

    /// Takes the place from the engine's diagnostic, or else from where the offending word stands.
    fn located(mut self, error: &DataFusionError, sql: &str, word: &str) -> Self {
        let span = error.diagnostic().and_then(|diagnostic| diagnostic.span);
        self.place = match span {
            Some(span) if span.start.line > 0 => Some((
                u32::try_from(span.start.line).unwrap_or(1),
                u32::try_from(span.start.column).unwrap_or(1),
            )),
            _ => find_word(sql, word),
        };
        self
    }

    fn suggest(mut self, word: &str, known: &[&str]) -> Self {
        let best = known
            .iter()
            .map(|k| (strsim::jaro_winkler(word, k), *k))
            .filter(|(score, _)| *score > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        self.hint = Some(match best {
            Some((_, name)) => format!("did you mean `{name}`?"),
            None if known.is_empty() => "no column is in reach here".to_owned(),
            None => {
                let mut names: Vec<&str> = known.to_vec();
                names.sort_unstable();
                names.dedup();
                format!("known here: {}", names.join(", "))
            }
        });
        self
    }

    /// Turns the fault into an error about `text`, which stands in `file`.
    ///
    /// `origin` gives the file's line for a line of the text that was run, where the two differ.
    pub(crate) fn in_file(&self, file: &str, text: &str, rendered: Option<(&str, &[u32])>) -> Error {
        let mut note = None;
        let place = match (self.place, rendered) {
            (Some((line, column)), Some((sql, lines))) => {
                let origin = lines.get(line as usize - 1).copied().unwrap_or(line);
                let shown = sql.lines().nth(line as usize - 1).unwrap_or_default();
                let written = text.lines().nth(origin as usize - 1).unwrap_or_default();
                if shown.trim() != written.trim() {
                    note = Some(format!("rendered as: {}", shown.trim()));
                }
                Some((origin, same_word(shown, column, written)))
            }
            (place, _) => place,
        };
        let message = match place {
            Some((line, column)) => {
                let place = Place { line: line as usize, column: column as usize };
                Fault::in_text(file, text, place, &self.message).to_string()
            }
            None => format!("{file}: {}", self.message),
        };
        let error = Error::new(Kind::BadSpec, message);
        [note, self.hint.clone()].into_iter().flatten().fold(error, Error::hint)
    }

    /// Turns the fault into an error about the SQL that stands at `path` in a spec.
    pub fn in_spec(&self, loaded: &Loaded, path: &[&str]) -> Error {
        let fault = match self.place {
            Some((line, column)) => loaded.fault_inside(path, line as usize, column as usize, &self.message),
            None => loaded.fault(path, &self.message),
        };
        let error = Error::new(Kind::BadSpec, fault.to_string());
        self.hint.clone().into_iter().fold(error, Error::hint)
    }
}

/// The function that was most likely meant: the engine's guess, or one that people use more often.
fn likelier<'a>(word: &str, guess: &'a str) -> &'a str {
    const COMMON: [&str; 17] = [
        "abs",
        "avg",
        "ceil",
        "coalesce",
        "count",
        "date_part",
        "date_trunc",
        "floor",
        "greatest",
        "least",
        "max",
        "median",
        "min",
        "nullif",
        "round",
        "stddev",
        "sum",
    ];
    let word = word.to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&word, name);
    COMMON.into_iter().fold(guess, |best, name| if likeness(name) > likeness(best) { name } else { best })
}

/// The column in the written line of the word that stands at `column` of the rendered one.
fn same_word(rendered: &str, column: u32, written: &str) -> u32 {
    let word: String =
        rendered.chars().skip(column as usize - 1).take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let at = if word.is_empty() { None } else { written.find(&word) };
    let byte = at.unwrap_or_else(|| written.len() - written.trim_start().len());
    u32::try_from(written[..byte].chars().count() + 1).unwrap_or(1)
}

fn find_word(sql: &str, word: &str) -> Option<(u32, u32)> {
    if word.is_empty() {
        return None;
    }
    let lower = word.to_lowercase();
    sql.lines().enumerate().find_map(|(index, line)| {
        let at = line.to_lowercase().find(&lower)?;
        let column = line.get(..at)?.chars().count() + 1;
        Some((u32::try_from(index + 1).ok()?, u32::try_from(column).ok()?))
    })
}

/// Splits `… at Line: 3, Column: 5` off a parser's message.
fn parser_place(message: &str) -> Option<(String, (u32, u32))> {
    let (text, place) = message.rsplit_once(" at Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    let digits: String = column.chars().take_while(char::is_ascii_digit).collect();
    let text = text.rsplit_once("ParserError(\"").map_or(text, |(_, t)| t);
    let text = text.rsplit_once("TokenizerError(\"").map_or(text, |(_, t)| t);
    Some((lower_first(clean(text)), (line.parse().ok()?, digits.parse().ok()?)))
}

fn clean(message: &str) -> &str {
    let mut text = message;
    for prefix in
        ["SQL error: ", "Error during planning: ", "This feature is not implemented: ", "sql parser error: "]
    {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    let parser = text.strip_prefix("ParserError(\"").and_then(|text| text.strip_suffix("\")"));
    text = parser.unwrap_or(text);
    text.split(". Did you mean").next().unwrap_or(text).trim_end_matches(['.', '?'])
}

fn quoted_word(message: &str) -> Option<&str> {
    let start = message.find('\'')? + 1;
    let length = message[start..].find('\'')?;
    Some(&message[start..start + length])
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !text.chars().nth(1).is_some_and(char::is_uppercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}
