//! What a look at a bucket's first rows says of how its columns are best written.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use foretell_storage::Hints;
use xxhash_rust::xxh3::xxh3_64;

/// Marks to which values are hashed, as a power of two; more than the rows that are looked at.
const MARKS: u32 = 18;

/// A dictionary pays where a value comes up this often or more.
///
/// Measured on lines of orders, two to an order: without a dictionary their order ids took 40% of the bytes and their
/// instants 70%, since Zstandard sees the text of its neighbour, and neither was hashed.
const REPEATS: usize = 4;

/// Looks at the first rows of a bucket, `customer_id`, day and instant first.
///
/// What they say depends on nothing but the rows, so that the same rows make the same bytes.
pub(crate) fn hints(first: &RecordBatch) -> Hints {
    let mut hints = Hints::default();
    let schema = first.schema();
    for (field, column) in schema.fields().iter().zip(first.columns()) {
        if field.name().starts_with('_') {
            // A hash, which is for the lake itself.
            for columns in [&mut hints.plain, &mut hints.unbounded, &mut hints.random] {
                columns.push(field.name().clone());
            }
        } else if distinct(column).is_some_and(|distinct| distinct * REPEATS > column.len()) {
            hints.plain.push(field.name().clone());
        }
    }
    // Rows lie by customer: but for the customer, each row group holds texts from all over the alphabet.
    let texts = schema.fields().iter().skip(1).filter(|field| field.data_type() == &DataType::Utf8View);
    hints.unbounded.extend(texts.map(|field| field.name().clone()));
    hints
}

/// About how many values a column has; `None` where a dictionary is no question.
///
/// Each value leaves a mark; two values with one mark are rare enough for what is asked.
fn distinct(column: &ArrayRef) -> Option<usize> {
    let mut marks = vec![0_u64; 1 << (MARKS - 6)];
    let mut mark = |hash: u64| {
        let place = hash >> (64 - MARKS);
        marks[(place >> 6) as usize] |= 1 << (place & 63);
    };
    // Fibonacci hashing: the upper bits of the product tell numbers apart.
    let mut number = |value: i64| mark(value.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15));
    match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().values().iter().for_each(|v| number(*v)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            column.as_primitive::<TimestampMicrosecondType>().values().iter().for_each(|v| number(*v));
        }
        DataType::Decimal128(..) => {
            column.as_primitive::<Decimal128Type>().values().iter().for_each(|v| number(*v as i64));
        }
        DataType::Float64 => {
            let values = column.as_primitive::<Float64Type>().values();
            values.iter().for_each(|v| number(v.to_bits().cast_signed()));
        }
        DataType::Utf8View => {
            column.as_string_view().iter().flatten().for_each(|v| mark(xxh3_64(v.as_bytes())));
        }
        _ => return None,
    }
    Some(marks.iter().map(|word| word.count_ones() as usize).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use arrow::array::{BooleanArray, Decimal128Array, Int32Array, Int64Array, StringViewArray};

    #[test]
    fn columns_that_hardly_repeat_need_no_dictionary() {
        let rows = 40_000_i64;
        let text = |value: fn(i64) -> String| -> ArrayRef {
            Arc::new(StringViewArray::from_iter_values((0..rows).map(value)))
        };
        let first = RecordBatch::try_from_iter([
            ("customer_id", text(|row| format!("C{}", row / 8))),
            ("order_id", text(|row| format!("O{}", row / 2))),
            ("region", text(|row| format!("R{}", row % 12))),
            ("quantity", Arc::new((0..rows).map(|row| row % 9).collect::<Int64Array>()) as ArrayRef),
            ("serial", Arc::new((0..rows).map(|row| row * 1_000_000).collect::<Int64Array>()) as ArrayRef),
            (
                "price",
                Arc::new((0..rows).map(|row| i128::from(row % 500)).collect::<Decimal128Array>()) as ArrayRef,
            ),
            ("is_return", Arc::new(BooleanArray::from(vec![false; rows as usize])) as ArrayRef),
            ("_key", Arc::new(Int32Array::from(vec![7; rows as usize])) as ArrayRef),
        ]);
        let hints = hints(&first.unwrap());
        assert_eq!(hints.plain, ["order_id", "serial", "_key"]);
        assert_eq!(hints.unbounded, ["_key", "order_id", "region"]);
        assert_eq!(hints.random, ["_key"]);
    }

    #[test]
    fn values_are_counted_about_right() {
        for (values, rows) in [(1_i64, 65_536_i64), (1_000, 65_536), (16_000, 65_536), (65_536, 65_536)] {
            let column: ArrayRef =
                Arc::new((0..rows).map(|row| row % values * 86_400_000_000).collect::<Int64Array>());
            let found = distinct(&column).unwrap() as f64;
            let expected = values as f64;
            assert!((0.85 * expected..=expected).contains(&found), "{found} of {expected}");
        }
    }
}
