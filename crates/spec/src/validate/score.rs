//! Targets, models, the decision and the segments.

use super::features::length;
use super::names::hint;
use super::{Check, decide};
use crate::types::{Spec, Target};

pub(super) fn check(check: &mut Check<'_>, spec: &Spec) {
    for (name, target) in &spec.targets {
        one_target(check, spec, name, target);
    }
    let models = &spec.score.models;
    if models.is_empty() {
        check.value(&["score", "models"], "there is no model", hint("leave `models` out to let all compete"));
    }
    for (step, quoted) in check.repeated(&["score", "models"], models.iter().map(|model| *model as u8)) {
        check.value(&["score", "models", &step], format!("`{quoted}` is named twice"), None);
    }
    decide::check(check, &["score", "decide"], &spec.score.decide);
    for (step, quoted) in check.repeated(&["score", "screen", "keep"], spec.score.screen.keep.iter()) {
        check.value(&["score", "screen", "keep", &step], format!("`{quoted}` is named twice"), None);
    }
    length(check, &["score", "max_model_age"], "an age", spec.score.max_model_age, 1);
    let max_psi = spec.score.drift.max_psi;
    if !(max_psi > 0.0 && max_psi.is_finite()) {
        let message = "`max_psi` lies above 0";
        check.value(&["score", "drift", "max_psi"], message, hint("0.1 is little drift, 0.25 is much"));
    }
    dormancy(check, spec);
}

fn one_target(check: &mut Check<'_>, spec: &Spec, name: &str, target: &Target) {
    let at = ["targets", name];
    length(check, &[at[0], at[1], "horizon"], "a horizon", target.horizon, 1);
    length(check, &[at[0], at[1], "gap"], "a gap", target.gap, 0);
    if let Some(eligible) = &target.eligible {
        check.filled(&[at[0], at[1], "eligible"], eligible);
    }
    let outcome = |key| [at[0], at[1], "outcome", key];
    if let Some(condition) = &target.outcome.condition {
        check.filled(&outcome("where"), condition);
    }
    check.filled(&outcome("having"), &target.outcome.having);
    if let Some(wish) = &target.decide {
        decide::check(check, &[at[0], at[1], "decide"], wish);
    }

    let path = outcome("from");
    let from = target.outcome.from.as_str();
    match from {
        "transactions" => {}
        "events" if spec.sources.events.is_some() => {}
        "events" => {
            let message = "the source `events` is not declared";
            check.value(&path, message, hint("declare it under `sources`, or look at `transactions`"));
        }
        "customers" => {
            let message = "`customers` has no rows in time: an outcome cannot be looked for in it";
            check.value(&path, message, hint("it is looked for in `transactions` or `events`"));
        }
        _ => {
            let message = format!("unknown source `{}`", check.quoted(&path, from));
            let near = check.suggestion(&path, from, ["transactions", "events"]);
            check.value(&path, message, near.or_else(|| hint("it is `transactions` or `events`")));
        }
    }
}

fn dormancy(check: &mut Check<'_>, spec: &Spec) {
    let tiers = &spec.segments.dormancy;
    let at = |name| ["segments", "dormancy", name];
    length(check, &at("drowsy"), "a tier", tiers.drowsy, 1);
    length(check, &at("deep_sleep"), "a tier", tiers.deep_sleep, 1);
    let steps = [
        ("drowsy", tiers.drowsy, "half_asleep", tiers.half_asleep),
        ("half_asleep", tiers.half_asleep, "deep_sleep", tiers.deep_sleep),
    ];
    for (earlier, begins, later, then) in steps {
        if begins >= then && !check.is_broken(&at(earlier)) {
            let days = [(earlier, begins), (later, then)]
                .map(|(tier, days)| check.quoted(&at(tier), &days.to_string()));
            let message = format!("`{later}` ({}) must begin after `{earlier}` ({})", days[1], days[0]);
            check.value(&at(later), message, None);
        }
    }
}
