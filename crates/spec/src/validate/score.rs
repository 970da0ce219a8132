//! Targets, models and the decision.

use super::Check;
use super::features::length;
use super::names::hint;
use crate::types::{Decide, Rate, Spec, Target};

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
    decide(check, &spec.score.decide);
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

fn decide(check: &mut Check<'_>, decide: &Decide) {
    const PAIRS: &str = "write `{max_miss_rate: 0.30, minimise: error_rate}` or `{max_error_rate: 0.20, minimise: miss_rate}`";
    let at = ["score", "decide"];
    let limits = [
        ("max_miss_rate", decide.max_miss_rate, Rate::ErrorRate),
        ("max_error_rate", decide.max_error_rate, Rate::MissRate),
    ];
    for (name, limit, _) in limits {
        if limit.is_some_and(|limit| !(limit > 0.0 && limit < 1.0)) {
            check.value(
                &[at[0], at[1], name],
                format!("`{name}` lies between 0 and 1"),
                hint("such as `0.30`"),
            );
        }
    }
    let given: Vec<_> = limits.into_iter().filter(|(_, limit, _)| limit.is_some()).collect();
    match given.as_slice() {
        [] => check.value(&at, "no rate is held below a limit", hint(PAIRS)),
        [(_, _, minimise)] if *minimise == decide.minimise => {}
        [(name, _, _)] => {
            let message = format!("the rate that `{name}` limits cannot be minimised as well");
            check.value(&[at[0], at[1], "minimise"], message, hint(PAIRS));
        }
        [_, (second, ..), ..] => {
            let message = "`max_miss_rate` and `max_error_rate` exclude each other";
            check.key(&[at[0], at[1], second], message, hint(PAIRS));
        }
    }
}
