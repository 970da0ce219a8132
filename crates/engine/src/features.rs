//! Feature files made ready for some cutoffs, and run over all buckets.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use chrono::NaiveDate;
use datafusion::common::DataFusionError;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use foretell_storage::Staging;
use tokio::sync::mpsc;

use crate::align::Cursor;
use crate::chunk::Chunks;
use crate::error::{Error, Result};
use crate::fused::{Fuser, Leaf, simplified};
use crate::lake::Lake;
use crate::period::{Period, View, day_number};
use crate::produce::produce;
use crate::query::{Compiled, OnDisk, on_disk, text_or_number};
use crate::reads::reads;
use crate::session::Engine;
use crate::share::Shared;
use crate::sqlfile::SqlFile;
use crate::sweep::{Feed, Plan, Sweep};
use crate::template::Context;

/// Batches that wait for the writer.
const AHEAD: usize = 1;

/// Which features to make ready.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The canonical rows.
    pub lake: &'a Lake,
    /// What templates can ask for.
    pub template: &'a Context,
    /// Staging tables.
    pub staging: &'a [SqlFile],
    /// Tables that speak of the whole shop as of each cutoff; none, or as many lists as there are cutoffs.
    pub shared: &'a [Vec<Shared>],
    /// Feature files, in the order of their columns.
    pub files: &'a [&'a SqlFile],
    /// Fuses what can be fused.
    pub fuse: bool,
}

/// Feature files ready to run at some cutoffs.
pub struct Features {
    view: View,
    queries: Vec<Compiled>,
    plan: Arc<Plan>,
    /// How each source is read.
    scans: Vec<Arc<dyn ExecutionPlan>>,
    /// For each cutoff, the plans of files that run alone.
    alone: Vec<BTreeMap<usize, Arc<dyn ExecutionPlan>>>,
}

impl Engine {
    /// Compiles feature files for `cutoffs`, ascending.
    ///
    /// # Errors
    /// The faults of all files, each with its place.
    pub async fn features(&self, wanted: Wanted<'_>, cutoffs: &[NaiveDate]) -> Result<Features> {
        self.one_pass(wanted, cutoffs, on_disk).await
    }

    /// Compiles files of facts, which may be texts and days beside numbers; else as [`Engine::features`].
    ///
    /// # Errors
    /// The faults of all files, each with its place.
    pub async fn facts(&self, wanted: Wanted<'_>, cutoffs: &[NaiveDate]) -> Result<Features> {
        self.one_pass(wanted, cutoffs, text_or_number).await
    }

    async fn one_pass(&self, wanted: Wanted<'_>, cutoffs: &[NaiveDate], types: OnDisk) -> Result<Features> {
        let Wanted { lake, template, staging, shared, files, fuse } = wanted;
        let last = cutoffs.last().copied().unwrap_or_default();
        let opened = async |number: usize, cutoff: NaiveDate| {
            let view = self.view(lake, Period::before(cutoff), template, staging).await?;
            shared.get(number).into_iter().flatten().try_for_each(|table| view.share(table))?;
            Ok::<_, Error>(view)
        };
        let view = opened(cutoffs.len().saturating_sub(1), last).await?;
        let mut queries = compile(&view, template, files, types).await?;
        unique(&queries)?;
        let varies = varying(template, staging, shared, &queries)?;
        let mut fuser = Fuser::default();
        let mut leaves: Vec<Vec<Option<Leaf>>> = vec![vec![None; queries.len()]; cutoffs.len()];
        let mut alone = vec![BTreeMap::new(); cutoffs.len()];
        let mut unmatched: Vec<Vec<_>> =
            cutoffs.iter().map(|_| queries.iter().map(|q| q.columns.clone()).collect()).collect();
        let failed = |query: &Compiled, e: DataFusionError| {
            Error::bad_spec(format!("{}: {}", query.origin, e.strip_backtrace())).because(e)
        };
        if fuse {
            let cut = view.cut()?;
            let state = view.context.state();
            for (file, query) in queries.iter_mut().enumerate() {
                let variant = if varies[file] { usize::MAX } else { 0 };
                let added = fuser.add(&state, &query.plan, &cut, &query.origin, variant);
                let (leaf, fusion) = added.map_err(|e| failed(query, e))?;
                query.fusion = fusion;
                if let Some(leaf) = leaf {
                    leaves.iter_mut().for_each(|at| at[file] = Some(leaf.clone()));
                }
            }
        }
        // Files that name the cutoff itself, or that run alone, have a plan for each cutoff.
        let differs = |file: usize| varies[file] || leaves.iter().all(|at| at[file].is_none());
        let again: Vec<usize> = (0..queries.len()).filter(|&file| differs(file)).collect();
        for (number, cutoff) in cutoffs.iter().enumerate() {
            if again.is_empty() {
                break;
            }
            let other;
            let view = if number + 1 == cutoffs.len() {
                &view
            } else {
                other = opened(number, *cutoff).await?;
                &other
            };
            let cut = view.cut()?;
            for &file in &again {
                let query = view.compile_file(files[file], template, types).await?;
                unmatched[number][file].clone_from(&query.columns);
                if leaves[number][file].is_some() {
                    let state = view.context.state();
                    let added = fuser.add(&state, &query.plan, &cut, &query.origin, number + 1);
                    leaves[number][file] = added.map_err(|e| failed(&query, e))?.0;
                }
                if leaves[number][file].is_none() {
                    let physical = view.physical(&query.plan).await.map_err(|e| failed(&query, e))?;
                    alone[number].insert(file, physical);
                }
            }
        }
        let state = view.context.state();
        let used: Vec<Leaf> = leaves.iter().flatten().flatten().cloned().collect();
        let shifts = cutoffs.iter().map(|cutoff| (last - *cutoff).num_days()).collect();
        let program = fuser.program(&state, &used, view.sources.len(), shifts).map_err(|e| {
            Error::bad_spec(format!("cannot fuse the feature files: {}", e.strip_backtrace())).because(e)
        })?;
        let (reads, scans) = reads(&view, &program, last).await?;
        let mut feeds = Vec::with_capacity(cutoffs.len());
        for (leaves, columns) in leaves.into_iter().zip(unmatched) {
            let files = leaves.into_iter().zip(columns).zip(&queries).map(|((leaf, columns), query)| {
                let unmade = || Error::internal(format!("{}: a feature is not made", query.origin));
                let leaf = leaf.map(|leaf| program.located(&leaf).ok_or_else(unmade)).transpose()?;
                Ok(Feed { origin: query.origin.clone(), columns, leaf })
            });
            feeds.push(files.collect::<Result<Vec<_>>>()?);
        }
        let plan = Plan {
            program,
            cutoffs: cutoffs.iter().copied().filter_map(day_number).collect(),
            reads,
            feeds,
            schema: schema(&queries),
        };
        Ok(Features { view, queries, plan: Arc::new(plan), scans, alone })
    }
}

impl Features {
    /// The files' queries, in order, as of the last cutoff.
    pub fn queries(&self) -> &[Compiled] {
        &self.queries
    }

    /// Columns of the result: `customer_id`, then those of each file in order.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.plan.schema)
    }

    /// Hands on, for each cutoff by its number, one row for every customer known before it, in batches.
    ///
    /// Rows come bucket by bucket and sorted by customer within each, whatever the number of threads and of cutoffs.
    ///
    /// # Errors
    /// A query fails on the data, or `take` does.
    pub async fn each(
        &self,
        engine: &Engine,
        mut take: impl FnMut(usize, RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let sweeps =
            (0..self.view.buckets).map(|bucket| self.sweep(bucket)).collect::<Result<VecDeque<_>>>()?;
        let (sender, mut receiver) = mpsc::channel(AHEAD);
        let task = tokio::spawn(produce(Arc::clone(&self.plan), sweeps, engine.threads(), sender));
        while let Some(batch) = receiver.recv().await {
            let (cutoff, batch) = batch?;
            take(cutoff, batch)?;
        }
        // A channel that closed because its task died looks like the end of the lake, but is none.
        task.await.map_err(|e| Error::internal("a task died").because(e))
    }

    /// Writes a table for each cutoff, see [`Features::each`].
    ///
    /// # Errors
    /// A query fails on the data, or the disk is full.
    pub async fn write(
        &self,
        engine: &Engine,
        open: impl Fn(SchemaRef) -> Result<Staging>,
    ) -> Result<Vec<Staging>> {
        let mut tables = self.alone.iter().map(|_| open(self.schema())).collect::<Result<Vec<Staging>>>()?;
        self.each(engine, |cutoff, batch| Ok(tables[cutoff].write(&batch)?)).await?;
        Ok(tables)
    }

    fn sweep(&self, bucket: usize) -> Result<Sweep> {
        let task = self.view.context.task_ctx();
        let start = |origin: &str, plan: &Arc<dyn ExecutionPlan>| {
            plan.execute(bucket, Arc::clone(&task))
                .map_err(|e| Error::internal(format!("{origin}: cannot start")).because(e))
        };
        let mut sources = Vec::with_capacity(self.scans.len());
        for (scan, source) in self.scans.iter().zip(&self.view.sources) {
            // A source without rows has no buckets.
            if scan.output_partitioning().partition_count() > bucket {
                sources.push(Chunks::new(start(&source.name, scan)?));
            } else {
                sources.push(Chunks::empty(scan.schema()));
            }
        }
        let mut cursors = Vec::with_capacity(self.alone.len());
        for (plans, feeds) in self.alone.iter().zip(&self.plan.feeds) {
            let mut at = BTreeMap::new();
            for (file, plan) in plans {
                let feed = &feeds[*file];
                at.insert(*file, Cursor::new(&feed.origin, start(&feed.origin, plan)?, feed.columns.clone()));
            }
            cursors.push(at);
        }
        Ok(Sweep::new(Arc::clone(&self.plan), sources, cursors))
    }
}

/// Compiles every file, or gives all their faults.
async fn compile(
    view: &View,
    template: &Context,
    files: &[&SqlFile],
    types: OnDisk,
) -> Result<Vec<Compiled>> {
    let mut queries = Vec::with_capacity(files.len());
    let mut faults = Vec::new();
    for file in files {
        match view.compile_file(file, template, types).await {
            Ok(query) => queries.push(query),
            Err(fault) => faults.push(fault),
        }
    }
    Error::all(faults)?;
    Ok(queries)
}

/// Which of the queries name the cutoff itself, or a table as of it: their plans differ from one cutoff to the next.
fn varying(
    template: &Context,
    staging: &[SqlFile],
    shared: &[Vec<Shared>],
    queries: &[Compiled],
) -> Result<Vec<bool>> {
    let shared: Vec<&str> = shared.iter().flatten().map(Shared::name).collect();
    let names_cutoff = |sql: &str| sql.contains("$cutoff") || shared.iter().any(|name| sql.contains(name));
    let mut staged = false;
    for file in staging {
        staged |= names_cutoff(&file.render(template)?);
    }
    Ok(queries.iter().map(|query| staged || names_cutoff(&query.sql)).collect())
}

/// Columns of the result: `customer_id`, then those of each query in order.
fn schema(queries: &[Compiled]) -> SchemaRef {
    let mut fields = vec![Field::new("customer_id", DataType::Utf8, false)];
    fields.extend(
        queries.iter().flat_map(|q| &q.columns).map(|c| Field::new(&c.name, c.data_type.clone(), true)),
    );
    Arc::new(Schema::new(fields))
}

/// Checks that no two files make one feature.
fn unique(queries: &[Compiled]) -> Result<()> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for query in queries {
        for column in &query.columns {
            if let Some(first) = seen.insert(&column.name, &query.origin) {
                return Err(Error::bad_spec(format!(
                    "{}: feature `{}` is there already",
                    query.origin, column.name
                ))
                .hint(format!("it is also made by {first}: give one of them another name")));
            }
        }
    }
    Ok(())
}

impl View {
    /// The plan of each source as it appears within the analysed plans of files.
    fn cut(&self) -> Result<Vec<datafusion::logical_expr::LogicalPlan>> {
        let state = self.context.state();
        self.sources
            .iter()
            .map(|source| {
                simplified(&state, source.cut.clone())
                    .map_err(|e| Error::internal(format!("cannot open {}", source.name)).because(e))
            })
            .collect()
    }
}
