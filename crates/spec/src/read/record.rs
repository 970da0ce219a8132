//! Maps: unknown, missing, misspelt and repeated keys.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Reader, where_is};
use crate::excerpt::shown;
use crate::node::{Entry, Kind, Span};
use crate::shape::{Field, Shape};
use crate::suggest::{listed, nearest};

impl Reader<'_> {
    /// Reads a map with fixed keys.
    pub(super) fn record(
        &mut self,
        entries: &mut Vec<Entry>,
        braces: bool,
        owner: Span,
        fields: &[Field],
    ) -> Value {
        self.repeated(entries);
        self.unknown(entries, braces, fields);
        let mut object = Map::new();
        for field in fields {
            match entries.iter_mut().find(|entry| entry.key == field.name) {
                Some(entry) => {
                    let value = self.within(field.name.clone(), |reader| {
                        reader.value(&mut entry.value, entry.key_span, &field.shape)
                    });
                    object.insert(field.name.clone(), value);
                }
                None if field.required => {
                    let message = format!("missing field `{}`", field.name);
                    let fault = self.texts.fault(owner, &self.path, message).hint(format!(
                        "add `{}`: {}",
                        field.name,
                        field.shape.expected()
                    ));
                    self.faults.push(fault);
                    let value = self.within(field.name.clone(), |reader| reader.mend(&field.shape));
                    object.insert(field.name.clone(), value);
                }
                None => {}
            }
        }
        Value::Object(object)
    }

    /// Reads a map with free keys.
    pub(super) fn map(&mut self, entries: &mut Vec<Entry>, shape: &Shape) -> Value {
        self.repeated(entries);
        entries
            .iter_mut()
            .map(|entry| {
                let value = self.within(entry.key.clone(), |reader| {
                    reader.value(&mut entry.value, entry.key_span, shape)
                });
                (entry.key.clone(), value)
            })
            .collect()
    }

    /// Reads a map with exactly one of several keys.
    pub(super) fn variant(
        &mut self,
        entries: &mut Vec<Entry>,
        owner: Span,
        whole: &Shape,
        variants: &[(String, Shape)],
    ) -> Value {
        self.repeated(entries);
        let fields: Vec<Field> = variants
            .iter()
            .map(|(name, shape)| Field { name: name.clone(), shape: shape.clone(), required: false })
            .collect();
        let before = self.faults.len();
        self.unknown(entries, false, &fields);
        match entries.as_mut_slice() {
            [_] => self.record(entries, false, owner, &fields),
            [] if self.faults.len() > before => self.mend(whole),
            [] => {
                let message = format!("expected {}, found none", whole.expected());
                let fault = self.texts.fault(owner, &self.path, message);
                self.faults.push(fault);
                self.mend(whole)
            }
            [first, second, ..] => {
                let message = format!("`{}` and `{}` exclude each other", first.key, second.key);
                let fault = self.texts.fault(second.key_span, &self.path, message).hint("keep one of them");
                self.faults.push(fault);
                self.mend(whole)
            }
        }
    }

    /// Reports every key that came before in the same map, and leaves the first one.
    fn repeated(&mut self, entries: &mut Vec<Entry>) {
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        let mut broken = Vec::new();
        entries.retain(|entry| {
            let Some(earlier) = first.get(&entry.key) else {
                first.insert(entry.key.clone(), entry.key_span);
                return true;
            };
            let key = shown(&entry.key);
            let mut path = self.path.clone();
            path.push(entry.key.clone());
            let fault = self
                .texts
                .fault(entry.key_span, &path, format!("`{key}` is given twice"))
                .hint(format!("the first is {}: keep one of them", where_is(*earlier)));
            self.faults.push(fault);
            broken.push(path);
            false
        });
        self.broken.extend(broken);
    }

    /// Reports every key that is none of the fields; takes it for the missing field it resembles, or out.
    fn unknown(&mut self, entries: &mut Vec<Entry>, braces: bool, fields: &[Field]) {
        let known = |key: &str| fields.iter().any(|field| field.name == key);
        let mut present: Vec<String> =
            entries.iter().map(|entry| entry.key.clone()).filter(|key| known(key)).collect();
        let names = || fields.iter().map(|field| field.name.as_str());
        let faults = &mut self.faults;
        let (texts, here) = (self.texts, &self.path);
        entries.retain_mut(|entry| {
            if known(&entry.key) {
                return true;
            }
            let missing = nearest(&entry.key, names().filter(|name| !present.iter().any(|key| key == name)));
            let meant = missing.or_else(|| nearest(&entry.key, names()));
            let mut path = here.clone();
            path.push(entry.key.clone());
            let cut = braces && matches!(&entry.value.kind, Kind::Scalar(scalar) if scalar.is_null());
            let hint = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if cut => "a comma in braces ends a value: put text that holds one in quotes".to_owned(),
                None => format!("known here: {}", listed(names())),
            };
            let message = format!("unknown field `{}`", shown(&entry.key));
            faults.push(texts.fault(entry.key_span, &path, message).hint(hint));
            match missing {
                Some(name) => {
                    present.push(name.to_owned());
                    entry.key = name.to_owned();
                    true
                }
                None => false,
            }
        });
    }
}
