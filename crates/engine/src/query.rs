//! One query: rendered, checked, planned over the buckets.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::datasource::ViewTable;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{Distribution, LexOrdering, Partitioning, PhysicalSortExpr};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use datafusion::prelude::DataFrame;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Query, Statement as SqlStatement};
use foretell_storage::Warehouse;

use crate::error::{Error, Result};
use crate::fault::SqlFault;
use crate::fused::Fusion;
use crate::period::View;
use crate::sqlfile::{SqlFile, descriptions};
use crate::template::Context;
use crate::{guard, published, unmatched};

/// Values bound to the `$names` of a query.
pub(crate) type Values = HashMap<String, ScalarValue>;

/// Says which type a column has on disk; `None` where it cannot be one.
pub(crate) type OnDisk = fn(&DataType) -> Option<DataType>;

/// A query whose result has one row a customer, sorted by customer within each bucket.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// Where the query comes from, for messages.
    pub origin: String,
    /// The SQL that runs.
    pub sql: String,
    /// What it yields beside `customer_id`.
    pub columns: Vec<OutputColumn>,
    /// How it runs.
    pub fusion: Fusion,
    /// As its author wrote it, with values bound.
    pub(crate) plan: LogicalPlan,
}

/// A column of a query's result.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputColumn {
    /// Its name.
    pub name: String,
    /// Its type on disk: int64, float64 or bool.
    pub data_type: DataType,
    /// The sentence in the comment above it.
    pub description: Option<String>,
    /// The outermost function that makes it, or `expression`.
    pub operation: String,
    /// What a customer without rows has: the column's own expression over no rows.
    pub(crate) unmatched: ScalarValue,
}

impl Compiled {
    /// What a column is for a customer without rows, as SQL text.
    pub fn over_no_rows(&self, column: &str) -> Option<String> {
        let found = self.columns.iter().find(|c| c.name == column)?;
        Some(found.unmatched.to_string())
    }
}

impl View {
    /// Registers a file as a table of its own name.
    ///
    /// # Errors
    /// A fault of the file, with its place.
    pub async fn define(&self, file: &SqlFile, template: &Context) -> Result<()> {
        let rendered = file.rendered(template)?;
        let plan = self.logical(&rendered.sql).await.map_err(|fault| file.fault(&fault, &rendered))?;
        self.context
            .register_table(file.stem(), Arc::new(ViewTable::new(plan, Some(rendered.sql))))
            .map_err(|e| Error::internal(format!("{}: cannot define the table", file.path)).because(e))?;
        Ok(())
    }

    /// Compiles a file that yields one row a customer.
    ///
    /// # Errors
    /// A fault of the file, with its place.
    pub async fn compile(&self, file: &SqlFile, template: &Context) -> Result<Compiled> {
        self.compile_file(file, template, on_disk).await
    }

    /// Compiles a file whose columns may have the types that `on_disk` knows.
    pub(crate) async fn compile_file(
        &self,
        file: &SqlFile,
        template: &Context,
        on_disk: OnDisk,
    ) -> Result<Compiled> {
        let rendered = file.rendered(template)?;
        let compiled = self.compile_as(&file.path, &rendered.sql, on_disk).await;
        compiled.map_err(|fault| file.fault(&fault, &rendered))
    }

    /// Compiles SQL text that yields one row a customer; `origin` names it in messages.
    ///
    /// # Errors
    /// A fault of the text, with its place in it.
    pub async fn compile_sql(&self, origin: &str, sql: &str) -> Result<Compiled, SqlFault> {
        self.compile_as(origin, sql, on_disk).await
    }

    /// Compiles SQL text whose columns may have the types that `on_disk` knows.
    pub(crate) async fn compile_as(
        &self,
        origin: &str,
        sql: &str,
        on_disk: OnDisk,
    ) -> Result<Compiled, SqlFault> {
        let query = guard::parse(sql)?;
        let plan = self.planned(query.clone(), sql).await?;
        let fields = plan.schema().fields();
        if fields.first().is_none_or(|f| f.name() != "customer_id") {
            return Err(SqlFault::new("the first column is not `customer_id`")
                .hint("a feature file has one row a customer: SELECT customer_id, …"));
        }
        unmatched::check_named(&query, sql)?;
        let described = descriptions(sql);
        let unmatched = unmatched::values(self, &query).await?;
        let mut operations = unmatched::operations(&query).into_iter().skip(1);
        let mut columns = Vec::with_capacity(fields.len() - 1);
        for (index, field) in fields.iter().enumerate().skip(1) {
            if !is_lower_snake(field.name()) {
                return Err(SqlFault::new(format!("`{}` is no name of a column", field.name()))
                    .word(sql, field.name())
                    .hint("give it one, such as `… AS spend_90d`: lower-case letters, digits and `_`"));
            }
            let Some(data_type) = on_disk(field.data_type()) else {
                return Err(SqlFault::new(format!(
                    "`{}` is {}, a feature is a number or a truth value",
                    field.name(),
                    field.data_type()
                ))
                .word(sql, field.name())
                .hint("turn it into a number: CAST(… AS DOUBLE), count(*), or one column a value"));
            };
            let empty = unmatched.get(index).cloned().unwrap_or(ScalarValue::Null);
            columns.push(OutputColumn {
                name: field.name().clone(),
                description: described.get(field.name()).cloned(),
                operation: operations.next().unwrap_or_else(|| "expression".to_owned()),
                unmatched: empty.cast_to(&data_type).map_err(|e| SqlFault::read(&e, sql))?,
                data_type,
            });
        }
        let fusion = Fusion::Alone("`features.fuse` is false".to_owned());
        Ok(Compiled { origin: origin.to_owned(), sql: sql.to_owned(), columns, fusion, plan })
    }

    /// Adds the published object at a path below the warehouse as a table.
    ///
    /// # Errors
    /// There is no such object.
    pub async fn add_table(&self, name: &str, warehouse: &Warehouse, path: &str) -> Result<()> {
        published::show(&self.context, name, warehouse, path).await
    }

    /// Runs a query to its end.
    ///
    /// # Errors
    /// A fault of the query, with its place in it.
    pub async fn collect(&self, sql: &str) -> Result<Vec<RecordBatch>, SqlFault> {
        let plan = self.logical(sql).await?;
        let frame = DataFrame::new(self.context.state(), plan);
        frame.collect().await.map_err(|e| SqlFault::read(&e, sql))
    }

    /// Runs a file's query to its end.
    ///
    /// # Errors
    /// A fault of the file, with its place.
    pub async fn collect_file(&self, file: &SqlFile, template: &Context) -> Result<Vec<RecordBatch>> {
        let rendered = file.rendered(template)?;
        self.collect(&rendered.sql).await.map_err(|fault| file.fault(&fault, &rendered))
    }

    pub(crate) async fn logical(&self, sql: &str) -> Result<LogicalPlan, SqlFault> {
        self.planned(guard::parse(sql)?, sql).await
    }

    /// Plans a query that was parsed from `sql`.
    async fn planned(&self, query: Box<Query>, sql: &str) -> Result<LogicalPlan, SqlFault> {
        let statement = Statement::Statement(Box::new(SqlStatement::Query(query)));
        let plan = self.context.state().statement_to_plan(statement).await.map_err(|e| {
            let fault = SqlFault::read(&e, sql);
            self.explain_missing_table(fault)
        })?;
        guard::check(&plan, sql)?;
        let values = self.values.iter().map(|(k, v)| (k.clone(), ScalarAndMetadata::from(v.clone())));
        plan.with_param_values(ParamValues::Map(values.collect())).map_err(|e| SqlFault::read(&e, sql))
    }

    fn explain_missing_table(&self, mut fault: SqlFault) -> SqlFault {
        if let Some(rest) = fault.message.strip_prefix("table 'datafusion.public.")
            && let Some((name, _)) = rest.split_once('\'')
        {
            let name = name.to_owned();
            fault.message = format!("no table `{name}`");
            if let Some(why) = self.unusable.get(&name) {
                fault.message = format!("the staging table `{name}` cannot be made of these sources");
                fault.hint = Some(why.to_string());
                return fault;
            }
            fault.hint = Some(match name.as_str() {
                "events" | "customers" => {
                    format!("declare it under `sources.{name}`, or leave out the family that reads it")
                }
                _ => format!(
                    "there are {} and the files of sql/staging/",
                    self.sources.iter().map(|s| format!("`{}`", s.name)).collect::<Vec<_>>().join(", ")
                ),
            });
        }
        fault
    }

    /// Plans, and sees to it that the result is hashed and sorted by customer as the lake is.
    pub(crate) async fn physical(
        &self,
        plan: &LogicalPlan,
    ) -> Result<Arc<dyn ExecutionPlan>, datafusion::common::DataFusionError> {
        let mut plan = self.context.state().create_physical_plan(plan).await?;
        let customer = col("customer_id", &plan.schema())?;
        let wanted = Distribution::KeyPartitioned(vec![Arc::clone(&customer)]);
        let satisfied = plan
            .output_partitioning()
            .satisfaction(&wanted, plan.equivalence_properties(), true)
            .is_satisfied();
        if !satisfied || plan.output_partitioning().partition_count() != self.buckets {
            let hash = Partitioning::Hash(vec![Arc::clone(&customer)], self.buckets);
            plan = Arc::new(RepartitionExec::try_new(plan, hash)?);
        }
        let order = PhysicalSortExpr::new_default(customer).asc().nulls_last();
        if !plan.equivalence_properties().ordering_satisfy([order.clone()])?
            && let Some(order) = LexOrdering::new([order])
        {
            plan = Arc::new(SortExec::new(order, plan).with_preserve_partitioning(true));
        }
        Ok(plan)
    }
}

fn is_lower_snake(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The type a feature has on disk; `None` where it cannot be one.
pub(crate) fn on_disk(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::Boolean => DataType::Boolean,
        t if t.is_integer() => DataType::Int64,
        t if t.is_floating() || t.is_decimal() => DataType::Float64,
        _ => return None,
    })
}

/// The type that what is known of a customer has on disk, which texts and days may be too; `None` where it cannot be one.
pub(crate) fn text_or_number(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(DataType::Utf8),
        DataType::Date32 => Some(DataType::Date32),
        other => on_disk(other),
    }
}
