//! What holds for any parameters and any customer.

use proptest::prelude::*;

use crate::{BgNbd, Dropout, GammaGamma, History, Spend};

fn model() -> impl Strategy<Value = BgNbd> {
    (0.05f64..8.0, 0.5f64..200.0, 0.05f64..6.0, 0.1f64..20.0, any::<bool>()).prop_map(
        |(r, alpha, a, b, after_any)| BgNbd {
            r,
            alpha,
            a,
            b,
            dropout: if after_any { Dropout::AfterAny } else { Dropout::AfterRepeat },
            log_likelihood: f64::NAN,
        },
    )
}

fn history() -> impl Strategy<Value = History> {
    (0u32..60, 0.0f64..=1.0, 0.0f64..700.0).prop_map(|(x, share, age)| History {
        frequency: f64::from(x),
        recency: if x == 0 { 0.0 } else { share * age },
        age,
    })
}

proptest! {
    #[test]
    fn orders_grow_with_time_and_never_faster_than_the_rate(
        model in model(), history in history(), time in 0.01f64..800.0,
    ) {
        let alive = model.alive_probability(&history);
        prop_assert!((0.0..=1.0).contains(&alive));
        let orders = model.expected_orders(&history, time).unwrap();
        let twice = model.expected_orders(&history, 2.0 * time).unwrap();
        // Nobody buys faster than while alive: E[lambda] t, given the history.
        let most = alive * (model.r + history.frequency) / (model.alpha + history.age) * time;
        prop_assert!(orders >= 0.0 && orders <= most * (1.0 + 1e-6) + 1e-12, "{} of {}", orders, most);
        prop_assert!(twice >= orders * (1.0 - 1e-6) && twice <= 2.0 * orders * (1.0 + 1e-6) + 1e-12);
    }

    #[test]
    fn longer_silence_never_makes_it_likelier_to_be_alive(
        model in model(), history in history(), more in 0.0f64..300.0,
    ) {
        let later = History { age: history.age + more, ..history };
        prop_assert!(model.alive_probability(&later) <= model.alive_probability(&history) + 1e-12);
    }

    #[test]
    fn the_unit_of_time_changes_nothing(model in model(), history in history(), unit in 0.01f64..50.0) {
        let other = BgNbd { alpha: model.alpha * unit, ..model };
        let same = History { recency: history.recency * unit, age: history.age * unit, ..history };
        let here = model.expected_orders(&history, 30.0).unwrap();
        let there = other.expected_orders(&same, 30.0 * unit).unwrap();
        prop_assert!((here - there).abs() <= 1e-9 * (1.0 + here));
    }

    #[test]
    fn expected_spend_lies_between_the_own_mean_and_that_of_all(
        p in 0.2f64..20.0, q in 1.1f64..20.0, v in 0.5f64..300.0, x in 1u32..40, mean in 0.1f64..500.0,
    ) {
        let model = GammaGamma { p, q, v, log_likelihood: f64::NAN };
        let all = model.expected_spend(&Spend { frequency: 0.0, mean: 0.0 }).unwrap();
        let own = model.expected_spend(&Spend { frequency: f64::from(x), mean }).unwrap();
        prop_assert!(own >= all.min(mean) * (1.0 - 1e-9) && own <= all.max(mean) * (1.0 + 1e-9));
    }
}
