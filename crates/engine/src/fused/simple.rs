//! Columns of a projection; those of the simplest form, which are nearly all, without the query engine.
//!
//! Hundreds of features are an aggregate, turned into a float or with 0 for NULL: calling the engine for each costs more
//! than the work.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::DataType;
use datafusion::common::DataFusionError;
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::PhysicalExpr;
use foretell_fold::{as_float, zero_for_null};

use super::graph::place_of;
use super::or_zero::{self, within};
use super::physical::{Physical, evaluate};

/// A column of a projection.
#[derive(Debug)]
pub(super) struct Column {
    /// A column of the input and what is done to it, in order, where that is all.
    simple: Option<(usize, Vec<Step>)>,
    /// What does it in any other case.
    expr: Arc<dyn PhysicalExpr>,
}

/// One thing that is done to a column.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Turns numbers into floats.
    Float,
    /// Puts 0 for NULL.
    OrZero,
}

impl Column {
    /// Plans an expression.
    pub(super) fn new(expr: &Expr, physical: &Physical<'_>) -> Result<Self, DataFusionError> {
        let rewritten = or_zero::rewritten(expr)?;
        let simple = match steps(&rewritten) {
            Some((place, steps)) => Some((physical.index(place)?, steps)),
            None => None,
        };
        Ok(Self { simple, expr: physical.expr(expr)? })
    }

    /// Its values.
    pub(super) fn over(&self, batch: &RecordBatch) -> Result<ArrayRef, DataFusionError> {
        if let Some((index, steps)) = &self.simple {
            let done = steps.iter().try_fold(Arc::clone(batch.column(*index)), |column, step| match step {
                Step::Float => as_float(&column),
                Step::OrZero => zero_for_null(&column),
            });
            if let Some(done) = done {
                return Ok(done);
            }
        }
        evaluate(&self.expr, batch)
    }
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
