//! Trained once, scored nightly.

use std::fs;

use arrow::array::{Array, AsArray};

use super::{realised, whole};
use crate::bad_specs::shop::{Shop, keep};
use crate::support::Run;

const LATEST: [&str; 2] = ["--model", "latest"];

fn run(shop: &Shop, date: &str, more: &[&str]) -> Run {
    shop.foretell("run", &[&["--date", date], more].concat())
}

fn path(date: &str) -> String {
    format!("scores/target=churn/cutoff={date}/part-0.parquet")
}

/// The columns of a partition that differ between two warehouses.
fn differing(shop: &Shop, path: &str) -> Vec<String> {
    let [a, b] = ["warehouse", "other"].map(|warehouse| whole(&shop.project, warehouse, path));
    let names = a.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
    names.into_iter().filter(|name| a[name.as_str()].to_data() != b[name.as_str()].to_data()).collect()
}

#[test]
fn a_kept_model_says_what_it_said_when_it_was_trained() {
    let shop = Shop::new();
    run(&shop, "2024-10-15", &["--set", "warehouse=other"]).ok();
    run(&shop, "2024-10-15", &[]).ok();
    let features = shop.project.bytes("warehouse/tables/features").len();
    let said = run(&shop, "2024-10-15", &LATEST).ok().stdout;
    assert!(said.contains("kept since 2024-10-15: nothing was trained or judged"), "{said}");
    assert_eq!(differing(&shop, &path("2024-10-15")), ["run_id"]);
    assert_eq!(differing(&shop, &path("2024-10-15").replace("scores", "drift")), ["run_id"]);
    assert!(run(&shop, "2024-10-15", &LATEST).ok().stdout.contains("nothing to do"));

    // The next night makes one cutoff's features, and the model of the day before speaks.
    let models = shop.project.bytes("warehouse/models");
    let said = run(&shop, "2024-10-16", &LATEST).ok().stdout;
    assert!(said.contains("at the cutoff 2024-10-16") && said.contains("kept since 2024-10-15"), "{said}");
    assert_eq!(shop.project.bytes("warehouse/tables/features").len(), features + 1);
    assert!(models == shop.project.bytes("warehouse/models"));
    run(&shop, "2024-10-16", &["--set", "warehouse=other"]).ok();
    let [kept, trained] = ["warehouse", "other"].map(|w| whole(&shop.project, w, &path("2024-10-16")));
    assert_eq!(kept["customer_id"].to_data(), trained["customer_id"].to_data());
    let before = whole(&shop.project, "warehouse", &path("2024-10-15"));
    assert_eq!(kept["model_id"].as_string::<i32>().value(0), before["model_id"].as_string::<i32>().value(0));
    // `score` alone does not train on the one cutoff that is there.
    let score = |more: &[&str]| {
        let arguments = [&["shop.yaml", "--date", "2024-10-16", "--force"], more].concat();
        shop.project.run(env!("CARGO_BIN_EXE_score"), &arguments)
    };
    keep("latest__too_few_cutoffs_to_train", 66, &score(&[]));
    score(&LATEST).ok();
    // A run that trains makes what is missing.
    run(&shop, "2024-10-16", &[]).ok();
    assert_eq!(differing(&shop, &path("2024-10-16")), Vec::<String>::new());
}

#[test]
fn the_newest_model_is_the_one_of_the_newest_day_before() {
    let shop = Shop::new();
    for date in ["2024-10-20", "2024-10-01", "2024-10-10"] {
        run(&shop, date, &[]).ok();
    }
    let speaks = |date: &str| {
        let said = run(&shop, date, &LATEST).ok().stdout;
        said.split("kept since ").nth(1).unwrap()[..10].to_owned()
    };
    assert_eq!(speaks("2024-10-25"), "2024-10-20");
    assert_eq!(speaks("2024-10-19"), "2024-10-10");
    assert_eq!(speaks("2024-10-09"), "2024-10-01");
}

#[test]
fn scores_of_a_kept_model_are_judged_like_others() {
    let shop = Shop::new();
    run(&shop, "2024-09-01", &[]).ok();
    run(&shop, "2024-09-03", &LATEST).ok();
    let said = run(&shop, "2024-10-04", &LATEST).ok().stdout;
    assert!(said.contains("what was said as of 2024-09-03 came true so"), "{said}");
    let cutoffs: Vec<String> =
        realised(&shop.project, "warehouse", "churn").into_iter().map(|row| row.cutoff).collect();
    assert_eq!(cutoffs, ["2024-09-01", "2024-09-03"]);
}

#[test]
fn a_model_that_does_not_fit_is_refused() {
    let shop = Shop::new();
    keep("latest__no_model", 66, &run(&shop, "2024-09-20", &LATEST));
    run(&shop, "2024-09-20", &[]).ok();
    let before = shop.project.bytes("warehouse/tables/scores");
    keep("latest__no_model_as_of_then", 66, &run(&shop, "2024-09-19", &LATEST));
    keep("latest__too_old", 65, &run(&shop, "2024-10-26", &LATEST));
    let young = ["--set", "score.max_model_age=36d"];
    run(&shop, "2024-10-26", &[&LATEST[..], &young].concat()).ok();
    let shop = shop.spec("families: [recency, frequency]", "families: [frequency]");
    keep("latest__features_gone", 78, &run(&shop, "2024-09-20", &LATEST));
    let shop = shop.spec("families: [frequency]", "families: [recency, frequency]");
    let shop = shop.spec("horizon: 30d", "horizon: 20d");
    keep("latest__another_target", 78, &run(&shop, "2024-09-20", &LATEST));
    let shop = shop.spec("horizon: 20d", "horizon: 30d");
    for file in
        shop.project.bytes("warehouse/models/churn").keys().filter(|name| name.ends_with("model.json"))
    {
        fs::write(shop.project.path(&format!("warehouse/models/churn/{file}")), "{}").unwrap();
    }
    let damaged = run(&shop, "2024-09-20", &LATEST);
    assert_eq!(damaged.code, 66, "{}", damaged.stderr);
    assert!(damaged.stderr.contains("is gone, damaged or of another version"), "{}", damaged.stderr);
    let mut after = shop.project.bytes("warehouse/tables/scores");
    after.retain(|name, _| before.contains_key(name));
    assert!(before == after);
}
