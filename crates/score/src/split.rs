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
    /// Earlier validation cutoffs, newest first, each with what was known by then.
    pub(crate) earlier: Vec<Origin>,
    /// Says that no cutoff ended before the validation cutoff, so that training takes two thirds of the
    /// customers of all matured cutoffs and validation the others at its own.
    pub(crate) by_customer: bool,
}

/// A validation cutoff of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The cutoff.
    pub(crate) validation: NaiveDate,
    /// Cutoffs whose horizon had ended by then, ascending.
    pub(crate) train: Vec<NaiveDate>,
}

/// Validation cutoffs beside the same season of the year before.
const RECENT: usize = 3;

/// Days that a cutoff of the year before may be off.
const SEASON: u64 = 16;

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
        return Some(Split {
            train: matured(day).collect(),
            validation,
            earlier: Vec::new(),
            by_customer: true,
        });
    }
    let mut origins: Vec<Origin> = matured(day)
        .filter(|c| *c < validation)
        .map(|c| Origin { validation: c, train: matured(c).collect() })
        // A model that had seen next to nothing is no likeness of the one in use.
        .filter(|origin| !origin.train.is_empty() && 3 * origin.train.len() >= train.len())
        .collect();
    origins.sort_by_key(|origin| std::cmp::Reverse(origin.validation));
    let chosen = several(target, validation, day, &origins);
    let earlier = origins.into_iter().filter(|origin| chosen.contains(&origin.validation)).collect();
    Some(Split { train, validation, earlier, by_customer: false })
}

/// Chooses further validation cutoffs: apart by a horizon, so that each tells of other days; where there are
/// too few of them the nearest others; and the same season of the year before.
fn several(target: &Target, newest: NaiveDate, day: NaiveDate, origins: &[Origin]) -> Vec<NaiveDate> {
    let mut chosen = Vec::new();
    let mut last = newest;
    let cutoffs = || origins.iter().map(|origin| origin.validation);
    for cutoff in cutoffs() {
        if chosen.len() + 1 < RECENT && cutoff + Days::new(u64::from(target.horizon.0)) <= last {
            chosen.push(cutoff);
            last = cutoff;
        }
    }
    for cutoff in cutoffs() {
        if chosen.len() + 1 < RECENT && !chosen.contains(&cutoff) {
            chosen.push(cutoff);
        }
    }
    let year_before = day - Days::new(365);
    let season = cutoffs().min_by_key(|cutoff| (*cutoff - year_before).abs());
    if let Some(season) = season
        && (season - year_before).num_days().unsigned_abs() <= SEASON
        && !chosen.contains(&season)
    {
        chosen.push(season);
    }
    chosen
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
    fn validation_cutoffs_tell_of_different_days_and_of_the_season_a_year_before() {
        let long: Vec<NaiveDate> = (0..24).map(|m| day("2010-01-01") + chrono::Months::new(m)).collect();
        let earlier = |split: &Split| -> Vec<String> {
            split.earlier.iter().map(|origin| origin.validation.to_string()).collect()
        };
        let split = as_of(&target(0, 30), &long, day("2012-01-01")).unwrap();
        assert_eq!(split.validation, day("2011-12-01"));
        assert_eq!(earlier(&split), ["2011-11-01", "2011-10-01", "2011-01-01"]);
        let split = as_of(&target(0, 90), &long, day("2012-01-01")).unwrap();
        assert_eq!(split.validation, day("2011-10-01"));
        assert_eq!(earlier(&split), ["2011-07-01", "2011-04-01", "2011-01-01"]);
        for origin in &split.earlier {
            assert!(!origin.train.is_empty());
            assert!(origin.train.iter().all(|c| matures(&target(0, 90), *c) <= origin.validation));
        }
        // Where horizons do not fit in, the nearest others have to do.
        let split = as_of(&target(0, 90), &months(), day("2011-12-10")).unwrap();
        assert_eq!(earlier(&split), ["2011-08-10", "2011-06-10"]);
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
