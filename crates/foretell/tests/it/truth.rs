//! Statements held against a simulated shop in which the truth is known.

use std::collections::BTreeMap;
use std::fs;

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};
use foretell_datagen::{Options, generate};

use crate::influence;
use crate::support::Project;

/// The quantile of the normal distribution for a 99 % interval.
const Z: f64 = 2.576;

/// Wilson's interval, written down here a second time so that it is not checked against itself.
fn interval(rate: f64, n: f64) -> (f64, f64) {
    let centre = rate + Z * Z / (2.0 * n);
    let half = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((centre - half) / (1.0 + Z * Z / n), (centre + half) / (1.0 + Z * Z / n))
}

fn shop() -> Project {
    let project = Project::quickstart();
    let mut options = Options::new(project.path("shop"));
    options.seed = 7;
    options.customers = Some(1500);
    options.prospects = Some(8000);
    options.from = "2022-06-01".parse().unwrap();
    options.to = "2024-10-01".parse().unwrap();
    options.truth_at = vec!["2024-07-01".parse().unwrap()];
    generate(&options).unwrap();
    let set = [
        "sources.transactions.files=shop/transactions/*.csv",
        "sources.events.files=shop/events/*.csv",
        "sources.customers.files=shop/customers/*.csv",
        "warehouse=w",
        "cutoffs.count=12",
        "features.windows=[14d, 30d, 90d]",
        "features.families=[recency, frequency, cadence, events, customers]",
    ];
    let mut arguments = vec!["run", "pipelines/quickstart.yaml", "--date", "2024-10-01"];
    for value in set {
        arguments.extend(["--set", value]);
    }
    project.foretell(&arguments).ok();
    project
}

/// For the chosen model of a target, each bin's size, mean probability and observed rate.
fn bins(project: &Project, target: &str) -> Vec<(f64, f64, f64)> {
    let quality = &project.table("w/tables", &format!("quality/target={target}/part-0.parquet"))[0];
    let chosen = quality["chosen"].as_boolean();
    let row = (0..quality.num_rows()).find(|row| chosen.value(*row)).unwrap();
    let champion = quality["model"].as_string::<i32>().value(row).to_owned();
    let mut bins = Vec::new();
    for batch in project.table("w/tables", &format!("calibration/target={target}/part-0.parquet")) {
        let models = batch["model"].as_string::<i32>();
        let n = batch["n"].as_primitive::<Int64Type>();
        let mean = batch["mean_probability"].as_primitive::<Float64Type>();
        let observed = batch["observed_rate"].as_primitive::<Float64Type>();
        for i in (0..batch.num_rows()).filter(|i| models.value(*i) == champion) {
            bins.push((n.value(i) as f64, mean.value(i), observed.value(i)));
        }
    }
    bins
}

fn probabilities(project: &Project, target: &str, cutoff: &str) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    for batch in project.table("w/tables", &format!("scores/target={target}/cutoff={cutoff}/part-0.parquet"))
    {
        let ids = batch["customer_id"].as_string::<i32>();
        let probability = batch["probability"].as_primitive::<Float64Type>();
        found.extend((0..batch.num_rows()).map(|i| (ids.value(i).to_owned(), probability.value(i))));
    }
    found
}

#[test]
fn probabilities_are_calibrated_and_beat_the_base_rate() {
    let project = shop();
    for target in ["churn", "conversion", "reactivation"] {
        let bins = bins(&project, target);
        assert!(bins.len() >= 8, "{target}: {bins:?}");
        let outside: Vec<_> = bins
            .iter()
            .filter(|(n, mean, observed)| {
                let (low, high) = interval(*observed, *n);
                !(low..=high).contains(mean)
            })
            .collect();
        // Of ten 99 % intervals one in ten may miss by chance and a season that turns, not two.
        assert!(outside.len() <= 1, "{target}: {outside:?} of {bins:?}");

        let quality = &project.table("w/tables", &format!("quality/target={target}/part-0.parquet"))[0];
        let chosen = quality["chosen"].as_boolean();
        let row = (0..quality.num_rows()).find(|row| chosen.value(*row)).unwrap();
        let value = |name: &str| quality[name].as_primitive::<Float64Type>().value(row);
        let count = |name: &str| quality[name].as_primitive::<Int64Type>().value(row) as f64;
        let base = count("positives") / count("n");
        assert!(value("error_rate_high") < 1.0 - base, "{target} does not beat naming at random");
        assert!(value("brier") < base * (1.0 - base), "{target} does not beat the base rate");
        assert!(value("lift_top_decile") > 1.5, "{target}");
    }
    against_the_hidden_truth(&project);
    influence::true_drivers_come_first(&project, "w/tables");
}

/// The simulation knows each customer's true chance of leaving: ours must rank and level with it.
fn against_the_hidden_truth(project: &Project) {
    let truth = fs::read_to_string(project.path("shop/truth/at=2024-07-01.csv")).unwrap();
    let mut header = truth.lines().next().unwrap().split(',');
    let column = header.position(|name| name == "no_order_90d").unwrap();
    let said = probabilities(project, "churn", "2024-07-01");
    let mut pairs: Vec<(f64, f64)> = truth
        .lines()
        .skip(1)
        .filter_map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            Some((*said.get(cells[0])?, cells[column].parse().unwrap()))
        })
        .collect();
    assert_eq!(pairs.len(), said.len(), "every customer spoken of has a truth");
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut before = 0.0;
    for (index, part) in pairs.chunks(pairs.len().div_ceil(5)).enumerate() {
        let mean = |value: fn(&(f64, f64)) -> f64| part.iter().map(value).sum::<f64>() / part.len() as f64;
        let (ours, true_mean) = (mean(|p| p.0), mean(|p| p.1));
        assert!((ours - true_mean).abs() < 0.08, "fifth {index}: said {ours:.3}, true {true_mean:.3}");
        assert!(true_mean > before, "fifth {index} is not likelier than the one before");
        before = true_mean;
    }
}
