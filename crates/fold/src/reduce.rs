//! Slots put together to windows, all groups side by side.

use std::cell::Cell;
use std::ops::Range;

use crate::column::{Field, Keep, Reduced};
use crate::target::{Exact, Overflow, greater, lesser};
use crate::windows::{Placed, Windows};

/// Which windows are wanted, and where the slots of a cutoff lie among them.
struct Asked<'a> {
    placed: &'a Placed,
    windows: &'a Windows,
    ranges: &'a [usize],
}

impl Field {
    /// The values of some windows of each group, in the order asked for; `offset` is the first slot of the slice.
    ///
    /// # Errors
    /// A sum does not fit its type.
    pub fn reduce(
        &self,
        keep: Keep,
        offset: usize,
        placed: &Placed,
        windows: &Windows,
        asked: &[usize],
    ) -> Result<Vec<Reduced>, Overflow> {
        let asked = Asked { placed, windows, ranges: asked };
        match self {
            Self::Whole(field) => {
                asked.exact(keep, |slot| field[offset + slot], |v| Reduced::Whole(v.into()))
            }
            Self::Decimal(field) => {
                asked.exact(keep, |slot| field[offset + slot], |v| Reduced::Decimal(v.into()))
            }
            Self::Float(field) => {
                let of = |slot: usize| field[offset + slot];
                let wrap = |v: Vec<f64>| Reduced::Float(v.into());
                Ok(match keep {
                    Keep::Least => asked.each(f64::NAN, lesser, of, wrap),
                    Keep::Greatest => asked.each(f64::NAN, greater, of, wrap),
                    Keep::Count | Keep::Sum | Keep::Moments => asked.each(0.0, |a, b| a + b, of, wrap),
                })
            }
            Self::Moments(field) => {
                let of = |slot: usize| {
                    let slot = offset + slot;
                    (field.count[slot], field.mean[slot], field.squares[slot])
                };
                Ok(asked.each((0.0, 0.0, 0.0), together, of, |v| Reduced::Moments(v.into())))
            }
        }
    }
}

impl Asked<'_> {
    /// Whole numbers and decimals: sums are exact or fail.
    fn exact<T: Exact>(
        &self,
        keep: Keep,
        of_slot: impl Fn(usize) -> T,
        wrap: fn(Vec<T>) -> Reduced,
    ) -> Result<Vec<Reduced>, Overflow> {
        match keep {
            Keep::Least => Ok(self.each(T::GREATEST, lesser, of_slot, wrap)),
            Keep::Greatest => Ok(self.each(T::LEAST, greater, of_slot, wrap)),
            Keep::Count | Keep::Sum | Keep::Moments => {
                let over = Cell::new(false);
                let add = |a: T, b: T| {
                    let (sum, overflow) = a.overflowing_add(b);
                    over.set(over.get() | overflow);
                    sum
                };
                let sums = self.each(T::default(), add, of_slot, wrap);
                if over.get() { Err(Overflow) } else { Ok(sums) }
            }
        }
    }

    /// Puts slots together to intervals, and intervals to windows, in order.
    #[inline]
    fn each<T: Copy>(
        &self,
        empty: T,
        join: impl Fn(T, T) -> T,
        of_slot: impl Fn(usize) -> T,
        wrap: fn(Vec<T>) -> Reduced,
    ) -> Vec<Reduced> {
        let groups = self.placed.groups;
        let mut cells = vec![empty; groups * self.placed.intervals];
        for &(slot, cell) in &self.placed.cells {
            let cell = &mut cells[cell as usize];
            *cell = join(*cell, of_slot(slot as usize));
        }
        // Windows that begin together are nested: each goes on where the one before it ended.
        let mut order: Vec<(usize, Range<usize>)> =
            self.ranges.iter().enumerate().map(|(at, &range)| (at, self.windows.covered(range))).collect();
        order.sort_by_key(|(_, covered)| (covered.start, covered.end));
        let mut made: Vec<Option<Reduced>> = vec![None; order.len()];
        let mut so_far = vec![empty; groups];
        let mut reached = 0..0;
        for (at, covered) in order {
            if covered.start != reached.start {
                so_far.fill(empty);
                reached = covered.start..covered.start;
            }
            for interval in reached.end..covered.end {
                let cells = &cells[interval * groups..(interval + 1) * groups];
                so_far.iter_mut().zip(cells).for_each(|(so_far, cell)| *so_far = join(*so_far, *cell));
            }
            reached.end = covered.end;
            made[at] = Some(wrap(so_far.clone()));
        }
        made.into_iter().flatten().collect()
    }
}

/// Moments of two sets of values put together, by Chan, Golub and LeVeque (1979).
fn together(a: (f64, f64, f64), b: (f64, f64, f64)) -> (f64, f64, f64) {
    if b.0 == 0.0 {
        return a;
    }
    if a.0 == 0.0 {
        return b;
    }
    let count = a.0 + b.0;
    let away = b.1 - a.1;
    (count, a.1 + away * b.0 / count, a.2 + b.2 + away * away * a.0 * b.0 / count)
}
