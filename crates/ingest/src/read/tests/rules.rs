//! The rules by which a cell is read.

use serde_json::{Value, json};

use super::{csv, read, rows, source};

/// Reads each cell as a column of `kind` and compares; `!` opens an expected reason.
fn check(kind: Value, cells: &[(&str, &str)]) {
    let mut column = json!({"from": "c"});
    column.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
    let source = source(csv(), json!({"k": {"from": "k", "type": "string"}, "c": column}));
    for (cell, expected) in cells {
        let text = format!("k,c\nx,\"{}\"\n", cell.replace('"', "\"\""));
        let whole = read("x", text.as_bytes(), &source).unwrap();
        let found = match &whole.rejected[..] {
            [] => rows(&whole.columns)[0][2..].to_owned(),
            [bad] => {
                assert_eq!((bad.rule.as_str(), bad.column.as_deref(), bad.line), ("cast", Some("c"), 2));
                format!("! {}", bad.reason)
            }
            _ => panic!("one row, several rejected"),
        };
        assert_eq!(found, *expected, "{cell:?} as {kind}");
    }
}

#[test]
fn strings() {
    check(
        json!({"type": "string", "nulls": ["NA", " - "]}),
        &[
            ("a", "a"),
            ("  a b\t", "a b"),
            ("17850.0", "17850.0"),
            ("", "NULL"),
            ("   ", "NULL"),
            ("NA", "NULL"),
            (" NA ", "NULL"),
            ("na", "na"),
            ("-", "NULL"),
            ("\u{a0}ü\u{a0}", "ü"),
        ],
    );
}

#[test]
fn ints() {
    let float = "! a number with a fraction or an exponent in a column of type int; use decimal or float";
    check(
        json!({"type": "int"}),
        &[
            ("7", "7"),
            ("-7", "-7"),
            ("+7", "7"),
            ("007", "7"),
            (" 7 ", "7"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "! a whole number too large for 64 bits"),
            ("6.0", float),
            ("1e3", float),
            ("-", "! not a whole number"),
            ("1,000", "! not a whole number"),
            ("0x10", "! not a whole number"),
            ("٣", "! not a whole number"),
        ],
    );
}

#[test]
fn floats() {
    let nan = "! NaN or infinity; list the text under nulls if it means no value";
    check(
        json!({"type": "float", "nulls": ["NULL"]}),
        &[
            ("1.5", "1.5"),
            ("-.5", "-0.5"),
            ("1e3", "1000.0"),
            ("NaN", nan),
            ("-inf", nan),
            ("Infinity", nan),
            ("1e999", "! a number too large for 64-bit floating point"),
            ("1,5", "! ',' in a number whose decimal mark is '.'"),
            ("1e", "! not a number"),
            ("e", "! not a number"),
            ("1_000", "! not a number"),
            ("NULL", "NULL"),
        ],
    );
    check(
        json!({"type": "float", "decimal_mark": ","}),
        &[
            ("1,5", "1.5"),
            ("15", "15.0"),
            ("1.5", "! '.' in a number whose decimal mark is ','"),
            ("1,5,5", "! not a number"),
        ],
    );
}

#[test]
fn decimals() {
    check(
        json!({"type": "decimal", "scale": 2}),
        &[
            ("1.23", "1.23"),
            ("-1.2", "-1.20"),
            ("+.5", "0.50"),
            ("5.", "5.00"),
            ("1.2300", "1.23"),
            ("-0.00", "0.00"),
            ("1.239", "! 3 digits after the point where the column keeps 2"),
            ("1.20300", "! 3 digits after the point where the column keeps 2"),
            ("9999999999999999.99", "9999999999999999.99"),
            ("-9999999999999999.99", "-9999999999999999.99"),
            ("10000000000000000", "! a number with more than 18 digits, those after the point included"),
            (
                "123456789012345678901234567890",
                "! a number with more than 18 digits, those after the point included",
            ),
            ("1e3", "! a number with an exponent in a column of type decimal"),
            ("1,5", "! ',' in a number whose decimal mark is '.'"),
            (".", "! not a number"),
            ("-", "! not a number"),
            ("1.2.3", "! not a number"),
            ("NaN", "! NaN or infinity; list the text under nulls if it means no value"),
            ("£5", "! not a number"),
        ],
    );
    check(
        json!({"type": "decimal", "decimal_mark": ","}),
        &[("1,5", "1.5000"), ("1.000,5", "! '.' in a number whose decimal mark is ','")],
    );
    check(
        json!({"type": "decimal", "scale": 0}),
        &[("5", "5"), ("5.0", "5"), ("5.5", "! 1 digits after the point where the column keeps 0")],
    );
}

#[test]
fn booleans() {
    check(
        json!({"type": "bool"}),
        &[
            ("true", "true"),
            ("FALSE", "false"),
            ("1", "true"),
            ("0", "false"),
            ("Yes", "true"),
            ("n", "false"),
            ("", "NULL"),
            ("2", "! none of true, false, 1, 0, yes, no, t, f, y, n"),
        ],
    );
}

#[test]
fn dates() {
    check(
        json!({"type": "date"}),
        &[
            ("2011-07-21", "2011-07-21"),
            ("2012-02-29", "2012-02-29"),
            ("2011-02-29", "! no such day in the calendar, or no such time on the clock"),
            ("2011-7-21", "! no date in the form YYYY-MM-DD"),
            ("2011-07-21 00:00:00", "! no date in the form YYYY-MM-DD"),
            ("1899-12-31", "! a year outside 1900 to 2200"),
            ("1900-01-01", "1900-01-01"),
            ("2200-12-31", "2200-12-31"),
            ("2201-01-01", "! a year outside 1900 to 2200"),
        ],
    );
    check(
        json!({"type": "date", "format": "%d.%m.%Y"}),
        &[
            ("21.07.2011", "2011-07-21"),
            ("1.7.2011", "2011-07-01"),
            ("31.02.2011", "! no such day in the calendar, or no such time on the clock"),
            ("2011-07-21", "! no date in the format %d.%m.%Y"),
            ("21.07.2011 ", "2011-07-21"),
            ("21.07.2011x", "! no date in the format %d.%m.%Y"),
        ],
    );
    check(
        json!({"type": "date", "format": "%Y%m%d"}),
        &[("19970101", "1997-01-01"), ("1997011", "1997-01-01")],
    );
    check(
        json!({"type": "date", "format": "%d-%b-%y"}),
        &[("21-Jul-11", "2011-07-21"), ("21-jul-11", "2011-07-21")],
    );
    check(json!({"type": "date", "format": "%Y-%m-%d %H:%M:%S"}), &[("2011-07-21 23:59:59", "2011-07-21")]);
}

#[test]
fn timestamps_in_iso_8601() {
    let none = "! no date and time in the form YYYY-MM-DD HH:MM:SS (ISO 8601)";
    let impossible = "! no such day in the calendar, or no such time on the clock";
    check(
        json!({"type": "timestamp", "timezone": "UTC"}),
        &[
            ("2011-07-21", "2011-07-21T00:00:00Z"),
            ("2011-07-21 08:44", "2011-07-21T08:44:00Z"),
            ("2011-07-21T08:44:05", "2011-07-21T08:44:05Z"),
            ("2011-07-21T08:44:05.25", "2011-07-21T08:44:05.250Z"),
            ("2011-07-21T08:44:05.123456789Z", "2011-07-21T08:44:05.123456Z"),
            ("2011-07-21T08:44:05+02:00", "2011-07-21T06:44:05Z"),
            ("2011-07-21 08:44:05 -0530", "2011-07-21T14:14:05Z"),
            ("2011-07-21 08:44+02", "2011-07-21T06:44:00Z"),
            ("2011-07-21 24:00:00", impossible),
            ("2011-07-21 08:60", impossible),
            ("2011-13-21 08:00", impossible),
            ("2011-07-21 8:44", none),
            ("2011-07-21T", none),
            ("2011-07-21 08:44:05.", none),
            ("2011-07-21 08:44:05 BST", none),
            ("21/07/2011", none),
            ("2011-07-2ü", none),
        ],
    );
}

#[test]
fn timestamps_by_pattern() {
    check(
        json!({"type": "timestamp", "format": "%Y-%m-%d %H:%M:%S"}),
        &[
            ("2011-07-21 08:44:00", "2011-07-21T07:44:00Z"),
            ("2011-01-21 08:44:00", "2011-01-21T08:44:00Z"),
            ("2011-1-2 8:4:0", "2011-01-02T08:04:00Z"),
            ("2011-02-30 08:44:00", "! no such day in the calendar, or no such time on the clock"),
            ("2011-07-21", "! no date in the format %Y-%m-%d %H:%M:%S"),
        ],
    );
    check(
        json!({"type": "timestamp", "format": "%Y-%m-%dT%H:%M:%S%z"}),
        &[
            ("2011-07-21T08:44:00+0200", "2011-07-21T06:44:00Z"),
            ("2011-07-21T08:44:00-05:00", "2011-07-21T13:44:00Z"),
        ],
    );
    check(
        json!({"type": "timestamp", "format": "%m/%d/%Y %I:%M %p"}),
        &[("7/21/2011 1:05 PM", "2011-07-21T12:05:00Z")],
    );
    check(
        json!({"type": "timestamp", "format": "%F %T%.f", "timezone": "UTC"}),
        &[
            ("2011-07-21 08:44:00.5", "2011-07-21T08:44:00.500Z"),
            ("2011-07-21 08:44:00", "2011-07-21T08:44:00Z"),
        ],
    );
    check(json!({"type": "timestamp", "format": "%d.%m.%Y"}), &[("21.07.2011", "2011-07-20T23:00:00Z")]);
    check(json!({"type": "timestamp", "format": "%Y%m%d%H"}), &[("2011072108", "2011-07-21T07:00:00Z")]);
    check(
        json!({"type": "timestamp", "format": "%s"}),
        &[("1311238800", "2011-07-21T09:00:00Z"), ("9999999999", "! a year outside 1900 to 2200")],
    );
}

#[test]
fn days_on_which_clocks_change() {
    check(
        json!({"type": "timestamp"}),
        &[
            ("2011-03-27 00:59:59", "2011-03-27T00:59:59Z"),
            ("2011-03-27 01:30:00", "! no such local time in Europe/London: clocks go forward"),
            ("2011-03-27 02:00:00", "2011-03-27T01:00:00Z"),
            ("2011-10-30 00:30:00", "2011-10-29T23:30:00Z"),
            ("2011-10-30 01:30:00", "2011-10-30T00:30:00Z"),
            ("2011-10-30 02:30:00", "2011-10-30T02:30:00Z"),
        ],
    );
    check(
        json!({"type": "timestamp", "timezone": "America/New_York"}),
        &[
            ("2011-11-06 01:30:00", "2011-11-06T05:30:00Z"),
            ("2011-03-13 02:30:00", "! no such local time in America/New_York: clocks go forward"),
        ],
    );
    check(
        json!({"type": "timestamp", "timezone": "Pacific/Apia"}),
        &[
            ("2011-12-30 12:00:00", "! no such local time in Pacific/Apia: clocks go forward"),
            ("2011-12-31 12:00:00", "2011-12-30T22:00:00Z"),
        ],
    );
}
