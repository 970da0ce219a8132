//! Rows as few bytes: how a bucket's rows wait to be sorted.
//!
//! A block is a number of rows, column after column. Whole numbers are kept as their distance from the block's
//! least one, in as many bytes as the farthest needs; texts are their lengths and then their bytes. The rows of a
//! shop take less than half of what they take as Arrow arrays, and are read back into whole columns in one go.
//!
//! Texts come back as views, which can be put into another order without a look at their bytes.

use std::sync::Arc;

use arrow::array::builder::NullBufferBuilder;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array, Float64Array,
    Int64Array, RecordBatch, StringArray, StringViewBuilder, TimestampMicrosecondArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, Schema, SchemaRef, TimeUnit,
    TimestampMicrosecondType,
};
use foretell_engine::{Error, Result};

/// Bytes of a decimal whose block holds one that 64 bits cannot.
const WIDE: u8 = 16;

/// Appends the rows `rows` of `batch` to `out`, as one block.
///
/// # Errors
/// Internal, when a column is of a type that the lake does not have.
pub(crate) fn pack(batch: &RecordBatch, rows: &[u32], out: &mut Vec<u8>) -> Result<()> {
    out.extend((rows.len() as u32).to_le_bytes());
    let mut numbers: Vec<i64> = Vec::with_capacity(rows.len());
    for column in batch.columns() {
        pack_nulls(column, rows, out);
        let rows = rows.iter().map(|row| *row as usize);
        numbers.clear();
        match column.data_type() {
            DataType::Utf8 => {
                pack_texts(column.as_string(), rows, &mut numbers, out);
                continue;
            }
            DataType::Boolean => {
                let values = column.as_boolean();
                numbers.extend(rows.map(|row| i64::from(values.value(row))));
            }
            DataType::Date32 => {
                let values = column.as_primitive::<Date32Type>().values();
                numbers.extend(rows.map(|row| i64::from(values[row])));
            }
            DataType::Int64 => {
                let values = column.as_primitive::<Int64Type>().values();
                numbers.extend(rows.map(|row| values[row]));
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let values = column.as_primitive::<TimestampMicrosecondType>().values();
                numbers.extend(rows.map(|row| values[row]));
            }
            DataType::Float64 => {
                let values = column.as_primitive::<Float64Type>().values();
                numbers.extend(rows.map(|row| values[row].to_bits().cast_signed()));
            }
            DataType::Decimal128(..) => {
                let values = column.as_primitive::<Decimal128Type>().values();
                if rows.clone().any(|row| i64::try_from(values[row]).is_err()) {
                    out.push(WIDE);
                    rows.for_each(|row| out.extend(values[row].to_le_bytes()));
                    continue;
                }
                numbers.extend(rows.map(|row| values[row] as i64));
            }
            other => return Err(unknown(other)),
        }
        pack_numbers(&numbers, out);
    }
    Ok(())
}

/// Says whether all values are there, and if not, which.
fn pack_nulls(column: &ArrayRef, rows: &[u32], out: &mut Vec<u8>) {
    let Some(nulls) = column.nulls().filter(|nulls| nulls.null_count() > 0) else { return out.push(0) };
    out.push(1);
    out.extend(rows.iter().map(|row| u8::from(nulls.is_valid(*row as usize))));
}

fn pack_texts(
    values: &StringArray,
    rows: impl Iterator<Item = usize> + Clone,
    lengths: &mut Vec<i64>,
    out: &mut Vec<u8>,
) {
    let offsets = values.value_offsets();
    lengths.extend(rows.clone().map(|row| i64::from(offsets[row + 1] - offsets[row])));
    pack_numbers(lengths, out);
    let bytes = values.value_data();
    rows.for_each(|row| push_text(bytes, offsets[row] as usize, offsets[row + 1] as usize, out));
}

/// Appends `bytes[start..end]`.
///
/// Most texts are short: to move sixteen bytes and cut off the surplus takes less than a call that moves a number of
/// bytes known only then.
fn push_text(bytes: &[u8], start: usize, end: usize, out: &mut Vec<u8>) {
    match bytes[start..].first_chunk::<16>() {
        Some(sixteen) if end - start <= sixteen.len() => {
            let length = out.len() + end - start;
            out.extend_from_slice(sixteen);
            out.truncate(length);
        }
        _ => out.extend_from_slice(&bytes[start..end]),
    }
}

/// The bytes of a number, the least number, then each one's distance from it.
fn pack_numbers(numbers: &[i64], out: &mut Vec<u8>) {
    let least = numbers.iter().copied().min().unwrap_or_default();
    let farthest = numbers.iter().copied().max().unwrap_or_default().wrapping_sub(least).cast_unsigned();
    let width = match farthest {
        0 => 0,
        0x1..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    };
    out.push(width);
    out.extend(least.to_le_bytes());
    let distances = numbers.iter().map(|number| number.wrapping_sub(least));
    match width {
        0 => {}
        1 => out.extend(distances.map(|d| d as u8)),
        2 => out.extend(distances.flat_map(|d| (d as u16).to_le_bytes())),
        4 => out.extend(distances.flat_map(|d| (d as u32).to_le_bytes())),
        _ => out.extend(distances.flat_map(i64::to_le_bytes)),
    }
}

/// Blocks on their way back into one batch.
pub(crate) struct Unpacked {
    schema: SchemaRef,
    columns: Vec<Growing>,
    numbers: Vec<i64>,
}

/// A column that grows block by block.
struct Growing {
    nulls: NullBufferBuilder,
    values: Values,
}

enum Values {
    Texts(StringViewBuilder),
    Booleans(BooleanBufferBuilder),
    Days(Vec<i32>),
    Whole(Vec<i64>),
    Floats(Vec<f64>),
    Decimals(Vec<i128>),
}

impl Unpacked {
    /// Makes room for `rows` rows of `schema`.
    ///
    /// # Errors
    /// Internal, when a column is of a type that the lake does not have.
    pub(crate) fn new(schema: &SchemaRef, rows: usize) -> Result<Self> {
        let columns = schema.fields().iter().map(|field| {
            let values = match field.data_type() {
                DataType::Utf8 => Values::Texts(StringViewBuilder::with_capacity(rows)),
                DataType::Boolean => Values::Booleans(BooleanBufferBuilder::new(rows)),
                DataType::Date32 => Values::Days(Vec::with_capacity(rows)),
                DataType::Int64 | DataType::Timestamp(TimeUnit::Microsecond, _) => {
                    Values::Whole(Vec::with_capacity(rows))
                }
                DataType::Float64 => Values::Floats(Vec::with_capacity(rows)),
                DataType::Decimal128(..) => Values::Decimals(Vec::with_capacity(rows)),
                other => return Err(unknown(other)),
            };
            Ok(Growing { nulls: NullBufferBuilder::new(rows), values })
        });
        Ok(Self { schema: Arc::clone(schema), columns: columns.collect::<Result<_>>()?, numbers: Vec::new() })
    }

    /// Appends the rows of a block.
    ///
    /// # Errors
    /// Internal, when the block is not one that [`pack`] made of rows of this schema.
    pub(crate) fn push(&mut self, block: &[u8]) -> Result<()> {
        let mut block = Block(block);
        let rows = u32::from_le_bytes(block.array()?) as usize;
        for column in &mut self.columns {
            let valid = match block.array()? {
                [0] => None,
                _ => Some(block.bytes(rows)?),
            };
            match (valid, &column.values) {
                (_, Values::Texts(_)) => {}
                (None, _) => column.nulls.append_n_non_nulls(rows),
                (Some(valid), _) => valid.iter().for_each(|valid| column.nulls.append(*valid != 0)),
            }
            let [width] = block.array()?;
            if let (WIDE, Values::Decimals(into)) = (width, &mut column.values) {
                let (values, _) = block.bytes(rows * usize::from(WIDE))?.as_chunks();
                into.extend(values.iter().map(|bytes| i128::from_le_bytes(*bytes)));
                continue;
            }
            block.numbers(width, rows, &mut self.numbers)?;
            let numbers = self.numbers.iter().copied();
            match &mut column.values {
                Values::Texts(into) => block.texts(&self.numbers, valid, into)?,
                Values::Booleans(into) => numbers.for_each(|value| into.append(value != 0)),
                Values::Days(into) => into.extend(numbers.map(|day| day as i32)),
                Values::Whole(into) => into.extend(numbers),
                Values::Floats(into) => into.extend(numbers.map(|bits| f64::from_bits(bits.cast_unsigned()))),
                Values::Decimals(into) => into.extend(numbers.map(i128::from)),
            }
        }
        if block.0.is_empty() { Ok(()) } else { Err(torn()) }
    }

    /// All rows.
    ///
    /// # Errors
    /// Internal, when they do not fit the schema.
    pub(crate) fn finish(self) -> Result<RecordBatch> {
        let types = self.schema.fields().iter().map(|field| field.data_type());
        let columns: Vec<_> =
            self.columns.into_iter().zip(types).map(|(column, to)| column.finish(to)).collect();
        let fields = self.schema.fields().iter().zip(&columns);
        let fields = fields.map(|(field, c)| field.as_ref().clone().with_data_type(c.data_type().clone()));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        RecordBatch::try_new(schema, columns)
            .map_err(|e| Error::internal("rows kept for sorting do not fit the lake").because(e))
    }
}

impl Growing {
    fn finish(mut self, to: &DataType) -> ArrayRef {
        let nulls: Option<NullBuffer> = self.nulls.finish();
        match (self.values, to) {
            (Values::Texts(mut values), _) => Arc::new(values.finish()),
            (Values::Booleans(mut values), _) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            (Values::Days(values), _) => Arc::new(Date32Array::new(values.into(), nulls)),
            (Values::Whole(values), DataType::Int64) => Arc::new(Int64Array::new(values.into(), nulls)),
            (Values::Whole(values), _) => {
                Arc::new(TimestampMicrosecondArray::new(values.into(), nulls).with_data_type(to.clone()))
            }
            (Values::Floats(values), _) => Arc::new(Float64Array::new(values.into(), nulls)),
            (Values::Decimals(values), _) => {
                Arc::new(Decimal128Array::new(values.into(), nulls).with_data_type(to.clone()))
            }
        }
    }
}

/// What is left of a block.
struct Block<'a>(&'a [u8]);

impl<'a> Block<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or_else(torn)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or_else(torn)?;
        self.0 = rest;
        Ok(*bytes)
    }

    /// Reads texts of these lengths; `valid` says which of them are there.
    fn texts(&mut self, lengths: &[i64], valid: Option<&[u8]>, into: &mut StringViewBuilder) -> Result<()> {
        let all =
            lengths.iter().try_fold(0_usize, |sum, length| sum.checked_add(usize::try_from(*length).ok()?));
        let mut rest = std::str::from_utf8(self.bytes(all.ok_or_else(torn)?)?).map_err(|_| torn())?;
        for (row, length) in lengths.iter().enumerate() {
            let (text, after) = rest.split_at_checked(*length as usize).ok_or_else(torn)?;
            rest = after;
            if valid.is_none_or(|valid| valid[row] != 0) {
                into.append_value(text);
            } else {
                into.append_null();
            }
        }
        Ok(())
    }

    /// Reads what [`pack_numbers`] wrote behind the width.
    fn numbers(&mut self, width: u8, count: usize, into: &mut Vec<i64>) -> Result<()> {
        let least = i64::from_le_bytes(self.array()?);
        let bytes = self.bytes(count * usize::from(width))?;
        into.clear();
        match width {
            0 => into.resize(count, least),
            1 => into.extend(bytes.iter().map(|byte| least.wrapping_add(i64::from(*byte)))),
            2 => into.extend(
                bytes.as_chunks().0.iter().map(|b| least.wrapping_add(u16::from_le_bytes(*b).into())),
            ),
            4 => into.extend(
                bytes.as_chunks().0.iter().map(|b| least.wrapping_add(u32::from_le_bytes(*b).into())),
            ),
            8 => into.extend(bytes.as_chunks().0.iter().map(|b| least.wrapping_add(i64::from_le_bytes(*b)))),
            _ => return Err(torn()),
        }
        Ok(())
    }
}

fn unknown(found: &DataType) -> Error {
    Error::internal(format!("a column of type {found} on its way to the lake"))
}

fn torn() -> Error {
    Error::internal("rows kept for sorting came back damaged")
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::UInt32Array;
    use arrow::compute::{cast, concat_batches, take_record_batch};
    use arrow::datatypes::Field;
    use proptest::prelude::*;

    /// One value of each type that the lake has; the hash cannot be NULL.
    type Row = (Option<String>, Option<bool>, Option<i32>, Option<i64>, i64, Option<f64>, Option<i128>);

    fn batch(rows: &[Row]) -> RecordBatch {
        let instants: Vec<Option<i64>> = rows.iter().map(|row| row.3.map(|v| v / 7)).collect();
        let decimals = Decimal128Array::from(rows.iter().map(|row| row.6).collect::<Vec<_>>());
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("text", Arc::new(rows.iter().map(|row| row.0.as_deref()).collect::<StringArray>())),
            ("boolean", Arc::new(BooleanArray::from(rows.iter().map(|row| row.1).collect::<Vec<_>>()))),
            ("day", Arc::new(Date32Array::from(rows.iter().map(|row| row.2).collect::<Vec<_>>()))),
            ("whole", Arc::new(Int64Array::from(rows.iter().map(|row| row.3).collect::<Vec<_>>()))),
            ("instant", Arc::new(TimestampMicrosecondArray::from(instants).with_timezone("UTC"))),
            ("hash", Arc::new(Int64Array::from(rows.iter().map(|row| row.4).collect::<Vec<_>>()))),
            ("float", Arc::new(Float64Array::from(rows.iter().map(|row| row.5).collect::<Vec<_>>()))),
            ("decimal", Arc::new(decimals.with_precision_and_scale(38, 2).unwrap())),
        ];
        let fields: Vec<Field> =
            columns.iter().map(|(name, c)| Field::new(*name, c.data_type().clone(), true)).collect();
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    }

    /// Numbers of all widths, as well as the farthest apart.
    fn number() -> impl Strategy<Value = i64> {
        prop_oneof![
            Just(0),
            -100_i64..100,
            -30_000_i64..30_000,
            any::<i32>().prop_map(i64::from),
            any::<i64>()
        ]
    }

    fn row() -> impl Strategy<Value = Row> {
        let text = prop_oneof![Just(String::new()), ".{0,3}", "[a-zß漢]{10,16}", "x{300}"];
        let decimal = prop_oneof![number().prop_map(i128::from), -10_i128.pow(37)..10_i128.pow(37)];
        (
            prop::option::weighted(0.9, text),
            prop::option::weighted(0.9, any::<bool>()),
            prop::option::weighted(0.9, any::<i32>()),
            prop::option::weighted(0.9, number()),
            any::<i64>(),
            prop::option::weighted(0.9, any::<f64>()),
            prop::option::weighted(0.9, decimal),
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn blocks_come_back_as_the_rows_they_were(
            blocks in prop::collection::vec(
                (prop::collection::vec(row(), 1..20), prop::collection::vec(any::<prop::sample::Index>(), 0..30)),
                0..5,
            ),
        ) {
            let schema = batch(&[]).schema();
            let mut unpacked = Unpacked::new(&schema, 3).unwrap();
            let mut expected = Vec::new();
            for (rows, chosen) in &blocks {
                let all = batch(rows);
                let chosen: Vec<u32> = chosen.iter().map(|index| index.index(rows.len()) as u32).collect();
                let mut block = Vec::new();
                pack(&all, &chosen, &mut block).unwrap();
                unpacked.push(&block).unwrap();
                expected.push(take_record_batch(&all, &UInt32Array::from(chosen)).unwrap());
            }
            let expected = concat_batches(&schema, &expected).unwrap();
            let found = unpacked.finish().unwrap();
            for (found, expected) in found.columns().iter().zip(expected.columns()) {
                prop_assert_eq!(&cast(found, expected.data_type()).unwrap(), expected);
            }
        }

        #[test]
        fn a_damaged_block_is_an_error(rows in prop::collection::vec(row(), 1..9), cut in any::<prop::sample::Index>()) {
            let all = batch(&rows);
            let chosen: Vec<u32> = (0..rows.len() as u32).collect();
            let mut block = Vec::new();
            pack(&all, &chosen, &mut block).unwrap();
            let short = &block[..cut.index(block.len())];
            prop_assert!(Unpacked::new(&all.schema(), 9).unwrap().push(short).is_err());
            block.push(0);
            prop_assert!(Unpacked::new(&all.schema(), 9).unwrap().push(&block).is_err());
        }
    }

    #[test]
    fn lines_of_a_month_take_less_than_half_of_what_arrays_take() {
        let line = |row: i64| -> Row {
            let at = 1_700_000_000_000_000 + row * 60_000_000;
            (
                Some(format!("C{row:07}")),
                Some(false),
                Some(19_000),
                Some(at),
                7,
                Some(1.5),
                Some(i128::from(row)),
            )
        };
        let all = batch(&(0..512).map(line).collect::<Vec<_>>());
        let mut block = Vec::new();
        pack(&all, &(0..512).collect::<Vec<_>>(), &mut block).unwrap();
        let arrays: usize = all.columns().iter().map(|c| c.to_data().get_slice_memory_size().unwrap()).sum();
        assert!(block.len() * 2 < arrays, "{} bytes for {arrays}", block.len());
    }

    #[test]
    fn a_type_that_the_lake_does_not_have_is_an_error() {
        let schema = Arc::new(Schema::new(vec![Field::new("x", DataType::Int8, true)]));
        assert!(Unpacked::new(&schema, 1).is_err());
        assert!(pack(&RecordBatch::new_empty(schema), &[], &mut Vec::new()).is_err());
    }
}
