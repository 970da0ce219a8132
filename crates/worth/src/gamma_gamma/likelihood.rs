//! The likelihood of Gamma-Gamma over customers grouped by their number of transactions.

use std::collections::BTreeMap;

use statrs::function::gamma::{digamma, ln_gamma};

use super::Spend;
use crate::error::WorthError;
use crate::maximise::Likelihood;

/// Customers with the same number of transactions.
#[derive(Debug, Clone)]
struct Group {
    frequency: f64,
    /// Mean values, in means of all.
    means: Vec<f64>,
    /// Sum of their logarithms.
    ln_sum: f64,
}

/// Customers' spending, put together by how many transactions a mean is taken over: a number a customer who tells
/// something.
#[derive(Debug, Clone, Default)]
pub struct Spends {
    /// Means by the bits of the frequency, which for numbers above 0 are in its order.
    means: BTreeMap<u64, Vec<f64>>,
    rows: usize,
}

impl Spends {
    /// Adds a customer; one without a transaction, or with a mean of 0 or less, tells nothing and is passed over.
    ///
    /// # Errors
    /// [`WorthError::Impossible`] for a figure that is not finite.
    pub fn add(&mut self, &Spend { frequency, mean }: &Spend) -> Result<(), WorthError> {
        let row = self.rows;
        self.rows += 1;
        let fault = |what, value, rule| Err(WorthError::Impossible { what, value, row, rule });
        if !(frequency.is_finite() && frequency >= 0.0) {
            return fault("frequency", frequency, "it must be finite and not negative");
        }
        if frequency > 0.0 && !mean.is_finite() {
            return fault("mean", mean, "it must be finite");
        }
        if frequency > 0.0 && mean > 0.0 {
            self.means.entry(frequency.to_bits()).or_default().push(mean);
        }
        Ok(())
    }
}

/// Values of transactions, grouped and scaled.
#[derive(Debug, Clone)]
pub(super) struct Amounts {
    groups: Vec<Group>,
    /// The mean of the means: the unit within.
    unit: f64,
    customers: f64,
}

impl Amounts {
    /// Groups values, refusing those that are not finite.
    pub fn new(spends: &[Spend]) -> Result<Self, WorthError> {
        let mut all = Spends::default();
        spends.iter().try_for_each(|spend| all.add(spend))?;
        Self::of(all)
    }

    /// Takes values that were put together before.
    pub fn of(Spends { mut means, .. }: Spends) -> Result<Self, WorthError> {
        let customers = means.values().map(Vec::len).sum::<usize>() as f64;
        if means.is_empty() {
            return Err(WorthError::NoCustomers { model: "Gamma-Gamma", that: " with a value above 0" });
        }
        means.values_mut().for_each(|group| group.sort_unstable_by(f64::total_cmp));
        let unit = means.values().flatten().sum::<f64>() / customers;
        let mut groups = Vec::with_capacity(means.len());
        for (frequency, mut means) in means {
            means.iter_mut().for_each(|mean| *mean /= unit);
            groups.push(Group::new(f64::from_bits(frequency), means));
        }
        Ok(Self { groups, unit, customers })
    }

    /// Returns the unit of money within, in the currency of the values.
    pub fn unit(&self) -> f64 {
        self.unit
    }

    /// Returns a log-likelihood over scaled values in their currency: a density by each mean.
    pub fn unscaled(&self, log_likelihood: f64) -> f64 {
        log_likelihood - self.customers * self.unit.ln()
    }

    /// Returns so many customers at most, spread evenly.
    pub fn sample(&self, most: usize) -> Self {
        let stride = (self.customers as usize).div_ceil(most).max(1);
        let mut seen = 0;
        let mut groups = Vec::new();
        for group in &self.groups {
            let from = (stride - seen % stride) % stride;
            seen += group.means.len();
            let means: Vec<f64> = group.means.iter().skip(from).step_by(stride).copied().collect();
            if !means.is_empty() {
                groups.push(Group::new(group.frequency, means));
            }
        }
        let customers = groups.iter().map(|group| group.means.len() as f64).sum();
        Self { groups, unit: self.unit, customers }
    }
}

impl Group {
    fn new(frequency: f64, means: Vec<f64>) -> Self {
        Self { frequency, ln_sum: means.iter().map(|z| z.ln()).sum(), means }
    }
}

impl Likelihood for Amounts {
    const MODEL: &'static str = "Gamma-Gamma";
    const PARAMETERS: &'static [&'static str] = &["p", "q", "v"];

    fn customers(&self) -> f64 {
        self.customers
    }

    /// Equation 1a of the note.
    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64 {
        let &[p, q, v] = parameters else { return f64::NAN };
        let (ln_v, ln_gamma_q, digamma_q) = (v.ln(), ln_gamma(q), digamma(q));
        let mut sum = 0.0;
        let mut slopes = [0.0; 3];
        for group in &self.groups {
            let (x, n) = (group.frequency, group.means.len() as f64);
            let px = p * x;
            let (ln_sum, ln_x) = (group.ln_sum, x.ln());
            sum += n * (ln_gamma(px + q) - ln_gamma(px) - ln_gamma_q + q * ln_v + px * ln_x)
                + (px - 1.0) * ln_sum;
            let (mut ln_totals, mut inverse) = (0.0, 0.0);
            for z in &group.means {
                let total = v + x * z;
                ln_totals += total.ln();
                inverse += 1.0 / total;
            }
            sum -= (px + q) * ln_totals;
            let all = digamma(px + q);
            slopes[0] += x * (n * (all - digamma(px) + ln_x) + ln_sum - ln_totals);
            slopes[1] += n * (all - digamma_q + ln_v) - ln_totals;
            slopes[2] += n * q / v - (px + q) * inverse;
        }
        gradient.iter_mut().zip(slopes).for_each(|(g, s)| *g += s);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_the_likelihood() {
        let spends = [(1.0, 20.0), (1.0, 3.0), (4.0, 12.5), (90.0, 41.0), (0.0, 0.0), (2.0, 0.0)];
        let amounts = Amounts::new(&spends.map(|(frequency, mean)| Spend { frequency, mean })).unwrap();
        assert_eq!(amounts.customers, 4.0);
        crate::tests::slopes_hold(&amounts, &[2.0, 3.0, 1.5]);
        crate::tests::slopes_hold(&amounts, &[0.4, 9.0, 0.2]);
    }
}
