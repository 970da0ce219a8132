//! Which cutoffs are learned from and which are judged on, always in the order of time.

use chrono::{Days, NaiveDate};
use foretell_spec::Target;

/// What a model may learn from as of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    /// Cutoffs to train on, ascending; each one's horizon has ended by the validation cutoff.
    pub(crate) train: Vec<NaiveDate>,
    /// The newest cutoff whose horizon has ended by the day.
    pub(crate) validation: NaiveDate,
    /// Says that no cutoff ended before the validation cutoff, so that training takes two thirds of the
    /// customers of all matured cutoffs and validation the others at its own.
    pub(crate) by_customer: bool,
}

/// The end of the horizon that begins after `cutoff`.
pub(crate) fn matures(target: &Target, cutoff: NaiveDate) -> NaiveDate {
    cutoff + Days::new(u64::from(target.gap.0) + u64::from(target.horizon.0))
}

/// What can be learned as of `day`; `None` where no horizon has ended by then.
pub(crate) fn as_of(target: &Target, cutoffs: &[NaiveDate], day: NaiveDate) -> Option<Split> {
    let matured = |by: NaiveDate| cutoffs.iter().copied().filter(move |c| matures(target, *c) <= by);
    let validation = matured(day).max()?;
    let train: Vec<NaiveDate> = matured(validation).collect();
    if train.is_empty() {
        return Some(Split { train: matured(day).collect(), validation, by_customer: true });
    }
    Some(Split { train, validation, by_customer: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use foretell_spec::{Outcome, values};

    fn target(gap: u32, horizon: u32) -> Target {
        Target {
            eligible: None,
            outcome: Outcome { from: "transactions".into(), condition: None, having: "count(*) = 0".into() },
            gap: values::Days(gap),
            horizon: values::Days(horizon),
            decide: None,
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn months() -> Vec<NaiveDate> {
        (1..=12).map(|m| NaiveDate::from_ymd_opt(2011, m, 10).unwrap()).collect()
    }

    #[test]
    fn horizons_end_before_the_next_cutoff_that_judges() {
        let target = target(0, 90);
        let split = as_of(&target, &months(), day("2011-12-10")).unwrap();
        assert_eq!(split.validation, day("2011-09-10"));
        assert_eq!(split.train.last(), Some(&day("2011-06-10")));
        assert!(split.train.iter().all(|c| matures(&target, *c) <= split.validation));
        assert!(!split.by_customer);
    }

    #[test]
    fn a_gap_counts_as_horizon() {
        let split = as_of(&target(10, 80), &months(), day("2011-12-10")).unwrap();
        assert_eq!(split, as_of(&target(0, 90), &months(), day("2011-12-10")).unwrap());
    }

    #[test]
    fn too_little_history_falls_back_to_other_customers() {
        let split = as_of(&target(0, 90), &months()[..2], day("2011-05-20")).unwrap();
        assert!(split.by_customer);
        assert_eq!(split.validation, day("2011-02-10"));
        assert_eq!(split.train, vec![day("2011-01-10"), day("2011-02-10")]);
    }

    #[test]
    fn nothing_matured_is_nothing_to_learn_from() {
        assert_eq!(as_of(&target(0, 90), &months(), day("2011-03-01")), None);
    }
}
