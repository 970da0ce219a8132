//! The aggregates of one fold that look at the same rows: which measures and windows they need, and rows measured so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_expr::PhysicalExpr;
use foretell_fold::{
    Argument, Clock, Field, Finish, How, Keep, Overflow, Range, Rows, Slices, Slots, Target, Windows,
};

use super::aggregate::Foldable;
use super::conditions::{Condition, slice_of};
use super::graph::is_clock;
use super::measured::{Measured, failed};
use super::physical::{Physical, evaluate, predicate};
use super::simple::Column;
use super::wanted::{Cell, Measure, Output, Take, Wanted};

/// The aggregates of a fold that look at the same rows.
#[derive(Debug, Default)]
pub(super) struct Part {
    clock: Option<usize>,
    arguments: Vec<Column>,
    predicates: Vec<Arc<dyn PhysicalExpr>>,
    slices: Vec<(Arc<dyn PhysicalExpr>, Slices)>,
    pub(super) measures: Vec<Measure>,
    pub(super) windows: Windows,
    pub(super) wanted: Wanted,
    pub(super) outputs: Vec<Output>,
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
