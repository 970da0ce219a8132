//! The clock as a cutoff sees it: intervals between the ends of all windows, and windows as runs of intervals.

/// Widest clock for which intervals are looked up in a table: 60 years of days.
const WIDEST_TABLE: i64 = 22_000;

/// The values `after < value <= up_to` of a clock; without both ends it holds NULL too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Range {
    /// Exclusive lower end.
    pub after: Option<i64>,
    /// Inclusive upper end.
    pub up_to: Option<i64>,
}

impl Range {
    /// Every value, NULL too.
    pub const ALL: Self = Self { after: None, up_to: None };

    /// Values that lie in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let up_to = match (self.up_to, other.up_to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self { after: self.after.max(other.after), up_to }
    }

    fn ends(self) -> impl Iterator<Item = i64> {
        self.after.into_iter().chain(self.up_to)
    }
}

/// Ranges of a clock and the intervals that their ends cut it into.
///
/// Interval `i` holds what lies after end `i - 1` and up to end `i`; the last but one what lies after all ends; the
/// last NULL.
#[derive(Debug, Clone, Default)]
pub struct Windows {
    ranges: Vec<Range>,
    ends: Vec<i64>,
    /// Interval of every value from the first end to the last, where the clock is narrow enough.
    table: Vec<u32>,
}

impl Windows {
    /// Cuts a clock at the ends of `ranges`.
    pub fn new(ranges: Vec<Range>) -> Self {
        let mut ends: Vec<i64> = ranges.iter().flat_map(|range| range.ends()).collect();
        ends.sort_unstable();
        ends.dedup();
        let mut table = Vec::new();
        if let (Some(&first), Some(&last)) = (ends.first(), ends.last())
            && last.checked_sub(first).is_some_and(|width| width < WIDEST_TABLE)
        {
            table = (first..=last).map(|value| ends.partition_point(|end| *end < value) as u32).collect();
        }
        Self { ranges, ends, table }
    }

    /// The interval of a value.
    pub(crate) fn interval(&self, value: Option<i64>) -> u32 {
        let after_all = self.ends.len() as u32;
        let Some(value) = value else { return after_all + 1 };
        match self.ends.first() {
            None => 0,
            Some(first) if value <= *first => 0,
            Some(_) if self.table.is_empty() => self.ends.partition_point(|end| *end < value) as u32,
            Some(first) => {
                let past = usize::try_from(value.saturating_sub(*first)).unwrap_or(usize::MAX);
                self.table.get(past).copied().unwrap_or(after_all)
            }
        }
    }

    /// Number of intervals.
    pub fn intervals(&self) -> usize {
        self.ends.len() + 2
    }

    /// Each value of a clock as the last of its interval: to every range they are the same.
    pub fn rounded(&self, values: &[i64]) -> Vec<i64> {
        let after_all = self.ends.last().map_or(0, |last| last.saturating_add(1));
        let last_of = |value: &i64| {
            let interval = self.interval(Some(*value)) as usize;
            self.ends.get(interval).copied().unwrap_or(after_all)
        };
        values.iter().map(last_of).collect()
    }

    /// The intervals of a range, by the range's number.
    pub(crate) fn covered(&self, range: usize) -> std::ops::Range<usize> {
        let Range { after, up_to } = self.ranges[range];
        if after.is_none() && up_to.is_none() {
            return 0..self.ends.len() + 2;
        }
        let up_to_value = |value: i64| self.ends.partition_point(|end| *end <= value);
        let start = after.map_or(0, up_to_value);
        start..up_to.map_or(self.ends.len() + 1, up_to_value).max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_covers_exactly_the_intervals_of_its_values() {
        for wide in [1, 100_000] {
            let by = |end: Option<i64>| end.map(|value| value * wide);
            let ranges: Vec<Range> =
                [(None, Some(7)), (Some(7), Some(14)), (Some(3), None), (None, None), (Some(9), Some(4))]
                    .map(|(after, up_to)| Range { after: by(after), up_to: by(up_to) })
                    .to_vec();
            let windows = Windows::new(ranges.clone());
            for (number, range) in ranges.iter().enumerate() {
                let covered = windows.covered(number);
                for value in (-2..20).map(|value| value * wide) {
                    let within =
                        range.after.is_none_or(|a| value > a) && range.up_to.is_none_or(|b| value <= b);
                    let found = covered.contains(&(windows.interval(Some(value)) as usize));
                    assert_eq!(found, within, "{value} in {range:?}");
                }
                assert_eq!(covered.contains(&(windows.interval(None) as usize)), *range == Range::ALL);
            }
        }
    }
}
