//! What the caller wishes for.

use std::path::PathBuf;

use chrono::{Datelike, NaiveDate};

use crate::error::{Error, Result};

/// Most customers of one kind: as many as the seven digits of an id can hold, rounded down.
pub(crate) const MOST_CUSTOMERS: u32 = 4_000_000;

/// Buyers when neither their number nor that of the lines is given.
pub(crate) const DEFAULT_CUSTOMERS: u32 = 1_500;

/// Prospects a buyer, when their number is not given.
pub(crate) const PROSPECTS_PER_CUSTOMER: f64 = 0.8;

/// Which shop to simulate and where to write it.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Folder that receives everything.
    pub out: PathBuf,
    /// Seed of all chance.
    pub seed: u64,
    /// People who buy from the day they are known; 1,500 if left out and no `target_lines` are given.
    pub customers: Option<u32>,
    /// People who sign up first and may never buy; four for every five customers if left out.
    pub prospects: Option<u32>,
    /// First day.
    pub from: NaiveDate,
    /// Day after the last.
    pub to: NaiveDate,
    /// Transaction lines to aim at, met within a few per cent.
    ///
    /// Scales the number of customers or, where that is given, how often each of them buys.
    pub target_lines: Option<u64>,
    /// Share of the rows that are made bad, in `[0, 0.5]`.
    pub dirt: f64,
    /// One file a day instead of one a month.
    pub by_day: bool,
    /// How data files are packed; truth files never are.
    pub compression: Compression,
    /// Dates, within the period or its end, for which the true probabilities are written.
    pub truth_at: Vec<NaiveDate>,
    /// Replaces what an earlier run left in the output folder.
    pub force: bool,
}

/// How data files are packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// Plain text, `.csv`.
    #[default]
    None,
    /// gzip, `.csv.gz`.
    Gzip,
    /// Zstandard, `.csv.zst`.
    Zstd,
}

impl Options {
    /// Makes options for two years of a clean shop of the default size, written to `out`.
    pub fn new(out: impl Into<PathBuf>) -> Self {
        Self {
            out: out.into(),
            seed: 42,
            customers: None,
            prospects: None,
            from: NaiveDate::from_ymd_opt(2023, 1, 1).unwrap_or_default(),
            to: NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default(),
            target_lines: None,
            dirt: 0.0,
            by_day: false,
            compression: Compression::None,
            truth_at: Vec::new(),
            force: false,
        }
    }

    /// Refuses options that contradict each other or are out of range.
    pub(crate) fn check(&self) -> Result<()> {
        let fault = |message: String| Err(Error::Options(message));
        let days = (self.to - self.from).num_days();
        if days < 1 {
            return fault(format!(
                "the period is empty: --from {} is not before --to {}",
                self.from, self.to
            ));
        }
        if days > 36_525 || self.from.year() < 1980 {
            return fault("the period must begin in 1980 or later and last at most 100 years".to_owned());
        }
        if !(0.0..=0.5).contains(&self.dirt) {
            return fault(format!("--dirt {} is no share between 0 and 0.5", self.dirt));
        }
        if self.customers == Some(0) {
            return fault("--customers must be at least 1".to_owned());
        }
        for (option, number) in [("--customers", self.customers), ("--prospects", self.prospects)] {
            if number.is_some_and(|n| n > MOST_CUSTOMERS) {
                return fault(format!("{option} may be {MOST_CUSTOMERS} at most"));
            }
        }
        if self.target_lines == Some(0) {
            return fault("--target-lines must be at least 1".to_owned());
        }
        match self.truth_at.iter().find(|date| **date < self.from || **date > self.to) {
            Some(date) => {
                fault(format!("--truth-at {date} lies outside the period {} to {}", self.from, self.to))
            }
            None => Ok(()),
        }
    }
}
