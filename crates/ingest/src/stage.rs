//! The stage: every declared source read, judged and put into the lake, or nothing at all.

use foretell_engine::{Call, Engine, LakeInput, LakeManifest, LakeRun, Result, RowCounts, definition};
use foretell_spec::{Format, Loaded, OnChange, Source, digest_of};
use foretell_storage::{InputFile, Warehouse, expand};
use serde::Serialize;

use crate::files::{Files, fingerprints};
use crate::judge::{Judge, zone};
use crate::prepare::prepare;
use crate::publish::{clear, publish};

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
    /// Rows in, kept, quarantined and dropped, of all files.
    pub counts: RowCounts,
    /// Files that were read, because the lake did not have their rows.
    pub files_new: u64,
    /// Files that were not read: the lake has their rows, and they are what they were.
    pub files_taken: u64,
    /// Files whose rows stay in the lake though they are no longer there.
    pub files_gone: u64,
    /// Rows in the files that were read.
    pub rows_read: u64,
    /// Runs of which the lake consists: what is read together to see all rows.
    pub lake_runs: u64,
    /// Rows of earlier runs that were written anew, without being read from raw files.
    pub rows_rewritten: u64,
    /// First and last local day of a row.
    pub first_day: Option<String>,
    /// Last local day of a row.
    pub last_day: Option<String>,
}

/// A source, its files and what the lake holds of it.
pub(crate) struct Job<'a> {
    pub(crate) name: &'static str,
    pub(crate) source: &'a Source,
    pub(crate) judge: Judge,
    pub(crate) files: Files,
    pub(crate) definition: String,
    /// What the new files are added to; `None` where all is read anew.
    pub(crate) lake: Option<LakeManifest>,
}

#[derive(Serialize)]
struct Did<'a> {
    inputs: Vec<(&'a str, Vec<&'a LakeInput>)>,
    lake: &'a [LakeManifest],
}

impl Job<'_> {
    /// The runs to which the new files are added.
    pub(crate) fn runs(&self) -> &[LakeRun] {
        self.lake.as_ref().map_or(&[], |lake| &lake.runs)
    }

    /// Digest of all that decides the lake: where the files lie does not, their names and contents do.
    pub(crate) fn key(&self) -> String {
        let before = self.lake.iter().flat_map(|lake| lake.inputs().into_values());
        let mut inputs: Vec<&LakeInput> =
            before.chain(self.files.new.iter().map(|(_, input)| input)).collect();
        inputs.sort();
        digest_of(&(&self.definition, inputs))
    }

    /// Says that the lake holds all files already.
    fn is_done(&self) -> bool {
        self.lake.is_some() && self.files.new.is_empty()
    }
}

/// Runs the stage; the lake holds all rows, whatever the logical date.
///
/// # Errors
/// Files are missing (66), break their contract (65), or the source's SQL is faulty (78); then the
/// lake stays as it was.
pub async fn run(call: &Call<'_>) -> Result<Report> {
    let Call { engine, warehouse, loaded, force, watcher, .. } = *call;
    let jobs = plan(engine, warehouse, loaded, force).await?;
    let keys: Vec<String> = jobs.iter().map(Job::key).collect();
    let run_id = digest_of(&("ingest", keys))[..16].to_owned();
    let buckets = usize::from(loaded.spec.lake.buckets);
    let mut prepared = Vec::with_capacity(jobs.len());
    for job in &jobs {
        prepared.push(if job.is_done() {
            None
        } else {
            Some(prepare(engine, warehouse, job, buckets, watcher).await?)
        });
    }
    let fresh = prepared.iter().any(Option::is_some);
    let mut manifests = Vec::with_capacity(jobs.len());
    let mut sources = Vec::with_capacity(jobs.len());
    for (job, prepared) in jobs.iter().zip(prepared) {
        let (mut rows_read, mut rows_rewritten) = (0, 0);
        let manifest = match (prepared, &job.lake) {
            (Some(prepared), _) => {
                rows_read = prepared.rows_read;
                rows_rewritten = prepared.rows_rewritten(job.runs());
                publish(warehouse, job, prepared, &run_id).await?
            }
            (None, Some(lake)) => lake.clone(),
            (None, None) => continue,
        };
        clear(warehouse, &manifest).await?;
        sources.push(SourceReport {
            source: job.name.to_owned(),
            counts: manifest.counts.clone(),
            files_new: job.files.new.len() as u64,
            files_taken: job.files.taken,
            files_gone: job.files.gone.len() as u64,
            rows_read,
            lake_runs: manifest.runs.len() as u64,
            rows_rewritten,
            first_day: manifest.first_day.map(|d| d.to_string()),
            last_day: manifest.last_day.map(|d| d.to_string()),
        });
        manifests.push(manifest);
    }
    let inputs = manifests.iter().map(|lake| (lake.source.as_str(), lake.inputs().into_values().collect()));
    let did = Did { inputs: inputs.collect(), lake: &manifests };
    call.write_manifest("ingest", &run_id, &did).await?;
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

/// Finds the files and says for each source what the lake already holds.
async fn plan<'a>(
    engine: &Engine,
    warehouse: &Warehouse,
    loaded: &'a Loaded,
    force: bool,
) -> Result<Vec<Job<'a>>> {
    let mut jobs = Vec::new();
    for (name, source) in loaded.spec.sources.declared() {
        let judge = Judge::new(engine, loaded, name, source)?;
        let files = fingerprints(expand(&source.files)?, engine.threads())?;
        let definition = definition(loaded, name, source);
        let lake = if force { None } else { LakeManifest::read(warehouse, name).await? };
        let (files, lake) = held_against(name, source, files, lake, &definition, warehouse).await?;
        jobs.push(Job { name, source, judge, files, definition, lake });
    }
    Ok(jobs)
}

/// Says which files are new to a source's lake; all are, and there is none, where it has to be read anew.
async fn held_against(
    name: &str,
    source: &Source,
    files: Vec<(InputFile, LakeInput)>,
    lake: Option<LakeManifest>,
    definition: &str,
    warehouse: &Warehouse,
) -> Result<(Files, Option<LakeManifest>)> {
    let Some(lake) = lake else { return Ok((Files::anew(files), None)) };
    let why = if lake.definition != definition {
        "the source's part of the spec or this program changed"
    } else if !lake.intact(warehouse).await? {
        "the lake is damaged"
    } else {
        let known = Files::known(files.clone(), &lake);
        if known.changed() && source.on_change == OnChange::Reread {
            known.refuse_gone(name, "one of them changed")?;
            return Ok((Files::anew(files), None));
        }
        known.refuse_changed(name)?;
        if lake.files != digest_of(&source.files) {
            // Files that an archive took away keep their rows; other files are another history.
            known.refuse_gone(name, &format!("`sources.{name}.files` names others than before"))?;
        }
        return Ok((known, Some(lake)));
    };
    Files::known(files.clone(), &lake).refuse_gone(name, why)?;
    Ok((Files::anew(files), None))
}
