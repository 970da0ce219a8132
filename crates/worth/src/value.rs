//! What a customer will bring over a horizon.

use crate::bg_nbd::{BgNbd, History};

/// How far ahead to look, and what later money is worth today.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Horizon {
    /// Length, in the unit of the histories.
    pub length: f64,
    /// Parts of it, each discounted from its middle; 12 for a year by the month.
    pub steps: u32,
    /// Interest for one unit of time: money at time `t` counts `(1 + discount)^-t`; 0 for none.
    pub discount: f64,
}

/// Orders to expect within a horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// All of them, see [`BgNbd::expected_orders`].
    pub orders: f64,
    /// The same, later ones discounted: times what an order brings this is the expected value.
    pub discounted: f64,
}

/// Returns the orders to expect within the horizon.
///
/// The residual lifetime value of Fader, Hardie and Lee (2005b, "RFM and CLV: using iso-value curves for
/// customer base analysis", Journal of Marketing Research 42) over a finite horizon, in steps, for orders that bring 1
/// each: the models take what an order brings to be independent of how many there are. None where they have no value.
pub fn expected(orders: &BgNbd, history: &History, horizon: &Horizon) -> Option<Expected> {
    let steps = horizon.steps.max(1);
    let width = horizon.length / f64::from(steps);
    let (mut before, mut discounted) = (0.0, 0.0);
    for step in 1..=steps {
        let time = if step == steps { horizon.length } else { width * f64::from(step) };
        let until = orders.expected_orders(history, time)?;
        discounted += (until - before) * (1.0 + horizon.discount).powf(-width * (f64::from(step) - 0.5));
        before = until;
    }
    Some(Expected { orders: before, discounted }).filter(|found| found.discounted.is_finite())
}
