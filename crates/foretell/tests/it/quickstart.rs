//! The newcomer's command, whole: what it prints and what it leaves behind.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit};

use crate::checks;
use crate::influence;
use crate::support::{Project, root};

const WAREHOUSE: &str = "warehouse/quickstart";

fn all_types_are_those_of_the_contract(project: &Project) {
    for name in project.bytes(&format!("{WAREHOUSE}/tables")).keys() {
        assert!(name.ends_with("/part-0.parquet"), "{name} is no data file");
        let batches = project.table(&format!("{WAREHOUSE}/tables"), name);
        let Some(first) = batches.first() else { continue };
        for field in first.schema().fields() {
            let known = matches!(
                field.data_type(),
                DataType::Boolean | DataType::Int64 | DataType::Float64 | DataType::Utf8 | DataType::Date32
            ) || matches!(field.data_type(), DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC");
            assert!(known, "{name}: {} is {}", field.name(), field.data_type());
            let lower =
                field.name().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            assert!(lower, "{name}: {} is not lower_snake", field.name());
        }
    }
}

/// `scores` joined with `labels` by hand must give the counts that `quality` states.
fn quality_is_what_scores_and_labels_say(project: &Project) {
    for target in ["churn", "conversion", "reactivation"] {
        let quality =
            project.table(&format!("{WAREHOUSE}/tables"), &format!("quality/target={target}/part-0.parquet"));
        let quality = &quality[0];
        let chosen = quality["chosen"].as_boolean();
        let row = (0..quality.num_rows()).find(|row| chosen.value(*row)).unwrap();
        assert_eq!(quality["split"].as_string::<i32>().value(row), "test");
        let cutoff = arrow::util::display::array_value_to_string(&quality["cutoff"], row).unwrap();
        let partition = format!("target={target}/cutoff={cutoff}/part-0.parquet");
        let mut labels = BTreeMap::new();
        for batch in project.table(&format!("{WAREHOUSE}/tables"), &format!("labels/{partition}")) {
            let ids = batch["customer_id"].as_string::<i32>();
            let values = batch["label"].as_primitive::<Int64Type>();
            labels.extend((0..batch.num_rows()).map(|i| (ids.value(i).to_owned(), values.value(i))));
        }
        let mut counts = BTreeMap::new();
        for batch in project.table(&format!("{WAREHOUSE}/tables"), &format!("scores/{partition}")) {
            let ids = batch["customer_id"].as_string::<i32>();
            let named = batch["predicted"].as_boolean();
            let probability = batch["probability"].as_primitive::<Float64Type>();
            let threshold = batch["threshold"].as_primitive::<Float64Type>();
            for i in 0..batch.num_rows() {
                assert_eq!(named.value(i), probability.value(i) >= threshold.value(i));
                *counts.entry((named.value(i), labels[ids.value(i)])).or_insert(0_i64) += 1;
            }
        }
        let count = |named: bool, label: i64| counts.get(&(named, label)).copied().unwrap_or(0);
        let stated = |name: &str| quality[name].as_primitive::<Int64Type>().value(row);
        assert_eq!(
            [stated("tp"), stated("fp"), stated("fn"), stated("tn")],
            [count(true, 1), count(true, 0), count(false, 1), count(false, 0)],
            "{target}"
        );
        let rate = |name: &str| quality[name].as_primitive::<Float64Type>().value(row);
        let (tp, fp, missed) = (count(true, 1) as f64, count(true, 0) as f64, count(false, 1) as f64);
        assert!((rate("error_rate") - fp / (tp + fp)).abs() < 1e-12);
        assert!((rate("miss_rate") - missed / (tp + missed)).abs() < 1e-12);
        assert!(rate("error_rate_low") < rate("error_rate") && rate("error_rate") < rate("error_rate_high"));
        // Whoever names at random is wrong as often as the outcome does not happen.
        let base = stated("positives") as f64 / stated("n") as f64;
        assert!(rate("error_rate") < 1.0 - base, "{target} does not beat the base rate {base}");
        assert!(quality["roc_auc"].as_primitive::<Float64Type>().value(row) > 0.6, "{target}");
    }
}

/// Every column of every table, but for the features themselves, stands in the data dictionary.
fn the_dictionary_knows_every_column(project: &Project) {
    let dictionary = std::fs::read_to_string(root().join("docs/tables.md")).unwrap();
    for name in project.bytes(&format!("{WAREHOUSE}/tables")).keys() {
        let table = name.split('/').next().unwrap();
        let start =
            dictionary.find(&format!("\n## {table} ")).unwrap_or_else(|| panic!("no section {table}"));
        let section = dictionary[start + 1..].split("\n## ").next().unwrap();
        let batches = project.table(&format!("{WAREHOUSE}/tables"), name);
        let Some(first) = batches.first().filter(|_| table != "features") else { continue };
        for field in first.schema().fields() {
            let column = field.name();
            assert!(section.contains(&format!("`{column}`")), "docs/tables.md: {table} lacks {column}");
        }
    }
}

fn influence_sums_to_one(project: &Project) {
    for target in ["churn", "conversion", "reactivation"] {
        let mut sums: BTreeMap<String, f64> = BTreeMap::new();
        for batch in project
            .table(&format!("{WAREHOUSE}/tables"), &format!("influence/target={target}/part-0.parquet"))
        {
            let models = batch["model"].as_string::<i32>();
            let shares = batch["share"].as_primitive::<Float64Type>();
            for i in 0..batch.num_rows() {
                *sums.entry(models.value(i).to_owned()).or_default() += shares.value(i);
            }
        }
        assert_eq!(sums.len(), 4);
        assert!(sums.values().all(|sum| (sum - 1.0).abs() < 1e-9), "{target}: {sums:?}");
    }
}

fn the_catalogue_names_the_features(project: &Project) {
    let tables = format!("{WAREHOUSE}/tables");
    let features = project.table(&tables, "features/cutoff=2025-01-01/part-0.parquet");
    let columns: Vec<String> =
        features[0].schema().fields().iter().skip(1).map(|f| f.name().clone()).collect();
    assert!(columns.len() >= 500, "only {} features", columns.len());
    let mut named = Vec::new();
    for batch in project.table(&tables, "feature_catalogue/part-0.parquet") {
        named.extend(batch["feature"].as_string::<i32>().iter().flatten().map(str::to_owned));
        assert_eq!(batch["description"].null_count(), 0, "a feature has no sentence");
        assert_eq!(batch["family"].null_count(), 0);
    }
    assert_eq!(named, columns);
    let distinct: BTreeSet<&String> = columns.iter().collect();
    assert_eq!(distinct.len(), columns.len());
}

/// At no cutoff is a feature NaN or infinite, and each tells customers apart at one cutoff at least.
fn every_feature_is_a_number_and_tells_customers_apart(project: &Project) {
    let tables = format!("{WAREHOUSE}/tables");
    let mut seen: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let partitions = project.bytes(&format!("{tables}/features"));
    assert_eq!(partitions.len(), 18);
    for partition in partitions.keys() {
        for batch in project.table(&tables, &format!("features/{partition}")) {
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()).skip(1) {
                let numbers = cast(column, &DataType::Float64).unwrap();
                let numbers = numbers.as_primitive::<Float64Type>();
                assert!(
                    numbers.iter().flatten().all(f64::is_finite),
                    "{partition}: {} is NaN or infinite",
                    field.name()
                );
                let distinct = seen.entry(field.name().clone()).or_default();
                // A few values are enough to see that there is more than one.
                for number in numbers {
                    if distinct.len() > 1 {
                        break;
                    }
                    distinct.insert(number.unwrap_or(f64::NAN).to_bits());
                }
            }
        }
    }
    let constant: Vec<&String> =
        seen.iter().filter(|(_, values)| values.len() < 2).map(|(name, _)| name).collect();
    assert!(constant.is_empty(), "the same for everybody: {constant:?}");
}

#[test]
fn one_command_makes_everything() {
    let project = Project::quickstart();
    let said = project.foretell(&["run", "pipelines/quickstart.yaml"]).ok().stdout;
    insta::assert_snapshot!("summary", said);
    all_types_are_those_of_the_contract(&project);
    quality_is_what_scores_and_labels_say(&project);
    influence_sums_to_one(&project);
    let tables = format!("{WAREHOUSE}/tables");
    influence::reasons_are_sentences(&project, &tables, "churn", "2025-01-01");
    influence::shown(&project, "pipelines/quickstart.yaml");
    checks::all_hold(&project, WAREHOUSE);
    the_dictionary_knows_every_column(&project);
    the_catalogue_names_the_features(&project);
    every_feature_is_a_number_and_tells_customers_apart(&project);
    let shown = project.foretell(&["show", "pipelines/quickstart.yaml"]).ok().stdout;
    assert!(shown.contains("quality target=churn"), "{shown}");
    let planned = project.foretell(&["plan", "pipelines/quickstart.yaml", "--sql"]).ok().stdout;
    assert!(planned.contains("AS lines_30d"), "{planned}");
}

#[test]
fn check_reads_headers_and_writes_nothing() {
    let project = Project::quickstart();
    let said = project.foretell(&["check", "pipelines/quickstart.yaml"]).ok().stdout;
    insta::assert_snapshot!("check", said);
    assert_eq!(project.bytes("warehouse").len(), 0);
}

#[test]
fn the_readme_s_example_of_a_behaviour_works() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let start = readme.find("-- family:  bulk").unwrap();
    let example = &readme[start..start + readme[start..].find("```").unwrap()];
    let project = Project::quickstart();
    project.write("sql/features/custom/bulk.sql", example);
    let set = ["--set", "features.sql=[sql/features/custom/*.sql]"];
    let planned =
        project.foretell(&["plan", "pipelines/quickstart.yaml", set[0], set[1], "--sql"]).ok().stdout;
    assert!(planned.contains("AS bulk_lines_share_365d"), "{planned}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let project = Project::quickstart();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_foretell"))
        .args(["plan", "pipelines/quickstart.yaml", "--sql"])
        .current_dir(project.folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn check_says_all_that_does_not_fit_at_once() {
    let project = Project::quickstart();
    let said = project.foretell(&[
        "check",
        "pipelines/quickstart.yaml",
        "--set",
        "sources.customers.columns.birth_year.from=birth",
        "--set",
        "targets.churn.eligible=ordres_90d > 0",
    ]);
    assert_eq!(said.code, 78);
    assert!(said.stderr.contains("birth") && said.stderr.contains("ordres_90d"), "{}", said.stderr);
}

#[test]
fn every_committed_spec_is_sound() {
    let project = Project::quickstart();
    for entry in std::fs::read_dir(root().join("pipelines")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "yaml") {
            let name = format!("pipelines/{}", path.file_name().unwrap().to_str().unwrap());
            std::fs::copy(&path, project.path(&name)).unwrap();
            let said = project.foretell(&["plan", &name]);
            assert_eq!(said.code, 0, "{name}\n{}", said.stderr);
        }
    }
}

#[test]
fn the_committed_schema_is_current() {
    let project = Project::new();
    let said = project.foretell(&["schema"]).ok().stdout;
    let committed = std::fs::read_to_string(root().join("pipelines/spec.schema.json")).unwrap();
    assert_eq!(said, committed, "write it anew: foretell schema > pipelines/spec.schema.json");
}
