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

/// Returns the expected value of all orders within the horizon, at `order_value` each, discounted.
///
/// The residual lifetime value of Fader, Hardie and Lee (2005b, "RFM and CLV: using iso-value curves for
/// customer base analysis", Journal of Marketing Research 42) over a finite horizon, in steps: expected
/// orders of each step times the expected value of an order, which the models take to be independent.
/// None where the expected orders have no value.
pub fn expected_value(orders: &BgNbd, history: &History, order_value: f64, horizon: &Horizon) -> Option<f64> {
    let steps = horizon.steps.max(1);
    let width = horizon.length / f64::from(steps);
    let (mut before, mut discounted) = (0.0, 0.0);
    for step in 0..steps {
        let until = orders.expected_orders(history, width * f64::from(step + 1))?;
        discounted += (until - before) * (1.0 + horizon.discount).powf(-width * (f64::from(step) + 0.5));
        before = until;
    }
    Some(order_value * discounted).filter(|v| v.is_finite())
}
