//! Encodings: those that are declared, those that are not, and byte order marks.

use super::{BROKEN, HEADER, all_rows, counts, good_rows, june_and, quarantine, shop, stops, values};
use crate::bad_specs::shop::Shop;

/// A shop of one file in another encoding.
fn in_encoding(encoding: &str, bytes: Vec<u8>) -> Shop {
    shop()
        .spec("data/*.csv", "all.csv")
        .format(&format!("{{csv: {{encoding: {encoding}}}}}"))
        .file("all.csv", bytes)
}

/// All rows, the regions replaced by two byte strings.
fn with_regions(north: &[u8], south: &[u8]) -> Vec<u8> {
    let mut bytes = HEADER.as_bytes().to_vec();
    for line in all_rows().lines() {
        let (rest, region) = line.rsplit_once(',').unwrap();
        bytes.extend(rest.as_bytes());
        bytes.push(b',');
        bytes.extend(if region == "north" { north } else { south });
        bytes.push(b'\n');
    }
    bytes
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[track_caller]
fn reads(shop: &Shop, regions: [&str; 2]) {
    counts(shop, good_rows(), &[], &[]);
    assert_eq!(values(shop, "region").into_iter().collect::<Vec<_>>(), regions);
}

#[test]
fn latin_1() {
    reads(&in_encoding("latin1", with_regions(b"Cear\xe1", b"Paran\xe1")), ["Ceará", "Paraná"]);
}

#[test]
fn gb18030() {
    reads(&in_encoding("gb18030", with_regions(b"\xb1\xb1", b"\xc4\xcf")), ["北", "南"]);
}

#[test]
fn utf_16_by_its_mark() {
    let text = format!("\u{feff}{HEADER}{}", all_rows());
    reads(&in_encoding("utf-8", utf16(&text)), ["north", "south"]);
}

#[test]
fn utf_16_by_declaration() {
    reads(&in_encoding("utf-16le", utf16(&format!("{HEADER}{}", all_rows()))), ["north", "south"]);
}

#[test]
fn utf_16_taken_for_utf_8() {
    stops("utf_16_taken_for_utf_8", 65, &shop().file(BROKEN, utf16(&june_and(""))));
}

#[test]
fn byte_order_mark_is_no_fault() {
    reads(&shop().file(BROKEN, format!("\u{feff}{}", june_and(""))), ["north", "south"]);
}

#[test]
fn latin_1_taken_for_utf_8() {
    stops("latin_1_taken_for_utf_8", 65, &in_encoding("utf-8", with_regions(b"Cear\xe1", b"Rio")));
}

#[test]
fn utf_8_taken_for_gb18030_is_not_told_apart_by_single_rows() {
    // Two bytes of UTF-8 are one character of GB18030: nothing is malformed, so nothing can be refused.
    let shop = in_encoding("gb18030", with_regions("Ceará".as_bytes(), b"Rio"));
    counts(&shop, good_rows(), &[], &[]);
    assert_eq!(quarantine(&shop), "");
}

#[test]
fn unknown_encoding() {
    stops("unknown_encoding", 78, &in_encoding("gb18300", with_regions(b"north", b"south")));
}
