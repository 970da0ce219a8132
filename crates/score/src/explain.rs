//! Which behaviours a model's statements rest on: by feature, by group of near copies, by family, by source.

use std::collections::BTreeMap;

use foretell_engine::Result;
use foretell_learn::{Influences, Refits, influence};

use crate::dataset::{Dataset, learn_error};
use crate::fit::Fitted;
use crate::report::FamilyShare;
use crate::tables::{Shared, SharedBy};
use crate::target::Job;

/// The influences within one model, as two tables hold them.
pub(crate) struct Explained {
    pub(crate) features: Vec<Shared>,
    pub(crate) groups: Vec<SharedBy>,
}

impl Job<'_> {
    /// Shares out what a model says of the rows it is judged on.
    ///
    /// `groups` holds for each of its columns the one whose group of near copies it is in.
    pub(crate) fn explain(
        &self,
        fitted: &Fitted,
        rows: &Dataset,
        groups: &[usize],
        refits: &Refits,
    ) -> Result<Explained> {
        let columns = fitted.model.columns();
        let x = rows.x.take_columns(columns).map_err(learn_error)?;
        // Each customer is in a cutoff once, so each is a group of its own.
        let customers: Vec<usize> = (0..x.rows()).collect();
        let seed = self.loaded.spec.score.seed;
        let found = influence(fitted.model.as_ref(), &x, &customers, seed, refits).map_err(learn_error)?;
        let model = fitted.kind.name();
        // The strongest comes first, so it names its group.
        let mut names: BTreeMap<usize, &str> = BTreeMap::new();
        for one in &found.features {
            if let (Some(group), Some(name)) = (groups.get(one.feature), columns.get(one.feature)) {
                names.entry(*group).or_insert(name);
            }
        }
        let name_of = |column: usize| {
            let group = groups.get(column).and_then(|group| names.get(group).copied());
            group.or(columns.get(column).map(String::as_str)).unwrap_or_default().to_owned()
        };
        let mut features = Vec::with_capacity(found.features.len());
        for one in &found.features {
            let Some(feature) = columns.get(one.feature).cloned() else { continue };
            let family = self.family(&feature);
            features.push(Shared { model, family, group: name_of(one.feature), feature, influence: *one });
        }
        let mut shared = Vec::new();
        if !features.is_empty() {
            let family = |column: usize| self.family(&columns[column]);
            let source = |column: usize| self.about.source(&columns[column]).to_owned();
            shared.extend(shared_by(model, "family", columns.len(), &found, family));
            shared.extend(shared_by(model, "source", columns.len(), &found, source));
            shared.extend(shared_by(model, "group", columns.len(), &found, name_of));
        }
        Ok(Explained { features, groups: shared })
    }
}

/// Adds up the shares of columns of one name, largest first.
fn shared_by(
    model: &'static str,
    kind: &'static str,
    width: usize,
    found: &Influences,
    name: impl Fn(usize) -> String,
) -> Vec<SharedBy> {
    let mut members: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for column in 0..width {
        members.entry(name(column)).or_default().push(column);
    }
    let mut all: Vec<SharedBy> = members
        .into_iter()
        .map(|(name, columns)| SharedBy {
            model,
            kind,
            name,
            features: columns.len(),
            share: found.of(&columns),
            rank: 0,
        })
        .collect();
    all.sort_by(|a, b| b.share.share.total_cmp(&a.share.share));
    for (place, one) in all.iter_mut().enumerate() {
        one.rank = place + 1;
    }
    all
}

/// The families of one model, largest share first.
pub(crate) fn families(groups: &[SharedBy], model: &str) -> Vec<FamilyShare> {
    let of_model = groups.iter().filter(|g| g.model == model && g.kind == "family");
    of_model.map(|g| FamilyShare { family: g.name.clone(), share: g.share.share }).collect()
}
