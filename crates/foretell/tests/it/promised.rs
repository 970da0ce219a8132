//! Wishes through the built binary, and what is promised before the fact.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};

use crate::support::Project;

const SMALL: [&str; 8] = [
    "--set",
    "cutoffs.count=10",
    "--set",
    "features.windows=[30d, 90d]",
    "--set",
    "features.families=[recency, frequency, monetary, events]",
    "--date",
    "2024-08-01",
];

const TABLES: &str = "warehouse/quickstart/tables";

/// Runs with a wish; returns `promises` and `scores` of churn at the logical date, and its `quality`.
fn run(project: &Project, wish: &str) -> [RecordBatch; 3] {
    let wish = format!("score.decide={wish}");
    let mut arguments = vec!["run", "pipelines/quickstart.yaml", "--set", &wish];
    arguments.extend(SMALL);
    project.foretell(&arguments).ok();
    let table = |path: &str| project.table(TABLES, path).remove(0);
    [
        table("promises/target=churn/cutoff=2024-08-01/part-0.parquet"),
        table("scores/target=churn/cutoff=2024-08-01/part-0.parquet"),
        table("quality/target=churn/part-0.parquet"),
    ]
}

fn float(batch: &RecordBatch, name: &str, row: usize) -> f64 {
    batch[name].as_primitive::<Float64Type>().value(row)
}

fn int(batch: &RecordBatch, name: &str, row: usize) -> i64 {
    batch[name].as_primitive::<Int64Type>().value(row)
}

fn named(scores: &RecordBatch) -> usize {
    scores["predicted"].as_boolean().true_count()
}

fn chosen(batch: &RecordBatch) -> usize {
    let chosen = batch["chosen"].as_boolean();
    (0..batch.num_rows()).find(|row| chosen.value(*row)).unwrap()
}

#[test]
fn a_wish_for_so_many_names_so_many_and_a_cost_whoever_is_worth_it() {
    let project = Project::quickstart();
    let [promises, scores, quality] = run(&project, "{contact: 123}");
    assert_eq!(named(&scores), 123);
    assert_eq!(promises["wish"].as_string::<i32>().value(0), "the 123 likeliest");
    for row in 0..promises.num_rows() {
        assert_eq!(int(&promises, "named", row), 123);
        assert_eq!(int(&promises, "n", row), scores.num_rows() as i64);
        assert!(promises["wish_met"].as_boolean().value(row));
    }
    for row in 0..quality.num_rows() {
        assert_eq!(int(&quality, "tp", row) + int(&quality, "fp", row), 123);
    }
    // The unnamed are no likelier than the named.
    let least = |named: bool, better: fn(f64, f64) -> f64, start: f64| {
        let said = scores["predicted"].as_boolean();
        let rows = (0..scores.num_rows()).filter(|row| said.value(*row) == named);
        rows.map(|row| float(&scores, "probability", row)).fold(start, better)
    };
    assert!(least(true, f64::min, 1.0) >= least(false, f64::max, 0.0));

    let [promises, scores, _] = run(&project, "{cost: {contact: 1, lost: 4}, minimise: cost}");
    let worth = (0..scores.num_rows()).filter(|row| float(&scores, "probability", *row) > 0.25).count();
    assert!(named(&scores).abs_diff(worth) < scores.num_rows() / 10, "{} {worth}", named(&scores));
    assert_eq!(
        promises["wish"].as_string::<i32>().value(0),
        "lowest cost at 1 a contact and 4 a missed customer"
    );
}

#[test]
fn what_was_promised_stands_beside_what_happened() {
    let project = Project::quickstart();
    let [promises, scores, quality] = run(&project, "{max_miss_rate: 0.25, minimise: error_rate}");
    let row = chosen(&promises);
    assert_eq!(int(&promises, "named", row), named(&scores) as i64);
    assert!(float(&promises, "miss_rate", row) <= 0.25 + 1e-12);
    assert_eq!(float(&promises, "threshold", row), float(&scores, "threshold", 0));
    assert!(int(&promises, "validation_cutoffs", row) >= 2);
    // The promise made for the test cutoff is the one that `quality` holds what happened against.
    let cutoff = arrow::util::display::array_value_to_string(&quality["cutoff"], 0).unwrap();
    let then =
        project.table(TABLES, &format!("promises/target=churn/cutoff={cutoff}/part-0.parquet")).remove(0);
    assert_eq!(then.num_rows(), quality.num_rows());
    for row in 0..quality.num_rows() {
        let model = quality["model"].as_string::<i32>().value(row);
        let models = then["model"].as_string::<i32>();
        let said = (0..then.num_rows()).find(|said| models.value(*said) == model).unwrap();
        assert_eq!(float(&then, "threshold", said), float(&quality, "threshold", row), "{model}");
        for rate in ["error_rate", "miss_rate"] {
            for end in ["", "_low", "_high"] {
                let name = format!("{rate}{end}");
                assert_eq!(float(&then, &name, said), float(&quality, &format!("promised_{name}"), row));
            }
        }
        let inside = |rate: &str| {
            let value = float(&quality, rate, row);
            float(&then, &format!("{rate}_low"), said) <= value
                && value <= float(&then, &format!("{rate}_high"), said)
        };
        assert_eq!(
            quality["promise_kept"].as_boolean().value(row),
            inside("error_rate") && inside("miss_rate"),
            "{model}"
        );
    }
}
