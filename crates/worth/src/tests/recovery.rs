//! Customers simulated by the models' own stories: what they were drawn from is found again.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Exp, Gamma, Poisson};

use crate::{BgNbd, Dropout, GammaGamma, History, Horizon, Spend, expected};

/// A simulated customer.
struct Customer {
    history: History,
    alive: bool,
    /// Orders in the year after.
    later: f64,
}

const YEAR: f64 = 365.0;

/// Lives a customer's life of `age` days and a year.
fn customer(model: &BgNbd, age: f64, rng: &mut ChaCha8Rng) -> Customer {
    let rate = Gamma::new(model.r, 1.0 / model.alpha).unwrap().sample(rng);
    let leaves = Beta::new(model.a, model.b).unwrap().sample(rng);
    let gap = Exp::new(rate).unwrap();
    let mut history = History { frequency: 0.0, recency: 0.0, age };
    let mut gone = model.dropout == Dropout::AfterAny && rng.random_bool(leaves);
    let (mut alive, mut later, mut t) = (!gone, 0.0, 0.0);
    while !gone {
        t += gap.sample(rng);
        if t > age + YEAR {
            break;
        }
        gone = rng.random_bool(leaves);
        if t <= age {
            history.frequency += 1.0;
            history.recency = t;
            alive = !gone;
        } else {
            later += 1.0;
        }
    }
    Customer { history, alive, later }
}

fn customers(model: &BgNbd, n: usize, seed: u64) -> Vec<Customer> {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    (0..n)
        .map(|_| {
            let age = f64::from(rng.random_range(30..730));
            customer(model, age, rng)
        })
        .collect()
}

fn truth(dropout: Dropout) -> BgNbd {
    BgNbd { r: 1.2, alpha: 40.0, a: 1.0, b: 4.0, dropout, log_likelihood: f64::NAN }
}

#[test]
fn parameters_of_orders_are_found_again() {
    for dropout in [Dropout::AfterRepeat, Dropout::AfterAny] {
        let truth = truth(dropout);
        let histories: Vec<History> = customers(&truth, 40_000, 3).iter().map(|c| c.history).collect();
        let found = BgNbd::fit_with(&histories, dropout).unwrap();
        let pairs = [
            (found.r / found.alpha, truth.r / truth.alpha),
            (found.r, truth.r),
            (found.a / (found.a + found.b), truth.a / (truth.a + truth.b)),
            (found.a, truth.a),
        ];
        for (found, truth) in pairs {
            assert!((found / truth - 1.0).abs() < 0.08, "{dropout:?}: {found} for {truth}");
        }
        // The likelihood ratio is chi-squared distributed: 18.5 is passed once in a thousand shops.
        let ratio = 2.0 * (found.log_likelihood - truth.log_likelihood_of(&histories).unwrap());
        assert!((0.0..18.5).contains(&ratio), "{dropout:?}: {ratio}");
        assert_eq!(BgNbd::fit_likelier(&histories).unwrap().dropout, dropout);
    }
}

#[test]
fn those_said_to_be_alive_are_and_orders_come_as_expected() {
    for dropout in [Dropout::AfterRepeat, Dropout::AfterAny] {
        let model = truth(dropout);
        let all = customers(&model, 60_000, 4);
        let mut rows: Vec<(f64, f64, &Customer)> = all
            .iter()
            .map(|c| {
                (model.alive_probability(&c.history), model.expected_orders(&c.history, YEAR).unwrap(), c)
            })
            .collect();
        let n = (rows.len() / 10) as f64;
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        for tenth in rows.chunks(rows.len() / 10) {
            let said = tenth.iter().map(|row| row.0).sum::<f64>() / n;
            let alive = tenth.iter().filter(|row| row.2.alive).count() as f64 / n;
            let error = (said * (1.0 - said) / n).sqrt();
            assert!((said - alive).abs() < 4.0 * error + 1e-9, "{dropout:?}: {said} said, {alive} alive");
        }
        rows.sort_by(|a, b| a.1.total_cmp(&b.1));
        for tenth in rows.chunks(rows.len() / 10) {
            let said = tenth.iter().map(|row| row.1).sum::<f64>() / n;
            let mean = tenth.iter().map(|row| row.2.later).sum::<f64>() / n;
            let variance = tenth.iter().map(|row| (row.2.later - mean).powi(2)).sum::<f64>() / n;
            let error = (variance / n).sqrt();
            assert!((said - mean).abs() < 4.0 * error + 1e-3, "{dropout:?}: {said} expected, {mean} came");
        }
    }
}

#[test]
fn parameters_of_values_are_found_again() {
    let rng = &mut ChaCha8Rng::seed_from_u64(5);
    let (p, q, v) = (4.0, 3.5, 60.0);
    let rates = Gamma::new(q, 1.0 / v).unwrap();
    let counts = Poisson::new(2.0).unwrap();
    let spends: Vec<Spend> = (0..30_000)
        .map(|_| {
            let own = rates.sample(rng);
            let frequency = counts.sample(rng) as u32;
            let value = Gamma::new(p, 1.0 / own).unwrap();
            let sum: f64 = (0..frequency).map(|_| value.sample(rng)).sum();
            Spend { frequency: f64::from(frequency), mean: sum / f64::from(frequency.max(1)) }
        })
        .collect();
    let found = GammaGamma::fit(&spends).unwrap();
    for (found, truth) in [(found.p, p), (found.q, q), (found.v, v)] {
        assert!((found / truth - 1.0).abs() < 0.1, "{found} for {truth}");
    }
    let truth = GammaGamma { p, q, v, log_likelihood: f64::NAN };
    let ratio = 2.0 * (found.log_likelihood - truth.log_likelihood_of(&spends).unwrap());
    assert!((0.0..16.3).contains(&ratio), "{ratio}");
    let nothing = found.expected_spend(&Spend { frequency: 0.0, mean: 0.0 }).unwrap();
    assert!((nothing / (p * v / (q - 1.0)) - 1.0).abs() < 0.03, "{nothing}");
}

#[test]
fn a_horizon_without_interest_is_its_orders() {
    let model = truth(Dropout::AfterRepeat);
    let history = History { frequency: 4.0, recency: 200.0, age: 230.0 };
    let horizon = |steps, discount| Horizon { length: YEAR, steps, discount };
    let orders = model.expected_orders(&history, YEAR).unwrap();
    for steps in [0, 1, 12] {
        let found = expected(&model, &history, &horizon(steps, 0.0)).unwrap();
        assert_eq!(found.orders, orders);
        assert!((found.discounted - orders).abs() < 1e-9);
    }
    let daily = 1.1f64.powf(1.0 / YEAR) - 1.0;
    let discounted = expected(&model, &history, &horizon(12, daily)).unwrap().discounted;
    // Orders of a year come before its middle rather than after it, as customers leave.
    assert!(discounted < orders && discounted > orders / 1.1f64.sqrt());
    let finer = expected(&model, &history, &horizon(365, daily)).unwrap().discounted;
    assert!((discounted / finer - 1.0).abs() < 1e-4);
}

#[test]
fn where_nobody_leaves_nobody_is_said_to() {
    let truth = BgNbd { a: 1e-9, b: 1.0, ..truth(Dropout::AfterAny) };
    let histories: Vec<History> = customers(&truth, 20_000, 6).iter().map(|c| c.history).collect();
    let found = BgNbd::fit_likelier(&histories).unwrap();
    assert_eq!(found.dropout, Dropout::Never);
    for (found, truth) in [(found.r, truth.r), (found.alpha, truth.alpha)] {
        assert!((found / truth - 1.0).abs() < 0.05, "{found} for {truth}");
    }
    // The limit is likelier than what lies on the way to it.
    for a in [1e-4, 1e-2] {
        let near = BgNbd { a, dropout: Dropout::AfterAny, ..found };
        assert!(found.log_likelihood > near.log_likelihood_of(&histories).unwrap());
        let (here, there) = [&found, &near].map(|m| m.expected_orders(&histories[0], 30.0).unwrap()).into();
        assert!((there / here - 1.0).abs() < 0.1 && there <= here, "{there} for {here}");
    }
    assert_eq!(found.alive_probability(&histories[0]), 1.0);
    assert_eq!(found.log_likelihood_of(&histories).unwrap(), found.log_likelihood);
    assert!(BgNbd::fit(&histories).is_err());
}
