//! Short texts compared without a call.

/// Says whether two texts are equal.
///
/// Identifiers and categories are short, and rows of a customer, of an order, of a slice are told apart by hundreds of
/// millions of such comparisons: calling the library for each was 3 % of all features.
#[inline]
pub(crate) fn same(a: &str, b: &str) -> bool {
    fn ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
        a.first_chunk::<N>() == b.first_chunk::<N>() && a.last_chunk::<N>() == b.last_chunk::<N>()
    }
    let (a, b) = (a.as_bytes(), b.as_bytes());
    a.len() == b.len()
        && match a.len() {
            8..=16 => ends::<8>(a, b),
            4..=7 => ends::<4>(a, b),
            _ => a == b,
        }
}

/// Says that the second text comes after the first, where short ones come first: so `A-9` comes before `A-10`, as their
/// numbers do.
#[inline]
pub(crate) fn ascends(a: &str, b: &str) -> bool {
    a.len() < b.len() || a.len() == b.len() && a < b
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::same;

    proptest! {
        #[test]
        fn texts_are_the_same_where_they_are_equal(a in "[ab]{0,20}", at in 0_usize..20, other in "[ab]{0,20}") {
            prop_assert!(same(&a, &a.clone()));
            prop_assert_eq!(same(&a, &other), a == other);
            let changed: String = a.chars().enumerate().map(|(i, c)| if i == at { 'x' } else { c }).collect();
            prop_assert_eq!(same(&a, &changed), a == changed);
        }
    }
}
