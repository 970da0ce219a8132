//! Time: the rows that may be seen, decided before any SQL file sees a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use chrono::NaiveDate;
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, col, lit};
use datafusion::prelude::SessionContext;

use crate::error::{Error, Result};
use crate::lake::{BucketTable, Lake};
use crate::query;
use crate::session::Engine;
use crate::sqlfile::SqlFile;
use crate::template::Context;

/// A half-open span of local days, and the day before which a row must have been known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day that is seen; from the beginning if `None`.
    pub from: Option<NaiveDate>,
    /// First day that is no longer seen.
    pub until: NaiveDate,
    /// Rows first known on this day or later are not seen.
    pub known_before: NaiveDate,
}

impl Period {
    /// All that was known before the cutoff.
    pub fn before(cutoff: NaiveDate) -> Self {
        Self { from: None, until: cutoff, known_before: cutoff }
    }
}

/// A source, whole and as it stood in a period.
pub(crate) struct SourceTable {
    pub(crate) name: String,
    /// All its rows, of the runs that hold any that the period can see; `None` where nothing was ever read.
    pub(crate) whole: Option<Arc<BucketTable>>,
    /// Its columns.
    pub(crate) schema: SchemaRef,
    /// What SQL files see of it.
    pub(crate) cut: LogicalPlan,
}

impl SourceTable {
    /// The column that says on which day a row lies.
    pub(crate) fn clock(&self) -> &'static str {
        clock(&self.schema)
    }
}

fn clock(schema: &SchemaRef) -> &'static str {
    if schema.column_with_name("occurred_on").is_some() { "occurred_on" } else { "known_on" }
}

/// The sources as they stood in a period, with the staging tables on top.
///
/// A SQL file sees `transactions`, `events` and `customers` only through here, so none can reach a
/// row outside the period.
pub struct View {
    pub(crate) context: SessionContext,
    pub(crate) values: query::Values,
    pub(crate) buckets: usize,
    pub(crate) sources: Vec<SourceTable>,
    /// Staging tables that cannot be made of these sources, and why.
    pub(crate) unusable: BTreeMap<String, Error>,
}

impl View {
    /// Defines the staging tables in whatever order they need one another.
    ///
    /// One that these sources cannot feed (a column is not mapped) is only a fault if a file reads it.
    async fn define_all(&mut self, staging: &[SqlFile], template: &Context) -> Result<()> {
        let mut waiting: Vec<&SqlFile> = staging.iter().collect();
        loop {
            let before = waiting.len();
            let mut still = Vec::new();
            for file in waiting {
                if let Err(error) = self.define(file, template).await {
                    self.unusable.insert(file.stem().to_owned(), error);
                    still.push(file);
                } else {
                    self.unusable.remove(file.stem());
                }
            }
            if still.is_empty() || still.len() == before {
                return Ok(());
            }
            waiting = still;
        }
    }
}

impl Engine {
    /// Opens the sources as they stood in `period`, and the staging files over them in order.
    ///
    /// Each source has a further column `days_ago`: whole local days from the row's day to
    /// `period.until`.
    ///
    /// # Errors
    /// A source cannot be opened.
    pub async fn view(
        &self,
        lake: &Lake,
        period: Period,
        template: &Context,
        staging: &[SqlFile],
    ) -> Result<View> {
        let context = self.session(lake.buckets);
        context
            .register_object_store(crate::lake::store_url(&lake.warehouse)?.as_ref(), lake.warehouse.store());
        let mut values = query::Values::new();
        values.insert("cutoff".to_owned(), day(period.until));
        for (name, text) in template.bindings() {
            values.insert(name, ScalarValue::Utf8(Some(text)));
        }
        let mut sources = Vec::with_capacity(lake.sources.len());
        for source in &lake.sources {
            let whole = if source.is_empty() {
                None
            } else {
                Some(Arc::new(BucketTable::new(&lake.warehouse, source, lake.buckets, period)?))
            };
            let schema = Arc::clone(&source.schema);
            let table: Arc<dyn TableProvider> = match &whole {
                Some(whole) => Arc::clone(whole) as _,
                None => Arc::new(EmptyTable::new(Arc::clone(&schema))),
            };
            let failed = |e| Error::internal(format!("cannot open {}", source.name)).because(e);
            let cut = cut(&source.name, table, period).map_err(failed)?;
            let view = ViewTable::new(cut.clone(), None);
            context.register_table(source.name.as_str(), Arc::new(view)).map_err(failed)?;
            sources.push(SourceTable { name: source.name.clone(), whole, schema, cut });
        }
        let mut view = View { unusable: BTreeMap::new(), context, values, buckets: lake.buckets, sources };
        view.define_all(staging, template).await?;
        Ok(view)
    }
}

fn cut(
    name: &str,
    table: Arc<dyn TableProvider>,
    period: Period,
) -> Result<LogicalPlan, datafusion::common::DataFusionError> {
    let schema = table.schema();
    let has = |column: &str| schema.column_with_name(column).is_some();
    let clock = clock(&schema);
    let mut filter = col(clock).lt(lit(day(period.until)));
    if let Some(from) = period.from {
        filter = filter.and(col(clock).gt_eq(lit(day(from))));
    }
    if has("known_on") {
        // A row that does not say when it was known was known when it happened.
        let known = col("known_on").lt(lit(day(period.known_before)));
        filter = filter.and(col("known_on").is_null().or(known));
    }
    let mut columns: Vec<Expr> = schema.fields().iter().map(|f| col(f.name())).collect();
    let number = |e: Expr| cast(cast(e, DataType::Int32), DataType::Int64);
    columns.push((number(lit(day(period.until))) - number(col(clock))).alias("days_ago"));
    LogicalPlanBuilder::scan(name, provider_as_source(table), None)?.filter(filter)?.project(columns)?.build()
}

fn day(date: NaiveDate) -> ScalarValue {
    ScalarValue::Date32(day_number(date))
}

/// Days since 1970-01-01, the epoch of Arrow's Date32.
pub(crate) fn day_number(date: NaiveDate) -> Option<i32> {
    i32::try_from((date - NaiveDate::default()).num_days()).ok()
}
