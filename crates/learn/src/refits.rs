//! The same model learned from other customers: how much of what it says is theirs.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::error::LearnError;
use super::model::{Model, TrainInput};

/// Rows of a refit at most.
const MOST_ROWS: usize = 3_000;

/// Models of the same kind and size, each trained on other customers.
#[derive(Debug)]
pub struct Refits {
    /// The models.
    pub models: Vec<Box<dyn Model>>,
    /// Factor that takes the distance of a refit from the whole to that of another sample of all customers.
    pub stretch: f64,
}

impl Refits {
    /// No refit at all.
    pub fn none() -> Self {
        Self { models: Vec::new(), stretch: 1.0 }
    }
}

/// Trains `model` again up to `count` times, each time on half of the customers or on as many as 3,000 rows hold.
///
/// `customers` names the customer of each training row. Half of the customers, drawn without replacement, vary
/// about the whole as one sample of all varies about the truth; a smaller part varies more, by a factor that
/// `stretch` takes back (Politis, Romano and Wolf, "Subsampling", 1999, with the correction for a finite
/// population). A part without both classes is left out.
///
/// # Errors
/// [`LearnError::LengthMismatch`] unless there is a customer for each row.
pub fn refits(
    model: &dyn Model,
    input: &TrainInput<'_>,
    customers: &[usize],
    count: usize,
) -> Result<Refits, LearnError> {
    let rows = input.x.rows();
    if customers.len() != rows {
        return Err(LearnError::LengthMismatch { what: "customers", expected: rows, found: customers.len() });
    }
    let mut all: Vec<usize> = customers.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let part = (all.len() / 2).min(all.len() * MOST_ROWS / rows.max(1));
    if part == 0 {
        return Ok(Refits::none());
    }
    let mut models = Vec::with_capacity(count);
    for number in 0..count {
        let seed = input.seed.wrapping_add(1 + number as u64);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for i in 0..part {
            let j = rng.random_range(i..all.len());
            all.swap(i, j);
        }
        let drawn: BTreeSet<usize> = all[..part].iter().copied().collect();
        let taken: Vec<usize> = (0..rows).filter(|&row| drawn.contains(&customers[row])).collect();
        let x = input.x.take_rows(&taken)?;
        let y: Vec<f64> = taken.iter().map(|&row| input.y[row]).collect();
        let again = TrainInput { x: &x, y: &y, seed, ..*input };
        models.extend(model.refit(&again));
    }
    let stretch = (part as f64 / (all.len() - part) as f64).sqrt();
    Ok(Refits { models, stretch })
}

#[cfg(test)]
mod tests {
    use foretell_spec::ModelKind;

    use super::super::model::train;
    use super::super::simulated::shop;
    use super::*;

    #[test]
    fn each_is_trained_on_other_customers_and_all_are_reproducible() {
        let s = shop(1_200, 8, 0.3);
        let customers: Vec<usize> = (0..1_200).map(|row| row % 400).collect();
        for kind in [ModelKind::RecencyRule, ModelKind::Logistic, ModelKind::Boosted] {
            let m = train(kind, &s.input()).unwrap();
            let json = || -> Vec<String> {
                let found = refits(m.as_ref(), &s.input(), &customers, 3).unwrap();
                assert_eq!(found.stretch, 1.0);
                found.models.iter().map(|m| m.to_json().unwrap()).collect()
            };
            let first = json();
            assert_eq!(first.len(), 3);
            assert_eq!(first, json());
            assert!(first[0] != first[1] && first[1] != first[2]);
        }
    }

    #[test]
    fn a_small_part_of_many_is_stretched_back() {
        let s = shop(12_000, 4, 0.3);
        let m = train(ModelKind::Logistic, &s.input()).unwrap();
        let customers: Vec<usize> = (0..12_000).collect();
        let found = refits(m.as_ref(), &s.input(), &customers, 2).unwrap();
        assert!((found.stretch - (1.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(found.models.len(), 2);
    }

    #[test]
    fn too_little_is_no_refit() {
        let s = shop(300, 3, 0.3);
        let m = train(ModelKind::Logistic, &s.input()).unwrap();
        assert!(refits(m.as_ref(), &s.input(), &[7; 300], 3).unwrap().models.is_empty());
        assert!(refits(m.as_ref(), &s.input(), &[7], 3).is_err());
    }
}
