//! The models against published fits, against other implementations and against known truth.

mod cdnow;
mod edges;
mod properties;
mod recovery;
mod reference;
mod sample;

use crate::maximise::Likelihood;

/// Holds the derivatives of a likelihood against its differences.
pub(crate) fn slopes_hold<L: Likelihood>(likelihood: &L, at: &[f64]) {
    let mut found = vec![0.0; at.len()];
    likelihood.evaluate(at, &mut found);
    for (axis, found) in found.iter().enumerate() {
        let shifted = |share: f64| {
            let mut parameters = at.to_vec();
            parameters[axis] *= 1.0 + share;
            likelihood.evaluate(&parameters, &mut vec![0.0; at.len()])
        };
        let wanted = (shifted(1e-5) - shifted(-1e-5)) / (2e-5 * at[axis]);
        assert!((found - wanted).abs() < 1e-5 * (1.0 + wanted.abs()), "axis {axis}: {found} for {wanted}");
    }
}
