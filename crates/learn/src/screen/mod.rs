//! Which features a model gets to see: those that can tell customers apart, and honestly so.
//!
//! A leak is a field that knows the outcome because it was written after it. It cannot be told from a good
//! feature by its strength alone, so each kind is recognised by what only a leak does: it is there for one
//! class only, it is gone where the outcome is still to come, it counts rows or names customers, or it
//! stands far above every other behaviour. Bounds, not shares, are compared, so that three customers prove
//! nothing.

mod alone;
mod classes;
mod copies;
mod counts;
mod later;
mod order;
mod rows;

#[cfg(test)]
mod leaks;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod tests;

use super::error::LearnError;
use super::labels::count_labels;
use super::matrix::Matrix;

pub use copies::RankCorrelations;
pub use counts::Tally;

use alone::Alone;
use classes::ClassCounts;
use copies::Copies;
use order::Orders;
use rows::Rows;

/// Why a feature is not fit for a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScreenReason {
    /// No training row has a value.
    AllMissing,
    /// All training rows have one value.
    Constant,
    /// Equal to another feature on every training row.
    Copy,
    /// Ranks the training rows as another feature does.
    NearCopy,
    /// Names customers: practically every one has a number of their own.
    Identifier,
    /// Follows the order of rows or of customer ids.
    RowOrder,
    /// There, or not zero, practically for one class only.
    OneClassOnly,
    /// There at cutoffs long past, hardly at the one to be scored: written after the outcome.
    FilledLater,
    /// Tells the classes apart almost alone.
    SeparatesAlone,
    /// Of the eligible, only those about to stop being so have what the others all have.
    PayersOnly,
}

impl ScreenReason {
    /// Returns the word that tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllMissing => "all_missing",
            Self::Constant => "constant",
            Self::Copy => "copy",
            Self::NearCopy => "near_copy",
            Self::Identifier => "identifier",
            Self::RowOrder => "row_order",
            Self::OneClassOnly => "one_class_only",
            Self::FilledLater => "filled_later",
            Self::SeparatesAlone => "separates_alone",
            Self::PayersOnly => "payers_only",
        }
    }

    /// Says whether the feature may know the outcome, rather than merely tell nothing new.
    pub fn is_suspect(self) -> bool {
        !matches!(self, Self::AllMissing | Self::Constant | Self::Copy | Self::NearCopy)
    }
}

/// What is looked at: training rows, and how often features are there elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct ScreenInput<'a> {
    /// The training rows in the order in which they were read.
    pub x: &'a Matrix,
    /// Their labels, 0 or 1.
    pub y: &'a [f64],
    /// Their customers.
    pub customers: &'a [String],
    /// The first row of each training cutoff, ascending; the first one is 0.
    pub starts: &'a [usize],
    /// The family of each column.
    pub families: &'a [String],
    /// The customers of the training cutoffs who were not eligible.
    pub others: &'a Tally,
    /// The eligible of the cutoff to be scored, whose outcome nobody knows.
    pub scoring: &'a Tally,
}

/// What was found of a feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Screened {
    /// What is wrong with it, if anything is.
    pub reason: Option<ScreenReason>,
    /// What shows it, a sentence with figures.
    pub evidence: Option<String>,
    /// Area under the ROC curve of this feature alone, whatever its shape; `None` where one class is missing.
    pub roc_auc: Option<f64>,
}

impl Screened {
    fn found((reason, evidence): (ScreenReason, String), roc_auc: Option<f64>) -> Self {
        Self { reason: Some(reason), evidence: Some(evidence), roc_auc }
    }
}

/// What was found of all features, and how alike they are.
#[derive(Debug, Clone)]
pub struct Screening {
    /// One answer a column.
    pub found: Vec<Screened>,
    /// Rank correlations of all columns over training rows.
    pub correlations: RankCorrelations,
}

/// Looks at every feature over the training rows.
///
/// Suspects are looked for first, so that of two copies of a leak none is taken for the good one.
///
/// # Errors
/// [`LearnError::LengthMismatch`] where rows, labels, customers, families or tallies do not fit together,
/// [`LearnError::NotBinary`]. One class only, or no row, is no error: little is found then.
pub fn screen(input: &ScreenInput<'_>) -> Result<Screening, LearnError> {
    let x = input.x;
    fits("customers", x.rows(), input.customers.len())?;
    fits("families", x.width(), input.families.len())?;
    fits("feature tallies", x.width(), input.others.width())?;
    fits("feature tallies", x.width(), input.scoring.width())?;
    count_labels(input.y, x.rows())?;
    let rows = Rows::new(input);
    let mut found: Vec<Screened> = (0..x.width()).map(|column| dull(x.column(column))).collect();
    let orders = Orders::new(input, &rows);
    for (column, found) in found.iter_mut().enumerate().filter(|(_, f)| f.reason.is_none()) {
        let counts = ClassCounts::new(x.column(column), &rows);
        let suspect = later::payers_only(column, &counts, input, &rows)
            .or_else(|| classes::one_class_only(x.column(column), &counts, &rows))
            .or_else(|| later::filled_later(column, &counts, input))
            .or_else(|| orders.suspect(x.column(column), &rows));
        if let Some(suspect) = suspect {
            *found = Screened::found(suspect, None);
        }
    }
    let correlations = RankCorrelations::new(x);
    let alone = Alone::new(input, &rows);
    let honest = |found: &Screened| found.reason.is_none();
    for (column, found) in found.iter_mut().enumerate() {
        let dull = found.reason.is_some_and(|reason| !reason.is_suspect());
        found.roc_auc = if dull { None } else { alone.roc_auc(x.column(column)) };
    }
    let suspects: Vec<_> = (0..x.width())
        .filter(|&column| honest(&found[column]))
        .filter_map(|column| Some((column, alone.suspect(column, &found, &correlations)?)))
        .collect();
    for (column, suspect) in suspects {
        found[column] = Screened::found(suspect, found[column].roc_auc);
    }
    let mut copies = Copies::new(input, &correlations);
    for column in 0..x.width() {
        if found[column].reason.is_none()
            && let Some(copy) = copies.of(column)
        {
            found[column] = Screened::found(copy, found[column].roc_auc);
        }
    }
    Ok(Screening { found, correlations })
}

fn fits(what: &'static str, expected: usize, found: usize) -> Result<(), LearnError> {
    if expected == found { Ok(()) } else { Err(LearnError::LengthMismatch { what, expected, found }) }
}

/// Finds what tells nobody apart.
fn dull(values: &[f64]) -> Screened {
    let none = Screened { reason: None, evidence: None, roc_auc: None };
    let rows = counts::number(values.len());
    match values.iter().copied().find(|v| !v.is_nan()) {
        None => {
            Screened::found((ScreenReason::AllMissing, format!("no value on {rows} training rows")), None)
        }
        Some(first) if values.iter().all(|v| *v == first) => {
            Screened::found((ScreenReason::Constant, format!("{first} on all {rows} training rows")), None)
        }
        Some(_) => none,
    }
}
