//! The wish that sets the threshold: exactly one, with what it makes small.

use super::Check;
use super::names::hint;
use crate::types::{Decide, Minimise};

const FORMS: &str = "write `{max_miss_rate: 0.30, minimise: error_rate}`, `{max_error_rate: 0.20, minimise: miss_rate}`, `{contact: 5000}` or `{cost: {contact: 1.2, lost: 40}, minimise: cost}`";

/// Checks the wish that stands at a path.
pub(super) fn check(check: &mut Check<'_>, at: &[&str], decide: &Decide) {
    limits(check, at, decide);
    prices(check, at, decide);
    let asked = [
        ("max_miss_rate", decide.max_miss_rate.is_some(), Some(Minimise::ErrorRate)),
        ("max_error_rate", decide.max_error_rate.is_some(), Some(Minimise::MissRate)),
        ("contact", decide.contact.is_some(), None),
        ("cost", decide.cost.is_some(), Some(Minimise::Cost)),
    ];
    let asked: Vec<_> = asked.into_iter().filter(|(_, given, _)| *given).collect();
    match asked.as_slice() {
        [] => check.value(at, "nothing is asked for", hint(FORMS)),
        [(name, _, wanted)] => match (*wanted, decide.minimise) {
            (wanted, given) if wanted == given => {}
            (Some(_), None) => {
                let message = format!("`{name}` does not say what to make small");
                check.value(at, message, hint(FORMS));
            }
            (None, _) => {
                let message = "`contact` names so many customers: nothing is left to minimise";
                check.value(&[at, &["minimise"]].concat(), message, hint(FORMS));
            }
            _ => {
                let message = format!("`{name}` and what is to be minimised do not go together");
                check.value(&[at, &["minimise"]].concat(), message, hint(FORMS));
            }
        },
        [(first, ..), (second, ..), ..] => {
            let message = format!("`{first}` and `{second}` exclude each other");
            check.key(&[at, &[*second]].concat(), message, hint(FORMS));
        }
    }
}

fn limits(check: &mut Check<'_>, at: &[&str], decide: &Decide) {
    for (name, limit) in [("max_miss_rate", decide.max_miss_rate), ("max_error_rate", decide.max_error_rate)]
    {
        if limit.is_some_and(|limit| !(limit > 0.0 && limit < 1.0)) {
            let message = format!("`{name}` lies between 0 and 1");
            check.value(&[at, &[name]].concat(), message, hint("such as `0.30`"));
        }
    }
    if decide.contact == Some(0) {
        check.value(&[at, &["contact"]].concat(), "`contact` names nobody", hint("such as `5000`"));
    }
}

fn prices(check: &mut Check<'_>, at: &[&str], decide: &Decide) {
    let Some(cost) = decide.cost else { return };
    let mut sound = true;
    for (name, price) in [("contact", cost.contact), ("lost", cost.lost)] {
        if !(price > 0.0 && price.is_finite()) {
            sound = false;
            let message = format!("`{name}` is a price above 0");
            check.value(&[at, &["cost", name]].concat(), message, hint("such as `1.20`"));
        }
    }
    sound &= ["contact", "lost"].iter().all(|name| !check.is_broken(&[at, &["cost", name]].concat()));
    if sound && cost.contact >= cost.lost {
        let message = "a contact costs no less than a lost customer: nobody would ever be named";
        check.value(&[at, &["cost", "contact"]].concat(), message, hint("prices are those of one customer"));
    }
}
