//! How large the shop must be for the lines asked for, found by simulating a small part of it.

use crate::error::Result;
use crate::options::{DEFAULT_CUSTOMERS, MOST_CUSTOMERS, Options, PROSPECTS_PER_CUSTOMER};
use crate::rows::LineCount;
use crate::shop::{Cast, Shop};

/// Customers of the part that is tried.
const TRIED: u32 = 4_000;

/// Trials after which the activity found so far must do.
const TRIALS: usize = 5;

/// Size of a shop.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// People who buy from the day they are known.
    pub customers: u32,
    /// People who sign up first.
    pub prospects: u32,
    /// How many times as often as in the model customers order.
    pub activity: f64,
}

/// Settles the size that the options wish for.
///
/// # Errors
/// [`crate::Error::Options`] as from [`Shop::open`].
pub fn settle(options: &Options) -> Result<Scale> {
    let with = |customers: u32, activity| {
        let share = (f64::from(customers) * PROSPECTS_PER_CUSTOMER).round() as u32;
        Scale { customers, prospects: options.prospects.unwrap_or(share), activity }
    };
    let Some(target) = options.target_lines else {
        return Ok(with(options.customers.unwrap_or(DEFAULT_CUSTOMERS), 1.0));
    };
    let target = target as f64;
    if let Some(customers) = options.customers {
        let mut scale = with(customers, 1.0);
        for _ in 0..TRIALS {
            scale.activity *= target / lines(options, scale)?.max(1.0);
        }
        return Ok(scale);
    }
    // Prospects, when their number is given, stay as many whatever the number of customers.
    let (fixed, tried) = match options.prospects {
        Some(prospects) => {
            let fixed = lines(options, Scale { customers: 0, prospects, activity: 1.0 })?;
            (fixed, Scale { prospects: 0, ..with(TRIED, 1.0) })
        }
        None => (0.0, with(TRIED, 1.0)),
    };
    let per_customer = (lines(options, tried)? / f64::from(TRIED)).max(1e-3);
    let customers = ((target - fixed) / per_customer).round().clamp(1.0, f64::from(MOST_CUSTOMERS));
    Ok(with(customers as u32, 1.0))
}

/// Lines of a shop of this size, estimated from its first customers of each kind.
fn lines(options: &Options, scale: Scale) -> Result<f64> {
    let shop = Shop::open(options, scale.activity)?;
    let mut estimate = 0.0;
    for (customers, prospects) in [(scale.customers, 0), (0, scale.prospects)] {
        let all = customers.max(prospects);
        if all > 0 {
            let mut count = LineCount::default();
            Cast::assemble(&shop, customers.min(TRIED), prospects.min(TRIED)).run(
                &shop,
                &mut count,
                |_, _| Ok(()),
            )?;
            estimate += count.lines as f64 * f64::from(all) / f64::from(all.min(TRIED));
        }
    }
    Ok(estimate)
}
