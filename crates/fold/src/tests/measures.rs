//! Slots, targets and windows: every aggregate of every group, window and cutoff, row by row.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type};
use proptest::prelude::*;

use crate::{
    Argument, Clock, Field, Finish, How, Keep, Placed, Range, Rows, Slots, Target, Windows, as_float,
    zero_for_null,
};

#[derive(Debug, Clone)]
struct Row {
    group: u32,
    clock: Option<i64>,
    since: u16,
    value: Option<i64>,
    taken: Option<bool>,
    code: u16,
}

#[derive(Debug, Clone)]
struct Case {
    rows: Vec<Row>,
    ranges: Vec<Range>,
    /// How far each cutoff lies before the last, descending.
    shifts: Vec<i64>,
    clocked: bool,
    /// A slot for every interval of a group, where one cutoff is alone.
    dense: bool,
    /// Rows become known one after the other; otherwise all are seen at once, at the only cutoff.
    late: bool,
    how: How,
    type_of: DataType,
    take: u8,
}

const SLICES: u16 = 3;

fn row() -> impl Strategy<Value = Row> {
    let clock = prop_oneof![9 => (-12_i64..12).prop_map(Some), 1 => Just(None)];
    let value = prop_oneof![8 => (-9_i64..9).prop_map(Some), 2 => Just(None)];
    let taken = prop_oneof![4 => Just(Some(true)), 2 => Just(Some(false)), 1 => Just(None)];
    // Codes from the number of slices on stand for none of them.
    let code = prop_oneof![6 => 0..SLICES, 1 => Just(u16::MAX), 1 => Just(SLICES)];
    (0_u32..6, clock, 0_u16..4, value, taken, code)
        .prop_map(|(group, clock, since, value, taken, code)| Row { group, clock, since, value, taken, code })
}

fn range() -> impl Strategy<Value = Range> {
    let end = || prop_oneof![1 => Just(None), 3 => (-14_i64..14).prop_map(Some)];
    (end(), end()).prop_map(|(after, up_to)| Range { after, up_to })
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        Just(How::Count),
        Just(How::Sum),
        Just(How::SumOrZero),
        Just(How::Mean),
        Just(How::Least),
        Just(How::Greatest),
        (any::<bool>(), any::<bool>()).prop_map(|(sample, root)| How::Variance { sample, root }),
    ]
}

fn type_for(how: How) -> BoxedStrategy<DataType> {
    let decimal = DataType::Decimal128(20, 2);
    match how {
        How::Mean | How::Variance { .. } => Just(DataType::Float64).boxed(),
        How::Sum | How::SumOrZero => {
            prop::sample::select(vec![DataType::Int64, DataType::Float64, decimal]).boxed()
        }
        How::Count | How::Least | How::Greatest => {
            use DataType::{Boolean, Date32, Float64, Int8, Int32, Int64};
            prop::sample::select(vec![Boolean, Date32, Int8, Int32, Int64, Float64, decimal]).boxed()
        }
    }
}

fn case() -> impl Strategy<Value = Case> {
    let shifts = prop::collection::btree_set(1_i64..9, 0..4);
    let ranges = prop::collection::vec(range(), 1..6);
    let rows = prop::collection::vec(row(), 0..60);
    let what = how().prop_flat_map(|how| (Just(how), type_for(how)));
    (rows, ranges, shifts, any::<[bool; 2]>(), 0_u8..3, what, 0_u8..3).prop_map(
        |(mut rows, mut ranges, before, [clocked, dense], known, (how, type_of), take)| {
            // Groups are numbered as they first appear, as a GROUP BY numbers them.
            let mut numbers: Vec<u32> = Vec::new();
            for row in &mut rows {
                let known = numbers.iter().position(|&group| group == row.group);
                row.group = known.unwrap_or_else(|| {
                    numbers.push(row.group);
                    numbers.len() - 1
                }) as u32;
            }
            if !clocked {
                ranges.iter_mut().for_each(|range| *range = Range::ALL);
            }
            let mut shifts: Vec<i64> = before.into_iter().rev().chain([0]).collect();
            let late = known > 0;
            if late {
                // A row that no cutoff sees is none of the rows given; those of a slot are seen together.
                for row in &mut rows {
                    let clock = row.clock.filter(|_| clocked).unwrap_or(5);
                    let day = i64::from(row.group) * 7 + clock;
                    row.since = match known {
                        1 => day.rem_euclid(shifts.len() as i64) as u16,
                        // Known on its day: a cutoff sees what lies before it.
                        _ => shifts[..shifts.len() - 1].partition_point(|shift| *shift >= clock) as u16,
                    };
                }
            } else {
                shifts = vec![0];
            }
            Case { rows, ranges, shifts, clocked, dense, late, how, type_of, take }
        },
    )
}

impl Case {
    fn argument(&self) -> ArrayRef {
        let whole: Vec<Option<i64>> = self.rows.iter().map(|row| row.value).collect();
        match &self.type_of {
            DataType::Boolean => Arc::new(whole.iter().map(|v| v.map(|v| v > 0)).collect::<BooleanArray>()),
            DataType::Date32 => {
                let days = whole.iter().map(|v| v.map(|v| v as i32));
                Arc::new(days.collect::<Date32Array>())
            }
            DataType::Decimal128(..) => {
                let all = whole.iter().map(|v| v.map(i128::from)).collect::<Decimal128Array>();
                Arc::new(all.with_data_type(self.type_of.clone()))
            }
            // Eighths: their sums are exact in any order.
            DataType::Float64 => {
                Arc::new(whole.iter().map(|v| v.map(|v| v as f64 / 8.0)).collect::<Float64Array>())
            }
            other => cast(&Int64Array::from(whole), other).unwrap(),
        }
    }

    /// The rows of a group that a window sees at a cutoff.
    fn within(&self, group: u32, range: Range, cutoff: u16, slice: u16) -> Vec<&Row> {
        let shift = self.shifts[usize::from(cutoff)];
        self.rows
            .iter()
            .filter(|row| {
                let seen = !self.late || row.since <= cutoff;
                let inside = !self.clocked
                    || range == Range::ALL
                    || row.clock.is_some_and(|clock| {
                        let clock = clock - shift;
                        range.after.is_none_or(|after| clock > after)
                            && range.up_to.is_none_or(|up_to| clock <= up_to)
                    });
                let taken = match self.take {
                    0 => true,
                    1 => row.taken == Some(true),
                    _ => row.code == slice,
                };
                row.group == group && seen && inside && taken
            })
            .collect()
    }

    /// The aggregate of one group as a float; NULL is `None`.
    fn expected(&self, rows: &[&Row]) -> Option<f64> {
        let scale = match self.type_of {
            DataType::Float64 => 8.0,
            DataType::Decimal128(..) => 100.0,
            _ => 1.0,
        };
        let values: Vec<f64> = rows
            .iter()
            .filter_map(|row| row.value)
            .map(|v| if self.type_of == DataType::Boolean { f64::from(v > 0) } else { v as f64 / scale })
            .collect();
        let count = values.len() as f64;
        let sum: f64 = values.iter().sum();
        match self.how {
            How::Count => Some(count),
            How::Sum => (count > 0.0).then_some(sum),
            How::SumOrZero => (!rows.is_empty()).then_some(sum),
            How::Mean => (count > 0.0).then_some(sum / count),
            How::Least => values.into_iter().reduce(f64::min),
            How::Greatest => values.into_iter().reduce(f64::max),
            How::Variance { sample, root } => {
                let by = if sample { count - 1.0 } else { count };
                let squares: f64 = values.iter().map(|v| (v - sum / count).powi(2)).sum();
                (by > 0.0).then_some(if root { (squares / by).sqrt() } else { squares / by })
            }
        }
    }
}

/// A column as floats, decimals with their point.
fn floats(column: &ArrayRef) -> Vec<Option<f64>> {
    let column = match column.data_type() {
        DataType::Decimal128(..) => {
            let units = column.as_primitive::<Decimal128Type>();
            return units.iter().map(|v| v.map(|v| v as f64 / 100.0)).collect();
        }
        DataType::Date32 => cast(&cast(column, &DataType::Int32).unwrap(), &DataType::Float64).unwrap(),
        _ => cast(column, &DataType::Float64).unwrap(),
    };
    column.as_primitive::<Float64Type>().iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_aggregate_of_any_rows_is_what_a_plain_loop_makes_of_them(case in case()) {
        let groups: Vec<u32> = case.rows.iter().map(|row| row.group).collect();
        let group_count = groups.iter().max().map_or(0, |last| *last as usize + 1);
        let days: Int64Array = case.rows.iter().map(|row| row.clock).collect();
        let clock = case.clocked.then(|| Clock { values: days.values(), nulls: days.nulls() });
        let since: Vec<u16> = case.rows.iter().map(|row| row.since).collect();
        let windows = Windows::new(case.ranges.clone());
        let rows = Rows { groups: &groups, group_count, clock, since: case.late.then_some(&since[..]) };
        let slots = match clock.filter(|_| case.dense && !case.late) {
            Some(clock) => Slots::of_intervals(&groups, group_count, clock, &windows),
            None => Slots::new(&rows).unwrap(),
        };

        let taken: BooleanArray = case.rows.iter().map(|row| row.taken).collect();
        let codes: Vec<u16> = case.rows.iter().map(|row| row.code).collect();
        let (target, slices) = match case.take {
            0 => (Target::all(&slots), None),
            1 => (Target::picked(&slots, &taken), None),
            _ => {
                let (target, held) = Target::coded(&slots, &codes, SLICES);
                (target, Some(held))
            }
        };
        let argument = Argument::new(&case.argument()).unwrap();
        let field = Field::new(&target, case.how.keep(), Some(&argument)).unwrap();
        let valid = Field::new(&target, How::Count.keep(), Some(&argument)).unwrap();
        let counted = Field::new(&target, How::Count.keep(), None).unwrap();

        for cutoff in 0..case.shifts.len() as u16 {
            let present = slots.present(cutoff);
            let seen = |group: &u32| case.rows.iter().any(|r| r.group == *group && (!case.late || r.since <= cutoff));
            prop_assert_eq!(&present, &(0..group_count as u32).filter(seen).collect::<Vec<_>>());
            let placed = Placed::new(&slots, &windows, &present, cutoff, case.shifts[usize::from(cutoff)]);
            let all: Vec<usize> = (0..case.ranges.len()).collect();
            let located = slices.as_ref().map_or_else(|| vec![placed.slots()], |held| placed.slices(held));
            for (slice, at) in located.iter().enumerate() {
                let slice = slice as u16;
                let reduce = |field: &Field, keep| field.reduce(keep, at, &all).unwrap();
                let values = reduce(&field, case.how.keep());
                let valid = reduce(&valid, Keep::Count);
                let around = reduce(&counted, Keep::Count);
                for (number, range) in case.ranges.iter().enumerate() {
                    let around = (case.how == How::SumOrZero).then_some(around[number].counts());
                    let valid = valid[number].counts();
                    let made = |finish: Finish| {
                        let values = values[number].clone();
                        values.column(case.how, valid, around, 0, &case.type_of, finish).unwrap()
                    };
                    let column = made(Finish::default());
                    if case.how != How::Count {
                        prop_assert_eq!(column.data_type(), &case.type_of);
                    }
                    let found = floats(&column);
                    if let Some(float) = as_float(&column) {
                        let zeros = zero_for_null(&float).unwrap();
                        prop_assert_eq!(&made(Finish { float: true, or_zero: false }), &float);
                        prop_assert_eq!(&made(Finish { float: true, or_zero: true }), &zeros);
                    }
                    if let Some(zeros) = zero_for_null(&column) {
                        prop_assert_eq!(&made(Finish { float: false, or_zero: true }), &zeros);
                    }
                    for (place, group) in present.iter().enumerate() {
                        let rows = case.within(*group, *range, cutoff, slice);
                        let expected = case.expected(&rows);
                        let alike = match (expected, found[place]) {
                            (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(1.0),
                            (a, b) => a == b,
                        };
                        prop_assert!(alike, "{:?} of {:?}: {:?}, not {:?}", case.how, rows, found[place], expected);
                    }
                }
            }
        }
    }
}

#[test]
fn rows_of_a_slot_that_are_seen_at_different_times_are_not_shared() {
    let values = [3, 3, 4];
    let clock = Some(Clock { values: &values, nulls: None });
    let rows = |since| Rows { groups: &[0, 0, 0], group_count: 1, clock, since: Some(since) };
    assert!(Slots::new(&rows(&[0, 1, 1])).is_none());
    assert!(Slots::new(&rows(&[1, 1, 0])).is_some());
}

proptest! {
    /// A sum of floats, to the last bit, whatever other windows and cutoffs are asked for.
    #[test]
    fn a_window_does_not_depend_on_others(
        values in prop::collection::vec((1_i64..40, -1e6_f64..1e6), 1..80),
        first in 1_i64..40,
        more in prop::collection::vec(0_i64..40, 0..5),
        shift in 0_i64..20,
    ) {
        let mut days: Vec<i64> = values.iter().map(|(day, _)| *day).collect();
        days.sort_unstable_by_key(|day| -day);
        let amounts: Arc<Float64Array> = Arc::new(values.iter().map(|(_, v)| Some(*v)).collect());
        let amounts: ArrayRef = amounts;
        let up_to = |day| Range { after: None, up_to: Some(day) };
        let sum = |rows: std::ops::Range<usize>, shift: i64| {
            let groups = vec![0; rows.len()];
            let clock = Some(Clock { values: &days[rows.clone()], nulls: None });
            let since: Vec<u16> = days[rows.clone()].iter().map(|day| u16::from(*day <= shift)).collect();
            let seen = (shift > 0).then_some(&since[..]);
            let slots = Slots::new(&Rows { groups: &groups, group_count: 1, clock, since: seen }).unwrap();
            let field = Field::new(&Target::all(&slots), Keep::Sum, Some(&Argument::new(&amounts.slice(rows.start, rows.len())).unwrap()));
            (slots, field.unwrap())
        };
        // The same fold, over all rows at a cutoff `shift` days back, and over the rows that this cutoff sees alone.
        let windows = Windows::new(more.iter().copied().chain([first]).map(up_to).collect());
        let seen = days.iter().filter(|day| **day > shift).count();
        let (together, kept) = sum(0..days.len(), shift);
        let at = Placed::new(&together, &windows, &[0], 0, shift);
        let among = kept.reduce(Keep::Sum, &at.slots(), &[more.len()]).unwrap();
        let (apart, kept) = sum(0..seen, 0);
        let at = Placed::new(&apart, &windows, &[0], 0, shift);
        let alone = kept.reduce(Keep::Sum, &at.slots(), &[more.len()]).unwrap();
        prop_assert_eq!(format!("{among:?}"), format!("{alone:?}"));
    }
}
