//! The keys and values of one JSON object, as they are written.

use serde::de::IgnoredAny;

/// A value as it stands in the line, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A string, quotes left out; escapes are still written as such.
    Text(&'a str),
    /// A number, `true` or `false`, to the digit as it is written.
    Plain(&'a str),
    /// `null`.
    Null,
    /// An array or an object.
    Nested(&'a str),
}

impl<'a> Value<'a> {
    /// The value as it is written, for a hash.
    pub(super) fn written(self) -> &'a str {
        match self {
            Self::Text(text) | Self::Plain(text) | Self::Nested(text) => text,
            Self::Null => "null",
        }
    }
}

/// Lists the keys of the object in `line` and their values, in its order, or says what is wrong with the line.
///
/// Values are cut out of the text rather than parsed, since a number would lose digits on its way through `f64`.
pub(super) fn entries<'a>(line: &'a str, entries: &mut Vec<(&'a str, Value<'a>)>) -> Result<(), String> {
    entries.clear();
    if let Err(e) = serde_json::from_str::<IgnoredAny>(line) {
        return Err(match e.classify() {
            serde_json::error::Category::Eof => "JSON that ends before it is complete".to_owned(),
            _ => format!("no valid JSON from column {} on", e.column()),
        });
    }
    // From here on the line is known to be valid.
    let line = line.trim_matches([' ', '\t', '\r', '\n']);
    let Some(mut rest) = line.strip_prefix('{') else { return Err("not a JSON object".to_owned()) };
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n', ',', ':']);
        if rest.starts_with('}') || rest.is_empty() {
            return Ok(());
        }
        let key = value(rest);
        let (Value::Text(name), length) = key else { return Err("not a JSON object".to_owned()) };
        rest = rest[length..].trim_start_matches([' ', '\t', '\r', '\n', ':']);
        let (value, length) = value(rest);
        entries.push((name, value));
        rest = &rest[length..];
    }
}

/// Undoes the escapes of a string; `None` where they are no text, such as half a surrogate pair.
pub(super) fn unescaped(text: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{text}\"")).ok()
}

/// Cuts out the value with which valid JSON begins; returns it and its length with quotes.
fn value(text: &str) -> (Value<'_>, usize) {
    match text.as_bytes().first() {
        Some(b'"') => {
            let end = string_end(text.as_bytes(), 0);
            (Value::Text(&text[1..end - 1]), end)
        }
        Some(b'{' | b'[') => {
            let end = nested_end(text.as_bytes());
            (Value::Nested(&text[..end]), end)
        }
        _ => {
            let end = text.find([',', '}', ']', ' ', '\t', '\r', '\n', ':']).unwrap_or(text.len());
            let value = &text[..end];
            (if value == "null" { Value::Null } else { Value::Plain(value) }, end)
        }
    }
}

/// Finds the place behind the closing quote of the string that opens at `start`.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut place = start + 1;
    while place < text.len() {
        match text[place] {
            b'"' => return place + 1,
            b'\\' => place += 2,
            _ => place += 1,
        }
    }
    text.len()
}

/// Finds the place behind the bracket that closes the one at the start.
fn nested_end(text: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut place = 0;
    while place < text.len() {
        match text[place] {
            b'"' => {
                place = string_end(text, place);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return place + 1;
                }
            }
            _ => {}
        }
        place += 1;
    }
    text.len()
}
