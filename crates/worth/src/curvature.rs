//! The curvature of a loss where a search ended: whether that is the bottom, and how far off if not.

/// Width of the differences by which second derivatives are taken, on the scale of logarithms.
const WIDTH: f64 = 1e-4;

/// What the first and second derivatives say about a point.
pub(crate) struct Curvature {
    /// The step to the bottom of the parabola that touches the loss; none where it opens downwards.
    pub newton: Option<Vec<f64>>,
    /// By how much that step would lower the loss.
    pub decrement: f64,
    /// The second derivatives' lower factor; none where the loss opens downwards.
    lower: Option<Vec<Vec<f64>>>,
}

impl Curvature {
    /// Returns the step to the bottom of a parabola so curved whose first derivatives are `slope`.
    pub fn step(&self, slope: &[f64]) -> Option<Vec<f64>> {
        self.lower.as_ref().map(|lower| solve(lower, slope))
    }

    /// Says why the point is no maximum of the likelihood of `n` customers, to within so many `nats`.
    pub fn fault(&self, n: f64, nats: f64) -> Option<String> {
        let left = self.decrement * n;
        if self.newton.is_none() {
            return Some("the likelihood is not curved downwards where the search ended".to_owned());
        }
        (left.is_nan() || left > nats)
            .then(|| format!("{left:.2e} nats are left to gain where the search ended"))
    }
}

/// Takes the curvature at `x` by central differences of the gradient.
pub(crate) fn curvature(x: &[f64], gradient: impl Fn(&[f64]) -> Vec<f64>) -> Curvature {
    let n = x.len();
    let mut hessian = vec![vec![0.0; n]; n];
    for (axis, row) in hessian.iter_mut().enumerate() {
        let at = |shift: f64| {
            let mut moved = x.to_vec();
            moved[axis] += shift;
            gradient(&moved)
        };
        let (right, left) = (at(WIDTH), at(-WIDTH));
        *row = right.iter().zip(&left).map(|(r, l)| (r - l) / (2.0 * WIDTH)).collect();
    }
    let slope = gradient(x);
    let lower = cholesky(&hessian);
    let newton = lower.as_ref().map(|lower| solve(lower, &slope));
    let decrement = newton
        .as_ref()
        .map_or(f64::INFINITY, |step| -0.5 * step.iter().zip(&slope).map(|(s, g)| s * g).sum::<f64>());
    Curvature { newton, decrement, lower }
}

/// Factors the symmetric part of a matrix; none if it is not positive definite.
fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let mut lower = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let rest = 0.5 * (matrix[i][j] + matrix[j][i]) - known;
            if i == j {
                // Differences carry noise: a diagonal that small says nothing.
                if rest.is_nan() || rest <= 1e-11 {
                    return None;
                }
                lower[i][i] = rest.sqrt();
            } else {
                lower[i][j] = rest / lower[j][j];
            }
        }
    }
    Some(lower)
}

/// Solves `L L' x = -slope`.
fn solve(lower: &[Vec<f64>], slope: &[f64]) -> Vec<f64> {
    let n = slope.len();
    let mut x: Vec<f64> = slope.iter().map(|g| -g).collect();
    for i in 0..n {
        let known: f64 = (0..i).map(|k| lower[i][k] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i][i];
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| lower[k][i] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i][i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_leads_to_the_bottom_of_a_parabola() {
        let gradient = |x: &[f64]| vec![4.0 * (x[0] - 1.0) + (x[1] + 2.0), (x[0] - 1.0) + 2.0 * (x[1] + 2.0)];
        let here = [3.0, 1.0];
        let found = curvature(&here, gradient);
        let step = found.newton.clone().unwrap();
        assert!((here[0] + step[0] - 1.0).abs() < 1e-8 && (here[1] + step[1] + 2.0).abs() < 1e-8);
        // Half of (2, 3) H (2, 3)'.
        assert!((found.decrement - 0.5 * (16.0 + 12.0 + 18.0)).abs() < 1e-6);
        assert!(found.fault(1.0, 1e-6).unwrap().contains("left to gain"));
        assert_eq!(curvature(&[1.0, -2.0], gradient).fault(1e6, 1e-6), None);
    }

    #[test]
    fn a_saddle_and_a_ridge_are_no_bottom() {
        let saddle = curvature(&[0.0, 0.0], |x| vec![x[0], -x[1]]);
        let ridge = curvature(&[0.0, 0.0], |x| vec![x[0] + x[1], x[0] + x[1]]);
        for found in [saddle, ridge] {
            assert!(found.fault(1.0, 1e-6).unwrap().contains("not curved downwards"));
        }
    }
}
