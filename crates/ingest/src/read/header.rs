//! The names a file gives its columns, matched with those the spec asks for.

use foretell_engine::{Error, Result};

/// Names listed in an error.
const LISTED: usize = 40;

/// Finds for each wanted raw column its position among `found`, the names of a file; `place` opens the error.
///
/// Order may differ from file to file, and columns nobody asks for are no fault.
///
/// # Errors
/// Contract, when no name is there at all, or a wanted one is missing or there twice.
pub(super) fn positions<'a>(
    place: &str,
    found: &[String],
    wanted: impl Iterator<Item = &'a str>,
) -> Result<Vec<usize>> {
    if found.iter().all(String::is_empty) {
        return Err(Error::contract(format!("{place}: the header is blank"))
            .hint("for files without a header, list the names under format.csv.header"));
    }
    let mut positions = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for name in wanted {
        let mut places = found.iter().enumerate().filter(|(_, other)| *other == name).map(|(i, _)| i);
        match (places.next(), places.next()) {
            (Some(first), None) => positions.push(first),
            (Some(first), Some(second)) => {
                return Err(Error::contract(format!(
                    "{place}: the header names '{name}' twice, as column {} and as column {}",
                    first + 1,
                    second + 1
                ))
                .hint("the spec cannot tell which of them is meant: rename one of them in the file"));
            }
            (None, _) if missing.contains(&name) => {}
            (None, _) => missing.push(name),
        }
    }
    if missing.is_empty() { Ok(positions) } else { Err(absent(place, found, &missing, positions.is_empty())) }
}

/// Makes the error for columns that are not there.
fn absent(place: &str, found: &[String], missing: &[&str], none_found: bool) -> Error {
    let quoted: Vec<String> = missing.iter().map(|name| format!("'{name}'")).collect();
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let mut error = Error::contract(format!("{place}: {} {verb} not in the header", quoted.join(", ")));
    // A first line that is data may tell of a person: its content is not shown.
    if none_found && found.iter().any(|name| looks_like_data(name)) {
        return error
            .hint(format!("the first line looks like data, not like names ({} fields)", found.len()))
            .hint("for files without a header, list the names under format.csv.header");
    }
    error = error.hint(format!("found: {}", listed(found)));
    let holds = |mark: char| found.iter().any(|name| name.contains(mark));
    if holds('\0') {
        return error.hint("the header holds NUL characters: is format.csv.encoding utf-16le?");
    }
    if let [only] = found
        && let Some(other) = [';', '\t', '|', ','].into_iter().find(|&mark| only.contains(mark))
    {
        let label = if other == '\t' { "tab".to_owned() } else { other.to_string() };
        return error.hint(format!("the header is one field: is format.csv.delimiter '{label}'?"));
    }
    if holds(char::REPLACEMENT_CHARACTER) {
        error = error.hint("the header holds bytes that are no text: is format.csv.encoding right?");
    }
    suggest(error, found, missing)
}

/// Whether a text is a number, a date or an address rather than a name.
fn looks_like_data(text: &str) -> bool {
    text.contains('@')
        || text.trim_start_matches(['-', '+']).starts_with(|first: char| first.is_ascii_digit())
}

/// Adds the name that each missing one most likely means.
pub(super) fn suggest(error: Error, found: &[String], missing: &[&str]) -> Error {
    missing.iter().fold(error, |error, name| match closest(name, found.iter().map(String::as_str)) {
        Some(close) => error.hint(format!("for '{name}', did you mean '{close}'?")),
        None => error,
    })
}

/// Lists names on one line, not more than a screen takes.
pub(super) fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| shown(name)).collect();
    let more = names.len().saturating_sub(LISTED);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// Shows a name on one line, at most 60 characters of it.
fn shown(name: &str) -> String {
    if name.is_empty() {
        return "(blank)".to_owned();
    }
    let short: String = name.chars().take(60).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if short.len() < name.len() { format!("{short}…") } else { short }
}

/// Finds the candidate that `name` most likely means, if one is close at all; case and blanks count little.
pub(super) fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = plain(name);
    candidates
        .map(|candidate| (likeness(&wanted, &plain(candidate)), candidate))
        .filter(|(likeness, _)| *likeness >= 0.8)
        // The first of several equally close ones, so that the message does not depend on chance.
        .fold(None, |best: Option<(f64, &str)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .map(|(_, candidate)| candidate)
}

/// How alike two names are, 0 to 1; a name that is part of the other is rather like it.
fn likeness(one: &str, other: &str) -> f64 {
    let is_part = one.len().min(other.len()) >= 3 && (one.contains(other) || other.contains(one));
    strsim::jaro_winkler(one, other).max(if is_part { 0.85 } else { 0.0 })
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
