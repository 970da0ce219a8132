//! What a pass over the lake may take: how many buckets and cutoffs at once.

use foretell_engine::Engine;

/// Memory of a pass without buckets and cutoffs, of each bucket at work, and of each cutoff of some 500 features whose
/// table is open. Measured, and rounded up.
const BESIDE: usize = 72 << 20;
const BUCKET: usize = 60 << 20;
const TABLE: usize = 40 << 20;

/// Cutoffs made in one pass at most.
const MOST_CUTOFFS: usize = 12;

/// An engine that keeps within its memory limit while it makes features, and how many cutoffs it makes in one pass.
///
/// Buckets come first: with fewer of them a processor idles, with fewer cutoffs the lake is read more often. One bucket
/// and one cutoff are the least there is, and a warning says so where they take more than the limit.
pub(crate) fn within_limit(engine: &Engine) -> (Engine, usize) {
    let Some(limit) = engine.memory_limit() else { return (engine.clone(), MOST_CUTOFFS) };
    let (threads, cutoffs) = shares(limit, engine.threads());
    let taken = BESIDE + BUCKET + TABLE;
    if taken > limit {
        tracing::warn!("one cutoff takes some {} MiB, more than --memory-limit", taken >> 20);
    }
    (engine.with_threads(threads), cutoffs)
}

/// Buckets and cutoffs at once.
fn shares(limit: usize, threads: usize) -> (usize, usize) {
    let threads = (limit.saturating_sub(BESIDE + TABLE) / BUCKET).clamp(1, threads);
    let cutoffs = limit.saturating_sub(BESIDE + threads * BUCKET) / TABLE;
    (threads, cutoffs.clamp(1, MOST_CUTOFFS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_shared_by_buckets_first_and_then_by_cutoffs() {
        let shares = |mebibytes: usize, threads| shares(mebibytes << 20, threads);
        assert_eq!(shares(64, 2), (1, 1));
        assert_eq!(shares(231, 2), (1, 2));
        assert_eq!(shares(232, 2), (2, 1));
        assert_eq!(shares(512, 2), (2, 8));
        assert_eq!(shares(512, 16), (6, 2));
        assert_eq!(shares(4096, 16), (16, 12));
    }
}
