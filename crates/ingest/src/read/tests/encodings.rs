//! Encodings, byte order marks and archives.

use std::io::{self, Read};

use chrono_tz::Tz;
use encoding_rs::Encoding;
use foretell_engine::Kind;
use serde_json::json;

use super::{csv, gather, gzip, open, read, rows, small, zst};

const TEXT: &str = "Id,N,Price\nMüller,1,1.50\nGröße,2,2\n";

fn check(bytes: &[u8], label: &str, name: &str) {
    let whole = read(name, bytes, &small(json!({"csv": {"encoding": label}}))).unwrap();
    assert_eq!(rows(&whole.columns), ["Müller|1|1.50", "Größe|2|2.00"], "{label}");
    assert_eq!(whole.line, [2, 3]);
    assert_eq!(whole.raw[0], "Müller,1,1.50");
}

fn encoded(label: &str) -> Vec<u8> {
    Encoding::for_label(label.as_bytes()).unwrap().encode(TEXT).0.into_owned()
}

fn utf16(to_bytes: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xfeff_u16);
    mark.into_iter().chain(TEXT.encode_utf16()).flat_map(to_bytes).collect()
}

#[test]
fn named_encodings() {
    for label in ["utf-8", "latin1", "iso-8859-15", "windows-1252", "gb18030"] {
        check(&encoded(label), label, "shop.csv");
    }
    check(&utf16(u16::to_le_bytes, false), "utf-16le", "shop.csv");
    check(&utf16(u16::to_be_bytes, false), "utf-16be", "shop.csv");
}

#[test]
fn chinese() {
    let bytes = Encoding::for_label(b"gb18030").unwrap().encode("Id,N,Price\n客户𠮷,1,1\n").0.into_owned();
    let whole = read("shop.csv", &bytes, &small(json!({"csv": {"encoding": "gb18030"}}))).unwrap();
    assert_eq!(rows(&whole.columns), ["客户𠮷|1|1.00"]);
}

#[test]
fn a_byte_order_mark_outranks_the_label() {
    check(format!("\u{feff}{TEXT}").as_bytes(), "utf-8", "shop.csv");
    check(&utf16(u16::to_le_bytes, true), "utf-8", "shop.csv");
    check(&utf16(u16::to_be_bytes, true), "utf-16le", "shop.csv");
}

#[test]
fn a_malformed_sequence_costs_its_row_only() {
    let mut bytes = encoded("gb18030");
    bytes.extend(b"bad\x81\x20,3,3\ngood,4,4\n");
    let whole = read("shop.csv", &bytes, &small(json!({"csv": {"encoding": "gb18030"}}))).unwrap();
    assert_eq!(rows(&whole.columns)[2..], ["good|4|4.00"]);
    assert_eq!(whole.rejected.len(), 1);
    assert_eq!((whole.rejected[0].line, whole.rejected[0].rule.as_str()), (4, "encoding"));
}

#[test]
fn a_replacement_character_of_the_file_is_a_character() {
    let whole = read("shop.csv", "Id,N,Price\n\u{fffd},1,1\n".as_bytes(), &small(csv())).unwrap();
    assert_eq!(rows(&whole.columns), ["\u{fffd}|1|1.00"]);
}

#[test]
fn archives() {
    check(&gzip(TEXT.as_bytes()), "utf-8", "shop.csv.gz");
    check(&zst(TEXT.as_bytes()), "utf-8", "SHOP.CSV.ZST");
    let (head, tail) = TEXT.as_bytes().split_at(17);
    check(&[gzip(head), gzip(tail)].concat(), "utf-8", "members.csv.gz");
    check(&[zst(head), zst(tail)].concat(), "utf-8", "frames.csv.zst");
    let bytes = gzip(&utf16(u16::to_le_bytes, true));
    check(&bytes, "utf-8", "shop.csv.gz");
}

#[test]
fn every_truncation_of_an_archive_is_a_contract_error() {
    for (name, packed) in [("shop.csv.gz", gzip(TEXT.as_bytes())), ("shop.csv.zst", zst(TEXT.as_bytes()))] {
        for length in 0..packed.len() {
            let error = read(name, &packed[..length], &small(csv())).err().unwrap();
            assert_eq!(error.kind(), Kind::Contract, "{name} cut at {length}: {error}");
            assert!(error.to_string().starts_with(name));
        }
    }
}

/// Gives its bytes in small pieces of changing length, with interruptions.
struct Dribble(io::Cursor<Vec<u8>>, usize);

impl Read for Dribble {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let most = into.len().min(1 + self.1 % 7);
        self.0.read(&mut into[..most])
    }
}

#[test]
fn pieces_do_not_matter() {
    let text = "Id,N,Price\r\n\"Mü\r\nller\",1,1\r\n\r\n\"a \"\"b\"\"\",2,2\rc,3,3\r\nd,x\r\n\"é\",4,4";
    let source = small(csv());
    let whole = read("shop.csv", text.as_bytes(), &source).unwrap();
    let stream: Box<dyn Read + Send> = Box::new(Dribble(io::Cursor::new(text.into()), 0));
    let pieces = gather(open("shop.csv", stream, &source, Tz::Europe__London).unwrap(), &source).unwrap();
    assert_eq!(rows(&whole.columns), ["Mü\r\nller|1|1.00", "a \"b\"|2|2.00", "c|3|3.00", "é|4|4.00"]);
    assert_eq!(whole.line, [2, 5, 6, 8]);
    assert_eq!(rows(&whole.columns), rows(&pieces.columns));
    assert_eq!((whole.line, whole.rejected), (pieces.line, pieces.rejected));
    assert_eq!((whole.row_hash, whole.raw), (pieces.row_hash, pieces.raw));
}

/// Fails in the middle.
struct Failing(bool);

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.0, true) {
            return Err(io::Error::other("disk on fire"));
        }
        into[..11].copy_from_slice(b"Id,N,Price\n");
        Ok(11)
    }
}

#[test]
fn a_failing_disk_is_not_blamed_on_the_file() {
    let stream: Box<dyn Read + Send> = Box::new(Failing(false));
    let mut batches = open("shop.csv", stream, &small(csv()), Tz::UTC).unwrap();
    let error = batches.next().unwrap().err().unwrap();
    assert_eq!(error.kind(), Kind::InputMissing);
    assert!(error.to_string().contains("disk on fire"));
    assert!(batches.next().is_none());
}
