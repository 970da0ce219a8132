//! Two YAML readers read every good spec alike: ours, which knows positions, and serde_norway.

use serde_yaml::with::singleton_map_recursive;

use super::{GOOD, good};
use crate::{Spec, digest_of};

fn other(text: &str) -> Spec {
    singleton_map_recursive::deserialize(serde_yaml::Deserializer::from_str(text)).unwrap()
}

/// Reads a spec without variables both ways; returns the digest.
fn alike(text: &str) -> String {
    let ours = good(text).spec;
    let theirs = other(text);
    assert_eq!(
        serde_json::to_string_pretty(&ours).unwrap(),
        serde_json::to_string_pretty(&theirs).unwrap(),
        "{text}"
    );
    digest_of(&ours)
}

fn without_variables() -> String {
    GOOD.replace("${WAREHOUSE:-warehouse/online-retail}", "w").replace("${DATA:-testdata/retail}", "d")
}

#[test]
fn tricky_scalars() {
    let base = without_variables();
    let mut digests = vec![alike(&base)];
    for text in [
        "1e3",
        "0o7",
        "0x1F",
        "007",
        "1_000",
        "yes",
        "no",
        "on",
        "Off",
        "NO",
        "2011-12-09",
        "12:30:45",
        "\"7\"",
        "'7'",
        "\"null\"",
        "'~'",
        ".5",
        "-.inf",
        ".nan",
        "true",
        "TRUE",
        "a b",
        "a  b",
        "'it''s'",
        "\"tab\\there\"",
        "\"\\u00e9\\x41\"",
        "é中文",
        "a#b",
        "a:b",
        "http://x",
        "\"a # b\"",
        "'a: b'",
        "-1",
        "+1",
        "1.50",
        "=",
        "a\n      b",
        "\"a\n      b\"",
        "|\n      a\n       b\n      c\n",
        "|-\n      a\n",
        ">\n      a\n      b\n\n      c\n",
        ">-\n      a\n      b\n",
        "|+\n      a\n\n",
        "\"a\\\n      b\"",
    ] {
        let text = base.replace("eligible: orders_90d > 0", &format!("eligible: {text}"));
        digests.push(alike(&text));
    }
    let count = digests.len();
    digests.sort();
    digests.dedup();
    // Equal on purpose: 7 in either quote, text folded either way, and so on.
    assert!(count - digests.len() <= 6, "{count} {}", digests.len());
}

#[test]
fn tricky_numbers() {
    let base = without_variables();
    for seed in ["0", "7", "+7", "0x1F", "0o17", "18446744073709551615"] {
        alike(&base.replace("seed: 42", &format!("seed: {seed}")));
    }
    for rate in ["0.3", ".3", "3e-1", "0.30", "+0.3", "3.0E-01"] {
        alike(&base.replace("max_miss_rate: 0.30", &format!("max_miss_rate: {rate}")));
    }
    for share in ["30%", "0.3", "0", "1", "'30%'", "1.0", "0.07", "7%"] {
        alike(&base.replace("max_share: 30%", &format!("max_share: {share}")));
    }
    assert_eq!(
        alike(&base.replace("max_share: 30%", "max_share: 7%")),
        alike(&base.replace("max_share: 30%", "max_share: 0.07"))
    );
}

#[test]
fn numbers_that_neither_takes() {
    let base = without_variables();
    for seed in
        ["-1", "1.0", "1e3", "007", "18446744073709551616", "1_000", "\"7\"", "~", "0b2", "++7", "0x+1", "0x"]
    {
        let text = base.replace("seed: 42", &format!("seed: {seed}"));
        assert!(super::read(&text, &[]).is_err(), "{seed}");
        let theirs: Result<Spec, _> =
            singleton_map_recursive::deserialize(serde_yaml::Deserializer::from_str(&text));
        assert!(theirs.is_err(), "{seed}");
    }
}

#[test]
fn other_layouts() {
    let base = without_variables();
    let plain = alike(&base);
    for (from, to) in [
        ("cutoffs: {every: month, count: 9}", "cutoffs:\n    every: month\n    count: 9"),
        ("cutoffs: {every: month, count: 9}", "cutoffs: {\n  every: month,\n  count: 9,\n}"),
        ("cutoffs: {every: month, count: 9}", "\"cutoffs\": {'every': \"month\", count: 9}"),
        (
            "cutoffs: {every: month, count: 9}",
            "# a comment\n\ncutoffs:   {every: month, count: 9}   # another",
        ),
        (
            "  models: [recency_rule, logistic, boosted]",
            "  models:\n  - recency_rule\n  - logistic\n  - boosted",
        ),
        (
            "  models: [recency_rule, logistic, boosted]",
            "  models:\n      - 'recency_rule'\n      - logistic\n      - boosted",
        ),
        ("version: 1\n", "---\nversion: 1\n"),
        ("version: 1\n", "%YAML 1.2\n---\nversion: 1\n"),
        ("having: count(*) = 0", "having: 'count(*) = 0'"),
    ] {
        assert_eq!(alike(&base.replace(from, to)), plain, "{to}");
    }
    assert_eq!(alike(&format!("{base}...\n")), plain);
}

#[test]
fn a_full_spec() {
    alike(include_str!("full.yaml"));
    insta::assert_snapshot!(
        "full",
        serde_json::to_string_pretty(&good(include_str!("full.yaml")).spec).unwrap()
    );
}
