//! Faults of the command line.

use super::shop::Shop;
use super::{kept, refused_by};

fn check(case: &str, code: i32, more: &[&str]) {
    refused_by(case, code, &Shop::new(), "check", more);
}

fn run(case: &str, code: i32, more: &[&str]) {
    refused_by(case, code, &Shop::new(), "run", more);
}

#[test]
fn set_of_an_unknown_key() {
    check("set_of_an_unknown_key", 78, &["--set", "cutoffs.cuont=3"]);
}

#[test]
fn set_to_a_wrong_type() {
    check("set_to_a_wrong_type", 78, &["--set", "targets.churn.horizon=soon"]);
}

#[test]
fn set_without_a_value() {
    check("set_without_a_value", 78, &["--set", "timezone"]);
}

#[test]
fn bad_date() {
    run("bad_date", 2, &["--date", "31.10.2024"]);
}

#[test]
fn day_that_is_not() {
    run("day_that_is_not", 2, &["--date", "2024-02-30"]);
}

#[test]
fn unknown_flag() {
    run("unknown_flag", 2, &["--dat", "2024-10-01"]);
}

#[test]
fn bad_memory_limit() {
    run("bad_memory_limit", 2, &["--memory-limit", "2 gigs"]);
}

#[test]
fn unknown_verb() {
    kept("unknown_verb", 2, &Shop::new().project.foretell(&["chekc", "shop.yaml"]));
}

#[test]
fn no_spec() {
    kept("no_spec", 2, &Shop::new().project.foretell(&["run"]));
}

#[test]
fn backfill_backwards() {
    let more = ["--from", "2024-10-01", "--to", "2024-09-01"];
    refused_by("backfill_backwards", 2, &Shop::new(), "backfill", &more);
}

#[test]
fn features_before_ingest() {
    let shop = Shop::new();
    let features = shop.project.run(env!("CARGO_BIN_EXE_features"), &["shop.yaml"]);
    kept("features_before_ingest", 66, &features);
}

#[test]
fn score_before_features() {
    let shop = Shop::new();
    let run = |binary| shop.project.run(binary, &["shop.yaml"]);
    run(env!("CARGO_BIN_EXE_ingest")).ok();
    kept("score_before_features", 66, &run(env!("CARGO_BIN_EXE_score")));
}
