//! Feature tables value by value.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};

use crate::support::Project;

/// A table's values by customer, then by column; NULL is `None`.
pub struct Table {
    columns: Vec<(String, DataType)>,
    rows: BTreeMap<String, Vec<Option<f64>>>,
}

impl Table {
    /// Reads a table by its path below the warehouse.
    pub fn read(project: &Project, path: &str) -> Self {
        let mut columns = Vec::new();
        let mut rows = BTreeMap::new();
        for batch in project.table("w", path) {
            let fields = batch.schema().fields().iter().skip(1).cloned().collect::<Vec<_>>();
            columns = fields.iter().map(|f| (f.name().clone(), f.data_type().clone())).collect();
            let numbers: Vec<_> =
                batch.columns()[1..].iter().map(|c| cast(c, &DataType::Float64).unwrap()).collect();
            for (row, id) in batch.column(0).as_string::<i32>().iter().enumerate() {
                let values = numbers.iter().map(|column| {
                    let column = column.as_primitive::<Float64Type>();
                    column.is_valid(row).then(|| column.value(row))
                });
                let before = rows.insert(id.unwrap().to_owned(), values.collect());
                assert!(before.is_none(), "{id:?} is there twice");
            }
        }
        Self { columns, rows }
    }

    /// Number of values.
    pub fn values(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// Number of values that are neither NULL nor 0.
    pub fn telling(&self) -> usize {
        self.rows.values().flatten().filter(|value| value.is_some_and(|v| v != 0.0)).count()
    }
}

/// What differs: counts and truth values exactly, floats by more than 1e-9 of their size.
pub fn differences(plain: &Table, fused: &Table) -> Vec<String> {
    compared(plain, fused, |kind, a, b| match kind {
        DataType::Float64 => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
        _ => a == b,
    })
}

/// What differs in any bit.
pub fn unequal(a: &Table, b: &Table) -> Vec<String> {
    compared(a, b, |_, a, b| a.to_bits() == b.to_bits())
}

fn compared(a: &Table, b: &Table, alike: impl Fn(&DataType, f64, f64) -> bool) -> Vec<String> {
    assert_eq!(a.columns, b.columns);
    assert_eq!(a.rows.keys().collect::<Vec<_>>(), b.rows.keys().collect::<Vec<_>>());
    let mut found = Vec::new();
    for ((id, a), other) in a.rows.iter().zip(b.rows.values()) {
        for (index, (name, kind)) in b.columns.iter().enumerate() {
            let (a, b) = (a[index], other[index]);
            let same = match (a, b) {
                (Some(a), Some(b)) => a.is_nan() && b.is_nan() || alike(kind, a, b),
                (a, b) => a.is_none() && b.is_none(),
            };
            if !same {
                found.push(format!("{id} {name}: {a:?} and {b:?}"));
            }
        }
    }
    found
}
