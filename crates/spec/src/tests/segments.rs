//! Thresholds, costs and references under `segments:`.

use super::{changed, good, messages};

const SEGMENTS: &str = "segments: {dormancy: {drowsy: 60d, half_asleep: 120d, deep_sleep: 240d}}";

#[test]
fn what_cannot_be_is_said_with_its_place() {
    let with = |name, text: &'static str| (name, text);
    let all = [
        with("segments_life_falls", "segments: {lifecycle: {lapsing: 90d, lost: 60d}}"),
        with("segments_new_after_old", "segments: {lifecycle: {new: 400d}}"),
        with("segments_loyal_at_once", "segments: {lifecycle: {loyal_days: 1}}"),
        with("segments_grades_fall", "segments: {grades: {a: 90%, b: 80%}}"),
        with("segments_no_core", "segments: {grades: {core: 0}}"),
        with("segments_four_signs", "segments: {relationship: {signs: 4}}"),
        with("segments_cost_below_zero", "segments: {costs: {contact: -1}}"),
        with("segments_accounts", "segments: {key_accounts: {min: 30}}"),
        with("segments_no_such_target", "segments: {targets: {conversion: conversoin}}"),
        with("segments_no_such_column", "segments: {by: [regoin]}"),
        with("segments_by_customer", "segments: {by: [customer_id]}"),
        with("segments_by_twice", "segments: {by: [region, region]}"),
        with(
            "segments_rhythm_falls",
            "segments: {dormancy: {by: rhythm, rhythm: {drowsy: 3, half_asleep: 2}}}",
        ),
        with("segments_rhythm_misspelt", "segments: {dormancy: {by: rythm}}"),
        with("segments_model", "segments: {worth: {model: pareto}}"),
        with("segments_margin", "segments: {margin: 140%}"),
    ];
    let changes = all.map(|(name, text)| (name, [(SEGMENTS, text)]));
    let changes: Vec<(&str, &[(&str, &str)])> =
        changes.iter().map(|(name, change)| (*name, change.as_slice())).collect();
    messages(&changes);
}

#[test]
fn what_is_left_out_has_its_default_or_is_not_known() {
    let loaded = good(&changed(&[(SEGMENTS, "segments: {lifecycle: {lost: 300d}, costs: {contact: 2}}")]));
    let segments = &loaded.spec.segments;
    assert_eq!((segments.lifecycle.lapsing.0, segments.lifecycle.lost.0), (120, 300));
    assert_eq!((segments.costs.contact, segments.costs.service, segments.margin), (Some(2.0), None, None));
    assert_eq!((segments.key_accounts.min, segments.key_accounts.max), (5, 25));
}
