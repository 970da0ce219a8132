//! How often features are there, and how sure that is.

use super::super::interval::wilson_share;

/// How often each feature is there, and not zero, among some customers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Customers looked at; one at several cutoffs counts at each.
    pub rows: u64,
    /// Cutoffs looked at.
    pub cutoffs: u64,
    /// Rows with a value, a feature.
    pub filled: Vec<u64>,
    /// Rows with a value other than 0, a feature.
    pub non_zero: Vec<u64>,
}

impl Tally {
    /// A tally of nobody yet over `width` features.
    pub fn new(width: usize) -> Self {
        Self { rows: 0, cutoffs: 0, filled: vec![0; width], non_zero: vec![0; width] }
    }

    /// Returns the number of features.
    pub fn width(&self) -> usize {
        self.filled.len().min(self.non_zero.len())
    }

    /// Counts the values of one feature; NaN stands for a missing one. Rows are counted apart.
    pub fn add(&mut self, feature: usize, values: impl Iterator<Item = f64>) {
        let (Some(filled), Some(non_zero)) = (self.filled.get_mut(feature), self.non_zero.get_mut(feature))
        else {
            return;
        };
        for value in values.filter(|value| !value.is_nan()) {
            *filled += 1;
            *non_zero += u64::from(value != 0.0);
        }
    }

    /// The share of rows that show a mark. A customer at several cutoffs counts as one at most.
    pub(super) fn share(&self, feature: usize, mark: Mark) -> Share {
        let hits = match mark {
            Mark::Filled => self.filled.get(feature),
            Mark::NonZero => self.non_zero.get(feature),
        };
        let hits = hits.copied().unwrap_or_default() as f64;
        Share { hits, n: self.rows as f64, factor: 1.0 / self.cutoffs.max(1) as f64 }
    }
}

/// What can be seen of a value without knowing what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Filled,
    NonZero,
}

impl Mark {
    pub(super) const ALL: [Self; 2] = [Self::Filled, Self::NonZero];

    pub(super) fn shows(self, value: f64) -> bool {
        match self {
            Self::Filled => !value.is_nan(),
            Self::NonZero => !value.is_nan() && value != 0.0,
        }
    }

    /// The words for having the mark, or for lacking it.
    pub(super) fn words(self, has: bool) -> &'static str {
        match (self, has) {
            (Self::Filled, true) => "filled",
            (Self::Filled, false) => "missing",
            (Self::NonZero, true) => "not zero",
            (Self::NonZero, false) => "zero or missing",
        }
    }
}

/// Hits among n rows, of which `factor` are independent: rows of one customer are not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share {
    pub(super) hits: f64,
    pub(super) n: f64,
    pub(super) factor: f64,
}

impl Share {
    pub(super) fn value(self) -> f64 {
        if self.n > 0.0 { self.hits / self.n } else { 0.0 }
    }

    /// Lower end of the 95 % Wilson interval; 0 of nothing.
    pub(super) fn low(self) -> f64 {
        self.bounds().0
    }

    /// Upper end; 1 of nothing.
    pub(super) fn high(self) -> f64 {
        self.bounds().1
    }

    fn bounds(self) -> (f64, f64) {
        let n = self.n * self.factor;
        if n > 0.0 { wilson_share(self.value(), n) } else { (0.0, 1.0) }
    }

    /// The share of those without the mark.
    pub(super) fn without(self) -> Self {
        Self { hits: self.n - self.hits, ..self }
    }

    /// This share and another one together.
    pub(super) fn and(self, other: Self) -> Self {
        let n = self.n + other.n;
        let independent = self.n * self.factor + other.n * other.factor;
        let factor = if n > 0.0 { independent / n } else { 1.0 };
        Self { hits: self.hits + other.hits, n, factor }
    }

    /// How many times as large it is as another one, at least.
    pub(super) fn times(self, other: Self) -> f64 {
        self.low() / other.high().max(f64::MIN_POSITIVE)
    }

    /// `412 of 420`.
    pub(super) fn words(self) -> String {
        format!("{} of {}", number(self.hits as usize), number(self.n as usize))
    }
}

/// A count with its thousands apart.
pub(super) fn number(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
