//! Sums of floats to twice their precision, so that the order of adding is not seen in the result.
//!
//! Rows are added to slots and slots to windows, and how slots are cut depends on which cutoffs and windows are asked
//! for together. A partition must not: its bytes are the same alone and among others. So each sum carries the rest
//! that rounding leaves off ([`two_sum`], Knuth 1969; [`square`], Dekker 1971), and is rounded once, at the end.
//! What is left of the order lies 2^-106 of the largest partial sum below the result, or nothing where bits suffice, as
//! for amounts of money.

/// Below this share of the sum of squares, times their number, a deviation is nothing but rests.
const NOTHING: f64 = 1.0 / (1_u128 << 102) as f64;

/// A number as the unevaluated sum of two.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Double {
    /// Its leading digits.
    pub high: f64,
    /// What rounding left off.
    pub low: f64,
}

impl Double {
    /// With a further value.
    #[inline]
    #[must_use]
    pub fn and(self, value: f64) -> Self {
        let (high, rest) = two_sum(self.high, value);
        Self { high, low: self.low + rest }
    }

    /// The sum of both.
    #[inline]
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let (high, rest) = two_sum(self.high, other.high);
        Self { high, low: self.low + other.low + rest }
    }

    /// The nearest float; infinite and NaN as a plain sum would be.
    #[inline]
    pub fn rounded(self) -> f64 {
        if self.high.is_finite() { self.high + self.low } else { self.high }
    }

    /// The same number, its second part below the first one's last digit; infinite becomes NaN.
    #[inline]
    #[must_use]
    pub fn settled(self) -> Self {
        let (high, low) = two_sum(self.high, self.low);
        Self { high, low }
    }

    fn times(self, factor: f64) -> Self {
        let (high, low) = product(self.high, factor);
        Self { high, low: low + self.low * factor }
    }
}

/// Sum of the squares of the deviations of `count` values from their mean, given the sum of the values and of their
/// squares.
pub fn deviations(count: f64, sum: Double, squares: Double) -> f64 {
    if count == 0.0 {
        return 0.0;
    }
    let (sum, squares) = (sum.settled(), squares.settled());
    let (high, low) = square(sum.high);
    let squared = Double { high, low: low + 2.0 * sum.high * sum.low };
    let all = squares.times(count);
    let apart = all.plus(Double { high: -squared.high, low: -squared.low }).rounded();
    if apart <= NOTHING * count * all.high { 0.0 } else { apart / count }
}

/// The rounded sum of two floats, and what rounding left off.
#[inline]
pub fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// The rounded square of a float, and what rounding left off.
#[inline]
pub fn square(value: f64) -> (f64, f64) {
    let (head, tail) = halves(value);
    let rounded = value * value;
    (rounded, ((head * head - rounded) + 2.0 * head * tail) + tail * tail)
}

/// The rounded product of two floats, and what rounding left off.
#[inline]
fn product(a: f64, b: f64) -> (f64, f64) {
    let ((a_head, a_tail), (b_head, b_tail)) = (halves(a), halves(b));
    let rounded = a * b;
    let rest = ((a_head * b_head - rounded) + a_head * b_tail + a_tail * b_head) + a_tail * b_tail;
    (rounded, rest)
}

/// The leading half of a float's digits, and the others.
#[inline]
fn halves(value: f64) -> (f64, f64) {
    let spread = value * ((1_u32 << 27) + 1) as f64;
    let head = spread - (spread - value);
    (head, value - head)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Double, deviations, square};

    /// Sum, and sum of squares.
    fn moments(values: &[f64]) -> (Double, Double) {
        values.iter().fold(Default::default(), |(sum, squares): (Double, Double), &value| {
            let (high, low) = square(value);
            (sum.and(value), squares.plus(Double { high, low }).settled())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn sums_and_deviations_of_money_have_the_same_bits_in_any_order_and_any_parts(
            cents in prop::collection::vec(-99_999_999_i64..99_999_999, 1..200),
            cuts in prop::collection::vec(0_usize..200, 0..5),
            seed in any::<u64>(),
        ) {
            let values: Vec<f64> = cents.iter().map(|cents| *cents as f64 / 100.0).collect();
            let mut shuffled = values.clone();
            shuffled.sort_by_key(|value| value.to_bits().wrapping_mul(seed | 1));
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(values.len())).collect();
            cuts.extend([0, values.len()]);
            cuts.sort_unstable();
            let mut parts = (Double::default(), Double::default());
            for part in cuts.windows(2) {
                let (sum, squares) = moments(&shuffled[part[0]..part[1]]);
                parts = (parts.0.plus(sum), parts.1.plus(squares).settled());
            }
            let whole = moments(&values);
            prop_assert_eq!(whole.0.rounded().to_bits(), parts.0.rounded().to_bits());
            let exact = cents.iter().map(|c| i128::from(*c)).sum::<i128>() as f64 / 100.0;
            prop_assert!((whole.0.rounded() - exact).abs() <= 1e-7);

            let count = values.len() as f64;
            let found = deviations(count, whole.0, whole.1);
            prop_assert_eq!(found.to_bits(), deviations(count, parts.0, parts.1).to_bits());
            let (n, sum) = (cents.len() as i128, cents.iter().map(|c| i128::from(*c)).sum::<i128>());
            let squares = cents.iter().map(|c| i128::from(*c).pow(2)).sum::<i128>();
            let exact = (n * squares - sum * sum) as f64 / count / 1e4;
            prop_assert!((found - exact).abs() <= 1e-12 * exact.abs().max(1e-3), "{} {}", found, exact);
        }

        #[test]
        fn equal_values_do_not_deviate(value in -1e12_f64..1e12, count in 1_usize..300) {
            let (sum, squares) = moments(&vec![value; count]);
            prop_assert_eq!(deviations(count as f64, sum, squares), 0.0);
        }
    }

    #[test]
    fn small_deviations_from_a_large_mean_are_seen() {
        let values: Vec<f64> = [1.0, 2.0, 3.0].map(|v| 1e9 + v).to_vec();
        let (sum, squares) = moments(&values);
        assert_eq!(deviations(3.0, sum, squares), 2.0);
    }

    #[test]
    fn what_is_infinite_or_no_number_stays_so() {
        let sum = |values: &[f64]| moments(values).0.rounded();
        assert_eq!(sum(&[1.0, f64::INFINITY, 2.0]), f64::INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        let (total, squares) = moments(&[1.0, f64::NAN]);
        assert!(total.rounded().is_nan() && deviations(2.0, total, squares).is_nan());
    }
}
