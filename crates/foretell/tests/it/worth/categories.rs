//! The category to offer next, held against the first order after the cutoff.

use super::shop::Shop;

/// Holds the hit rate against that of offering everybody the most popular category.
pub fn the_next_category_beats_the_most_popular(shop: &Shop) {
    let popular = shop.lines_before.iter().max_by_key(|(_, lines)| **lines).unwrap().0;
    let (mut orders, mut hits, mut popular_hits) = (0.0, 0.0, 0.0);
    for (customer, row) in &shop.customers {
        let buyer = row.text("lifecycle") != Some("prospect");
        assert_eq!(row.text("next_category").is_some(), buyer, "{customer}");
        let (Some(next), Some(order)) = (row.text("next_category"), shop.orders(customer, 365).next()) else {
            continue;
        };
        let bought = |category: &str| f64::from(u8::from(order.categories.iter().any(|c| c == category)));
        orders += 1.0;
        hits += bought(next);
        popular_hits += bought(popular);
    }
    let (ours, theirs) = (hits / orders, popular_hits / orders);
    println!("next category: hit {ours:.3} of {orders} orders, the most popular ({popular}) {theirs:.3}");
    // Five standard errors of the difference at least.
    let error = f64::sqrt((ours * (1.0 - ours) + theirs * (1.0 - theirs)) / orders);
    assert!(ours - theirs > 5.0 * error, "{ours} of {orders}, the most popular {theirs}");
}
