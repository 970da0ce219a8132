//! The aggregates of one fold that look at the same rows: measures, windows, and the columns made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_expr::PhysicalExpr;
use foretell_fold::{
    Argument, Clock, Field, Finish, Held, How, Keep, Located, Overflow, Placed, Range, Reduced, Rows, Slices,
    Slots, Target, Windows,
};

use super::aggregate::Foldable;
use super::conditions::{Condition, slice_of};
use super::graph::is_clock;
use super::physical::{Physical, evaluate, predicate};
use super::simple::Column;

/// The rows a measure takes; several slices of one column are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Take {
    /// Every row.
    All,
    /// Those of a predicate, by its number.
    Predicate(usize),
    /// Those of any slice of a column, by its number.
    Slices(usize),
}

/// A measure: what is kept of which argument over which rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Measure {
    keep: Keep,
    argument: Option<usize>,
    take: Take,
}

/// A measure, and which slice of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Cell {
    measure: usize,
    code: u16,
}

/// Windows of a slice of a measure, put together at once.
#[derive(Debug)]
struct Asked {
    cell: Cell,
    /// The ranges, and the number of what is made of each.
    ranges: Vec<usize>,
    made: Vec<usize>,
}

/// What is asked for, each once: numbers stand for a range of a slice of a measure.
#[derive(Debug, Default)]
struct Wanted {
    asked: Vec<Asked>,
    /// Of what is asked each number is.
    numbers: Vec<usize>,
}

impl Wanted {
    fn number(&mut self, cell: Cell, range: usize) -> usize {
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
struct Output {
    /// Number of the column within the fold.
    number: usize,
    how: How,
    finish: Finish,
    values: usize,
    /// Counts the values that are not NULL, and the measure it is of.
    valid: (usize, usize),
    /// Counts the rows: the same, where no value is NULL.
    taken: usize,
    /// Counts the rows that are added or count as 0, in a range of their own.
    around: Option<usize>,
    data_type: DataType,
    /// Says that the values run ahead with the cutoff, as `days_ago` does.
    ahead: bool,
    /// Says that every row is taken: then no group is without one.
    every: bool,
}

/// The aggregates of a fold that look at the same rows.
#[derive(Debug, Default)]
pub(super) struct Part {
    clock: Option<usize>,
    arguments: Vec<Column>,
    predicates: Vec<Arc<dyn PhysicalExpr>>,
    slices: Vec<(Arc<dyn PhysicalExpr>, Slices)>,
    measures: Vec<Measure>,
    windows: Windows,
    wanted: Wanted,
    outputs: Vec<Output>,
}

/// A part's measures over some rows.
pub(super) struct Measured {
    slots: Slots,
    /// The slots that each column's slices hold.
    held: Vec<Held>,
    /// What is kept of each measure; `None` for counts of an argument that is never NULL, which are those of rows.
    fields: Vec<Option<Field>>,
}

impl Measured {
    /// The groups of which a cutoff sees a row, ascending.
    pub(super) fn present(&self, cutoff: u16) -> Vec<u32> {
        self.slots.present(cutoff)
    }
}

/// An aggregate to be put into a part.
#[derive(Debug)]
pub(super) struct Aggregate {
    /// Number of the column within the fold.
    pub(super) number: usize,
    pub(super) foldable: Foldable,
    pub(super) data_type: DataType,
    pub(super) finish: Finish,
}

/// The column whose ranges are asked for most; one of `among`, if given.
pub(super) fn clock_of<'a>(
    aggregates: impl Iterator<Item = &'a Foldable>,
    schema: &DFSchema,
    among: Option<&BTreeSet<usize>>,
) -> Option<usize> {
    let mut asked: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, _) in aggregates.flat_map(|a| &a.condition.ranges) {
        let field = schema.index_of_column_by_name(None, &place.to_string());
        if field.is_some_and(|index| is_clock(schema.field(index).data_type()))
            && among.is_none_or(|among| among.contains(place))
        {
            *asked.entry(*place).or_default() += 1;
        }
    }
    asked.into_iter().max_by_key(|(_, times)| *times).map(|(place, _)| place)
}

impl Part {
    /// Plans a part; `ahead` are the places of columns that run ahead with the cutoff.
    pub(super) fn new(
        aggregates: Vec<Aggregate>,
        clock: Option<usize>,
        ahead: &BTreeSet<usize>,
        physical: &Physical<'_>,
    ) -> Result<Self, DataFusionError> {
        let mut ranges = Vec::new();
        let mut part =
            Self { clock: clock.map(|place| physical.index(place)).transpose()?, ..Self::default() };
        let mut known = Known::default();
        known.find_slices(&aggregates, clock);
        for (place, values) in &known.slices {
            let column = physical.expr(&super::graph::place(*place))?;
            part.slices.push((column, Slices::new(values.clone())));
        }
        for Aggregate { number, foldable, data_type, finish } in aggregates {
            let Foldable { how, argument, condition, around } = foldable;
            let runs_ahead = argument
                .as_ref()
                .and_then(super::graph::place_of)
                .is_some_and(|place| ahead.contains(&place));
            let (take, code, range) = part.rows_of(condition, clock, &mut ranges, &mut known, physical)?;
            let argument = match argument {
                None => None,
                Some(expr) => Some(match known.arguments.iter().position(|a| *a == expr) {
                    Some(index) => index,
                    None => {
                        part.arguments.push(Column::new(&expr, None, physical)?);
                        known.arguments.push(expr);
                        part.arguments.len() - 1
                    }
                }),
            };
            // Counts of rows come first: where an argument has no NULL, they are its counts too.
            let taken = Cell { measure: part.measure(Keep::Count, None, take), code };
            let valid = Cell { measure: part.measure(Keep::Count, argument, take), code };
            let cell = Cell { measure: part.measure(how.keep(), argument, take), code };
            let around = match how {
                How::SumOrZero => {
                    let (take, code, range) =
                        part.rows_of(around, clock, &mut ranges, &mut known, physical)?;
                    let around = Cell { measure: part.measure(Keep::Count, None, take), code };
                    Some(part.wanted.number(around, range))
                }
                _ => None,
            };
            part.outputs.push(Output {
                number,
                how,
                finish,
                values: part.wanted.number(cell, range),
                valid: (part.wanted.number(valid, range), valid.measure),
                taken: part.wanted.number(taken, range),
                around,
                data_type,
                ahead: runs_ahead,
                every: take == Take::All && ranges[range] == Range::ALL,
            });
        }
        part.windows = Windows::new(ranges);
        Ok(part)
    }

    /// Which rows a condition takes, the slice among them, and the number of its range of the clock.
    fn rows_of(
        &mut self,
        mut condition: Condition,
        clock: Option<usize>,
        ranges: &mut Vec<Range>,
        known: &mut Known,
        physical: &Physical<'_>,
    ) -> Result<(Take, u16, usize), DataFusionError> {
        let range = clock.map_or(Range::ALL, |place| condition.take_range(place));
        let range = ranges.iter().position(|r| *r == range).unwrap_or_else(|| {
            ranges.push(range);
            ranges.len() - 1
        });
        let rest = condition.into_rest();
        if let [one] = rest.as_slice()
            && let Some((column, code)) = known.slice(one)
        {
            return Ok((Take::Slices(column), code, range));
        }
        let Some(predicate) = conjunction(rest) else { return Ok((Take::All, 0, range)) };
        let index = match known.predicates.iter().position(|p| *p == predicate) {
            Some(index) => index,
            None => {
                self.predicates.push(physical.expr(&predicate)?);
                known.predicates.push(predicate);
                self.predicates.len() - 1
            }
        };
        Ok((Take::Predicate(index), 0, range))
    }

    fn measure(&mut self, keep: Keep, argument: Option<usize>, take: Take) -> usize {
        let measure = Measure { keep, argument, take };
        self.measures.iter().position(|m| *m == measure).unwrap_or_else(|| {
            self.measures.push(measure);
            self.measures.len() - 1
        })
    }

    /// The expressions that read columns for what they say; columns of slices are only told apart.
    pub(super) fn spelled(&self) -> impl Iterator<Item = &Arc<dyn PhysicalExpr>> {
        // A text that is an argument as it stands is only counted.
        self.arguments.iter().filter_map(Column::spelled).chain(&self.predicates)
    }

    /// Says that it has no aggregate.
    pub(super) fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    /// Adds rows to the slots of their groups; `None` where rows of one slot are first seen by different cutoffs.
    ///
    /// `days` says how long ago each row was for the last cutoff: the clock of rows that all cutoffs share. `since` is
    /// the first cutoff that sees each row.
    pub(super) fn measure_rows(
        &self,
        batch: &RecordBatch,
        groups: &[u32],
        group_count: usize,
        days: Option<&[i64]>,
        since: Option<&[u16]>,
    ) -> Result<Option<Measured>, DataFusionError> {
        let arguments = self.arguments.iter().map(|a| Ok(Argument::new(&a.over(batch)?)?));
        let arguments = arguments.collect::<Result<Vec<Argument>, DataFusionError>>()?;
        let column = self.clock.map(|index| batch.column(index).as_primitive::<Int64Type>());
        let own = column.map(|column| column.values().as_ref());
        let nulls = column.filter(|_| days.is_none()).and_then(|column| column.nulls());
        // Where no other cutoff shares the slots, one a group is enough without a clock, unless a sum depends on its
        // order, and one an interval where the clock is not that of a source, which comes in its order.
        let alone = since.is_none();
        let slots = match (own, days) {
            (Some(values), None) if alone => {
                let all = group_count.saturating_mul(self.windows.intervals());
                if all <= groups.len() {
                    let clock = Clock { values, nulls };
                    Some(Slots::of_intervals(groups, group_count, clock, &self.windows))
                } else {
                    let values = &self.windows.rounded(values);
                    Slots::new(&Rows { groups, group_count, clock: Some(Clock { values, nulls }), since })
                }
            }
            (own, days) => {
                let exact = alone && own.is_none() && self.is_exact(&arguments);
                let values = days.or(own).filter(|_| !exact);
                let clock = values.map(|values| Clock { values, nulls });
                Slots::new(&Rows { groups, group_count, clock, since })
            }
        };
        let Some(slots) = slots else { return Ok(None) };
        let picked = self
            .predicates
            .iter()
            .map(|p| Ok(Target::picked(&slots, &predicate(p, batch)?)))
            .collect::<Result<Vec<_>, DataFusionError>>()?;
        let mut held = Vec::with_capacity(self.slices.len());
        let mut sliced = Vec::with_capacity(self.slices.len());
        for (column, slices) in &self.slices {
            let codes = slices.codes(&evaluate(column, batch)?);
            let (target, slots) = Target::coded(&slots, &codes, slices.count());
            sliced.push(target);
            held.push(slots);
        }
        let all = Target::all(&slots);
        let fields = self.measures.iter().map(|measure| {
            let target = match measure.take {
                Take::All => &all,
                Take::Predicate(index) => &picked[index],
                Take::Slices(index) => &sliced[index],
            };
            let argument = measure.argument.map(|index| &arguments[index]);
            if measure.keep == Keep::Count && argument.is_some_and(Argument::is_full) {
                return Ok(None);
            }
            Field::new(target, measure.keep, argument).map(Some)
        });
        let fields = fields.collect::<Result<Vec<_>, Overflow>>().map_err(failed)?;
        drop((all, picked, sliced));
        Ok(Some(Measured { slots, held, fields }))
    }

    /// Says that no sum depends on the order in which rows are added.
    fn is_exact(&self, arguments: &[Argument]) -> bool {
        self.measures.iter().all(|measure| {
            !matches!(measure.keep, Keep::Sum | Keep::Moments)
                || measure.argument.is_some_and(|index| arguments[index].is_exact())
        })
    }

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

fn failed(overflow: Overflow) -> DataFusionError {
    DataFusionError::Execution(overflow.to_string())
}

/// What is known already while a part is planned.
#[derive(Default)]
struct Known {
    arguments: Vec<Expr>,
    predicates: Vec<Expr>,
    slices: Vec<(usize, Vec<String>)>,
}

impl Known {
    /// Finds the columns that are compared with texts, and these texts.
    fn find_slices(&mut self, aggregates: &[Aggregate], clock: Option<usize>) {
        for Aggregate { foldable, .. } in aggregates {
            for condition in [&foldable.condition, &foldable.around] {
                let rest = condition.beside(clock);
                let [one] = rest.as_slice() else { continue };
                let Some((place, value)) = slice_of(one) else { continue };
                match self.slices.iter_mut().find(|(at, _)| *at == place) {
                    Some((_, values)) if values.contains(&value) => {}
                    Some((_, values)) => values.push(value),
                    None => self.slices.push((place, vec![value])),
                }
            }
        }
    }

    /// The number of the column and of the slice that a condition is about.
    fn slice(&self, condition: &Expr) -> Option<(usize, u16)> {
        let (place, value) = slice_of(condition)?;
        let column = self.slices.iter().position(|(at, _)| *at == place)?;
        let code = self.slices[column].1.iter().position(|v| *v == value)?;
        Some((column, u16::try_from(code).ok()?))
    }
}
