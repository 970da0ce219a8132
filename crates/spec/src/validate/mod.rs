//! What a spec must keep beyond its shape: names, references, ranges.

mod decide;
mod features;
mod names;
mod score;
mod sources;

use std::collections::BTreeSet;

use crate::environment::has_variable;
use crate::excerpt::shown;
use crate::fault::Fault;
use crate::node::Node;
use crate::read::Path;
use crate::suggest::did_you_mean;
use crate::texts::Texts;
use crate::types::Spec;

/// Finds all that is wrong with a spec whose shape is right.
///
/// `broken` are paths at which the spec was mended: what concerns them was said already.
pub(crate) fn validate(spec: &Spec, texts: &Texts, root: &Node, broken: &[Path]) -> Vec<Fault> {
    let broken = broken.iter().map(Vec::as_slice).collect();
    let mut check = Check { texts, root, broken, faults: Vec::new() };
    names::check(&mut check, spec);
    sources::check(&mut check, spec);
    features::check(&mut check, spec);
    score::check(&mut check, spec);
    check.faults
}

/// Gathers faults of one spec.
struct Check<'a> {
    texts: &'a Texts,
    root: &'a Node,
    broken: BTreeSet<&'a [String]>,
    faults: Vec<Fault>,
}

impl Check<'_> {
    /// Reports what is wrong with the value at a path.
    fn value<H>(&mut self, path: &[&str], message: impl Into<String>, hints: H)
    where
        H: IntoIterator<Item = String>,
    {
        if !self.is_broken(path) {
            let span = self.root.follow(path).span();
            self.faults.push(self.texts.fault(span, path, message).hints(hints));
        }
    }

    /// Reports what is wrong with the key at a path.
    fn key<H>(&mut self, path: &[&str], message: impl Into<String>, hints: H)
    where
        H: IntoIterator<Item = String>,
    {
        if !self.is_broken(path) {
            let span = self.root.follow(path).key_span();
            self.faults.push(self.texts.fault(span, path, message).hints(hints));
        }
    }

    /// Tells whether a path, or anything on the way to it, was mended.
    fn is_broken(&self, path: &[&str]) -> bool {
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        (0..=path.len()).any(|length| self.broken.contains(&path[..length]))
    }

    /// Returns which items of a list equal an earlier one, as the step of each and what the file has there.
    fn repeated<T: Ord>(&self, path: &[&str], items: impl IntoIterator<Item = T>) -> Vec<(String, String)> {
        let mut seen = BTreeSet::new();
        let mut repeated = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let step = index.to_string();
            let full = [path, &[step.as_str()]].concat();
            // A placeholder equals nothing.
            if !self.is_broken(&full) && !seen.insert(item) {
                let quoted = self.quoted(&full, "");
                repeated.push((step, quoted));
            }
        }
        repeated
    }

    /// Returns a value as the file has it, which is what a message may quote.
    fn quoted(&self, path: &[&str], value: &str) -> String {
        shown(self.written(path).unwrap_or(value))
    }

    /// Suggests one of several words for a value; nothing if a variable stands for it.
    fn suggestion<'w>(
        &self,
        path: &[&str],
        value: &str,
        words: impl IntoIterator<Item = &'w str>,
    ) -> Option<String> {
        let secret = self.written(path).is_some_and(has_variable);
        if secret { None } else { did_you_mean(value, words) }
    }

    fn written(&self, path: &[&str]) -> Option<&str> {
        let found = self.root.follow(path);
        found.node.scalar().filter(|_| found.complete).map(|scalar| scalar.text.as_str())
    }

    /// Reports a text that is empty.
    fn filled(&mut self, path: &[&str], text: &str) {
        if text.trim().is_empty() {
            self.value(path, format!("`{}` is empty", path.last().unwrap_or(&"")), None);
        }
    }
}
