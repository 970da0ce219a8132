//! What a customer is worth: models of repeat buying, fitted by maximum likelihood.
//!
//! [`BgNbd`] says how likely a customer is still one and how many orders to expect, [`GammaGamma`] what
//! an order brings, [`expected`] the orders of a horizon, later ones discounted. Nothing here knows of files,
//! tables or SQL; every result is a function of its arguments alone. Time has any unit, as long as it is
//! one: what was fitted to days answers in days.

mod bg_nbd;
mod curvature;
mod error;
mod gamma_gamma;
mod hypergeometric;
mod maximise;
mod value;

#[cfg(test)]
mod tests;

pub use bg_nbd::{BgNbd, Dropout, Histories, History};
pub use error::WorthError;
pub use gamma_gamma::{GammaGamma, Spend, Spends};
pub use value::{Expected, Horizon, expected};
