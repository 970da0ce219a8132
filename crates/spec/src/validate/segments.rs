//! Who is who: tiers that rise, costs that are none below zero, targets and columns that are there.

use std::collections::BTreeSet;

use super::Check;
use super::features::length;
use super::names::hint;
use crate::suggest::listed;
use crate::types::Spec;
use crate::values::Days;

/// More accounts than anybody has key account managers.
const MOST_ACCOUNTS: u32 = 1_000;

pub(super) fn check(check: &mut Check<'_>, spec: &Spec) {
    dormancy(check, spec);
    lifecycle(check, spec);
    grades(check, spec);
    money(check, spec);
    key_accounts(check, spec);
    targets(check, spec);
    by(check, spec);
    for (index, file) in spec.segments.sql.iter().enumerate() {
        check.filled(&["segments", "sql", &index.to_string()], file);
    }
}

fn dormancy(check: &mut Check<'_>, spec: &Spec) {
    let tiers = &spec.segments.dormancy;
    let at = |name| ["segments", "dormancy", name];
    length(check, &at("drowsy"), "a tier", tiers.drowsy, 1);
    length(check, &at("deep_sleep"), "a tier", tiers.deep_sleep, 1);
    rising(check, "dormancy", [("drowsy", tiers.drowsy), ("half_asleep", tiers.half_asleep)]);
    rising(check, "dormancy", [("half_asleep", tiers.half_asleep), ("deep_sleep", tiers.deep_sleep)]);
    let rhythm = &tiers.rhythm;
    let steps = [
        ("drowsy", 0.0, rhythm.drowsy),
        ("half_asleep", rhythm.drowsy, rhythm.half_asleep),
        ("deep_sleep", rhythm.half_asleep, rhythm.deep_sleep),
    ];
    for (tier, before, gaps) in steps {
        if !(gaps.is_finite() && gaps > before) {
            let message = format!("`{tier}` must be more gaps than the tier before it");
            let path = ["segments", "dormancy", "rhythm", tier];
            check.value(&path, message, hint("such as `{drowsy: 2, half_asleep: 4, deep_sleep: 8}`"));
        }
    }
}

fn lifecycle(check: &mut Check<'_>, spec: &Spec) {
    let life = &spec.segments.lifecycle;
    let at = |name| ["segments", "lifecycle", name];
    for (name, days) in [("new", life.new), ("loyal", life.loyal), ("lost", life.lost)] {
        length(check, &at(name), "a stage", days, 1);
    }
    length(check, &at("old"), "a stage", life.old, 1);
    length(check, &at("lapsing"), "a stage", life.lapsing, 1);
    rising(check, "lifecycle", [("new", life.new), ("old", life.old)]);
    rising(check, "lifecycle", [("lapsing", life.lapsing), ("lost", life.lost)]);
    if life.loyal_days < 2 {
        check.value(&at("loyal_days"), "a loyal customer bought on at least 2 days", None);
    }
}

/// Reports a threshold that does not lie beyond the one before it.
fn rising(check: &mut Check<'_>, section: &str, steps: [(&str, Days); 2]) {
    let [(earlier, begins), (later, then)] = steps;
    let at = |name| ["segments", section, name];
    if begins >= then && !check.is_broken(&at(earlier)) {
        let days = steps.map(|(tier, days)| check.quoted(&at(tier), &days.to_string()));
        let message = format!("`{later}` ({}) must begin after `{earlier}` ({})", days[1], days[0]);
        check.value(&at(later), message, None);
    }
}

fn grades(check: &mut Check<'_>, spec: &Spec) {
    let grades = &spec.segments.grades;
    let at = |name| ["segments", "grades", name];
    if grades.a >= grades.b && !check.is_broken(&at("a")) {
        check.value(&at("b"), "`b` must reach further than `a`", hint("such as `{a: 80%, b: 95%}`"));
    }
    for (name, share) in [("a", grades.a), ("core", grades.core)] {
        if share.0 <= 0.0 {
            check.value(&at(name), format!("`{name}` is above 0%"), None);
        }
    }
    if !(1..=3).contains(&spec.segments.relationship.signs) {
        let message = "there are three signs: `signs` is 1, 2 or 3";
        check.value(&["segments", "relationship", "signs"], message, None);
    }
    length(check, &["segments", "worth", "horizon"], "a horizon", spec.segments.worth.horizon, 1);
}

fn money(check: &mut Check<'_>, spec: &Spec) {
    let costs = &spec.segments.costs;
    for (name, cost) in
        [("contact", costs.contact), ("acquisition", costs.acquisition), ("service", costs.service)]
    {
        if cost.is_some_and(|cost| !(cost.is_finite() && cost >= 0.0)) {
            let message = format!("`{name}` is 0 or more, in the money of `amount`");
            check.value(&["segments", "costs", name], message, None);
        }
    }
}

fn key_accounts(check: &mut Check<'_>, spec: &Spec) {
    let accounts = &spec.segments.key_accounts;
    let path = ["segments", "key_accounts", "max"];
    if accounts.max > MOST_ACCOUNTS {
        check.value(&path, format!("at most {MOST_ACCOUNTS} key accounts are named"), None);
    } else if accounts.max < accounts.min && !check.is_broken(&["segments", "key_accounts", "min"]) {
        check.value(&path, "`max` is at least `min`", None);
    }
}

fn targets(check: &mut Check<'_>, spec: &Spec) {
    for (role, named) in spec.segments.targets.named() {
        let Some(name) = named.filter(|name| !spec.targets.contains_key(*name)) else { continue };
        let path = ["segments", "targets", role];
        let known = || spec.targets.keys().map(String::as_str);
        let near = check.suggestion(&path, name, known());
        let message = format!("there is no target `{}`", check.quoted(&path, name));
        check.value(&path, message, near.or_else(|| Some(format!("the targets are {}", listed(known())))));
    }
}

fn by(check: &mut Check<'_>, spec: &Spec) {
    let sources = &spec.sources;
    let mapped = [Some(&sources.transactions), sources.customers.as_ref()];
    let columns: BTreeSet<&str> = mapped
        .into_iter()
        .flatten()
        .flat_map(|source| source.columns.keys().chain(source.derive.keys()))
        .map(String::as_str)
        .collect();
    let known = ["transactions", "customers"]
        .iter()
        .all(|name| ["columns", "derive"].iter().all(|part| !check.is_broken(&["sources", name, part])));
    let at = ["segments", "by"];
    for (index, column) in spec.segments.by.iter().enumerate() {
        let path = [at[0], at[1], &index.to_string()];
        if column == "customer_id" {
            check.value(&path, "`customer_id` makes every customer a segment", None);
        } else if known && !columns.contains(column.as_str()) {
            let near = check.suggestion(&path, column, columns.iter().copied());
            let all = || Some(format!("their columns are {}", listed(columns.iter().copied())));
            let quoted = check.quoted(&path, column);
            let message = format!("neither `customers` nor `transactions` has a column `{quoted}`");
            check.value(&path, message, near.or_else(all));
        }
    }
    for (step, quoted) in check.repeated(&at, &spec.segments.by) {
        check.value(&[at[0], at[1], &step], format!("`{quoted}` is named twice"), None);
    }
}
