//! The tree that a spec's text is read into: every key and value with its position.

use crate::fault::Place;

/// Which text a node was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The spec's file.
    File,
    /// The override with this index.
    Override(usize),
}

/// A stretch of one of those texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) origin: Origin,
    pub(crate) place: Place,
    /// Bytes of the stretch, counted in its text.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) kind: Kind,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Scalar(Scalar),
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        /// Whether it is written in braces, where a comma ends a value.
        braces: bool,
    },
    /// Something that was refused already; nothing more is said about it.
    Refused,
}

/// A scalar as it is written, before variables are replaced.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) style: Style,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Node,
}

impl Scalar {
    /// Tells whether this is YAML's null: nothing at all, `~` or `null` without quotes.
    pub(crate) fn is_null(&self) -> bool {
        self.style == Style::Plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Node {
    /// Returns the value under a key, or the item with that index.
    pub(crate) fn child(&self, step: &str) -> Option<(Option<&Entry>, &Node)> {
        match &self.kind {
            Kind::Map { entries, .. } => {
                entries.iter().find(|entry| entry.key == step).map(|entry| (Some(entry), &entry.value))
            }
            Kind::List(items) => {
                step.parse::<usize>().ok().and_then(|index| items.get(index)).map(|item| (None, item))
            }
            Kind::Scalar(_) | Kind::Refused => None,
        }
    }

    /// Follows a path as far as it goes; says whether it went all the way.
    pub(crate) fn follow<S: AsRef<str>>(&self, path: &[S]) -> Found<'_> {
        let mut found = Found { key: None, node: self, complete: true };
        for step in path {
            match found.node.child(step.as_ref()) {
                Some((key, node)) => found = Found { key, node, complete: true },
                None => return Found { complete: false, ..found },
            }
        }
        found
    }

    /// Returns the scalar, if it is one.
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }
}

/// The end of a path, or of what there is of it.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    /// The key it stands under, unless it is an item of a list or the root.
    pub(crate) key: Option<&'a Entry>,
    pub(crate) node: &'a Node,
    /// Whether the whole path exists.
    pub(crate) complete: bool,
}

impl Found<'_> {
    /// Returns where a reader looks first: at a scalar itself, else at its key.
    pub(crate) fn span(&self) -> Span {
        match (&self.node.kind, self.key) {
            (Kind::Scalar(scalar), _) if self.complete && !scalar.is_null() => self.node.span,
            (_, Some(entry)) => entry.key_span,
            _ => self.node.span,
        }
    }

    /// Returns the position of the key, or of the value where it has none.
    pub(crate) fn key_span(&self) -> Span {
        self.key.map_or(self.node.span, |entry| entry.key_span)
    }
}

/// Writes a path as people do: `sources.transactions.rules[1].where`.
pub(crate) fn written<S: AsRef<str>>(path: &[S]) -> String {
    let mut written = String::new();
    for step in path {
        let step = step.as_ref();
        if !step.is_empty() && step.bytes().all(|b| b.is_ascii_digit()) {
            written.push_str(&format!("[{step}]"));
        } else {
            if !written.is_empty() {
                written.push('.');
            }
            let shown = crate::excerpt::shown(step);
            if step.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
                written.push_str(&shown);
            } else {
                written.push_str(&format!("\"{shown}\""));
            }
        }
    }
    written
}
