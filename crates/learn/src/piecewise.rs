//! A broken line, monotone where its makers make it so.

use serde::{Deserialize, Serialize};

/// A function that is linear between knots and goes on beyond them at `slope`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub(super) struct Piecewise {
    /// Knots from left to right: x strictly rising.
    knots: Vec<(f64, f64)>,
    /// Slope left of the first and right of the last knot.
    slope: f64,
}

/// The line as it is stored, which may be damaged.
#[derive(Deserialize)]
struct Stored {
    knots: Vec<(f64, f64)>,
    slope: f64,
}

impl TryFrom<Stored> for Piecewise {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        if stored.knots.is_empty() || !stored.knots.is_sorted_by(|a, b| a.0 < b.0) {
            return Err("the knots of a line must rise from left to right");
        }
        Ok(Self { knots: stored.knots, slope: stored.slope })
    }
}

impl Piecewise {
    /// Makes the line through `knots`, leaving out those that do not lie right of the one before.
    pub(super) fn new(knots: impl IntoIterator<Item = (f64, f64)>, slope: f64) -> Self {
        let mut kept: Vec<(f64, f64)> = Vec::new();
        for knot in knots {
            if kept.last().is_none_or(|last| knot.0 > last.0) {
                kept.push(knot);
            }
        }
        Self { knots: kept, slope }
    }

    /// Returns the knots from left to right.
    pub(super) fn knots(&self) -> &[(f64, f64)] {
        &self.knots
    }

    /// Returns the slope beyond the knots.
    pub(super) fn slope(&self) -> f64 {
        self.slope
    }

    /// Returns the value at `x`; NaN without knots.
    pub(super) fn value(&self, x: f64) -> f64 {
        let (Some(first), Some(last)) = (self.knots.first(), self.knots.last()) else {
            return f64::NAN;
        };
        if x <= first.0 {
            return first.1 + self.slope * (x - first.0);
        }
        if x >= last.0 {
            return last.1 + self.slope * (x - last.0);
        }
        let right = self.knots.partition_point(|k| k.0 <= x);
        let ((x0, y0), (x1, y1)) = (self.knots[right - 1], self.knots[right]);
        y0 + (y1 - y0) * ((x - x0) / (x1 - x0))
    }

    /// Returns the smallest x whose value is at least `y`, for a line that never falls.
    ///
    /// Beyond the knots only a positive `slope` leads on: without one the answer is minus infinity
    /// left of them and plus infinity right of them.
    pub(super) fn reach(&self, y: f64) -> f64 {
        let (Some(first), Some(last)) = (self.knots.first(), self.knots.last()) else {
            return f64::INFINITY;
        };
        if y <= first.1 {
            return if self.slope > 0.0 { first.0 - (first.1 - y) / self.slope } else { f64::NEG_INFINITY };
        }
        if y > last.1 {
            return if self.slope > 0.0 { last.0 + (y - last.1) / self.slope } else { f64::INFINITY };
        }
        let right = self.knots.partition_point(|k| k.1 < y);
        let ((x0, y0), (x1, y1)) = (self.knots[right - 1], self.knots[right]);
        x0 + (x1 - x0) * ((y - y0) / (y1 - y0))
    }

    /// Returns the line with every value raised by `by`.
    pub(super) fn raised(&self, by: f64) -> Self {
        Self { knots: self.knots.iter().map(|&(x, y)| (x, y + by)).collect(), slope: self.slope }
    }

    /// Returns the line with left and right swapped: its value at `x` is this one's at `-x`.
    pub(super) fn mirrored(&self) -> Self {
        Self { knots: self.knots.iter().rev().map(|&(x, y)| (-x, y)).collect(), slope: -self.slope }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn interpolates_and_goes_on() {
        let line = Piecewise::new([(0.0, 1.0), (2.0, 3.0), (2.0, 9.0), (4.0, 3.5)], 0.5);
        assert_eq!(line.knots().len(), 3);
        let at = [-2.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0].map(|x| line.value(x));
        assert_eq!(at, [0.0, 1.0, 2.0, 3.0, 3.25, 3.5, 4.5]);
        assert_eq!(line.mirrored().value(-1.0), 2.0);
        assert_eq!(line.mirrored().value(2.0), 0.0);
        assert!(Piecewise::new([], 0.0).value(1.0).is_nan());
    }

    #[test]
    fn a_flat_end_is_reached_nowhere_or_everywhere() {
        let line = Piecewise::new([(5.0, 1.0), (7.0, 2.0)], 0.0);
        assert_eq!(line.reach(0.5), f64::NEG_INFINITY);
        assert_eq!(line.reach(2.5), f64::INFINITY);
        assert_eq!(line.reach(1.5), 6.0);
        assert_eq!(line.reach(2.0), 7.0);
    }

    #[test]
    fn a_damaged_line_is_refused() {
        let read = |json: &str| serde_json::from_str::<Piecewise>(json).map_err(|e| e.to_string());
        assert!(read(r#"{"knots":[[0.0,1.0],[1.0,2.0]],"slope":0.0}"#).is_ok());
        for knots in ["[]", "[[1.0,1.0],[1.0,2.0]]", "[[1.0,1.0],[0.0,2.0]]"] {
            let fault = read(&format!(r#"{{"knots":{knots},"slope":0.0}}"#)).unwrap_err();
            assert!(fault.starts_with("the knots of a line must rise"), "{fault}");
        }
    }

    proptest! {
        #[test]
        fn reach_inverts_value(steps in prop::collection::vec((0.1f64..5.0, 0.01f64..3.0), 1..8), y in -9.0f64..20.0) {
            let (mut x, mut v) = (-3.0, -3.0);
            let line = Piecewise::new(steps.into_iter().map(|(dx, dv)| { x += dx; v += dv; (x, v) }), 0.7);
            prop_assert!((line.value(line.reach(y)) - y).abs() < 1e-9);
        }
    }
}
