//! Pages of fractions: spelled out, eight bytes each, for the compressor to find what repeats.

use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{Float64Type, ToByteSlice};
use parquet::basic::Encoding;
use parquet::file::statistics::Statistics;

use super::numbers::{Bounds, Values};
use super::pages::{Grain, Raw};

/// The values of a page.
#[derive(Default)]
pub(super) struct Floats {
    page: Vec<f64>,
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
        raw.bytes.extend_from_slice(self.page.to_byte_slice());
        (raw.encoding, raw.grain) = (Encoding::PLAIN, Grain::Wide);
        self.page.clear();
    }

    fn take_dictionary(&mut self) -> Vec<i64> {
        Vec::new()
    }

    /// Bounds as Parquet wants them: no NaN, and a zero of the sign that includes the other.
    fn bounds(bounds: Option<Bounds<<Self::Arrow as ArrowPrimitiveType>::Native>>, nulls: u64) -> Statistics {
        let least = bounds.map(|b| if b.least == 0.0 { -0.0 } else { b.least });
        let greatest = bounds.map(|b| if b.greatest == 0.0 { 0.0 } else { b.greatest });
        Statistics::new(least, greatest, None, Some(nulls), false)
    }
}
