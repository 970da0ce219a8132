//! How far a job is, for whoever watches.

/// Watches a job; the command line draws it.
pub trait Watcher: Send + Sync {
    /// Step `done` of `total` of `stage` is finished; `what` is what was just done.
    fn step(&self, stage: &str, what: &str, done: usize, total: usize);
}
