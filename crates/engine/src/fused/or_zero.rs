//! `or_zero(x)`: 0 in place of NULL.
//!
//! The optimizer turns `coalesce(x, 0)` into a CASE, which looks for rows to keep, evaluates each branch and merges
//! them. Hundreds of columns have this form, and filling in zeros is all there is to do.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

const NAME: &str = "or_zero";

/// Puts `or_zero` wherever an expression says the same at length.
pub(super) fn rewritten(expr: &Expr) -> Result<Expr, DataFusionError> {
    let rewritten = expr.clone().transform_up(|part| {
        Ok(match filled(&part) {
            Some(value) => Transformed::yes(ScalarUDF::from(OrZero::new()).call(vec![value.clone()])),
            None => Transformed::no(part),
        })
    });
    Ok(rewritten?.data)
}

/// The value that `or_zero` is of, where an expression is that.
pub(super) fn within(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::ScalarFunction(call) if call.func.name() == NAME => call.args.first(),
        _ => None,
    }
}

/// The value in `CASE WHEN value IS NOT NULL THEN value ELSE 0 END`.
fn filled(expr: &Expr) -> Option<&Expr> {
    let Expr::Case(Case { expr: None, when_then_expr, else_expr: Some(other) }) = expr else { return None };
    let [(when, then)] = when_then_expr.as_slice() else { return None };
    let (Expr::IsNotNull(value), Expr::Literal(zero, _)) = (when.as_ref(), other.as_ref()) else {
        return None;
    };
    let zero = matches!(zero, ScalarValue::Int64(Some(0)))
        || matches!(zero, ScalarValue::Float64(Some(zero)) if zero.to_bits() == 0);
    (zero && value == then).then_some(then.as_ref())
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct OrZero {
    signature: Signature,
}

impl OrZero {
    fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for OrZero {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(types.first().cloned().unwrap_or(DataType::Null))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let rows = args.number_rows;
        let values = args.args.into_iter().next().map(|value| value.into_array(rows)).transpose()?;
        let filled = values.as_ref().and_then(foretell_fold::zero_for_null);
        filled
            .map(ColumnarValue::Array)
            .ok_or_else(|| DataFusionError::Internal("or_zero of a type it is not made for".to_owned()))
    }
}
