//! The aggregates of one fold that look at the same rows: measures, windows, and the columns made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_expr::PhysicalExpr;
use foretell_fold::{Clock, Field, How, Keep, Range, Rows, Segments, Slices, Slots, Spans, Target, Values};

use super::aggregate::Foldable;
use super::conditions::{Condition, slice_of};
use super::graph::is_clock;
use super::physical::{Physical, evaluate, predicate};

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

/// One column of the result.
#[derive(Debug)]
struct Output {
    /// Number of the aggregate within the fold.
    aggregate: usize,
    how: How,
    cell: Cell,
    /// Counts the values that are not NULL.
    valid: Cell,
    /// Counts the rows that decide whether there is a value, and their range.
    around: Option<(Cell, usize)>,
    range: usize,
    data_type: DataType,
    /// Says that the values run ahead with the cutoff, as `days_ago` does.
    ahead: bool,
}

/// The aggregates of a fold that look at the same rows.
#[derive(Debug, Default)]
pub(super) struct Part {
    clock: Option<usize>,
    /// Says that the clock runs ahead with the cutoff.
    ahead: bool,
    arguments: Vec<Arc<dyn PhysicalExpr>>,
    predicates: Vec<Arc<dyn PhysicalExpr>>,
    slices: Vec<(Arc<dyn PhysicalExpr>, Slices)>,
    measures: Vec<Measure>,
    ranges: Vec<Range>,
    outputs: Vec<Output>,
}

/// A part's measures over some rows.
pub(super) struct Measured {
    slots: Slots,
    segments: Segments,
    fields: Vec<Arc<Field>>,
}

impl Measured {
    /// The groups of which a cutoff sees a row, ascending.
    pub(super) fn present(&self, cutoff: u16) -> Vec<u32> {
        self.slots.present(cutoff)
    }
}

/// Aggregates to be put into a part: their numbers, what they are, and their types.
pub(super) type Aggregates = Vec<(usize, Foldable, DataType)>;

/// The column whose ranges are asked for most; one of `preferred` if any of them is.
pub(super) fn clock_of<'a>(
    aggregates: impl Iterator<Item = &'a Foldable>,
    schema: &DFSchema,
    preferred: &BTreeSet<usize>,
) -> Option<usize> {
    let mut asked: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, _) in aggregates.flat_map(|a| &a.condition.ranges) {
        let field = schema.index_of_column_by_name(None, &place.to_string());
        if field.is_some_and(|index| is_clock(schema.field(index).data_type())) {
            *asked.entry(*place).or_default() += 1;
        }
    }
    asked.into_iter().max_by_key(|(place, times)| (preferred.contains(place), *times)).map(|(place, _)| place)
}

impl Part {
    /// Plans a part; `ahead` are the places of columns that run ahead with the cutoff.
    pub(super) fn new(
        aggregates: Aggregates,
        clock: Option<usize>,
        ahead: &BTreeSet<usize>,
        physical: &Physical<'_>,
    ) -> Result<Self, DataFusionError> {
        let mut part = Self {
            clock: clock.map(|place| physical.index(place)).transpose()?,
            ahead: clock.is_some_and(|place| ahead.contains(&place)),
            ..Self::default()
        };
        let mut known = Known::default();
        known.find_slices(&aggregates, clock);
        for (place, values) in &known.slices {
            let column = physical.expr(&super::graph::place(*place))?;
            part.slices.push((column, Slices::new(values.clone())));
        }
        for (aggregate, foldable, data_type) in aggregates {
            let Foldable { how, argument, condition, around } = foldable;
            let runs_ahead = argument
                .as_ref()
                .and_then(super::graph::place_of)
                .is_some_and(|place| ahead.contains(&place));
            let (take, code, range) = part.rows_of(condition, clock, &mut known, physical)?;
            let argument = match argument {
                None => None,
                Some(expr) => Some(match known.arguments.iter().position(|a| *a == expr) {
                    Some(index) => index,
                    None => {
                        part.arguments.push(physical.expr(&expr)?);
                        known.arguments.push(expr);
                        part.arguments.len() - 1
                    }
                }),
            };
            // Counts of rows come first: where an argument has no NULL, they are its counts too.
            part.measure(Keep::Count, None, take);
            let valid = Cell { measure: part.measure(Keep::Count, argument, take), code };
            let cell = Cell { measure: part.measure(how.keep(), argument, take), code };
            let around = match how {
                How::SumOrZero => {
                    let (take, code, range) = part.rows_of(around, clock, &mut known, physical)?;
                    Some((Cell { measure: part.measure(Keep::Count, None, take), code }, range))
                }
                _ => None,
            };
            part.outputs.push(Output {
                aggregate,
                how,
                cell,
                valid,
                around,
                range,
                data_type,
                ahead: runs_ahead,
            });
        }
        Ok(part)
    }

    /// Which rows a condition takes, the slice among them, and the number of its range of the clock.
    fn rows_of(
        &mut self,
        mut condition: Condition,
        clock: Option<usize>,
        known: &mut Known,
        physical: &Physical<'_>,
    ) -> Result<(Take, u16, usize), DataFusionError> {
        let range = clock.map_or(Range::ALL, |place| condition.take_range(place));
        let range = self.ranges.iter().position(|r| *r == range).unwrap_or_else(|| {
            self.ranges.push(range);
            self.ranges.len() - 1
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

    /// Says that it has no aggregate.
    pub(super) fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    /// Adds rows to the slots of their groups.
    ///
    /// `shifts` says for each cutoff how many days before the last one it lies; `since` is the first cutoff
    /// that sees each row.
    pub(super) fn measure_rows(
        &self,
        batch: &RecordBatch,
        groups: &[u32],
        group_count: usize,
        since: Option<&[u16]>,
        shifts: &[i64],
    ) -> Result<Measured, DataFusionError> {
        let shifts = if self.ahead { shifts } else { &[0] };
        let ends = shifts.iter().flat_map(|by| self.ranges.iter().map(|r| r.shifted(*by)));
        let segments = Segments::new(ends.flat_map(Range::ends));
        let clock = self.clock.map(|index| batch.column(index).as_primitive::<Int64Type>());
        let clock = clock.map(|c| Clock { values: c.values(), nulls: c.nulls() });
        let slots = Slots::new(&Rows { groups, group_count, clock, since }, &segments);

        let arguments =
            self.arguments.iter().map(|a| evaluate(a, batch)).collect::<Result<Vec<ArrayRef>, _>>()?;
        let picked = self
            .predicates
            .iter()
            .map(|p| Ok(Target::picked(&slots, &predicate(p, batch)?)))
            .collect::<Result<Vec<_>, DataFusionError>>()?;
        let sliced = self
            .slices
            .iter()
            .map(|(column, slices)| {
                let codes = slices.codes(evaluate(column, batch)?.as_string());
                Ok(Target::coded(&slots, &codes, slices.count()))
            })
            .collect::<Result<Vec<_>, DataFusionError>>()?;
        let all = Target::all(&slots);
        let mut fields: Vec<Arc<Field>> = Vec::with_capacity(self.measures.len());
        for measure in &self.measures {
            let target = match measure.take {
                Take::All => &all,
                Take::Predicate(index) => &picked[index],
                Take::Slices(index) => &sliced[index],
            };
            let argument = measure.argument.map(|index| &arguments[index]);
            let rows = Measure { keep: Keep::Count, argument: None, take: measure.take };
            if measure.keep == Keep::Count
                && argument.is_some_and(|a| a.null_count() == 0)
                && let Some(index) = self.measures.iter().position(|m| *m == rows)
                && let Some(counted) = fields.get(index)
            {
                fields.push(Arc::clone(counted));
            } else {
                fields.push(Arc::new(Field::new(target, measure.keep, argument)?));
            }
        }
        drop(all);
        Ok(Measured { slots, segments, fields })
    }

    /// The columns of `groups` at a cutoff: the number of each aggregate and its values.
    pub(super) fn columns(
        &self,
        measured: &Measured,
        groups: &[u32],
        cutoff: u16,
        shift: i64,
    ) -> Result<Vec<(usize, ArrayRef)>, DataFusionError> {
        let Measured { slots, segments, fields } = measured;
        let by = if self.ahead { shift } else { 0 };
        let spans: Vec<Spans> = self
            .ranges
            .iter()
            .map(|range| Spans::new(slots, groups, &segments.covered(range.shifted(by)), cutoff))
            .collect();
        let mut counts: BTreeMap<(Cell, usize), Arc<Vec<i64>>> = BTreeMap::new();
        let mut count = |cell: Cell, range: usize| {
            Arc::clone(counts.entry((cell, range)).or_insert_with(|| {
                Arc::new(fields[cell.measure].count(
                    slots.count() * usize::from(cell.code),
                    slots.count(),
                    &spans[range],
                ))
            }))
        };
        let mut columns = Vec::with_capacity(self.outputs.len());
        for output in &self.outputs {
            let valid = count(output.valid, output.range);
            let around = output.around.map(|(cell, range)| count(cell, range));
            let values = Values {
                field: &fields[output.cell.measure],
                offset: slots.count() * usize::from(output.cell.code),
                slots: slots.count(),
                spans: &spans[output.range],
                valid: &valid,
                around: around.as_deref().map(Vec::as_slice),
            };
            let shift = if output.ahead { shift } else { 0 };
            columns.push((output.aggregate, values.column(output.how, shift, &output.data_type)?));
        }
        Ok(columns)
    }
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
    fn find_slices(&mut self, aggregates: &Aggregates, clock: Option<usize>) {
        for (_, foldable, _) in aggregates {
            for condition in [&foldable.condition, &foldable.around] {
                let mut condition = condition.clone();
                clock.map(|place| condition.take_range(place));
                let [one] = condition.into_rest().try_into().unwrap_or_else(|_| [Expr::default()]);
                let Some((place, value)) = slice_of(&one) else { continue };
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
