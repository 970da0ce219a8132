//! What a customer without rows has: each column's own expression over no rows.
//!
//! `count(*)` over no rows is 0 and `coalesce(sum(x), 0)` is 0, while `avg(x)` is NULL. A query with
//! GROUP BY yields no row for such a customer; rather than have every file say so again, the
//! value is computed from the expression itself, with counts replaced by 0 and every other
//! aggregate and column by NULL.

use std::ops::ControlFlow;

use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::execution::SessionState;
use datafusion::prelude::DataFrame;
use datafusion::sql::sqlparser::ast::{Expr, Query, SelectItem, SetExpr, Value, VisitMut, VisitorMut};

use crate::fault::SqlFault;
use crate::period::View;

/// The value of each result column over no rows, in order; the first is `customer_id`'s.
pub(crate) async fn values(view: &View, query: &Query) -> Result<Vec<ScalarValue>, SqlFault> {
    let state = view.context.state();
    let mut over_no_rows = OverNoRows { state: &state };
    let expressions: Vec<String> = projection(query)
        .iter()
        .map(|item| {
            let mut expression = item_expr(item).cloned().unwrap_or(Expr::Value(Value::Null.into()));
            // The visitor never breaks off.
            let _ = expression.visit(&mut over_no_rows);
            expression.to_string()
        })
        .collect();
    if let Ok(values) = evaluate(view, &expressions).await {
        return Ok(values);
    }
    // One of them has no value without rows: find out which, it is NULL.
    let mut values = Vec::with_capacity(expressions.len());
    for expression in &expressions {
        let value = evaluate(view, std::slice::from_ref(expression)).await;
        values.push(value.ok().and_then(|mut v| v.pop()).unwrap_or(ScalarValue::Null));
    }
    Ok(values)
}

/// Checks that the result columns can be read off the query: a SELECT that names each of them.
pub(crate) fn check_named(query: &Query, sql: &str) -> Result<(), SqlFault> {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return Err(SqlFault::new("the outermost part is no single SELECT")
            .hint("put the UNION into a WITH, and SELECT the columns by name from it"));
    };
    let wild = select
        .projection
        .iter()
        .any(|item| !matches!(item, SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. }));
    if wild {
        return Err(SqlFault::new("the outermost SELECT has a `*`")
            .word(sql, "*")
            .hint("name each feature, with a `--:` comment that says what it is"));
    }
    Ok(())
}

/// The outermost function of each result column, or `expression`, in order.
pub(crate) fn operations(query: &Query) -> Vec<String> {
    fn outermost(expression: &Expr) -> Option<String> {
        match expression {
            Expr::Function(call) => {
                let name = call.name.to_string().to_lowercase();
                let distinct = call.args.to_string().to_lowercase().starts_with("(distinct");
                Some(if distinct { format!("{name}_distinct") } else { name })
            }
            Expr::Cast { expr, .. } | Expr::Nested(expr) => outermost(expr),
            Expr::BinaryOp { .. } => Some("expression".to_owned()),
            _ => None,
        }
    }
    let named = |item| outermost(item).unwrap_or_else(|| "expression".to_owned());
    projection(query)
        .iter()
        .map(|item| item_expr(item).map_or_else(|| "expression".to_owned(), named))
        .collect()
}

fn projection(query: &Query) -> &[SelectItem] {
    match query.body.as_ref() {
        SetExpr::Select(select) => &select.projection,
        _ => &[],
    }
}

fn item_expr(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

async fn evaluate(view: &View, expressions: &[String]) -> Result<Vec<ScalarValue>, DataFusionError> {
    let columns: Vec<String> = expressions.iter().enumerate().map(|(i, e)| format!("{e} AS c{i}")).collect();
    let plan = view
        .logical(&format!("SELECT {}", columns.join(", ")))
        .await
        .map_err(|fault| DataFusionError::Plan(fault.message))?;
    let batches = DataFrame::new(view.context.state(), plan).collect().await?;
    let Some(row) = batches.iter().find(|b| b.num_rows() > 0) else { return Ok(Vec::new()) };
    row.columns().iter().map(|column| ScalarValue::try_from_array(column, 0)).collect()
}

struct OverNoRows<'a> {
    state: &'a SessionState,
}

impl VisitorMut for OverNoRows<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        let replacement = match expression {
            Expr::Function(call) => {
                let name = call.name.to_string().to_lowercase();
                let aggregate = self.state.aggregate_functions().contains_key(&name);
                if name == "count" && call.over.is_none() {
                    Some(Value::Number("0".to_owned(), false))
                } else {
                    (aggregate || call.over.is_some()).then_some(Value::Null)
                }
            }
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Subquery(_) => Some(Value::Null),
            _ => None,
        };
        if let Some(value) = replacement {
            *expression = Expr::Value(value.into());
        }
        ControlFlow::Continue(())
    }
}
