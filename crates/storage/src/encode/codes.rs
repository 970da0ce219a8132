//! Pages of whole numbers: as codes of a dictionary while they are few and small, as counts are, and spelled out
//! otherwise.
//!
//! Codes of bytes take whole ones, though fewer bits would do: a compressor sees what repeats in bytes and not in bits.

use std::mem;

use arrow::datatypes::{Int64Type, ToByteSlice};
use parquet::basic::Encoding;
use parquet::file::statistics::Statistics;

use super::levels;
use super::numbers::{Bounds, Values};
use super::pages::{Grain, Raw};

/// Values of a dictionary at most, and the first value too great for one.
const MOST: usize = 4_096;
const TOO_GREAT: usize = 16_384;

/// No code.
const NONE: u16 = u16::MAX;

/// The values of a page, and the dictionary of its column chunk.
pub(super) enum Codes {
    /// Every value is its own code, up to the greatest of earlier pages.
    Same { page: Vec<u8>, greatest: u8 },
    /// Values by code, and codes by value: as many as a power of two.
    Listed { page: Vec<u16>, values: Vec<i64>, codes: Vec<u16> },
    /// Spelled out; `values` are the dictionary of earlier pages.
    Plain { page: Vec<i64>, values: Vec<i64> },
}

impl Default for Codes {
    fn default() -> Self {
        Self::Same { page: Vec::new(), greatest: 0 }
    }
}

impl Values for Codes {
    type Arrow = Int64Type;

    fn append(&mut self, values: &[i64], page_rows: usize) {
        match self {
            Self::Same { page, .. } => {
                if page.is_empty() {
                    page.reserve_exact(page_rows);
                }
                let bits = values.iter().fold(0, |bits, value| bits | value);
                if u8::try_from(bits).is_ok() {
                    page.extend(values.iter().map(|value| *value as u8));
                } else {
                    self.list();
                    self.append(values, page_rows);
                }
            }
            Self::Listed { page, values: listed, codes } => {
                // Nearly always all values are known, which is seen without a branch for each.
                let before = page.len();
                let bits = values.iter().fold(0, |bits, value| bits | value);
                if usize::try_from(bits).is_ok_and(|bits| bits < codes.len()) {
                    page.extend(values.iter().map(|value| codes[*value as usize & (codes.len() - 1)]));
                    if page[before..].iter().copied().fold(0, u16::max) != NONE {
                        return;
                    }
                    page.truncate(before);
                }
                for (at, value) in values.iter().enumerate() {
                    let known = usize::try_from(*value).ok().and_then(|value| codes.get(value));
                    let code = known.copied().filter(|code| *code != NONE);
                    match code.or_else(|| add(*value, listed, codes)) {
                        Some(code) => page.push(code),
                        None => {
                            self.spell_out();
                            self.append(&values[at..], page_rows);
                            return;
                        }
                    }
                }
            }
            Self::Plain { page, .. } => page.extend_from_slice(values),
        }
    }

    fn close_page(&mut self, raw: &mut Raw) {
        raw.encoding = Encoding::RLE_DICTIONARY;
        raw.grain = Grain::Narrow;
        match self {
            Self::Same { page, greatest } => {
                *greatest = page.iter().copied().fold(*greatest, u8::max);
                raw.bytes.push(u8::BITS as u8);
                levels::bytes(page, &mut raw.bytes);
                page.clear();
            }
            Self::Listed { page, values, .. } => {
                let width = levels::width(values.len());
                raw.bytes.push(width as u8);
                levels::pack(page, width, &mut raw.bytes);
                page.clear();
            }
            Self::Plain { page, .. } => {
                (raw.encoding, raw.grain) = (Encoding::PLAIN, Grain::Wide);
                raw.bytes.extend_from_slice(page.to_byte_slice());
                page.clear();
            }
        }
    }

    fn take_dictionary(&mut self) -> Vec<i64> {
        match self {
            Self::Same { greatest, .. } => (0..=i64::from(mem::take(greatest))).collect(),
            Self::Listed { .. } | Self::Plain { .. } => match mem::take(self) {
                Self::Listed { values, .. } | Self::Plain { values, .. } => values,
                Self::Same { .. } => Vec::new(),
            },
        }
    }

    fn bounds(bounds: Option<Bounds<i64>>, nulls: u64) -> Statistics {
        let (least, greatest) = (bounds.map(|b| b.least), bounds.map(|b| b.greatest));
        Statistics::new(least, greatest, None, Some(nulls), false)
    }
}

impl Codes {
    /// Goes on with a dictionary that is looked up. It begins with all bytes, whichever there were: which of them came
    /// before the first greater value depends on how the rows are handed on.
    fn list(&mut self) {
        if let Self::Same { page, .. } = self {
            let page = page.iter().map(|code| u16::from(*code)).collect();
            let values = (0..=u8::MAX).map(i64::from).collect();
            let codes = (0..=u8::MAX).map(u16::from).collect();
            *self = Self::Listed { page, values, codes };
        }
    }

    /// Goes on without codes.
    fn spell_out(&mut self) {
        if let Self::Listed { page, values, .. } = self {
            let page = page.iter().map(|code| values[usize::from(*code)]).collect();
            *self = Self::Plain { page, values: mem::take(values) };
        }
    }
}

/// Gives a value a code, if there is room for it.
fn add(value: i64, values: &mut Vec<i64>, codes: &mut Vec<u16>) -> Option<u16> {
    let place = usize::try_from(value).ok().filter(|place| *place < TOO_GREAT)?;
    let code = u16::try_from(values.len()).ok().filter(|_| values.len() < MOST)?;
    if codes.len() <= place {
        codes.resize((place + 1).next_power_of_two(), NONE);
    }
    codes[place] = code;
    values.push(value);
    Some(code)
}
