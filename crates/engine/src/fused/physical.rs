//! Expressions over the columns that a step really needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::{Field, FieldRef, SchemaRef};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};

use super::or_zero;

/// Makes expressions over the kept columns of one step; each is named by its place.
pub(super) struct Physical<'a> {
    pub(super) state: &'a SessionState,
    pub(super) schema: DFSchema,
}

/// The fields of the columns that are kept.
pub(super) fn kept_fields(fields: &[FieldRef], kept: &BTreeSet<usize>) -> Vec<Field> {
    let field = |&at: &usize| {
        fields.get(at).map(|f| Field::new(at.to_string(), f.data_type().clone(), f.is_nullable()))
    };
    kept.iter().filter_map(field).collect()
}

impl<'a> Physical<'a> {
    /// Expressions over batches of `schema`.
    pub(super) fn new(state: &'a SessionState, schema: &SchemaRef) -> Result<Self, DataFusionError> {
        Ok(Self { state, schema: DFSchema::try_from(Arc::clone(schema))? })
    }

    /// An expression that can be evaluated.
    pub(super) fn expr(&self, expr: &Expr) -> Result<Arc<dyn PhysicalExpr>, DataFusionError> {
        create_physical_expr(
            &or_zero::rewritten(expr)?,
            &self.schema,
            self.state.execution_props(),
            &PhysicalPlanningContext::default(),
        )
    }

    /// Where the column of a place lies within a batch.
    pub(super) fn index(&self, place: usize) -> Result<usize, DataFusionError> {
        self.schema
            .index_of_column_by_name(None, &place.to_string())
            .ok_or_else(|| DataFusionError::Internal(format!("the column at place {place} is not kept")))
    }
}

/// Where a column lies within a batch, if an expression is one and nothing else.
pub(super) fn column_of(expr: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    expr.downcast_ref::<Column>().map(Column::index)
}

/// The values of an expression.
pub(super) fn evaluate(
    expr: &Arc<dyn PhysicalExpr>,
    batch: &RecordBatch,
) -> Result<ArrayRef, DataFusionError> {
    expr.evaluate(batch)?.into_array(batch.num_rows())
}

/// The rows for which a condition is true.
pub(super) fn predicate(
    expr: &Arc<dyn PhysicalExpr>,
    batch: &RecordBatch,
) -> Result<BooleanArray, DataFusionError> {
    Ok(evaluate(expr, batch)?.as_boolean().clone())
}
