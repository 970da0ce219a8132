//! From a file to a spec, or to all that is wrong with it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::Value;

use crate::digest::digest_of;
use crate::environment::Environment;
use crate::fault::{Fault, Faults, Place};
use crate::node::{Node, Origin, Span};
use crate::read;
use crate::shape::Shape;
use crate::texts::{Texts, place_of};
use crate::types::Spec;
use crate::validate::validate;
use crate::within::inside;
use crate::{overrides, yaml};

/// A spec that holds together, and where in its file everything stands.
///
/// Its `Debug` form names the file only, because a spec can hold secrets from the environment.
#[derive(Clone)]
pub struct Loaded {
    /// The spec, variables and overrides put in.
    pub spec: Spec,
    texts: Texts,
    root: Node,
}

/// Reads the spec at `path`.
///
/// `overrides` are `key.path=value`, applied in their order; `environment` looks up what `${VAR}`
/// stands for.
///
/// # Errors
/// Returns all faults at once: of kind `InputMissing` if the file cannot be read, else `BadSpec`.
pub fn load(path: &Path, overrides: &[String], environment: Environment<'_>) -> Result<Loaded, Faults> {
    let name = path.display().to_string();
    let bytes = read_bytes(path).map_err(|error| unreadable(&name, &error))?;
    if bytes.len() > yaml::MAX_BYTES {
        return Err(too_large(&name));
    }
    match String::from_utf8(bytes) {
        Ok(text) => parse(path, text, overrides, environment),
        Err(error) => {
            let (text, valid) = (error.as_bytes(), error.utf8_error().valid_up_to());
            // The excerpt shows the line as far as it can be read.
            let text = String::from_utf8_lossy(text);
            let fault = Fault::in_text(&name, &text, place_of(&text, valid), "this byte is not UTF-8");
            Err(fault.hint("save the file with the encoding UTF-8").into())
        }
    }
}

/// Reads a file, or as much of it as shows that it is too large.
fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(yaml::MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(name: &str, error: &io::Error) -> Faults {
    let (message, hint) = match error.kind() {
        io::ErrorKind::NotFound => ("no such file".to_owned(), "check the path of the spec"),
        io::ErrorKind::IsADirectory => {
            ("this is a directory, not a spec".to_owned(), "name the YAML file in it")
        }
        io::ErrorKind::PermissionDenied => {
            ("this file may not be read".to_owned(), "check who owns it and its permissions")
        }
        _ => (format!("this file cannot be read: {error}"), "check the path of the spec"),
    };
    Faults::input_missing(Fault::of(name, message).hint(hint))
}

fn too_large(name: &str) -> Faults {
    let message = format!("the file is too large: a spec has at most {} bytes", yaml::MAX_BYTES);
    Fault::of(name, message).hint("is this the spec, or a data file?").into()
}

/// Reads a spec from text that is at hand; `path` is the name to print in faults.
///
/// # Errors
/// Returns all faults at once.
pub fn parse(
    path: &Path,
    text: impl Into<String>,
    overrides: &[String],
    environment: Environment<'_>,
) -> Result<Loaded, Faults> {
    let texts = Texts { path: path.to_owned(), file: text.into(), overrides: overrides.to_vec() };
    let name = path.display().to_string();
    if texts.file.len() > yaml::MAX_BYTES {
        return Err(too_large(&name));
    }
    let (root, mut faults) = yaml::parse(&texts, Origin::File, &texts.file);
    let Some(mut root) = root else {
        return Err(Faults::bad_spec(faults));
    };
    faults.extend(overrides::apply(&texts, &mut root));
    let shape = Shape::of_spec().map_err(|message| Fault::of(&name, format!("the schema has {message}")))?;
    let outcome = read::read(&texts, environment, &mut root, &shape);
    faults.extend(outcome.faults);
    match typed(&outcome.value) {
        Ok(spec) => {
            faults.extend(validate(&spec, &texts, &root, &outcome.broken));
            if faults.is_empty() {
                return Ok(Loaded { spec, texts, root });
            }
        }
        Err((path, message)) if faults.is_empty() => {
            // Serde quotes values, and one of them may be a secret.
            let message = if outcome.variables { "a value does not fit".to_owned() } else { message };
            faults.push(texts.fault(root.follow(&path).span(), &path, message));
        }
        Err(_) => {}
    }
    Err(Faults::bad_spec(faults))
}

/// Turns the values into a spec; an error is a path and what is wrong there.
fn typed(value: &Value) -> Result<Spec, (Vec<String>, String)> {
    let value = serde_yaml::to_value(value).map_err(|error| (Vec::new(), error.to_string()))?;
    let mut track = serde_path_to_error::Track::new();
    let reader = serde_path_to_error::Deserializer::new(value, &mut track);
    // An enum is a map of one key here, as in `format: {csv: {…}}`, and not a YAML tag.
    let read = serde_yaml::with::singleton_map_recursive::deserialize(reader);
    read.map_err(|error| {
        let path = track.path();
        let path = path.iter().filter_map(|step| match step {
            serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
            serde_path_to_error::Segment::Map { key } => Some(key.clone()),
            serde_path_to_error::Segment::Enum { variant } => Some(variant.clone()),
            serde_path_to_error::Segment::Unknown => None,
        });
        (path.collect(), error.to_string())
    })
}

impl Loaded {
    /// Returns the path of the spec's file.
    pub fn path(&self) -> &Path {
        self.texts.path()
    }

    /// Returns the file's own text, in which variables are still variables: fit for a manifest.
    pub fn text(&self) -> &str {
        &self.texts.file
    }

    /// Returns where a value stands, or its key if the value is a map or a list.
    ///
    /// A step is a key or the index of a list's item: `["sources", "transactions", "rules", "1"]`.
    /// Nothing is returned for what the file does not say, or an override says instead.
    pub fn position(&self, path: &[&str]) -> Option<Place> {
        let found = self.root.follow(path);
        let span = found.span();
        (found.complete && span.origin == Origin::File).then_some(span.place)
    }

    /// Makes a fault at a path; where the file does not say it, at the nearest key above.
    pub fn fault(&self, path: &[&str], message: impl Into<String>) -> Fault {
        self.texts.fault(self.root.follow(path).span(), path, message)
    }

    /// Makes a fault inside a text value, such as a fault in SQL.
    ///
    /// `line` and `column` count from one within the value. Where they cannot be found in the file
    /// (folded text, or behind a variable) the fault is at the value's beginning.
    pub fn fault_inside(
        &self,
        path: &[&str],
        line: usize,
        column: usize,
        message: impl Into<String>,
    ) -> Fault {
        let found = self.root.follow(path);
        let exact: Option<Span> =
            found.complete.then(|| inside(&self.texts, found.node, line, column)).flatten();
        self.texts.fault(exact.unwrap_or_else(|| found.span()), path, message)
    }

    /// Returns the digest of the whole spec, with what variables and overrides put into it.
    pub fn digest(&self) -> String {
        digest_of(&self.spec)
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("path", &self.texts.path).finish_non_exhaustive()
    }
}
