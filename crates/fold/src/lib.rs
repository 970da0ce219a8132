//! Folds rows of whole customers into aggregates over many windows, slices and cutoffs at once.
//!
//! The kernels know nothing of SQL: `engine` recognises what can be folded and calls them.
//!
//! # Algorithm
//! A *fold* is a GROUP BY whose aggregates are restricted to ranges of one clock (`days_ago <= 30`) and to
//! slices (`region = 'France'`).
//!
//! 1. Rows of one customer and key are a group ([`Groups`]). Texts that come again and again come as codes of one
//!    dictionary ([`Coder`]), so that a table of codes finds them and nothing is hashed.
//! 2. Each row falls into the [`Slots`] entry of its group and day. Only entries that hold a row exist; rows that one
//!    cutoff sees alone go straight to the interval between two window ends, if there are fewer of these than rows.
//! 3. A measure (an argument under a slice) adds every row to its slot, one tight loop a measure: [`Target`]. How many
//!    windows and cutoffs look at the measure does not matter here.
//! 4. Slots of a group lie in the order of the clock, so a window at a cutoff is a run of them. Counts and sums of whole
//!    numbers are kept as running sums over all slots: whatever the window and the cutoff, its value is the difference
//!    between two of them. The ends of the runs are found once a cutoff ([`Placed`]). Groups of one slot need none.
//! 5. What cannot be taken off again (floats, whose sums would depend on their order; least, greatest, deviations) goes
//!    from slots to the intervals between window ends ([`Windows`]), and nested windows go on from one another,
//!    all groups side by side: [`Field::reduce`].
//!
//! # Cost
//! Rows x measures for step 3, once for all cutoffs. At each cutoff, slots + groups x intervals, and then groups x
//! columns, two reads each; what goes by step 5 costs slots x measures beside. A plain GROUP BY pays rows x columns at
//! each cutoff.
//!
//! # Limits
//! All rows of a group are in one call: memory is that of the rows given, so callers give some ten thousand
//! rows of whole customers at once. Sums of integers and decimals are exact and fail on overflow. Floats are added in
//! an order that windows and cutoffs do not change.

mod argument;
mod codes;
mod column;
mod groups;
mod keys;
mod number;
mod numbered;
pub mod people;
mod placed;
mod reduce;
mod slices;
mod slots;
mod target;
mod text;
mod window;
mod windows;

#[cfg(test)]
mod tests;

pub use argument::Argument;
pub use codes::{Coder, coded_type};
pub use column::{Field, Finish, How, Keep, Reduced, zero_without_sign};
pub use groups::Groups;
pub use keys::Keys;
pub use number::{NO_ROW, as_float, beside, zero_for_null};
pub use placed::{Located, Placed};
pub use slices::Slices;
pub use slots::{Clock, Rows, Slots};
pub use target::{Held, Moments, Overflow, Target};
pub use window::{Order, OrderBy};
pub use windows::{Range, Windows};
