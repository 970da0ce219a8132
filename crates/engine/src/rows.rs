//! Expressions over single rows: derived columns and rules, at ingest.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::{Expr, ExprSchemable};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::BinaryExpr;
use datafusion::prelude::SessionContext;

use crate::error::{Error, Result};
use crate::fault::SqlFault;
use crate::guard;
use crate::session::Engine;

/// Derived columns and rules, ready to run over batches of canonical columns.
#[derive(Debug, Clone)]
pub struct RowProgram {
    derives: Vec<Step>,
    rules: Vec<Step>,
    schema: SchemaRef,
}

#[derive(Debug, Clone)]
struct Step {
    expression: Arc<dyn PhysicalExpr>,
    data_type: DataType,
}

/// Why a row is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The derived column of that index could not be computed.
    Derive(usize),
    /// The rule of that index is not met.
    Rule(usize),
}

/// A batch with its derived columns, and the rows of it that are not good, in order.
pub type Judged = (RecordBatch, Vec<(usize, Verdict)>);

/// Which of the expressions a fault is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// `derive` or `rules`.
    pub derive: bool,
    /// Index among the derived columns or the rules.
    pub index: usize,
    /// The fault, with its place in the expression.
    pub fault: SqlFault,
}

impl Engine {
    /// Checks a condition over the columns (or, with aggregates, over the rows) of a table.
    ///
    /// # Errors
    /// The fault, with its place in the condition.
    pub fn check_condition(&self, schema: &SchemaRef, sql: &str) -> Result<(), SqlFault> {
        guard::check_single_rows(&self.condition(schema, sql)?, sql)
    }

    /// Checks that `sql` is a condition over aggregates of rows of `schema`.
    ///
    /// # Errors
    /// The fault, with its place in the condition.
    pub fn check_having(&self, schema: &SchemaRef, sql: &str) -> Result<(), SqlFault> {
        guard::check_aggregated(&self.condition(schema, sql)?, sql)
    }

    fn condition(&self, schema: &SchemaRef, sql: &str) -> Result<Expr, SqlFault> {
        let read = |e: DataFusionError| SqlFault::read(&e, sql);
        let df = DFSchema::try_from(schema.as_ref().clone()).map_err(read)?;
        let expression = self.session(1).parse_sql_expr(sql, &df).map_err(read)?;
        guard::check_expression(&expression, sql)?;
        let found = expression.get_type(&df).map_err(read)?;
        if found != DataType::Boolean {
            return Err(SqlFault::new(format!("the condition is {found}, not true or false"))
                .at(1, 1)
                .hint("compare with something, such as `count(*) > 0`"));
        }
        Ok(expression)
    }
}

impl RowProgram {
    /// Compiles expressions over `schema`; a derived column may use those before it, a rule all of them.
    ///
    /// # Errors
    /// The faults of all expressions.
    pub fn compile(
        engine: &Engine,
        schema: &SchemaRef,
        derive: &[(&str, &str)],
        rules: &[&str],
    ) -> Result<Self, Vec<RowFault>> {
        let context = engine.session(1);
        let mut faults = Vec::new();
        let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
        let mut derives = Vec::new();
        for (index, (name, sql)) in derive.iter().enumerate() {
            match step(&context, &Schema::new(fields.clone()), sql) {
                Ok(step) => {
                    fields.push(Arc::new(Field::new(*name, step.data_type.clone(), true)));
                    derives.push(step);
                }
                Err(fault) => faults.push(RowFault { derive: true, index, fault }),
            }
        }
        let schema = Arc::new(Schema::new(fields));
        let mut compiled = Vec::new();
        for (index, sql) in rules.iter().enumerate() {
            match step(&context, &schema, sql) {
                Ok(step) if step.data_type == DataType::Boolean => compiled.push(step),
                Ok(step) => {
                    let fault =
                        SqlFault::new(format!("the condition is {}, not true or false", step.data_type))
                            .at(1, 1)
                            .hint("compare with something, such as `unit_price > 0`");
                    faults.push(RowFault { derive: false, index, fault });
                }
                // A rule over a derived column that itself is faulty would only repeat that fault.
                Err(_) if faults.iter().any(|f| f.derive) => {}
                Err(fault) => faults.push(RowFault { derive: false, index, fault }),
            }
        }
        if faults.is_empty() { Ok(Self { derives, rules: compiled, schema }) } else { Err(faults) }
    }

    /// Canonical and derived columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Adds the derived columns and judges each row by the first rule it does not meet.
    ///
    /// # Errors
    /// The batch is not of the schema the program was compiled for.
    pub fn run(&self, batch: &RecordBatch) -> Result<Judged> {
        match self.try_run(batch) {
            Ok(done) => Ok(done),
            Err(_) => self.run_row_by_row(batch),
        }
    }

    /// One row whose expression fails (a division by zero) must not fail the others.
    fn run_row_by_row(&self, batch: &RecordBatch) -> Result<Judged> {
        let mut rows = Vec::with_capacity(batch.num_rows());
        let mut verdicts = Vec::new();
        for row in 0..batch.num_rows() {
            let one = batch.slice(row, 1);
            match self.try_run(&one) {
                Ok((done, verdict)) => {
                    rows.push(done);
                    verdicts.extend(verdict.into_iter().map(|(_, verdict)| (row, verdict)));
                }
                Err((Some(verdict), _)) => {
                    rows.push(self.padded(&one)?);
                    verdicts.push((row, verdict));
                }
                Err((None, e)) => return Err(misfit(e)),
            }
        }
        let whole = arrow::compute::concat_batches(&self.schema, &rows)
            .map_err(|e| Error::internal("cannot put rows together").because(e))?;
        Ok((whole, verdicts))
    }

    /// An error names the expression that failed; `None` is none of them.
    fn try_run(&self, batch: &RecordBatch) -> Result<Judged, (Option<Verdict>, DataFusionError)> {
        let mut columns = batch.columns().to_vec();
        for (index, step) in self.derives.iter().enumerate() {
            let part = self.partial(&columns, batch.num_rows()).map_err(|e| (None, e))?;
            columns.push(step.evaluate(&part).map_err(|e| (Some(Verdict::Derive(index)), e))?);
        }
        let whole = self.partial(&columns, batch.num_rows()).map_err(|e| (None, e))?;
        let mut verdicts = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let failed = |e| (Some(Verdict::Rule(index)), e);
            // Rows that an earlier rule refused are not asked: a later rule may fail on just those.
            let (asked, numbers) = if verdicts.is_empty() {
                (whole.clone(), None)
            } else {
                let mut good = vec![true; whole.num_rows()];
                verdicts.iter().for_each(|(row, _): &(usize, Verdict)| good[*row] = false);
                let good = BooleanArray::from(good);
                let asked = filter_record_batch(&whole, &good).map_err(|e| failed(e.into()))?;
                (asked, Some(good))
            };
            let met = rule.evaluate(&asked).map_err(failed)?;
            let met = met.as_boolean();
            if met.true_count() == met.len() {
                continue;
            }
            // Only here are single rows looked at.
            let unmet = (0..met.len()).filter(|row| met.is_null(*row) || !met.value(*row));
            let rows: Vec<usize> = match &numbers {
                None => unmet.collect(),
                Some(good) => {
                    let rows: Vec<usize> = good.values().set_indices().collect();
                    unmet.map(|position| rows[position]).collect()
                }
            };
            verdicts.extend(rows.into_iter().map(|row| (row, Verdict::Rule(index))));
        }
        verdicts.sort_unstable_by_key(|(row, _)| *row);
        Ok((whole, verdicts))
    }

    fn partial(&self, columns: &[ArrayRef], rows: usize) -> Result<RecordBatch, DataFusionError> {
        let fields: Vec<_> = self.schema.fields().iter().take(columns.len()).cloned().collect();
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns.to_vec(), &options)?)
    }

    /// A row that could not be derived, with NULL in the derived columns.
    fn padded(&self, row: &RecordBatch) -> Result<RecordBatch> {
        let mut columns = row.columns().to_vec();
        for field in self.schema.fields().iter().skip(columns.len()) {
            columns.push(arrow::array::new_null_array(field.data_type(), row.num_rows()));
        }
        RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|e| misfit(e.into()))
    }
}

fn misfit(error: DataFusionError) -> Error {
    Error::internal("rows do not fit their schema").because(error)
}

impl Step {
    fn evaluate(&self, batch: &RecordBatch) -> Result<ArrayRef, DataFusionError> {
        let value = self.expression.evaluate(batch)?.into_array(batch.num_rows())?;
        Ok(cast(&value, &self.data_type)?)
    }
}

fn step(context: &SessionContext, schema: &Schema, sql: &str) -> Result<Step, SqlFault> {
    let read = |e: DataFusionError| SqlFault::read(&e, sql);
    let df = DFSchema::try_from(schema.clone()).map_err(read)?;
    let expression = context.parse_sql_expr(sql, &df).map_err(read)?;
    guard::check_expression(&expression, sql)?;
    guard::check_single_rows(&expression, sql)?;
    let expression = context.create_physical_expr(expression, &df).and_then(checked).map_err(read)?;
    let found = expression.data_type(schema).map_err(read)?;
    let Some(data_type) = canonical(&found) else {
        return Err(SqlFault::new(format!("the result is {found}, which no column of the lake can be"))
            .at(1, 1)
            .hint("CAST it to BIGINT, DOUBLE, DECIMAL(p, s), VARCHAR, BOOLEAN, DATE or TIMESTAMP"));
    };
    Ok(Step { expression, data_type })
}

/// The expression with sums and products that fail, rather than wrap around, where they overflow.
fn checked(expression: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>, DataFusionError> {
    let checked = expression.transform_up(|part| {
        let Some(binary) = part.downcast_ref::<BinaryExpr>() else { return Ok(Transformed::no(part)) };
        let (left, right) = (Arc::clone(binary.left()), Arc::clone(binary.right()));
        let checked = BinaryExpr::new(left, *binary.op(), right).with_fail_on_overflow(true);
        Ok(Transformed::yes(Arc::new(checked)))
    })?;
    Ok(checked.data)
}

/// The lake's type for what an expression yields.
fn canonical(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::Boolean | DataType::Date32 | DataType::Decimal128(..) => data_type.clone(),
        t if t.is_integer() => DataType::Int64,
        t if t.is_floating() => DataType::Float64,
        t if t.is_string() => DataType::Utf8,
        DataType::Timestamp(..) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => return None,
    })
}
