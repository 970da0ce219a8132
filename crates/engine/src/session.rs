//! Sessions: one configuration for everything that runs SQL.

use std::sync::Arc;

use datafusion::common::config::Dialect;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::error::{Error, Result};

/// Opens sessions that share memory limit, spill space and caches.
#[derive(Debug, Clone)]
pub struct Engine {
    runtime: Arc<RuntimeEnv>,
    threads: usize,
    memory_limit: Option<usize>,
}

impl Engine {
    /// Makes an engine that works with `threads` tasks at once and, if given, within some `memory_limit` bytes.
    ///
    /// Half of them are for what cannot stream and goes to disk beyond that; what streams takes the rest.
    ///
    /// # Errors
    /// The spill directory cannot be made.
    pub fn new(threads: usize, memory_limit: Option<usize>) -> Result<Self> {
        let mut builder = RuntimeEnvBuilder::new();
        if let Some(bytes) = memory_limit {
            builder = builder.with_memory_pool(Arc::new(FairSpillPool::new(bytes / 2)));
        }
        let runtime =
            builder.build_arc().map_err(|e| Error::internal("cannot set up the query engine").because(e))?;
        Ok(Self { runtime, threads: threads.max(1), memory_limit })
    }

    /// The same engine with other than its threads; it shares memory, spill space and caches.
    pub fn with_threads(&self, threads: usize) -> Self {
        Self { threads: threads.max(1), ..self.clone() }
    }

    /// How many tasks work at once.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Bytes that may be used, if that is limited.
    pub fn memory_limit(&self) -> Option<usize> {
        self.memory_limit
    }

    /// A session whose plans have `partitions` partitions.
    pub(crate) fn session(&self, partitions: usize) -> SessionContext {
        let mut config = SessionConfig::new()
            .with_target_partitions(partitions)
            .with_information_schema(false)
            // A bucket is one partition of the plan; its order is the lake's.
            .with_prefer_existing_sort(true)
            .with_repartition_file_scans(false)
            .with_round_robin_repartition(false)
            .with_collect_statistics(false);
        let options = config.options_mut();
        options.sql_parser.collect_spans = true;
        // DuckDB's dialect: it allows the comma after the last column, which generated columns need.
        options.sql_parser.dialect = Dialect::DuckDB;
        options.sql_parser.map_string_types_to_utf8view = false;
        options.execution.parquet.schema_force_view_types = false;
        // An interleaved union cannot always be planned over inputs that are grouped differently.
        options.optimizer.prefer_existing_union = true;
        // Rows of a customer are in one bucket, so a finer grouping needs no shuffle either.
        options.optimizer.subset_repartition_threshold = 1;
        // Partitions are not all polled at once, for which dynamic join filters wait.
        options.optimizer.enable_dynamic_filter_pushdown = false;
        options.optimizer.enable_join_dynamic_filter_pushdown = false;
        SessionContext::new_with_config_rt(config, Arc::clone(&self.runtime))
    }
}
