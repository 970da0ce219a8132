//! The action list, held against contacting everyone, nobody, and whoever has been silent for long.
//!
//! The simulation says who buys within 90 days if nobody is contacted. The effect of a contact is the
//! assumption the spec states: it wins a customer who would not have bought with the probability
//! `contact_effect`, and an order of theirs at its true expected value; to whoever buys anyway it adds
//! nothing. It costs `costs.contact` either way. Chance is not drawn but expected, so no luck decides.

use super::shop::{CONTACT, EFFECT, MARGIN, SERVICE, Shop};

/// Days within which an order counts as bought anyway.
const DAYS: u64 = 90;

/// What contacting one customer brings.
fn profit(shop: &Shop, customer: &str) -> f64 {
    let bought = shop.orders(customer, DAYS).next().is_some();
    let won = if bought { 0.0 } else { EFFECT * (MARGIN * shop.order_values[customer] - SERVICE) };
    won - CONTACT
}

/// Holds the profit of the list against that of the other ways.
pub fn the_action_list_beats_everyone_nobody_and_the_recency_rule(shop: &Shop) {
    let of = |wanted: &dyn Fn(&str) -> bool| {
        let named: Vec<&String> = shop.customers.keys().filter(|id| wanted(id)).collect();
        (named.len(), named.iter().map(|id| profit(shop, id)).sum::<f64>())
    };
    let row = |id: &str| &shop.customers[id];
    let listed =
        |id: &str| row(id).text("action") != Some("let_go") && row(id).number("action_value") > Some(0.0);
    let list = of(&listed);
    println!("{:>24} {:>6} contacts {:>9.2}", "the action list", list.0, list.1);
    let mut others = vec![("everyone".to_owned(), of(&|_| true)), ("nobody".to_owned(), (0, 0.0))];
    for days in [30, 60, 90, 120, 180, 240] {
        let rule = of(&|id| shop.silences.get(id) >= Some(&f64::from(days)));
        assert!(rule.0 > 100, "nobody is silent for {days} days");
        others.push((format!("silent for {days} days"), rule));
    }
    for action in ["keep", "grow", "wake", "win_back", "convert", "let_go"] {
        let these = of(&|id| row(id).text("action") == Some(action));
        println!("{action:>24} {:>6} customers, contacted they bring {:>9.2}", these.0, these.1);
    }
    for (name, (contacts, profit)) in &others {
        println!("{name:>24} {contacts:>6} contacts {profit:>9.2}");
    }
    for (name, (_, profit)) in &others {
        assert!(list.1 > *profit, "{name} brings {profit}, the list {}", list.1);
    }
}
