//! The rounds: add what lowers the loss beyond noise, then remove what earns nothing.

use foretell_learn::Paired;

use super::pieces::{Kind, Piece, Pieces, Stock};

/// What a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A list to begin with or to compare with.
    Start,
    Add,
    Remove,
    /// Held against the test cutoff, after all rounds.
    Test,
}

impl Step {
    /// The word that tables use.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Test => "test",
        }
    }
}

/// A list of features, judged on the validation cutoffs.
pub(super) trait Judged: Clone {
    /// Mean log loss; not a number where the model could not be trained.
    fn log_loss(&self) -> f64;

    /// The change from `self` to `new`; `None` where one of them has no losses.
    fn to(&self, new: &Self) -> Option<Paired>;
}

/// One list of features that was tried in a round.
#[derive(Debug, Clone)]
pub(super) struct Tried<J> {
    pub(super) round: u32,
    pub(super) step: Step,
    /// The piece added or removed; `None` for a whole list.
    pub(super) piece: Option<Piece>,
    /// Name of a whole list, or the pieces removed together.
    pub(super) list: Option<String>,
    pub(super) features: usize,
    pub(super) judged: J,
    /// The change against the list it was held against, and its interval.
    pub(super) change: Option<(f64, f64, f64)>,
    pub(super) kept: bool,
}

/// What a search found.
#[derive(Debug)]
pub(super) struct Found<J> {
    pub(super) pieces: Pieces,
    pub(super) judged: J,
    pub(super) full: J,
    /// The change from the pieces found to the full list, and its interval.
    pub(super) full_change: Option<(f64, f64, f64)>,
    pub(super) ledger: Vec<Tried<J>>,
}

/// A list to judge: its pieces and the features they make.
pub(super) struct Candidate {
    pub(super) piece: Option<Piece>,
    pub(super) pieces: Pieces,
    pub(super) features: Vec<String>,
}

/// Judges many lists, in their order: round, step, lists.
pub(super) type Judge<'a, J> = &'a dyn Fn(u32, Step, &[Candidate]) -> Vec<J>;

/// Searches a stock of pieces.
pub(super) struct Search<'a, J> {
    pub(super) stock: &'a Stock,
    /// Pieces that stay whatever they earn.
    pub(super) locked: Pieces,
    pub(super) judge: Judge<'a, J>,
}

impl<J: Judged> Search<'_, J> {
    /// Goes from `base` forward, then backward.
    ///
    /// A piece is added when the whole 95 % interval of its change, taken jointly over all that were
    /// tried in the round, lies below 0; of several the one with the lowest loss. If the full list then
    /// still is better by more than one standard error (a single comparison, planned beforehand: what
    /// earns too little to be seen alone may be seen together), the way back begins there. Pieces are
    /// removed when the loss without them is no higher than that at which the way back began, so that small
    /// losses do not add up: all at once that alone cost nothing, or else the one with the lowest loss.
    pub(super) fn run(&self, base: Pieces) -> Option<Found<J>> {
        let all: Pieces = self.stock.pieces().iter().cloned().collect();
        let base: Pieces = base.union(&self.locked).cloned().collect();
        let lists = [self.candidate(None, base), self.candidate(None, all)];
        let judged = (self.judge)(0, Step::Start, &lists);
        let [base, all] = lists;
        let [first, full] = <[J; 2]>::try_from(judged).ok()?;
        let mut ledger = vec![
            Tried::list(0, Step::Start, "base", &base, &first, None, true),
            Tried::list(0, Step::Start, "full", &all, &full, widened(&first, &full, 1), false),
        ];
        let (mut pieces, mut judged) = (base.pieces, first);
        let mut round = 0;
        loop {
            round += 1;
            let Some((next, found)) = self.add(round, &pieces, &judged, &mut ledger) else { break };
            (pieces, judged) = (next, found);
        }
        let change = widened(&judged, &full, 1);
        let fuller = judged.to(&full).is_some_and(|paired| paired.change < -paired.error);
        ledger.push(Tried::list(round, Step::Add, "full", &all, &full, change, fuller));
        if fuller {
            (pieces, judged) = (all.pieces, full.clone());
        }
        let reference = judged.clone();
        loop {
            round += 1;
            let Some((next, found)) = self.remove(round, &pieces, &reference, &mut ledger) else { break };
            (pieces, judged) = (next, found);
        }
        let full_change = widened(&judged, &full, 1);
        Some(Found { pieces, judged, full, full_change, ledger })
    }

    fn candidate(&self, piece: Option<Piece>, pieces: Pieces) -> Candidate {
        Candidate { piece, features: self.stock.features(&pieces), pieces }
    }

    fn add(
        &self,
        round: u32,
        pieces: &Pieces,
        judged: &J,
        ledger: &mut Vec<Tried<J>>,
    ) -> Option<(Pieces, J)> {
        let has = self.stock.features(pieces).len();
        let missing = self.stock.pieces().iter().filter(|piece| !pieces.contains(piece));
        let candidates: Vec<Candidate> = missing
            .map(|piece| {
                let mut more = pieces.clone();
                more.insert(piece.clone());
                self.candidate(Some(piece.clone()), more)
            })
            .filter(|candidate| candidate.features.len() > has)
            .collect();
        let found = (self.judge)(round, Step::Add, &candidates);
        let together = candidates.len();
        let tried: Vec<Tried<J>> = candidates
            .iter()
            .zip(&found)
            .map(|(candidate, found)| {
                Tried::piece(round, Step::Add, candidate, found, widened(judged, found, together))
            })
            .collect();
        let surely = |tried: &Tried<J>| tried.change.is_some_and(|(_, _, high)| high < 0.0);
        Self::keep(tried, surely, &candidates, ledger)
    }

    fn remove(
        &self,
        round: u32,
        pieces: &Pieces,
        reference: &J,
        ledger: &mut Vec<Tried<J>>,
    ) -> Option<(Pieces, J)> {
        let families = pieces.iter().filter(|piece| piece.kind == Kind::Family).count();
        let windows = pieces.iter().filter(|piece| piece.kind == Kind::Window).count();
        let loose = pieces.iter().filter(|piece| {
            // A spec names at least one family and one window.
            let last = match piece.kind {
                Kind::Family => families == 1,
                Kind::Window => windows == 1,
                Kind::Slice => false,
            };
            !last && !self.locked.contains(piece)
        });
        let candidates: Vec<Candidate> = loose
            .map(|piece| {
                let mut fewer = pieces.clone();
                fewer.remove(piece);
                self.candidate(Some(piece.clone()), fewer)
            })
            .filter(|candidate| !candidate.features.is_empty())
            .collect();
        let found = (self.judge)(round, Step::Remove, &candidates);
        let together = candidates.len();
        let tried: Vec<Tried<J>> = candidates
            .iter()
            .zip(&found)
            .map(|(candidate, found)| {
                Tried::piece(round, Step::Remove, candidate, found, widened(reference, found, together))
            })
            .collect();
        let harmless = |tried: &Tried<J>| tried.change.is_some_and(|(change, ..)| change <= 0.0);
        if let Some(all) = self.without(pieces, tried.iter().filter(|tried| harmless(tried)))
            && let [found] = (self.judge)(round, Step::Remove, std::slice::from_ref(&all)).as_slice()
        {
            let names: Vec<&str> = pieces.difference(&all.pieces).map(|piece| piece.name.as_str()).collect();
            let change = widened(reference, found, together + 1);
            let mut joint = Tried::list(round, Step::Remove, &names.join(", "), &all, found, change, false);
            if harmless(&joint) {
                joint.kept = true;
                ledger.extend(tried);
                ledger.push(joint);
                return Some((all.pieces, found.clone()));
            }
            ledger.push(joint);
        }
        Self::keep(tried, harmless, &candidates, ledger)
    }

    /// The list without all pieces of which each alone cost nothing, the last family and window apart;
    /// `None` where these are fewer than two.
    fn without<'t>(&self, pieces: &Pieces, harmless: impl Iterator<Item = &'t Tried<J>>) -> Option<Candidate>
    where
        J: 't,
    {
        let mut harmless: Vec<&Tried<J>> = harmless.collect();
        harmless.sort_by(|a, b| a.judged.log_loss().total_cmp(&b.judged.log_loss()));
        let mut left = pieces.clone();
        for piece in harmless.iter().filter_map(|tried| tried.piece.as_ref()) {
            let others = left.iter().filter(|other| other.kind == piece.kind).count();
            if others > 1 || piece.kind == Kind::Slice {
                left.remove(piece);
            }
        }
        let list = self.candidate(None, left);
        (pieces.len() - list.pieces.len() > 1 && !list.features.is_empty()).then_some(list)
    }

    /// Writes a round down and keeps the allowed one with the lowest loss, of equals the first.
    fn keep(
        mut tried: Vec<Tried<J>>,
        allowed: impl Fn(&Tried<J>) -> bool,
        candidates: &[Candidate],
        ledger: &mut Vec<Tried<J>>,
    ) -> Option<(Pieces, J)> {
        let allowed: Vec<usize> = (0..tried.len()).filter(|i| allowed(&tried[*i])).collect();
        let best = allowed
            .into_iter()
            .min_by(|a, b| tried[*a].judged.log_loss().total_cmp(&tried[*b].judged.log_loss()));
        let kept = best.map(|best| {
            tried[best].kept = true;
            (candidates[best].pieces.clone(), tried[best].judged.clone())
        });
        ledger.append(&mut tried);
        kept
    }
}

impl<J: Judged> Tried<J> {
    fn piece(
        round: u32,
        step: Step,
        candidate: &Candidate,
        judged: &J,
        change: Option<(f64, f64, f64)>,
    ) -> Self {
        let (piece, features) = (candidate.piece.clone(), candidate.features.len());
        Self { round, step, piece, list: None, features, judged: judged.clone(), change, kept: false }
    }

    fn list(
        round: u32,
        step: Step,
        name: &str,
        candidate: &Candidate,
        judged: &J,
        change: Option<(f64, f64, f64)>,
        kept: bool,
    ) -> Self {
        Self { list: Some(name.to_owned()), kept, ..Self::piece(round, step, candidate, judged, change) }
    }
}

/// The change from `old` to `new` with its interval, one of `together` looked at at once.
fn widened<J: Judged>(old: &J, new: &J, together: usize) -> Option<(f64, f64, f64)> {
    let paired = old.to(new)?;
    let (low, high) = paired.interval(together);
    Some((paired.change, low, high))
}

#[cfg(test)]
mod tests {
    use super::super::pieces::tests::{piece, stock};
    use super::*;

    /// Losses of 400 customers.
    #[derive(Debug, Clone)]
    struct Losses(Vec<f64>);

    impl Judged for Losses {
        fn log_loss(&self) -> f64 {
            self.0.iter().sum::<f64>() / self.0.len() as f64
        }

        fn to(&self, new: &Self) -> Option<Paired> {
            let customers: Vec<usize> = (0..self.0.len()).collect();
            Paired::new(&self.0, &new.0, &customers, &vec![0; self.0.len()]).ok()
        }
    }

    /// A list's losses: each feature takes something off or adds it, and has its own noise.
    fn losses(features: &[String], worth: &dyn Fn(&str) -> f64) -> Losses {
        let noise = |feature: &str, row: usize| {
            let seed = feature
                .bytes()
                .fold(row as u64, |s, b| s.wrapping_mul(6_364_136_223_846_793_005) + u64::from(b));
            (seed % 1_000) as f64 / 1_000.0 - 0.4995
        };
        let of_row =
            |row: usize| 1.0 + features.iter().map(|f| 0.2 * noise(f, row * 7_919) - worth(f)).sum::<f64>();
        Losses((0..400).map(of_row).collect())
    }

    fn search(worth: &dyn Fn(&str) -> f64, locked: Pieces) -> Found<Losses> {
        let stock = stock();
        let judge = |_: u32, _: Step, lists: &[Candidate]| -> Vec<Losses> {
            lists.iter().map(|list| losses(&list.features, worth)).collect()
        };
        let search = Search { stock: &stock, locked, judge: &judge };
        let base =
            [piece(Kind::Family, "recency"), piece(Kind::Family, "frequency"), piece(Kind::Window, "60d")];
        search.run(Pieces::from(base)).unwrap()
    }

    fn names(found: &Found<Losses>) -> Vec<&str> {
        found.pieces.iter().map(|p| p.name.as_str()).collect()
    }

    #[test]
    fn keeps_what_earns_and_drops_what_does_not() {
        let found = search(
            &|feature| match feature {
                "weekend_share" | "days_silent" => 0.1,
                "orders_7d" => -0.05,
                _ => 0.0,
            },
            Pieces::new(),
        );
        // Of frequency nothing earns, but a spec has a window, and its lifetime harms nobody.
        assert!(names(&found).contains(&"calendar") && names(&found).contains(&"recency"));
        assert!(!names(&found).contains(&"7d") && !names(&found).contains(&"region_code"));
        let added: Vec<_> = found.ledger.iter().filter(|t| t.step == Step::Add && t.kept).collect();
        assert_eq!(added.len(), 1);
        assert_eq!(added[0].piece, Some(piece(Kind::Family, "calendar")));
        assert!(added[0].change.unwrap().2 < 0.0);
        assert!(found.judged.log_loss() < found.full.log_loss());
        assert!(found.full_change.unwrap().1 > 0.0, "the full list is worse beyond noise");
    }

    #[test]
    fn nothing_is_added_that_earns_nothing() {
        let found = search(&|_| 0.0, Pieces::new());
        assert!(found.ledger.iter().all(|t| t.step != Step::Add || !t.kept));
        assert!(!names(&found).contains(&"calendar") && !names(&found).contains(&"region_code"));
        assert!(found.judged.log_loss() <= found.ledger[0].judged.log_loss());
    }

    #[test]
    fn what_is_worth_it_only_together_is_found_from_the_full_list() {
        // Either half alone is noise; both are sure.
        let found = search(
            &|feature| match feature {
                "weekend_share" => 0.004,
                "orders_7d" => 0.004,
                "orders_60d__region_code_7" => 0.05,
                _ => 0.0,
            },
            Pieces::new(),
        );
        assert!(names(&found).contains(&"region_code"));
        let full = found.ledger.iter().filter(|t| t.list.as_deref() == Some("full")).count();
        assert_eq!(full, 2);
    }

    #[test]
    fn what_is_locked_stays() {
        let locked = Pieces::from([piece(Kind::Window, "7d"), piece(Kind::Family, "recency")]);
        let found = search(&|_| -0.1, locked.clone());
        assert!(locked.is_subset(&found.pieces));
        let nobody = found.ledger.iter().filter(|t| t.step == Step::Remove);
        assert!(nobody.clone().count() > 0);
        assert!(nobody.filter_map(|t| t.piece.as_ref()).all(|piece| !locked.contains(piece)));
    }
}
