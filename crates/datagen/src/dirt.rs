//! Makes rows bad, in ways that real shops' files are bad, and keeps account of each.
//!
//! Only whole rows are touched: a bad row takes the place of a good one, except that a duplicate is
//! added after it. Clean rows hold no quotes and no line breaks, so line numbers are those of the
//! file's physical lines, the header being line 1.

use rand_chacha::ChaCha8Rng;

use crate::random::{pick, trials};

/// Where the fields that dirt falls on stand in a row.
#[derive(Debug)]
pub struct Fields {
    /// `customer_id`.
    pub customer: usize,
    /// A time.
    pub time: usize,
    /// A whole number.
    pub number: usize,
    /// A decimal amount, where there is one; it is also what must be positive.
    pub amount: Option<usize>,
    /// A text.
    pub text: usize,
}

/// A way in which a row is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dirt {
    /// The customer's id is empty.
    MissingCustomer,
    /// A whole number has letters after it: `3x`.
    LettersInNumber,
    /// A day that no calendar has: `2024-02-31 10:00:00`.
    ImpossibleDate,
    /// A time written with `T` and an offset where local time is agreed: `2024-03-05T14:22:10+01:00`.
    OffsetTime,
    /// The last field is missing.
    ShortRow,
    /// There is a field too many.
    LongRow,
    /// A text ends with the byte 0xFF, which UTF-8 never has.
    InvalidUtf8,
    /// The row before it once more, byte for byte.
    Duplicate,
    /// The last field opens a quote that is never closed; at most once a file, and no row after it in
    /// that file holds a quote.
    OpenQuote,
    /// An amount with a decimal comma, in quotes: `"12,90"`.
    DecimalComma,
    /// An amount that says `NaN`.
    NotANumber,
    /// A whole number beyond 64 bits.
    NumberTooLarge,
    /// An amount of `0.00`: well formed, and against the rule that prices are positive.
    ZeroPrice,
}

/// All kinds and how often each is drawn; those from `DecimalComma` on need an amount.
const KINDS: [(Dirt, f64); 13] = [
    (Dirt::MissingCustomer, 0.2),
    (Dirt::LettersInNumber, 0.1),
    (Dirt::ImpossibleDate, 0.1),
    (Dirt::OffsetTime, 0.05),
    (Dirt::ShortRow, 0.08),
    (Dirt::LongRow, 0.06),
    (Dirt::InvalidUtf8, 0.06),
    (Dirt::Duplicate, 0.13),
    (Dirt::OpenQuote, 0.02),
    (Dirt::DecimalComma, 0.08),
    (Dirt::NotANumber, 0.04),
    (Dirt::NumberTooLarge, 0.03),
    (Dirt::ZeroPrice, 0.05),
];

impl Dirt {
    /// Name, as it stands in `truth/dirt.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Self::MissingCustomer => "missing_customer",
            Self::LettersInNumber => "letters_in_number",
            Self::ImpossibleDate => "impossible_date",
            Self::OffsetTime => "offset_time",
            Self::ShortRow => "short_row",
            Self::LongRow => "long_row",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::Duplicate => "duplicate",
            Self::OpenQuote => "open_quote",
            Self::DecimalComma => "decimal_comma",
            Self::NotANumber => "not_a_number",
            Self::NumberTooLarge => "number_too_large",
            Self::ZeroPrice => "zero_price",
        }
    }

    /// Appends the row as this kind of dirt leaves it; `line` carries no line break.
    fn soil(self, line: &[u8], fields: &Fields, out: &mut Vec<u8>) {
        let mut cells: Vec<Vec<u8>> = line.split(|byte| *byte == b',').map(<[u8]>::to_vec).collect();
        let last = cells.len() - 1;
        let amount = fields.amount.unwrap_or(fields.number);
        match self {
            Self::MissingCustomer => cells[fields.customer].clear(),
            Self::LettersInNumber => cells[fields.number].push(b'x'),
            Self::ImpossibleDate => {
                cells[fields.time].splice(5..10, *b"02-31");
            }
            Self::OffsetTime => {
                cells[fields.time][10] = b'T';
                cells[fields.time].extend_from_slice(b"+01:00");
            }
            Self::ShortRow => {
                cells.pop();
            }
            Self::LongRow => cells.push(b"surplus".to_vec()),
            Self::InvalidUtf8 => cells[fields.text].push(0xff),
            Self::Duplicate => {}
            Self::OpenQuote => cells[last].insert(0, b'"'),
            Self::DecimalComma => {
                let text = std::mem::take(&mut cells[amount]);
                let comma = text.iter().map(|byte| if *byte == b'.' { b',' } else { *byte });
                cells[amount] = std::iter::once(b'"').chain(comma).chain(std::iter::once(b'"')).collect();
            }
            Self::NotANumber => cells[amount] = b"NaN".to_vec(),
            Self::NumberTooLarge => cells[fields.number] = b"99999999999999999999".to_vec(),
            Self::ZeroPrice => cells[amount] = b"0.00".to_vec(),
        }
        out.extend_from_slice(&cells.join(&b','));
    }
}

/// Decides which rows are made bad.
#[derive(Debug)]
pub struct Soiler {
    rng: ChaCha8Rng,
    share: f64,
    /// Rows until the next bad one, itself included.
    left: u32,
}

impl Soiler {
    /// Makes this share of all rows bad; 0 makes none.
    pub fn new(mut rng: ChaCha8Rng, share: f64) -> Self {
        let left = trials(&mut rng, share);
        Self { rng, share, left }
    }

    /// Appends the next row to `out`, clean or as the returned kind of dirt leaves it, with line breaks.
    ///
    /// `quoted` says whether the file has an open quote already.
    pub fn pass(&mut self, line: &[u8], fields: &Fields, quoted: bool, out: &mut Vec<u8>) -> Option<Dirt> {
        self.left = self.left.saturating_sub(u32::from(self.share > 0.0));
        if self.left > 0 {
            out.extend_from_slice(line);
            out.push(b'\n');
            return None;
        }
        self.left = trials(&mut self.rng, self.share);
        let weights = KINDS.map(|(kind, weight)| {
            let fits = match kind {
                Dirt::OpenQuote => !quoted,
                Dirt::DecimalComma => !quoted && fields.amount.is_some(),
                Dirt::NotANumber | Dirt::NumberTooLarge | Dirt::ZeroPrice => fields.amount.is_some(),
                _ => true,
            };
            if fits { weight } else { 0.0 }
        });
        let kind = KINDS[pick(&mut self.rng, &weights)].0;
        if kind == Dirt::Duplicate {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        kind.soil(line, fields, out);
        out.push(b'\n');
        Some(kind)
    }

    /// Draws nothing and says whether any row is ever made bad.
    pub fn is_idle(&self) -> bool {
        self.share <= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: Fields = Fields { customer: 0, time: 1, number: 2, amount: Some(3), text: 4 };

    fn soiled(kind: Dirt) -> String {
        let mut out = Vec::new();
        kind.soil(b"C1,2024-03-05 14:22:10,3,12.90,Berlin", &FIELDS, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn each_kind_leaves_its_mark() {
        let expected = [
            (Dirt::MissingCustomer, ",2024-03-05 14:22:10,3,12.90,Berlin"),
            (Dirt::LettersInNumber, "C1,2024-03-05 14:22:10,3x,12.90,Berlin"),
            (Dirt::ImpossibleDate, "C1,2024-02-31 14:22:10,3,12.90,Berlin"),
            (Dirt::OffsetTime, "C1,2024-03-05T14:22:10+01:00,3,12.90,Berlin"),
            (Dirt::ShortRow, "C1,2024-03-05 14:22:10,3,12.90"),
            (Dirt::LongRow, "C1,2024-03-05 14:22:10,3,12.90,Berlin,surplus"),
            (Dirt::InvalidUtf8, "C1,2024-03-05 14:22:10,3,12.90,Berlin\u{fffd}"),
            (Dirt::Duplicate, "C1,2024-03-05 14:22:10,3,12.90,Berlin"),
            (Dirt::OpenQuote, "C1,2024-03-05 14:22:10,3,12.90,\"Berlin"),
            (Dirt::DecimalComma, "C1,2024-03-05 14:22:10,3,\"12,90\",Berlin"),
            (Dirt::NotANumber, "C1,2024-03-05 14:22:10,3,NaN,Berlin"),
            (Dirt::NumberTooLarge, "C1,2024-03-05 14:22:10,99999999999999999999,12.90,Berlin"),
            (Dirt::ZeroPrice, "C1,2024-03-05 14:22:10,3,0.00,Berlin"),
        ];
        assert_eq!(expected.len(), KINDS.len());
        for (kind, line) in expected {
            assert_eq!(soiled(kind), line, "{}", kind.name());
        }
    }
}
