//! Folds rows of whole customers into aggregates over many windows, slices and cutoffs at once.
//!
//! The kernels know nothing of SQL: `engine` recognises what can be folded and calls them.
//!
//! # Algorithm
//! A *fold* is a GROUP BY whose aggregates are restricted to ranges of one clock (`days_ago <= 30`) and to
//! slices (`region = 'France'`).
//!
//! 1. Each row falls into the [`Slots`] entry of its group and day. Only entries that hold a row exist.
//! 2. A measure (an argument under a slice) adds every row to its slot, one tight loop a measure: [`Target`]. How many
//!    windows and cutoffs look at the measure does not matter here.
//! 3. At each cutoff, slots go to the intervals between window ends ([`Windows`]), and nested windows are running
//!    sums over intervals, all groups side by side: [`Field::reduce`].
//!
//! # Cost
//! Rows x measures for step 2; for step 3, at each cutoff, slots x measures and groups x columns, both in loops
//! without branches. Many cutoffs share steps 1 and 2; a plain GROUP BY pays rows x columns for each of them.
//!
//! # Limits
//! All rows of a group are in one call: memory is that of the rows given, so callers give some ten thousand
//! rows of whole customers at once. Sums of integers and decimals are exact and fail on overflow. Floats are added in
//! an order that windows and cutoffs do not change.

mod argument;
mod column;
mod groups;
mod number;
pub mod people;
mod reduce;
mod slices;
mod slots;
mod target;
mod window;
mod windows;

#[cfg(test)]
mod tests;

pub use argument::Argument;
pub use column::{Field, How, Keep, Reduced, zero_without_sign};
pub use groups::Groups;
pub use number::{NO_ROW, as_float, beside, zero_for_null};
pub use reduce::Places;
pub use slices::Slices;
pub use slots::{Clock, Rows, Slots};
pub use target::{Held, Moments, Overflow, Target};
pub use window::{Order, OrderBy};
pub use windows::{Placed, Range, Windows};
