//! Gamma-Gamma: what an order of a customer brings.

mod likelihood;

use crate::error::WorthError;
use crate::maximise::{PART, SAMPLE, maximise};
use likelihood::Amounts;
pub use likelihood::Spends;

/// What is known of a customer's spending.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spend {
    /// Transactions that the mean is taken over; 0 when nothing is known.
    pub frequency: f64,
    /// Their mean value, in any one currency.
    pub mean: f64,
}

/// The Gamma-Gamma model of Fader and Hardie (2013), "The Gamma-Gamma model of monetary value".
///
/// Values of a customer's transactions are gamma distributed with shape `p` and a rate of their own,
/// which is gamma distributed with shape `q` and rate `v`. They are taken to be independent of how
/// often the customer buys.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaGamma {
    /// Shape of a customer's values.
    pub p: f64,
    /// Shape of the rates between customers.
    pub q: f64,
    /// Rate parameter between customers, in the currency of the values.
    pub v: f64,
    /// Log-likelihood in nats, in the currency of the values.
    pub log_likelihood: f64,
}

impl GammaGamma {
    /// Fits the model by maximum likelihood.
    ///
    /// Customers without a transaction, or with a mean of 0 or less, tell nothing and are passed over.
    ///
    /// # Errors
    /// [`WorthError::NoCustomers`] when none is left, [`WorthError::Impossible`] for a figure that is
    /// not finite, [`WorthError::Degenerate`] and [`WorthError::NotConverged`] when there is no maximum
    /// to be found.
    pub fn fit(spends: &[Spend]) -> Result<Self, WorthError> {
        Self::search(&Amounts::new(spends)?)
    }

    /// Fits values that were put together, as [`Self::fit`] does.
    ///
    /// # Errors
    /// As in [`Self::fit`].
    pub fn fit_all(spends: Spends) -> Result<Self, WorthError> {
        Self::search(&Amounts::of(spends)?)
    }

    fn search(amounts: &Amounts) -> Result<Self, WorthError> {
        let starts = [vec![2.0, 3.0, 2.0], vec![6.0, 4.0, 0.5], vec![1.0, 1.5, 1.0], vec![20.0, 2.0, 0.1]];
        let found = maximise(amounts, &amounts.sample(PART), &amounts.sample(SAMPLE), &starts)
            .map_err(|failed| failed.error)?;
        let [p, q, v] = found.parameters[..] else {
            return Err(WorthError::NotConverged {
                model: "Gamma-Gamma",
                reason: "it lost a parameter".to_owned(),
            });
        };
        Ok(Self { p, q, v: v * amounts.unit(), log_likelihood: amounts.unscaled(found.log_likelihood) })
    }

    /// Returns the log-likelihood of values at these parameters; errors as in [`Self::fit`].
    pub fn log_likelihood_of(&self, spends: &[Spend]) -> Result<f64, WorthError> {
        use crate::maximise::Likelihood;
        let amounts = Amounts::new(spends)?;
        let parameters = [self.p, self.q, self.v / amounts.unit()];
        Ok(amounts.unscaled(amounts.evaluate(&parameters, &mut [0.0; 3])))
    }

    /// Returns the expected mean value of the customer's orders.
    ///
    /// Fader and Hardie (2013), equation 5: the own mean, drawn to that of all the more, the less is
    /// known. None for a mean below 0 and where the expectation is infinite (`p x + q <= 1`).
    pub fn expected_spend(&self, spend: &Spend) -> Option<f64> {
        let x = spend.frequency;
        let total = if x > 0.0 { x * spend.mean } else { 0.0 };
        let weight = self.p * x + self.q - 1.0;
        (weight > 0.0 && total >= 0.0).then(|| self.p * (self.v + total) / weight).filter(|v| v.is_finite())
    }
}
