//! `--set`.

use super::{GOOD, good, read};

fn said(overrides: &[&str]) -> String {
    read(GOOD, overrides).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn values_are_set() {
    let loaded = read(
        GOOD,
        &[
            "score.seed=7",
            "sources.transactions.files=*.csv",
            "targets.churn.horizon=30d",
            "targets.churn.gap = 2d",
            "score.models=[logistic]",
            "sources.transactions.rules[1].where=unit_price > 0 # all: of it",
            "lake.buckets=4",
            "features.slices={region: [France]}",
            "segments.dormancy.drowsy=\"30d\"",
            "warehouse=s3://${SECRET}",
            "score.seed=8",
        ],
    )
    .unwrap();
    let spec = &loaded.spec;
    assert_eq!(spec.score.seed, 8, "the last one counts");
    assert_eq!(spec.sources.transactions.files, "*.csv");
    assert_eq!(spec.targets["churn"].horizon, crate::Days(30));
    assert_eq!(spec.targets["churn"].gap, crate::Days(2));
    assert_eq!(spec.score.models, [crate::ModelKind::Logistic]);
    assert_eq!(spec.sources.transactions.rules[1].condition, "unit_price > 0 # all: of it");
    assert_eq!(spec.lake.buckets, 4);
    assert_eq!(spec.features.slices.len(), 1);
    assert_eq!(spec.segments.dormancy.drowsy, crate::Days(30));
    assert_eq!(spec.warehouse, "s3://hunter2");
    assert_eq!(loaded.position(&["score", "seed"]), None);
    assert_ne!(loaded.digest(), good(GOOD).digest());
}

#[test]
fn a_whole_target_can_be_set() {
    let target = "targets.wake={outcome: {from: transactions, having: count(*) > 0}, horizon: 30d}";
    assert_eq!(read(GOOD, &[target]).unwrap().spec.targets.len(), 3);
}

#[test]
fn faults_name_the_override() {
    insta::assert_snapshot!("set_unknown", said(&["score.sead=7"]));
    insta::assert_snapshot!("set_wrong_type", said(&["score.seed=seven"]));
    insta::assert_snapshot!("set_wrong_meaning", said(&["targets.churn.horizon=0d"]));
    insta::assert_snapshot!("set_nothing", said(&["score.seed"]));
    insta::assert_snapshot!("set_no_path", said(&["score..seed=7"]));
    insta::assert_snapshot!("set_below_a_value", said(&["score.seed.x=7"]));
    insta::assert_snapshot!("set_beyond_a_list", said(&["sources.transactions.rules[2].where=true"]));
    insta::assert_snapshot!("set_not_yaml", said(&["score.models=[logistic"]));
    insta::assert_snapshot!("set_new_target", said(&["targets.wake.horizon=30d"]));
    insta::assert_snapshot!(
        "set_several",
        said(&["score.seed=x", "targets.churn.horizon=1", "cutoffs.count=0"])
    );
    insta::assert_snapshot!("set_unset_variable", said(&["warehouse=${NOWHERE}"]));
}
