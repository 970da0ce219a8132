//! Where a row is added: one slot for every value of the clock that a group has.
//!
//! Slots do not depend on windows or cutoffs. That is what makes a sum of floats come out the same, to the last bit,
//! whether a cutoff is folded alone or together with others: rows are added within a day, days within an
//! interval between two window ends, intervals within a window, always in this order.

use arrow::buffer::NullBuffer;

use crate::windows::Windows;

/// No slot yet.
const NONE: u32 = u32::MAX;

/// Rows to be folded.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The group of each row, below `group_count`.
    pub groups: &'a [u32],
    /// Number of groups.
    pub group_count: usize,
    /// What windows are about, such as days; a group without a clock has one slot.
    pub clock: Option<Clock<'a>>,
    /// The first cutoff, by number, at which each row is seen; `None` where the first one sees all rows.
    pub since: Option<&'a [u16]>,
}

/// A column of whole numbers that windows are about.
#[derive(Debug, Clone, Copy)]
pub struct Clock<'a> {
    /// Its values; any number where NULL.
    pub values: &'a [i64],
    /// Which of them are NULL.
    pub nulls: Option<&'a NullBuffer>,
}

/// The slots of all groups: a group's slots lie together, by ascending clock, NULL last.
#[derive(Debug)]
pub struct Slots {
    pub(crate) of_row: Vec<u32>,
    /// First slot of each group, and the end of the last.
    pub(crate) starts: Vec<u32>,
    pub(crate) when: When,
    /// The first cutoff that sees each slot; empty where the first one sees all.
    pub(crate) since: Vec<u16>,
    steady: bool,
    single: bool,
}

/// Which part of the clock slots stand for.
#[derive(Debug)]
pub(crate) enum When {
    /// One value each; `None` where it is NULL or there is no clock.
    At(Vec<Option<i64>>),
    /// One interval each, of which every group has so many.
    Intervals(usize),
}

/// A slot while its group's others are not all known yet.
struct Found {
    clock: Option<i64>,
    since: u16,
    /// The group's slot found before.
    previous: u32,
    /// Says that the clock ran down from one slot of the group to the next, up to this one.
    running_down: bool,
}

/// Rows of one group and clock that follow one another.
struct Runs {
    /// The first row of each run.
    first_rows: Vec<u32>,
    /// The run of each row.
    of_row: Vec<u32>,
}

impl Runs {
    /// Finds the runs; `None` where groups do not come one after the other, or the clock of one ascends.
    ///
    /// Where a run ends cannot be foreseen, so nothing branches by it.
    #[inline]
    fn new(groups: &[u32], group_count: usize, clock: impl Fn(usize) -> i64) -> Option<Self> {
        let mut first_rows = vec![0_u32; groups.len()];
        let mut of_row = Vec::with_capacity(groups.len());
        let (mut count, mut in_order) = (0, true);
        // The group and the clock of the row before; none before the first.
        let mut before = (u32::MAX, 0);
        for (row, &group) in groups.iter().enumerate() {
            let now = (group, clock(row));
            let next_group = group != before.0;
            in_order &= group == before.0.wrapping_add(u32::from(next_group));
            in_order &= next_group | (now.1 <= before.1);
            let next = next_group | (now.1 != before.1);
            first_rows[count] = row as u32;
            count += usize::from(next);
            of_row.push(count as u32 - 1);
            before = now;
        }
        first_rows.truncate(count);
        let all = before.0.wrapping_add(1) as usize == group_count;
        (in_order && all).then_some(Self { first_rows, of_row })
    }
}

impl Slots {
    /// Finds the slot of every row; `None` where rows of one slot are first seen by different cutoffs.
    pub fn new(rows: &Rows<'_>) -> Option<Self> {
        if rows.clock.is_none() && rows.since.is_none() {
            return Some(Self {
                of_row: rows.groups.to_vec(),
                starts: (0..=rows.group_count as u32).collect(),
                when: When::At(vec![None; rows.group_count]),
                since: Vec::new(),
                steady: true,
                single: true,
            });
        }
        if let Some(slots) = Self::of_runs(rows) {
            return slots;
        }
        let mut newest = vec![NONE; rows.group_count];
        let mut found: Vec<Found> = Vec::with_capacity(rows.groups.len() / 2);
        let mut of_row: Vec<u32> = Vec::with_capacity(rows.groups.len());
        let mut before = None;
        for (row, &group) in rows.groups.iter().enumerate() {
            let clock = rows.clock.and_then(|clock| {
                (!clock.nulls.is_some_and(|nulls| nulls.is_null(row))).then(|| clock.values[row])
            });
            let since = rows.since.map_or(0, |since| since[row]);
            // Rows come in the order of time: often it is the slot of the row before.
            if before == Some((group, clock, since))
                && let Some(&slot) = of_row.last()
            {
                of_row.push(slot);
                continue;
            }
            before = Some((group, clock, since));
            let newest = &mut newest[group as usize];
            let mut slot = *newest;
            // Days before the cutoff run down as rows come: a day below all others need not be looked for.
            let latest = found.get(slot as usize);
            let running_down = latest.is_none_or(|at| at.running_down && clock < at.clock) && clock.is_some();
            if running_down {
                slot = NONE;
            }
            while slot != NONE && found[slot as usize].clock != clock {
                slot = found[slot as usize].previous;
            }
            if slot == NONE {
                slot = found.len() as u32;
                found.push(Found { clock, since, previous: *newest, running_down });
                *newest = slot;
            } else if found[slot as usize].since != since {
                return None;
            }
            of_row.push(slot);
        }
        Some(Self::in_order(of_row, &newest, &found, rows.since.is_some()))
    }

    /// A slot for each interval of each group, whether a row is in it or not, for rows that one cutoff sees alone.
    ///
    /// Nothing need be looked for then; worth it where there are not more of them than rows.
    pub fn of_intervals(groups: &[u32], group_count: usize, clock: Clock<'_>, windows: &Windows) -> Self {
        let each = windows.intervals();
        let interval = |row: usize| {
            let null = clock.nulls.is_some_and(|nulls| nulls.is_null(row));
            windows.interval((!null).then(|| clock.values[row]))
        };
        let of_row = groups.iter().enumerate().map(|(row, group)| group * each as u32 + interval(row));
        Self {
            of_row: of_row.collect(),
            starts: (0..=group_count as u32).map(|group| group * each as u32).collect(),
            when: When::Intervals(each),
            since: Vec::new(),
            steady: true,
            single: each == 1,
        }
    }

    /// The same for rows that lie group by group, each group's by descending clock, as those of a source do; `None` where
    /// they do not.
    fn of_runs(rows: &Rows<'_>) -> Option<Option<Self>> {
        let groups = rows.groups;
        let values = rows.clock.map(|clock| clock.values);
        if rows.clock.is_some_and(|clock| clock.nulls.is_some_and(|nulls| nulls.null_count() > 0)) {
            return None;
        }
        let Runs { first_rows: runs, of_row: mut slots } = match values {
            Some(clock) => Runs::new(groups, rows.group_count, |row| clock[row])?,
            None => Runs::new(groups, rows.group_count, |_| 0)?,
        };
        if let Some(since) = rows.since {
            let differs = |row: usize| slots[row] == slots[row - 1] && since[row] != since[row - 1];
            if (1..groups.len()).any(differs) {
                return Some(None);
            }
        }
        // Slots ascend where rows descend: within a group, the first run is the last slot.
        let mut starts = Vec::with_capacity(rows.group_count + 1);
        let mut clock = Vec::with_capacity(runs.len());
        let mut since = Vec::with_capacity(if rows.since.is_some() { runs.len() } else { 0 });
        let mut first = 0;
        for group in 0..rows.group_count as u32 {
            starts.push(first as u32);
            let after = runs[first..].iter().position(|&row| groups[row as usize] != group);
            let after = after.map_or(runs.len(), |runs| first + runs);
            for &row in runs[first..after].iter().rev() {
                clock.push(values.map(|values| values[row as usize]));
                since.extend(rows.since.map(|since| since[row as usize]));
            }
            first = after;
        }
        starts.push(first as u32);
        for (slot, &group) in slots.iter_mut().zip(groups) {
            *slot = starts[group as usize] + starts[group as usize + 1] - 1 - *slot;
        }
        Some(Some(Self::steadily(slots, starts, clock, since)))
    }

    /// Numbers the slots so that a group's lie together, in order.
    fn in_order(mut of_row: Vec<u32>, newest: &[u32], found: &[Found], late: bool) -> Self {
        let mut number = vec![0_u32; found.len()];
        let mut starts = Vec::with_capacity(newest.len() + 1);
        let mut clock = Vec::with_capacity(found.len());
        let mut since = Vec::with_capacity(if late { found.len() } else { 0 });
        let mut group: Vec<u32> = Vec::new();
        // NULL comes last.
        let order = |slot: &u32| {
            let clock = found[*slot as usize].clock;
            (clock.is_none(), clock)
        };
        for &last in newest {
            starts.push(clock.len() as u32);
            group.clear();
            let mut slot = last;
            while slot != NONE {
                group.push(slot);
                slot = found[slot as usize].previous;
            }
            if !group.is_sorted_by_key(order) {
                group.sort_unstable_by_key(order);
            }
            for &slot in &group {
                let at = &found[slot as usize];
                number[slot as usize] = clock.len() as u32;
                clock.push(at.clock);
                if late {
                    since.push(at.since);
                }
            }
        }
        starts.push(clock.len() as u32);
        for slot in &mut of_row {
            *slot = number[*slot as usize];
        }
        Self::steadily(of_row, starts, clock, since)
    }

    fn steadily(of_row: Vec<u32>, starts: Vec<u32>, clock: Vec<Option<i64>>, since: Vec<u16>) -> Self {
        let seen_no_later = |group: &[u32]| {
            let since = since.get(group[0] as usize..group[1] as usize);
            since.is_none_or(|since| since.is_sorted_by(|nearer, farther| nearer >= farther))
        };
        let steady = starts.windows(2).all(seen_no_later);
        let single = starts.windows(2).all(|group| group[1] == group[0] + 1);
        Self { of_row, starts, when: When::At(clock), since, steady, single }
    }

    /// Says that within each group no slot is seen later than those before it, so that a cutoff sees the last ones.
    ///
    /// So it is unless rows became known late.
    pub(crate) fn is_steady(&self) -> bool {
        self.steady
    }

    /// Says that each group has one slot: the numbers of both are the same.
    pub(crate) fn is_single(&self) -> bool {
        self.single
    }

    /// The slots of a group.
    pub(crate) fn of_group(&self, group: u32) -> std::ops::Range<usize> {
        self.starts[group as usize] as usize..self.starts[group as usize + 1] as usize
    }

    /// Number of slots.
    pub fn count(&self) -> usize {
        self.starts.last().map_or(0, |end| *end as usize)
    }

    /// Number of groups.
    pub fn group_count(&self) -> usize {
        self.starts.len() - 1
    }

    pub(crate) fn sees(&self, cutoff: u16, slot: usize) -> bool {
        self.since.get(slot).is_none_or(|since| *since <= cutoff)
    }

    /// The groups of which a cutoff sees a row, ascending.
    pub fn present(&self, cutoff: u16) -> Vec<u32> {
        if self.since.is_empty() {
            return (0..self.group_count() as u32)
                .filter(|&group| !self.of_group(group).is_empty())
                .collect();
        }
        (0..self.group_count() as u32)
            .filter(|&group| self.of_group(group).rev().any(|slot| self.sees(cutoff, slot)))
            .collect()
    }
}
