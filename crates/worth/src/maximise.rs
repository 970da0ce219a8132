//! The maximum of a likelihood: Nelder-Mead from several starts, L-BFGS to the top, then a judgement.
//!
//! Starts are tried on a sample. Of a large shop L-BFGS searches a part, and some steps over all data lead from the
//! part's top to the true one: by the curvature of the part, which hardly differs.

use std::cell::RefCell;

use argmin::core::{CostFunction, Error, Executor, Gradient, IterState, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::neldermead::NelderMead;
use argmin::solver::quasinewton::LBFGS;

use crate::curvature::curvature;
use crate::error::WorthError;

/// Logarithm of a parameter, in units of the scaled data, from which on it is at the edge.
const EDGE: f64 = 11.0;
/// The same, where the likelihood is flat: the search has stopped on its way to the edge.
const NEAR_EDGE: f64 = 5.0;
/// Logarithm of a parameter beyond which a wall rises, so that a search cannot run to infinity.
const WALL: f64 = 14.0;
/// Different histories, or customers, on which starts are tried.
pub(crate) const SAMPLE: usize = 4_000;
/// The same, of the part of a large shop that is searched before all of it.
pub(crate) const PART: usize = 50_000;
/// Steps that the two searches may take.
const NELDER_MEAD_STEPS: u64 = 600;
const LBFGS_STEPS: u64 = 300;
/// Slopes at which L-BFGS stops: at the top of all data, and near that of a part, from which other steps lead on. Nearer
/// the top its line search would weigh what rounding left.
const LEVEL: f64 = 1e-10;
const NEARLY_LEVEL: f64 = 1e-7;
/// Times that L-BFGS begins anew from where it stopped, its memory cleared.
const RESTARTS: usize = 4;
/// Nats of log-likelihood, over all customers, that may be left below the top.
const NATS_LEFT: f64 = 1e-6;
/// Nats so near the top that Newton's steps need no search before them.
const NATS_NEAR: f64 = 1.0;
/// Steps by a part's curvature.
const STEPS: usize = 12;

/// A log-likelihood of positive parameters.
pub(crate) trait Likelihood {
    /// Name of the model, for errors.
    const MODEL: &'static str;
    /// Names of the parameters.
    const PARAMETERS: &'static [&'static str];

    /// Number of customers.
    fn customers(&self) -> f64;

    /// Returns the log-likelihood at the parameters, and adds its derivatives to `gradient`.
    fn evaluate(&self, parameters: &[f64], gradient: &mut [f64]) -> f64;
}

/// Where a likelihood is largest.
pub(crate) struct Maximum {
    /// The parameters.
    pub parameters: Vec<f64>,
    /// The log-likelihood there.
    pub log_likelihood: f64,
}

/// Why there is no maximum, and where the search ended.
pub(crate) struct Failed {
    pub error: WorthError,
    /// The parameters there; none if it never began.
    pub parameters: Vec<f64>,
}

impl From<WorthError> for Failed {
    fn from(error: WorthError) -> Self {
        Self { error, parameters: Vec::new() }
    }
}

/// The mean negative log-likelihood a customer, by the logarithms of the parameters.
struct Loss<'a, L> {
    likelihood: &'a L,
    /// The last point with its loss and slopes: searches ask for both, one after the other.
    last: RefCell<(Vec<f64>, f64, Vec<f64>)>,
}

impl<'a, L: Likelihood> Loss<'a, L> {
    fn new(likelihood: &'a L) -> Self {
        Self { likelihood, last: RefCell::default() }
    }

    fn evaluate(&self, logs: &[f64]) -> (f64, Vec<f64>) {
        let mut last = self.last.borrow_mut();
        if last.0 != logs {
            let (loss, slopes) = self.compute(logs);
            *last = (logs.to_vec(), loss, slopes);
        }
        (last.1, last.2.clone())
    }

    fn compute(&self, logs: &[f64]) -> (f64, Vec<f64>) {
        let parameters: Vec<f64> = logs.iter().map(|v| v.clamp(-2.0 * WALL, 2.0 * WALL).exp()).collect();
        let mut gradient = vec![0.0; logs.len()];
        let n = self.likelihood.customers();
        let mut loss = -self.likelihood.evaluate(&parameters, &mut gradient) / n;
        for ((slope, parameter), log) in gradient.iter_mut().zip(&parameters).zip(logs) {
            let beyond = (log.abs() - WALL).max(0.0) * log.signum();
            loss += beyond * beyond;
            *slope = 2.0 * beyond - *slope * parameter / n;
        }
        (loss, gradient)
    }
}

impl<L: Likelihood> CostFunction for &Loss<'_, L> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, logs: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.evaluate(logs).0)
    }
}

impl<L: Likelihood> Gradient for &Loss<'_, L> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, logs: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.evaluate(logs).1)
    }
}

/// Finds the parameters that make the data likeliest.
///
/// `sample` is a part of the data, or all of it, on which the starts are tried; `part` is a larger one, or all, that is
/// searched before all are. Every step is a function of the arguments alone.
///
/// # Errors
/// [`WorthError::Degenerate`] when a parameter runs to its edge, [`WorthError::NotConverged`] when
/// the end of the search is no maximum.
pub(crate) fn maximise<L: Likelihood>(
    all: &L,
    part: &L,
    sample: &L,
    starts: &[Vec<f64>],
) -> Result<Maximum, Failed> {
    let not_converged = |reason: String| WorthError::NotConverged { model: L::MODEL, reason };
    let mut best: Option<(f64, Vec<f64>)> = None;
    for start in starts {
        let logs: Vec<f64> = start.iter().map(|v| v.ln()).collect();
        let (loss, found) =
            nelder_mead(&Loss::new(sample), logs).map_err(|e| not_converged(e.to_string()))?;
        if loss.is_finite() && best.as_ref().is_none_or(|b| loss < b.0) {
            best = Some((loss, found));
        }
    }
    let (_, mut logs) = best.ok_or_else(|| not_converged("the likelihood is finite nowhere".to_owned()))?;
    let loss = Loss::new(all);
    let mut near = false;
    if part.customers() < all.customers() {
        (logs, near) = approach(&loss, &Loss::new(part), logs);
    }
    let mut fault = None;
    for _ in 0..RESTARTS {
        if !near {
            logs = lbfgs(&loss, logs, LEVEL);
        }
        if edge::<L>(&logs, EDGE).is_some() {
            break;
        }
        let found = curvature(&logs, |x| loss.evaluate(x).1);
        fault = found.fault(all.customers(), NATS_LEFT);
        if fault.is_none() {
            break;
        }
        near = near && found.decrement * all.customers() < NATS_NEAR;
        if let Some(step) = &found.newton {
            logs = downhill(&loss, logs, step);
        }
    }
    let parameters: Vec<f64> = logs.iter().map(|v| v.exp()).collect();
    let outermost = edge::<L>(&logs, if fault.is_some() { NEAR_EDGE } else { EDGE });
    match outermost.or(fault.map(not_converged)) {
        Some(error) => Err(Failed { error, parameters }),
        None => Ok(Maximum { log_likelihood: -loss.evaluate(&logs).0 * all.customers(), parameters }),
    }
}

/// Goes to the top of a part and on to that of all data; says whether it was reached.
fn approach<L: Likelihood>(all: &Loss<'_, L>, part: &Loss<'_, L>, from: Vec<f64>) -> (Vec<f64>, bool) {
    let mut logs = lbfgs(part, from, NEARLY_LEVEL);
    if edge::<L>(&logs, EDGE).is_some() {
        // All data may have a top within: the search begins inside, and not where nothing slopes.
        return (logs.iter().map(|log| log.clamp(-NEAR_EDGE, NEAR_EDGE)).collect(), false);
    }
    let curved = curvature(&logs, |x| part.evaluate(x).1);
    let customers = all.likelihood.customers();
    for _ in 0..STEPS {
        let (here, slope) = all.evaluate(&logs);
        let Some(step) = curved.step(&slope) else { return (logs, false) };
        let gain = -0.5 * step.iter().zip(&slope).map(|(s, g)| s * g).sum::<f64>();
        // A tenth of what may be left: the part's curvature is not quite that of all.
        if gain * customers < 0.1 * NATS_LEFT {
            return (logs, true);
        }
        let there: Vec<f64> = logs.iter().zip(&step).map(|(x, s)| x + s).collect();
        let better = all.evaluate(&there).0 <= here;
        if !better {
            break;
        }
        logs = there;
    }
    (logs, true)
}

/// The parameter that is farthest out, if that is beyond `edge`.
fn edge<L: Likelihood>(logs: &[f64], edge: f64) -> Option<WorthError> {
    let (log, parameter) = logs.iter().zip(L::PARAMETERS).max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()))?;
    (log.abs() > edge || log.is_nan()).then(|| WorthError::Degenerate {
        model: L::MODEL,
        parameter,
        value: log.exp(),
    })
}

fn nelder_mead<L: Likelihood>(loss: &Loss<'_, L>, start: Vec<f64>) -> Result<(f64, Vec<f64>), Error> {
    let mut simplex = vec![start.clone()];
    for axis in 0..start.len() {
        let mut corner = start.clone();
        corner[axis] += 0.7;
        simplex.push(corner);
    }
    let solver = NelderMead::new(simplex).with_sd_tolerance(1e-7)?;
    let done = Executor::new(loss, solver)
        .configure(|state: IterState<_, (), (), (), (), f64>| state.max_iters(NELDER_MEAD_STEPS))
        .timer(false)
        .run()?;
    let found = done.state().get_best_param().cloned().unwrap_or(start);
    Ok((done.state().get_best_cost(), found))
}

/// Goes on by L-BFGS until no slope is greater than `level`; where its line search gives up, the start is returned and
/// judged as it is.
fn lbfgs<L: Likelihood>(loss: &Loss<'_, L>, start: Vec<f64>, level: f64) -> Vec<f64> {
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), 6).with_tolerance_grad(level);
    let done = solver.and_then(|solver| {
        Executor::new(loss, solver)
            .configure(|state| state.param(start.clone()).max_iters(LBFGS_STEPS))
            .timer(false)
            .run()
    });
    let found = done.ok().and_then(|done| done.state().get_best_param().cloned());
    found.filter(|p| p.iter().all(|v| v.is_finite())).unwrap_or(start)
}

/// Takes a Newton step, halved until the loss does not rise.
fn downhill<L: Likelihood>(loss: &Loss<'_, L>, from: Vec<f64>, step: &[f64]) -> Vec<f64> {
    let here = loss.evaluate(&from).0;
    let mut share = 1.0;
    for _ in 0..30 {
        let there: Vec<f64> = from.iter().zip(step).map(|(x, s)| x + share * s).collect();
        if loss.evaluate(&there).0 <= here {
            return there;
        }
        share *= 0.5;
    }
    from
}
