//! Features made fit for a linear model.

use serde::{Deserialize, Serialize};

use super::matrix::Matrix;

/// Rows that must be there, and rows that must be missing, for missingness to be an input of its own.
const ENOUGH: usize = 30;

/// Standard deviations beyond which an input counts as this far: no single value may decide a row.
const FARTHEST: f64 = 8.0;

/// Spread below which a column is constant but for rounding.
const CONSTANT: f64 = 1e-9;

/// One input of the linear model, made of one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Input {
    /// Column of the feature.
    pub(super) feature: usize,
    reading: Reading,
    mean: f64,
    spread: f64,
}

/// What is read off a feature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reading {
    /// `sign(v) ln(1 + |v|)` of the value, or of the training median where it is missing.
    Value {
        /// The median.
        median: f64,
    },
    /// 1 where it is missing, 0 where it is there.
    Missing,
}

impl Input {
    /// Learns the inputs from the training rows, columns that never vary left out.
    pub(super) fn learn(x: &Matrix) -> Vec<Self> {
        (0..x.width()).flat_map(|feature| Self::of_column(feature, x.column(feature))).collect()
    }

    fn of_column(feature: usize, column: &[f64]) -> Vec<Self> {
        let mut there: Vec<f64> = column.iter().copied().filter(|v| !v.is_nan()).collect();
        let missing = column.len() - there.len();
        let Some(median) = median(&mut there) else {
            return Vec::new();
        };
        let mut readings = vec![Reading::Value { median }];
        if there.len() >= ENOUGH && missing >= ENOUGH {
            readings.push(Reading::Missing);
        }
        readings.into_iter().filter_map(|reading| Self::standardised(feature, reading, column)).collect()
    }

    fn standardised(feature: usize, reading: Reading, column: &[f64]) -> Option<Self> {
        let n = column.len() as f64;
        let read = |v: &f64| reading.of(*v);
        let mean = column.iter().map(read).sum::<f64>() / n;
        let variance = column.iter().map(|v| (read(v) - mean) * (read(v) - mean)).sum::<f64>() / n;
        let spread = variance.sqrt();
        (spread > CONSTANT * mean.abs().max(1.0)).then_some(Self { feature, reading, mean, spread })
    }

    /// Returns the standardised input for a feature's value, NaN if missing.
    pub(super) fn of(&self, value: f64) -> f64 {
        ((self.reading.of(value) - self.mean) / self.spread).clamp(-FARTHEST, FARTHEST)
    }

    /// Returns the standardised inputs of all rows.
    pub(super) fn column<'a>(&'a self, x: &'a Matrix) -> impl Iterator<Item = f64> + 'a {
        x.column(self.feature).iter().map(|&v| self.of(v))
    }
}

impl Reading {
    fn of(self, value: f64) -> f64 {
        match self {
            Self::Missing => f64::from(value.is_nan()),
            Self::Value { median } => signed_log1p(if value.is_nan() { median } else { value }),
        }
    }
}

/// Amounts and counts have long tails on both sides: their logarithm is nearer to a straight effect.
fn signed_log1p(value: f64) -> f64 {
    value.abs().ln_1p().copysign(value)
}

/// Returns the middle value, of two the mean; `None` of nothing.
fn median(values: &mut [f64]) -> Option<f64> {
    let n = values.len();
    if n == 0 {
        return None;
    }
    let (below, middle, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    let middle = *middle;
    if n % 2 == 1 {
        return Some(middle);
    }
    below.iter().copied().max_by(f64::total_cmp).map(|lower| lower + (middle - lower) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
    }

    #[test]
    fn inputs_have_mean_0_and_spread_1() {
        let mut column: Vec<f64> = (0..100).map(|i| f64::from(i - 30)).collect();
        column[..40].fill(f64::NAN);
        let x = Matrix::new(100, vec!["f".to_owned()], column).unwrap();
        let inputs = Input::learn(&x);
        assert_eq!(inputs.len(), 2, "value and missingness");
        for input in &inputs {
            let z: Vec<f64> = input.column(&x).collect();
            let mean = z.iter().sum::<f64>() / 100.0;
            let variance = z.iter().map(|z| (z - mean) * (z - mean)).sum::<f64>() / 100.0;
            assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-12);
        }
        assert_eq!(inputs[0].of(f64::NAN), inputs[0].of(39.5), "the median stands in");
        assert_eq!(inputs[0].of(1e300), FARTHEST);
        assert!((inputs[0].of(-1e300) + FARTHEST).abs() < 1e-12);
    }

    #[test]
    fn what_never_varies_is_left_out() {
        let nan = f64::NAN;
        let x = Matrix::new(
            3,
            ["constant", "empty", "one missing", "varies"].map(str::to_owned).to_vec(),
            vec![7.1, 7.1, 7.1, nan, nan, nan, 5.0, nan, 5.0, 1.0, 2.0, nan],
        )
        .unwrap();
        let features: Vec<usize> = Input::learn(&x).iter().map(|i| i.feature).collect();
        assert_eq!(features, [3]);
    }
}
