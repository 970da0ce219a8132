//! Which slots make up a range at a cutoff, for each group.

use crate::slots::Slots;

/// For each of some groups, the slots that make up one range at one cutoff.
#[derive(Debug)]
pub struct Spans {
    /// First slot and end, of `picked` where there is one.
    runs: Vec<(u32, u32)>,
    /// Slots in order, where those of a group are no run because a row became known late.
    picked: Option<Vec<u32>>,
}

impl Spans {
    /// The slots of `groups` that lie in the covered segments and that `cutoff` sees.
    pub fn new(slots: &Slots, groups: &[u32], covered: &std::ops::Range<u32>, cutoff: u16) -> Self {
        let seen = |slot: u32| slots.since.is_empty() || slots.since[slot as usize] <= cutoff;
        let mut runs = Vec::with_capacity(groups.len());
        for &group in groups {
            let (mut start, mut end) = (slots.starts[group as usize], slots.starts[group as usize + 1]);
            while start < end && (slots.segment[start as usize] < covered.start || !seen(start)) {
                start += 1;
            }
            while start < end && (slots.segment[end as usize - 1] >= covered.end || !seen(end - 1)) {
                end -= 1;
            }
            if (start..end).any(|slot| !seen(slot)) {
                return Self::picked(slots, groups, covered, cutoff);
            }
            runs.push((start, end));
        }
        Self { runs, picked: None }
    }

    fn picked(slots: &Slots, groups: &[u32], covered: &std::ops::Range<u32>, cutoff: u16) -> Self {
        let mut picked = Vec::new();
        let mut runs = Vec::with_capacity(groups.len());
        for &group in groups {
            let start = picked.len() as u32;
            picked.extend((slots.starts[group as usize]..slots.starts[group as usize + 1]).filter(|&slot| {
                covered.contains(&slots.segment[slot as usize]) && slots.since[slot as usize] <= cutoff
            }));
            runs.push((start, picked.len() as u32));
        }
        Self { runs, picked: Some(picked) }
    }

    /// Number of groups.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Says that there is no group.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Folds each group's part of `field` with `step`, beginning at `start`.
    #[inline]
    pub(crate) fn fold<T: Copy, A: Copy>(&self, field: &[T], start: A, step: impl Fn(A, T) -> A) -> Vec<A> {
        match &self.picked {
            None => self
                .runs
                .iter()
                .map(|&(from, to)| field[from as usize..to as usize].iter().fold(start, |a, &v| step(a, v)))
                .collect(),
            Some(picked) => self
                .runs
                .iter()
                .map(|&(from, to)| {
                    picked[from as usize..to as usize]
                        .iter()
                        .fold(start, |a, &slot| step(a, field[slot as usize]))
                })
                .collect(),
        }
    }

    /// The slots of each group in order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = impl Iterator<Item = usize>> {
        self.runs.iter().map(|&(from, to)| {
            (from as usize..to as usize)
                .map(|at| self.picked.as_ref().map_or(at, |picked| picked[at] as usize))
        })
    }
}
