//! What a model promises of a day whose outcomes nobody knows yet.
//!
//! A threshold that misses at most 30 % on one day misses more on the next when the season turns: the base
//! rate is another, and so are the scores. So a promise is made from several past cutoffs, each scored by a
//! model that knew nothing of it, for the very customers it is given about: their probabilities, moved to the
//! base rate that past cutoffs let expect, say how many of the named it will happen to and how many it will
//! happen to unnamed. What past cutoffs differed from such expectations makes the interval.

mod expected;
mod forecast;
mod outlook;
mod shift;
mod surprise;

#[cfg(test)]
mod shops;

pub use outlook::{Estimate, Outlook, Promise, crossed_log_loss};

/// A past cutoff: what a model said of it, and what happened.
#[derive(Debug, Clone, Copy)]
pub struct Validation<'a> {
    /// Day of the cutoff, counted from any day.
    pub day: i64,
    /// The model's log-odds, before calibration, a row.
    pub log_odds: &'a [f64],
    /// What happened, 0 or 1 a row.
    pub labels: &'a [f64],
    /// Whose row it is: a customer of several cutoffs counts as one.
    pub customers: &'a [String],
}
