//! A GROUP BY customer and perhaps further keys, for all cutoffs at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array, new_empty_array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{EmitTo, Expr, GroupsAccumulator};
use datafusion::physical_expr::aggregate::{AggregateFunctionExpr, LoweredAggregateBuilder};
use datafusion::physical_expr::{GroupsAccumulatorAdapter, PhysicalExpr};
use foretell_fold::{Finish, Groups, people, zero_without_sign};

use super::aggregate::foldable;
use super::evaluate::Frame;
use super::graph::{Step, places};
use super::measured::Measured;
use super::part::{Aggregate, Part, clock_of};
use super::physical::{Physical, column_of, evaluate, predicate};
use super::program::Needed;
use super::recognise::reads_any;

/// A planned fold.
#[derive(Debug)]
pub(super) struct Fold {
    keys: Vec<Arc<dyn PhysicalExpr>>,
    /// Says that keys read `days_ago`, so that groups differ from one cutoff to the next.
    pub(super) groups_differ: bool,
    /// Aggregates folded once for all cutoffs.
    shared: Part,
    /// Aggregates folded anew for each cutoff, since they read `days_ago` in ways that do not carry over.
    apart: Part,
    /// Aggregates that the query engine's own accumulators make.
    carried: Vec<Carried>,
    /// What each column of the result is: those that are kept, then those that are finished.
    columns: Vec<Kept>,
    schema: SchemaRef,
}

/// An aggregate that is not folded.
#[derive(Debug)]
struct Carried {
    /// Number of the column within the fold.
    number: usize,
    finish: Finish,
    function: Arc<AggregateFunctionExpr>,
    arguments: Vec<Arc<dyn PhysicalExpr>>,
    filter: Option<Arc<dyn PhysicalExpr>>,
}

/// Where a column of the result comes from.
#[derive(Debug, Clone, Copy)]
enum Kept {
    /// The customer's id, a column of the input.
    Customer(usize),
    /// A key, by its number.
    Key(usize),
    /// A column made of an aggregate, by its number.
    Made(usize),
}

/// The groups of some rows and what is measured of them.
pub(super) struct Folding {
    input: Arc<Frame>,
    keys: Vec<ArrayRef>,
    of_row: Vec<u32>,
    first_row: Vec<u32>,
    measured: Measured,
}

impl Fold {
    /// Plans the columns needed of a fold over an input.
    pub(super) fn new(
        (step, keys, aggregates): (&Step, &[Expr], &[Expr]),
        (needed, schema): (&Needed, SchemaRef),
        input: &Step,
        physical: &Physical<'_>,
    ) -> Result<Self, DataFusionError> {
        let nothing = BTreeSet::new();
        let ahead = if input.shared { &input.days_ago } else { &nothing };
        let groups_differ = keys.iter().any(|key| reads_any(key, ahead));
        let ahead = if groups_differ { &nothing } else { ahead };
        let first = 1 + keys.len();

        let mut folded = Vec::new();
        let mut carried = Vec::new();
        let mut columns = Vec::new();
        let kept = needed.kept.iter().map(|&at| (at, Finish::default()));
        for (number, (at, finish)) in kept.chain(needed.finished.iter().copied()).enumerate() {
            if at == 0 {
                columns.push(Kept::Customer(physical.index(input.customer)?));
                continue;
            }
            if at < first {
                columns.push(Kept::Key(at - 1));
                continue;
            }
            columns.push(Kept::Made(number));
            let aggregate = &aggregates[at - first];
            match foldable(aggregate, &physical.schema) {
                Ok(foldable) => {
                    let data_type = step.fields[at].data_type().clone();
                    folded.push(Aggregate { number, foldable, data_type, finish });
                }
                Err(_) => carried.push(Carried::new(number, finish, aggregate, physical)?),
            }
        }
        // Rows that cutoffs share are told apart by their day, and by no other clock.
        let clocks = input.shared.then_some(ahead);
        let clock = clock_of(folded.iter().map(|a| &a.foldable), &physical.schema, clocks);
        let (shared, apart): (Vec<_>, Vec<_>) =
            folded.into_iter().partition(|Aggregate { foldable, .. }| {
                let rest = [foldable.condition.beside(clock), foldable.around.beside(clock)].concat();
                let argument_carries_over = match &foldable.argument {
                    Some(Expr::Column(_)) => {
                        foldable.how.is_extreme() || !reads_any_of(&foldable.argument, ahead)
                    }
                    argument => !reads_any_of(argument, ahead),
                };
                argument_carries_over && places(&rest).is_disjoint(ahead)
            });
        let apart_clock = clock_of(apart.iter().map(|a| &a.foldable), &physical.schema, None);
        Ok(Self {
            keys: keys.iter().map(|key| physical.expr(key)).collect::<Result<_, _>>()?,
            groups_differ,
            shared: Part::new(shared, clock, ahead, physical)?,
            apart: Part::new(apart, apart_clock, &nothing, physical)?,
            carried,
            columns,
            schema,
        })
    }

    /// The columns of the input that its keys only tell apart, and where it passes them on.
    pub(super) fn passed(&self) -> Vec<(usize, usize)> {
        let input = |kept: &Kept| match kept {
            Kept::Customer(index) => Some(*index),
            Kept::Key(key) => column_of(&self.keys[*key]),
            Kept::Made(_) => None,
        };
        let columns = self.columns.iter().enumerate();
        columns.filter_map(|(at, kept)| Some((at, input(kept)?))).collect()
    }

    /// The expressions that read columns for what they say.
    pub(super) fn spelled(&self) -> impl Iterator<Item = &Arc<dyn PhysicalExpr>> {
        let keys = self.keys.iter().filter(|key| column_of(key).is_none());
        let carried = self.carried.iter().flat_map(|carried| carried.arguments.iter().chain(&carried.filter));
        keys.chain(self.shared.spelled()).chain(self.apart.spelled()).chain(carried)
    }

    /// Groups rows and measures them; `None` where that cannot be shared by cutoffs.
    pub(super) fn over(&self, input: &Arc<Frame>) -> Result<Option<Folding>, DataFusionError> {
        let keys = self.keys.iter().map(|key| Ok(zero_without_sign(evaluate(key, &input.batch)?)));
        let keys = keys.collect::<Result<Vec<_>, DataFusionError>>()?;
        let (of_row, first_row) = if keys.is_empty() {
            people::runs(&input.customers)
        } else {
            let groups = Groups::new(&input.customers, &keys)?;
            (groups.of_row, groups.first_row)
        };
        let (days, since) = (input.days.as_deref(), input.since.as_deref());
        let measured = self.shared.measure_rows(&input.batch, &of_row, first_row.len(), days, since)?;
        Ok(measured.map(|measured| Folding { input: Arc::clone(input), keys, of_row, first_row, measured }))
    }

    /// The groups that a cutoff sees, and their aggregates; `seen` are the input's rows as the cutoff sees them.
    pub(super) fn at(
        &self,
        folding: &Folding,
        cutoff: u16,
        shift: i64,
        seen: impl FnOnce() -> Result<Arc<Frame>, DataFusionError>,
    ) -> Result<Frame, DataFusionError> {
        let groups = folding.measured.present(cutoff);
        let mut found = self.shared.columns(&folding.measured, &groups, cutoff, shift)?;
        if !self.apart.is_empty() || !self.carried.is_empty() {
            let seen = seen()?;
            let of_row: Vec<u32> = match &seen.rows {
                None => folding.of_row.clone(),
                Some(rows) => people::pick(&folding.of_row, rows),
            };
            let count = folding.first_row.len();
            if !self.apart.is_empty() {
                // Without `since`, slots never conflict.
                if let Some(measured) = self.apart.measure_rows(&seen.batch, &of_row, count, None, None)? {
                    found.extend(self.apart.columns(&measured, &groups, 0, 0)?);
                }
            }
            let of_row: Vec<usize> = of_row.into_iter().map(|group| group as usize).collect();
            for carried in &self.carried {
                found.push((carried.number, carried.over(&seen.batch, &of_row, count, &groups)?));
            }
        }
        found.sort_unstable_by_key(|(number, _)| *number);
        let first_rows = people::pick(&folding.first_row, &groups);
        let customers = people::pick(&folding.input.customers, &first_rows).into();
        let first_rows = UInt32Array::from(first_rows);
        let columns = self.columns.iter().map(|kept| {
            Ok(match kept {
                Kept::Customer(index) => take(folding.input.batch.column(*index), &first_rows, None)?,
                Kept::Key(key) => take(&folding.keys[*key], &first_rows, None)?,
                Kept::Made(number) => found
                    .binary_search_by_key(number, |(n, _)| *n)
                    .map(|index| Arc::clone(&found[index].1))
                    .map_err(|_| DataFusionError::Internal("an aggregate was not made".to_owned()))?,
            })
        });
        let columns = columns.collect::<Result<Vec<_>, DataFusionError>>()?;
        Frame::new(&self.schema, columns, customers)
    }
}

fn reads_any_of(argument: &Option<Expr>, ahead: &BTreeSet<usize>) -> bool {
    argument.as_ref().is_some_and(|argument| reads_any(argument, ahead))
}

impl Carried {
    fn new(
        number: usize,
        finish: Finish,
        expr: &Expr,
        physical: &Physical<'_>,
    ) -> Result<Self, DataFusionError> {
        let schema = physical.schema.as_arrow();
        let context = PhysicalPlanningContext::default();
        let props = physical.state.execution_props();
        let lowered = LoweredAggregateBuilder::new(expr, &physical.schema, schema, props, &context)
            .with_name("carried")
            .build()?;
        let arguments = lowered.aggregate.expressions();
        Ok(Self { number, finish, arguments, function: lowered.aggregate, filter: lowered.filter })
    }

    fn over(
        &self,
        batch: &RecordBatch,
        of_row: &[usize],
        count: usize,
        groups: &[u32],
    ) -> Result<ArrayRef, DataFusionError> {
        if count == 0 {
            // An accumulator without groups may not know what to yield.
            return Ok(self.finish.done(new_empty_array(self.function.field().data_type()))?);
        }
        let mut accumulator: Box<dyn GroupsAccumulator> = if self.function.groups_accumulator_supported() {
            self.function.create_groups_accumulator()?
        } else {
            let function = Arc::clone(&self.function);
            Box::new(GroupsAccumulatorAdapter::new(move || function.create_accumulator()))
        };
        let arguments = self.arguments.iter().map(|a| evaluate(a, batch)).collect::<Result<Vec<_>, _>>()?;
        let filter = self.filter.as_ref().map(|f| predicate(f, batch)).transpose()?;
        accumulator.update_batch(&arguments, of_row, filter.as_ref(), count)?;
        let values = accumulator.evaluate(EmitTo::All)?;
        Ok(self.finish.done(take(&values, &UInt32Array::from(groups.to_vec()), None)?)?)
    }
}
