//! Puts a source's staged objects in place, then says so in its manifest, then clears what it no longer names.

use std::collections::BTreeSet;

use foretell_engine::{LakeInput, LakeManifest, LakeObject, LakeRun, Result};
use foretell_spec::digest_of;
use foretell_storage::{Record, Staged, Warehouse, layout};

use crate::bucket::Written;
use crate::prepare::Prepared;
use crate::stage::Job;

/// Publishes what was prepared.
///
/// Every object has a path of its own, named after its content: until the manifest is written, all that the one
/// before names is as it was, and a run that is killed leaves the lake as it stood.
pub(crate) async fn publish(
    warehouse: &Warehouse,
    job: &Job<'_>,
    prepared: Prepared,
    run_id: &str,
) -> Result<LakeManifest> {
    let key = job.key();
    let stay = job.runs().len() - prepared.merged;
    let mut runs = job.runs()[..stay].to_vec();
    let merged = &job.runs()[stay..];

    let digests: Vec<&str> = prepared.buckets.iter().flat_map(Written::digests).collect();
    let id = digest_of(&digests)[..16].to_owned();
    let before = merged.iter().flat_map(|run| run.inputs.iter().cloned());
    let mut inputs: Vec<LakeInput> = before.chain(job.files.new.iter().map(|(_, i)| i.clone())).collect();
    inputs.sort();
    let mut new = LakeRun { inputs, ..LakeRun::default() };
    for (bucket, written) in prepared.buckets.into_iter().enumerate() {
        for older in written.rewritten {
            let run = &mut runs[older.older];
            let path = layout::lake_bucket(job.name, &older.staged.sha256[..16], bucket);
            run.buckets[bucket] = put(warehouse, older.staged, path, &key).await?;
            run.days.subtract(&older.lost);
        }
        let path = layout::lake_bucket(job.name, &id, bucket);
        new.buckets.push(put(warehouse, written.staged, path, &key).await?);
        new.displaced.push(match written.displaced {
            Some(staged) => {
                Some(put(warehouse, staged, layout::lake_displaced(job.name, &id, bucket), &key).await?)
            }
            None => None,
        });
        new.days.add(&written.days);
    }
    runs.push(new);
    let runs: Vec<LakeRun> = runs.into_iter().map(LakeRun::summed).collect();

    let mut quarantine = job.lake.as_ref().map(|lake| lake.quarantine.clone()).unwrap_or_default();
    if let Some(staged) = prepared.quarantine {
        quarantine.push(put(warehouse, staged, layout::quarantine(job.name, run_id), &key).await?);
    }
    let manifest = LakeManifest {
        source: job.name.to_owned(),
        key,
        definition: job.definition.clone(),
        files: digest_of(&job.source.files),
        columns: LakeManifest::spell(&prepared.shape.stored),
        sorted_by: prepared.shape.sorted_by().iter().take(3).map(|name| (*name).to_owned()).collect(),
        first_day: runs.iter().filter_map(|run| run.first_day).min(),
        last_day: runs.iter().filter_map(|run| run.last_day).max(),
        runs,
        counts: prepared.counts,
        quarantine,
    };
    warehouse.write_json(&layout::lake_manifest(job.name), &manifest).await?;
    Ok(manifest)
}

/// Deletes what a source's manifest does not name: what it named before, or what a run that was killed left.
pub(crate) async fn clear(warehouse: &Warehouse, manifest: &LakeManifest) -> Result<()> {
    let kept: BTreeSet<&str> = manifest.paths();
    let source = &manifest.source;
    for folder in [layout::lake(source), layout::beside_lake(source), layout::quarantined(source)] {
        warehouse.clear_except(&folder, &kept).await?;
    }
    Ok(())
}

async fn put(warehouse: &Warehouse, staged: Staged, path: String, key: &str) -> Result<LakeObject> {
    let Record { rows, bytes, sha256, .. } = warehouse.publish(staged, &path, key).await?;
    Ok(LakeObject { path, rows, bytes, sha256 })
}
