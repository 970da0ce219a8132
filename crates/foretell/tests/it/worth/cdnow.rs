//! The CDNOW sample through the built binary: the published model's figures, customer by customer.

use std::env;
use std::fs;
use std::path::PathBuf;

use super::rows;
use crate::support::{Project, root};

/// P(alive) and expected orders of the 39 weeks after, of customers of the sample by its own numbers: worked out in
/// 40 digits by `expected_orders` of `crates/worth/src/testdata/reference.py` at the published parameters (Fader,
/// Hardie and Lee, 2005: r .2425945, alpha 4.4136019, a .7929199, b 2.4258881).
const PUBLISHED: [(&str, f64, f64); 11] = [
    ("0001", 0.726620, 1.225993),
    ("0002", 0.212390, 0.203418),
    ("0003", 1.000000, 0.194794),
    ("0006", 0.641835, 3.337573),
    ("0009", 0.784873, 1.324281),
    ("0020", 1.000000, 0.195375),
    ("0100", 0.646991, 0.626852),
    ("0500", 0.056578, 0.143825),
    ("1000", 0.680268, 2.352579),
    ("2000", 1.000000, 0.246228),
    ("2357", 1.000000, 0.258979),
];

#[test]
fn the_cdnow_sample_is_worth_what_is_published() {
    let Some(data) = env::var_os("FORETELL_REAL_DATA").map(PathBuf::from) else {
        eprintln!("skipped: FORETELL_REAL_DATA is not set, so CDNOW was not held against what is published");
        return;
    };
    let project = Project::new();
    project.write("pipelines/cdnow.yaml", fs::read(root().join("pipelines/cdnow.yaml")).unwrap());
    let files = format!("sources.transactions.files={}/cdnow/CDNOW_sample.txt", data.display());
    let arguments = [
        "run",
        "pipelines/cdnow.yaml",
        "--date",
        "1997-10-01",
        "--set",
        "warehouse=w",
        "--set",
        files.as_str(),
    ];
    project.foretell(&arguments).ok();
    let customers = rows(&project, "customers", "1997-10-01");
    assert_eq!(customers.len(), 2357);
    for (id, alive, orders) in PUBLISHED {
        let row = &customers[id];
        let (found_alive, found) =
            (row.number("alive_probability").unwrap(), row.number("expected_orders").unwrap());
        assert!((found_alive - alive).abs() < 1e-4, "{id}: alive {found_alive} for {alive}");
        assert!((found - orders).abs() < 1e-4 * orders.max(1.0), "{id}: {found} orders for {orders}");
    }
    let all: f64 = customers.values().filter_map(|row| row.number("expected_orders")).sum();
    assert!((all - 1653.4).abs() < 0.5, "{all} orders expected of all");
    let values = customers.values().filter(|row| row.number("expected_value").is_some()).count();
    assert_eq!(values, 2357, "every buyer has an expected value");
}
