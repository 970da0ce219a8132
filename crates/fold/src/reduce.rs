//! Slots put together: the value of a range at a cutoff for each group.

use crate::double::{self, Double};
use crate::spans::Spans;
use crate::target::{Moments, Overflow, greater, lesser};

/// Sum over each group's slots of whole numbers.
///
/// # Errors
/// A sum does not fit.
pub fn sum_i64(field: &[i64], spans: &Spans) -> Result<Vec<i64>, Overflow> {
    let overflow = std::cell::Cell::new(false);
    let sums = spans.fold(field, 0_i64, |a, v| {
        let (sum, over) = a.overflowing_add(v);
        overflow.set(overflow.get() | over);
        sum
    });
    if overflow.get() { Err(Overflow) } else { Ok(sums) }
}

/// Sum over each group's slots of decimals.
///
/// # Errors
/// A sum does not fit.
pub fn sum_i128(field: &[i128], spans: &Spans) -> Result<Vec<i128>, Overflow> {
    let overflow = std::cell::Cell::new(false);
    let sums = spans.fold(field, 0_i128, |a, v| {
        let (sum, over) = a.overflowing_add(v);
        overflow.set(overflow.get() | over);
        sum
    });
    if overflow.get() { Err(Overflow) } else { Ok(sums) }
}

/// Sum over each group's slots of counts, which cannot overflow.
pub fn count(field: &[i64], spans: &Spans) -> Vec<i64> {
    spans.fold(field, 0_i64, |a, v| a + v)
}

/// Sum over each group's slots.
pub fn sum_f64(field: &[Double], spans: &Spans) -> Vec<f64> {
    spans.fold(field, Double::default(), Double::plus).into_iter().map(Double::rounded).collect()
}

/// Least over each group's slots; `empty` where there is none.
pub fn least<T: Copy + PartialOrd>(field: &[T], spans: &Spans, empty: T) -> Vec<T> {
    spans.fold(field, empty, lesser)
}

/// Greatest over each group's slots; `empty` where there is none.
pub fn greatest<T: Copy + PartialOrd>(field: &[T], spans: &Spans, empty: T) -> Vec<T> {
    spans.fold(field, empty, greater)
}

/// Number of values and sum of squared deviations of each group.
pub fn deviations(field: &[Moments], spans: &Spans) -> Vec<(f64, f64)> {
    let moments = spans.fold(field, Moments::default(), Moments::plus).into_iter();
    moments.map(|m| (m.count, double::deviations(m.count, m.sum, m.squares))).collect()
}
