//! How far a proportion may be off.

/// The 97.5 % point of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Returns the Wilson score interval (95 %) of the proportion `hits / n`, or `None` without trials.
///
/// Wilson, "Probable inference, the law of succession, and statistical inference", 1927. Unlike the
/// normal interval it stays within `[0, 1]` and holds its level for small `n` and rare hits.
pub fn wilson(hits: usize, n: usize) -> Option<(f64, f64)> {
    if n == 0 || hits > n {
        return None;
    }
    Some(wilson_share(hits as f64 / n as f64, n as f64))
}

/// Returns the Wilson score interval (95 %) of a share seen in `n` trials, `n` being above 0 and not
/// necessarily whole: rows that are not independent count as fewer.
pub(super) fn wilson_share(share: f64, n: f64) -> (f64, f64) {
    let denominator = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / denominator;
    let half = Z / denominator * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    // At the edges the formula gives 0 and 1 but for rounding.
    let low = if share == 0.0 { 0.0 } else { centre - half };
    let high = if share == 1.0 { 1.0 } else { centre + half };
    (low, high)
}

/// Returns the interval (95 %) of a share whose variance is known: that of Wilson for as many trials as would
/// have this variance.
///
/// The usual share plus or minus two standard deviations leaves `[0, 1]` near its ends. Where nothing was
/// wrong in seven the variance is 0 and tells nothing: the share is then judged as one of `otherwise` trials.
pub(super) fn of_variance(share: f64, variance: f64, otherwise: f64) -> (f64, f64) {
    let trials = share * (1.0 - share) / variance;
    wilson_share(share, if trials.is_finite() && trials > 0.0 { trials } else { otherwise.max(1e-3) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close((a, b): (f64, f64), (c, d): (f64, f64)) {
        assert!((a - c).abs() < 1e-12 && (b - d).abs() < 1e-12, "{a} {b}");
    }

    #[test]
    fn agrees_with_scipy() {
        // scipy.stats.binomtest(hits, n).proportion_ci(method="wilson")
        close(wilson(0, 5).unwrap(), (0.0, 0.43448246478317476));
        close(wilson(5, 5).unwrap(), (0.5655175352168251, 1.0));
        close(wilson(1, 1).unwrap(), (0.20654931437723745, 1.0));
        close(wilson(3, 10).unwrap(), (0.10779126740630102, 0.6032218525388546));
        close(wilson(17, 1000).unwrap(), (0.01064068985681633, 0.027055958840229925));
        close(wilson(350, 700).unwrap(), (0.463061379448263, 0.536938620551737));
    }

    #[test]
    fn is_undefined_without_trials() {
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(3, 2), None);
    }
}
