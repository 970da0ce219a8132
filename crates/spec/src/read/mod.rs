//! Tree to values: checks a tree against the shape of a spec and finds all that does not fit.
//!
//! What does not fit is reported, then mended in the tree (a misspelt key is taken for the key it
//! resembles, a wrong value for a placeholder), so that the rest of the spec is judged in the same
//! run. The paths of what was mended are kept: nothing more is said about them.

mod record;
mod scalar;

use serde_json::Value;

use crate::environment::Environment;
use crate::excerpt::shown;
use crate::fault::Fault;
use crate::node::{Kind, Node, Origin, Span};
use crate::shape::{Form, Shape};
use crate::texts::Texts;

/// A key's path, an item of a list as its index.
pub(crate) type Path = Vec<String>;

/// What came of reading a tree.
pub(crate) struct Outcome {
    /// The spec as JSON, variables replaced.
    pub(crate) value: Value,
    pub(crate) faults: Vec<Fault>,
    /// Paths at which a placeholder stands, or something was left out.
    pub(crate) broken: Vec<Path>,
    /// Whether the environment was asked for anything.
    pub(crate) variables: bool,
}

/// Reads a whole tree.
pub(crate) fn read(texts: &Texts, environment: Environment<'_>, root: &mut Node, shape: &Shape) -> Outcome {
    let mut reader = Reader {
        texts,
        environment,
        faults: Vec::new(),
        broken: Vec::new(),
        path: Vec::new(),
        variables: false,
    };
    let top = Span { end: root.span.start, ..root.span };
    let value = reader.value(root, top, shape);
    Outcome { value, faults: reader.faults, broken: reader.broken, variables: reader.variables }
}

struct Reader<'a> {
    texts: &'a Texts,
    environment: Environment<'a>,
    faults: Vec<Fault>,
    broken: Vec<Path>,
    path: Path,
    variables: bool,
}

impl Reader<'_> {
    /// Reads one node; `owner` is where its key stands.
    fn value(&mut self, node: &mut Node, owner: Span, shape: &Shape) -> Value {
        match (shape, &mut node.kind) {
            (Shape::Optional(_), Kind::Scalar(scalar)) if scalar.is_null() => Value::Null,
            (Shape::Optional(inner), _) => self.value(node, owner, inner),
            (Shape::Either(shapes), kind) => match shapes.iter().find(|shape| takes(shape, kind)) {
                Some(Shape::Scalar(form)) => self.scalar(node, owner, &Shape::Scalar(*form), shape),
                Some(shape) => self.value(node, owner, shape),
                None => self.misfit(node, owner, shape),
            },
            (Shape::Record(fields), Kind::Map { entries, braces }) => {
                self.record(entries, *braces, owner, fields)
            }
            (Shape::Variants(variants), Kind::Map { entries, .. }) => {
                self.variant(entries, owner, shape, variants)
            }
            (Shape::Map(values), Kind::Map { entries, .. }) => self.map(entries, values),
            (Shape::List(items), Kind::List(nodes)) => nodes
                .iter_mut()
                .enumerate()
                .map(|(index, node)| {
                    let span = node.span;
                    self.within(index.to_string(), |reader| reader.value(node, span, items))
                })
                .collect(),
            (Shape::Words(_) | Shape::Scalar(_), Kind::Scalar(_)) => self.scalar(node, owner, shape, shape),
            _ => self.misfit(node, owner, shape),
        }
    }

    /// Reports a node of the wrong kind.
    fn misfit(&mut self, node: &Node, owner: Span, shape: &Shape) -> Value {
        let (span, found) = match &node.kind {
            // `null` and `~` stand for nothing, but may be meant as text.
            Kind::Scalar(scalar) if scalar.is_null() && node.span.end > node.span.start => {
                (node.span, format!("nothing, which is what `{}` means without quotes", scalar.text))
            }
            Kind::Refused => return self.mend(shape),
            Kind::Scalar(scalar) if scalar.is_null() => (owner, "nothing".to_owned()),
            Kind::Scalar(scalar) => (node.span, scalar::found(scalar)),
            Kind::List(_) => (owner, "a list".to_owned()),
            Kind::Map { .. } => (owner, "a map".to_owned()),
        };
        let message = format!("expected {}, found {found}", shape.expected());
        let fault = self.texts.fault(span, &self.path, message).hints(kind_hint(shape, node));
        self.faults.push(fault);
        self.mend(shape)
    }

    /// Notes that what stands here is no longer what the spec says.
    fn mend(&mut self, shape: &Shape) -> Value {
        self.broken.push(self.path.clone());
        shape.placeholder()
    }

    fn within<T>(&mut self, step: String, work: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = work(self);
        self.path.pop();
        result
    }
}

/// Tells whether a kind of node is of the kind that a shape asks for.
fn takes(shape: &Shape, kind: &Kind) -> bool {
    match shape {
        Shape::Record(_) | Shape::Variants(_) | Shape::Map(_) => matches!(kind, Kind::Map { .. }),
        Shape::List(_) => matches!(kind, Kind::List(_)),
        Shape::Either(shapes) => shapes.iter().any(|shape| takes(shape, kind)),
        Shape::Optional(shape) => takes(shape, kind),
        Shape::Words(_) | Shape::Scalar(_) => matches!(kind, Kind::Scalar(scalar) if !scalar.is_null()),
    }
}

/// Says how to write what was meant, where that can be guessed.
fn kind_hint(shape: &Shape, node: &Node) -> Option<String> {
    let text = match &node.kind {
        Kind::Scalar(scalar) if scalar.is_null() && node.span.end > node.span.start => {
            return matches!(shape, Shape::Scalar(Form::Text))
                .then(|| format!("write `\"{}\"` if it is meant as text", scalar.text));
        }
        Kind::Scalar(scalar) if !scalar.is_null() => shown(&scalar.text),
        _ => return None,
    };
    match shape {
        Shape::List(_) => Some(format!("write `[{text}]` for a list of one")),
        Shape::Variants(variants) if variants.iter().any(|(name, _)| *name == text) => {
            Some(format!("write `{{{text}: {{}}}}`"))
        }
        _ => None,
    }
}

/// Says where something stands that another message refers to.
fn where_is(span: Span) -> String {
    match span.origin {
        Origin::File => format!("on line {}", span.place.line),
        Origin::Override(_) => "in an override".to_owned(),
    }
}
