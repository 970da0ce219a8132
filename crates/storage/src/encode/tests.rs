use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, Encoding, PageType};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::statistics::Statistics;

use super::*;

/// Numbers that look random and are not.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(seed), |x| Some(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1)))
        .map(|x| x >> 33)
}

/// One column of each kind that the encoder tells apart.
fn rows(count: usize) -> RecordBatch {
    let integers = |value: fn(usize, u64) -> Option<i64>| -> ArrayRef {
        Arc::new((0..count).zip(numbers(7)).map(|(row, x)| value(row, x)).collect::<Int64Array>())
    };
    let floats = |value: fn(usize, u64) -> Option<f64>| -> ArrayRef {
        Arc::new((0..count).zip(numbers(11)).map(|(row, x)| value(row, x)).collect::<Float64Array>())
    };
    let texts = (0..count).map(|i| (i % 3 != 0).then(|| format!("text {i}"))).collect::<StringArray>();
    RecordBatch::try_from_iter_with_nullable([
        ("texts", Arc::new(texts) as ArrayRef, true),
        ("small", integers(|_, x| Some((x % 5) as i64)), false),
        ("small_or_null", integers(|_, x| (x % 7 > 2).then_some((x % 200) as i64)), true),
        ("zero", integers(|_, _| Some(0)), true),
        ("no_integer", integers(|_, _| None), true),
        ("byte_then_short", integers(|row, x| Some((x % if row < 9 { 256 } else { 3_000 }) as i64)), true),
        ("short_then_many", integers(|row, x| Some(if row < 30 { 300 } else { x as i64 })), true),
        ("many_listed", integers(|row, _| (row % 2 > 0).then_some(row as i64)), true),
        ("negative", integers(|row, x| Some(if row == 21 { -1 } else { (x % 9) as i64 })), false),
        ("extreme", integers(|row, _| [Some(i64::MAX), None, Some(i64::MIN)][row % 3]), true),
        ("amounts", floats(|_, x| (x % 4 > 0).then_some(x as f64 / 100.0)), true),
        ("shares", floats(|row, x| (row % 9 > 0).then_some((x % 90) as f64 / 90.0)), true),
        ("shares_at_first", floats(|row, x| Some(if row < 40 { x % 9 } else { x } as f64 / 9.0)), true),
        ("sparse", floats(|_, x| Some(if x % 20 > 0 { 0.0 } else { (x / 20 % 9) as f64 })), true),
        ("whole", floats(|_, x| Some((x % 3) as f64 - 1.0)), false),
        ("no_float", floats(|_, _| None), true),
        ("strange", floats(|row, _| [Some(f64::NAN), Some(-0.0), Some(f64::INFINITY), None][row % 4]), true),
        (
            "flags",
            Arc::new((0..count).map(|row| (row % 5 > 1).then_some(row % 2 > 0)).collect::<BooleanArray>()),
            true,
        ),
    ])
    .unwrap()
}

fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder().set_compression(Compression::ZSTD(Default::default()))
}

/// Rows that come in parts of these sizes, again and again, as an object.
fn written(rows: &RecordBatch, parts: &[usize], page_rows: usize, group_pages: usize) -> Vec<u8> {
    let properties = properties().build();
    let mut encoder = Encoder::new(Vec::new(), &rows.schema(), properties, page_rows, group_pages).unwrap();
    let mut from = 0;
    for part in parts.iter().cycle() {
        let part = (*part).min(rows.num_rows() - from);
        encoder.write(&rows.slice(from, part)).unwrap();
        from += part;
        if from == rows.num_rows() {
            break;
        }
    }
    encoder.finish().unwrap()
}

fn read(bytes: Vec<u8>) -> (Arc<ParquetMetaData>, RecordBatch) {
    let reader = {
        let options = ArrowReaderOptions::new().with_encoding_stats_as_mask(false);
        ParquetRecordBatchReaderBuilder::try_new_with_options(Bytes::from(bytes), options).unwrap()
    };
    let (metadata, schema) = (Arc::clone(reader.metadata()), Arc::clone(reader.schema()));
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(|batch| batch.unwrap()).collect();
    (metadata, concat_batches(&schema, &batches).unwrap())
}

#[test]
fn bytes_depend_on_the_rows_alone_and_not_on_how_they_came() {
    let rows = rows(110);
    let whole = written(&rows, &[110], 16, 3);
    for parts in [vec![1], vec![16], vec![3, 0, 5], vec![50, 1], vec![15, 17]] {
        assert!(written(&rows, &parts, 16, 3) == whole, "{parts:?}");
    }
    let (metadata, read) = read(whole);
    let groups = metadata.row_groups().iter().map(|group| group.num_rows());
    assert_eq!(groups.collect::<Vec<_>>(), [48, 48, 14]);
    assert_eq!(read, rows);
}

#[test]
fn what_is_written_is_read_at_every_size() {
    for (count, page_rows, group_pages) in [(1, 8, 1), (7, 8, 2), (9_000, 8_192, 1), (40_000, 1_024, 9)] {
        let rows = rows(count);
        let (_, read) = read(written(&rows, &[1_000, 37], page_rows, group_pages));
        assert_eq!(read, rows, "{count} rows");
    }
}

#[test]
fn numbers_are_codes_where_a_dictionary_pays() {
    let rows = rows(20_000);
    let (metadata, _) = read(written(&rows, &[900], 1_024, 100));
    let group = metadata.row_group(0);
    let pages = |name: &str| {
        let column = rows.schema().index_of(name).unwrap();
        let stats = group.column(column).page_encoding_stats().unwrap();
        let of = |coded: bool| {
            let pages = stats.iter().filter(|s| coded == (s.encoding == Encoding::RLE_DICTIONARY));
            pages.filter(|s| s.page_type == PageType::DATA_PAGE).map(|s| s.count).sum::<i32>()
        };
        (of(true), of(false))
    };
    assert_eq!(pages("small"), (20, 0));
    assert_eq!(pages("no_integer"), (20, 0));
    assert_eq!(pages("byte_then_short"), (20, 0));
    assert_eq!(pages("short_then_many"), (0, 20));
    // With the 256 bytes, 3,968 odd row numbers have codes, which is not quite 8 pages.
    assert_eq!(pages("many_listed"), (7, 13));
    assert_eq!(pages("negative"), (0, 20));
    assert_eq!(pages("amounts"), (0, 20));
    assert_eq!(pages("shares"), (20, 0));
    assert_eq!(pages("shares_at_first"), (0, 20));
    assert_eq!(pages("sparse"), (0, 20));
    let small = group.column(1).compressed_size() as f64 / 20_000.0;
    assert!(small < 0.45, "log2(5) = 2.3 bits: {small} bytes a value");
}

#[test]
fn bounds_hold_and_leave_nan_out() {
    let (metadata, _) = read(written(&rows(100), &[9], 16, 100));
    let group = metadata.row_group(0);
    let of = |name: &str| {
        let column = group.columns().iter().find(|c| c.column_descr().name() == name).unwrap();
        match column.statistics().unwrap() {
            Statistics::Int64(s) => format!("{:?} {:?} {:?}", s.min_opt(), s.max_opt(), s.null_count_opt()),
            Statistics::Double(s) => format!("{:?} {:?} {:?}", s.min_opt(), s.max_opt(), s.null_count_opt()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(of("negative"), "Some(-1) Some(8) Some(0)");
    assert_eq!(of("extreme"), format!("Some({}) Some({}) Some(33)", i64::MIN, i64::MAX));
    assert_eq!(of("no_integer"), "None None Some(100)");
    assert_eq!(of("strange"), "Some(-0.0) Some(inf) Some(25)");
    assert_eq!(of("no_float"), "None None Some(100)");
}

#[test]
fn a_column_may_go_without_bounds_and_without_compression() {
    let rows = rows(100);
    let properties = properties()
        .set_statistics_enabled(EnabledStatistics::None)
        .set_compression(Compression::UNCOMPRESSED)
        .build();
    let mut encoder = Encoder::new(Vec::new(), &rows.schema(), properties, 16, 2).unwrap();
    encoder.write(&rows).unwrap();
    let (metadata, read) = read(encoder.finish().unwrap());
    assert_eq!(read, rows);
    let columns = metadata.row_groups().iter().flat_map(|group| group.columns());
    for column in columns {
        assert!(column.statistics().is_none());
        assert_eq!(column.compression(), Compression::UNCOMPRESSED);
    }
}

#[test]
fn rows_that_do_not_fit_are_refused() {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
    let new = || Encoder::new(Vec::new(), &schema, properties().build(), 8, 1).unwrap();
    let wrong = |column: ArrayRef| {
        let batch = RecordBatch::try_from_iter_with_nullable([("n", column, true)]).unwrap();
        new().write(&batch).unwrap_err().to_string()
    };
    assert!(wrong(Arc::new(Int64Array::from(vec![None]))).contains("the column `n` takes no nulls"));
    let floats = wrong(Arc::new(Float64Array::from(vec![1.0])));
    assert!(floats.contains("the column `n` takes numbers of the type Int64"));
    let two = RecordBatch::try_from_iter([
        ("n", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
        ("m", Arc::new(Int64Array::from(vec![1]))),
    ]);
    assert!(new().write(&two.unwrap()).unwrap_err().to_string().contains("other columns"));
}

#[test]
fn no_rows_make_an_object_without_row_groups() {
    let (metadata, read) = read(written(&rows(0), &[1], 8, 1));
    assert_eq!((metadata.num_row_groups(), read.num_rows()), (0, 0));
}
