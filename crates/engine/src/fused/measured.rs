//! A part's measures over some rows, and the columns that are made of them at each cutoff.

use arrow::array::ArrayRef;
use datafusion::common::DataFusionError;
use foretell_fold::{Field, Held, How, Located, Overflow, Placed, Reduced, Slots};

use super::part::Part;
use super::wanted::{Asked, Output, Take};

/// A part's measures over some rows.
pub(super) struct Measured {
    pub(super) slots: Slots,
    /// The slots that each column's slices hold.
    pub(super) held: Vec<Held>,
    /// What is kept of each measure; `None` for counts of an argument that is never NULL, which are those of rows.
    pub(super) fields: Vec<Option<Field>>,
}

impl Measured {
    /// The groups of which a cutoff sees a row, ascending.
    pub(super) fn present(&self, cutoff: u16) -> Vec<u32> {
        self.slots.present(cutoff)
    }
}

impl Part {
    /// The columns of `groups` at a cutoff, whose clock is `shift` behind: the number of each and its values.
    pub(super) fn columns(
        &self,
        measured: &Measured,
        groups: &[u32],
        cutoff: u16,
        shift: i64,
    ) -> Result<Vec<(usize, ArrayRef)>, DataFusionError> {
        let placed = Placed::new(&measured.slots, &self.windows, groups, cutoff, shift);
        let mut making = Making {
            part: self,
            measured,
            slots: placed.slots(),
            slices: measured.held.iter().map(|held| placed.slices(held)).collect(),
            made: vec![None; self.wanted.numbers.len()],
        };
        let mut columns = Vec::with_capacity(self.outputs.len());
        for output in &self.outputs {
            columns.push((output.number, making.column(output, if output.ahead { shift } else { 0 })?));
        }
        Ok(columns)
    }
}

/// Columns being made at a cutoff; what several need is made once.
struct Making<'a> {
    part: &'a Part,
    measured: &'a Measured,
    slots: Located<'a>,
    /// For each column of slices, each slice.
    slices: Vec<Vec<Located<'a>>>,
    /// By the numbers of [`Wanted`].
    made: Vec<Option<Reduced>>,
}

impl Making<'_> {
    fn column(&mut self, output: &Output, shift: i64) -> Result<ArrayRef, DataFusionError> {
        let (valid, measure) = output.valid;
        let full = self.measured.fields[measure].is_none();
        let valid = if full { output.taken } else { valid };
        let values = if output.values == output.valid.0 { valid } else { output.values };
        let values = self.reduced(values)?;
        // A row counts as 0 unless it is added, and then its value must not be NULL.
        let counts =
            output.how.counts_valid(output.finish) && !(full && output.every && output.how != How::Mean);
        let around = match output.around.filter(|_| counts) {
            Some(around) => {
                let (around, taken) = (self.reduced(around)?, self.reduced(output.taken)?);
                Some(around.counts_beside(&taken, &self.reduced(valid)?))
            }
            None => None,
        };
        let valid = if counts { Some(self.reduced(valid)?) } else { None };
        let valid = valid.as_ref().map_or(&[][..], Reduced::counts);
        Ok(values.column(output.how, valid, around.as_deref(), shift, &output.data_type, output.finish)?)
    }

    fn reduced(&mut self, number: usize) -> Result<Reduced, DataFusionError> {
        if let Some(made) = &self.made[number] {
            return Ok(made.clone());
        }
        let asked = self.part.wanted.numbers[number];
        let Asked { cell, ranges, made: numbers } = &self.part.wanted.asked[asked];
        let measure = self.part.measures[cell.measure];
        let unmade = || DataFusionError::Internal("a measure was not made".to_owned());
        let field = self.measured.fields[cell.measure].as_ref().ok_or_else(unmade)?;
        let located = match measure.take {
            Take::Slices(column) => &self.slices[column][usize::from(cell.code)],
            Take::All | Take::Predicate(_) => &self.slots,
        };
        // Windows of a cell have ends in common, or go on from one another: all are made at once.
        let reduced = field.reduce(measure.keep, located, ranges).map_err(failed)?;
        for (number, reduced) in numbers.iter().zip(reduced) {
            self.made[*number] = Some(reduced);
        }
        self.made[number].clone().ok_or_else(unmade)
    }
}

/// A sum that does not fit, as the query engine's own error.
pub(super) fn failed(overflow: Overflow) -> DataFusionError {
    DataFusionError::Execution(overflow.to_string())
}
