//! Conditions taken apart: ranges of a clock, slices, and what is left.

use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::expr::{Alias, Between, Case};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator, lit};
use foretell_fold::Range;

use super::graph::{place, place_of};

/// The rows an aggregate takes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Condition {
    /// Ranges of columns of whole numbers, one a column.
    pub(super) ranges: Vec<(usize, Range)>,
    /// Conditions of any other kind.
    pub(super) others: Vec<Expr>,
}

impl Condition {
    /// Takes a condition apart; its columns are places.
    pub(super) fn of(predicate: Option<&Expr>) -> Self {
        let mut condition = Self::default();
        for part in predicate.map(split_conjunction).unwrap_or_default() {
            condition.add(part);
        }
        condition
    }

    /// Adds a condition that must hold too.
    pub(super) fn add(&mut self, part: &Expr) {
        let Some((place, range)) = range_of(part) else {
            if !self.others.contains(part) {
                self.others.push(part.clone());
            }
            return;
        };
        self.add_range(place, range);
    }

    /// Adds a range in which a column must lie too.
    pub(super) fn add_range(&mut self, place: usize, range: Range) {
        match self.ranges.iter_mut().find(|(at, _)| *at == place) {
            Some((_, known)) => *known = known.and(range),
            None => self.ranges.push((place, range)),
        }
    }

    /// What is left as one expression each: ranges of columns that are no clock, and all else.
    pub(super) fn into_rest(self) -> Vec<Expr> {
        let ranges = self.ranges.into_iter().flat_map(|(at, range)| {
            let after = range.after.map(|v| place(at).gt(lit(v)));
            after.into_iter().chain(range.up_to.map(|v| place(at).lt_eq(lit(v))))
        });
        // Comparisons come first: they may keep what follows from failing.
        ranges.chain(self.others).collect()
    }

    /// The same, leaving out the range of the clock.
    pub(super) fn beside(&self, clock: Option<usize>) -> Vec<Expr> {
        let mut condition = self.clone();
        condition.ranges.retain(|(at, _)| Some(*at) != clock);
        condition.into_rest()
    }

    /// Takes out the range of `place`.
    pub(super) fn take_range(&mut self, place: usize) -> Range {
        match self.ranges.iter().position(|(at, _)| *at == place) {
            Some(index) => self.ranges.swap_remove(index).1,
            None => Range::ALL,
        }
    }
}

/// `column = 'text'`.
pub(super) fn slice_of(condition: &Expr) -> Option<(usize, String)> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) = condition else { return None };
    let (column, literal) = if place_of(left).is_some() { (left, right) } else { (right, left) };
    match literal.as_ref() {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some((place_of(column)?, text.clone())),
        _ => None,
    }
}

/// A comparison of a column with a whole number.
fn range_of(condition: &Expr) -> Option<(usize, Range)> {
    if let Expr::Between(Between { expr, negated: false, low, high }) = condition {
        let range = Range { after: Some(whole(low)?.checked_sub(1)?), up_to: Some(whole(high)?) };
        return Some((place_of(expr)?, range));
    }
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = condition else { return None };
    let (column, op, value) = match (place_of(left), place_of(right)) {
        (Some(place), None) => (place, *op, whole(right)?),
        (None, Some(place)) => (place, op.swap()?, whole(left)?),
        _ => return None,
    };
    let range = match op {
        Operator::LtEq => Range { after: None, up_to: Some(value) },
        Operator::Lt => Range { after: None, up_to: Some(value.checked_sub(1)?) },
        Operator::Gt => Range { after: Some(value), up_to: None },
        Operator::GtEq => Range { after: Some(value.checked_sub(1)?), up_to: None },
        Operator::Eq => Range { after: Some(value.checked_sub(1)?), up_to: Some(value) },
        _ => return None,
    };
    Some((column, range))
}

fn whole(literal: &Expr) -> Option<i64> {
    match literal {
        Expr::Literal(ScalarValue::Int64(Some(value)), _) => Some(*value),
        _ => None,
    }
}

/// `CASE WHEN condition THEN value [ELSE 0] END`: the condition, the value, and whether 0 stands for the rest.
///
/// Only where the value cannot fail, since it is computed for every row.
pub(super) fn case_of<'a>(argument: &'a Expr, schema: &DFSchema) -> Option<(&'a Expr, &'a Expr, bool)> {
    let Expr::Case(Case { expr: None, when_then_expr, else_expr }) = argument else { return None };
    let [(when, then)] = when_then_expr.as_slice() else { return None };
    let zero = match else_expr.as_deref().map(unaliased) {
        None => false,
        Some(Expr::Literal(value, _)) if value.is_null() => false,
        Some(Expr::Literal(value, _)) if is_zero(value) => true,
        Some(_) => return None,
    };
    let safe = match then.as_ref() {
        Expr::Cast(cast) => {
            let number = cast.expr.get_type(schema).is_ok_and(|from| from.is_numeric());
            place_of(&cast.expr).is_some() && number && cast.field.data_type().is_floating()
        }
        Expr::Literal(..) => true,
        other => place_of(other).is_some(),
    };
    safe.then_some((when.as_ref(), then.as_ref(), zero))
}

fn is_zero(value: &ScalarValue) -> bool {
    ScalarValue::new_zero(&value.data_type()).is_ok_and(|zero| zero == *value)
}

/// The expression without its alias.
pub(super) fn unaliased(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(Alias { expr, .. }) => unaliased(expr),
        other => other,
    }
}
