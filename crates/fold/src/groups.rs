//! Groups within customers: which rows share a customer and a key.

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StringArray};
use arrow::datatypes::{DataType, Date32Type, Int32Type, Int64Type};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};
use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use crate::text;

/// Keys from which on a table is made anew for the next customer instead of being emptied.
const LARGE: usize = 1024;

/// The groups of some rows, numbered as they first appear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    /// The group of each row.
    pub of_row: Vec<u32>,
    /// The row at which each group first appears.
    pub first_row: Vec<u32>,
}

/// One column of a key; NULL equals NULL.
enum Key<'a> {
    Text(&'a StringArray),
    /// Texts by the codes of a dictionary that has none of them twice, and how many they are.
    Coded(&'a PrimitiveArray<Int32Type>, usize),
    Whole(&'a PrimitiveArray<Int64Type>),
    Day(&'a PrimitiveArray<Date32Type>),
    /// Any other type, in a form whose bytes are equal where the values are.
    Bytes(arrow::row::Rows),
}

impl Groups {
    /// Groups rows by customer and by key; equal customers and keys are one group, exactly.
    ///
    /// The rows of a customer must lie together. A dictionary must not have a value twice, as those of a
    /// [`Coder`](crate::Coder) have not.
    ///
    /// # Errors
    /// A key's type has no equality.
    pub fn new(customers: &[u32], keys: &[ArrayRef]) -> Result<Self, ArrowError> {
        let keys = keys.iter().map(Key::new).collect::<Result<Vec<_>, _>>()?;
        Ok(match keys.as_slice() {
            [Key::Coded(codes, count)] => Self::by_code(customers, codes, *count),
            // One key without NULL is nearly always what there is.
            [Key::Text(texts)] if texts.null_count() == 0 => Self::found(customers, &Texts(texts)),
            [Key::Whole(values)] if values.null_count() == 0 => {
                Self::found(customers, &Numbers(values.values()))
            }
            [Key::Day(values)] if values.null_count() == 0 => {
                Self::found(customers, &Numbers(values.values()))
            }
            keys => Self::found(customers, &Several(keys)),
        })
    }

    fn found(customers: &[u32], keys: &impl OfRow) -> Self {
        // One customer's keys at a time: the table stays small enough for the nearest cache.
        let mut table: HashTable<(u64, u32)> = HashTable::new();
        let mut of_row: Vec<u32> = Vec::with_capacity(customers.len());
        let mut first_row: Vec<u32> = Vec::with_capacity(customers.len() / 4);
        // The customer's first group, and whether each of the groups has a greater key than the one before: such keys
        // are new, and none of them is in the table.
        let (mut first, mut ascending) = (0, true);
        for row in 0..customers.len() {
            let next = row == 0 || customers[row - 1] != customers[row];
            if next {
                if table.capacity() > LARGE {
                    table = HashTable::new();
                }
                table.clear();
                (first, ascending) = (first_row.len(), true);
            } else if keys.same(row - 1, row) {
                // An order's lines follow one another, and so do a day's.
                of_row.push(of_row[row - 1]);
                continue;
            }
            if next || ascending && keys.ascends(row - 1, row) {
                of_row.push(first_row.len() as u32);
                first_row.push(row as u32);
                continue;
            }
            if ascending {
                for (group, &row) in first_row.iter().enumerate().skip(first) {
                    let hashed = keys.hash(row as usize);
                    table.insert_unique(hashed, (hashed, group as u32), |&(h, _)| h);
                }
                ascending = false;
            }
            let hashed = keys.hash(row);
            let found = table.find(hashed, |&(h, group)| {
                h == hashed && keys.same(first_row[group as usize] as usize, row)
            });
            let group = if let Some(&(_, group)) = found {
                group
            } else {
                let group = first_row.len() as u32;
                first_row.push(row as u32);
                table.insert_unique(hashed, (hashed, group), |&(h, _)| h);
                group
            };
            of_row.push(group);
        }
        Self { of_row, first_row }
    }

    /// The same for one key that is below `count`: a table of all codes takes the place of hashes.
    fn by_code(customers: &[u32], codes: &PrimitiveArray<Int32Type>, count: usize) -> Self {
        // One more than the last group of each code and, at the end, of NULL. Groups of customers before have smaller
        // numbers than the first of this one, so the table is never emptied.
        let mut last = vec![0_u32; count + 1];
        let mut of_row: Vec<u32> = Vec::with_capacity(customers.len());
        let mut first_row: Vec<u32> = Vec::with_capacity(customers.len() / 4);
        let mut first = 0;
        for (row, &code) in codes.values().iter().enumerate() {
            if row == 0 || customers[row - 1] != customers[row] {
                first = first_row.len() as u32;
            }
            let code = if codes.is_null(row) { count } else { code as usize };
            if last[code] <= first {
                first_row.push(row as u32);
                last[code] = first_row.len() as u32;
            }
            of_row.push(last[code] - 1);
        }
        Self { of_row, first_row }
    }
}

/// The keys of rows of one customer.
trait OfRow {
    /// Says that two rows have the same.
    fn same(&self, a: usize, b: usize) -> bool;

    /// Says that the second has a greater one, in an order that is always the same; never where that is not known.
    fn ascends(&self, a: usize, b: usize) -> bool;

    /// Equal where keys are, and seldom where they are not.
    fn hash(&self, row: usize) -> u64;
}

/// A text a row.
struct Texts<'a>(&'a StringArray);

/// A number a row.
struct Numbers<'a, T>(&'a [T]);

/// Any keys.
struct Several<'a>(&'a [Key<'a>]);

impl OfRow for Texts<'_> {
    #[inline]
    fn same(&self, a: usize, b: usize) -> bool {
        text::same(self.0.value(a), self.0.value(b))
    }

    #[inline]
    fn ascends(&self, a: usize, b: usize) -> bool {
        text::ascends(self.0.value(a), self.0.value(b))
    }

    #[inline]
    fn hash(&self, row: usize) -> u64 {
        xxh3_64(self.0.value(row).as_bytes())
    }
}

impl<T: Copy + Ord + Into<i64>> OfRow for Numbers<'_, T> {
    #[inline]
    fn same(&self, a: usize, b: usize) -> bool {
        self.0[a] == self.0[b]
    }

    #[inline]
    fn ascends(&self, a: usize, b: usize) -> bool {
        self.0[a] < self.0[b]
    }

    #[inline]
    fn hash(&self, row: usize) -> u64 {
        mixed(0, self.0[row].into() as u64)
    }
}

impl OfRow for Several<'_> {
    #[inline]
    fn same(&self, a: usize, b: usize) -> bool {
        self.0.iter().all(|key| key.same(a, b))
    }

    #[inline]
    fn ascends(&self, a: usize, b: usize) -> bool {
        self.0.first().is_some_and(|key| key.ascends(a, b))
    }

    #[inline]
    fn hash(&self, row: usize) -> u64 {
        self.0.iter().fold(0, |hash, key| mixed(hash, key.hash(row)))
    }
}

/// Fibonacci hashing, turned so that the bits that tell numbers apart are those a table looks at.
#[inline]
fn mixed(hash: u64, key: u64) -> u64 {
    (hash.rotate_left(23) ^ key).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32)
}

impl<'a> Key<'a> {
    fn new(array: &'a ArrayRef) -> Result<Self, ArrowError> {
        Ok(match array.data_type() {
            DataType::Utf8 => Self::Text(array.as_string()),
            DataType::Dictionary(key, _) if **key == DataType::Int32 => {
                let coded = array.as_dictionary::<Int32Type>();
                Self::Coded(coded.keys(), coded.values().len())
            }
            DataType::Int64 => Self::Whole(array.as_primitive()),
            DataType::Date32 => Self::Day(array.as_primitive()),
            other => {
                let converter = RowConverter::new(vec![SortField::new(other.clone())])?;
                Self::Bytes(converter.convert_columns(&[std::sync::Arc::clone(array)])?)
            }
        })
    }

    #[inline]
    fn same(&self, a: usize, b: usize) -> bool {
        match self {
            Self::Text(texts) => match (texts.is_null(a), texts.is_null(b)) {
                (false, false) => text::same(texts.value(a), texts.value(b)),
                (a, b) => a == b,
            },
            Self::Coded(codes, _) => alike(*codes, a, b, |row| codes.value(row)),
            Self::Whole(values) => alike(*values, a, b, |row| values.value(row)),
            Self::Day(values) => alike(*values, a, b, |row| values.value(row)),
            Self::Bytes(rows) => rows.row(a) == rows.row(b),
        }
    }

    /// Says that the second of two keys is greater; never where that is not known.
    #[inline]
    fn ascends(&self, a: usize, b: usize) -> bool {
        match self {
            Self::Text(texts) => {
                texts.is_valid(a) && texts.is_valid(b) && text::ascends(texts.value(a), texts.value(b))
            }
            Self::Whole(values) => {
                values.is_valid(a) && values.is_valid(b) && values.value(a) < values.value(b)
            }
            Self::Day(values) => {
                values.is_valid(a) && values.is_valid(b) && values.value(a) < values.value(b)
            }
            // Codes are numbered as they came, not in the order of what they stand for.
            Self::Coded(..) | Self::Bytes(_) => false,
        }
    }

    #[inline]
    fn hash(&self, row: usize) -> u64 {
        match self {
            Self::Text(texts) if texts.is_valid(row) => xxh3_64(texts.value(row).as_bytes()),
            Self::Coded(codes, _) if codes.is_valid(row) => codes.value(row) as u64,
            Self::Whole(values) if values.is_valid(row) => values.value(row) as u64,
            Self::Day(values) if values.is_valid(row) => values.value(row) as u64,
            Self::Bytes(rows) => xxh3_64(rows.row(row).as_ref()),
            _ => 0,
        }
    }
}

/// Equal values, or both NULL: what lies below a NULL does not count.
#[inline]
fn alike<T: PartialEq>(array: &dyn Array, a: usize, b: usize, value: impl Fn(usize) -> T) -> bool {
    match (array.is_null(a), array.is_null(b)) {
        (false, false) => value(a) == value(b),
        (a, b) => a == b,
    }
}
