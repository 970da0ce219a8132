//! What the aggregates of a part ask for: measures, their slices and windows, each once.

use arrow::datatypes::DataType;
use foretell_fold::{Finish, How, Keep};

/// The rows a measure takes; several slices of one column are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Take {
    /// Every row.
    All,
    /// Those of a predicate, by its number.
    Predicate(usize),
    /// Those of any slice of a column, by its number.
    Slices(usize),
}

/// A measure: what is kept of which argument over which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Measure {
    pub(super) keep: Keep,
    pub(super) argument: Option<usize>,
    pub(super) take: Take,
}

/// A measure, and which slice of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Cell {
    pub(super) measure: usize,
    pub(super) code: u16,
}

/// Windows of a slice of a measure, put together at once.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) cell: Cell,
    /// The ranges, and the number of what is made of each.
    pub(super) ranges: Vec<usize>,
    pub(super) made: Vec<usize>,
}

/// What is asked for, each once: numbers stand for a range of a slice of a measure.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) asked: Vec<Asked>,
    /// Of what is asked each number is.
    pub(super) numbers: Vec<usize>,
}

impl Wanted {
    /// The number of a range of a cell.
    pub(super) fn number(&mut self, cell: Cell, range: usize) -> usize {
        let at = self.asked.iter().position(|asked| asked.cell == cell).unwrap_or_else(|| {
            self.asked.push(Asked { cell, ranges: Vec::new(), made: Vec::new() });
            self.asked.len() - 1
        });
        let asked = &mut self.asked[at];
        if let Some(known) = asked.ranges.iter().position(|known| *known == range) {
            return asked.made[known];
        }
        self.numbers.push(at);
        asked.ranges.push(range);
        asked.made.push(self.numbers.len() - 1);
        self.numbers.len() - 1
    }
}

/// One column of the result; numbers are those of [`Wanted`].
#[derive(Debug)]
pub(super) struct Output {
    /// Number of the column within the fold.
    pub(super) number: usize,
    pub(super) how: How,
    pub(super) finish: Finish,
    pub(super) values: usize,
    /// Counts the values that are not NULL, and the measure it is of.
    pub(super) valid: (usize, usize),
    /// Counts the rows: the same, where no value is NULL.
    pub(super) taken: usize,
    /// Counts the rows that are added or count as 0, in a range of their own.
    pub(super) around: Option<usize>,
    pub(super) data_type: DataType,
    /// Says that the values run ahead with the cutoff, as `days_ago` does.
    pub(super) ahead: bool,
    /// Says that every row is taken: then no group is without one.
    pub(super) every: bool,
}
