//! What is promised whatever the data: point in time, the same bytes, no row lost.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;

use crate::support::Project;

/// The cutoffs of the small runs here end on this day.
const DATE: &str = "2024-06-01";

/// A quickstart that runs in seconds: fewer cutoffs, windows and families.
const SMALL: [&str; 8] = [
    "--set",
    "cutoffs.count=8",
    "--set",
    "features.windows=[30d, 90d]",
    "--set",
    "features.families=[recency, frequency, monetary, cadence, trend, returns, events, customers]",
    "--date",
    DATE,
];

fn run(project: &Project, warehouse: &str, more: &[&str]) -> String {
    let warehouse = format!("warehouse={warehouse}");
    let mut arguments = vec!["run", "pipelines/quickstart.yaml", "--set", &warehouse];
    arguments.extend(SMALL);
    arguments.extend(more);
    project.foretell(&arguments).ok().stdout
}

fn killed_after(project: &Project, warehouse: &str, seconds: f64) {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_foretell"))
        .args(["run", "pipelines/quickstart.yaml", "--set", &format!("warehouse={warehouse}")])
        .args(SMALL)
        .current_dir(project.folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs_f64(seconds));
    child.kill().unwrap();
    child.wait().unwrap();
    for name in project.bytes(&format!("{warehouse}/tables")).keys() {
        assert!(name.ends_with("/part-0.parquet"), "{name} is no data file");
    }
}

fn features(project: &Project, warehouse: &str) {
    for stage in [env!("CARGO_BIN_EXE_ingest"), env!("CARGO_BIN_EXE_features")] {
        let set = format!("warehouse={warehouse}");
        let mut arguments = vec!["pipelines/quickstart.yaml", "--set", &set];
        arguments.extend(SMALL);
        project.run(stage, &arguments).ok();
    }
}

/// Names of all entries whose bytes differ, or that only one side has.
fn differences(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    names.into_iter().filter(|name| a.get(*name) != b.get(*name)).cloned().collect()
}

#[test]
fn tables_are_the_same_bytes_at_one_and_two_threads_and_a_rerun_does_nothing() {
    let project = Project::quickstart();
    run(&project, "one", &["--threads", "1"]);
    run(&project, "two", &["--threads", "2"]);
    let one = project.bytes("one/tables");
    assert!(one.len() > 30, "only {} objects", one.len());
    assert_eq!(differences(&one, &project.bytes("two/tables")), Vec::<String>::new());
    assert_eq!(differences(&project.bytes("one/lake"), &project.bytes("two/lake")), Vec::<String>::new());

    // A run that is killed on its way leaves nothing that the next one does not mend.
    for seconds in [0.3, 1.0, 2.0] {
        killed_after(&project, "killed", seconds);
    }
    run(&project, "killed", &[]);
    assert_eq!(differences(&one, &project.bytes("killed/tables")), Vec::<String>::new());

    let written =
        |name: &str| fs::metadata(project.path("one/tables").join(name)).unwrap().modified().unwrap();
    let before: Vec<_> = one.keys().map(|name| written(name)).collect();
    let said = run(&project, "one", &[]);
    assert!(said.contains("nothing to do"), "{said}");
    assert_eq!(before, one.keys().map(|name| written(name)).collect::<Vec<_>>());

    run(&project, "one", &["--force"]);
    assert_eq!(differences(&one, &project.bytes("one/tables")), Vec::<String>::new());
    assert_ne!(before, one.keys().map(|name| written(name)).collect::<Vec<_>>());
}

#[test]
fn a_run_with_nothing_to_do_can_end_with_a_code_of_its_own() {
    let project = Project::quickstart();
    let arguments = ["pipelines/quickstart.yaml", "--skip-code", "99"];
    let ingest = env!("CARGO_BIN_EXE_ingest");
    assert_eq!(project.run(ingest, &arguments).code, 0);
    assert_eq!(project.run(ingest, &arguments).code, 99);
}

/// Changes every line of the data files whose day is `DATE` or later; `None` deletes the line.
fn meddle(project: &Project, change: impl Fn(usize, Vec<String>) -> Vec<Vec<String>>) {
    for (folder, day_column) in [("transactions", 2), ("events", 2), ("customers", 1)] {
        let folder = project.path("testdata/retail").join(folder);
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()).collect();
            let width = String::from_utf8_lossy(lines[0]).split(',').count();
            let mut out: Vec<u8> = Vec::new();
            for (index, line) in lines.into_iter().enumerate() {
                // Lines that are dirt on purpose stay as they are, byte for byte.
                let text = std::str::from_utf8(line).unwrap_or_default();
                let cells: Vec<String> = text.split(',').map(str::to_owned).collect();
                let day = cells.get(day_column).filter(|day| day.starts_with("202") && day.as_str() >= DATE);
                if index > 0 && cells.len() == width && day.is_some() && !text.contains('"') {
                    for cells in change(index, cells.clone()) {
                        out.extend_from_slice((cells.join(",") + "\n").as_bytes());
                    }
                } else {
                    out.extend_from_slice(line);
                    out.push(b'\n');
                }
            }
            fs::write(&path, out).unwrap();
        }
    }
}

#[test]
fn rows_at_or_after_the_cutoff_change_no_byte_of_the_features() {
    let project = Project::quickstart();
    features(&project, "as-it-is");
    let expected = project.bytes("as-it-is/tables/features");
    assert_eq!(expected.len(), 8);

    let deleted = Project::quickstart();
    meddle(&deleted, |_, _| Vec::new());
    features(&deleted, "w");
    assert_eq!(differences(&expected, &deleted.bytes("w/tables/features")), Vec::<String>::new());

    let changed = Project::quickstart();
    meddle(&changed, |index, mut cells| {
        // Customers swapped, amounts and event types turned upside down.
        cells[0] = format!("{}X", cells[0]);
        if cells.len() == 10 {
            cells[0] = format!("C{:07}", index * 7);
            cells[5] = "-3".to_owned();
            cells[6] = "12345.67".to_owned();
        }
        vec![cells]
    });
    features(&changed, "w");
    assert_eq!(differences(&expected, &changed.bytes("w/tables/features")), Vec::<String>::new());

    let added = Project::quickstart();
    meddle(&added, |index, cells| {
        // Rows of new customers, and rows that share the unique key of an earlier one.
        let mut stranger = cells.clone();
        stranger[0] = format!("{}{index}", stranger[0]);
        let mut again = cells.clone();
        if cells.len() == 7 {
            again[0] = "E1331565-11".to_owned();
            again[1] = "C1331565".to_owned();
        } else if cells.len() == 6 {
            again[0] = "C4496334".to_owned();
        }
        vec![cells, stranger, again]
    });
    features(&added, "w");
    assert_eq!(differences(&expected, &added.bytes("w/tables/features")), Vec::<String>::new());
    // The lakes do differ, or nothing would have been tested.
    for other in [&deleted, &changed, &added] {
        assert_ne!(project.bytes("as-it-is/lake"), other.bytes("w/lake"));
    }
}

#[test]
fn every_row_read_is_kept_quarantined_or_dropped() {
    let project = Project::quickstart();
    let said = project
        .run(env!("CARGO_BIN_EXE_ingest"), &["pipelines/quickstart.yaml", "--output", "json"])
        .ok()
        .stdout;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    for source in said["stages"]["ingest"]["sources"].as_array().unwrap() {
        let name = source["source"].as_str().unwrap();
        let counts = &source["counts"];
        let sum =
            |what: &str| counts[what].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum::<u64>();
        let read = counts["read"].as_u64().unwrap();
        assert_eq!(read, counts["kept"].as_u64().unwrap() + sum("quarantined") + sum("dropped"), "{name}");
        let lines: usize = data_files(&project, name)
            .iter()
            .map(|path| {
                fs::read(path).unwrap().split(|byte| *byte == b'\n').filter(|l| !l.is_empty()).count() - 1
            })
            .sum();
        assert_eq!(read, lines as u64, "{name}: lines in the files without their headers");
    }
}

#[test]
fn where_a_row_stands_in_the_files_decides_nothing() {
    let project = Project::quickstart();
    project.run(env!("CARGO_BIN_EXE_ingest"), &["pipelines/quickstart.yaml"]).ok();
    let shuffled = Project::quickstart();
    for source in ["transactions", "events", "customers"] {
        // The last file comes first, and so does the last line of each.
        let files = data_files(&shuffled, source);
        let contents: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
        for (path, bytes) in files.iter().rev().zip(&contents) {
            let mut lines: Vec<&[u8]> =
                bytes.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()).collect();
            lines[1..].reverse();
            let mut turned = lines.join(&b'\n');
            turned.push(b'\n');
            fs::write(path, turned).unwrap();
        }
    }
    shuffled.run(env!("CARGO_BIN_EXE_ingest"), &["pipelines/quickstart.yaml"]).ok();
    let lakes = [&project, &shuffled].map(|project| {
        let files = project.bytes("warehouse/quickstart/lake");
        // A generation is named after its bytes.
        assert!(files.len() >= 3, "only {} objects", files.len());
        files
    });
    assert_eq!(differences(&lakes[0], &lakes[1]), Vec::<String>::new());
}

fn data_files(project: &Project, source: &str) -> Vec<std::path::PathBuf> {
    let folder = project.path("testdata/retail").join(source);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn quarantine_holds_exactly_the_rows_that_the_simulation_made_bad() {
    let project = Project::quickstart();
    project.run(env!("CARGO_BIN_EXE_ingest"), &["pipelines/quickstart.yaml"]).ok();
    let dirt = fs::read_to_string(project.path("testdata/retail/truth/dirt.csv")).unwrap();
    let mut expected: BTreeSet<(String, i64)> = BTreeSet::new();
    for line in dirt.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        // Duplicates are good rows that are there twice: they are dropped, not quarantined.
        if cells[2] != "duplicate" {
            expected.insert((cells[0].to_owned(), cells[1].parse().unwrap()));
        }
    }
    let mut found = BTreeSet::new();
    for source in ["transactions", "events", "customers"] {
        for path in project.bytes(&format!("warehouse/quickstart/quarantine/{source}")).keys() {
            for batch in project.table(&format!("warehouse/quickstart/quarantine/{source}"), path) {
                let files = batch["file"].as_string::<i32>();
                let lines = batch["line"].as_primitive::<Int64Type>();
                for row in 0..batch.num_rows() {
                    found.insert((format!("{source}/{}", files.value(row)), lines.value(row)));
                }
            }
        }
    }
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
}

#[test]
fn two_runs_at_once_do_not_write_into_one_warehouse() {
    let project = Project::quickstart();
    let lock = project.write("warehouse/quickstart/_meta/lock", "");
    let held = fs::File::options().write(true).open(lock).unwrap();
    held.lock().unwrap();
    let refused = project.foretell(&["run", "pipelines/quickstart.yaml"]);
    assert_eq!(refused.code, 75);
    assert!(refused.stderr.contains("another run is writing to this warehouse"), "{}", refused.stderr);
    held.unlock().unwrap();
    assert_eq!(project.run(env!("CARGO_BIN_EXE_ingest"), &["pipelines/quickstart.yaml"]).code, 0);
}

/// Scores that a run published are what people acted upon: a later backtest must not replace them. A
/// run that could not learn the target published none, and then the backtest's are there.
#[test]
fn a_backtest_replaces_no_scores_that_were_published_and_fills_in_where_there_are_none() {
    let project = Project::quickstart();
    let more = ["--set", "score.models=[recency_rule]"];
    run(&project, "w", &more);
    let done = project.path(&format!("w/_meta/scores/conversion/{DATE}.json"));
    let said: serde_json::Value = serde_json::from_slice(&fs::read(&done).unwrap()).unwrap();
    let test = said["report"]["judged_at"].as_str().unwrap().to_owned();
    assert_eq!(said["report"]["split"], "test");
    let scores = format!("w/tables/scores/target=conversion/cutoff={test}/part-0.parquet");
    let backtest = fs::read(project.path(&scores)).unwrap();

    let mut unlearned = said.clone();
    unlearned["report"]["champion"] = serde_json::Value::Null;
    let earlier = format!("w/_meta/scores/conversion/{test}.json");
    project.write(&earlier, unlearned.to_string());
    fs::remove_file(project.path(&scores)).unwrap();
    run(&project, "w", &[&more[..], &["--force"]].concat());
    assert_eq!(fs::read(project.path(&scores)).unwrap(), backtest);

    project.write(&earlier, said.to_string());
    project.write(&scores, "what was published then");
    run(&project, "w", &[&more[..], &["--force"]].concat());
    assert_eq!(fs::read(project.path(&scores)).unwrap(), b"what was published then");
}
