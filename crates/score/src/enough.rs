//! Is there enough to learn from? What is missing is said before anything is trained, and what it means.

use foretell_spec::{ModelKind, Target};

use crate::dataset::Dataset;
use crate::split::Split;

/// Outcomes of each kind below which trees only learn the training rows by heart.
const FOR_TREES: usize = 50;

/// Outcomes of each kind, in validation, below which a rate's interval is hardly worth reading.
const FOR_RATES: usize = 30;

/// What there is to learn from, and what that means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Enough {
    /// Models of the spec that are worth training.
    pub(crate) models: Vec<ModelKind>,
    /// What people should know.
    pub(crate) notes: Vec<String>,
}

/// Looks at the rows that a target is learned from.
///
/// Few rows are no reason to refuse: they get simpler models and wider intervals.
pub(crate) fn assess(
    models: &[ModelKind],
    target: &Target,
    split: &Split,
    train: &Dataset,
    validation: &Dataset,
) -> Enough {
    let mut notes = Vec::new();
    let fewest = |rows: &Dataset| {
        let positives = rows.y.iter().filter(|y| **y == 1.0).count();
        (positives, positives.min(rows.y.len() - positives))
    };
    let (positives, rarer) = fewest(train);
    let mut kept = models.to_vec();
    let simple = kept.iter().any(|kind| *kind != ModelKind::Boosted);
    if rarer < FOR_TREES && simple && kept.contains(&ModelKind::Boosted) {
        kept.retain(|kind| *kind != ModelKind::Boosted);
        notes.push(format!(
            "boosted was not trained: it happened to {positives} of {} training rows, and trees need {FOR_TREES} of each \
             kind",
            train.y.len()
        ));
    }
    let (positives, rarer) = fewest(validation);
    if rarer < FOR_RATES {
        notes.push(format!(
            "few outcomes: on the newest validation cutoff it happened to {positives} of {} customers; the intervals are wide",
            validation.y.len()
        ));
    }
    let cutoffs = 1 + split.earlier.len();
    if cutoffs < 3 {
        let horizon = u64::from(target.gap.0) + u64::from(target.horizon.0);
        notes.push(format!(
            "a short history: promises rest on {cutoffs} validation cutoff{}, where three or more show what seasons do; \
             each needs an earlier cutoff {horizon} days before it",
            if cutoffs == 1 { "" } else { "s" }
        ));
    }
    Enough { models: kept, notes }
}
