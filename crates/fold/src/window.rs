//! Rows of a customer put in an order: the row before, the row after, the first row, the number of a row.

use std::cmp::Ordering;

use arrow::array::{ArrayRef, UInt32Array, UInt64Array, make_comparator};
use arrow::compute::SortOptions;
use arrow::error::ArrowError;

/// A column to order by.
#[derive(Debug, Clone)]
pub struct OrderBy {
    /// Its values.
    pub values: ArrayRef,
    /// Direction and place of NULL.
    pub options: SortOptions,
}

/// Rows in order within each customer; equal rows stay in the order they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Row numbers in order.
    sorted: Vec<u32>,
    /// Place of each row's customer's first row in `sorted`, by place.
    starts: Vec<u32>,
}

impl Order {
    /// Puts rows in order; the rows of a customer must lie together.
    ///
    /// # Errors
    /// A column's type has no order.
    pub fn new(customers: &[u32], by: &[OrderBy]) -> Result<Self, ArrowError> {
        let compare = by
            .iter()
            .map(|by| make_comparator(&by.values, &by.values, by.options))
            .collect::<Result<Vec<_>, _>>()?;
        let ordering = |a: u32, b: u32| {
            compare
                .iter()
                .map(|compare| compare(a as usize, b as usize))
                .find(|ordering| *ordering != Ordering::Equal)
                .unwrap_or(Ordering::Equal)
        };
        let mut sorted: Vec<u32> = (0..customers.len() as u32).collect();
        let mut starts = Vec::with_capacity(customers.len());
        for rows in customers.chunk_by(|a, b| a == b) {
            let start = starts.len();
            let rows = &mut sorted[start..start + rows.len()];
            starts.extend(std::iter::repeat_n(start as u32, rows.len()));
            // Stable, and a single pass where the rows are in order already.
            rows.sort_by(|&a, &b| ordering(a, b));
        }
        Ok(Self { sorted, starts })
    }

    /// For each row, the row of its customer `by` places before it (after it where negative); NULL where there is none.
    pub fn neighbours(&self, by: i64) -> UInt32Array {
        let mut neighbours = vec![None; self.sorted.len()];
        for (place, &row) in self.sorted.iter().enumerate() {
            let other = place as i64 - by;
            neighbours[row as usize] = usize::try_from(other)
                .ok()
                .filter(|&other| self.starts.get(other) == Some(&self.starts[place]))
                .map(|other| self.sorted[other]);
        }
        UInt32Array::from(neighbours)
    }

    /// For each row, the first row of its customer.
    pub fn firsts(&self) -> UInt32Array {
        let mut firsts = vec![0; self.sorted.len()];
        for (&row, &start) in self.sorted.iter().zip(&self.starts) {
            firsts[row as usize] = self.sorted[start as usize];
        }
        UInt32Array::from(firsts)
    }

    /// The number of each row within its customer, from 1.
    pub fn numbers(&self) -> UInt64Array {
        let mut numbers = vec![0; self.sorted.len()];
        for (place, &row) in self.sorted.iter().enumerate() {
            numbers[row as usize] = place as u64 - u64::from(self.starts[place]) + 1;
        }
        UInt64Array::from(numbers)
    }
}
