//! Slots put together to windows, all groups side by side.

use std::cell::Cell;
use std::ops::Range;

use crate::column::{Field, Keep, Reduced};
use crate::placed::Located;
use crate::target::{Exact, Overflow, greater, lesser};

/// Which windows are wanted, and where the slots of a cutoff lie among them.
struct Asked<'a> {
    at: &'a Located<'a>,
    ranges: &'a [usize],
}

/// Whether it matters in which order values are joined.
#[derive(Debug, Clone, Copy)]
enum Order {
    /// It does not.
    Free,
    /// Those of an interval come first, so that no window depends on which others there are.
    ByInterval,
}

impl Field {
    /// The values of some windows of each group, in the order asked for.
    ///
    /// # Errors
    /// A sum does not fit its type.
    pub fn reduce(&self, keep: Keep, at: &Located<'_>, ranges: &[usize]) -> Result<Vec<Reduced>, Overflow> {
        let asked = Asked { at, ranges };
        if let ([range], None) = (ranges, at.slice)
            && let Some(groups) = at.placed.whole(*range)
        {
            return Ok(vec![self.picked(groups)]);
        }
        match self {
            Self::Running(sums) => Ok(asked.between(sums)),
            Self::Whole(field) => asked.exact(keep, |place| field[place], |v| Reduced::Whole(v.into())),
            Self::Decimal(field) => asked.exact(keep, |place| field[place], |v| Reduced::Decimal(v.into())),
            Self::Float(field) => {
                let of = |place: usize| field[place];
                let wrap = |v: Vec<f64>| Reduced::Float(v.into());
                Ok(match keep {
                    Keep::Least => asked.each(f64::NAN, lesser, of, wrap, Order::Free),
                    Keep::Greatest => asked.each(f64::NAN, greater, of, wrap, Order::Free),
                    Keep::Count | Keep::Sum | Keep::Moments => {
                        asked.each(0.0, |a, b| a + b, of, wrap, Order::ByInterval)
                    }
                })
            }
            Self::Moments(field) => {
                let of = |place: usize| (field.count[place], field.mean[place], field.squares[place]);
                Ok(asked.each(
                    (0.0, 0.0, 0.0),
                    together,
                    of,
                    |v| Reduced::Moments(v.into()),
                    Order::ByInterval,
                ))
            }
        }
    }
}

impl Field {
    /// What groups of one slot come to as a whole.
    fn picked(&self, groups: &[u32]) -> Reduced {
        let places = groups.iter().map(|&group| group as usize);
        match self {
            Self::Running(sums) => {
                Reduced::Whole(places.map(|place| sums[place + 1] - sums[place]).collect())
            }
            Self::Whole(field) => Reduced::Whole(places.map(|place| field[place]).collect()),
            Self::Decimal(field) => Reduced::Decimal(places.map(|place| field[place]).collect()),
            Self::Float(field) => Reduced::Float(places.map(|place| field[place]).collect()),
            Self::Moments(field) => Reduced::Moments(
                places.map(|place| (field.count[place], field.mean[place], field.squares[place])).collect(),
            ),
        }
    }
}

impl Asked<'_> {
    /// Of running sums, a window is the difference between two, found once for each end that windows have.
    fn between(&self, sums: &[i64]) -> Vec<Reduced> {
        let covered: Vec<Range<usize>> =
            self.ranges.iter().map(|&range| self.at.placed.covered(range)).collect();
        let mut ends: Vec<usize> = covered.iter().flat_map(|range| [range.start, range.end]).collect();
        ends.sort_unstable();
        ends.dedup();
        let up_to = |end: &usize| self.at.edge(*end).iter().map(|&place| sums[place as usize]).collect();
        let up_to: Vec<Vec<i64>> = ends.iter().map(up_to).collect();
        let at = |end: usize| &up_to[ends.partition_point(|known| *known < end)];
        let window = |range: &Range<usize>| {
            let ends = at(range.start).iter().zip(at(range.end));
            Reduced::Whole(ends.map(|(from, to)| to - from).collect())
        };
        covered.iter().map(window).collect()
    }

    /// Whole numbers and decimals: sums are exact or fail.
    fn exact<T: Exact>(
        &self,
        keep: Keep,
        at: impl Fn(usize) -> T,
        wrap: fn(Vec<T>) -> Reduced,
    ) -> Result<Vec<Reduced>, Overflow> {
        match keep {
            Keep::Least => Ok(self.each(T::GREATEST, lesser, at, wrap, Order::Free)),
            Keep::Greatest => Ok(self.each(T::LEAST, greater, at, wrap, Order::Free)),
            Keep::Count | Keep::Sum | Keep::Moments => {
                let over = Cell::new(false);
                let add = |a: T, b: T| {
                    let (sum, overflow) = a.overflowing_add(b);
                    over.set(over.get() | overflow);
                    sum
                };
                let sums = self.each(T::default(), add, at, wrap, Order::Free);
                if over.get() { Err(Overflow) } else { Ok(sums) }
            }
        }
    }

    /// What the places of each interval and group come to; for slots of which a cutoff does not see the last ones.
    fn cells<T: Copy>(&self, empty: T, join: impl Fn(T, T) -> T, at: impl Fn(usize) -> T) -> Vec<T> {
        let of_slot = self.at.placed.cells();
        let mut cells = vec![empty; self.at.placed.groups() * self.at.placed.intervals()];
        let mut add = |place: usize, slot: usize| {
            if let Some(cell) = cells.get_mut(of_slot[slot] as usize) {
                *cell = join(*cell, at(place));
            }
        };
        match self.at.slice {
            None => (0..of_slot.len()).for_each(|slot| add(slot, slot)),
            Some((held, slice)) => {
                for place in held.starts[slice] as usize..held.starts[slice + 1] as usize {
                    add(place, held.slots[place] as usize);
                }
            }
        }
        cells
    }

    /// Puts slots together to intervals, and intervals to windows, in order.
    #[inline]
    fn each<T: Copy>(
        &self,
        empty: T,
        join: impl Fn(T, T) -> T,
        at: impl Fn(usize) -> T,
        wrap: fn(Vec<T>) -> Reduced,
        order_of: Order,
    ) -> Vec<Reduced> {
        let groups = self.at.placed.groups();
        let cells = (!self.at.placed.is_steady()).then(|| self.cells(empty, &join, &at));
        // Windows that begin together are nested: each goes on where the one before it ended.
        let mut order: Vec<(usize, Range<usize>)> = self
            .ranges
            .iter()
            .enumerate()
            .map(|(number, &range)| (number, self.at.placed.covered(range)))
            .collect();
        order.sort_by_key(|(_, covered)| (covered.start, covered.end));
        let mut made: Vec<Option<Reduced>> = vec![None; order.len()];
        let mut so_far = vec![empty; groups];
        let mut reached = 0..0;
        for (number, covered) in order {
            if covered.start != reached.start {
                so_far.fill(empty);
                reached = covered.start..covered.start;
            }
            let step = match order_of {
                Order::Free if cells.is_none() => (covered.end - reached.end).max(1),
                Order::Free | Order::ByInterval => 1,
            };
            for interval in (reached.end..covered.end).step_by(step) {
                if let Some(cells) = &cells {
                    let cells = &cells[interval * groups..(interval + 1) * groups];
                    so_far.iter_mut().zip(cells).for_each(|(so_far, cell)| *so_far = join(*so_far, *cell));
                } else {
                    let edges = self.at.edge(interval).iter().zip(self.at.edge(interval + step));
                    for (so_far, (&from, &to)) in so_far.iter_mut().zip(edges) {
                        if from < to {
                            let sum = (from..to).fold(empty, |sum, place| join(sum, at(place as usize)));
                            *so_far = join(*so_far, sum);
                        }
                    }
                }
            }
            reached.end = covered.end;
            made[number] = Some(wrap(so_far.clone()));
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
