//! Broken specs and broken SQL: each is refused with its place and what to do, and nothing is published.
//!
//! The snapshots hold the exit code and what stands on stderr.

pub mod shop;

mod commands;
mod sql;
mod texts;
mod yaml;

use crate::support::Run;
use shop::{Shop, keep};

/// Checks the spec, expects it to be refused with `code` and keeps the message.
#[track_caller]
fn refused(case: &str, code: i32, shop: &Shop) {
    refused_by(case, code, shop, "check", &[]);
}

/// Like [`refused`], for any command.
#[track_caller]
fn refused_by(case: &str, code: i32, shop: &Shop, verb: &str, more: &[&str]) {
    let run = shop.foretell(verb, more);
    kept(case, code, &run);
    assert!(shop.project.bytes("warehouse/tables").is_empty(), "tables were published");
    if verb == "check" {
        assert!(!shop.project.path("warehouse").exists(), "`check` wrote something");
    }
}

#[track_caller]
fn kept(case: &str, code: i32, run: &Run) {
    keep(&format!("bad_spec__{case}"), code, run);
}

#[test]
fn the_shop_itself_is_right() {
    let shop = Shop::new();
    let check = shop.foretell("check", &[]).ok();
    assert!(check.stdout.starts_with("shop.yaml: ok\n"), "{}", check.stdout);
    assert!(!shop.project.path("warehouse").exists(), "`check` wrote something");
    shop.foretell("run", &[]).ok();
    assert!(
        shop.project.bytes("warehouse/tables").keys().any(|path| path.starts_with("scores/target=churn/"))
    );
}
