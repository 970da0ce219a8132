//! Where a row is added: one slot for every segment of a group that holds a row.

use arrow::buffer::NullBuffer;

use crate::segments::Segments;

/// No slot yet.
const NONE: u32 = u32::MAX;

/// Rows to be folded.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The group of each row, below `group_count`.
    pub groups: &'a [u32],
    /// Number of groups.
    pub group_count: usize,
    /// What ranges are about; `None` where every range is [`Range::ALL`](crate::Range::ALL).
    pub clock: Option<Clock<'a>>,
    /// The first cutoff, by number, at which each row is seen; `None` where the first one sees all rows.
    pub since: Option<&'a [u16]>,
}

/// A column of integers that ranges are about.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    /// Its values; any number where NULL.
    pub values: &'a [i64],
    /// Which of them are NULL.
    pub nulls: Option<&'a NullBuffer>,
}

/// The slots of all groups: a group's slots lie together, in the order of their segments.
#[derive(Debug)]
pub struct Slots {
    pub(crate) of_row: Vec<u32>,
    pub(crate) count: usize,
    /// First slot of each group, and the end of the last.
    pub(crate) starts: Vec<u32>,
    pub(crate) segment: Vec<u32>,
    /// The first cutoff that sees each slot; empty where the first one sees all.
    pub(crate) since: Vec<u16>,
}

/// A slot while its group's others are not all known yet.
struct Found {
    segment: u32,
    since: u16,
    /// The group's slot found before.
    previous: u32,
}

impl Slots {
    /// Finds the slot of every row.
    pub fn new(rows: &Rows<'_>, segments: &Segments) -> Self {
        if rows.clock.is_none() && rows.since.is_none() {
            return Self {
                of_row: rows.groups.to_vec(),
                count: rows.group_count,
                starts: (0..=rows.group_count as u32).collect(),
                segment: vec![0; rows.group_count],
                since: Vec::new(),
            };
        }
        let mut newest = vec![NONE; rows.group_count];
        let mut found: Vec<Found> = Vec::with_capacity(rows.group_count * 4);
        let mut of_row: Vec<u32> = Vec::with_capacity(rows.groups.len());
        for (row, &group) in rows.groups.iter().enumerate() {
            let segment = match rows.clock {
                None => 0,
                Some(clock) if clock.nulls.is_some_and(|nulls| nulls.is_null(row)) => segments.of_null(),
                Some(clock) => segments.of(clock.values[row]),
            };
            let since = rows.since.map_or(0, |since| since[row]);
            let newest = &mut newest[group as usize];
            // Rows come in the order of time: nearly always it is the slot of the row before.
            let mut slot = *newest;
            while slot != NONE {
                let at = &found[slot as usize];
                if at.segment == segment && at.since == since {
                    break;
                }
                slot = at.previous;
            }
            if slot == NONE {
                slot = found.len() as u32;
                found.push(Found { segment, since, previous: *newest });
                *newest = slot;
            }
            of_row.push(slot);
        }
        Self::in_order(of_row, &newest, &found, rows.since.is_some())
    }

    /// Numbers the slots so that a group's lie together, by segment and then by cutoff.
    fn in_order(mut of_row: Vec<u32>, newest: &[u32], found: &[Found], late: bool) -> Self {
        let mut number = vec![0_u32; found.len()];
        let mut starts = Vec::with_capacity(newest.len() + 1);
        let mut segment = Vec::with_capacity(found.len());
        let mut since = Vec::with_capacity(if late { found.len() } else { 0 });
        let mut group: Vec<u32> = Vec::new();
        for &last in newest {
            starts.push(segment.len() as u32);
            group.clear();
            let mut slot = last;
            while slot != NONE {
                group.push(slot);
                slot = found[slot as usize].previous;
            }
            group.sort_unstable_by_key(|&slot| (found[slot as usize].segment, found[slot as usize].since));
            for &slot in &group {
                let at = &found[slot as usize];
                number[slot as usize] = segment.len() as u32;
                segment.push(at.segment);
                if late {
                    since.push(at.since);
                }
            }
        }
        starts.push(segment.len() as u32);
        for slot in &mut of_row {
            *slot = number[*slot as usize];
        }
        Self { of_row, count: segment.len(), starts, segment, since }
    }

    /// Number of slots.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Number of groups.
    pub fn group_count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The groups of which a cutoff sees a row, ascending.
    pub fn present(&self, cutoff: u16) -> Vec<u32> {
        (0..self.group_count() as u32)
            .filter(|&group| {
                let slots = self.starts[group as usize] as usize..self.starts[group as usize + 1] as usize;
                if self.since.is_empty() {
                    !slots.is_empty()
                } else {
                    self.since[slots].iter().any(|&since| since <= cutoff)
                }
            })
            .collect()
    }
}
