//! Files that are not YAML, or use what a spec may not use of it.

use super::{GOOD, changed, environment, messages, said};
use crate::{FaultKind, load};

#[test]
fn not_yaml() {
    messages(&[
        ("tab_indents", &[("  windows: [7d", "\twindows: [7d")]),
        ("tab_indents_after_spaces", &[("    horizon: 30d", "  \thorizon: 30d")]),
        ("indentation_too_deep", &[("    horizon: 90d", "      horizon: 90d")]),
        ("indentation_too_shallow", &[("    horizon: 90d", "   horizon: 90d")]),
        ("no_space_after_colon", &[("  seed: 42", "  seed:42")]),
        ("no_colon", &[("  seed: 42", "  seed")]),
        ("colon_in_text", &[("eligible: orders_90d > 0", "eligible: orders: many")]),
        ("open_quote", &[("{from: CustomerID,", "{from: \"CustomerID,")]),
        ("open_bracket", &[("180d, 365d]", "180d, 365d")]),
        ("open_brace", &[("count: 9}", "count: 9")]),
        ("closing_bracket", &[("  seed: 42", "  seed: 42\n]")]),
        ("percent_begins_text", &[("format: \"%Y-%m-%d %H:%M:%S\"", "format: %Y-%m-%d")]),
        ("star_begins_text", &[("[sql/features/custom/*.sql]", "[*.sql]")]),
        ("bang_begins_text", &[("where: unit_price > 0", "where: !is_return")]),
        ("bad_escape", &[("\"%Y-%m-%d %H:%M:%S\"", "\"\\d\"")]),
        ("variable_in_braces", &[("{from: CustomerID,", "{from: ${CUSTOMER},")]),
        ("control_character", &[("  seed: 42", "  seed: \u{1b}42")]),
        ("comma_in_braces", &[("having: count(*) = 0", "having: coalesce(sum(amount), 0) = 0")]),
        ("text_after_quote", &[("{from: CustomerID,", "{from: \"Customer\" ID,")]),
    ]);
}

#[test]
fn not_for_a_spec() {
    messages(&[
        (
            "anchor_and_alias",
            &[("horizon: 90d", "horizon: &length 90d"), ("horizon: 30d", "horizon: *length")],
        ),
        ("merge_key", &[("  conversion:\n", "  conversion:\n    <<: {gap: 1d}\n")]),
        ("tag", &[("horizon: 90d", "horizon: !!str 90d")]),
        ("key_is_list", &[("  seed: 42", "  [seed]: 42")]),
        ("several_documents", &[("targets:\n", "---\ntargets:\n")]),
    ]);
    insta::assert_snapshot!("second_document", said(&format!("{GOOD}---\n{GOOD}")));
}

#[test]
fn no_spec_at_all() {
    insta::assert_snapshot!("empty", said(""));
    insta::assert_snapshot!("only_comments", said("# nothing yet\n\n"));
    insta::assert_snapshot!("only_null", said("---\n~\n"));
    insta::assert_snapshot!("a_list", said("- version: 1\n"));
    insta::assert_snapshot!("a_text", said("hello\n"));
    insta::assert_snapshot!("too_long", said(&"# data\n".repeat(200_000)));
    insta::assert_snapshot!("too_deep", said(&format!("a: {}", "[".repeat(100))));
    insta::assert_snapshot!(
        "too_deep_blocks",
        said(&(0..60).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>())
    );
    insta::assert_snapshot!(
        "too_many",
        said(&format!("a: [{}]", "1,".repeat(60_000))).replace(&"1,".repeat(40), "…")
    );
}

#[test]
fn a_bomb_is_stopped_at_once() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in "bcdefghijklmnop".chars().zip("abcdefghijklmno".chars()) {
        bomb.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 9].join(", ")));
    }
    let said = said(&bomb);
    assert!(said.contains("pipelines/x.yaml:1:4: anchors and aliases are not supported"), "{said}");
    assert!(said.len() < 200_000, "{}", said.len());
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().display().to_string();
    let show = |file: &str| {
        let faults = load(&folder.path().join(file), &[], &environment).unwrap_err();
        (faults.kind(), faults.to_string().replace(&name, "pipelines"))
    };

    let (kind, said) = show("missing.yaml");
    assert_eq!((kind, kind.exit_code()), (FaultKind::InputMissing, 66));
    insta::assert_snapshot!("file_missing", said);

    std::fs::create_dir(folder.path().join("folder.yaml")).unwrap();
    let (kind, said) = show("folder.yaml");
    assert_eq!(kind, FaultKind::InputMissing);
    insta::assert_snapshot!("file_is_directory", said);

    let mut bytes = changed(&[("Europe/London", "Europe/X")]).into_bytes();
    let at = bytes.windows(8).position(|bytes| bytes == b"Europe/X").unwrap() + 7;
    bytes[at] = 0xe9;
    std::fs::write(folder.path().join("latin.yaml"), bytes).unwrap();
    let (kind, said) = show("latin.yaml");
    assert_eq!((kind, kind.exit_code()), (FaultKind::BadSpec, 78));
    insta::assert_snapshot!("file_not_utf8", said);
}

#[test]
fn line_ends_and_byte_order_marks_do_not_matter() {
    let plain = super::good(GOOD).digest();
    assert_eq!(super::good(&GOOD.replace('\n', "\r\n")).digest(), plain);
    assert_eq!(super::good(&format!("\u{feff}{GOOD}")).digest(), plain);
    let windows = changed(&[("  seed: 42", "  sead: 42")]).replace('\n', "\r\n");
    insta::assert_snapshot!("windows_line_ends", said(&windows));
    insta::assert_snapshot!(
        "byte_order_mark",
        said("\u{feff}versoin: 1\n").lines().take(5).collect::<Vec<_>>().join("\n")
    );
}
