//! `tune`: rounds, ledger, fragment; the test cutoff is looked at once.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};

use crate::support::Project;

const SPEC: &str = "pipelines/quickstart.yaml";
const LEDGER: &str = "tables/ledger/target=conversion/part-0.parquet";

/// A smaller quickstart: few windows and no slices, so that a search takes seconds.
const SMALL: [&str; 8] = [
    "--set",
    "cutoffs.count=10",
    "--set",
    "features.windows=[7d, 30d, 90d]",
    "--set",
    "features.slices={}",
    "--set",
    "features.families=[recency, frequency, monetary, events, customers]",
];

fn tune(project: &Project, warehouse: &str, more: &[&str]) -> crate::support::Run {
    let warehouse = format!("warehouse={warehouse}");
    let arguments =
        [&["tune", SPEC, "--target", "conversion", "--set", &warehouse], &SMALL[..], more].concat();
    project.foretell(&arguments)
}

struct Ledger(RecordBatch);

impl Ledger {
    fn read(project: &Project, warehouse: &str) -> Self {
        let batches = project.table(warehouse, LEDGER);
        Self(arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap())
    }

    fn text(&self, column: &str, row: usize) -> Option<String> {
        let values = self.0.column_by_name(column).unwrap().as_string::<i32>();
        (!values.is_null(row)).then(|| values.value(row).to_owned())
    }

    fn float(&self, column: &str, row: usize) -> Option<f64> {
        let values = self.0.column_by_name(column).unwrap().as_primitive::<Float64Type>();
        (!values.is_null(row)).then(|| values.value(row))
    }

    fn int(&self, column: &str, row: usize) -> i64 {
        self.0.column_by_name(column).unwrap().as_primitive::<Int64Type>().value(row)
    }

    fn kept(&self, row: usize) -> bool {
        self.0.column_by_name("kept").unwrap().as_boolean().value(row)
    }

    fn rows(&self, step: &str) -> Vec<usize> {
        (0..self.0.num_rows()).filter(|row| self.text("step", *row).as_deref() == Some(step)).collect()
    }
}

#[test]
fn what_is_found_is_written_down_and_can_be_committed() {
    let project = Project::quickstart();
    let first = tune(&project, "one", &["--threads", "1"]).ok();
    assert!(first.stdout.contains("looked at once"), "{}", first.stdout);

    let ledger = Ledger::read(&project, "one");
    let start = ledger.rows("start");
    assert_eq!(
        start.iter().map(|row| ledger.text("name", *row).unwrap()).collect::<Vec<_>>(),
        ["base", "full"]
    );
    assert!(ledger.kept(start[0]) && !ledger.kept(start[1]));
    assert!(ledger.int("features", start[0]) < ledger.int("features", start[1]));
    for row in ledger.rows("add") {
        let high = ledger.float("change_high", row).unwrap();
        // One is kept of a round, and only where the whole interval lies below 0.
        if ledger.kept(row) && ledger.text("kind", row).is_some() {
            assert!(high < 0.0, "row {row}");
        }
    }
    for row in ledger.rows("remove").into_iter().filter(|row| ledger.kept(*row)) {
        assert!(ledger.float("change", row).unwrap() <= 0.0, "row {row}");
    }
    let test = ledger.rows("test");
    let lists: Vec<_> = test.iter().map(|row| ledger.text("name", *row).unwrap()).collect();
    assert_eq!(lists.iter().filter(|list| *list == "full").count(), 4);
    assert_eq!(lists.iter().filter(|list| *list == "tuned").count(), 4);
    assert_eq!(test.iter().filter(|row| ledger.kept(**row)).count(), 1);
    let last = ledger.int("round", test[0]);
    assert!((0..ledger.0.num_rows()).all(|row| ledger.int("round", row) <= last));

    assert_eq!(crate::checks::hold(&project, "one", &["ledger"]), 1);

    // The same bytes at two threads.
    let second = tune(&project, "two", &["--threads", "2"]).ok();
    assert_eq!(first.stdout.replace("one/", "two/"), second.stdout);
    assert_eq!(project.bytes("one/tables/ledger"), project.bytes("two/tables/ledger"));

    // A rerun looks at nothing again: it would find the ledger gone, but prints what was kept.
    let before = project.bytes("one/_meta/tune");
    let again = tune(&project, "one", &["--skip-code", "99"]);
    assert_eq!(again.code, 99, "{}", again.stderr);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    assert_eq!(before, project.bytes("one/_meta/tune"));
    let without_head = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(without_head(&first.stdout), without_head(&again.stdout));

    // What stdout says is YAML that fits in place of the spec's `features`.
    let fragment: String =
        first.stdout.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    let spec = std::fs::read_to_string(project.path(SPEC)).unwrap();
    let (head, rest) = spec.split_once("\nfeatures:\n").unwrap();
    let tail = &rest[rest.find("\ntargets:").unwrap()..];
    project.write("pipelines/smaller.yaml", format!("{head}\n{fragment}{tail}"));
    project.foretell(&["check", "pipelines/smaller.yaml"]).ok();
}

#[test]
fn a_changed_wish_is_another_search_and_force_repeats_one() {
    let project = Project::quickstart();
    let tune = |more: &[&str]| tune(&project, "w", &[&["--set", "score.models=[logistic]"], more].concat());
    tune(&[]).ok();
    let first = project.bytes("w/tables/ledger");
    let other = tune(&["--set", "score.decide.max_miss_rate=0.5", "--output", "json"]).ok();
    let result: serde_json::Value = serde_json::from_str(&other.stdout).unwrap();
    assert_eq!(result["status"], "done");
    assert_eq!(result["tuned"]["targets"][0]["target"], "conversion");
    assert_ne!(first, project.bytes("w/tables/ledger"));
    tune(&[]).ok();
    assert_eq!(first, project.bytes("w/tables/ledger"));
    tune(&["--force", "--skip-code", "99"]).ok();
    assert_eq!(first, project.bytes("w/tables/ledger"));
}

#[test]
fn a_short_history_is_judged_by_customers_and_says_so() {
    let project = Project::quickstart();
    let run = tune(&project, "w", &["--set", "cutoffs.count=4"]).ok();
    assert!(run.stdout.contains("each fifth of the customers was foretold by the others"), "{}", run.stdout);
    assert!(!Ledger::read(&project, "w").rows("test").is_empty());
    let run = tune(&project, "v", &["--set", "cutoffs.count=2"]).ok();
    assert!(run.stdout.contains("history is too short for a test"), "{}", run.stdout);
    assert!(Ledger::read(&project, "v").rows("test").is_empty());
}

#[test]
fn what_cannot_be_tuned_is_refused() {
    let project = Project::quickstart();
    let run = project.foretell(&["tune", SPEC, "--target", "chrun"]);
    assert_eq!(run.code, 78);
    insta::assert_snapshot!(run.stderr, @r"
    error: pipelines/quickstart.yaml: no target `chrun`
    hint: it has churn, conversion, reactivation
    ");
    let run = tune(&project, "w", &["--set", "cutoffs.count=1"]);
    assert_eq!(run.code, 65);
    insta::assert_snapshot!(run.stderr, @r"
    error: target conversion: no outcome is known yet as of 2025-01-01: no cutoff lies 30 days before the end of the rows
    hint: raise `cutoffs.count`, wait for more data, or ask for a shorter horizon
    ");
}

#[cfg(not(feature = "lightgbm"))]
#[test]
fn a_model_that_is_not_in_this_build_is_refused() {
    let project = Project::quickstart();
    let spec = std::fs::read_to_string(project.path(SPEC)).unwrap();
    project.write(SPEC, spec.replace("boosted, blend]", "lightgbm]"));
    let run = project.foretell(&["check", SPEC]);
    assert_eq!(run.code, 78);
    insta::assert_snapshot!(run.stderr, @r"
    error: pipelines/quickstart.yaml:77:36: the model `lightgbm` is not in this build (at score.models[2])
        |
     77 |   models: [recency_rule, logistic, lightgbm]
        |                                    ^^^^^^^^
    hint: build with `cargo build --release --features foretell/lightgbm` (needs cmake 3.28, a C++ compiler and libclang), or leave it out
    ");
}

/// Compiled only with the cargo feature: the file that LightGBM reads lies beside the model.
#[cfg(feature = "lightgbm")]
#[test]
fn lightgbm_leaves_the_file_that_it_can_read() {
    let project = Project::quickstart();
    let arguments = ["run", SPEC, "--set", "warehouse=w", "--set", "score.models=[recency_rule, lightgbm]"];
    project.foretell(&[&arguments[..], &SMALL[..], &["--threads", "1"]].concat()).ok();
    let arguments = ["run", SPEC, "--set", "warehouse=v", "--set", "score.models=[recency_rule, lightgbm]"];
    project.foretell(&[&arguments[..], &SMALL[..], &["--threads", "2"]].concat()).ok();
    let (one, two) = (project.bytes("w/models"), project.bytes("v/models"));
    assert_eq!(one, two);
    assert_eq!(project.bytes("w/tables/scores"), project.bytes("v/tables/scores"));
    let texts = one.iter().filter(|(path, _)| path.ends_with("/model.txt"));
    assert!(texts.clone().count() > 0);
    assert!(texts.clone().all(|(_, bytes)| bytes.starts_with(b"tree\nversion=v4")));
}
