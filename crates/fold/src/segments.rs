//! The clock, cut at the end of every range that anybody asks for.

/// Widest clock for which segments are looked up in a table: 60 years of days.
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

    /// The range as seen from a clock that runs ahead by `by`.
    #[must_use]
    pub fn shifted(self, by: i64) -> Self {
        Self {
            after: self.after.map(|v| v.saturating_add(by)),
            up_to: self.up_to.map(|v| v.saturating_add(by)),
        }
    }

    /// The ends there are.
    pub fn ends(self) -> impl Iterator<Item = i64> {
        self.after.into_iter().chain(self.up_to)
    }
}

/// Consecutive segments of a clock: segment `i` holds what lies after end `i - 1` and up to end `i`; the last
/// but one what lies after all ends; the last NULL.
#[derive(Debug, Clone)]
pub struct Segments {
    ends: Vec<i64>,
    /// Segment of every value from the first end to the last, where the clock is narrow enough.
    table: Vec<u16>,
}

impl Segments {
    /// Cuts a clock at `ends`, in any order.
    pub fn new(ends: impl IntoIterator<Item = i64>) -> Self {
        let mut ends: Vec<i64> = ends.into_iter().collect();
        ends.sort_unstable();
        ends.dedup();
        let mut table = Vec::new();
        if let (Some(&first), Some(&last)) = (ends.first(), ends.last())
            && last.checked_sub(first).is_some_and(|width| width < WIDEST_TABLE)
            && ends.len() < usize::from(u16::MAX)
        {
            table = (first..=last).map(|value| ends.partition_point(|end| *end < value) as u16).collect();
        }
        Self { ends, table }
    }

    /// Number of segments.
    pub fn count(&self) -> u32 {
        self.ends.len() as u32 + 2
    }

    /// The segment of a value.
    #[inline]
    pub fn of(&self, value: i64) -> u32 {
        let Some(&first) = self.ends.first() else { return 0 };
        if value <= first {
            return 0;
        }
        if self.table.is_empty() {
            return self.ends.partition_point(|end| *end < value) as u32;
        }
        self.table.get((value - first) as usize).map_or(self.ends.len() as u32, |&s| u32::from(s))
    }

    /// The segment of NULL.
    pub fn of_null(&self) -> u32 {
        self.ends.len() as u32 + 1
    }

    /// The segments that make up a range whose ends are among those the clock was cut at.
    pub fn covered(&self, range: Range) -> std::ops::Range<u32> {
        if range == Range::ALL {
            return 0..self.count();
        }
        let up_to = |value: i64| self.ends.partition_point(|end| *end <= value) as u32;
        let start = range.after.map_or(0, up_to);
        let end = range.up_to.map_or(self.ends.len() as u32 + 1, up_to);
        start..end.max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_covers_exactly_the_segments_of_its_values() {
        for wide in [1, 100_000] {
            let ranges: Vec<Range> = [(None, Some(7)), (Some(7), Some(14)), (Some(3), None), (None, None)]
                .map(|(after, up_to)| Range {
                    after: after.map(|v: i64| v * wide),
                    up_to: up_to.map(|v: i64| v * wide),
                })
                .to_vec();
            let segments = Segments::new(ranges.iter().flat_map(|r| r.ends()));
            for range in &ranges {
                let covered = segments.covered(*range);
                for value in (-2..20).map(|v| v * wide) {
                    let within =
                        range.after.is_none_or(|a| value > a) && range.up_to.is_none_or(|b| value <= b);
                    assert_eq!(covered.contains(&segments.of(value)), within, "{value} in {range:?}");
                }
                assert_eq!(covered.contains(&segments.of_null()), *range == Range::ALL);
            }
        }
    }

    #[test]
    fn a_range_that_holds_nothing_covers_nothing() {
        let range = Range { after: Some(9), up_to: Some(4) };
        assert!(Segments::new(range.ends()).covered(range).is_empty());
    }
}
