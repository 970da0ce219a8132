//! The committed shop is what its command writes, and large enough for every target.

use std::fs;
use std::path::Path;

use crate::shop::{date, files, simulate};

#[test]
fn the_committed_shop_is_what_its_command_writes() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/retail");
    let (out, _) = simulate("retail", |o| {
        (o.customers, o.prospects, o.seed, o.dirt) = (Some(400), Some(3_000), 36, 0.003);
        o.truth_at = vec![date("2024-07-01")];
    });
    assert_eq!(files(&committed), files(&out));
    for name in files(&out) {
        let same = fs::read(committed.join(&name)).unwrap() == fs::read(out.join(&name)).unwrap();
        assert!(
            same,
            "{name} differs: write testdata/retail anew as its README.md says, and look at the rates"
        );
    }
}
