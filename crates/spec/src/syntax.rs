//! What a YAML parser's error means to the person who wrote the file.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

/// A syntax error in words.
pub(crate) struct Trouble {
    /// Byte of the text at which it shows.
    pub(crate) byte: usize,
    pub(crate) message: String,
    pub(crate) hints: Vec<String>,
}

/// Explains a parser's error.
pub(crate) fn explain(text: &str, error: &ScanError) -> Trouble {
    let byte = byte_of(text, error);
    if let Some(tab) = indenting_tab(text, byte) {
        return Trouble {
            byte: tab,
            message: "a tab indents this line".to_owned(),
            hints: vec!["YAML is indented with spaces: replace the tab".to_owned()],
        };
    }
    if let Some(trouble) = runaway_quote(text, byte, error.kind()) {
        return trouble;
    }
    let (message, hint) = words(error.kind());
    let hint = context_hint(text, byte, error.kind()).or_else(|| hint.map(str::to_owned));
    let message = match message {
        Some(message) => message.to_owned(),
        None => format!("this is not YAML: {}", lower_first(error.kind().to_string().trim_end_matches('.'))),
    };
    Trouble { byte: significant(text, byte), message, hints: hint.into_iter().collect() }
}

const INDENT: &str = "keys of one map begin in the same column; what belongs to a key is indented further";
const QUOTE: &str = "text that holds `: `, ` #` or begins with one of `{}[],&*!|>'\"%@` must stand in quotes";

/// Says a kind of error in the words of somebody who writes a spec; the rarer ones keep the parser's.
fn words(kind: &ErrorKind) -> (Option<&'static str>, Option<&'static str>) {
    match kind {
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::BlockSequenceEntryNotAllowed => {
            (Some("this line does not fit the indentation of the lines above"), Some(INDENT))
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::MappingKeyNotAllowed => (
            Some("a `:` cannot stand here"),
            Some("text that holds `: ` must stand in quotes; if this is a key, its indentation is off"),
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            (Some("a key without `:`"), Some("write `key: value`; the `:` is followed by a space"))
        }
        ErrorKind::UnclosedQuotedScalar => (Some("a quote is opened and never closed"), None),
        ErrorKind::UnclosedFlowCollection { open: '{' } | ErrorKind::UnexpectedEofFlowMapping => {
            (Some("`{` is opened and never closed"), None)
        }
        ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::UnexpectedEofFlowSequence => {
            (Some("`[` is opened and never closed"), None)
        }
        ErrorKind::ExpectedFlowMappingSeparator => (
            Some("`,` or `}` is expected here"),
            Some("text inside braces that holds one of `,{}[]` must stand in quotes"),
        ),
        ErrorKind::ExpectedFlowSequenceSeparator => (
            Some("`,` or `]` is expected here"),
            Some("text inside brackets that holds one of `,{}[]` must stand in quotes"),
        ),
        ErrorKind::MisplacedFlowCollectionEnd | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            (Some("a closing bracket without its opening one"), Some(QUOTE))
        }
        ErrorKind::InvalidColonPlacement => (Some("a `:` cannot stand here"), Some(QUOTE)),
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => (
            Some("a control character cannot stand in a spec"),
            Some("write it as an escape in double quotes"),
        ),
        ErrorKind::UnexpectedCharacter { .. } | ErrorKind::MissingAnchorOrAliasName => {
            (Some("text cannot begin with this character"), Some("put it in quotes"))
        }
        ErrorKind::UndeclaredTagHandle | ErrorKind::MissingTagUri | ErrorKind::InvalidTagTerminator => {
            (Some("YAML tags are not supported"), Some("text that begins with `!` must stand in quotes"))
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            (Some("something follows a closing quote"), Some("put the whole text in quotes"))
        }
        ErrorKind::UnknownQuotedScalarEscape => (
            Some("an unknown escape in double quotes"),
            Some("in double quotes write `\\\\` for a backslash, or use single quotes"),
        ),
        ErrorKind::RecursionLimitExceeded => (Some("the spec is nested too deeply"), None),
        _ => (None, None),
    }
}

/// Finds the beginning of a quoted text that ends lines below, where most likely another one begins.
fn runaway_quote(text: &str, byte: usize, kind: &ErrorKind) -> Option<Trouble> {
    let quote = match kind {
        ErrorKind::InvalidTrailingDoubleQuotedScalar => '"',
        ErrorKind::InvalidTrailingSingleQuotedScalar => '\'',
        _ => return None,
    };
    let closing = text[..byte].rfind(quote)?;
    let opening = text[..closing].rfind(quote)?;
    if !text[opening..closing].contains('\n') {
        return None;
    }
    let line = text[..closing].matches('\n').count() + 1;
    Some(Trouble {
        byte: opening,
        message: format!("a quote is opened here and closed only on line {line}"),
        hints: vec!["close it where the text ends".to_owned()],
    })
}

/// Says what the text before an error has to do with it.
fn context_hint(text: &str, byte: usize, kind: &ErrorKind) -> Option<String> {
    use ErrorKind::{
        ExpectedFlowMappingSeparator, ExpectedFlowSequenceSeparator, InvalidColonPlacement,
        MappingValueNotAllowed,
    };
    match kind {
        ExpectedFlowMappingSeparator if text[..byte].ends_with('$') => {
            Some("a variable inside braces must stand in quotes: `\"${VAR}\"`".to_owned())
        }
        ExpectedFlowMappingSeparator
        | ExpectedFlowSequenceSeparator
        | InvalidColonPlacement
        | MappingValueNotAllowed => {
            let opened = open_bracket(&text[..byte])?;
            let line = text[..opened].matches('\n').count() + 1;
            let earlier = text[opened..byte].contains('\n');
            earlier.then(|| format!("the `{}` on line {line} is not closed yet", &text[opened..=opened]))
        }
        _ => None,
    }
}

/// Finds the innermost bracket that is open at the end of a text; one that begins a value, since
/// elsewhere brackets are text.
fn open_bracket(text: &str) -> Option<usize> {
    let mut open: Vec<usize> = Vec::new();
    let mut quote = None;
    let mut before = '\n';
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some('#'), '\n') => quote = None,
            (Some(mark), _) if c == mark && before != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if " [{,\n".contains(before) => quote = Some(c),
            (None, '#') if " \n\t".contains(before) => quote = Some('#'),
            (None, '[' | '{') if " [{,\n".contains(before) => open.push(at),
            (None, ']' | '}') => drop(open.pop()),
            (None, _) => {}
        }
        before = c;
    }
    open.pop()
}

/// Finds the error's byte; the parser counts characters where it has no bytes.
fn byte_of(text: &str, error: &ScanError) -> usize {
    let marker = error.marker();
    marker
        .byte_offset()
        .filter(|byte| text.is_char_boundary(*byte))
        .or_else(|| text.char_indices().nth(marker.index()).map(|(byte, _)| byte))
        .unwrap_or(text.len())
}

/// Finds a tab in the indentation of the line of the error or the nearest line before that has text.
fn indenting_tab(text: &str, byte: usize) -> Option<usize> {
    let line_end = text[byte..].find('\n').map_or(text.len(), |newline| byte + newline);
    let mut end = line_end;
    for _ in 0..2 {
        let start = text[..end].rfind('\n').map_or(0, |newline| newline + 1);
        let line = &text[start..end];
        let indentation = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line[..indentation].find('\t') {
            return Some(start + tab);
        }
        end = start.checked_sub(1)?;
    }
    None
}

/// Moves from blanks to the next character that can be seen, as the parser stops before them;
/// from the text's end back to its last line.
fn significant(text: &str, byte: usize) -> usize {
    let rest = &text[byte..];
    let blanks = rest.len() - rest.trim_start().len();
    if blanks < rest.len() { byte + blanks } else { text.trim_end().len() }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
