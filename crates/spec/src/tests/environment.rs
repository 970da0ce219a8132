//! Variables: what they stand for, and that it stays secret.

use super::{changed, good, messages, read};
use crate::environment::{has_variable, substitute};

#[test]
fn variables_are_replaced() {
    let cases = [
        ("plain", "plain"),
        ("${SECRET}", "hunter2"),
        ("a${SECRET}b${COUNT}", "ahunter2b7"),
        ("${UNSET:-default}", "default"),
        ("${UNSET:-}", ""),
        ("${EMPTY:-default}", "default"),
        ("${EMPTY}", ""),
        ("${UNSET:-a:-b/*}", "a:-b/*"),
        ("$$", "$"),
        ("$${SECRET}", "${SECRET}"),
        ("$$${SECRET}", "$hunter2"),
        ("^a$ $1 $SECRET", "^a$ $1 $SECRET"),
        ("100$", "100$"),
    ];
    for (text, expected) in cases {
        assert_eq!(substitute(text, &super::environment).unwrap(), expected, "{text}");
    }
    assert!(has_variable("a${B}") && has_variable("$$${B}") && !has_variable("$${B}$"));
}

#[test]
fn faults_of_variables() {
    messages(&[
        ("variable_unset", &[("${WAREHOUSE:-warehouse/online-retail}", "s3://bucket/${BUCKET_PATH}")]),
        ("variable_unset_in_quotes", &[("{from: CustomerID,", "{from: \"a\\tb ${COLUMN}\",")]),
        ("variable_open", &[("${WAREHOUSE:-warehouse/online-retail}", "${WAREHOUSE")]),
        ("variable_name", &[("${WAREHOUSE:-warehouse/online-retail}", "${WAREHOUSE:?unset}")]),
        ("variable_is_no_number", &[("seed: 42", "seed: ${SECRET}")]),
        ("variable_is_no_length", &[("horizon: 90d", "horizon: ${SECRET}")]),
        ("variable_is_no_word", &[("logistic, boosted", "logistic, \"${SECRET}\"")]),
        ("variable_is_no_share", &[("max_share: 30%", "max_share: \"${SECRET}\"")]),
        ("variable_is_no_name", &[("pipeline: online-retail", "pipeline: \"${SECRET} x\"")]),
        ("variable_is_no_timezone", &[("Europe/London", "${SECRET}")]),
        ("variable_is_empty", &[("${WAREHOUSE:-warehouse/online-retail}", "${EMPTY}")]),
    ]);
}

#[test]
fn a_variable_cannot_inject_structure() {
    let loaded = good(&changed(&[("eligible: orders_90d > 0", "eligible: ${STRUCTURE}")]));
    let churn = &loaded.spec.targets["churn"];
    assert_eq!(churn.eligible.as_deref(), Some("a: {b: [c]}\nseed: 1 # d"));
    assert_eq!(loaded.spec.score.seed, 42);
}

#[test]
fn a_variable_takes_the_type_of_its_place() {
    let loaded = good(&changed(&[
        ("seed: 42", "seed: ${COUNT}"),
        ("{from: CustomerID,", "{from: \"${COUNT}\","),
        ("slices: {region: 5, category: 10}", "slices:\n    region: ${COUNT}"),
        ("quarantine: {max_share: 30%}", "quarantine:\n      max_share: 0.0${COUNT}"),
        ("horizon: 90d", "horizon: ${COUNT}d"),
    ]));
    assert_eq!(loaded.spec.score.seed, 7);
    assert_eq!(loaded.spec.sources.transactions.columns["customer_id"].from, "7");
    assert_eq!(loaded.spec.features.slices["region"], crate::Slice::Top(7));
    assert_eq!(loaded.spec.sources.transactions.quarantine.max_share, crate::Share(0.07));
    assert_eq!(loaded.spec.targets["churn"].horizon, crate::Days(7));
}

/// Puts the secret at every value of the spec, one after another; nothing said may hold it.
#[test]
fn a_secret_is_never_said() {
    let values = [
        "version: 1",
        "online-retail\n",
        "Europe/London",
        "{from: Quantity,",
        "\"%Y-%m-%d %H:%M:%S\"",
        "type: int",
        "name: has_customer",
        "on_fail: quarantine}\n      - ",
        "max_share: 30%",
        "every: month",
        "count: 9",
        "365d",
        "region: 5",
        "calendar]",
        "eligible: orders_90d > 0",
        "horizon: 90d",
        "boosted",
        "0.30",
        "minimise: error_rate",
        "seed: 42",
        "drowsy: 60d",
        "half_asleep: 120d",
        "delimiter: \",\"",
    ];
    let mut refused = 0;
    for value in values {
        let (head, last) = value.rsplit_once([' ', ',']).unwrap_or(("", value));
        let tail: String = last
            .chars()
            .rev()
            .take_while(|c| "]\n".contains(*c))
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let joint = if head.is_empty() { "" } else { " " };
        for secret in ["\"${SECRET}\"", "\"${SECRET} x\"", "${SECRET}"] {
            let text = changed(&[(value, &format!("{head}{joint}{secret}{tail}"))]);
            if let Err(faults) = read(&text, &[]) {
                refused += 1;
                assert!(!faults.to_string().contains("hunter"), "{faults}");
                assert!(!format!("{faults:?}").contains("hunter"), "{faults:?}");
            }
        }
    }
    assert!(refused > 40, "{refused}");
    let loaded = good(&changed(&[("${WAREHOUSE:-warehouse/online-retail}", "s3://${SECRET}")]));
    assert!(!format!("{loaded:?}").contains("hunter"));
    let fault = loaded.fault_inside(&["warehouse"], 1, 9, "no such bucket");
    assert!(!format!("{fault}{fault:?}").contains("hunter"));
}
