//! Gauss's hypergeometric function, as far as expected orders need it.

/// Terms after which a series is given up; reached only where `z` is within some 1e-5 of 1.
const MOST_TERMS: usize = 2_000_000;
/// Share of the sum that the terms left out may have.
const TOLERANCE: f64 = 1e-15;

/// Returns `(2F1(p, q; c; z) - 1) / q`, which is defined at `q = 0` too.
///
/// The series is that of Abramowitz and Stegun (1964), 15.1.1, with `(q)_n = q (q + 1)_{n-1}` divided
/// by `q`. From the first term on whose successors all shrink at least by the factor `rho`, the rest is
/// at most that term times `rho / (1 - rho)`: the sum ends when this bound is below 1e-15 of it.
///
/// Wants `0 <= z < 1`, `c > 0` and `q > -1`; `p` may be anything. None when the bound is not met
/// within two million terms.
pub(crate) fn excess(p: f64, q: f64, c: f64, z: f64) -> Option<f64> {
    let valid = (0.0..1.0).contains(&z) && c > 0.0 && q > -1.0 && p.is_finite() && c.is_finite();
    if !valid {
        return None;
    }
    let mut term = p / c * z;
    let mut sum = term;
    for n in 1..MOST_TERMS {
        let n = n as f64;
        // Term n+1 over term n. Both factors tend to 1 without turning once n is beyond -p, so the
        // larger of this ratio and its limit z bounds all that follow.
        let ratio = (p + n) / (c + n) * ((q + n) / (1.0 + n)) * z;
        let rho = largest_ratio(p, q, c, n) * z;
        if p + n >= 0.0 && rho < 1.0 && term.abs() * rho <= TOLERANCE * (1.0 - rho) * sum.abs() {
            return Some(sum);
        }
        term *= ratio;
        sum += term;
        if term == 0.0 {
            return Some(sum);
        }
    }
    None
}

/// Returns a bound of `(p + m) (q + m) / ((c + m) (1 + m))` for every `m >= n`, where `p + n >= 0`.
fn largest_ratio(p: f64, q: f64, c: f64, n: f64) -> f64 {
    // Each fraction moves monotonically to 1: it is at most the larger of its value here and 1.
    ((p + n) / (c + n)).max(1.0) * ((q + n) / (1.0 + n)).max(1.0)
}
