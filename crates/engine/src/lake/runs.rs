//! The plan node that reads several runs of a source as if they were one.

use std::fmt;
use std::sync::Arc;
use std::task::Poll;

use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, LexOrdering, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, ReplaceChildrenOptions,
};
use futures::{StreamExt, ready, stream};

use super::merge::{Merge, Step};

/// Merges the buckets of several runs, each hashed and sorted alike, so that they are one hashed and sorted table.
///
/// A leaf, like the scan of a single run: what it reads is no business of the optimizer's.
#[derive(Debug)]
pub(super) struct LakeRunsExec {
    /// A scan a run, oldest first.
    runs: Vec<Arc<dyn ExecutionPlan>>,
    /// Where the scans have the columns by which rows are sorted.
    keys: Vec<usize>,
    /// Runs that were left out because they hold no row of the period.
    skipped: usize,
    properties: Arc<PlanProperties>,
}

impl LakeRunsExec {
    /// `schema` is that of the leading columns of the scans; those behind are only there to sort by.
    pub(super) fn new(
        runs: Vec<Arc<dyn ExecutionPlan>>,
        keys: Vec<usize>,
        skipped: usize,
        schema: SchemaRef,
        partitioning: Partitioning,
        ordering: Option<LexOrdering>,
    ) -> Self {
        let equivalences = EquivalenceProperties::new_with_orderings(schema, ordering);
        let properties = Arc::new(PlanProperties::new(
            equivalences,
            partitioning,
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Self { runs, keys, skipped, properties }
    }
}

impl DisplayAs for LakeRunsExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LakeRunsExec: runs={}, skipped={}", self.runs.len(), self.skipped)
    }
}

impl ExecutionPlan for LakeRunsExec {
    fn name(&self) -> &'static str {
        "LakeRunsExec"
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

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let runs = self.runs.iter().map(|run| run.execute(partition, Arc::clone(&context)));
        let mut runs = runs.collect::<Result<Vec<_>>>()?;
        let schema = self.schema();
        let mut merge = Merge::new(Arc::clone(&schema), self.keys.clone(), runs.len());
        let merged = stream::poll_fn(move |polled| {
            loop {
                match merge.next()? {
                    Step::Wants(run) => match ready!(runs[run].poll_next_unpin(polled)?) {
                        Some(batch) => merge.feed(run, batch)?,
                        None => merge.end(run),
                    },
                    Step::Rows(batch) => return Poll::Ready(Some(Ok(batch))),
                    Step::Done => return Poll::Ready(None),
                }
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, merged)))
    }
}
