//! Delimited text in its varieties, NDJSON and Parquet.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array,
    Int32Array, Int64Array, ListArray, RecordBatch, StringArray, StringViewArray, TimestampNanosecondArray,
    UInt64Array,
};
use arrow::datatypes::{Int32Type, Int64Type};
use foretell_engine::Kind;
use foretell_spec::types::Source;
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

use super::{Whole, csv, read, rows, small, source};

fn check(format: Value, text: &str, expected: &[&str]) -> Whole {
    let whole = read("shop", text.as_bytes(), &small(format)).unwrap();
    assert_eq!(rows(&whole.columns), expected, "{text:?}");
    whole
}

#[test]
fn delimiters_and_quotes() {
    check(json!({"csv": {"delimiter": ";"}}), "Id;N;Price\n\"a;b\";1;1\n", &["a;b|1|1.00"]);
    check(json!({"csv": {"delimiter": "tab"}}), "Id\tN\tPrice\na b\t\t1\n", &["a b|NULL|1.00"]);
    check(json!({"csv": {"quote": "'"}}), "Id,N,Price\n'it''s, \"',1,1\n", &["it's, \"|1|1.00"]);
    check(
        json!({"csv": {"quote": ""}}),
        "Id,N,Price\n5\" \"x,1,1\n\"y,2,2\n",
        &["5\" \"x|1|1.00", "\"y|2|2.00"],
    );
    check(
        json!({"csv": {"delimiter": "whitespace"}}),
        "  Id N\t Price\n  a   1  1.50 \n\"b c\" 2 2\n",
        &["a|1|1.50", "b c|2|2.00"],
    );
}

#[test]
fn names_from_the_spec() {
    let format = json!({"csv": {"delimiter": "whitespace", "header": ["Id", "skip", "N", "Price"]}});
    check(
        format,
        " 00004 1 19970101 29.33\n 00005 2 19970102 29.73\n",
        &["00004|19970101|29.33", "00005|19970102|29.73"],
    );
}

#[test]
fn order_and_further_columns_do_not_matter() {
    check(csv(), ",Price,Id,more,N,\n0,1,a,x,2,\n", &["a|2|1.00"]);
}

#[test]
fn line_ends() {
    for end in ["\n", "\r\n", "\r"] {
        let whole = check(
            csv(),
            &["Id,N,Price", "a,1,1", "", "\"b\"\"c\",2,2"].join(end),
            &["a|1|1.00", "b\"c|2|2.00"],
        );
        assert_eq!(whole.line, [2, 4]);
    }
    check(csv(), "Id,N,Price\n", &[]);
    check(csv(), "Id,N,Price", &[]);
}

#[test]
fn hashes_see_cells_not_quotes() {
    let whole = check(
        csv(),
        "Id,N,Price,x\na,1,1,p\n\"a\",\"1\",1,p\na,1,1,q\n\"a,1\",1,1,p\n\"a\",1,1,\"p\"\n",
        &["a|1|1.00", "a|1|1.00", "a|1|1.00", "a,1|1|1.00", "a|1|1.00"],
    );
    let hash = &whole.row_hash;
    assert_eq!((hash[0], hash[0]), (hash[1], hash[4]));
    assert_ne!(hash[0], hash[2], "a column nobody reads counts too");
    assert_ne!(hash[0], hash[3]);
    assert_eq!(whole.raw[3], "\"a,1\",1,1,p");
}

#[test]
fn batches_end_at_8192_rows() {
    let text = "Id,N,Price\n".to_owned() + &"a,1,1\nb,2\n".repeat(10_000);
    let batches = super::open("x", bytes::Bytes::from(text), &small(csv()), chrono_tz::Tz::UTC).unwrap();
    let sizes: Vec<_> =
        batches.map(|batch| batch.map(|b| (b.rows_read, b.columns.num_rows())).unwrap()).collect();
    assert_eq!(sizes, [(8192, 4096), (8192, 4096), (3616, 1808)]);
}

#[test]
fn many_open_quotes_cost_no_more_than_time_linear_in_them() {
    let text = "Id,N,Price\n".to_owned() + &"\"a,1,1\n,b\n".repeat(40_000);
    let whole = read("x", text.as_bytes(), &small(csv())).unwrap();
    assert_eq!(whole.rows_read, 80_000);
}

#[test]
fn json_values() {
    let whole = check(
        json!({"ndjson": {}}),
        concat!(
            "{\"Id\":\"a\",\"N\":1,\"Price\":1.50}\r\n\n",
            " { \"Price\" : \"2\" , \"N\" : \"2\" , \"Id\" : 17850.0 } \n",
            "{\"Id\":\"\\u00fc\\\"\\n\",\"N\":null}\n",
            "{\"\\u0049d\":true,\"x\":[{\"N\":3}]}\n{}\n",
            "{\"N\":1,\"Price\":1.50,\"Id\":\"a\"}",
        ),
        &["a|1|1.50", "17850.0|2|2.00", "ü\"|NULL|NULL", "true|NULL|NULL", "NULL|NULL|NULL", "a|1|1.50"],
    );
    assert_eq!(whole.line, [1, 3, 4, 5, 6, 7]);
    assert_eq!(whole.row_hash[0], whole.row_hash[5]);
    assert_eq!(whole.raw[4], "{}");
}

#[test]
fn json_numbers_keep_their_digits() {
    let source = source(json!({"ndjson": {}}), json!({"d": {"from": "d", "type": "decimal"}}));
    let whole = read("x", b"{\"d\":12345678901234.5678}\n{\"d\":0.1}\n", &source).unwrap();
    assert_eq!(rows(&whole.columns), ["12345678901234.5678", "0.1000"]);
}

/// Writes columns, all of which may hold NULL, as a Parquet file.
pub(super) fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

/// Reads one Parquet column as `kind`; rejected rows are shown by their reason.
fn as_type(column: ArrayRef, kind: Value) -> Vec<String> {
    let whole = read("x.parquet", &parquet(vec![("c", column)]), &one(kind)).unwrap();
    let mut all: Vec<(u64, String)> = whole.line.iter().copied().zip(rows(&whole.columns)).collect();
    all.extend(whole.rejected.into_iter().map(|bad| (bad.line, format!("! {}", bad.reason))));
    all.sort();
    all.into_iter().map(|(_, text)| text).collect()
}

fn one(kind: Value) -> Source {
    let mut column = json!({"from": "c"});
    column.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
    source(json!({"parquet": {}}), json!({ "c": column }))
}

#[test]
fn parquet_numbers() {
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![Some(17850.0), Some(1.5), None, Some(f64::NAN)]));
    assert_eq!(
        as_type(floats.clone(), json!({"type": "int"})),
        ["17850", "! not a whole number", "NULL", "! not a whole number"]
    );
    assert_eq!(
        as_type(floats.clone(), json!({"type": "float", "nulls": ["NaN"]})),
        ["17850.0", "1.5", "NULL", "NULL"]
    );
    assert_eq!(as_type(floats, json!({"type": "string"}))[..2], ["17850.0", "1.5"]);
    let prices: ArrayRef = Arc::new(Float64Array::from(vec![2.55, 1.239, 1e15]));
    assert_eq!(
        as_type(prices, json!({"type": "decimal", "scale": 2})),
        ["2.55", "! 3 digits after the point where the column keeps 2", "1000000000000000.00"]
    );
    let decimals = Decimal128Array::from(vec![12_300, 12_345]).with_precision_and_scale(10, 4).unwrap();
    assert_eq!(
        as_type(Arc::new(decimals), json!({"type": "decimal", "scale": 2})),
        ["1.23", "! 4 digits after the point where the column keeps 2"]
    );
    let large: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX, 7]));
    assert_eq!(as_type(large, json!({"type": "int"})), ["! a whole number too large for 64 bits", "7"]);
}

#[test]
fn parquet_text() {
    let views: ArrayRef = Arc::new(StringViewArray::from(vec![" 1 ", "x", "", "a\0"]));
    assert_eq!(
        as_type(views, json!({"type": "int"})),
        ["1", "! not a whole number", "NULL", "! a NUL character"]
    );
    let words: DictionaryArray<Int32Type> = vec!["yes", "no", "maybe"].into_iter().collect();
    assert_eq!(
        as_type(Arc::new(words), json!({"type": "bool"})),
        ["true", "false", "! none of true, false, 1, 0, yes, no, t, f, y, n"]
    );
    let bytes: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"caf\xc3\xa9", b"caf\xe9"]));
    assert_eq!(as_type(bytes, json!({"type": "string"})), ["café", "! bytes that are no UTF-8"]);
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None]));
    assert_eq!(as_type(flags, json!({"type": "bool"})), ["true", "NULL"]);
}

#[test]
fn parquet_time() {
    let nanos = vec![1_311_238_800_000_000_123, 32_503_680_000_000_000];
    let local: ArrayRef = Arc::new(TimestampNanosecondArray::from(nanos.clone()));
    let utc: ArrayRef = Arc::new(TimestampNanosecondArray::from(nanos).with_timezone("UTC"));
    // London was an hour ahead of UTC in July 2011 and on the summer-time-free 1971-01-12, when it was all year.
    assert_eq!(
        as_type(local.clone(), json!({"type": "timestamp"})),
        ["2011-07-21T08:00:00Z", "1971-01-12T03:48:00Z"]
    );
    assert_eq!(as_type(utc, json!({"type": "timestamp"}))[0], "2011-07-21T09:00:00Z");
    assert_eq!(as_type(local, json!({"type": "date"}))[0], "2011-07-21");
    let days: ArrayRef = Arc::new(Date32Array::from(vec![15_176, 200_000]));
    assert_eq!(
        as_type(days, json!({"type": "timestamp"})),
        ["2011-07-20T23:00:00Z", "! a year outside 1900 to 2200"]
    );
    let seconds: ArrayRef = Arc::new(Int64Array::from(vec![1_311_238_800]));
    assert_eq!(as_type(seconds, json!({"type": "timestamp", "format": "%s"})), ["2011-07-21T09:00:00Z"]);
}

#[test]
fn parquet_contract() {
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1)])]));
    let bytes = parquet(vec![("c", list), ("d", Arc::new(Int32Array::from(vec![1])))]);
    let error = read("x.parquet", &bytes, &one(json!({"type": "int"}))).err().unwrap();
    assert_eq!(error.kind(), Kind::Contract);
    assert!(error.to_string().starts_with("x.parquet: column 'c' is of type List"), "{error}");
    let bytes = parquet(vec![("d", Arc::new(Int32Array::from(vec![1])))]);
    let error = read("x.parquet", &bytes, &one(json!({"type": "int"}))).err().unwrap();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (Kind::Contract, "x.parquet: 'c' is not in the header")
    );
    for length in [0, 3, bytes.len() / 2, bytes.len() - 1] {
        let error = read("x.parquet", &bytes[..length], &one(json!({"type": "int"}))).err().unwrap();
        assert_eq!(error.kind(), Kind::Contract, "cut at {length}: {error}");
    }
}

#[test]
fn parquet_rows() {
    let columns = |names: [&'static str; 2]| {
        let a: ArrayRef = Arc::new(StringArray::from(vec!["p", "q, \"r\"", "p", "p"]));
        let b: ArrayRef = Arc::new(Int32Array::from(vec![1, 2, 1, 3]));
        if names[0] == "c" { vec![("c", a), ("d", b)] } else { vec![("d", b), ("c", a)] }
    };
    let source = one(json!({"type": "string"}));
    let whole = read("x", &parquet(columns(["c", "d"])), &source).unwrap();
    let other = read("x", &parquet(columns(["d", "c"])), &source).unwrap();
    assert_eq!(whole.row_hash, other.row_hash);
    assert_eq!(whole.row_hash[0], whole.row_hash[2]);
    assert_ne!(whole.row_hash[0], whole.row_hash[3]);
    assert_eq!((whole.raw[1].as_str(), other.raw[0].as_str()), ("\"q, \"\"r\"\"\",2", "1,p"));
    let stream: Box<dyn std::io::Read + Send> = Box::new(std::io::Cursor::new(parquet(columns(["c", "d"]))));
    let batches = super::open("x", stream, &source, chrono_tz::Tz::UTC).unwrap();
    assert_eq!(super::gather(batches, &source).unwrap().row_hash, whole.row_hash);
}
