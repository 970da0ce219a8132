//! Where all chance comes from: ChaCha8 streams, sought to customer, day and use.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Gamma, Poisson, StandardNormal};

/// Words of one stream set apart for one use on one day, as a power of two; far more than a day takes.
const WORDS_PER_USE: u32 = 13;

/// The random streams of one shop.
#[derive(Debug, Clone)]
pub struct Streams {
    key: [u8; 32],
}

/// Streams that belong to the shop rather than to a customer, counted down from the last.
#[derive(Debug, Clone, Copy)]
pub enum Common {
    /// The products and their prices.
    Catalogue = 0,
    /// Which rows are made bad, and how.
    Dirt = 1,
}

impl Streams {
    /// Derives the streams of a seed.
    pub fn new(seed: u64) -> Self {
        Self { key: ChaCha8Rng::seed_from_u64(seed).get_seed() }
    }

    /// Chance that makes a customer who they are.
    pub fn profile(&self, stream: u64) -> ChaCha8Rng {
        self.at(stream, 0)
    }

    /// Chance that decides what a customer does on a day, counted from 1970.
    ///
    /// `path` 0 is what happens; the others are futures that might have.
    pub fn behaviour(&self, stream: u64, path: u32, day: u32) -> ChaCha8Rng {
        self.at(stream, ((u128::from(path) << 17) | u128::from(day)) << 1)
    }

    /// Chance that fills in the rows of what a customer does on a day: times, products, prices.
    pub fn rows(&self, stream: u64, day: u32) -> ChaCha8Rng {
        self.at(stream, (u128::from(day) << 1) | 1)
    }

    /// Chance that belongs to the shop.
    pub fn common(&self, what: Common) -> ChaCha8Rng {
        self.at(u64::MAX - what as u64, 0)
    }

    fn at(&self, stream: u64, part: u128) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::from_seed(self.key);
        rng.set_stream(stream);
        rng.set_word_pos(part << WORDS_PER_USE);
        rng
    }
}

/// Draws true with probability `p`; values outside `[0, 1]` count as the nearer end.
pub fn chance(rng: &mut impl Rng, p: f64) -> bool {
    rng.random::<f64>() < p
}

/// Draws from the normal distribution.
pub fn normal(rng: &mut impl Rng, mean: f64, deviation: f64) -> f64 {
    mean + deviation * rng.sample::<f64, _>(StandardNormal)
}

/// Draws from the gamma distribution of this shape and mean; 0 where the mean is not positive.
pub fn gamma(rng: &mut impl Rng, shape: f64, mean: f64) -> f64 {
    Gamma::new(shape, mean / shape).map_or(0.0, |d| d.sample(rng))
}

/// Draws from the beta distribution; `a / (a + b)`, its mean, where a parameter is not positive.
pub fn beta(rng: &mut impl Rng, a: f64, b: f64) -> f64 {
    Beta::new(a, b).map_or(a / (a + b), |d| d.sample(rng))
}

/// Draws a count from the Poisson distribution; 0 where the mean is not positive.
pub fn poisson(rng: &mut impl Rng, mean: f64) -> u32 {
    Poisson::new(mean).map_or(0, |d| d.sample(rng) as u32)
}

/// Draws how many trials it takes until the first success of probability `p`, at least 1.
///
/// By inversion: `1 + floor(ln U / ln(1 - p))`. `u32::MAX` where `p` is not positive.
pub fn trials(rng: &mut impl Rng, p: f64) -> u32 {
    if p <= 0.0 {
        return u32::MAX;
    }
    if p >= 1.0 {
        return 1;
    }
    // 1 - U lies in (0, 1], so its logarithm is finite; the cast saturates.
    ((1.0 - rng.random::<f64>()).ln() / (-p).ln_1p()) as u32 + 1
}

/// Draws an index with probability proportional to its weight; the last index if weights are all 0.
pub fn pick<const N: usize>(rng: &mut impl Rng, weights: &[f64; N]) -> usize {
    let mut left = rng.random::<f64>() * weights.iter().sum::<f64>();
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return index;
        }
    }
    N - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_of_one_stream_do_not_overlap() {
        let streams = Streams::new(7);
        let mut firsts: Vec<u64> = Vec::new();
        for stream in 0..3 {
            firsts.push(streams.profile(stream).random());
            for day in 1..20 {
                firsts.push(streams.rows(stream, day).random());
                firsts.extend((0..3).map(|path| streams.behaviour(stream, path, day).random::<u64>()));
            }
        }
        let all = firsts.len();
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), all);
    }

    #[test]
    fn trials_have_the_mean_of_the_geometric_distribution() {
        let mut rng = Streams::new(1).profile(0);
        let n = 200_000;
        let sum: f64 = (0..n).map(|_| f64::from(trials(&mut rng, 0.05))).sum();
        assert!((sum / f64::from(n) - 20.0).abs() < 0.2);
        assert_eq!(trials(&mut rng, 0.0), u32::MAX);
        assert_eq!(trials(&mut rng, 1.0), 1);
    }
}
