//! Which runs of the lake are put together, so that few are read and few are written.

/// A run this many times as large as what comes after it is left alone.
const FACTOR: u64 = 4;

/// Runs count as at least this many rows: below it, a file costs more than what is in it.
const FLOOR: u64 = 16_384;

/// How many of the newest runs are to be written anew together with `new` rows; `runs` are their rows, oldest first.
///
/// Afterwards each run is at least [`FACTOR`] times as large as the one after it, so their number grows with the
/// logarithm of the rows, and a row is written again only when what came after it has grown to a share of its run.
pub(crate) fn merged(runs: &[u64], new: u64) -> usize {
    let mut together = new;
    let newest = runs.iter().rev().take_while(|rows| {
        let small = **rows < FACTOR * together.max(FLOOR);
        if small {
            together += **rows;
        }
        small
    });
    newest.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_lake_is_one_run_and_a_large_run_is_left_alone() {
        assert_eq!(merged(&[], 5), 0);
        assert_eq!(merged(&[4 * FLOOR - 1], 0), 1);
        assert_eq!(merged(&[4 * FLOOR], 0), 0);
        assert_eq!(merged(&[1_000_000, 4 * FLOOR, 7], 100), 1);
        assert_eq!(merged(&[1_000_000, 4 * FLOOR, 7], FLOOR), 2);
        assert_eq!(merged(&[1_000_000, 240_000], 70_000), 2);
    }

    /// Ten years of nights, as many rows each: few runs at any time, and few times that a row is written.
    #[test]
    fn runs_stay_few_and_rows_are_seldom_written_again() {
        let night = 10_000;
        let (mut runs, mut written) = (vec![], 0);
        for _ in 0..3650 {
            let keep = runs.len() - merged(&runs, night);
            let together = night + runs.drain(keep..).sum::<u64>();
            runs.push(together);
            written += together;
            assert!(runs.len() <= 6, "{runs:?}");
            assert!(runs.windows(2).all(|pair| pair[0] >= FACTOR * pair[1].max(FLOOR)), "{runs:?}");
        }
        let times = written / (3650 * night);
        assert!(times < 16, "each row was written {times} times");
    }
}
