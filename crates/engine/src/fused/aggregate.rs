//! One aggregate function, as the fold knows it.

use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Expr, ExprSchemable};
use foretell_fold::How;

use super::conditions::{Condition, case_of, unaliased};

/// An aggregate that can be folded.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Foldable {
    pub(super) how: How,
    /// What is counted, summed and so on; `None` for rows.
    pub(super) argument: Option<Expr>,
    /// The rows it takes.
    pub(super) condition: Condition,
    /// For [`How::SumOrZero`], the rows that decide whether there is a sum at all.
    pub(super) around: Condition,
}

/// Reads an aggregate whose columns are places of `schema`; says why where it cannot be folded.
pub(super) fn foldable(aggregate: &Expr, schema: &DFSchema) -> Result<Foldable, String> {
    let Expr::AggregateFunction(AggregateFunction { func, params }) = aggregate else {
        return Err("no aggregate function".to_owned());
    };
    let name = func.name();
    if params.distinct {
        return Err(format!(
            "`{name}(DISTINCT …)`: count the rows of a GROUP BY customer_id and the value instead"
        ));
    }
    if params.null_treatment.is_some() {
        return Err(format!("`{name}` with a treatment of NULL"));
    }
    let mut how = match name {
        "count" => How::Count,
        "sum" => How::Sum,
        "avg" => How::Mean,
        "min" | "bool_and" => How::Least,
        "max" | "bool_or" => How::Greatest,
        "stddev" | "stddev_samp" => How::Variance { sample: true, root: true },
        "stddev_pop" => How::Variance { sample: false, root: true },
        "var" | "var_samp" => How::Variance { sample: true, root: false },
        "var_pop" => How::Variance { sample: false, root: false },
        _ => return Err(format!("`{name}` is not among the functions that are folded")),
    };
    let [argument] = params.args.as_slice() else {
        return Err(format!("`{name}` of several arguments"));
    };
    let around = Condition::of(params.filter.as_deref());
    let mut condition = around.clone();
    let mut argument = unaliased(argument);
    if let Some((when, then, zero)) = case_of(argument)
        && (!zero || how == How::Sum)
    {
        let inner = Condition::of(Some(when));
        for (place, range) in inner.ranges {
            condition.add_range(place, range);
        }
        inner.others.iter().for_each(|other| condition.add(other));
        argument = then;
        if zero {
            how = How::SumOrZero;
        }
    }
    if let Expr::Literal(value, _) = argument
        && how == How::Count
        && !value.is_null()
    {
        return Ok(Foldable { how, argument: None, condition, around });
    }
    let data_type = argument.get_type(schema).map_err(|e| e.strip_backtrace())?;
    let fits = match how {
        How::Count => true,
        How::Sum | How::SumOrZero => {
            matches!(data_type, DataType::Int64 | DataType::Float64 | DataType::Decimal128(..))
        }
        How::Mean | How::Variance { .. } => data_type == DataType::Float64,
        How::Least | How::Greatest => matches!(
            data_type,
            DataType::Boolean
                | DataType::Int8
                | DataType::Int16
                | DataType::Int32
                | DataType::Int64
                | DataType::Date32
                | DataType::Float64
                | DataType::Decimal128(..)
        ),
    };
    if !fits {
        return Err(format!("`{name}` of {data_type}"));
    }
    Ok(Foldable { how, argument: Some(argument.clone()), condition, around })
}
