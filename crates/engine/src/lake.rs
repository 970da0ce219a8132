//! The lake as the engine sees it: each source is a table of buckets, hashed by customer and sorted.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use async_trait::async_trait;
use chrono::NaiveDate;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use foretell_spec::{Loaded, Source, digest_of};
use foretell_storage::{Warehouse, layout};
use object_store::path::Path;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The canonical rows of all sources.
#[derive(Debug, Clone)]
pub struct Lake {
    /// Number of buckets, the same for each source.
    pub buckets: usize,
    /// The sources that the spec declares.
    pub sources: Vec<LakeSource>,
    /// The store that holds them.
    pub warehouse: Warehouse,
}

/// The canonical rows of one source.
#[derive(Debug, Clone)]
pub struct LakeSource {
    /// `transactions`, `events` or `customers`.
    pub name: String,
    /// Columns, `customer_id` first.
    pub schema: SchemaRef,
    /// Leading columns by which each bucket is sorted, ascending.
    pub sorted_by: Vec<String>,
    /// Path below the warehouse and size in bytes of each bucket, in order.
    pub buckets: Vec<(String, u64)>,
}

impl Lake {
    /// The source of that name.
    pub fn source(&self, name: &str) -> Option<&LakeSource> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// Says whether a source is declared and has that column.
    pub fn has_column(&self, source: &str, column: &str) -> bool {
        self.source(source).is_some_and(|s| s.schema.column_with_name(column).is_some())
    }
}

/// What `_meta/lake/<source>.json` says: the current generation of a source's canonical rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeManifest {
    /// `transactions`, `events` or `customers`.
    pub source: String,
    /// Digest of all that made this generation.
    pub key: String,
    /// Digest of the spec's part that says how the source is read.
    pub definition: String,
    /// Folder of this generation below `lake/<source>/`.
    pub generation: String,
    /// Columns in order: name, Arrow type, whether NULL occurs.
    pub columns: Vec<(String, String, bool)>,
    /// Leading columns by which each bucket is sorted, ascending.
    pub sorted_by: Vec<String>,
    /// The buckets, in order.
    pub buckets: Vec<LakeBucket>,
    /// First day of a row, in the pipeline's time zone.
    #[serde(with = "crate::day")]
    pub first_day: Option<NaiveDate>,
    /// Last day of a row.
    #[serde(with = "crate::day")]
    pub last_day: Option<NaiveDate>,
    /// Where the rows went.
    pub counts: RowCounts,
}

/// Where the rows of a source went: `read` = `kept` + all quarantined + all dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Files read.
    pub files: u64,
    /// Rows in them.
    pub read: u64,
    /// Rows in the lake.
    pub kept: u64,
    /// Rows in quarantine, by rule.
    pub quarantined: BTreeMap<String, u64>,
    /// Rows left out, by rule or as `exact_duplicates` or `unique_key`.
    pub dropped: BTreeMap<String, u64>,
    /// Customers among the rows kept.
    pub customers: u64,
}

impl RowCounts {
    /// All rows in quarantine.
    pub fn all_quarantined(&self) -> u64 {
        self.quarantined.values().sum()
    }

    /// All rows left out.
    pub fn all_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }
}

/// One bucket of a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LakeBucket {
    /// Path below the warehouse.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

impl LakeManifest {
    /// Spells out a schema for [`LakeManifest::columns`].
    pub fn spell(schema: &Schema) -> Vec<(String, String, bool)> {
        let spelled = |f: &Arc<Field>| (f.name().clone(), f.data_type().to_string(), f.is_nullable());
        schema.fields().iter().map(spelled).collect()
    }

    /// Reads the manifest of a source's current generation; `None` where nothing was ingested.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn read(warehouse: &Warehouse, source: &str) -> Result<Option<Self>> {
        Ok(warehouse.read_json(&layout::lake_manifest(source)).await?)
    }

    fn schema(&self) -> Result<SchemaRef> {
        let fields = self.columns.iter().map(|(name, data_type, nullable)| {
            let data_type: DataType = data_type.parse().map_err(|e: ArrowError| {
                Error::internal(format!("lake column {name}: unknown type {data_type}")).because(e)
            })?;
            Ok(Field::new(name, data_type, *nullable))
        });
        Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<_>>>()?)))
    }
}

impl Lake {
    /// Opens the current generation of each of `sources`.
    ///
    /// # Errors
    /// One of them was never ingested, or was read by another spec.
    pub async fn open(warehouse: &Warehouse, loaded: &Loaded) -> Result<(Self, Vec<LakeManifest>)> {
        let declared = loaded.spec.sources.declared();
        let mut manifests = Vec::with_capacity(declared.len());
        for (name, source) in declared {
            let manifest = LakeManifest::read(warehouse, name).await?.ok_or_else(|| {
                Error::missing(format!("{}: nothing was ingested for `{name}`", warehouse.display()))
                    .hint("run `ingest` first, or `foretell run`, which does all stages")
            })?;
            if manifest.definition != definition(loaded, name, source) {
                return Err(Error::missing(format!("the lake of `{name}` was read by another spec"))
                    .hint("run `ingest` first, or `foretell run`, which does all stages"));
            }
            manifests.push(manifest);
        }
        let sources = manifests.iter().map(|manifest| {
            Ok(LakeSource {
                name: manifest.source.clone(),
                schema: manifest.schema()?,
                sorted_by: manifest.sorted_by.clone(),
                buckets: manifest.buckets.iter().map(|b| (b.path.clone(), b.bytes)).collect(),
            })
        });
        let sources = sources.collect::<Result<Vec<_>>>()?;
        let buckets = manifests.first().map_or(1, |m| m.buckets.len());
        Ok((Self { buckets, sources, warehouse: warehouse.clone() }, manifests))
    }
}

impl Lake {
    /// A lake of these sources without rows: enough to check SQL against.
    pub fn empty(warehouse: &Warehouse, sources: Vec<(String, SchemaRef)>) -> Self {
        let sources = sources
            .into_iter()
            .map(|(name, schema)| LakeSource { name, schema, sorted_by: Vec::new(), buckets: Vec::new() })
            .collect();
        Self { buckets: 1, sources, warehouse: warehouse.clone() }
    }
}

/// Digest of the spec's part that says how a source is read; where its files lie is no part of it.
pub fn definition(loaded: &Loaded, name: &str, source: &Source) -> String {
    let described = Source { files: String::new(), ..source.clone() };
    digest_of(&(crate::RECIPE, name, described, &loaded.spec.timezone, &loaded.spec.lake))
}

/// The day after the newest transaction or event: the logical date of a run that names none.
///
/// Customers have no say: when one was first known does not tell up to when the shop was watched.
pub fn day_after_newest(manifests: &[LakeManifest]) -> Option<NaiveDate> {
    let watched = manifests.iter().filter(|m| m.source != "customers");
    watched.filter_map(|m| m.last_day).max().and_then(|day| day.succ_opt())
}

/// Files that are partitions of a plan, hashed and sorted, as a table.
#[derive(Debug)]
pub(crate) struct BucketTable {
    schema: SchemaRef,
    url: ObjectStoreUrl,
    files: Vec<(Path, u64)>,
    sorted_by: Vec<String>,
}

impl BucketTable {
    pub(crate) fn new(warehouse: &Warehouse, source: &LakeSource) -> Result<Self> {
        Ok(Self {
            schema: Arc::clone(&source.schema),
            url: store_url(warehouse)?,
            files: source.buckets.iter().map(|(path, size)| (warehouse.full(path), *size)).collect(),
            sorted_by: source.sorted_by.clone(),
        })
    }
}

pub(crate) fn store_url(warehouse: &Warehouse) -> Result<ObjectStoreUrl> {
    ObjectStoreUrl::parse(warehouse.store_url())
        .map_err(|e| Error::internal("cannot address the warehouse's store").because(e))
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
        let mut source = ParquetSource::new(Arc::clone(&self.schema));
        if let Some(filter) = conjunction(filters.to_vec()) {
            let schema = datafusion::common::DFSchema::try_from(Arc::clone(&self.schema))?;
            source = source.with_predicate(state.create_physical_expr(filter, &schema)?);
        }
        let groups = self
            .files
            .iter()
            .map(|(path, size)| FileGroup::new(vec![PartitionedFile::new(path.to_string(), *size)]))
            .collect::<Vec<_>>();
        let keys = self
            .sorted_by
            .iter()
            .map(|name| Ok(PhysicalSortExpr::new_default(col(name, &self.schema)?).asc().nulls_last()))
            .collect::<Result<Vec<_>, DataFusionError>>()?;
        let customer = col("customer_id", &self.schema)?;
        let config = FileScanConfigBuilder::new(self.url.clone(), Arc::new(source))
            .with_output_partitioning(Some(Partitioning::Hash(vec![customer], groups.len())))
            .with_output_ordering(LexOrdering::new(keys).into_iter().collect())
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
