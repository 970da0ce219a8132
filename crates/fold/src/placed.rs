//! Where the slots of a cutoff lie: which interval each is in, and where each interval begins.

use std::cell::OnceCell;

use crate::slots::{Slots, When};
use crate::target::Held;
use crate::windows::Windows;

/// No cell.
const UNSEEN: u32 = u32::MAX;

/// The slots of some groups as one cutoff sees them.
#[derive(Debug)]
pub struct Placed<'a> {
    slots: &'a Slots,
    windows: &'a Windows,
    groups: &'a [u32],
    cutoff: u16,
    /// How far the cutoff's clock is behind that of the slots.
    shift: i64,
    cells: OnceCell<Vec<u32>>,
    edges: OnceCell<Vec<u32>>,
}

/// The places of a field as one cutoff sees them: all slots, or those that a slice holds.
#[derive(Debug)]
pub struct Located<'a> {
    pub(crate) placed: &'a Placed<'a>,
    /// A slice by its number, and the slots it holds.
    pub(crate) slice: Option<(&'a Held, usize)>,
    /// For each interval, the first place of each group from it on; made when first asked for.
    edges: Vec<OnceCell<Vec<u32>>>,
}

impl<'a> Placed<'a> {
    /// Places the slots of `groups` that `cutoff` sees; its clock is `shift` behind that of the slots.
    pub fn new(slots: &'a Slots, windows: &'a Windows, groups: &'a [u32], cutoff: u16, shift: i64) -> Self {
        Self { slots, windows, groups, cutoff, shift, cells: OnceCell::new(), edges: OnceCell::new() }
    }

    /// Every slot has its place.
    pub fn slots(&self) -> Located<'_> {
        Located { placed: self, slice: None, edges: Vec::new() }
    }

    /// For each slice, only the slots that it holds have one.
    pub fn slices<'b>(&'b self, held: &'b Held) -> Vec<Located<'b>> {
        let edges = || (0..=self.intervals()).map(|_| OnceCell::new()).collect();
        let slices = 0..held.starts.len() - 1;
        slices.map(|slice| Located { placed: self, slice: Some((held, slice)), edges: edges() }).collect()
    }

    /// Number of groups.
    pub(crate) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Number of intervals.
    pub(crate) fn intervals(&self) -> usize {
        self.windows.intervals()
    }

    /// The groups, each of which is the number of its only slot, where they all have one and a range holds every value of
    /// the clock.
    pub(crate) fn whole(&self, range: usize) -> Option<&[u32]> {
        (self.slots.is_single() && self.covered(range) == (0..self.intervals())).then_some(self.groups)
    }

    /// See [`Slots::is_steady`].
    pub(crate) fn is_steady(&self) -> bool {
        self.slots.is_steady()
    }

    /// The intervals of a range, by its number.
    pub(crate) fn covered(&self, range: usize) -> std::ops::Range<usize> {
        self.windows.covered(range)
    }

    /// The cell of each slot; the cell of interval `i` of the `g`th group is `i * groups + g`. Slots that the cutoff
    /// does not see have none: a number after all cells.
    pub(crate) fn cells(&self) -> &[u32] {
        self.cells.get_or_init(|| {
            let mut cells = vec![UNSEEN; self.slots.count()];
            for (place, &group) in self.groups.iter().enumerate() {
                for slot in self.slots.of_group(group) {
                    if self.slots.sees(self.cutoff, slot) {
                        cells[slot] = self.interval(slot) * self.groups.len() as u32 + place as u32;
                    }
                }
            }
            cells
        })
    }

    fn interval(&self, slot: usize) -> u32 {
        match &self.slots.when {
            When::At(clock) => {
                self.windows.interval(clock[slot].map(|clock| clock.saturating_sub(self.shift)))
            }
            When::Intervals(each) => (slot % each) as u32,
        }
    }

    /// For each interval, the first slot of each group that the cutoff sees from it on; after the last, where
    /// the group ends. Holds only where the slots are steady.
    fn edges(&self) -> &[u32] {
        self.edges.get_or_init(|| {
            let (groups, intervals) = (self.groups.len(), self.intervals());
            if let When::Intervals(each) = self.slots.when {
                let first = |group: &u32| group * each as u32;
                return (0..=each as u32)
                    .flat_map(|at| self.groups.iter().map(move |g| first(g) + at))
                    .collect();
            }
            let mut edges = vec![0; (intervals + 1) * groups];
            for (place, &group) in self.groups.iter().enumerate() {
                let of_group = self.slots.of_group(group);
                let mut reached = 0;
                for slot in of_group.clone().skip_while(|slot| !self.slots.sees(self.cutoff, *slot)) {
                    let interval = self.interval(slot) as usize;
                    while reached <= interval {
                        edges[reached * groups + place] = slot as u32;
                        reached += 1;
                    }
                }
                while reached <= intervals {
                    edges[reached * groups + place] = of_group.end as u32;
                    reached += 1;
                }
            }
            edges
        })
    }
}

impl Located<'_> {
    /// The first place of each group from the beginning of an interval on; see [`Placed::edges`].
    pub(crate) fn edge(&self, interval: usize) -> &[u32] {
        let groups = self.placed.groups();
        let all = || &self.placed.edges()[interval * groups..(interval + 1) * groups];
        match self.slice {
            None => all(),
            Some((held, slice)) => {
                self.edges[interval].get_or_init(|| held.places(slice, all(), self.placed.slots.count()))
            }
        }
    }
}
