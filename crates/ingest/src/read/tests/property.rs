//! What holds of any bytes whatever.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use chrono::{DateTime, LocalResult, TimeZone};
use chrono_tz::Tz;
use proptest::prelude::*;
use serde_json::json;

use super::super::cast::Zone;
use super::formats::parquet;
use super::{csv, gzip, read, rows, small, source};

const GOOD: &str =
    "Id,N,Price\na,1,1.50\n\"b, c\",2,2\n\"d \"\"e\"\"\",3,3.3\r\n\"f\ng\",4,4\nü,5,5\n\nh,6,6\n";

/// Changes, drops or doubles bytes of the good file.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![prop::sample::select(b"\",\n\r\0 ;a1.-\xff\xc3\xbc".to_vec()), any::<u8>(),];
    prop::collection::vec((any::<prop::sample::Index>(), byte, 0..3_u8), 0..12).prop_map(|edits| {
        let mut bytes = GOOD.as_bytes().to_vec();
        for (place, byte, edit) in edits {
            let place = place.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match edit {
                _ if bytes.is_empty() => bytes.push(byte),
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => drop(bytes.remove(place)),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, rng_seed: prop::test_runner::RngSeed::Fixed(7), ..Default::default() })]

    /// `read` itself checks that rows add up.
    #[test]
    fn mutated_text_is_read_or_refused(bytes in mutated(), delimiter in prop::sample::select(vec![",", ";", "whitespace"])) {
        let with_header = json!({"csv": {"delimiter": delimiter, "header": ["Id", "N", "Price"]}});
        let lines = bytes.iter().filter(|b| matches!(b, b'\n' | b'\r')).count() as u64 + 1;
        for format in [with_header, csv(), json!({"csv": {"quote": ""}}), json!({"ndjson": {}})] {
            if let Ok(whole) = read("x.csv", &bytes, &small(format)) {
                prop_assert!(whole.rows_read <= lines);
                let mut seen: Vec<u64> = whole.line.iter().copied().chain(whole.rejected.iter().map(|r| r.line)).collect();
                seen.sort_unstable();
                prop_assert!(seen.iter().all(|&line| 1 <= line && line <= lines));
                prop_assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "a line twice");
            }
        }
    }

    /// No line is swallowed: each non-blank physical line after the header is in a kept or rejected record.
    #[test]
    fn nothing_is_swallowed(bytes in mutated()) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Ok(whole) = read("x.csv", text.as_bytes(), &small(json!({"csv": {"header": ["Id", "N", "Price"]}}))) {
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let mut records: Vec<(u64, &str)> = whole.line.iter().copied().zip(whole.raw.iter().map(String::as_str)).collect();
            records.extend(whole.rejected.iter().map(|r| (r.line, r.raw.as_str())));
            records.sort();
            let visible = |text: &str| text.chars().filter(|c| !matches!(c, '\n' | '\r' | ' ' | '\t')).collect::<String>();
            let kept: String = records.iter().map(|(_, raw)| visible(raw)).collect();
            prop_assert_eq!(kept, visible(text));
        }
    }

    #[test]
    fn mutated_json_is_read_or_refused(bytes in mutated(), place in any::<prop::sample::Index>()) {
        let mut text = b"{\"Id\":\"a\\u00fc\",\"N\":1,\"Price\":[1,{\"x\":\"}\"}],\"o\":null}\n".repeat(3);
        let place = place.index(text.len());
        text.splice(place..place, bytes.into_iter().take(6));
        let _ = read("x.ndjson", &text, &small(json!({"ndjson": {}})));
        let _ = read("x.csv.gz", &text, &small(csv()));
    }

    #[test]
    fn mutated_archives_are_read_or_refused(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut packed = gzip(GOOD.repeat(50).as_bytes());
        let place = place.index(packed.len());
        packed[place] = byte;
        if let Ok(whole) = read("x.csv.gz", &packed, &small(csv())) {
            prop_assert!(whole.rows_read > 0);
        }
    }

    /// Damage that no checksum shows may change values; it must not stop the process.
    #[test]
    fn mutated_parquet_is_read_or_refused(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let ids: ArrayRef = Arc::new(StringArray::from_iter((0..60).map(|i| (i % 7 > 0).then(|| format!("id {}", i % 9)))));
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter((0..60).map(Some)));
        let prices: ArrayRef = Arc::new(Float64Array::from_iter((0..60).map(|i| Some(f64::from(i) / 4.0))));
        let mut bytes = parquet(vec![("Id", ids), ("N", numbers), ("Price", prices)]);
        for (place, byte) in edits {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = read("x.parquet", &bytes, &small(json!({"parquet": {}})));
    }

    /// On well-formed text this reader and crate `csv` see the same cells.
    #[test]
    fn agrees_with_crate_csv(cells in prop::collection::vec(["[a-z,\"\n\r ü;]{0,6}", "[a-z\"]{1,4}", "[0-9]{1,3}"], 1..20)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["a", "b", "c"]).unwrap();
        cells.iter().for_each(|row| writer.write_record(row).unwrap());
        let bytes = writer.into_inner().unwrap();
        let mut reader = ::csv::Reader::from_reader(&bytes[..]);
        let null = |cell: &str| if cell.trim().is_empty() { "NULL".to_owned() } else { cell.trim().to_owned() };
        let expected: Vec<String> =
            reader.records().map(|row| row.unwrap().iter().map(null).collect::<Vec<_>>().join("|")).collect();
        let text = |from: &str| json!({"from": from, "type": "string"});
        let source = source(csv(), json!({"a": text("a"), "b": text("b"), "c": text("c")}));
        let whole = read("x.csv", &bytes, &source).unwrap();
        prop_assert_eq!(rows(&whole.columns), expected);
        prop_assert!(whole.rejected.is_empty());
    }

    /// The remembered offsets are those of chrono-tz.
    #[test]
    fn local_time_agrees_with_chrono(
        seconds in prop::collection::vec(-2_200_000_000_i64..7_280_000_000, 50),
        tz in prop::sample::select(vec![Tz::Europe__London, Tz::America__St_Johns, Tz::Africa__Casablanca, Tz::Asia__Kathmandu, Tz::Australia__Lord_Howe]),
    ) {
        let mut zone = Zone::new(tz);
        for second in seconds {
            let naive = DateTime::from_timestamp(second, 0).unwrap().naive_utc();
            let expected = match tz.from_local_datetime(&naive) {
                LocalResult::Single(one) => Some(one),
                LocalResult::Ambiguous(one, other) => Some(one.min(other)),
                LocalResult::None => None,
            };
            prop_assert_eq!(zone.instant(second * 1_000_000).ok(), expected.map(|instant| instant.timestamp_micros()));
        }
    }
}
