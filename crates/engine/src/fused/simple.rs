//! Columns of a projection; those of the simplest form, which are nearly all, without the query engine.
//!
//! Hundreds of features are an aggregate, turned into a float or with 0 for NULL: calling the engine for each costs more
//! than the work. Where the projection is over a fold, the fold makes them so at once.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::PhysicalExpr;
use foretell_fold::{Finish, as_float, zero_for_null};

use super::graph::{Action, Graph, StepId, place_of};
use super::or_zero::{self, within};
use super::physical::{Physical, evaluate};

/// A column of a projection.
#[derive(Debug)]
pub(super) enum Column {
    /// A column of the input.
    Ready(usize),
    /// A column of the input, what is done to it in order, and what does the same to any type.
    Simple(usize, Vec<Step>, Arc<dyn PhysicalExpr>),
    /// Any other expression.
    Expr(Arc<dyn PhysicalExpr>),
}

/// One thing that is done to a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Turns numbers into floats.
    Float,
    /// Puts 0 for NULL.
    OrZero,
}

impl Column {
    /// Plans an expression; `ready` is where the input has it already.
    pub(super) fn new(
        expr: &Expr,
        ready: Option<usize>,
        physical: &Physical<'_>,
    ) -> Result<Self, DataFusionError> {
        if let Some(ready) = ready {
            return Ok(Self::Ready(ready));
        }
        Ok(match steps(&or_zero::rewritten(expr)?) {
            Some((place, steps)) => Self::Simple(physical.index(place)?, steps, physical.expr(expr)?),
            None => Self::Expr(physical.expr(expr)?),
        })
    }

    /// Its values.
    pub(super) fn over(&self, batch: &RecordBatch) -> Result<ArrayRef, DataFusionError> {
        match self {
            Self::Ready(index) => Ok(Arc::clone(batch.column(*index))),
            Self::Simple(index, steps, expr) => {
                let done =
                    steps.iter().try_fold(Arc::clone(batch.column(*index)), |column, step| match step {
                        Step::Float => as_float(&column),
                        Step::OrZero => zero_for_null(&column),
                    });
                done.map_or_else(|| evaluate(expr, batch), Ok)
            }
            Self::Expr(expr) => evaluate(expr, batch),
        }
    }
}

/// The aggregate that a column over a fold is, and how it is finished; `None` where it is anything else.
pub(super) fn finished(
    expr: &Expr,
    graph: &Graph,
    input: StepId,
) -> Result<Option<(usize, Finish)>, DataFusionError> {
    let Action::Fold { keys, .. } = &graph.steps[input].action else { return Ok(None) };
    let Some((place, steps)) = steps(&or_zero::rewritten(expr)?) else { return Ok(None) };
    if place <= keys.len() {
        return Ok(None);
    }
    let mut data_type = graph.steps[input].fields.get(place).map(|field| field.data_type());
    let mut finish = Finish::default();
    for step in steps {
        match (step, data_type) {
            (Step::Float, Some(DataType::Int64 | DataType::Float64 | DataType::Decimal128(..))) => {
                finish.float = true;
                data_type = Some(&DataType::Float64);
            }
            (Step::OrZero, Some(DataType::Int64 | DataType::Float64)) => finish.or_zero = true,
            _ => return Ok(None),
        }
    }
    Ok((finish != Finish::default()).then_some((place, finish)))
}

/// The fields of finished columns, named unlike any place.
pub(super) fn finished_fields<'a>(
    finished: impl IntoIterator<Item = &'a (usize, Finish)>,
    fields: &[FieldRef],
) -> Vec<Field> {
    let field = |(place, finish): &(usize, Finish)| {
        let data_type = fields.get(*place).map(|field| field.data_type().clone())?;
        let data_type = if finish.float { DataType::Float64 } else { data_type };
        let name = format!(
            "{place}{}{}",
            if finish.float { " as float" } else { "" },
            if finish.or_zero { " or zero" } else { "" }
        );
        Some(Field::new(name, data_type, true))
    };
    finished.into_iter().filter_map(field).collect()
}

/// The place of a column and what is done to it, innermost first, if an expression does nothing else.
fn steps(expr: &Expr) -> Option<(usize, Vec<Step>)> {
    if let Some(place) = place_of(expr) {
        return Some((place, Vec::new()));
    }
    let (inner, step) = match expr {
        Expr::Cast(cast) if *cast.field.data_type() == DataType::Float64 => (cast.expr.as_ref(), Step::Float),
        Expr::Alias(alias) => return steps(&alias.expr),
        other => (within(other)?, Step::OrZero),
    };
    let (place, mut steps) = steps(inner)?;
    steps.push(step);
    Some((place, steps))
}
