//! One source, from its new files to staged buckets; nothing is published here.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use foretell_engine::{Engine, Error, LakeRun, Partitioner, Result, RowCounts, Watcher};
use foretell_spec::Source;
use foretell_storage::{InputFile, Staged, Warehouse};

use crate::block;
use crate::bucket::{self, Written};
use crate::judge::Judge;
use crate::older::Older;
use crate::parallel;
use crate::quarantine::{self, Refused};
use crate::read;
use crate::shape::Shape;
use crate::spool::Spool;
use crate::stage::Job;
use crate::tiers;

/// Memory that a run has beside rows that wait and rows that are sorted: the program and what two threads read with.
/// Measured.
const BESIDE: usize = 112 << 20;

/// New rows of a source whose buckets wait in staging.
pub(crate) struct Prepared {
    pub(crate) buckets: Vec<Written>,
    /// How many of the lake's newest runs are in these buckets too.
    pub(crate) merged: usize,
    pub(crate) quarantine: Option<Staged>,
    /// Where the rows of all files went, those of the lake included.
    pub(crate) counts: RowCounts,
    /// Rows in the new files.
    pub(crate) rows_read: u64,
    pub(crate) shape: Shape,
}

impl Prepared {
    /// How many rows of earlier runs are written anew.
    pub(crate) fn rows_rewritten(&self, runs: &[LakeRun]) -> u64 {
        let merged: u64 = runs[runs.len() - self.merged..].iter().map(|run| run.rows).sum();
        let rewritten = self.buckets.iter().flat_map(|bucket| &bucket.rewritten);
        merged + rewritten.map(|older| older.staged.rows).sum::<u64>()
    }
}

/// What was found in one file.
#[derive(Default)]
struct FileRows {
    read: u64,
    refused: Vec<Refused>,
    dropped: Vec<(usize, u64)>,
}

/// Shared by the threads that read files.
struct Pool<'a> {
    files: &'a [&'a InputFile],
    next: AtomicUsize,
    stop: AtomicBool,
    spools: Vec<Mutex<Spool>>,
    done: Mutex<BTreeMap<usize, Result<FileRows>>>,
}

/// Reads and judges the new files of a source, and sorts and stages their rows.
pub(crate) async fn prepare(
    engine: &Engine,
    warehouse: &Warehouse,
    job: &Job<'_>,
    buckets: usize,
    watcher: &dyn Watcher,
) -> Result<Prepared> {
    let Job { name, source, judge, .. } = job;
    let files: Vec<&InputFile> = job.files.new.iter().map(|(file, _)| file).collect();
    let shape = Shape::new(source, &judge.lake)?;
    let (found, spools) = read_all(engine, warehouse, job, &files, buckets, watcher)?;
    let new = tally(source, &files, &found);
    // The share of the whole needs no look: the files before these kept within the limit too.
    check_share(name, source, &new, &files, &found)?;

    let runs: Vec<u64> = job.runs().iter().map(|run| run.rows).collect();
    let good = new.read - new.all_quarantined() - new.all_dropped();
    let merged = tiers::merged(&runs, good);
    let older = open_older(warehouse, job, buckets, merged).await?;
    let written = write_buckets(engine, warehouse, &shape, spools, &older)?;
    let counts = account(job, &new, &written, merged)?;
    let quarantine = stage_quarantine(warehouse, &files, &found)?;
    Ok(Prepared { buckets: written, merged, quarantine, counts, rows_read: new.read, shape })
}

/// Reads all files, as many at once as there are threads; the good rows are in the spools, by bucket.
fn read_all(
    engine: &Engine,
    warehouse: &Warehouse,
    job: &Job<'_>,
    files: &[&InputFile],
    buckets: usize,
    watcher: &dyn Watcher,
) -> Result<(Vec<FileRows>, Vec<Spool>)> {
    let Job { name, source, judge, .. } = job;
    let staging = warehouse.staging_folder()?;
    let kept = Spool::memory(engine.memory_limit()) / buckets.max(1);
    let pool = Pool {
        files,
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        spools: (0..buckets)
            .map(|b| {
                let path = staging.join(format!("{name}-{b}.rows"));
                Mutex::new(Spool::new(judge.spooled.clone(), path, kept))
            })
            .collect(),
        done: Mutex::new(BTreeMap::new()),
    };
    thread::scope(|scope| {
        for _ in 0..engine.threads().min(files.len()) {
            scope.spawn(|| pool.work(judge, source, watcher, name));
        }
    });
    let done = pool.done.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Files before a failing one were all begun earlier, so the first error is the same every time.
    let found = done.into_values().collect::<Result<Vec<_>>>()?;
    let spools = pool.spools.into_iter().map(|s| s.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok((found, spools.collect()))
}

/// What the lake holds already, by bucket and then by run.
async fn open_older(
    warehouse: &Warehouse,
    job: &Job<'_>,
    buckets: usize,
    merged: usize,
) -> Result<Vec<Vec<Older>>> {
    let mut older: Vec<Vec<Older>> = Vec::with_capacity(buckets);
    let stay = job.runs().len() - merged;
    for bucket in 0..buckets {
        let mut runs = Vec::with_capacity(job.runs().len());
        for (index, run) in job.runs().iter().enumerate() {
            let displaced = match run.displaced.get(bucket).and_then(Option::as_ref) {
                Some(object) => Some(warehouse.open_object(&object.path).await?),
                None => None,
            };
            runs.push(Older {
                rows: warehouse.open_object(&run.buckets[bucket].path).await?,
                displaced,
                days: run.days.clone(),
                merged: index >= stay,
            });
        }
        older.push(runs);
    }
    Ok(older)
}

/// Adds what became of the new rows to what became of those before.
fn account(job: &Job<'_>, new: &RowCounts, written: &[Written], merged: usize) -> Result<RowCounts> {
    let name = job.name;
    let mut counts = job.lake.as_ref().map(|lake| lake.counts.clone()).unwrap_or_default();
    counts.files += new.files;
    counts.read += new.read;
    for (rule, rows) in &new.quarantined {
        add(&mut counts.quarantined, rule, *rows);
    }
    for (rule, rows) in &new.dropped {
        add(&mut counts.dropped, rule, *rows);
    }
    let stay = job.runs().len() - merged;
    counts.kept = job.runs()[..stay].iter().map(|run| run.rows).sum();
    for bucket in written {
        counts.customers += bucket.customers;
        counts.kept += bucket.staged.rows;
        counts.kept -= bucket.rewritten.iter().map(|older| older.lost.rows()).sum::<u64>();
        add(&mut counts.dropped, "exact_duplicates", bucket.exact_duplicates);
        add(&mut counts.dropped, "unique_key", bucket.unique_key_duplicates);
    }
    let accounted = counts.kept + counts.all_quarantined() + counts.all_dropped();
    if accounted != counts.read {
        return Err(Error::internal(format!(
            "{name}: {} rows read but {accounted} accounted for",
            counts.read
        )));
    }
    if counts.read == 0 {
        return Err(Error::contract(format!("{name}: no row in any of {} files", counts.files))
            .hint(format!("are `sources.{name}.files` the right ones, and did the export run?")));
    }
    if counts.kept == 0 {
        return Err(Error::contract(format!("{name}: no row is left of {} read", counts.read))
            .hint("see the rules of the source, and whether its files are the right ones"));
    }
    Ok(counts)
}

impl Pool<'_> {
    fn work(&self, judge: &Judge, source: &Source, watcher: &dyn Watcher, name: &str) {
        while !self.stop.load(Ordering::Relaxed) {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = self.files.get(index) else { return };
            let rows = self.read(file, judge, source);
            if rows.is_err() {
                self.stop.store(true, Ordering::Relaxed);
            }
            let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            done.insert(index, rows);
            watcher.step("ingest", &format!("{name} {}", file.name), done.len(), self.files.len());
        }
    }

    fn read(&self, file: &InputFile, judge: &Judge, source: &Source) -> Result<FileRows> {
        let mut clock = judge.clock();
        let mut partitioner = Partitioner::new(self.spools.len())?;
        let mut block = Vec::new();
        let mut rows = FileRows::default();
        let shown = file.path.display().to_string();
        for batch in read::open(&shown, file.path.clone(), source, judge.zone())? {
            let batch = batch?;
            rows.read += batch.rows_read;
            let judged = judge.judge(&shown, batch, &mut clock)?;
            rows.refused.extend(judged.refused);
            rows.dropped.extend(judged.dropped);
            for (bucket, numbers) in partitioner.split(judged.good.column(0))? {
                block.clear();
                block::pack(&judged.good, &numbers, &mut block)?;
                let mut spool = self.spools[bucket].lock().unwrap_or_else(PoisonError::into_inner);
                spool.push(block.clone(), numbers.len())?;
            }
        }
        Ok(rows)
    }
}

fn tally(source: &Source, files: &[&InputFile], found: &[FileRows]) -> RowCounts {
    let mut counts = RowCounts { files: files.len() as u64, ..RowCounts::default() };
    for rows in found {
        counts.read += rows.read;
        for refused in &rows.refused {
            add(&mut counts.quarantined, &refused.rule, 1);
        }
        for (index, number) in &rows.dropped {
            let rule = source.rules.get(*index).map_or("rule", |rule| rule.name.as_str());
            add(&mut counts.dropped, rule, *number);
        }
    }
    counts
}

fn add(counts: &mut BTreeMap<String, u64>, name: &str, number: u64) {
    if number > 0 {
        *counts.entry(name.to_owned()).or_default() += number;
    }
}

/// Stops the run where too many rows are bad; says which rules they broke and where first.
fn check_share(
    name: &str,
    source: &Source,
    counts: &RowCounts,
    files: &[&InputFile],
    found: &[FileRows],
) -> Result<()> {
    let limit = source.quarantine.max_share;
    let bad = counts.all_quarantined();
    if counts.read == 0 || bad as f64 <= limit.0 * counts.read as f64 {
        return Ok(());
    }
    let share = 100.0 * bad as f64 / counts.read as f64;
    let mut error = Error::contract(format!(
        "{name}: {bad} of {} rows are bad ({share:.2}%), the limit is {limit}",
        counts.read
    ));
    for (rule, number) in &counts.quarantined {
        let first = files.iter().zip(found).find_map(|(file, rows)| {
            let refused = rows.refused.iter().find(|r| &r.rule == rule)?;
            let column = refused.column.as_ref().map(|c| format!(" in `{c}`")).unwrap_or_default();
            Some(format!("first at {}:{}{column}: {}", file.path.display(), refused.line, refused.reason))
        });
        error = error.hint(format!("{rule}: {number} rows, {}", first.unwrap_or_default()));
    }
    Err(error.hint(format!(
        "mend the files or the rules, or raise `sources.{name}.quarantine.max_share`; nothing was published"
    )))
}

/// Sorts and writes the buckets: as many at once as there are threads, and as the memory limit has room for.
fn write_buckets(
    engine: &Engine,
    warehouse: &Warehouse,
    shape: &Shape,
    spools: Vec<Spool>,
    older: &[Vec<Older>],
) -> Result<Vec<Written>> {
    let largest = spools.iter().map(Spool::memory_to_sort).max().unwrap_or_default();
    let at_once = match engine.memory_limit() {
        Some(limit) if largest > 0 => {
            let beside = BESIDE + Spool::memory(Some(limit));
            if largest + beside > limit {
                tracing::warn!(
                    "sorting a bucket takes some {} MiB and the rest {} MiB, more than --memory-limit: raise \
                     `lake.buckets`",
                    largest >> 20,
                    beside >> 20
                );
            }
            (limit.saturating_sub(beside) / largest).clamp(1, engine.threads())
        }
        _ => engine.threads(),
    };
    let buckets = spools.into_iter().zip(older).collect();
    let write = |(spool, older): (Spool, &Vec<Older>)| {
        spool.collect().and_then(|rows| bucket::write(warehouse, shape, rows, older))
    };
    parallel::each(buckets, at_once, write).into_iter().collect()
}

fn stage_quarantine(
    warehouse: &Warehouse,
    files: &[&InputFile],
    found: &[FileRows],
) -> Result<Option<Staged>> {
    if found.iter().all(|rows| rows.refused.is_empty()) {
        return Ok(None);
    }
    let mut staging = warehouse.stage(quarantine::schema())?;
    for (file, rows) in files.iter().zip(found) {
        staging.write(&quarantine::batch(&file.name, &rows.refused)?)?;
    }
    Ok(Some(staging.finish()?))
}
