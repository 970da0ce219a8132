//! What a list of features is made of: families, windows and slices, as a spec names them.

use std::collections::BTreeSet;

use foretell_spec::Features;

/// Families with which a search begins, where the spec has them: recency, frequency, money.
const BASE: [&str; 3] = ["recency", "frequency", "monetary"];

/// Look-backs with which a search begins, in days: the spec's windows nearest to these.
const BASE_DAYS: [u32; 3] = [30, 90, 365];

/// A feature as the catalogue describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Feature {
    pub(super) name: String,
    pub(super) family: String,
    /// Look-back such as `30d` or `lifetime`.
    pub(super) window: Option<String>,
    /// Slice such as `region_france`.
    pub(super) slice: Option<String>,
}

/// Which part of the spec's `features` a piece belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Family,
    Window,
    Slice,
}

impl Kind {
    /// The word that tables use.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::Window => "window",
            Self::Slice => "slice",
        }
    }
}

/// What a step adds or removes: a family, a window, or the column of a slice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) name: String,
}

/// Some of the pieces of a spec.
pub(super) type Pieces = BTreeSet<Piece>;

/// All features and pieces of a spec.
pub(super) struct Stock {
    features: Vec<Feature>,
    /// Columns by which features are sliced.
    columns: Vec<String>,
    pieces: Vec<Piece>,
}

impl Stock {
    /// Gathers the pieces that have a feature; `columns` are those by which the spec slices.
    pub(super) fn new(features: Vec<Feature>, columns: Vec<String>) -> Self {
        let mut stock = Self { features, columns, pieces: Vec::new() };
        let all: Vec<Piece> = stock.features.iter().flat_map(|feature| stock.pieces_of(feature)).collect();
        for piece in all {
            if !stock.pieces.contains(&piece) {
                stock.pieces.push(piece);
            }
        }
        stock
    }

    /// The pieces that a feature needs. A lifetime needs none: every spec has it.
    fn pieces_of(&self, feature: &Feature) -> Vec<Piece> {
        let family = Piece { kind: Kind::Family, name: feature.family.clone() };
        let window = feature.window.as_ref().filter(|window| *window != "lifetime");
        let window = window.map(|window| Piece { kind: Kind::Window, name: window.clone() });
        let slice = feature.slice.as_ref().map(|slice| {
            // `region_code_7` is a value of `region_code`, not of `region`.
            let column = self.columns.iter().filter(|column| {
                slice.strip_prefix(column.as_str()).is_some_and(|rest| rest.starts_with('_'))
            });
            let column = column.max_by_key(|column| column.len()).unwrap_or(slice);
            Piece { kind: Kind::Slice, name: column.clone() }
        });
        [Some(family), window, slice].into_iter().flatten().collect()
    }

    /// Every piece, in the order of the catalogue.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The names of the features of which all pieces are there, in the order of the catalogue.
    pub(super) fn features(&self, pieces: &Pieces) -> Vec<String> {
        let whole = |feature: &&Feature| self.pieces_of(feature).iter().all(|piece| pieces.contains(piece));
        self.features.iter().filter(whole).map(|feature| feature.name.clone()).collect()
    }

    /// The pieces without which a condition over features could not be asked.
    pub(super) fn needed_by(&self, conditions: &[&str]) -> Pieces {
        let word = |c: char| !(c.is_alphanumeric() || c == '_');
        let words: BTreeSet<&str> = conditions.iter().flat_map(|condition| condition.split(word)).collect();
        let named = self.features.iter().filter(|feature| words.contains(feature.name.as_str()));
        named.flat_map(|feature| self.pieces_of(feature)).collect()
    }

    /// A small list that anybody would begin with: recency, frequency and money over three windows.
    pub(super) fn base(&self, spec: &Features) -> Pieces {
        let of_base = |piece: &&Piece| piece.kind == Kind::Family && BASE.contains(&piece.name.as_str());
        let mut base: Pieces = self.pieces.iter().filter(of_base).cloned().collect();
        if base.is_empty() {
            base.extend(self.pieces.iter().find(|piece| piece.kind == Kind::Family).cloned());
        }
        for days in BASE_DAYS {
            let nearest = spec.windows.iter().min_by_key(|window| (window.0.abs_diff(days), window.0));
            let name = nearest.map(ToString::to_string);
            let is_it = |piece: &&Piece| piece.kind == Kind::Window && Some(&piece.name) == name.as_ref();
            base.extend(self.pieces.iter().find(is_it).cloned());
        }
        base
    }
}

/// The names of the pieces of a kind.
pub(super) fn of_kind(pieces: &Pieces, kind: Kind) -> impl Iterator<Item = &str> {
    pieces.iter().filter(move |piece| piece.kind == kind).map(|piece| piece.name.as_str())
}

#[cfg(test)]
pub(super) mod tests {
    use foretell_spec::values::Days;

    use super::*;

    fn feature(name: &str, family: &str, window: Option<&str>, slice: Option<&str>) -> Feature {
        Feature {
            name: name.to_owned(),
            family: family.to_owned(),
            window: window.map(str::to_owned),
            slice: slice.map(str::to_owned),
        }
    }

    pub(in super::super) fn stock() -> Stock {
        let features = vec![
            feature("days_silent", "recency", None, None),
            feature("orders_7d", "frequency", Some("7d"), None),
            feature("orders_60d", "frequency", Some("60d"), None),
            feature("orders_lifetime", "frequency", Some("lifetime"), None),
            feature("orders_60d__region_code_7", "frequency", Some("60d"), Some("region_code_7")),
            feature("weekend_share", "calendar", None, None),
        ];
        Stock::new(features, vec!["region".to_owned(), "region_code".to_owned()])
    }

    pub(in super::super) fn piece(kind: Kind, name: &str) -> Piece {
        Piece { kind, name: name.to_owned() }
    }

    #[test]
    fn a_feature_is_there_with_all_its_pieces() {
        let stock = stock();
        assert!(stock.pieces().contains(&piece(Kind::Slice, "region_code")));
        assert!(!stock.pieces().iter().any(|p| p.name == "lifetime"));
        let mut some = Pieces::from([piece(Kind::Family, "frequency"), piece(Kind::Window, "60d")]);
        assert_eq!(stock.features(&some), ["orders_60d", "orders_lifetime"]);
        some.insert(piece(Kind::Slice, "region_code"));
        assert_eq!(stock.features(&some).len(), 3);
        let all: Pieces = stock.pieces().iter().cloned().collect();
        assert_eq!(stock.features(&all).len(), 6);
    }

    #[test]
    fn conditions_hold_on_to_what_they_name() {
        let needed = stock().needed_by(&["orders_7d > 0 AND days_silent<=3", "orders_lifetime_ = 1"]);
        let expected =
            [piece(Kind::Family, "frequency"), piece(Kind::Family, "recency"), piece(Kind::Window, "7d")];
        assert_eq!(needed, Pieces::from(expected));
    }

    #[test]
    fn a_search_begins_small() {
        let spec = |windows: &[u32]| -> Features {
            Features {
                windows: windows.iter().copied().map(Days).collect(),
                slices: Default::default(),
                families: Vec::new(),
                sql: Vec::new(),
                fuse: true,
            }
        };
        let base = stock().base(&spec(&[7, 60]));
        let names: Vec<&str> = base.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["frequency", "recency", "60d", "7d"]);
        // 30 lies nearer to 7 than to 60, 90 and 365 nearer to 60.
        let lonely = Stock::new(vec![feature("a", "calendar", None, None)], Vec::new());
        assert_eq!(lonely.base(&spec(&[7])), Pieces::from([piece(Kind::Family, "calendar")]));
    }
}
