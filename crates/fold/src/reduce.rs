//! Slots put together: the value of a range at a cutoff for each group.

use crate::spans::Spans;
use crate::target::{Moments, Overflow};

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
pub fn sum_f64(field: &[f64], spans: &Spans) -> Vec<f64> {
    spans.fold(field, 0.0, |a, v| a + v)
}

/// Least over each group's slots; `empty` where there is none.
pub fn least<T: Copy + PartialOrd>(field: &[T], spans: &Spans, empty: T) -> Vec<T> {
    spans.fold(field, empty, |a, v| if v < a { v } else { a })
}

/// Greatest over each group's slots; `empty` where there is none.
pub fn greatest<T: Copy + PartialOrd>(field: &[T], spans: &Spans, empty: T) -> Vec<T> {
    spans.fold(field, empty, |a, v| if v > a { v } else { a })
}

/// Number of values and sum of squared deviations of each group, put together as by Chan, Golub and LeVeque (1979).
pub fn deviations(field: &Moments, offset: usize, spans: &Spans) -> Vec<(f64, f64)> {
    spans
        .slots()
        .map(|slots| {
            let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
            for slot in slots.map(|slot| offset + slot) {
                let more = field.count[slot];
                if more == 0.0 {
                    continue;
                }
                let total = count + more;
                let away = field.mean[slot] - mean;
                squares += field.squares[slot] + away * away * count * more / total;
                mean += away * more / total;
                count = total;
            }
            (count, squares)
        })
        .collect()
}
