//! One list of features on trial: trained, calibrated and judged on every fold.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use foretell_engine::Watcher;
use foretell_learn::{
    Calibrator, Confusion, Evaluation, Intervals, LearnError, Matrix, Paired, TrainInput, decide, intervals,
    train,
};
use foretell_spec::{ModelKind, Wish};

use super::folds::{Fold, Folds};
use super::search::{Candidate, Judged, Step};

/// The model of the rounds: cheap, and on tables of customers often as good as any.
pub(super) const MODEL: ModelKind = ModelKind::Logistic;

/// What a list of features did on the validation cutoffs.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    folds: Arc<(Vec<usize>, Vec<usize>)>,
    /// One a judged row, fold after fold; `None` where a fold could not be learned.
    losses: Option<Vec<f64>>,
    /// Whom the wish's threshold names, against what happened.
    pub(super) confusion: Option<Confusion>,
    /// Intervals of its rates; customers at several cutoffs stay together.
    pub(super) intervals: Option<Intervals>,
    /// Mean area under the ROC curve of the folds that have both classes.
    pub(super) roc_auc: Option<f64>,
}

impl Judged for Trial {
    fn log_loss(&self) -> f64 {
        let mean = |losses: &Vec<f64>| losses.iter().sum::<f64>() / losses.len() as f64;
        self.losses.as_ref().map_or(f64::NAN, mean)
    }

    fn to(&self, new: &Self) -> Option<Paired> {
        let (customers, cutoffs) = self.folds.as_ref();
        Paired::new(self.losses.as_ref()?, new.losses.as_ref()?, customers, cutoffs).ok()
    }
}

/// What one fold says of one list.
struct Part {
    probabilities: Vec<f64>,
    named: Vec<bool>,
    roc_auc: Option<f64>,
}

/// Puts lists on trial, several at once; neither their number nor that of the threads changes a result.
pub(super) struct Court<'a> {
    pub(super) folds: &'a Folds,
    pub(super) wish: Wish,
    pub(super) seed: u64,
    pub(super) threads: usize,
    pub(super) watcher: &'a dyn Watcher,
    pub(super) target: &'a str,
}

impl Court<'_> {
    /// Judges each list on every fold.
    pub(super) fn judge(&self, round: u32, step: Step, lists: &[Candidate]) -> Vec<Trial> {
        let folds = &self.folds.folds;
        let jobs = lists.len() * folds.len();
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            let mut mine = Vec::new();
            loop {
                let job = next.fetch_add(1, Ordering::Relaxed);
                if job >= jobs {
                    return mine;
                }
                let (list, fold) = (&lists[job / folds.len()], &folds[job % folds.len()]);
                mine.push((job, part(fold, &list.features, self.wish, self.seed).ok()));
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                let name = list.piece.as_ref().map_or("list", |piece| piece.name.as_str());
                let what = format!("{}: round {round}, {} {name}", self.target, step.name());
                self.watcher.step("tune", &what, done, jobs);
            }
        };
        let mut parts: Vec<(usize, Option<Part>)> = std::thread::scope(|scope| {
            let others: Vec<_> = (1..self.threads.min(jobs)).map(|_| scope.spawn(work)).collect();
            let mut parts = work();
            // A thread that fails leaves its jobs out, which are then missing below.
            parts.extend(others.into_iter().filter_map(|thread| thread.join().ok()).flatten());
            parts
        });
        parts.sort_by_key(|(job, _)| *job);
        let shared = Arc::new((self.folds.customers.clone(), self.folds.cutoff_of.clone()));
        (0..lists.len())
            .map(|list| {
                let of_list = list * folds.len()..(list + 1) * folds.len();
                let found: Option<Vec<&Part>> = of_list
                    .map(|job| {
                        let at = parts.binary_search_by_key(&job, |(job, _)| *job).ok()?;
                        parts[at].1.as_ref()
                    })
                    .collect();
                Trial::of(Arc::clone(&shared), folds, found)
            })
            .collect()
    }
}

impl Trial {
    fn of(shared: Arc<(Vec<usize>, Vec<usize>)>, folds: &[Fold], parts: Option<Vec<&Part>>) -> Self {
        let Some(parts) = parts else {
            return Self { folds: shared, losses: None, confusion: None, intervals: None, roc_auc: None };
        };
        let aucs: Vec<f64> = parts.iter().filter_map(|part| part.roc_auc).collect();
        let labels: Vec<f64> = folds.iter().flat_map(|fold| fold.judged.y.iter().copied()).collect();
        let customers: Vec<String> =
            folds.iter().flat_map(|fold| fold.judged.customers.iter().cloned()).collect();
        let probabilities: Vec<f64> =
            parts.iter().flat_map(|part| part.probabilities.iter().copied()).collect();
        let named: Vec<bool> = parts.iter().flat_map(|part| part.named.iter().copied()).collect();
        Self {
            folds: shared,
            losses: Some(losses(&labels, &probabilities)),
            confusion: Some(Confusion::of(&labels, &named)),
            intervals: intervals(&labels, &probabilities, &named, &customers).ok(),
            roc_auc: (!aucs.is_empty()).then(|| aucs.iter().sum::<f64>() / aucs.len() as f64),
        }
    }
}

fn part(fold: &Fold, features: &[String], wish: Wish, seed: u64) -> Result<Part, LearnError> {
    let take = |x: &Matrix| x.take_columns(features);
    let (x, validation, judged) = (take(&fold.train.x)?, take(&fold.validation.x)?, take(&fold.judged.x)?);
    let input = TrainInput {
        x: &x,
        y: &fold.train.y,
        recency: &[],
        validation: (&validation, &fold.validation.y),
        seed,
        // The lists are shared out among the threads.
        threads: Some(1),
    };
    let model = train(MODEL, &input)?;
    let log_odds = model.log_odds(&validation)?;
    let calibrator = Calibrator::fit_sigmoid(&log_odds, &fold.validation.y)?;
    let known = Evaluation::new(&fold.validation.y, &calibrator.probabilities(&log_odds))?;
    let threshold = decide(wish, &known)?.threshold;
    let probabilities = calibrator.probabilities(&model.log_odds(&judged)?);
    let evaluation = Evaluation::new(&fold.judged.y, &probabilities)?;
    let named = probabilities.iter().map(|probability| *probability >= threshold).collect();
    Ok(Part { probabilities, named, roc_auc: evaluation.roc_auc() })
}

/// The log loss of each row, in nats.
pub(super) fn losses(y: &[f64], probabilities: &[f64]) -> Vec<f64> {
    y.iter().zip(probabilities).map(|(&y, &p)| -if y == 1.0 { p } else { 1.0 - p }.ln()).collect()
}
