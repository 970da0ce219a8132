//! A source as a table: its runs within a period, hashed by customer and sorted.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use foretell_fold::coded_type;
use foretell_storage::Warehouse;
use object_store::path::Path;

use super::runs::LakeRunsExec;
use super::{HASH, LakeSource};
use crate::error::{Error, Result};
use crate::period::Period;

/// Runs of a source as a table: bucket by bucket they are partitions of a plan, hashed and sorted.
#[derive(Debug)]
pub(crate) struct BucketTable {
    schema: SchemaRef,
    stored: SchemaRef,
    url: ObjectStoreUrl,
    runs: Vec<Vec<(Path, u64)>>,
    /// Runs of the source that hold no row of the period.
    skipped: usize,
    buckets: usize,
    sorted_by: Vec<String>,
    warehouse: Warehouse,
    /// The largest bucket there is, by its path below the warehouse.
    largest: Option<String>,
}

impl BucketTable {
    /// Leaves out the runs that hold no row that can be seen in `period`.
    pub(crate) fn new(
        warehouse: &Warehouse,
        source: &LakeSource,
        buckets: usize,
        period: Period,
    ) -> Result<Self> {
        let seen = source.seen_in(period);
        let objects = |buckets: &[(String, u64)]| {
            buckets.iter().map(|(path, size)| (warehouse.full(path), *size)).collect()
        };
        let largest = seen.iter().flat_map(|run| &run.buckets).max_by_key(|(_, bytes)| bytes);
        Ok(Self {
            largest: largest.map(|(path, _)| path.clone()),
            warehouse: warehouse.clone(),
            schema: Arc::clone(&source.schema),
            stored: Arc::clone(&source.stored),
            url: store_url(warehouse)?,
            skipped: source.runs.len() - seen.len(),
            runs: seen.into_iter().map(|run| objects(&run.buckets)).collect(),
            buckets,
            sorted_by: source.sorted_by.clone(),
        })
    }

    /// The texts that lie as codes of a dictionary, if the largest bucket tells, and may be read as such, by their
    /// numbers.
    ///
    /// # Errors
    /// A bucket cannot be read.
    pub(crate) async fn coded(&self) -> Result<BTreeSet<usize>> {
        let Some(largest) = &self.largest else { return Ok(BTreeSet::new()) };
        let footer = self.warehouse.footer(largest).await?;
        let chunks = footer.row_groups().first().map_or(&[][..], |group| group.columns());
        let coded = |name: &str| {
            let mut coded = chunks.iter().filter(|chunk| chunk.dictionary_page_offset().is_some());
            coded.any(|chunk| chunk.column_path().string() == name)
        };
        // Runs are merged by the text of their customers.
        let merged = |field: &Field| self.runs.len() > 1 && self.sorted_by.first() == Some(field.name());
        let fields = self.schema.fields().iter().enumerate();
        let coded = fields.filter(|(_, field)| {
            field.data_type() == &DataType::Utf8 && coded(field.name()) && !merged(field)
        });
        Ok(coded.map(|(index, _)| index).collect())
    }

    /// Reads some columns of a run, by their numbers in the stored schema, which says whether texts come as codes.
    fn scan_run(
        &self,
        run: &[(Path, u64)],
        stored: &SchemaRef,
        columns: Vec<usize>,
        filter: Option<&Arc<dyn PhysicalExpr>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let mut source = ParquetSource::new(Arc::clone(stored));
        if let Some(filter) = filter {
            source = source.with_predicate(Arc::clone(filter));
        }
        let groups: Vec<_> = run
            .iter()
            .map(|(path, size)| {
                let file = PartitionedFile::new(path.to_string(), *size);
                FileGroup::new(vec![file.with_arrow_schema(Arc::clone(stored))])
            })
            .collect();
        let config = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source))
            .with_output_partitioning(Some(hashed(stored, groups.len())?))
            .with_output_ordering(ordering(stored, &self.sorted_by)?.into_iter().collect())
            .with_file_groups(groups)
            .with_projection_indices(Some(columns))?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

#[async_trait]
impl TableProvider for BucketTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        // Inexact: statistics skip row groups, the filter itself runs above the scan.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        // The columns of the table come first on disk, so they have the same numbers there.
        let wanted = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        self.plan(state, &wanted, filters, limit, &BTreeSet::new())
    }
}

impl BucketTable {
    /// Plans to read some columns, of which those that are `coded` come as codes of dictionaries.
    ///
    /// # Errors
    /// A filter cannot be planned.
    pub(crate) fn plan(
        &self,
        state: &dyn Session,
        wanted: &[usize],
        filters: &[Expr],
        limit: Option<usize>,
        coded: &BTreeSet<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let stored = with_codes(&self.stored, coded);
        let filter = match conjunction(filters.to_vec()) {
            Some(filter) => {
                let schema = DFSchema::try_from(Arc::clone(&stored))?;
                Some(state.create_physical_expr(filter, &schema)?)
            }
            None => None,
        };
        if let [run] = self.runs.as_slice() {
            return self.scan_run(run, &stored, wanted.to_vec(), filter.as_ref(), limit);
        }
        let mut columns = wanted.to_vec();
        let mut keys = Vec::with_capacity(self.sorted_by.len() + 1);
        for name in self.sorted_by.iter().map(String::as_str).chain([HASH]) {
            let column = stored.index_of(name)?;
            let place = columns.iter().position(|c| *c == column).unwrap_or(columns.len());
            if place == columns.len() {
                columns.push(column);
            }
            keys.push(place);
        }
        let scan = |run: &Vec<_>| self.scan_run(run, &stored, columns.clone(), filter.as_ref(), None);
        let runs = self.runs.iter().map(scan).collect::<Result<Vec<_>, _>>()?;
        let schema = Arc::new(stored.project(wanted)?);
        let partitioning = match hashed(&schema, self.buckets) {
            Ok(hashed) => hashed,
            Err(_) => Partitioning::UnknownPartitioning(self.buckets),
        };
        let sorted = self.sorted_by.iter().take_while(|name| schema.column_with_name(name).is_some());
        let ordering = ordering(&schema, &sorted.cloned().collect::<Vec<_>>())?;
        Ok(Arc::new(LakeRunsExec::new(runs, keys, self.skipped, schema, partitioning, ordering)))
    }
}

/// The schema with some texts as codes.
fn with_codes(schema: &SchemaRef, coded: &BTreeSet<usize>) -> SchemaRef {
    if coded.is_empty() {
        return Arc::clone(schema);
    }
    let fields = schema.fields().iter().enumerate().map(|(index, field)| {
        if coded.contains(&index) {
            Arc::new(field.as_ref().clone().with_data_type(coded_type()))
        } else {
            Arc::clone(field)
        }
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn hashed(schema: &Schema, buckets: usize) -> Result<Partitioning, DataFusionError> {
    Ok(Partitioning::Hash(vec![col("customer_id", schema)?], buckets))
}

fn ordering(schema: &Schema, sorted_by: &[String]) -> Result<Option<LexOrdering>, DataFusionError> {
    let keys = sorted_by
        .iter()
        .map(|name| Ok(PhysicalSortExpr::new_default(col(name, schema)?).asc().nulls_last()))
        .collect::<Result<Vec<_>, DataFusionError>>()?;
    Ok(LexOrdering::new(keys))
}

pub(crate) fn store_url(warehouse: &Warehouse) -> Result<ObjectStoreUrl> {
    ObjectStoreUrl::parse(warehouse.store_url())
        .map_err(|e| Error::internal("cannot address the warehouse's store").because(e))
}
