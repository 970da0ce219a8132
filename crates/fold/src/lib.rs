//! Folds rows of whole customers into aggregates over many windows, slices and cutoffs at once.
//!
//! The kernels know nothing of SQL: `engine` recognises what can be folded and calls them.
//!
//! # Algorithm
//! A *fold* is a GROUP BY whose aggregates are restricted to ranges of one clock (`days_ago <= 30`) and to
//! slices (`region = 'France'`).
//!
//! 1. The ends of all ranges of all cutoffs cut the clock into [`Segments`].
//! 2. Each row falls into one segment of its group: a [`Slots`] entry. Only entries that hold a row exist.
//! 3. A measure (an argument under a slice) adds every row to its slot, one tight loop a measure: [`Target`].
//!    How many windows look at the measure does not matter here.
//! 4. A window at a cutoff is a run of slots, a [`Spans`] entry: its value is put together from few slots, one
//!    tight loop a column: [`Values`].
//!
//! # Cost
//! Rows x measures for step 3, groups x columns x (slots a group) for step 4. Many cutoffs share steps 1 to 3; a
//! plain GROUP BY pays rows x columns for each of them.
//!
//! # Limits
//! All rows of a group are in one call: memory is that of the rows given, so callers give some ten thousand
//! rows of whole customers at once. Sums of integers and decimals are exact and fail on overflow; sums of floats
//! are added in the order of rows within a slot, then by slot.

mod column;
mod groups;
pub mod people;
mod reduce;
mod segments;
mod slices;
mod slots;
mod spans;
mod target;
mod window;

pub use column::{Field, How, Keep, Values, zero_for_null};
pub use groups::Groups;
pub use segments::{Range, Segments};
pub use slices::Slices;
pub use slots::{Clock, Rows, Slots};
pub use spans::Spans;
pub use target::{Moments, Overflow, Target};
pub use window::{Order, OrderBy};
