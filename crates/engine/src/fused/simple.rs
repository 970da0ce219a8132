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
use foretell_fold::Finish;

use super::graph::{Action, Graph, StepId, place_of};
use super::or_zero::{self, within};
use super::physical::{Physical, column_of, evaluate};

/// A column of a projection.
#[derive(Debug)]
pub(super) enum Column {
    /// A column of the input.
    Ready(usize),
    /// A column of the input, and how it is finished.
    Simple(usize, Finish),
    /// Any other expression.
    Expr(Arc<dyn PhysicalExpr>),
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
        if let Some((place, finish)) = simple(&or_zero::rewritten(expr)?) {
            let index = physical.index(place)?;
            if fits(finish, physical.schema.field(index).data_type()) {
                return Ok(Self::Simple(index, finish));
            }
        }
        Ok(Self::Expr(physical.expr(expr)?))
    }

    /// The column of the input that it passes on as it is.
    pub(super) fn passed(&self) -> Option<usize> {
        match self {
            Self::Ready(index) => Some(*index),
            Self::Simple(index, finish) if *finish == Finish::default() => Some(*index),
            Self::Simple(..) => None,
            Self::Expr(expr) => column_of(expr),
        }
    }

    /// The expression that reads columns for what they say; what is finished is no text.
    pub(super) fn spelled(&self) -> Option<&Arc<dyn PhysicalExpr>> {
        match self {
            Self::Expr(expr) if column_of(expr).is_none() => Some(expr),
            Self::Ready(_) | Self::Simple(..) | Self::Expr(_) => None,
        }
    }

    /// Its values.
    pub(super) fn over(&self, batch: &RecordBatch) -> Result<ArrayRef, DataFusionError> {
        match self {
            Self::Ready(index) => Ok(Arc::clone(batch.column(*index))),
            Self::Simple(index, finish) => Ok(finish.done(Arc::clone(batch.column(*index)))?),
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
    let found = simple(&or_zero::rewritten(expr)?);
    let fields = &graph.steps[input].fields;
    Ok(found.filter(|&(place, finish)| {
        let data_type = fields.get(place).map(|field| field.data_type());
        place > keys.len() && finish != Finish::default() && data_type.is_some_and(|t| fits(finish, t))
    }))
}

/// Says whether columns of a type can be finished so.
fn fits(finish: Finish, data_type: &DataType) -> bool {
    match data_type {
        DataType::Int64 | DataType::Float64 => true,
        DataType::Decimal128(..) => finish.float || !finish.or_zero,
        _ => finish == Finish::default(),
    }
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

/// The place of a column and how it is finished, if an expression does nothing else.
fn simple(expr: &Expr) -> Option<(usize, Finish)> {
    if let Some(place) = place_of(expr) {
        return Some((place, Finish::default()));
    }
    Some(match expr {
        Expr::Cast(cast) if *cast.field.data_type() == DataType::Float64 => {
            let (place, finish) = simple(&cast.expr)?;
            (place, Finish { float: true, ..finish })
        }
        Expr::Alias(alias) => simple(&alias.expr)?,
        other => {
            let (place, finish) = simple(within(other)?)?;
            (place, Finish { or_zero: true, ..finish })
        }
    })
}
