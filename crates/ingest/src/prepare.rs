//! One source, from its files to staged buckets; nothing is published here.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use foretell_engine::{Engine, Error, Partitioner, Result, RowCounts, Watcher};
use foretell_spec::Source;
use foretell_storage::{InputFile, Staged, Warehouse};

use crate::block;
use crate::bucket::{self, Written};
use crate::judge::Judge;
use crate::quarantine::{self, Refused};
use crate::read;
use crate::spool::Spool;
use crate::stage::Job;

/// A source whose buckets wait in staging.
pub(crate) struct Prepared {
    pub(crate) buckets: Vec<Staged>,
    pub(crate) quarantine: Option<Staged>,
    pub(crate) counts: RowCounts,
    pub(crate) days: Option<(i32, i32)>,
    pub(crate) sorted_by: Vec<String>,
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
    files: &'a [InputFile],
    next: AtomicUsize,
    stop: AtomicBool,
    spools: Vec<Mutex<Spool>>,
    done: Mutex<BTreeMap<usize, Result<FileRows>>>,
}

/// Reads, judges, sorts and stages a source.
pub(crate) fn prepare(
    engine: &Engine,
    warehouse: &Warehouse,
    job: &Job<'_>,
    buckets: usize,
    watcher: &dyn Watcher,
) -> Result<Prepared> {
    let Job { name, source, judge, files, .. } = job;
    let staging = warehouse.staging_folder()?;
    let pool = Pool {
        files,
        next: AtomicUsize::new(0),
        stop: AtomicBool::new(false),
        spools: (0..buckets)
            .map(|b| {
                let path = staging.join(format!("{name}-{b}.rows"));
                Mutex::new(Spool::new(judge.spooled.clone(), path, buckets))
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
    let mut found = Vec::with_capacity(done.len());
    for (_, rows) in done {
        found.push(rows?);
    }
    let mut counts = tally(source, files, &found);
    check_share(name, source, &counts, files, &found)?;

    let spools: Vec<Spool> =
        pool.spools.into_iter().map(|s| s.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
    let sorted_by: Vec<String> = judge.lake.fields().iter().take(3).map(|f| f.name().clone()).collect();
    let written = write_buckets(engine, warehouse, judge, source, spools)?;
    let mut days: Option<(i32, i32)> = None;
    for bucket in &written {
        counts.customers += bucket.customers;
        counts.kept += bucket.staged.rows;
        add(&mut counts.dropped, "exact_duplicates", bucket.exact_duplicates);
        add(&mut counts.dropped, "unique_key", bucket.unique_key_duplicates);
        if let Some((first, last)) = bucket.days {
            days = Some(days.map_or((first, last), |(f, l)| (f.min(first), l.max(last))));
        }
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
    let quarantine = stage_quarantine(warehouse, files, &found)?;
    let buckets = written.into_iter().map(|bucket| bucket.staged).collect();
    Ok(Prepared { buckets, quarantine, counts, days, sorted_by })
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

fn tally(source: &Source, files: &[InputFile], found: &[FileRows]) -> RowCounts {
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
    files: &[InputFile],
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

/// Sorts and writes the buckets, as many at once as there are threads.
fn write_buckets(
    engine: &Engine,
    warehouse: &Warehouse,
    judge: &Judge,
    source: &Source,
    spools: Vec<Spool>,
) -> Result<Vec<Written>> {
    let count = spools.len();
    let waiting = Mutex::new(spools.into_iter().enumerate());
    let done = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..engine.threads().min(count) {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((index, spool)) = next else { return };
                    let written =
                        spool.collect().and_then(|rows| bucket::write(warehouse, source, &judge.lake, &rows));
                    done.lock().unwrap_or_else(PoisonError::into_inner).insert(index, written);
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

fn stage_quarantine(
    warehouse: &Warehouse,
    files: &[InputFile],
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
