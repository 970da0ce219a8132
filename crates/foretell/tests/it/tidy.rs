//! Rules of the house that no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::root;

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
}

fn all(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(&root().join(folder), ending, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no .{ending} below {folder}");
    found
}

#[test]
fn no_test_file_is_forgotten() {
    let folder = root().join("crates/foretell/tests/it");
    let main = fs::read_to_string(folder.join("main.rs")).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_some_and(|e| e == "rs") && stem != "main" {
            assert!(main.contains(&format!("mod {stem};")), "main.rs does not declare {stem}");
        }
    }
}

#[test]
fn source_files_are_rooms_and_not_halls() {
    for path in all("crates", "rs") {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        let limit = if path.components().any(|c| c.as_os_str() == "tests") { 600 } else { 450 };
        assert!(lines <= limit, "{} has {lines} lines", path.display());
    }
}

#[test]
fn every_sql_file_has_its_header_and_every_feature_a_sentence() {
    for path in all("sql", "sql") {
        let text = fs::read_to_string(&path).unwrap();
        let shown = path.display();
        for key in ["grain:", "meaning:"] {
            let header =
                text.lines().take_while(|line| line.starts_with("--")).any(|line| line.contains(key));
            assert!(header, "{shown} has no `{key}` in its header");
        }
        assert!(!text.contains('\t'), "{shown} has a tab");
        assert!(text.lines().all(|line| line == line.trim_end()), "{shown} has blanks at the end of a line");
        assert!(text.lines().all(|line| line.len() <= 120), "{shown} has a line of over 120 characters");
        if path.components().any(|c| c.as_os_str() == "features") {
            assert!(text.contains("-- family:"), "{shown} names no family");
            let columns = text.matches(" AS ").filter(|_| true).count();
            assert!(columns > 0 && text.contains("--: "), "{shown} describes no feature");
        }
    }
}

#[test]
fn only_the_engine_names_datafusion() {
    for path in all("crates", "toml") {
        let text = fs::read_to_string(&path).unwrap();
        let engine = path.ends_with("engine/Cargo.toml");
        assert_eq!(text.contains("datafusion.workspace"), engine, "{}", path.display());
    }
}

#[test]
fn job_crates_do_not_know_each_other_and_arrows_point_down() {
    let allowed = [
        ("spec", vec![]),
        ("storage", vec![]),
        ("datagen", vec![]),
        ("bench", vec![]),
        ("fold", vec![]),
        ("learn", vec!["spec"]),
        ("worth", vec![]),
        ("engine", vec!["spec", "storage", "fold"]),
        ("ingest", vec!["spec", "storage", "engine"]),
        ("features", vec!["spec", "storage", "engine"]),
        ("score", vec!["spec", "storage", "engine", "learn", "worth"]),
    ];
    for (name, below) in allowed {
        let text = fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        let found: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("foretell-")?.strip_suffix(".workspace = true"))
            .collect();
        assert!(found.iter().all(|dep| below.contains(dep)), "{name} depends on {found:?}");
    }
}

#[test]
fn rust_names_no_feature() {
    let stems = ["orders_", "amount_sum", "lines_lifetime", "days_since_last_order", "gap_days"];
    for path in all("crates", "rs") {
        let shown = path.display().to_string();
        if !["/engine/src/", "/features/src/", "/ingest/src/", "/storage/src/"]
            .iter()
            .any(|c| shown.contains(c))
        {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for stem in stems {
            assert!(!text.contains(stem), "{shown} names the feature {stem}");
        }
    }
}
