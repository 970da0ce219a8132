//! What can be wrong with histories, or with what is fitted to them.

use thiserror::Error;

/// A failure to fit or to apply a model of worth.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum WorthError {
    /// There is nobody to learn from.
    #[error("{model} needs customers to learn from, and there is none{that}")]
    NoCustomers {
        /// Name of the model.
        model: &'static str,
        /// What those customers must have done, with a leading blank; empty if nothing.
        that: &'static str,
    },
    /// A figure is not one that a customer can have.
    #[error("{what} {value} of customer {row} is not possible: {rule}")]
    Impossible {
        /// Which figure.
        what: &'static str,
        /// Its value.
        value: f64,
        /// Row, counted from 0.
        row: usize,
        /// What it must be.
        rule: &'static str,
    },
    /// The likelihood rises towards the edge of the parameters: the data do not tell them.
    #[error("{model} has no maximum: {parameter} runs to {value:.3e}")]
    Degenerate {
        /// Name of the model.
        model: &'static str,
        /// Which parameter.
        parameter: &'static str,
        /// Where the search was ended; times and money in their means.
        value: f64,
    },
    /// The search ended where the likelihood can still be raised.
    #[error("{model} did not converge: {reason}")]
    NotConverged {
        /// Name of the model.
        model: &'static str,
        /// What shows it.
        reason: String,
    },
}

impl WorthError {
    /// Says what to do about it, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoCustomers { .. } => Some("take a longer history"),
            Self::Impossible { .. } => None,
            Self::Degenerate { .. } | Self::NotConverged { .. } => {
                Some("customers differ too little or are too few: take more of them, or a longer history")
            }
        }
    }
}
