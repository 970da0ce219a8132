//! The table `customer`: the customers that are asked together, with all that is known of them so far.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::TableType;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, Partitioning, PhysicalExpr, PhysicalSortExpr,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, ReplaceChildrenOptions,
};
use futures::stream;

/// Rows of a batch that a plan is handed.
const ROWS: usize = 8192;

/// Columns of `customer` that some plan reads.
#[derive(Debug, Default)]
pub(super) struct Wanted(Mutex<BTreeSet<String>>);

impl Wanted {
    pub(super) fn names(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn extend(&self, names: impl Iterator<Item = String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
    }
}

/// The rows of `customer` that a task works on; plans find them in the task's context, so that many tasks share a plan.
#[derive(Debug, Default)]
pub(super) struct AtHand(Mutex<Option<RecordBatch>>);

impl AtHand {
    pub(super) fn put(&self, rows: RecordBatch) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(rows);
    }

    fn get(&self) -> Option<RecordBatch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// `customer` with the columns that are known at one point: hashed by customer and sorted within each bucket.
#[derive(Debug)]
pub(super) struct CustomerTable {
    pub(super) schema: SchemaRef,
    pub(super) buckets: usize,
    pub(super) wanted: Arc<Wanted>,
}

#[async_trait]
impl TableProvider for CustomerTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        let names = schema.fields().iter().map(|field| field.name().clone());
        self.wanted.extend(names);
        let (partitioning, order) = match col("customer_id", &schema) {
            Ok(customer) => {
                let order = PhysicalSortExpr::new_default(Arc::clone(&customer)).asc().nulls_last();
                (Partitioning::Hash(vec![customer], self.buckets), LexOrdering::new([order]))
            }
            Err(_) => (Partitioning::UnknownPartitioning(self.buckets), None),
        };
        let properties = PlanProperties::new(
            EquivalenceProperties::new_with_orderings(Arc::clone(&schema), order),
            partitioning,
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Arc::new(CustomerExec { properties: Arc::new(properties) }))
    }
}

/// Reads the customers at hand.
#[derive(Debug)]
pub(super) struct CustomerExec {
    properties: Arc<PlanProperties>,
}

impl CustomerExec {
    pub(super) const NAME: &'static str = "CustomerExec";
}

impl DisplayAs for CustomerExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAME)
    }
}

impl ExecutionPlan for CustomerExec {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, _: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let at_hand = task.session_config().get_extension::<AtHand>();
        let rows = at_hand.and_then(|at_hand| at_hand.get());
        let rows = rows.ok_or_else(|| DataFusionError::Execution("no customer is at hand".to_owned()))?;
        let schema = self.schema();
        let columns = schema
            .fields()
            .iter()
            .map(|field| rows.schema().index_of(field.name()))
            .collect::<Result<Vec<_>, _>>()?;
        let rows = rows.project(&columns)?;
        let starts = (0..rows.num_rows()).step_by(ROWS);
        let parts: Vec<_> =
            starts.map(|start| Ok(rows.slice(start, ROWS.min(rows.num_rows() - start)))).collect();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(parts))))
    }
}
