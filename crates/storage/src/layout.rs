//! Names of things below the warehouse; the only place that spells them.

/// Everything a source has in the lake.
pub fn lake(source: &str) -> String {
    format!("lake/{source}")
}

/// One bucket of a run of a source's canonical rows.
pub fn lake_bucket(source: &str, run: &str, bucket: usize) -> String {
    format!("{}/{run}/part-{bucket:05}.parquet", lake(source))
}

/// What is remembered beside a source's canonical rows.
pub fn beside_lake(source: &str) -> String {
    format!("_meta/lake/{source}")
}

/// Which rows of a bucket gave way to an earlier one of the same key.
pub fn lake_displaced(source: &str, run: &str, bucket: usize) -> String {
    format!("{}/{run}/part-{bucket:05}.parquet", beside_lake(source))
}

/// The object that says which runs a source consists of.
pub fn lake_manifest(source: &str) -> String {
    format!("_meta/lake/{source}.json")
}

/// The one object of a table's partition; `keys` are the partition's keys and values in order.
pub fn partition(table: &str, keys: &[(&str, &str)]) -> String {
    use std::fmt::Write;
    let mut path = format!("tables/{table}");
    for (key, value) in keys {
        // Writing to a String cannot fail.
        let _ = write!(path, "/{key}={value}");
    }
    path.push_str("/part-0.parquet");
    path
}

/// All rows of a source that were refused.
pub fn quarantined(source: &str) -> String {
    format!("quarantine/{source}")
}

/// Rows of a source that a run refused.
pub fn quarantine(source: &str, run_id: &str) -> String {
    format!("{}/run={run_id}/part-0.parquet", quarantined(source))
}

/// One file of a trained model.
pub fn model(target: &str, model_id: &str, file: &str) -> String {
    format!("models/{target}/{model_id}/{file}")
}

/// Everything that says which model a target's run for a logical date made, a file a date.
pub fn model_days(target: &str) -> String {
    format!("models/{target}/as_of")
}

/// What says which model a target's run for a logical date made.
pub fn model_of_day(target: &str, day: &str) -> String {
    format!("{}/{day}.json", model_days(target))
}

/// The manifest of one stage of a run.
pub fn manifest(stage: &str, run_id: &str) -> String {
    format!("_meta/runs/{stage}/{run_id}.json")
}

/// What the features stage leaves for the score stage, as of a logical date.
pub fn ready(date: &str) -> String {
    format!("_meta/features/{date}.json")
}

/// Everything the features stage left, a file a logical date.
pub const READY: &str = "_meta/features";

/// What a target's last run for a logical date was and said.
pub fn scored(target: &str, date: &str) -> String {
    format!("_meta/scores/{target}/{date}.json")
}

/// A table that is only there while the customers of a cutoff are made.
pub fn working(cutoff: &str, table: &str) -> String {
    format!("{WORKING}/cutoff={cutoff}/{table}.parquet")
}

/// What was last said of the customers as of a logical date.
pub fn customers_done(date: &str) -> String {
    format!("_meta/customers/{date}.json")
}

/// Holds the tables of [`working`].
pub const WORKING: &str = "_meta/working";

/// What the last search for a target's features, as of a logical date, found.
pub fn tuned(target: &str, date: &str) -> String {
    format!("_meta/tune/{target}/{date}.json")
}

/// The slices that were learned and are kept.
pub const SLICES: &str = "_meta/slices.json";

/// The record of what made an object.
pub(crate) fn record(object: &str) -> String {
    format!("_meta/records/{object}.json")
}

pub(crate) const STAGING: &str = "_meta/staging";
pub(crate) const LOCK: &str = "_meta/lock";
