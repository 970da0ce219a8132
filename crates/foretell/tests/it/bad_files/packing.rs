//! Packed files: cut off, damaged, named wrongly.

use super::{BROKEN, counts, good_rows, june_and, shop, stops};
use crate::bad_specs::shop::Shop;

/// A gzip archive whose content is stored as it is.
fn gzip(content: &[u8]) -> Vec<u8> {
    let mut archive = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks = content.chunks(4096).count();
    for (index, block) in content.chunks(4096).enumerate() {
        let length = block.len() as u16;
        archive.push(u8::from(index + 1 == blocks));
        archive.extend(length.to_le_bytes());
        archive.extend((!length).to_le_bytes());
        archive.extend(block);
    }
    archive.extend(crc32(content).to_le_bytes());
    archive.extend((content.len() as u32).to_le_bytes());
    archive
}

fn crc32(content: &[u8]) -> u32 {
    !content.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// A Zstandard archive whose content is stored as it is.
fn zstd(content: &[u8]) -> Vec<u8> {
    let mut archive = vec![0x28, 0xb5, 0x2f, 0xfd, 0b1010_0000];
    archive.extend((content.len() as u32).to_le_bytes());
    let blocks = content.chunks(4096).count();
    for (index, block) in content.chunks(4096).enumerate() {
        let header = (block.len() as u32) << 3 | u32::from(index + 1 == blocks);
        archive.extend(&header.to_le_bytes()[..3]);
        archive.extend(block);
    }
    archive
}

/// The shop with June's file under another name.
fn with(name: &str, content: impl AsRef<[u8]>) -> Shop {
    let shop = shop().spec("data/*.csv", "data/*");
    std::fs::remove_file(shop.project.path(BROKEN)).unwrap();
    shop.file(&format!("data/{name}"), content)
}

fn june() -> Vec<u8> {
    june_and("").into_bytes()
}

#[test]
fn whole_archives_are_no_fault() {
    counts(&with("2024-06.csv.gz", gzip(&june())), good_rows(), &[], &[]);
    counts(&with("2024-06.csv.zst", zstd(&june())), good_rows(), &[], &[]);
}

#[test]
fn gzip_cut_off() {
    let archive = gzip(&june());
    stops("gzip_cut_off", 65, &with("2024-06.csv.gz", &archive[..archive.len() / 2]));
}

#[test]
fn gzip_damaged() {
    let mut archive = gzip(&june());
    let last = archive.len() - 9;
    archive[last] ^= 1;
    stops("gzip_damaged", 65, &with("2024-06.csv.gz", archive));
}

#[test]
fn zstd_cut_off() {
    let archive = zstd(&june());
    stops("zstd_cut_off", 65, &with("2024-06.csv.zst", &archive[..archive.len() / 2]));
}

#[test]
fn gzip_by_name_only() {
    stops("gzip_by_name_only", 65, &with("2024-06.csv.gz", june()));
}

#[test]
fn gzip_without_its_name() {
    stops("gzip_without_its_name", 65, &with("2024-06.csv", gzip(&june())));
}

#[test]
fn empty_archive() {
    stops("empty_archive", 65, &with("2024-06.csv.gz", ""));
}

#[test]
fn workbook() {
    stops("workbook", 65, &with("2024-06.xlsx", b"PK\x03\x04\x14\0\x06\0"));
}
