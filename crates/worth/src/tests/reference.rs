//! Figures worked out in Python: see `testdata/reference.py`.

use serde_json::Value;

use crate::hypergeometric::excess;
use crate::{BgNbd, Dropout, GammaGamma, History, Spend};

fn reference() -> Value {
    serde_json::from_str(include_str!("../testdata/reference.json")).unwrap()
}

/// The rows of a list, as numbers.
fn rows(all: &Value, name: &str) -> Vec<Vec<f64>> {
    let rows = all[name].as_array().unwrap();
    let row = |row: &Value| row.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    assert!(!rows.is_empty());
    rows.iter().map(row).collect()
}

fn numbers(all: &Value, name: &str) -> Vec<f64> {
    all[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(found: f64, wanted: f64, tolerance: f64, what: &[f64]) {
    let far = (found - wanted).abs() / wanted.abs().max(1e-300);
    assert!(found == wanted || far < tolerance, "{what:?}: {found} for {wanted}, off by {far:.1e}");
}

#[test]
fn the_series_is_that_of_mpmath() {
    for row in rows(&reference(), "series") {
        let [p, q, c, z, wanted] = row[..] else { panic!("{row:?}") };
        // Terms of a very negative p alternate and cancel; it takes an r of that size to get there.
        let tolerance = if p < -10.0 { 1e-4 } else { 2e-12 };
        close(excess(p, q, c, z).unwrap(), wanted, tolerance, &row);
    }
}

#[test]
fn a_customer_is_what_the_integrals_say() {
    for row in rows(&reference(), "customers") {
        let [r, alpha, a, b, frequency, recency, age, any, t, alive, orders, log_likelihood] = row[..] else {
            panic!("{row:?}")
        };
        let dropout = if any > 0.0 { Dropout::AfterAny } else { Dropout::AfterRepeat };
        let model = BgNbd { r, alpha, a, b, dropout, log_likelihood: 0.0 };
        let history = History { frequency, recency, age };
        close(model.alive_probability(&history), alive, 1e-9, &row);
        close(model.expected_orders(&history, t).unwrap(), orders, 1e-8, &row);
        // One customer alone is a likelihood only where there is a repeat purchase to learn from.
        if frequency > 0.0 {
            let found = model.log_likelihood_of(&[history]).unwrap();
            assert!((found - log_likelihood).abs() < 1e-9 * (1.0 + log_likelihood.abs()), "{row:?}: {found}");
        }
    }
}

#[test]
fn spending_is_what_the_integrals_say() {
    for row in rows(&reference(), "spends") {
        let [p, q, v, frequency, mean, log_likelihood, expected] = row[..] else { panic!("{row:?}") };
        let model = GammaGamma { p, q, v, log_likelihood: 0.0 };
        let spend = Spend { frequency, mean };
        close(model.expected_spend(&spend).unwrap(), expected, 1e-12, &row);
        let found = model.log_likelihood_of(&[spend]).unwrap();
        assert!((found - log_likelihood).abs() < 1e-9 * (1.0 + log_likelihood.abs()), "{row:?}: {found}");
    }
}

#[test]
fn fits_are_those_of_scipy() {
    let all = reference();
    let histories: Vec<History> = rows(&all, "histories")
        .iter()
        .map(|row| History { frequency: row[0], recency: row[1], age: row[2] })
        .collect();
    for (name, dropout) in [("fit", Dropout::AfterRepeat), ("fit_after_any", Dropout::AfterAny)] {
        let wanted = numbers(&all, name);
        let found = BgNbd::fit_with(&histories, dropout).unwrap();
        let parameters = [found.r, found.alpha, found.a, found.b];
        for (found, wanted) in parameters.iter().zip(&wanted) {
            close(*found, *wanted, 1e-4, &parameters);
        }
        close(found.log_likelihood, wanted[4], 1e-9, &parameters);
    }
    let spends: Vec<Spend> =
        rows(&all, "values").iter().map(|row| Spend { frequency: row[0], mean: row[1] }).collect();
    let wanted = numbers(&all, "fit_spend");
    let model = GammaGamma::fit(&spends).unwrap();
    let parameters = [model.p, model.q, model.v];
    for (found, wanted) in parameters.iter().zip(&wanted) {
        close(*found, *wanted, 1e-4, &parameters);
    }
    close(model.log_likelihood, wanted[3], 1e-9, &parameters);
}
