//! The part of a spec that a search found to be enough, as YAML.

use std::fmt::Write;

use foretell_spec::{Features, Slice};

use super::pieces::{Kind, Pieces, of_kind};

/// Writes the `features` of a spec that has only `pieces`, in the order of the spec they come from.
pub(super) fn fragment(spec: &Features, pieces: &Pieces) -> String {
    let mut text = String::from("features:\n");
    // Writing to a String cannot fail.
    let _ = write(&mut text, spec, pieces);
    text
}

fn write(text: &mut String, spec: &Features, pieces: &Pieces) -> std::fmt::Result {
    let has = |kind: Kind, name: &str| of_kind(pieces, kind).any(|piece| piece == name);
    let mut windows: Vec<String> =
        spec.windows.iter().map(ToString::to_string).filter(|w| has(Kind::Window, w)).collect();
    // A spec has a window, be it that no feature asks for it.
    windows.extend(windows.is_empty().then(|| spec.windows.first().map(ToString::to_string)).flatten());
    writeln!(text, "  windows: [{}]", windows.join(", "))?;
    let slices: Vec<String> = spec
        .slices
        .iter()
        .filter(|(column, _)| has(Kind::Slice, column))
        .map(|(column, slice)| format!("{column}: {}", values(slice)))
        .collect();
    if !slices.is_empty() {
        writeln!(text, "  slices: {{{}}}", slices.join(", "))?;
    }
    let families: Vec<&str> =
        spec.families.iter().map(String::as_str).filter(|family| has(Kind::Family, family)).collect();
    writeln!(text, "  families: [{}]", families.join(", "))?;
    // Families that the spec does not list come from the files of `sql`.
    let own = of_kind(pieces, Kind::Family).any(|piece| !spec.families.iter().any(|family| family == piece));
    if own && !spec.sql.is_empty() {
        let files: Vec<String> = spec.sql.iter().map(|file| quoted(file)).collect();
        writeln!(text, "  sql: [{}]", files.join(", "))?;
    }
    if !spec.fuse {
        writeln!(text, "  fuse: false")?;
    }
    Ok(())
}

fn values(slice: &Slice) -> String {
    match slice {
        Slice::Top(count) => count.to_string(),
        Slice::Values(values) => {
            let quoted: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            format!("[{}]", quoted.join(", "))
        }
    }
}

/// A text in double quotes: what JSON writes, YAML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use foretell_spec::values::Days;

    use super::super::pieces::tests::piece;
    use super::*;

    #[test]
    fn says_what_is_left_in_the_order_of_the_spec() {
        let spec = Features {
            windows: vec![Days(7), Days(30), Days(365)],
            slices: [
                ("region".to_owned(), Slice::Values(vec!["a \"b\"".to_owned(), "c".to_owned()])),
                ("category".to_owned(), Slice::Top(6)),
            ]
            .into_iter()
            .collect(),
            families: ["recency", "frequency", "trend"].map(str::to_owned).to_vec(),
            sql: vec!["sql/own/*.sql".to_owned()],
            fuse: true,
        };
        let mut pieces = Pieces::from([
            piece(Kind::Family, "trend"),
            piece(Kind::Family, "recency"),
            piece(Kind::Window, "365d"),
            piece(Kind::Window, "30d"),
        ]);
        let short = "features:\n  windows: [30d, 365d]\n  families: [recency, trend]\n";
        assert_eq!(fragment(&spec, &pieces), short);
        pieces.extend([piece(Kind::Slice, "region"), piece(Kind::Family, "bulk")]);
        assert_eq!(
            fragment(&spec, &pieces),
            "features:\n  windows: [30d, 365d]\n  slices: {region: [\"a \\\"b\\\"\", \"c\"]}\n  \
             families: [recency, trend]\n  sql: [\"sql/own/*.sql\"]\n"
        );
        assert!(fragment(&spec, &Pieces::new()).contains("windows: [7d]"));
    }
}
