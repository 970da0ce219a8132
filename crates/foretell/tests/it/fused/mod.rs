//! The fused way and the query engine's own way are one: random shops, random SQL, every value compared.

mod compare;
mod dice;
mod once;
mod shop;
mod sql;
mod texts;

use std::collections::BTreeMap;

use compare::{Table, differences};
use dice::Dice;
use shop::Shop;

use crate::support::{Project, copy};

/// Runs a stage; says which seed it was where it fails. False where the query engine itself cannot plan a query:
/// fused or not, that is no question of how it is computed.
#[track_caller]
fn stage(project: &Project, binary: &str, seed: u64, more: &[&str]) -> bool {
    let mut arguments = vec!["spec.yaml"];
    arguments.extend(more);
    let run = project.run(binary, &arguments);
    // The second is about `sum(x)` beside `sum(CAST(x AS DOUBLE))`: the engine gives both one name.
    let refusals = ["likely caused by a bug in DataFusion's code", "duplicate unqualified field name"];
    if refusals.iter().any(|refusal| run.stderr.contains(refusal)) {
        return false;
    }
    let at = || kept(project);
    assert!(run.code == 0, "seed {seed}: {arguments:?}, see {}\n{}\n{}", at(), run.stdout, run.stderr);
    true
}

const INGEST: &str = env!("CARGO_BIN_EXE_ingest");
const FEATURES: &str = env!("CARGO_BIN_EXE_features");

/// The features of each cutoff.
fn tables(project: &Project) -> BTreeMap<String, Table> {
    let paths = project.bytes("w/tables/features");
    paths
        .keys()
        .map(|path| (path.clone(), Table::read(project, &format!("tables/features/{path}"))))
        .collect()
}

/// A random shop with rows, spec and SQL in a folder of its own, ingested; random SQL if none is given.
fn ingested(seed: u64, files: Option<Vec<String>>) -> (Project, Shop) {
    let mut dice = Dice::new(seed);
    let shop = Shop::new(&mut dice);
    let files = files
        .unwrap_or_else(|| (0..dice.number(3, 8)).map(|n| sql::file(&mut dice, &shop, n as usize)).collect());
    let project = Project::new();
    shop.write(&mut dice, &project, &files);
    stage(&project, INGEST, seed, &[]);
    (project, shop)
}

/// Keeps a case that failed, and says where.
fn kept(project: &Project) -> String {
    let folder = std::env::temp_dir().join("foretell-fused");
    copy(project.folder.path(), &folder);
    folder.display().to_string()
}

/// Compares both ways on one random shop: how many values were looked at, and how many were neither NULL nor 0.
/// Nothing where the query engine cannot plan a query on its own.
fn both_ways(seed: u64, files: Option<Vec<String>>) -> Option<(usize, usize)> {
    let (project, shop) = ingested(seed, files);
    let date = shop.date.to_string();
    if !stage(&project, FEATURES, seed, &["--date", &date, "--set", "features.fuse=false"]) {
        return None;
    }
    let plain = tables(&project);
    stage(&project, FEATURES, seed, &["--date", &date]);
    let fused = tables(&project);
    assert_eq!(plain.len() as i64, shop.count, "seed {seed}");
    assert_eq!(plain.keys().collect::<Vec<_>>(), fused.keys().collect::<Vec<_>>(), "seed {seed}");
    let (mut looked_at, mut telling) = (0, 0);
    for (path, plain) in &plain {
        let found = differences(plain, &fused[path]);
        assert!(
            found.is_empty(),
            "seed {seed}, {path}: plain and fused differ in {} values, see {}\n{}",
            found.len(),
            kept(&project),
            found[..found.len().min(12)].join("\n")
        );
        looked_at += plain.values();
        telling += plain.telling();
    }
    Some((looked_at, telling))
}

#[test]
fn random_queries_over_random_shops_have_the_same_values_either_way() {
    let seeds = seeds(40);
    let cases: Vec<(usize, usize)> = seeds.iter().filter_map(|seed| both_ways(*seed, None)).collect();
    assert!(cases.len() * 10 >= seeds.len() * 9, "only {} of {} could be planned", cases.len(), seeds.len());
    let looked_at: usize = cases.iter().map(|case| case.0).sum();
    let telling: usize = cases.iter().map(|case| case.1).sum();
    // Values that are all NULL or 0 would show nothing.
    assert!(telling * 4 > looked_at, "{telling} of {looked_at} values tell something");
}

#[test]
fn what_was_wrong_once_is_right() {
    for files in once::sets() {
        for seed in [3, 12, 14] {
            let (looked_at, telling) = both_ways(seed, Some(files.clone())).unwrap();
            assert!(telling * 8 > looked_at, "{telling} of {looked_at} values tell something");
        }
    }
}

#[test]
fn texts_say_the_same_whether_they_are_read_as_codes_or_spelled_out() {
    for files in texts::sets() {
        for seed in 20..24 {
            let (looked_at, telling) = both_ways(seed, Some(files.clone())).unwrap();
            assert!(telling * 8 > looked_at, "seed {seed}: {telling} of {looked_at} values tell something");
        }
    }
}

#[test]
fn a_cutoff_has_the_same_bytes_alone_and_among_others_at_any_number_of_threads() {
    for seed in seeds(12).into_iter().map(|seed| seed + 1_000) {
        let (project, shop) = ingested(seed, None);
        let date = shop.date.to_string();
        if !stage(&project, FEATURES, seed, &["--date", &date, "--threads", "2"]) {
            continue;
        }
        let together = project.bytes("w/tables/features");
        stage(&project, FEATURES, seed, &["--date", &date, "--threads", "1", "--force"]);
        assert!(together == project.bytes("w/tables/features"), "seed {seed}: another number of threads");
        let middle = together.keys().nth(together.len() / 2).unwrap();
        let days = [middle["cutoff=".len()..][..10].to_owned(), date];
        for day in &days {
            let alone = ["--date", day, "--set", "cutoffs.count=1", "--set", "warehouse=w", "--force"];
            stage(&project, FEATURES, seed, &alone);
        }
        for day in &days {
            let path = format!("cutoff={day}/part-0.parquet");
            let alone = Table::read(&project, &format!("tables/features/{path}"));
            if together[&path] != project.bytes("w/tables/features")[&path] {
                project.write("w/together.parquet", &together[&path]);
                let found = compare::unequal(&alone, &Table::read(&project, "together.parquet"));
                panic!(
                    "seed {seed}, {day}: alone and together differ, see {}\n{}",
                    kept(&project),
                    found[..found.len().min(12)].join("\n")
                );
            }
        }
    }
}

/// The seeds of `count` cases, or the one that `FORETELL_SEED` names.
fn seeds(count: u64) -> Vec<u64> {
    match std::env::var("FORETELL_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => (0..count).collect(),
    }
}
