//! Functions of the first row and of the rows before and after, within each customer.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::{SortOptions, take};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::Sort;
use datafusion::physical_expr::PhysicalExpr;
use foretell_fold::{Order, OrderBy};

use super::physical::{Physical, column_of, evaluate};

/// One function over rows in an order.
#[derive(Debug)]
pub(super) struct Window {
    order: Vec<(Arc<dyn PhysicalExpr>, SortOptions)>,
    what: What,
}

#[derive(Debug)]
enum What {
    /// The row's number within its customer.
    Number,
    /// A value of the row so many places before.
    Neighbour { value: Arc<dyn PhysicalExpr>, by: i64 },
    /// A value of the customer's first row.
    First { value: Arc<dyn PhysicalExpr> },
}

impl Window {
    /// Plans a function that was recognised.
    pub(super) fn new(function: &Expr, physical: &Physical<'_>) -> Result<Self, DataFusionError> {
        let Expr::WindowFunction(function) = function else {
            return Err(DataFusionError::Internal("no window function".to_owned()));
        };
        let params = &function.params;
        let order = params.order_by.iter().map(|Sort { expr, asc, nulls_first }| {
            let options = SortOptions { descending: !asc, nulls_first: *nulls_first };
            Ok((physical.expr(expr)?, options))
        });
        let by = match params.args.get(1) {
            Some(Expr::Literal(ScalarValue::Int64(Some(by)), _)) => *by,
            _ => 1,
        };
        let what = match (function.fun.name(), params.args.first()) {
            ("lag", Some(value)) => What::Neighbour { value: physical.expr(value)?, by },
            ("lead", Some(value)) => What::Neighbour { value: physical.expr(value)?, by: -by },
            ("first_value", Some(value)) => What::First { value: physical.expr(value)? },
            _ => What::Number,
        };
        Ok(Self { order: order.collect::<Result<_, DataFusionError>>()?, what })
    }

    /// The column that it passes on, if it does nothing else to its values.
    pub(super) fn passed(&self) -> Option<usize> {
        match &self.what {
            What::Number => None,
            What::Neighbour { value, .. } | What::First { value } => column_of(value),
        }
    }

    /// The expressions that read columns for what they say.
    pub(super) fn spelled(&self) -> impl Iterator<Item = &Arc<dyn PhysicalExpr>> {
        let value = match &self.what {
            What::Neighbour { value, .. } | What::First { value } => Some(value),
            What::Number => None,
        };
        let value = value.filter(|value| column_of(value).is_none());
        self.order.iter().map(|(expr, _)| expr).chain(value)
    }

    /// The function's column; the rows of each of `customers` lie together.
    pub(super) fn over(&self, batch: &RecordBatch, customers: &[u32]) -> Result<ArrayRef, DataFusionError> {
        let by = self
            .order
            .iter()
            .map(|(expr, options)| Ok(OrderBy { values: evaluate(expr, batch)?, options: *options }));
        let order = Order::new(customers, &by.collect::<Result<Vec<_>, DataFusionError>>()?)?;
        Ok(match &self.what {
            What::Number => Arc::new(order.numbers()),
            What::Neighbour { value, by } => take(&evaluate(value, batch)?, &order.neighbours(*by), None)?,
            What::First { value } => take(&evaluate(value, batch)?, &order.firsts(), None)?,
        })
    }
}
