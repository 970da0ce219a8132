//! BG/NBD: how often customers buy while they are customers, and after which purchase they cease to be.

mod likelihood;

use crate::error::WorthError;
use crate::hypergeometric::excess;
use crate::maximise::{Failed, PART, SAMPLE, maximise};
pub(crate) use likelihood::Cells;
pub use likelihood::Histories;
use likelihood::Steady;

/// Nats of log-likelihood that count as very strong evidence (Kass and Raftery, 1995: `2 ln B > 10`).
const VERY_STRONG: f64 = 5.0;

/// What is known of a customer's buying: `x`, `t_x` and `T` of the papers, times in any one unit.
///
/// With whole days and a cutoff at midnight, `age` is the days from the first purchase day to the last
/// day seen, the one before the cutoff: whoever bought on that day has `recency == age`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    /// Repeat purchases: those after the first; days with several count once.
    pub frequency: f64,
    /// Time from the first purchase to the last; 0 without a repeat purchase.
    pub recency: f64,
    /// Time from the first purchase to the end of what is known.
    pub age: f64,
}

/// After which purchases a customer may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropout {
    /// After repeat purchases only: BG/NBD as published. Whoever bought once is alive for sure.
    AfterRepeat,
    /// After every purchase, the first too: MBG/NBD (Batislam, Denizel and Filiztekin, 2007).
    AfterAny,
    /// Never: NBD (Ehrenberg, 1959), the limit of both as the dropout probability falls to 0.
    Never,
}

/// The BG/NBD model of Fader, Hardie and Lee (2005a).
///
/// While alive a customer buys as a Poisson process of rate `lambda`; after a purchase they leave with
/// probability `p`. `lambda` is gamma distributed with shape `r` and rate `alpha`, `p` beta distributed
/// with `a` and `b`. "Counting your customers" the easy way: an alternative to the Pareto/NBD model,
/// Marketing Science 24. With `k` chances to leave so far (`x` or, where the first purchase counts,
/// `x + 1`) all formulas of the paper hold with `b + k` in place of `b + x`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgNbd {
    /// Shape of the rates' gamma distribution.
    pub r: f64,
    /// Its rate parameter, a time: the mean rate is `r / alpha`.
    pub alpha: f64,
    /// First parameter of the dropout probabilities' beta distribution; 0 where nobody leaves.
    pub a: f64,
    /// Second one: the mean dropout probability is `a / (a + b)`.
    pub b: f64,
    /// After which purchases customers may leave.
    pub dropout: Dropout,
    /// Log-likelihood in nats, in the unit of the histories.
    pub log_likelihood: f64,
}

impl BgNbd {
    /// Fits the model as published by maximum likelihood.
    ///
    /// # Errors
    /// [`WorthError::NoCustomers`] without repeat purchases, [`WorthError::Impossible`] for a history
    /// that cannot be, [`WorthError::Degenerate`] and [`WorthError::NotConverged`] when there is no
    /// maximum to be found.
    pub fn fit(histories: &[History]) -> Result<Self, WorthError> {
        Self::fit_with(histories, Dropout::AfterRepeat)
    }

    /// Fits the model with a choice of when customers may leave; errors as in [`Self::fit`].
    pub fn fit_with(histories: &[History], dropout: Dropout) -> Result<Self, WorthError> {
        Self::search(&Cells::new(histories, dropout)?, dropout).map_err(|failed| failed.error)
    }

    /// Fits to cells that were counted with the same `dropout`.
    fn search(cells: &Cells, dropout: Dropout) -> Result<Self, Failed> {
        let (part, sample) = (cells.sample(PART), cells.sample(SAMPLE));
        let found = if dropout == Dropout::Never {
            maximise(&Steady(cells), &Steady(&part), &Steady(&sample), &[vec![0.5, 0.3], vec![2.0, 1.0]])?
        } else {
            maximise(cells, &part, &sample, &starts(dropout))?
        };
        let (r, alpha, a, b) = match found.parameters[..] {
            [r, alpha, a, b] => (r, alpha, a, b),
            [r, alpha] => (r, alpha, 0.0, 1.0),
            _ => {
                let reason = "it lost a parameter".to_owned();
                return Err(WorthError::NotConverged { model: "BG/NBD", reason }.into());
            }
        };
        let log_likelihood = cells.unscaled(found.log_likelihood);
        Ok(Self { r, alpha: alpha * cells.unit(), a, b, dropout, log_likelihood })
    }

    /// Fits the model as published, and the variants where the data speak for them.
    ///
    /// The modified model has four parameters as the published one, so that likelihoods compare; where it
    /// is 5 nats likelier it is taken. The published one says that all who bought once are still customers,
    /// which a shop with many such buyers refutes. Where both run to a dropout probability of 0, nobody is
    /// seen to leave for good, as in a short history: then that limit itself is the likeliest, and taken.
    ///
    /// # Errors
    /// As in [`Self::fit`], of the published model, when none has a maximum.
    pub fn fit_likelier(histories: &[History]) -> Result<Self, WorthError> {
        Self::likelier(Cells::new(histories, Dropout::AfterRepeat)?)
    }

    /// Fits histories that were counted, as [`Self::fit`] does.
    ///
    /// # Errors
    /// As in [`Self::fit`].
    pub fn fit_counted(histories: Histories) -> Result<Self, WorthError> {
        let cells = Cells::counted(histories, Dropout::AfterRepeat)?;
        Self::search(&cells, Dropout::AfterRepeat).map_err(|failed| failed.error)
    }

    /// Fits histories that were counted, as [`Self::fit_likelier`] does.
    ///
    /// # Errors
    /// As in [`Self::fit`].
    pub fn fit_likelier_counted(histories: Histories) -> Result<Self, WorthError> {
        Self::likelier(Cells::counted(histories, Dropout::AfterRepeat)?)
    }

    /// Fits to cells of customers who may leave after repeat purchases.
    fn likelier(cells: Cells) -> Result<Self, WorthError> {
        let published = Self::search(&cells, Dropout::AfterRepeat);
        let cells = cells.with_dropout(Dropout::AfterAny);
        let modified = Self::search(&cells, Dropout::AfterAny);
        match (published, modified) {
            (Ok(p), Ok(m)) if m.log_likelihood > p.log_likelihood + VERY_STRONG => Ok(m),
            (Ok(p), _) => Ok(p),
            (Err(_), Ok(m)) => Ok(m),
            (Err(p), Err(m)) if nobody_leaves(&p) && nobody_leaves(&m) => {
                Self::search(&cells.with_dropout(Dropout::Never), Dropout::Never).map_err(|_| p.error)
            }
            (Err(p), Err(_)) => Err(p.error),
        }
    }

    /// Returns the log-likelihood of histories at these parameters.
    ///
    /// # Errors
    /// [`WorthError::NoCustomers`] and [`WorthError::Impossible`] as in [`Self::fit`].
    pub fn log_likelihood_of(&self, histories: &[History]) -> Result<f64, WorthError> {
        use crate::maximise::Likelihood;
        let cells = Cells::new(histories, self.dropout)?;
        let parameters = [self.r, self.alpha / cells.unit(), self.a, self.b];
        let log_likelihood = if self.dropout == Dropout::Never {
            Steady(&cells).evaluate(&parameters[..2], &mut [0.0; 2])
        } else {
            cells.evaluate(&parameters, &mut [0.0; 4])
        };
        Ok(cells.unscaled(log_likelihood))
    }

    /// Returns the probability that the customer is still one at the end of what is known.
    ///
    /// Fader, Hardie and Lee (2008), "Computing P(alive) using the BG/NBD model", note 1, equation 3.
    pub fn alive_probability(&self, history: &History) -> f64 {
        let (x, chances) = (history.frequency, chances(history, self.dropout));
        if chances <= 0.0 {
            return 1.0;
        }
        // The odds of having left, as a logarithm: they outgrow a float for frequent buyers.
        let silent = ((self.alpha + history.age) / (self.alpha + recency(history))).ln();
        let odds = (self.a / (self.b + chances - 1.0)).ln() + (self.r + x) * silent;
        1.0 / (1.0 + odds.exp())
    }

    /// Returns the orders to expect within `time` after the end of what is known.
    ///
    /// Fader, Hardie and Lee (2005a), equation 10. There, `1 - ((alpha + T) / (alpha + T + t))^(r + x)
    /// 2F1(r + x, b + x; a + b + x - 1; z)` with `z = t / (alpha + T + t)` is divided by `a - 1`, which
    /// fails near `a = 1` and loses digits for frequent buyers. Euler's transformation (Abramowitz and
    /// Stegun 15.3.3) turns the product into `(1 - z)^(a - 1) 2F1(a + b - 1 - r, a - 1; a + b + x - 1; z)`,
    /// in which `a - 1` can be divided out term by term and `x` makes the series faster.
    ///
    /// 0 for no time; None where time is negative or not finite, or so long that the series does not
    /// end: tens of thousands of times `alpha + T`.
    pub fn expected_orders(&self, history: &History, time: f64) -> Option<f64> {
        if !(time >= 0.0 && time.is_finite()) {
            return None;
        }
        let (x, chances) = (history.frequency, chances(history, self.dropout));
        let (known, q) = (self.alpha + history.age, self.a - 1.0);
        if self.dropout == Dropout::Never {
            return Some((self.r + x) / known * time).filter(|v| v.is_finite());
        }
        let z = time / (known + time);
        // Logarithm of 1 - z, exact for short times.
        let left = -(time / known).ln_1p();
        let c = q + self.b + chances;
        let p = c - self.r - x;
        let series = excess(p, q, c, z)?;
        // (1 - (1 - z)^q) / q, and its limit at q = 0.
        let first = if q.abs() < 1e-12 { -left } else { -(q * left).exp_m1() / q };
        let orders = c * (first - (q * left).exp() * series);
        Some(self.alive_probability(history) * orders.max(0.0)).filter(|v| v.is_finite())
    }
}

/// After how many purchases the customer could have left.
fn chances(history: &History, dropout: Dropout) -> f64 {
    match dropout {
        Dropout::AfterRepeat => history.frequency,
        Dropout::AfterAny => history.frequency + 1.0,
        Dropout::Never => 0.0,
    }
}

/// Says whether a search ended where hardly anybody leaves.
fn nobody_leaves(failed: &Failed) -> bool {
    matches!(failed.parameters[..], [_, _, a, b] if a / (a + b) < 1e-2)
}

/// Time to the last purchase: without a repeat purchase the first is the last.
fn recency(history: &History) -> f64 {
    if history.frequency > 0.0 { history.recency } else { 0.0 }
}

/// Where searches begin: `r`, `alpha` in mean ages, `a`, `b`.
pub(crate) fn starts(dropout: Dropout) -> Vec<Vec<f64>> {
    let b = if dropout == Dropout::AfterAny { 2.0 } else { 1.5 };
    vec![
        vec![0.3, 0.15, 0.8, b],
        vec![1.0, 0.3, 0.5, 5.0],
        vec![2.0, 1.0, 1.0, 3.0],
        vec![0.6, 0.6, 0.1, 0.5],
    ]
}
