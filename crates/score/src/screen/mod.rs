//! Which features a model gets to see: the screen's findings, and what the spec wants done about them.

mod tally;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use foretell_engine::{Error, Result};
use foretell_learn::{RankCorrelations, ScreenInput, Screening, screen};
use foretell_spec::{OnSuspect, Target};
use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, Reader, learn_error};
use crate::report::TargetReport;
use crate::split::Split;
use crate::target::Job;

/// Training cutoffs at which the ineligible are looked at: the newest ones.
const OTHERS_AT: usize = 2;

/// Features named in a message, at most.
const NAMED: usize = 5;

/// What became of a feature.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Screened {
    pub(crate) feature: String,
    pub(crate) kept: bool,
    /// What is wrong with it.
    pub(crate) reason: Option<&'static str>,
    /// Whether it may know the outcome, rather than merely tell nothing new.
    pub(crate) suspect: bool,
    /// What shows it.
    pub(crate) evidence: Option<String>,
    /// Area under the ROC curve of this feature alone, on training rows.
    pub(crate) roc_auc: Option<f64>,
}

/// A feature that may know the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspect {
    /// The feature.
    pub feature: String,
    /// Why, as in `feature_screen`.
    pub reason: String,
    /// What shows it.
    pub evidence: String,
    /// Whether models see it all the same.
    pub kept: bool,
}

/// All features of one target as of a day.
pub(crate) struct Screen {
    pub(crate) features: Vec<Screened>,
    correlations: RankCorrelations,
}

impl Screen {
    /// Drops also what was suspected elsewhere.
    ///
    /// A leak shows best as of today, where nothing can have been written after the fact. What is dropped for
    /// that is dropped from the backtest too: no promise may rest on it.
    pub(crate) fn without(mut self, suspects: &[Suspect]) -> Self {
        let dropped: HashMap<&str, &Suspect> =
            suspects.iter().filter(|s| !s.kept).map(|s| (s.feature.as_str(), s)).collect();
        for screened in self.features.iter_mut().filter(|s| s.kept) {
            screened.kept = !dropped.contains_key(screened.feature.as_str());
        }
        self
    }

    /// The features that models get to see, and for each the one whose group of near copies it is in.
    pub(crate) fn kept(&self) -> (Vec<String>, Vec<usize>) {
        let kept: Vec<usize> = (0..self.features.len()).filter(|&i| self.features[i].kept).collect();
        let names = kept.iter().map(|&i| self.features[i].feature.clone()).collect();
        (names, self.correlations.take(&kept).groups())
    }
}

/// Those that may know the outcome.
pub(crate) fn suspects(features: &[Screened]) -> Vec<Suspect> {
    let suspect = |s: &Screened| Suspect {
        feature: s.feature.clone(),
        reason: s.reason.unwrap_or_default().to_owned(),
        evidence: s.evidence.clone().unwrap_or_default(),
        kept: s.kept,
    };
    features.iter().filter(|s| s.suspect).map(suspect).collect()
}

/// The error of a target whose spec wants no suspect feature; `None` where there is none, or it may be.
pub(crate) fn refused(
    name: &str,
    on_suspect: OnSuspect,
    suspects: &[Suspect],
    keep: &[String],
) -> Option<Error> {
    let left: Vec<&Suspect> = suspects.iter().filter(|s| !keep.contains(&s.feature)).collect();
    if on_suspect != OnSuspect::Fail || left.is_empty() {
        return None;
    }
    let list: Vec<String> =
        left.iter().take(NAMED).map(|s| format!("{} ({})", s.feature, s.reason)).collect();
    let more = left.len().checked_sub(NAMED).filter(|more| *more > 0);
    let more = more.map(|more| format!(" and {more} more")).unwrap_or_default();
    let what = if left.len() == 1 { "feature" } else { "features" };
    let error = Error::contract(format!(
        "target {name}: {} {what} may know the outcome: {}{more}",
        left.len(),
        list.join(", ")
    ));
    Some(error.hint("the table `feature_screen` shows why; name in `score.screen.keep` what is honest, or let `on_suspect: drop` leave them out"))
}

/// The error of a run in which the spec wants a target not to be learned: the first one's, the others as hints.
pub(crate) fn all_refused(wanted: &foretell_spec::Screen, targets: &[TargetReport]) -> Option<Error> {
    let mut errors = targets
        .iter()
        .filter_map(|target| refused(&target.target, wanted.on_suspect, &target.suspects, &wanted.keep));
    let first = errors.next()?;
    Some(errors.fold(first, |first, other| first.hint(other.to_string())))
}

impl Job<'_> {
    /// Screens the features as of `day` over the training rows.
    pub(crate) async fn screen(
        &self,
        reader: &Reader<'_>,
        target: &Target,
        day: NaiveDate,
        split: &Split,
        train: &Dataset,
    ) -> Result<Screen> {
        let eligible = target.eligible.as_deref().unwrap_or("true");
        let newest = &split.train[split.train.len().saturating_sub(OTHERS_AT)..];
        let others = reader.tally(newest, &format!("(\n{eligible}\n) IS NOT TRUE")).await?;
        let scoring = reader.tally(&[day], eligible).await?;
        let families: Vec<String> = self.catalogue.iter().map(|(_, family)| family.clone()).collect();
        let mut starts = Vec::with_capacity(train.parts.len());
        let mut start = 0;
        for (_, rows) in &train.parts {
            starts.push(start);
            start += rows;
        }
        let Screening { found, correlations } = screen(&ScreenInput {
            x: &train.x,
            y: &train.y,
            customers: &train.customers,
            starts: &starts,
            families: &families,
            others: &others,
            scoring: &scoring,
        })
        .map_err(learn_error)?;
        let wanted = &self.loaded.spec.score.screen;
        let features = train.x.columns().iter().zip(found).map(|(feature, found)| {
            let suspect = found.reason.is_some_and(|reason| reason.is_suspect());
            let spared = wanted.keep.contains(feature) || suspect && wanted.on_suspect == OnSuspect::Warn;
            Screened {
                feature: feature.clone(),
                kept: found.reason.is_none() || spared,
                reason: found.reason.map(|reason| reason.as_str()),
                suspect,
                evidence: found.evidence,
                roc_auc: found.roc_auc,
            }
        });
        Ok(Screen { features: features.collect(), correlations })
    }

    /// Checks that every feature of `keep` is there.
    ///
    /// # Errors
    /// The spec names one that no SQL file makes (78).
    pub(crate) fn check_keep(&self) -> Result<()> {
        for kept in &self.loaded.spec.score.screen.keep {
            if !self.catalogue.iter().any(|(feature, _)| feature == kept) {
                return Err(Error::bad_spec(format!(
                    "`score.screen.keep` names `{kept}`, which is no feature"
                ))
                .hint("the table `feature_catalogue` names them all"));
            }
        }
        Ok(())
    }
}

/// What a summary says of suspects: how many for which reasons, and a few of their names.
pub fn words(suspects: &[Suspect], kept: bool) -> Option<String> {
    let of: Vec<&Suspect> = suspects.iter().filter(|s| s.kept == kept).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for suspect in &of {
        *counts.entry(&suspect.reason).or_default() += 1;
    }
    if of.is_empty() {
        return None;
    }
    let counts: Vec<String> = counts.into_iter().map(|(reason, n)| format!("{n} {reason}")).collect();
    let names: Vec<&str> = of.iter().take(NAMED).map(|s| s.feature.as_str()).collect();
    let more = if of.len() > NAMED { ", …" } else { "" };
    let what =
        if kept { "kept though they may know the outcome" } else { "left out, as they may know the outcome" };
    Some(format!("{what}: {} ({}{more})", counts.join(", "), names.join(", ")))
}
