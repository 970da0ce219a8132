//! `--set key.path=value`: values that a command line puts into a spec.

use crate::excerpt::shown;
use crate::fault::{Fault, Place};
use crate::node::{Entry, Kind, Node, Origin, Scalar, Span, Style, written};
use crate::suggest::listed;
use crate::texts::Texts;
use crate::yaml;

/// Puts every override into the tree, in their order.
///
/// A value is replaced whole; keys on the way that are not there are made.
pub(crate) fn apply(texts: &Texts, root: &mut Node) -> Vec<Fault> {
    let mut faults = Vec::new();
    for index in 0..texts.overrides.len() {
        if let Err(more) = apply_one(texts, index, root) {
            faults.extend(more);
        }
    }
    faults
}

fn apply_one(texts: &Texts, index: usize, root: &mut Node) -> Result<(), Vec<Fault>> {
    let text = texts.overrides.get(index).map_or("", String::as_str);
    let span = Span {
        origin: Origin::Override(index),
        place: Place { line: 1, column: 1 },
        start: 0,
        end: text.len(),
    };
    let fail = |message: String| vec![texts.fault::<&str>(span, &[], message)];
    let (path, value) = text
        .split_once('=')
        .map(|(path, value)| (path.trim(), value.trim()))
        .filter(|(path, _)| !path.is_empty())
        .ok_or_else(|| {
            let fault = fail("an override is written `key.path=value`".to_owned());
            fault.into_iter().map(|fault| fault.hint("such as `score.seed=7`")).collect::<Vec<_>>()
        })?;
    let path = steps(path).ok_or_else(|| fail(format!("`{}` is no path to a key", shown(path))))?;
    let value = read_value(texts, span, value)?;
    insert(root, &path, value, span).map_err(fail)
}

/// Splits `sources.transactions.rules[1].where` into its steps.
fn steps(path: &str) -> Option<Vec<String>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, indexes) = part.split_once('[').map_or((part, None), |(key, rest)| (key, Some(rest)));
        if key.is_empty() {
            return None;
        }
        steps.push(key.to_owned());
        if let Some(indexes) = indexes {
            for index in indexes.strip_suffix(']')?.split("][") {
                index.parse::<usize>().ok()?;
                steps.push(index.to_owned());
            }
        }
    }
    Some(steps)
}

/// Reads a value: lists, maps and quoted texts as YAML, everything else as it stands, so that a
/// shell word such as `*.csv` needs no second layer of quotes.
fn read_value(texts: &Texts, span: Span, value: &str) -> Result<Node, Vec<Fault>> {
    if !value.starts_with(['[', '{', '"', '\'']) {
        let scalar = Scalar { text: value.to_owned(), style: Style::Plain };
        return Ok(Node { span, kind: Kind::Scalar(scalar) });
    }
    let (node, faults) = yaml::parse(texts, span.origin, value);
    node.filter(|_| faults.is_empty()).ok_or(faults)
}

fn insert(root: &mut Node, path: &[String], value: Node, span: Span) -> Result<(), String> {
    let mut node = root;
    for (depth, step) in path.iter().enumerate() {
        let place = written(&path[..depth]);
        if matches!(&node.kind, Kind::Scalar(scalar) if scalar.is_null()) {
            node.kind = Kind::Map { entries: Vec::new(), braces: false };
        }
        node = match &mut node.kind {
            Kind::Map { entries, .. } => {
                let index = match entries.iter().position(|entry| entry.key == *step) {
                    Some(index) => index,
                    None => {
                        let value = Node { span, kind: yaml::null() };
                        entries.push(Entry { key: step.clone(), key_span: span, value });
                        entries.len() - 1
                    }
                };
                // The entry takes the override's place, for it is the override that gave it its value.
                let entry = &mut entries[index];
                if depth + 1 == path.len() {
                    entry.key_span = span;
                }
                &mut entry.value
            }
            Kind::List(items) => {
                let count = items.len();
                step.parse::<usize>().ok().and_then(|index| items.get_mut(index)).ok_or_else(|| {
                    format!(
                        "`{place}` is a list of {count}: {} is none of its items",
                        listed([step.as_str()])
                    )
                })?
            }
            Kind::Scalar(_) | Kind::Refused => {
                return Err(format!("`{place}` is a single value: it has no {}", listed([step.as_str()])));
            }
        };
    }
    *node = value;
    Ok(())
}
