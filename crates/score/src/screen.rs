//! Which features a model gets to see: those that can tell customers apart.

use std::collections::HashMap;

use foretell_learn::Matrix;

/// What became of a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Screened {
    pub(crate) feature: String,
    pub(crate) kept: bool,
    /// Why it was dropped.
    pub(crate) reason: Option<&'static str>,
    /// What shows it.
    pub(crate) evidence: Option<String>,
}

/// Looks at every feature over the training rows alone.
pub(crate) fn screen(x: &Matrix) -> Vec<Screened> {
    let mut seen: HashMap<Vec<u64>, usize> = HashMap::new();
    let mut screened = Vec::with_capacity(x.width());
    for (index, name) in x.columns().iter().enumerate() {
        let values = x.column(index);
        let dropped = match values.iter().copied().find(|v| !v.is_nan()) {
            None => Some(("all_missing", format!("no value on {} training rows", x.rows()))),
            Some(first) if values.iter().all(|v| *v == first) => {
                Some(("constant", format!("{first} on all {} training rows", x.rows())))
            }
            Some(_) => {
                let bits: Vec<u64> =
                    values.iter().map(|v| if v.is_nan() { u64::MAX } else { v.to_bits() }).collect();
                match seen.get(&bits) {
                    Some(twin) => {
                        Some(("copy", format!("equals {} on all training rows", x.columns()[*twin])))
                    }
                    None => {
                        seen.insert(bits, index);
                        None
                    }
                }
            }
        };
        let (reason, evidence) = dropped.unzip();
        screened.push(Screened { feature: name.clone(), kept: reason.is_none(), reason, evidence });
    }
    screened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_what_tells_nobody_apart_and_says_why() {
        let columns = ["empty", "constant", "good", "copy", "half"].map(str::to_owned).to_vec();
        let nan = f64::NAN;
        let data = [[nan; 3], [2.0; 3], [1.0, 2.0, nan], [1.0, 2.0, nan], [1.0, 1.0, nan]].concat();
        let found = screen(&Matrix::new(3, columns, data).unwrap());
        let reasons: Vec<_> = found.iter().map(|s| s.reason).collect();
        assert_eq!(reasons, [Some("all_missing"), Some("constant"), None, Some("copy"), None]);
        assert_eq!(found[3].evidence.as_deref(), Some("equals good on all training rows"));
    }
}
