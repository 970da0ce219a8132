//! Large shops: the way from a sample's top to that of all data is short and ends where a search over all does.

use std::cell::Cell;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Exp, Gamma};

use crate::bg_nbd::{Cells, starts};
use crate::maximise::{Likelihood, maximise};
use crate::{Dropout, History};

/// A likelihood that counts how often it is asked.
struct Counted<'a>(&'a Cells, Cell<usize>);

impl Likelihood for Counted<'_> {
    const MODEL: &'static str = Cells::MODEL;
    const PARAMETERS: &'static [&'static str] = Cells::PARAMETERS;

    fn customers(&self) -> f64 {
        self.0.customers()
    }

    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        self.1.set(self.1.get() + 1);
        self.0.evaluate(parameters, gradient)
    }
}

fn histories(n: usize) -> Vec<History> {
    let rng = &mut ChaCha8Rng::seed_from_u64(7);
    let rates = Gamma::new(0.8, 1.0 / 60.0).unwrap();
    let chances = Beta::new(0.9, 3.0).unwrap();
    (0..n)
        .map(|_| {
            let (rate, leaves) = (rates.sample(rng), chances.sample(rng));
            let gap = Exp::new(rate).unwrap();
            let age = f64::from(rng.random_range(30..730));
            let mut history = History { frequency: 0.0, recency: 0.0, age };
            let mut t: f64 = gap.sample(rng);
            while t <= age {
                history.frequency += 1.0;
                history.recency = t.floor();
                if rng.random_bool(leaves) {
                    break;
                }
                t += gap.sample(rng);
            }
            history
        })
        .collect()
}

#[test]
fn a_samples_top_leads_to_that_of_all() {
    for dropout in [Dropout::AfterRepeat, Dropout::AfterAny] {
        let cells = Cells::new(&histories(60_000), dropout).unwrap();
        let (part, sample) = (cells.sample(8_000), cells.sample(4_000));
        assert!(part.customers() < cells.customers() / 2.0, "it is a part");
        let whole = Counted(&cells, Cell::new(0));
        let far = maximise(&whole, &whole, &Counted(&sample, Cell::new(0)), &starts(dropout)).ok().unwrap();
        let all = Counted(&cells, Cell::new(0));
        let (part, sample) = (Counted(&part, Cell::new(0)), Counted(&sample, Cell::new(0)));
        let near = maximise(&all, &part, &sample, &starts(dropout)).ok().unwrap();
        assert!((far.log_likelihood - near.log_likelihood).abs() < 2e-6, "both are at the top");
        for (far, near) in far.parameters.iter().zip(&near.parameters) {
            assert!((far / near - 1.0).abs() < 1e-4, "{far} {near}");
        }
        // Slopes at the end take nine; there is room for a few steps, not for a search.
        assert!(all.1.get() <= 30, "{} evaluations over all", all.1.get());
    }
}
