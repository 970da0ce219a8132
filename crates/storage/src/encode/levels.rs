//! Parquet's hybrid of runs and packed values, which definition levels and codes are written in.
//!
//! <https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE>: a varint says how many values follow and in
//! which form, then come the values.

use arrow::array::BooleanBufferBuilder;

/// Appends codes of one byte: those that come eight times or more in a row as runs.
pub(super) fn bytes(codes: &[u8], out: &mut Vec<u8>) {
    let (groups, _) = codes.as_chunks::<8>();
    let mut at = 0;
    // Where what is not yet written begins; all before it is in whole groups of eight.
    let mut from = 0;
    while at < groups.len() {
        let group = groups[at];
        if group != [group[0]; 8] {
            at += 1;
            continue;
        }
        let same = groups[at..].iter().take_while(|other| **other == group).count();
        if from < at {
            packed(&codes[from * 8..at * 8], (at - from) * 8, 8, out);
        }
        run(group[0], same * 8, out);
        at += same;
        from = at;
    }
    if from * 8 < codes.len() {
        packed(&codes[from * 8..], codes.len() - from * 8, 8, out);
    }
}

/// Appends one value again and again; `value` takes one byte.
pub(super) fn run(value: u8, count: usize, out: &mut Vec<u8>) {
    varint(count << 1, out);
    out.push(value);
}

/// Appends values packed already, eight of which take `width` bytes; the last eight are filled up with zeros.
pub(super) fn packed(values: &[u8], count: usize, width: usize, out: &mut Vec<u8>) {
    let groups = count.div_ceil(8);
    varint((groups << 1) | 1, out);
    out.extend_from_slice(values);
    out.resize(out.len() + groups * width - values.len(), 0);
}

/// Bits of a code of so many, one at least.
pub(super) fn width(codes: usize) -> usize {
    (usize::BITS - codes.saturating_sub(1).leading_zeros()).max(1) as usize
}

/// Appends codes of `width` bits, 16 at most.
pub(super) fn pack(codes: &[u16], width: usize, out: &mut Vec<u8>) {
    let groups = codes.len().div_ceil(8);
    varint((groups << 1) | 1, out);
    out.reserve(groups * width);
    for group in codes.chunks(8) {
        let mut bits = 0_u128;
        for (place, code) in group.iter().enumerate() {
            bits |= u128::from(*code) << (place * width);
        }
        out.extend_from_slice(&bits.to_le_bytes()[..width]);
    }
}

/// Appends the definition levels of a flat column's page, one bit a row: 1 where there is a value.
pub(super) fn definition(valid: &BooleanBufferBuilder, nulls: usize, out: &mut Vec<u8>) {
    let rows = valid.len();
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    if nulls == 0 || nulls == rows {
        run(u8::from(nulls == 0), rows, out);
    } else {
        packed(&valid.as_slice()[..rows.div_ceil(8)], rows, 1, out);
    }
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

fn varint(mut number: usize, out: &mut Vec<u8>) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
