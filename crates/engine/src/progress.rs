//! How far a job is, for whoever watches.

/// Watches a job; the command line draws it, tests and libraries use [`Silent`].
pub trait Watcher: Send + Sync {
    /// Step `done` of `total` of `stage` is finished; `what` is what was just done.
    fn step(&self, stage: &str, what: &str, done: usize, total: usize);
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watcher for Silent {
    fn step(&self, _stage: &str, _what: &str, _done: usize, _total: usize) {}
}
