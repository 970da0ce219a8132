//! Pages of fractions: as codes of a dictionary where they come again and again, though not in a row, as shares do, and
//! spelled out otherwise: a compressor finds runs sooner than a dictionary does, and of values that do not repeat there
//! is none.

use std::mem;

use arrow::datatypes::{Float64Type, ToByteSlice};
use parquet::basic::Encoding;
use parquet::file::statistics::Statistics;

use super::levels;
use super::numbers::{Bounds, Values};
use super::pages::{Grain, Raw};

/// Values of a dictionary at most.
const MOST: usize = 4_096;

/// Slots in which values are looked up, as a power of two: half of them stay free.
const SLOTS: u32 = 13;

/// Values after which it is seen whether they repeat at all.
const SAMPLE: usize = 512;

/// The values of a page, and the dictionary of its column chunk.
#[derive(Default)]
pub(super) struct Floats {
    page: Vec<f64>,
    chosen: Chosen,
}

/// How the pages of a column chunk are written: the first of them decides.
#[derive(Default)]
enum Chosen {
    #[default]
    Open,
    Codes(Listed),
    /// Spelled out; what is listed are the values of earlier pages.
    Plain(Vec<f64>),
}

/// Values by code, and codes by hash.
struct Listed {
    values: Vec<f64>,
    /// The code and one; 0 where there is none.
    slots: Vec<u16>,
}

impl Values for Floats {
    type Arrow = Float64Type;

    fn append(&mut self, values: &[f64], page_rows: usize) {
        if self.page.is_empty() {
            self.page.reserve_exact(page_rows);
        }
        self.page.extend_from_slice(values);
    }

    fn close_page(&mut self, raw: &mut Raw) {
        let codes = match &mut self.chosen {
            Chosen::Open => {
                let mut listed = Listed { values: Vec::new(), slots: vec![0; 1 << SLOTS] };
                let codes = listed.first(&self.page);
                self.chosen = if codes.is_some() { Chosen::Codes(listed) } else { Chosen::Plain(Vec::new()) };
                codes
            }
            Chosen::Codes(listed) => listed.codes(&self.page),
            Chosen::Plain(_) => None,
        };
        match (codes, &mut self.chosen) {
            (Some(codes), Chosen::Codes(listed)) => {
                let width = levels::width(listed.values.len());
                raw.bytes.push(width as u8);
                levels::pack(&codes, width, &mut raw.bytes);
                (raw.encoding, raw.grain) = (Encoding::RLE_DICTIONARY, Grain::Narrow);
            }
            (_, chosen) => {
                if let Chosen::Codes(listed) = chosen {
                    *chosen = Chosen::Plain(mem::take(&mut listed.values));
                }
                raw.bytes.extend_from_slice(self.page.to_byte_slice());
                (raw.encoding, raw.grain) = (Encoding::PLAIN, Grain::Wide);
            }
        }
        self.page.clear();
    }

    fn take_dictionary(&mut self) -> Vec<f64> {
        match mem::take(&mut self.chosen) {
            Chosen::Open => Vec::new(),
            Chosen::Codes(Listed { values, .. }) | Chosen::Plain(values) => values,
        }
    }

    /// Bounds as Parquet wants them: no NaN, and a zero of the sign that includes the other.
    fn bounds(bounds: Option<Bounds<f64>>, nulls: u64) -> Statistics {
        let least = bounds.map(|b| if b.least == 0.0 { -0.0 } else { b.least });
        let greatest = bounds.map(|b| if b.greatest == 0.0 { 0.0 } else { b.greatest });
        Statistics::new(least, greatest, None, Some(nulls), false)
    }
}

impl Listed {
    /// The codes of a first page; `None` where a dictionary does not pay.
    ///
    /// Measured on 204 features: it does where few values equal the one before, and all come up twice or more.
    fn first(&mut self, page: &[f64]) -> Option<Vec<u16>> {
        let changed = changes(page);
        if page.is_empty() || changed * 5 < page.len() {
            return None;
        }
        let sample = &page[..page.len().min(SAMPLE)];
        self.codes(sample)?;
        if self.values.len() * 10 > changes(sample) * 9 {
            return None;
        }
        let codes = self.codes(page)?;
        (self.values.len() * 2 <= changed).then_some(codes)
    }

    /// The codes of a page; `None` where there is no room for its values.
    fn codes(&mut self, page: &[f64]) -> Option<Vec<u16>> {
        let mut codes = Vec::with_capacity(page.len());
        for value in page {
            // Fibonacci hashing: the upper bits of the product tell numbers apart.
            let mut slot =
                (value.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOTS)) as usize;
            let code = loop {
                match self.slots[slot] {
                    0 if self.values.len() == MOST => return None,
                    0 => {
                        self.values.push(*value);
                        self.slots[slot] = self.values.len() as u16;
                        break self.values.len() - 1;
                    }
                    next => {
                        let code = usize::from(next) - 1;
                        if self.values[code].to_bits() == value.to_bits() {
                            break code;
                        }
                        slot = (slot + 1) & ((1 << SLOTS) - 1);
                    }
                }
            };
            codes.push(code as u16);
        }
        Some(codes)
    }
}

/// How often a value is another than the one before it.
fn changes(page: &[f64]) -> usize {
    page.windows(2).filter(|pair| pair[0].to_bits() != pair[1].to_bits()).count()
}
