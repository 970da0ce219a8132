//! What `decide` asks for, once it is known to be sound.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::types::{Cost, Decide, Spec, Target};

/// The wish that sets the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Misses at most this share of those it happens to, with the lowest error rate.
    MissAtMost(f64),
    /// Is wrong about at most this share of the named, with the lowest miss rate.
    ErrorAtMost(f64),
    /// Names exactly this many, the likeliest.
    Contact(u64),
    /// Makes what naming and missing cost together small.
    Cost {
        /// Price of naming a customer.
        contact: f64,
        /// What a missed customer costs.
        lost: f64,
    },
}

impl Decide {
    /// Returns the wish; the first of several, which validation refuses, and the usual one for none.
    pub fn wish(&self) -> Wish {
        match *self {
            Self { max_miss_rate: Some(limit), .. } => Wish::MissAtMost(limit),
            Self { max_error_rate: Some(limit), .. } => Wish::ErrorAtMost(limit),
            Self { contact: Some(most), .. } => Wish::Contact(most),
            Self { cost: Some(Cost { contact, lost }), .. } => Wish::Cost { contact, lost },
            _ => Wish::MissAtMost(0.3),
        }
    }
}

impl Spec {
    /// Returns the wish of a target: its own, or else that under `score`.
    pub fn wish(&self, target: &Target) -> Wish {
        target.decide.as_ref().unwrap_or(&self.score.decide).wish()
    }
}

impl Target {
    /// Returns the target without its wish: all that decides its labels.
    pub fn without_wish(&self) -> Self {
        Self { decide: None, ..self.clone() }
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissAtMost(limit) => write!(f, "miss rate of at most {limit}, lowest error rate"),
            Self::ErrorAtMost(limit) => write!(f, "error rate of at most {limit}, lowest miss rate"),
            Self::Contact(most) => write!(f, "the {most} likeliest"),
            Self::Cost { contact, lost } => {
                write!(f, "lowest cost at {contact} a contact and {lost} a missed customer")
            }
        }
    }
}
