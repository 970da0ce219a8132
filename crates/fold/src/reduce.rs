//! Slots put together to windows, all groups side by side.

use std::cell::Cell;

use crate::column::{Field, Keep, Reduced};
use crate::target::{Overflow, greater, lesser};
use crate::windows::{Placed, Windows};

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
        Ok(match (self, keep) {
            (Self::Whole(field), Keep::Least) => {
                let least = |a: i64, b: i64| if b < a { b } else { a };
                each(
                    placed,
                    windows,
                    asked,
                    i64::MAX,
                    least,
                    |slot| field[offset + slot],
                    |v| Reduced::Whole(v.into()),
                )
            }
            (Self::Whole(field), Keep::Greatest) => {
                let greatest = |a: i64, b: i64| if b > a { b } else { a };
                each(
                    placed,
                    windows,
                    asked,
                    i64::MIN,
                    greatest,
                    |slot| field[offset + slot],
                    |v| Reduced::Whole(v.into()),
                )
            }
            (Self::Whole(field), _) => {
                let over = Cell::new(false);
                let add = |a: i64, b: i64| {
                    let (sum, overflow) = a.overflowing_add(b);
                    over.set(over.get() | overflow);
                    sum
                };
                let sums = each(
                    placed,
                    windows,
                    asked,
                    0,
                    add,
                    |slot| field[offset + slot],
                    |v| Reduced::Whole(v.into()),
                );
                if over.get() {
                    return Err(Overflow);
                }
                sums
            }
            (Self::Decimal(field), Keep::Least) => {
                let least = |a: i128, b: i128| if b < a { b } else { a };
                each(
                    placed,
                    windows,
                    asked,
                    i128::MAX,
                    least,
                    |slot| field[offset + slot],
                    |v| Reduced::Decimal(v.into()),
                )
            }
            (Self::Decimal(field), Keep::Greatest) => {
                let greatest = |a: i128, b: i128| if b > a { b } else { a };
                each(
                    placed,
                    windows,
                    asked,
                    i128::MIN,
                    greatest,
                    |slot| field[offset + slot],
                    |v| Reduced::Decimal(v.into()),
                )
            }
            (Self::Decimal(field), _) => {
                let over = Cell::new(false);
                let add = |a: i128, b: i128| {
                    let (sum, overflow) = a.overflowing_add(b);
                    over.set(over.get() | overflow);
                    sum
                };
                let sums = each(
                    placed,
                    windows,
                    asked,
                    0,
                    add,
                    |slot| field[offset + slot],
                    |v| Reduced::Decimal(v.into()),
                );
                if over.get() {
                    return Err(Overflow);
                }
                sums
            }
            (Self::Float(field), Keep::Least) => {
                let least = lesser::<f64>;
                each(
                    placed,
                    windows,
                    asked,
                    f64::NAN,
                    least,
                    |slot| field[offset + slot],
                    |v| Reduced::Float(v.into()),
                )
            }
            (Self::Float(field), Keep::Greatest) => {
                let greatest = greater::<f64>;
                let empty = f64::NAN;
                each(
                    placed,
                    windows,
                    asked,
                    empty,
                    greatest,
                    |slot| field[offset + slot],
                    |v| Reduced::Float(v.into()),
                )
            }
            (Self::Float(field), _) => each(
                placed,
                windows,
                asked,
                0.0,
                |a, b| a + b,
                |slot| field[offset + slot],
                |v| Reduced::Float(v.into()),
            ),
            (Self::Moments(field), _) => {
                let of = |slot: usize| {
                    let slot = offset + slot;
                    (field.count[slot], field.mean[slot], field.squares[slot])
                };
                each(placed, windows, asked, (0.0, 0.0, 0.0), together, of, |v| Reduced::Moments(v.into()))
            }
        })
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

/// Puts slots together to intervals, and intervals to windows, in order.
#[inline]
fn each<T: Copy>(
    placed: &Placed,
    windows: &Windows,
    asked: &[usize],
    empty: T,
    join: impl Fn(T, T) -> T,
    of_slot: impl Fn(usize) -> T,
    wrap: fn(Vec<T>) -> Reduced,
) -> Vec<Reduced> {
    let groups = placed.groups;
    let mut cells = vec![empty; groups * placed.intervals];
    for &(slot, cell) in &placed.cells {
        let cell = &mut cells[cell as usize];
        *cell = join(*cell, of_slot(slot as usize));
    }
    // Windows that begin together are nested: each goes on where the one before it ended.
    let mut order: Vec<(usize, std::ops::Range<usize>)> =
        asked.iter().enumerate().map(|(at, &range)| (at, windows.covered(range))).collect();
    order.sort_by_key(|(_, covered)| (covered.start, covered.end));
    let mut made: Vec<Option<Reduced>> = vec![None; asked.len()];
    let mut so_far = vec![empty; groups];
    let mut reached = 0..0;
    for (at, covered) in order {
        if covered.start != reached.start || reached.end < reached.start {
            so_far.fill(empty);
            reached = covered.start..covered.start;
        }
        for interval in reached.end..covered.end {
            let cells = &cells[interval * groups..(interval + 1) * groups];
            so_far.iter_mut().zip(cells).for_each(|(so_far, cell)| *so_far = join(*so_far, *cell));
        }
        reached.end = reached.end.max(covered.end);
        made[at] = Some(wrap(so_far.clone()));
    }
    made.into_iter().flatten().collect()
}
