//! Feature files made ready for some cutoffs, and run over all buckets.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::BatchCoalescer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use chrono::NaiveDate;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::logical_expr::{col, lit};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use foretell_storage::Staging;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::align::Cursor;
use crate::chunk::Chunks;
use crate::error::{Error, Result};
use crate::fused::{Fuser, Leaf, Program, simplified};
use crate::lake::Lake;
use crate::period::{Period, View, day_number};
use crate::query::Compiled;
use crate::session::Engine;
use crate::sqlfile::SqlFile;
use crate::sweep::{Feed, Plan, Read, Sweep};
use crate::template::Context;

/// Rows written at once: a multiple of the 1,024 by which the Parquet writer works, so that the bytes it
/// writes depend on the rows alone and not on how they came.
const ROWS: usize = 1024;

/// Batches that a bucket may be ahead of the writer.
const AHEAD: usize = 2;

/// Which features to make ready.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The canonical rows.
    pub lake: &'a Lake,
    /// What templates can ask for.
    pub template: &'a Context,
    /// Staging tables.
    pub staging: &'a [SqlFile],
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
        let Wanted { lake, template, staging, files, fuse } = wanted;
        let last = cutoffs.last().copied().unwrap_or_default();
        let view = self.view(lake, Period::before(last), template, staging).await?;
        let mut queries = compile(&view, template, files).await?;
        unique(&queries)?;
        let varies = varying(template, staging, &queries)?;
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
                let added = fuser.add(&state, &query.plan, &cut, &query.origin);
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
                other = self.view(lake, Period::before(*cutoff), template, staging).await?;
                &other
            };
            let cut = view.cut()?;
            for &file in &again {
                let query = view.compile(files[file], template).await?;
                unmatched[number][file].clone_from(&query.columns);
                if leaves[number][file].is_some() {
                    let added = fuser.add(&view.context.state(), &query.plan, &cut, &query.origin);
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
        let feeds = leaves
            .into_iter()
            .zip(unmatched)
            .map(|(leaves, columns)| {
                let feeds = leaves.into_iter().zip(columns).zip(&queries);
                feeds
                    .map(|((leaf, columns), query)| Feed { origin: query.origin.clone(), columns, leaf })
                    .collect()
            })
            .collect();
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
        let mut receivers = Vec::with_capacity(self.view.buckets);
        let mut waiting = Vec::with_capacity(self.view.buckets);
        for bucket in 0..self.view.buckets {
            let (sender, receiver) = mpsc::channel(AHEAD);
            let bucket = produce(self.sweep(bucket)?, self.schema(), self.alone.len(), sender);
            waiting.push(bucket);
            receivers.push(receiver);
        }
        let started = tokio::spawn(start(waiting, engine.threads()));
        for mut receiver in receivers {
            while let Some(batch) = receiver.recv().await {
                let (cutoff, batch) = batch?;
                take(cutoff, batch)?;
            }
        }
        // A channel that closed because its task died looks like the end of the bucket, but is none.
        let died = |e| Error::internal("a bucket's task died").because(e);
        for task in started.await.map_err(died)? {
            task.await.map_err(died)?;
        }
        Ok(())
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

/// Starts buckets in order, as many at once as there are threads.
///
/// Each waits here for its permit, not in its own task: a bucket that overtook the one being written would hold its
/// permit while its channel is full, and nobody would ever empty it.
async fn start<F>(buckets: Vec<F>, threads: usize) -> Vec<JoinHandle<()>>
where
    F: Future<Output = ()> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(threads));
    let mut tasks = Vec::with_capacity(buckets.len());
    for bucket in buckets {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return tasks };
        tasks.push(tokio::spawn(async move {
            bucket.await;
            drop(permit);
        }));
    }
    tasks
}

/// Runs one bucket.
async fn produce(
    mut sweep: Sweep,
    schema: SchemaRef,
    cutoffs: usize,
    sender: mpsc::Sender<Result<(usize, RecordBatch)>>,
) {
    let mut waiting: Vec<BatchCoalescer> =
        (0..cutoffs).map(|_| BatchCoalescer::new(Arc::clone(&schema), ROWS)).collect();
    let wrong = |e| Error::internal("cannot put features together").because(e);
    loop {
        let next = sweep.next().await;
        let last = matches!(next, Ok(None) | Err(_));
        let batches = match next {
            Ok(batches) => batches.unwrap_or_default(),
            Err(error) => {
                // A closed channel means that the writer gave up: nobody waits for more.
                let _ = sender.send(Err(error)).await;
                return;
            }
        };
        for (cutoff, batch) in batches.into_iter().enumerate() {
            if let Err(error) = waiting[cutoff].push_batch(batch) {
                let _ = sender.send(Err(wrong(error))).await;
                return;
            }
        }
        for (cutoff, waiting) in waiting.iter_mut().enumerate() {
            if last && let Err(error) = waiting.finish_buffered_batch() {
                let _ = sender.send(Err(wrong(error))).await;
                return;
            }
            while let Some(batch) = waiting.next_completed_batch() {
                if sender.send(Ok((cutoff, batch))).await.is_err() {
                    return;
                }
            }
        }
        if last {
            return;
        }
    }
}

/// Compiles every file, or gives all their faults.
async fn compile(view: &View, template: &Context, files: &[&SqlFile]) -> Result<Vec<Compiled>> {
    let mut queries = Vec::with_capacity(files.len());
    let mut faults = Vec::new();
    for file in files {
        match view.compile(file, template).await {
            Ok(query) => queries.push(query),
            Err(fault) => faults.push(fault),
        }
    }
    Error::all(faults)?;
    Ok(queries)
}

/// Which of the queries name the cutoff itself: their plans differ from one cutoff to the next.
fn varying(template: &Context, staging: &[SqlFile], queries: &[Compiled]) -> Result<Vec<bool>> {
    let names_cutoff = |sql: &str| sql.contains("$cutoff");
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

/// Plans what is read of each source: its customers, its clock, and what the program needs.
async fn reads(
    view: &View,
    program: &Program,
    until: NaiveDate,
) -> Result<(Vec<Read>, Vec<Arc<dyn ExecutionPlan>>)> {
    let mut reads = Vec::with_capacity(view.sources.len());
    let mut scans = Vec::with_capacity(view.sources.len());
    for (source, needed) in view.sources.iter().zip(&program.sources) {
        let table = source.whole.schema();
        let place = |name: &str| table.column_with_name(name).map(|(index, _)| index);
        let mut projection: Vec<usize> =
            ["customer_id", source.clock()].into_iter().filter_map(place).collect();
        let mut read = |place: usize| {
            projection.iter().position(|p| *p == place).unwrap_or_else(|| {
                projection.push(place);
                projection.len() - 1
            })
        };
        let known = place("known_on").map(&mut read);
        let columns: Vec<Option<usize>> =
            needed.iter().map(|&at| (at < table.fields().len()).then(|| read(at))).collect();
        let fields = needed.iter().map(|&at| match table.fields().get(at) {
            Some(field) => Field::new(at.to_string(), field.data_type().clone(), field.is_nullable()),
            None => Field::new(at.to_string(), DataType::Int64, false),
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let before = col(source.clock()).lt(lit(ScalarValue::Date32(day_number(until))));
        let scan = source
            .whole
            .scan(&view.context.state(), Some(&projection), &[before], None)
            .await
            .map_err(|e| Error::internal(format!("cannot read {}", source.name)).because(e))?;
        reads.push(Read { known, columns, schema });
        scans.push(scan);
    }
    Ok((reads, scans))
}
