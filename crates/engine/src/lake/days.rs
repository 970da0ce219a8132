//! What rows a source has, by day: enough to tell whether what a cutoff sees has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use foretell_spec::digest_of;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::period::Period;

/// How many rows there are of each day, and a checksum of them that no order changes.
///
/// Rows of a day that became known on a later one are kept apart, because a cutoff in between does not see them.
/// Which runs the rows lie in does not show: a lake that grew night by night has the days of one read at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Days(BTreeMap<Day, Sum>);

/// A row's local day, and the day from which on it is seen: the later of that day and of the one it was known on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Day {
    on: NaiveDate,
    seen: NaiveDate,
}

/// A multiset of rows, by their hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    /// Wrapping sum of the hashes, and of the hashes mixed: rows that change places in one cannot in both.
    plain: u64,
    mixed: u64,
}

impl Days {
    /// Adds rows of one day: how many, and the wrapping sums of their hashes and of their mixed hashes.
    ///
    /// `known` is the day on which they were first known, where they say so.
    pub fn insert(&mut self, on: NaiveDate, known: Option<NaiveDate>, rows: u64, sums: [u64; 2]) {
        let day = Day { on, seen: known.map_or(on, |known| known.max(on)) };
        self.put(day, Sum { rows, plain: sums[0], mixed: sums[1] });
    }

    /// Adds all rows of another.
    pub fn add(&mut self, other: &Self) {
        for (day, sum) in &other.0 {
            self.put(*day, *sum);
        }
    }

    /// Takes away the rows of another, all of which are there.
    pub fn subtract(&mut self, other: &Self) {
        for (day, sum) in &other.0 {
            let own = self.0.entry(*day).or_default();
            own.rows = own.rows.saturating_sub(sum.rows);
            own.plain = own.plain.wrapping_sub(sum.plain);
            own.mixed = own.mixed.wrapping_sub(sum.mixed);
        }
        self.0.retain(|_, sum| sum.rows > 0);
    }

    fn put(&mut self, day: Day, sum: Sum) {
        let own = self.0.entry(day).or_default();
        own.rows += sum.rows;
        own.plain = own.plain.wrapping_add(sum.plain);
        own.mixed = own.mixed.wrapping_add(sum.mixed);
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.0.values().map(|sum| sum.rows).sum()
    }

    /// First and last day.
    pub fn span(&self) -> Option<(NaiveDate, NaiveDate)> {
        Some((self.0.first_key_value()?.0.on, self.0.last_key_value()?.0.on))
    }

    /// Says whether both have rows of one same day.
    pub fn share_a_day(&self, other: &Self) -> bool {
        let days = |days: &Self| days.0.keys().map(|day| day.on).collect::<BTreeSet<_>>();
        !days(self).is_disjoint(&days(other))
    }

    /// Says whether a row can be seen in `period`.
    pub(crate) fn seen_in(&self, period: Period) -> bool {
        self.within(period).next().is_some()
    }

    /// Digest of the rows that can be seen in `period`.
    pub(crate) fn digest(&self, period: Period) -> String {
        let seen: Vec<_> = self.within(period).map(|(day, sum)| (day.to_string(), sum.to_string())).collect();
        digest_of(&seen)
    }

    /// The rows that can be seen in a period.
    ///
    /// A row without a day of its being known is seen from its own day on, which is before the period's end.
    fn within(&self, period: Period) -> impl Iterator<Item = (&Day, &Sum)> {
        let seen_before = period.known_before.max(period.until);
        self.0.iter().filter(move |(day, _)| {
            period.from.is_none_or(|from| from <= day.on) && day.on < period.until && day.seen < seen_before
        })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.on == self.seen { write!(f, "{}", self.on) } else { write!(f, "{}/{}", self.on, self.seen) }
    }
}

impl FromStr for Day {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (on, seen) = text.split_once('/').unwrap_or((text, text));
        Ok(Self { on: on.parse()?, seen: seen.parse()? })
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:016x}{:016x}", self.rows, self.plain, self.mixed)
    }
}

impl FromStr for Sum {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is no number of rows and their checksum");
        let (rows, hex) = text.split_once(' ').ok_or_else(wrong)?;
        let half = |range| hex.get(range).and_then(|hex| u64::from_str_radix(hex, 16).ok()).ok_or_else(wrong);
        Ok(Self { rows: rows.parse().map_err(|_| wrong())?, plain: half(0..16)?, mixed: half(16..32)? })
    }
}

impl Serialize for Days {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(day, sum)| (day.to_string(), sum.to_string())))
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = BTreeMap::<String, String>::deserialize(deserializer)?;
        let pairs = read.into_iter().map(|(day, sum)| {
            Ok((day.parse().map_err(de::Error::custom)?, sum.parse().map_err(de::Error::custom)?))
        });
        Ok(Self(pairs.collect::<Result<_, _>>()?))
    }
}
