//! What an order holds: lines, quantities, prices and discounts.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::catalogue::{Catalogue, Product};
use crate::profile::Profile;
use crate::random::{chance, pick, poisson};

/// Quantities of a line and their weights.
const QUANTITIES: ([i32; 4], [f64; 4]) = ([1, 2, 3, 6], [0.78, 0.15, 0.05, 0.02]);
/// Discounts in per cent and their weights.
const DISCOUNTS: ([u32; 4], [f64; 4]) = ([10, 20, 30, 50], [0.4, 0.3, 0.2, 0.1]);

/// A line of an order.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// What is bought.
    pub product: Product,
    /// How many.
    pub quantity: i32,
    /// What one costs, in cents, after the discount.
    pub unit_cents: u32,
}

/// Draws the lines of an order into `lines`; each product stands in one line.
pub fn fill(lines: &mut Vec<Line>, who: &Profile, catalogue: &Catalogue, rng: &mut ChaCha8Rng) {
    lines.clear();
    for _ in 0..=poisson(rng, who.more_lines) {
        let category = who.category(rng);
        let mut product = catalogue.product(category, rng);
        if chance(rng, who.premium) {
            let other = catalogue.product(category, rng);
            if other.list_cents > product.list_cents {
                product = other;
            }
        }
        let quantity = QUANTITIES.0[pick(rng, &QUANTITIES.1)];
        let percent = if chance(rng, who.discounted) { DISCOUNTS.0[pick(rng, &DISCOUNTS.1)] } else { 0 };
        let unit_cents = (product.list_cents * (100 - percent) + 50) / 100;
        // Two lines alike would look like one row told twice.
        match lines.iter_mut().find(|line| line.product == product) {
            Some(line) => line.quantity += quantity,
            None => lines.push(Line { product, quantity, unit_cents }),
        }
    }
}

/// Draws how many of a line are sent back: mostly all.
pub fn sent_back(line: &Line, rng: &mut ChaCha8Rng) -> i32 {
    if chance(rng, 0.8) { line.quantity } else { rng.random_range(1..=line.quantity) }
}

/// Mean value in euros of the customer's orders, before returns and but for rounding to cents.
pub fn mean_value(who: &Profile, catalogue: &Catalogue) -> f64 {
    let shares = who.category_shares();
    let price: f64 = (0..shares.len()).map(|c| shares[c] * catalogue.mean_price(c, who.premium)).sum();
    let mean = |values: [f64; 4], weights: [f64; 4]| (0..4).map(|i| values[i] * weights[i]).sum::<f64>();
    let quantity = mean(QUANTITIES.0.map(f64::from), QUANTITIES.1);
    let discount = who.discounted * mean(DISCOUNTS.0.map(f64::from), DISCOUNTS.1) / 100.0;
    (1.0 + who.more_lines) * quantity * price * (1.0 - discount) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Calendar;
    use crate::profile::Kind;
    use crate::random::{Common, Streams};
    use chrono::NaiveDate;

    #[test]
    fn the_mean_value_is_that_of_many_orders() {
        let streams = Streams::new(11);
        let date = |y| NaiveDate::from_ymd_opt(y, 1, 1).unwrap();
        let calendar = Calendar::new(date(2023), date(2024)).unwrap();
        let catalogue = Catalogue::draw(&mut streams.common(Common::Catalogue));
        for number in 0..5 {
            let who = Profile::draw(&streams, &calendar, 1.0, Kind::Buyer, number);
            let rng = &mut streams.rows(who.stream, 1);
            let (mut lines, mut cents, orders) = (Vec::new(), 0.0, 100_000);
            for _ in 0..orders {
                fill(&mut lines, &who, &catalogue, rng);
                cents += lines.iter().map(|l| f64::from(l.quantity) * f64::from(l.unit_cents)).sum::<f64>();
            }
            let mean = cents / 100.0 / f64::from(orders);
            assert!((mean / mean_value(&who, &catalogue) - 1.0).abs() < 0.02, "customer {number}");
        }
    }
}
