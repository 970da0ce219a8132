//! Which customer each row belongs to, and from which cutoff on it is seen.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, PrimitiveArray, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{Date32Type, Int32Type, Int64Type};
use arrow::error::ArrowError;

use crate::number::NO_ROW;
use crate::text::same;

/// The first row of each run of equal texts, coded or not, and the number of rows.
///
/// # Errors
/// The column is of another type.
pub fn starts(ids: &ArrayRef) -> Result<Vec<usize>, ArrowError> {
    let mut starts = Vec::new();
    if let Some(coded) = ids.as_dictionary_opt::<Int32Type>() {
        let codes = coded.keys().values();
        starts.extend((0..codes.len()).filter(|&row| row == 0 || codes[row] != codes[row - 1]));
    } else {
        let ids = texts(ids)?;
        starts.extend((0..ids.len()).filter(|&row| row == 0 || !same(ids.value(row), ids.value(row - 1))));
    }
    starts.push(ids.len());
    Ok(starts)
}

/// The first row of the last run of equal texts or of their codes; 0 where there is no row.
///
/// # Errors
/// The column is of another type.
pub fn last_start(ids: &ArrayRef) -> Result<usize, ArrowError> {
    fn after<T: PartialEq>(rows: usize, value: impl Fn(usize) -> T) -> usize {
        (1..rows).rev().find(|&row| value(row - 1) != value(row)).unwrap_or_default()
    }
    if let Some(codes) = ids.as_primitive_opt::<Int32Type>() {
        return Ok(after(codes.len(), |row| codes.value(row)));
    }
    let ids = texts(ids)?;
    Ok(after(ids.len(), |row| ids.value(row)))
}

/// The texts at some rows of a column of them, coded or not.
///
/// # Errors
/// The column is of another type.
pub fn at(ids: &ArrayRef, rows: &[usize]) -> Result<StringArray, ArrowError> {
    let Some(coded) = ids.as_dictionary_opt::<Int32Type>() else {
        let ids = texts(ids)?;
        return Ok(StringArray::from_iter_values(rows.iter().map(|&row| ids.value(row))));
    };
    let (codes, ids) = (coded.keys(), texts(coded.values())?);
    Ok(StringArray::from_iter_values(rows.iter().map(|&row| ids.value(codes.value(row) as usize))))
}

/// How many of some ids, ascending, do not come after `last`.
pub fn up_to(ids: &StringArray, last: &str) -> usize {
    ids.iter().flatten().take_while(|id| *id <= last).count()
}

fn texts(column: &ArrayRef) -> Result<&StringArray, ArrowError> {
    column
        .as_string_opt()
        .ok_or_else(|| ArrowError::ComputeError(format!("ids of type {} are no texts", column.data_type())))
}

/// The number of each row's run, given where runs start.
pub fn of_rows(starts: &[usize]) -> Vec<u32> {
    let mut of_row = Vec::with_capacity(starts.last().copied().unwrap_or_default());
    for (run, rows) in starts.windows(2).enumerate() {
        of_row.extend(std::iter::repeat_n(run as u32, rows[1] - rows[0]));
    }
    of_row
}

/// The run of each row and the first row of each run, of rows that lie together by customer.
pub fn runs(customers: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut of_row = Vec::with_capacity(customers.len());
    let mut first_row: Vec<u32> = Vec::new();
    let mut before = None;
    for (row, &customer) in customers.iter().enumerate() {
        if before != Some(customer) {
            first_row.push(row as u32);
            before = Some(customer);
        }
        of_row.push(first_row.len() as u32 - 1);
    }
    (of_row, first_row)
}

/// The first of `cutoffs` (days, ascending) that sees each row: it lies after the row's day and after the day on which
/// the row became known, where there is one; their number where none sees it.
pub fn since(
    days: &PrimitiveArray<Date32Type>,
    known: Option<&PrimitiveArray<Date32Type>>,
    cutoffs: &[i32],
) -> Vec<u16> {
    let first_after = |day: i32| cutoffs.partition_point(|cutoff| *cutoff <= day) as u16;
    let mut since: Vec<u16> = days.values().iter().map(|day| first_after(*day)).collect();
    if let Some(known) = known {
        for (row, since) in since.iter_mut().enumerate().filter(|(row, _)| known.is_valid(*row)) {
            *since = (*since).max(first_after(known.value(row)));
        }
    }
    since
}

/// Days from each row's day to `last`.
pub fn days_before(days: &PrimitiveArray<Date32Type>, last: i32) -> Int64Array {
    Int64Array::from_iter_values(days.values().iter().map(|day| i64::from(last) - i64::from(*day)))
}

/// The first cutoff that sees any row of each of `count` customers; `never` where there is none.
pub fn first_seen(customers: &[u32], since: &[u16], count: usize, never: u16) -> Vec<u16> {
    let mut first = vec![never; count];
    for (customer, since) in customers.iter().zip(since) {
        let first = &mut first[*customer as usize];
        *first = (*first).min(*since);
    }
    first
}

/// Whether each row is seen before cutoff number `end`; `None` where all are.
pub fn seen_before(since: &[u16], end: u16) -> Option<BooleanArray> {
    let seen = BooleanBuffer::collect_bool(since.len(), |row| since[row] < end);
    (seen.count_set_bits() < since.len()).then(|| BooleanArray::new(seen, None))
}

/// The rows for which `keep` is true; NULL is not.
pub fn rows_of(keep: &BooleanArray) -> Vec<u32> {
    match keep.nulls() {
        None => keep.values().set_indices().map(|row| row as u32).collect(),
        Some(nulls) => (keep.values() & nulls.inner()).set_indices().map(|row| row as u32).collect(),
    }
}

/// The values at `rows`.
pub fn pick<T: Picked>(values: &[T], rows: &[u32]) -> Vec<T> {
    T::pick(values, rows)
}

/// What [`pick`] picks; named here so that its loops are compiled here, with optimisation.
pub trait Picked: Copy {
    /// The values at `rows`.
    fn pick(values: &[Self], rows: &[u32]) -> Vec<Self>;
}

macro_rules! picked {
    ($($number:ty),*) => {$(
        impl Picked for $number {
            fn pick(values: &[Self], rows: &[u32]) -> Vec<Self> {
                rows.iter().map(|&row| values[row as usize]).collect()
            }
        }
    )*};
}

picked!(u16, u32, i64);

/// Days before a cutoff that lies `by` days earlier.
pub fn earlier(mut days: Vec<i64>, by: i64) -> Vec<i64> {
    days.iter_mut().for_each(|days| *days -= by);
    days
}

/// Each value less `by`.
pub fn less(values: &dyn Array, by: i64) -> Int64Array {
    let values = values.as_primitive::<Int64Type>();
    let less = values.values().iter().map(|value| value.wrapping_sub(by)).collect();
    Int64Array::new(less, values.nulls().cloned())
}

/// Customers of several sources, put together in order.
#[derive(Debug, Default)]
pub struct People<'a> {
    /// Their ids, each once.
    ids: Vec<&'a str>,
    /// The first cutoff that sees each.
    since: Vec<u16>,
    /// For each source, the number of each of its customers among all.
    pub numbers: Vec<Vec<u32>>,
}

/// A source's customers: their ids, ascending, and when each is first seen.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The id of each.
    pub ids: &'a StringArray,
    /// See [`first_seen`].
    pub since: &'a [u16],
}

impl<'a> Listed<'a> {
    fn id(&self, customer: usize) -> Option<&'a str> {
        (customer < self.ids.len()).then(|| self.ids.value(customer))
    }
}

impl<'a> People<'a> {
    /// Puts the customers of all sources together; `never` is the number of cutoffs.
    pub fn of(sources: &[Option<Listed<'a>>], never: u16) -> Self {
        let mut people = Self { numbers: vec![Vec::new(); sources.len()], ..Self::default() };
        loop {
            let next = |(source, numbers): (&Option<Listed<'a>>, &Vec<u32>)| {
                source.as_ref().and_then(|listed| listed.id(numbers.len()))
            };
            let least = sources.iter().zip(&people.numbers).filter_map(next).min();
            let Some(id) = least else { return people };
            let mut since = never;
            for (source, numbers) in sources.iter().zip(&mut people.numbers) {
                if let Some(listed) = source
                    && listed.id(numbers.len()) == Some(id)
                {
                    since = since.min(listed.since[numbers.len()]);
                    numbers.push(people.ids.len() as u32);
                }
            }
            people.ids.push(id);
            people.since.push(since);
        }
    }

    /// The customers that a cutoff sees, and the place of each customer among them; `u32::MAX` where it has none.
    pub fn present(&self, cutoff: u16) -> (StringArray, Vec<u32>) {
        let mut places = Vec::with_capacity(self.ids.len());
        let mut count = 0;
        for since in &self.since {
            if *since <= cutoff {
                places.push(count);
                count += 1;
            } else {
                places.push(u32::MAX);
            }
        }
        let seen = self.ids.iter().zip(&self.since).filter(|(_, since)| **since <= cutoff);
        (StringArray::from_iter_values(seen.map(|(id, _)| id)), places)
    }

    /// For each of `count` places, which of a step's rows fills it; [`NO_ROW`] where none does.
    pub fn picks(&self, source: usize, customers: &[u32], places: &[u32], count: usize) -> Vec<u32> {
        let numbers = &self.numbers[source];
        let mut picks = vec![NO_ROW; count];
        for (row, customer) in customers.iter().enumerate() {
            picks[places[numbers[*customer as usize] as usize] as usize] = row as u32;
        }
        picks
    }
}
