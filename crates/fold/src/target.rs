//! Rows added to slots: one measure, one loop.

use std::borrow::Cow;

use arrow::array::BooleanArray;
use arrow::buffer::NullBuffer;

use crate::people;
use crate::slots::Slots;

/// The rows a measure takes, and where each is added.
#[derive(Debug)]
pub struct Target<'a> {
    /// The rows; all of them, in order, if `None`.
    rows: Option<Vec<u32>>,
    /// The place of each of the rows: its slot, or a place among those of [`Held`].
    slots: Cow<'a, [u32]>,
    /// Number of places.
    len: usize,
    /// See [`Slots::is_steady`].
    steady: bool,
}

/// The slots of several slices that hold a row: those of a slice lie together, in the order of slots.
///
/// Nearly all rows of a customer are in a few slices, so most slots of a slice would be empty.
#[derive(Debug)]
pub struct Held {
    /// The slot of each place.
    pub(crate) slots: Vec<u32>,
    /// The first place of each slice, and the end of the last.
    pub(crate) starts: Vec<u32>,
    /// For each slice and slot, the slice's first place that lies at the slot or after it.
    from: Vec<u32>,
}

impl Held {
    /// The slice's first place at each of some slots, or after it.
    pub(crate) fn places(&self, slice: usize, slots: &[u32], count: usize) -> Vec<u32> {
        let from = &self.from[slice * count..(slice + 1) * count];
        let end = self.starts[slice + 1];
        slots.iter().map(|&slot| from.get(slot as usize).copied().unwrap_or(end)).collect()
    }
}

/// A sum that its type cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sum of whole numbers or decimals is too large for its type")]
pub struct Overflow;

/// Number, mean and sum of squared deviations of each slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Values that are not NULL.
    pub count: Vec<f64>,
    /// Their mean.
    pub mean: Vec<f64>,
    /// Sum of the squares of their deviations from it.
    pub squares: Vec<f64>,
}

/// A number whose sums are exact, or known not to fit.
pub(crate) trait Exact: Copy + PartialOrd + Default {
    /// Less than which there is none.
    const LEAST: Self;
    /// Greater than which there is none.
    const GREATEST: Self;

    /// The sum, wrapped around if it does not fit, and whether it does not.
    fn overflowing_add(self, other: Self) -> (Self, bool);
}

impl Exact for i64 {
    const LEAST: Self = Self::MIN;
    const GREATEST: Self = Self::MAX;

    #[inline]
    fn overflowing_add(self, other: Self) -> (Self, bool) {
        self.overflowing_add(other)
    }
}

impl Exact for i128 {
    const LEAST: Self = Self::MIN;
    const GREATEST: Self = Self::MAX;

    #[inline]
    fn overflowing_add(self, other: Self) -> (Self, bool) {
        self.overflowing_add(other)
    }
}

/// The lesser of two values; NaN only if there is nothing else.
#[inline]
pub(crate) fn lesser<T: Copy + PartialOrd>(a: T, b: T) -> T {
    if b < a || a.partial_cmp(&a).is_none() { b } else { a }
}

/// The greater of two values; NaN only if there is nothing else.
#[inline]
pub(crate) fn greater<T: Copy + PartialOrd>(a: T, b: T) -> T {
    if b > a || a.partial_cmp(&a).is_none() { b } else { a }
}

impl<'a> Target<'a> {
    /// Takes every row.
    pub fn all(slots: &'a Slots) -> Self {
        Self {
            rows: None,
            slots: Cow::Borrowed(&slots.of_row),
            len: slots.count(),
            steady: slots.is_steady(),
        }
    }

    /// Takes the rows for which a predicate is true.
    pub fn picked(slots: &Slots, predicate: &BooleanArray) -> Self {
        let rows = people::rows_of(predicate);
        let of_row = people::pick(&slots.of_row, &rows);
        Self { rows: Some(rows), slots: Cow::Owned(of_row), len: slots.count(), steady: slots.is_steady() }
    }

    /// Takes the rows of several slices at once, each slice for itself; says which slots they have.
    ///
    /// A row's code is its slice, or anything from `slices` on where it is in none.
    pub fn coded(slots: &Slots, codes: &[u16], slices: u16) -> (Self, Held) {
        const EMPTY: u32 = u32::MAX;
        let mut rows = Vec::with_capacity(codes.len());
        let mut places = Vec::with_capacity(codes.len());
        let mut numbers = vec![EMPTY; slots.count() * usize::from(slices)];
        for (row, (&code, &slot)) in codes.iter().zip(slots.of_row.iter()).enumerate() {
            if code < slices {
                let place = usize::from(code) * slots.count() + slot as usize;
                rows.push(row as u32);
                places.push(place as u32);
                numbers[place] = 0;
            }
        }
        // Written for every slot and kept for those that hold a row: a branch would be guessed wrongly too often.
        let mut held = vec![0; rows.len() + 1];
        let mut count = 0;
        let mut starts = vec![0];
        for slice in numbers.chunks_mut(slots.count().max(1)).take(usize::from(slices)) {
            for (slot, number) in slice.iter_mut().enumerate() {
                let holds = *number != EMPTY;
                *number = count as u32;
                held[count] = slot as u32;
                count += usize::from(holds);
            }
            starts.push(count as u32);
        }
        held.truncate(count);
        starts.resize(usize::from(slices) + 1, count as u32);
        for place in &mut places {
            *place = numbers[*place as usize];
        }
        let held = Held { slots: held, starts, from: numbers };
        (Self { rows: Some(rows), slots: Cow::Owned(places), len: count, steady: slots.is_steady() }, held)
    }

    /// Says that older places are never seen later: see [`Slots::is_steady`].
    pub(crate) fn is_steady(&self) -> bool {
        self.steady
    }

    /// Number of rows in each place.
    pub fn count(&self) -> Vec<i64> {
        let mut counts = vec![0; self.len];
        for &slot in self.slots.iter() {
            counts[slot as usize] += 1;
        }
        counts
    }

    /// Number of values in each slot that are not NULL.
    pub fn count_valid(&self, nulls: Option<&NullBuffer>) -> Vec<i64> {
        let Some(nulls) = nulls else { return self.count() };
        let mut counts = vec![0; self.len];
        self.each(|row, slot| counts[slot] += i64::from(nulls.is_valid(row)));
        counts
    }

    /// Sum of each slot's whole numbers or decimals, exact.
    ///
    /// # Errors
    /// A sum does not fit.
    pub(crate) fn sum<T: Exact>(&self, values: &[T], nulls: Option<&NullBuffer>) -> Result<Vec<T>, Overflow> {
        let mut sums = vec![T::default(); self.len];
        let mut overflow = false;
        self.each_valid(nulls, |row, slot| {
            let (sum, over) = sums[slot].overflowing_add(values[row]);
            sums[slot] = sum;
            overflow |= over;
        });
        if overflow { Err(Overflow) } else { Ok(sums) }
    }

    /// Sum of each slot's values.
    pub fn sum_f64(&self, values: &[f64], nulls: Option<&NullBuffer>) -> Vec<f64> {
        let mut sums = vec![0.0; self.len];
        self.each_valid(nulls, |row, slot| sums[slot] += values[row]);
        sums
    }

    /// Least value of each slot; `empty` where there is none.
    pub fn least<T: Copy + PartialOrd>(&self, values: &[T], nulls: Option<&NullBuffer>, empty: T) -> Vec<T> {
        let mut least = vec![empty; self.len];
        self.each_valid(nulls, |row, slot| {
            least[slot] = lesser(least[slot], values[row]);
        });
        least
    }

    /// Greatest value of each slot; `empty` where there is none.
    pub fn greatest<T: Copy + PartialOrd>(
        &self,
        values: &[T],
        nulls: Option<&NullBuffer>,
        empty: T,
    ) -> Vec<T> {
        let mut greatest = vec![empty; self.len];
        self.each_valid(nulls, |row, slot| {
            greatest[slot] = greater(greatest[slot], values[row]);
        });
        greatest
    }

    /// Moments of each slot, by Welford's algorithm (1962).
    pub fn moments(&self, values: &[f64], nulls: Option<&NullBuffer>) -> Moments {
        let empty = || vec![0.0; self.len];
        let mut moments = Moments { count: empty(), mean: empty(), squares: empty() };
        self.each_valid(nulls, |row, slot| {
            let value = values[row];
            let count = moments.count[slot] + 1.0;
            let away = value - moments.mean[slot];
            let mean = moments.mean[slot] + away / count;
            moments.count[slot] = count;
            moments.mean[slot] = mean;
            moments.squares[slot] += away * (value - mean);
        });
        moments
    }

    #[inline]
    fn each(&self, mut step: impl FnMut(usize, usize)) {
        match &self.rows {
            None => self.slots.iter().enumerate().for_each(|(row, &slot)| step(row, slot as usize)),
            Some(rows) => {
                rows.iter()
                    .zip(self.slots.iter())
                    .for_each(|(&row, &slot)| step(row as usize, slot as usize));
            }
        }
    }

    #[inline]
    fn each_valid(&self, nulls: Option<&NullBuffer>, mut step: impl FnMut(usize, usize)) {
        match nulls {
            None => self.each(step),
            Some(nulls) => self.each(|row, slot| {
                if nulls.is_valid(row) {
                    step(row, slot);
                }
            }),
        }
    }
}
