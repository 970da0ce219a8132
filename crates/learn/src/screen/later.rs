//! Fields that are written after the outcome: they know at old cutoffs what nobody knew then.

use super::classes::ClassCounts;
use super::counts::{Mark, Share};
use super::rows::Rows;
use super::{ScreenInput, ScreenReason};

/// Customers to be scored at least, for their lack of a field to say something.
const ENOUGH: f64 = 30.0;

/// A field that does not change with the cutoff: how many times rarer it is where the outcome is open, and
/// how many times as frequent in one class, at least.
const FIXED: (f64, f64) = (4.0, 1.5);

/// The same for a field that changes; seasons move those.
const MOVING: (f64, f64) = (5.0, 4.0);

/// How many times rarer a field is that is written no more, whatever its class.
const GONE: f64 = 20.0;

/// How many times rarer than at each single training cutoff, so that a season is no leak.
const THAN_ANY: f64 = 2.0;

/// Share of the others, at least, who have what only those like them can have.
const OTHERS: f64 = 0.2;

/// How many times as often the others have it as the eligible who stay so.
const MORE_OFTEN: f64 = 20.0;

/// Of the eligible who have it, the share of positives at least, at the lower bound.
const PRECISE: f64 = 0.6;

/// Finds what was there at the training cutoffs and is not where the outcome is still to come.
pub(super) fn filled_later(
    column: usize,
    counts: &ClassCounts,
    input: &ScreenInput<'_>,
) -> Option<(ScreenReason, String)> {
    Mark::ALL.into_iter().find_map(|mark| {
        let now = input.scoring.share(column, mark);
        is_later(mark, counts, now).then(|| {
            let evidence = format!(
                "{} for {} to whom it happened and {} to whom it did not at the training cutoffs, but for {} at the \
                 cutoff to be scored",
                mark.words(true),
                counts.of(mark, true).words(),
                counts.of(mark, false).words(),
                now.words(),
            );
            (ScreenReason::FilledLater, evidence)
        })
    })
}

fn is_later(mark: Mark, counts: &ClassCounts, now: Share) -> bool {
    if now.n < ENOUGH {
        return false;
    }
    let then = counts.both(mark);
    let (rarer, by_class) = (then.times(now), counts.times(mark));
    let fixed = counts.fixed[mark as usize];
    if fixed && rarer >= FIXED.0 && by_class >= FIXED.1 {
        return true;
    }
    let at_each = |times: f64| {
        let judged: Vec<&Share> = counts.by_cutoff[mark as usize].iter().filter(|s| s.n >= ENOUGH).collect();
        !judged.is_empty() && judged.iter().all(|then| then.times(now) >= times)
    };
    (rarer >= MOVING.0 && by_class >= MOVING.1 && at_each(THAN_ANY))
        || (rarer >= GONE && at_each(2.0 * THAN_ANY))
}

/// Finds what the ineligible have, and of the eligible only those about to become so.
///
/// Only where the outcome ends eligibility for good, as a first purchase does: there such a field says that
/// the outcome has come. For a target that speaks of the others it is a behaviour like any.
pub(super) fn payers_only(
    column: usize,
    counts: &ClassCounts,
    input: &ScreenInput<'_>,
    rows: &Rows,
) -> Option<(ScreenReason, String)> {
    if !rows.ends_eligibility {
        return None;
    }
    Mark::ALL.into_iter().find_map(|mark| {
        let others = input.others.share(column, mark);
        let now = input.scoring.share(column, mark);
        let (negative, positive) = (counts.of(mark, false), counts.of(mark, true));
        // Who stays eligible is best known where nothing can have been written after the fact.
        let stays = if now.n >= ENOUGH && now.high() < negative.high() { now } else { negative };
        let with = Share { hits: positive.hits, n: positive.hits + negative.hits, factor: positive.factor };
        let known_early = with.low() >= PRECISE && positive.times(negative) >= MORE_OFTEN;
        let marks_others = others.low() >= OTHERS && others.times(stays) >= MORE_OFTEN;
        let found = marks_others && (known_early || is_later(mark, counts, now));
        found.then(|| {
            let evidence = format!(
                "{} for {} of those whom the target does not speak of; of the eligible for {} to whom it happened, \
                 {} to whom it did not, and {} at the cutoff to be scored",
                mark.words(true),
                others.words(),
                positive.words(),
                negative.words(),
                now.words(),
            );
            (ScreenReason::PayersOnly, evidence)
        })
    })
}
