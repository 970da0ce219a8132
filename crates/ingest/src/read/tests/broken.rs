//! Broken files, and what is said of them; read the snapshots as a data engineer at three in the morning would.

use foretell_spec::types::Source;
use serde_json::json;

use super::{csv, gzip, read, shown, small, source, zst};

fn check(case: &str, file: &str, bytes: &[u8], source: &Source) {
    let text = shown(read(file, bytes, source));
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(case, text);
    });
}

fn check_csv(case: &str, text: &str) {
    check(case, "shop.csv", text.as_bytes(), &small(csv()));
}

#[test]
fn empty_file() {
    check_csv("empty_file", "");
}

#[test]
fn blank_lines_only() {
    check_csv("blank_lines_only", "\n  \n\n");
}

#[test]
fn blank_header() {
    check_csv("blank_header", ",,\n1,2,3\n");
}

#[test]
fn no_header() {
    check_csv("no_header", "7,17850.0,Jane Doe\n8,17851.0,John Doe\n");
}

#[test]
fn missing_column_with_near_name() {
    check_csv("missing_column_with_near_name", "Id,n,Unit Price,\n1,2,3,\n");
}

#[test]
fn duplicate_column() {
    check_csv("duplicate_column", "Id,N,Price,N\n1,2,3,4\n");
}

#[test]
fn wrong_delimiter() {
    check_csv("wrong_delimiter", "Id;N;Price\n1;2;3\n");
}

#[test]
fn quote_open_in_header() {
    check_csv("quote_open_in_header", "Id,\"N,Price\n1,2,3\n");
}

#[test]
fn ragged_rows() {
    check_csv("ragged_rows", "Id,N,Price\n1,2\n\n2,2,2,2\n3,3,3\n");
}

#[test]
fn quote_left_open() {
    check_csv("quote_left_open", "Id,N,Price\na,1,1\n\"b,2,2\nc,3,3\nd,4,4\n");
}

#[test]
fn quote_left_open_then_a_quoted_row() {
    check_csv(
        "quote_left_open_then_a_quoted_row",
        "Id,N,Price\n\"b,2,2\n\"c, or d\",3,3\ne,4,4\n\"f\ng\",5,5\n",
    );
}

#[test]
fn text_after_quote() {
    check_csv("text_after_quote", "Id,N,Price\n\"5\" pipe\",1,1\nb,2,2\n");
}

#[test]
fn nul_characters() {
    check_csv("nul_characters", "Id,N,Price\na\0,1,1\nb,2,2\n");
}

#[test]
fn bytes_that_are_no_utf8() {
    check(
        "bytes_that_are_no_utf8",
        "shop.csv",
        b"Id,N,Price\nM\xfcller,1,1\nb,2,2\n\xff\xff,3\n",
        &small(csv()),
    );
}

#[test]
fn cells_of_the_wrong_type() {
    check_csv(
        "cells_of_the_wrong_type",
        "Id,N,Price\na,6.0,1\nb,x,1\nc,99999999999999999999,1\nd,1,1.239\ne,1,1e3\nf,1,12345678901234567.00\ng,1,\"1,5\"\nh,1,NaN\ni,y,z\n",
    );
}

#[test]
fn utf16_taken_for_utf8() {
    let bytes: Vec<u8> = "Id,N,Price\n1,2,3\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("utf16_taken_for_utf8", "shop.csv", &bytes, &small(csv()));
}

#[test]
fn truncated_gzip() {
    let text = "Id,N,Price\n".to_owned() + &"a,1,1.50\n".repeat(20_000);
    let packed = gzip(text.as_bytes());
    check("truncated_gzip", "shop.csv.gz", &packed[..packed.len() / 2], &small(csv()));
}

#[test]
fn damaged_gzip() {
    let mut packed = gzip(("Id,N,Price\n".to_owned() + &"a,1,1.50\n".repeat(20_000)).as_bytes());
    let end = packed.len() - 6;
    packed[end] ^= 0x55;
    check("damaged_gzip", "shop.csv.gz", &packed, &small(csv()));
}

#[test]
fn truncated_zstd() {
    let packed = zst(("Id,N,Price\n".to_owned() + &"a,1,1.50\n".repeat(20_000)).as_bytes());
    check("truncated_zstd", "shop.csv.zst", &packed[..packed.len() / 2], &small(csv()));
}

#[test]
fn gzip_in_name_only() {
    check("gzip_in_name_only", "shop.csv.gz", b"Id,N,Price\n1,2,3\n", &small(csv()));
}

#[test]
fn gzip_without_its_name() {
    check("gzip_without_its_name", "shop.csv", &gzip(b"Id,N,Price\n1,2,3\n"), &small(csv()));
}

#[test]
fn excel_workbook() {
    check("excel_workbook", "shop.csv", b"PK\x03\x04rest of it", &small(csv()));
}

#[test]
fn line_over_a_mebibyte() {
    let text = format!("Id,N,Price\na,1,1\n{},2,2\nc,3,3\n", "b".repeat(2 << 20));
    check_csv("line_over_a_mebibyte", &text);
}

#[test]
fn record_over_a_mebibyte() {
    let text = format!("Id,N,Price\n\"a\n{}\",1,1\n", "b,2,2\n".repeat(3))
        + &"c,3,3\n".repeat(200_000)
        + "\"d\",4,4\n";
    let whole = read("shop.csv", text.as_bytes(), &small(csv())).unwrap();
    assert_eq!((whole.rows_read, whole.rejected.len()), (200_002, 0));
    let text = "Id,N,Price\n\"a,1,1\n".to_owned() + &"c,3,3\n".repeat(200_000) + "\"d\",4,4\n";
    let whole = read("shop.csv", text.as_bytes(), &small(csv())).unwrap();
    assert_eq!((whole.rows_read, whole.rejected.len(), whole.rejected[0].line), (200_002, 1, 2));
}

#[test]
fn json_lines() {
    check(
        "json_lines",
        "shop.ndjson",
        concat!(
            "{\"Id\": \"a\", \"N\": 1, \"Price\": 1.5}\n",
            "{\"Id\": \"b\", \"N\": 1, \"Price\": 1.5\n",
            "{\"Id\": \"c\", \"N\": , \"Price\": 1.5}\n",
            "[1, 2]\n",
            "{\"Id\": [\"d\"], \"N\": 1, \"Price\": 1.5}\n",
            "{\"Id\": \"e\", \"N\": 1, \"N\": 2, \"Price\": 1.5}\n",
            "{\"Id\": \"f\\ud800\", \"N\": 1}\n",
            "{\"Id\": \"g\\u0000\", \"N\": 1}\n",
            "{\"Id\": \"h\", \"N\": true}\n",
            "{\"Id\": \"i\", \"N\": null, \"other\": {\"deep\": [1, \"}\"]}}\n",
        )
        .as_bytes(),
        &small(json!({"ndjson": {}})),
    );
}

#[test]
fn json_key_in_no_row() {
    check(
        "json_key_in_no_row",
        "shop.ndjson",
        b"{\"Id\": \"a\", \"n\": 1, \"price\": 1.5}\n",
        &small(json!({"ndjson": {}})),
    );
}

#[test]
fn parquet_that_is_none() {
    check("parquet_that_is_none", "shop.parquet", b"Id,N,Price\n1,2,3\n", &small(json!({"parquet": {}})));
}

#[test]
fn unknown_encoding() {
    check("unknown_encoding", "shop.csv", b"Id\n", &small(json!({"csv": {"encoding": "latin-l"}})));
}

#[test]
fn long_delimiter() {
    check("long_delimiter", "shop.csv", b"Id\n", &small(json!({"csv": {"delimiter": "||"}})));
}

#[test]
fn format_without_a_year() {
    let columns = json!({"at": {"from": "At", "type": "timestamp", "format": "%d.%m. %H:%M"}});
    check("format_without_a_year", "shop.csv", b"At\n", &source(csv(), columns));
}

#[test]
fn unknown_time_zone() {
    let columns = json!({"at": {"from": "At", "type": "timestamp", "timezone": "Europe/Londn"}});
    check("unknown_time_zone", "shop.csv", b"At\n", &source(csv(), columns));
}

#[test]
fn file_that_is_not_there() {
    let path = std::path::PathBuf::from("no-such-folder/shop.csv");
    let outcome = super::open("shop.csv", path, &small(csv()), chrono_tz::Tz::UTC);
    let error = outcome.err().unwrap();
    assert_eq!(error.kind(), foretell_engine::Kind::InputMissing);
    assert!(error.to_string().starts_with("shop.csv: cannot be read"), "{error}");
}
