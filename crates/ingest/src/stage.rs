//! The stage: every declared source read, judged and put into the lake, or nothing at all.

use foretell_engine::{Call, Engine, LakeBucket, LakeManifest, Result, RowCounts, definition};
use foretell_spec::{Format, Loaded, Source, digest_of};
use foretell_storage::{InputFile, Warehouse, expand, layout};
use serde::Serialize;

use crate::clock::date;
use crate::judge::{Judge, zone};
use crate::prepare::{Prepared, prepare};

/// What the stage did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Digest of all that decides the result.
    pub run_id: String,
    /// Each declared source.
    pub sources: Vec<SourceReport>,
    /// Says that something had to be read.
    pub fresh: bool,
}

/// Where the rows of one source went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceReport {
    /// `transactions`, `events` or `customers`.
    pub source: String,
    /// Rows in, kept, quarantined and dropped.
    pub counts: RowCounts,
    /// First and last local day of a row.
    pub first_day: Option<String>,
    /// Last local day of a row.
    pub last_day: Option<String>,
}

/// A source, its files and the digest of all that decides its lake.
pub(crate) struct Job<'a> {
    pub(crate) name: &'static str,
    pub(crate) source: &'a Source,
    pub(crate) judge: Judge,
    pub(crate) files: Vec<InputFile>,
    inputs: Vec<Input>,
    definition: String,
    key: String,
    current: Option<LakeManifest>,
}

/// A raw file, as the manifest names it.
#[derive(Debug, Clone, Serialize)]
struct Input {
    file: String,
    bytes: u64,
    sha256: String,
}

#[derive(Serialize)]
struct Did<'a> {
    inputs: Vec<(&'a str, &'a [Input])>,
    lake: &'a [LakeManifest],
}

/// Runs the stage; the lake holds all rows, whatever the logical date.
///
/// # Errors
/// Files are missing (66), break their contract (65), or the source's SQL is faulty (78); then the
/// lake stays as it was.
pub async fn run(call: &Call<'_>) -> Result<Report> {
    let Call { engine, warehouse, loaded, force, watcher, .. } = *call;
    let jobs = plan(engine, warehouse, loaded, force).await?;
    let keys: Vec<&str> = jobs.iter().map(|job| job.key.as_str()).collect();
    let run_id = digest_of(&("ingest", keys))[..16].to_owned();
    let buckets = usize::from(loaded.spec.lake.buckets);
    let mut prepared = Vec::with_capacity(jobs.len());
    for job in &jobs {
        prepared.push(match &job.current {
            Some(_) => None,
            None => Some(prepare(engine, warehouse, job, buckets, watcher)?),
        });
    }
    let fresh = prepared.iter().any(Option::is_some);
    let mut manifests = Vec::with_capacity(jobs.len());
    for (job, prepared) in jobs.iter().zip(prepared) {
        manifests.push(match (prepared, &job.current) {
            (Some(prepared), _) => publish(warehouse, job, prepared, &run_id).await?,
            (None, Some(current)) => current.clone(),
            (None, None) => continue,
        });
    }
    let did =
        Did { inputs: jobs.iter().map(|job| (job.name, job.inputs.as_slice())).collect(), lake: &manifests };
    call.write_manifest("ingest", &run_id, &did).await?;
    let sources = manifests
        .into_iter()
        .map(|m| SourceReport {
            source: m.source,
            counts: m.counts,
            first_day: m.first_day.map(|d| d.to_string()),
            last_day: m.last_day.map(|d| d.to_string()),
        })
        .collect();
    Ok(Report { run_id, sources, fresh })
}

/// Opens a raw file, which checks that its header holds what the source maps.
///
/// # Errors
/// The file is missing (66) or breaks its contract (65).
pub fn check_header(loaded: &Loaded, source: &Source, file: &InputFile) -> Result<()> {
    let zone = zone(loaded)?;
    let mut batches = crate::read::open(&file.path.display().to_string(), file.path.clone(), source, zone)?;
    match source.format {
        // The keys of NDJSON stand in its rows: only the whole file tells that one is missing.
        Format::Ndjson(_) => batches.try_for_each(|batch| batch.map(|_| ())),
        Format::Csv(_) | Format::Parquet(_) => Ok(()),
    }
}

/// Finds the files and says for each source whether the lake already holds them.
async fn plan<'a>(
    engine: &Engine,
    warehouse: &Warehouse,
    loaded: &'a Loaded,
    force: bool,
) -> Result<Vec<Job<'a>>> {
    let mut jobs = Vec::new();
    for (name, source) in loaded.spec.sources.declared() {
        let judge = Judge::new(engine, loaded, name, source)?;
        let files = expand(&source.files)?;
        let mut inputs = Vec::with_capacity(files.len());
        for file in &files {
            inputs.push(Input { file: file.name.clone(), bytes: file.size, sha256: file.sha256()? });
        }
        // Where the files lie does not decide what the lake holds: their names and contents do.
        let definition = definition(loaded, name, source);
        let key = digest_of(&(&definition, &inputs));
        let mut current = LakeManifest::read(warehouse, name).await?;
        if force || current.as_ref().is_some_and(|m| m.key != key) {
            current = None;
        }
        if let Some(manifest) = &current {
            for bucket in &manifest.buckets {
                if warehouse.size(&bucket.path).await? != Some(bucket.bytes) {
                    current = None;
                    break;
                }
            }
        }
        jobs.push(Job { name, source, judge, files, inputs, definition, key, current });
    }
    Ok(jobs)
}

/// Puts a source's buckets in place as a new generation, then points to it, then clears the old one.
async fn publish(
    warehouse: &Warehouse,
    job: &Job<'_>,
    prepared: Prepared,
    run_id: &str,
) -> Result<LakeManifest> {
    let digests: Vec<&str> = prepared.buckets.iter().map(|b| b.sha256.as_str()).collect();
    let generation = digest_of(&digests)[..16].to_owned();
    let mut buckets = Vec::with_capacity(prepared.buckets.len());
    for (index, staged) in prepared.buckets.into_iter().enumerate() {
        let path = layout::lake_bucket(job.name, &generation, index);
        let record = warehouse.publish(staged, &path, &job.key).await?;
        buckets.push(LakeBucket { path, rows: record.rows, bytes: record.bytes, sha256: record.sha256 });
    }
    let quarantine = layout::quarantine(job.name, run_id);
    if let Some(staged) = prepared.quarantine {
        warehouse.publish(staged, &quarantine, &job.key).await?;
    }
    let manifest = LakeManifest {
        source: job.name.to_owned(),
        key: job.key.clone(),
        definition: job.definition.clone(),
        generation: generation.clone(),
        columns: LakeManifest::spell(&job.judge.lake),
        sorted_by: prepared.sorted_by,
        buckets,
        first_day: prepared.days.and_then(|(first, _)| date(first)),
        last_day: prepared.days.and_then(|(_, last)| date(last)),
        counts: prepared.counts,
    };
    warehouse.write_json(&layout::lake_manifest(job.name), &manifest).await?;
    warehouse.clear_except(&format!("lake/{}", job.name), &layout::lake(job.name, &generation)).await?;
    let kept = quarantine.rsplit_once('/').map_or("", |(folder, _)| folder);
    warehouse.clear_except(&format!("quarantine/{}", job.name), kept).await?;
    Ok(manifest)
}
