//! Probability of being alive and expected value, by tenths, beside what is so.

use super::shop::Shop;
use super::tenths;

/// Prints the tenths and holds them against the truth, as far as BG/NBD can be right about this shop.
///
/// Alive, to the model, is whoever has not left for good. Half of those who leave this shop are dormant
/// and may return, which the model does not know: of the long silent it expects too little, and their
/// tenths are printed but not held against it.
pub fn alive_and_value_are_foretold(shop: &Shop) {
    let (mut alive, mut orders, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (customer, row) in &shop.customers {
        let Some(said) = row.number("alive_probability") else { continue };
        alive.push((said, f64::from(u8::from(shop.states[customer] != "gone"))));
        let later: Vec<f64> = shop.orders(customer, 365).map(|order| order.value).collect();
        orders.push((row.number("expected_orders").unwrap(), later.len() as f64));
        values.push((row.number("expected_value").unwrap(), later.iter().sum::<f64>()));
    }
    assert!(alive.len() > 4_000, "{} buyers", alive.len());
    let totals =
        |rows: &[(f64, f64)]| rows.iter().fold((0.0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
    let (said, came) = totals(&values);
    println!("{} buyers, value of all: {said:.0} expected, {came:.0} came", alive.len());
    assert!((said / came - 1.0).abs() < 0.2, "{said} expected, {came} came");
    for (name, rows) in [("alive", alive), ("orders", orders), ("value", values)] {
        let tenths = tenths(rows);
        println!("{name:>8} said {}", line(tenths.iter().map(|t| t.0)));
        println!("{name:>8} true {}", line(tenths.iter().map(|t| t.1)));
        // Where the model says more, more is true: the upper half tenth by tenth.
        assert!(tenths[5..].windows(2).all(|two| two[0].1 < two[1].1), "{name} does not rise: {tenths:?}");
        for (said, truly) in &tenths[6..] {
            let tolerance = if name == "alive" { 0.1 } else { 0.25 };
            assert!((said / truly - 1.0).abs() < tolerance, "{name}: {said} expected, {truly} came");
        }
    }
}

fn line(values: impl Iterator<Item = f64>) -> String {
    values.map(|value| format!("{value:>8.3}")).collect()
}
