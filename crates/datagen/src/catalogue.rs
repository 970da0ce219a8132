//! What the shop sells: categories, products, list prices and how popular each product is.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::random::normal;

/// Number of categories.
pub const CATEGORIES: usize = 10;

/// Products of a category.
const PRODUCTS: usize = 120;

/// Name, share of all lines, median list price in euros.
const SHELVES: [(&str, f64, f64); CATEGORIES] = [
    ("home", 0.16, 22.0),
    ("fashion", 0.15, 32.0),
    ("garden", 0.12, 18.0),
    ("kitchen", 0.12, 24.0),
    ("books", 0.11, 12.0),
    ("toys", 0.09, 16.0),
    ("beauty", 0.08, 11.0),
    ("sports", 0.07, 35.0),
    ("pets", 0.06, 14.0),
    ("electronics", 0.04, 60.0),
];

/// Deviation of the logarithm of list prices within a category.
const PRICE_DEVIATION: f64 = 0.5;

/// A product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    /// Index of its category.
    pub category: u8,
    /// Place by popularity within the category, from 0.
    pub rank: u8,
    /// List price in cents.
    pub list_cents: u32,
}

/// All products.
#[derive(Debug)]
pub struct Catalogue {
    products: Vec<Product>,
    /// Share of a category's lines that go to its product of this rank or a better one.
    popularity: [f64; PRODUCTS],
    /// Mean list price in cents of one product by category, and of the dearer of two.
    means: [(f64, f64); CATEGORIES],
}

impl Catalogue {
    /// Draws list prices; popularity falls with the rank as in Zipf's law with exponent 1.
    pub fn draw(rng: &mut ChaCha8Rng) -> Self {
        let mut products = Vec::with_capacity(CATEGORIES * PRODUCTS);
        for (category, (_, _, median)) in SHELVES.iter().enumerate() {
            for rank in 0..PRODUCTS {
                let euros = median * normal(rng, 0.0, PRICE_DEVIATION).exp();
                // Shops like prices that end in 49 or 99 cents.
                let list_cents = ((euros * 2.0).round().max(1.0) * 50.0) as u32 - 1;
                products.push(Product { category: category as u8, rank: rank as u8, list_cents });
            }
        }
        let all: f64 = (1..=PRODUCTS).map(|rank| 1.0 / rank as f64).sum();
        let mut popularity = [0.0; PRODUCTS];
        let mut so_far = 0.0;
        for (rank, share) in popularity.iter_mut().enumerate() {
            so_far += 1.0 / (rank + 1) as f64 / all;
            *share = so_far;
        }
        let mut means = [(0.0, 0.0); CATEGORIES];
        for (category, mean) in means.iter_mut().enumerate() {
            *mean = mean_prices(&products[category * PRODUCTS..][..PRODUCTS], all);
        }
        Self { products, popularity, means }
    }

    /// Draws a product of a category by popularity.
    pub fn product(&self, category: usize, rng: &mut impl Rng) -> Product {
        let u = rng.random::<f64>();
        let rank = self.popularity.partition_point(|share| *share < u).min(PRODUCTS - 1);
        self.products[category * PRODUCTS + rank]
    }

    /// Mean list price in cents of a category's lines, for a customer who takes the dearer of two
    /// products in this share of the cases.
    pub fn mean_price(&self, category: usize, premium: f64) -> f64 {
        let (one, dearer) = self.means[category];
        (1.0 - premium) * one + premium * dearer
    }
}

/// Name of a category.
pub fn category_name(category: u8) -> &'static str {
    SHELVES[usize::from(category) % CATEGORIES].0
}

/// Share of all lines that go to each category.
pub fn category_shares() -> [f64; CATEGORIES] {
    SHELVES.map(|(_, share, _)| share)
}

fn mean_prices(products: &[Product], all: f64) -> (f64, f64) {
    let share = |product: &Product| 1.0 / (f64::from(product.rank) + 1.0) / all;
    let price = |product: &Product| f64::from(product.list_cents);
    let one = products.iter().map(|p| share(p) * price(p)).sum();
    let dearer = products
        .iter()
        .flat_map(|p| products.iter().map(move |q| share(p) * share(q) * price(p).max(price(q))))
        .sum();
    (one, dearer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Common, Streams};

    #[test]
    fn mean_prices_are_those_of_many_draws() {
        let streams = Streams::new(3);
        let catalogue = Catalogue::draw(&mut streams.common(Common::Catalogue));
        let mut rng = streams.profile(0);
        let n = 200_000;
        let (mut one, mut dearer) = (0.0, 0.0);
        for _ in 0..n {
            let (p, q) = (catalogue.product(3, &mut rng), catalogue.product(3, &mut rng));
            one += f64::from(p.list_cents);
            dearer += f64::from(p.list_cents.max(q.list_cents));
        }
        assert!((one / f64::from(n) / catalogue.mean_price(3, 0.0) - 1.0).abs() < 0.01);
        assert!((dearer / f64::from(n) / catalogue.mean_price(3, 1.0) - 1.0).abs() < 0.01);
    }
}
