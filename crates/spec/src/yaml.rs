//! Text to tree: YAML events, each with its position, and what of YAML a spec may not use.
//!
//! A spec has one document of maps, lists and scalars. Anchors, aliases, merge keys and tags are
//! refused: without them every value has exactly one place, and nothing can grow out of proportion
//! to its text.

use serde_saphyr::granit_parser::{self, Event, Marker, Parser, ScalarStyle, StrInput, StructureStyle};

use crate::excerpt::shown;
use crate::fault::{Fault, Place};
use crate::node::{Entry, Kind, Node, Origin, Scalar, Span, Style};
use crate::syntax;
use crate::texts::Texts;

/// Largest spec in bytes, deepest nesting, and most values; far more than a person writes.
pub(crate) const MAX_BYTES: usize = 1 << 20;
const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 50_000;

/// Reads one text into a tree.
///
/// Without a tree, the faults say why; with one, they are of things refused and left out of it.
pub(crate) fn parse(texts: &Texts, origin: Origin, text: &str) -> (Option<Node>, Vec<Fault>) {
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder {
        events: Parser::new_from_str_with_options(text, options),
        texts,
        origin,
        text,
        nodes: 0,
        faults: Vec::new(),
    };
    match builder.stream() {
        Ok(root) => (Some(root), builder.faults),
        Err(Stop) => (None, builder.faults),
    }
}

/// Says that reading cannot go on; the fault is noted already.
struct Stop;

struct Builder<'a> {
    events: Parser<'a, StrInput<'a>>,
    texts: &'a Texts,
    origin: Origin,
    text: &'a str,
    nodes: usize,
    faults: Vec<Fault>,
}

impl<'a> Builder<'a> {
    /// Reads the one document.
    fn stream(&mut self) -> Result<Node, Stop> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if root.is_some() => {
                    let fault = self
                        .fault(span, "a second document begins here")
                        .hint("a spec is one document: write one file a pipeline and leave `---` out");
                    return self.stop(fault);
                }
                Event::DocumentStart(..) => root = Some(self.document(span)?),
                Event::StreamEnd => break,
                _ => {}
            }
        }
        match root {
            Some(root) if !matches!(&root.kind, Kind::Scalar(scalar) if scalar.is_null()) => Ok(root),
            _ => {
                let fault = Fault::of(self.texts.path.display().to_string(), "the spec is empty")
                    .hint("it begins with `version: 1` and `pipeline: <name>`");
                self.stop(fault)
            }
        }
    }

    fn document(&mut self, at: Span) -> Result<Node, Stop> {
        let (event, span) = self.next()?;
        match event {
            Event::DocumentEnd => Ok(Node { span: at, kind: null() }),
            event => self.node(event, span, 0),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Stop> {
        self.nodes += 1;
        if self.nodes > MAX_NODES || depth > MAX_DEPTH {
            let limit = if depth > MAX_DEPTH {
                format!("nested more than {MAX_DEPTH} levels deep")
            } else {
                format!("more than {MAX_NODES} values")
            };
            let fault = self.fault(span, format!("the spec is too large: {limit}"));
            return self.stop(fault);
        }
        match event {
            Event::Scalar(text, style, _, tag) => {
                let scalar = Scalar { text: text.into_owned(), style: style_of(style) };
                // A tag alone is most likely a text that begins with `!`: there is no value to judge.
                let nothing = tag.is_some() && scalar.is_null();
                let kind = if nothing { Kind::Refused } else { Kind::Scalar(scalar) };
                Ok(Node { span, kind })
            }
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => return Ok(Node { span, kind: Kind::List(items) }),
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(style, ..) => {
                let mut entries = Vec::new();
                while let Some(entry) = self.entry(depth)? {
                    entries.extend(entry);
                }
                Ok(Node { span, kind: Kind::Map { entries, braces: style == StructureStyle::Flow } })
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse_alias(span);
                Ok(Node { span, kind: Kind::Refused })
            }
            // Only the kinds above are nodes; a parser that says otherwise is not followed further.
            _ => {
                let fault = self.fault(span, "a value is expected here");
                self.stop(fault)
            }
        }
    }

    /// Reads a key and its value: nothing at the map's end, `Some(None)` for an entry that is refused.
    fn entry(&mut self, depth: usize) -> Result<Option<Option<Entry>>, Stop> {
        let (event, key_span) = self.next()?;
        if event == Event::MappingEnd {
            return Ok(None);
        }
        let key = self.node(event, key_span, depth + 1)?;
        let (event, span) = self.next()?;
        let value = self.node(event, span, depth + 1)?;
        match key.kind {
            Kind::Scalar(scalar) if scalar.text == "<<" && scalar.style == Style::Plain => {
                let fault = self
                    .fault(key_span, "merge keys are not supported")
                    .hint("write the fields out where they are used");
                self.faults.push(fault);
                Ok(Some(None))
            }
            Kind::Scalar(scalar) => Ok(Some(Some(Entry { key: scalar.text, key_span, value }))),
            Kind::Refused => Ok(Some(None)),
            Kind::List(_) | Kind::Map { .. } => {
                let fault = self
                    .fault(key_span, "a key must be text, found a list or a map")
                    .hint("braces and brackets begin a map and a list: put text that holds them in quotes");
                self.faults.push(fault);
                Ok(Some(None))
            }
        }
    }

    /// Takes the next event; anchors are refused on the way.
    fn next(&mut self) -> Result<(Event<'a>, Span), Stop> {
        loop {
            match self.events.next_event() {
                Some(Ok((Event::Anchor(..), span))) => {
                    let span = self.span(&span);
                    let fault = self
                        .fault(span, "anchors and aliases are not supported")
                        .hint("write the value out where it is used")
                        .hint("text that begins with `&` must stand in quotes");
                    self.faults.push(fault);
                }
                Some(Ok((event, span))) => {
                    if let Some(tag) = span.tag_span() {
                        self.refuse_tag(self.span(&tag));
                    }
                    return Ok((event, self.span(&span)));
                }
                Some(Err(error)) => {
                    let trouble = syntax::explain(self.text, &error);
                    let span = self.point(trouble.byte);
                    let fault = self.fault(span, trouble.message).hints(trouble.hints);
                    return self.stop(fault);
                }
                None => return Ok((Event::StreamEnd, self.point(self.text.len()))),
            }
        }
    }

    fn refuse_tag(&mut self, span: Span) {
        let fault = self
            .fault(span, "YAML tags are not supported")
            .hint("text that begins with `!` must stand in quotes");
        self.faults.push(fault);
    }

    fn refuse_alias(&mut self, span: Span) {
        let name = self.text.get(span.start..span.end).unwrap_or("*");
        let fault = self
            .fault(span, format!("`{}` is a YAML alias, which a spec cannot use", shown(name)))
            .hint("text that begins with `*` must stand in quotes");
        self.faults.push(fault);
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        let byte = |marker: &Marker| marker.byte_offset().unwrap_or(self.text.len());
        Span {
            origin: self.origin,
            place: Place { line: span.start.line(), column: span.start.col() + 1 },
            start: byte(&span.start),
            end: byte(&span.end),
        }
    }

    fn point(&self, byte: usize) -> Span {
        let place = crate::texts::place_of(self.text, byte);
        Span { origin: self.origin, place, start: byte, end: byte }
    }

    fn fault(&self, span: Span, message: impl Into<String>) -> Fault {
        self.texts.fault::<&str>(span, &[], message)
    }

    fn stop<T>(&mut self, fault: Fault) -> Result<T, Stop> {
        self.faults.push(fault);
        Err(Stop)
    }
}

/// What a missing value is read as.
pub(crate) fn null() -> Kind {
    Kind::Scalar(Scalar { text: String::new(), style: Style::Plain })
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}
