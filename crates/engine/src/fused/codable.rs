//! Columns that are only told apart, so that codes do as well as what they stand for.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, IsNotNullExpr, IsNullExpr, Literal};

use super::physical::column_of;
use super::program::{Doing, Ready};

/// The columns of each source that no expression reads for what they say: rows are grouped and sliced by them, and they
/// are passed on. Numbers are places among the columns that the source's step keeps.
pub(super) fn codable(steps: &[Ready], sources: usize) -> Vec<BTreeSet<usize>> {
    let mut codable = vec![BTreeSet::new(); sources];
    let mut spelled: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); steps.len()];
    for (id, step) in steps.iter().enumerate().rev() {
        let own = std::mem::take(&mut spelled[id]);
        // A column that is passed on is spelled out where one of those who get it does so.
        let passed = |passed: &mut dyn Iterator<Item = (usize, usize)>| -> BTreeSet<usize> {
            passed.filter(|(at, _)| own.contains(at)).map(|(_, index)| index).collect()
        };
        let (input, read) = match &step.doing {
            Doing::Rows(source) => {
                codable[*source] = (0..step.schema.fields().len()).filter(|at| !own.contains(at)).collect();
                continue;
            }
            Doing::Filter { input, condition, kept } => {
                let on = passed(&mut kept.iter().copied().enumerate());
                (*input, &on | &read([condition]))
            }
            Doing::Project { input, columns } => {
                let on = columns.iter().enumerate();
                let on = passed(&mut on.filter_map(|(at, column)| Some((at, column.passed()?))));
                (*input, &on | &read(columns.iter().filter_map(|column| column.spelled())))
            }
            Doing::Fold { input, fold } => {
                (*input, &passed(&mut fold.passed().into_iter()) | &read(fold.spelled()))
            }
            Doing::Window { input, kept, functions } => {
                let made = functions.iter().map(|function| function.passed());
                let all = made.chain(kept.iter().copied().map(Some)).enumerate();
                let on = passed(&mut all.filter_map(|(at, index)| Some((at, index?))));
                (*input, &on | &read(functions.iter().flat_map(|function| function.spelled())))
            }
        };
        spelled[input].extend(read);
    }
    codable
}

/// The columns that expressions read for what they say: not those of which they only want to know whether they are NULL or
/// one certain text, which the kernels tell of codes too.
fn read<'a>(exprs: impl IntoIterator<Item = &'a Arc<dyn PhysicalExpr>>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for expr in exprs {
        if let Some(index) = column_of(expr) {
            found.insert(index);
        } else if !asks_only(expr) {
            found.extend(read(expr.children()));
        }
    }
    found
}

/// Says that an expression is `column IS [NOT] NULL`, `column = literal` or `column <> literal`.
fn asks_only(expr: &Arc<dyn PhysicalExpr>) -> bool {
    if expr.is::<IsNullExpr>() || expr.is::<IsNotNullExpr>() {
        return expr.children().into_iter().all(|child| column_of(child).is_some());
    }
    let Some(binary) = expr.downcast_ref::<BinaryExpr>() else { return false };
    let plain = |side: &Arc<dyn PhysicalExpr>| column_of(side).is_some() || side.is::<Literal>();
    matches!(binary.op(), Operator::Eq | Operator::NotEq)
        && plain(binary.left())
        && plain(binary.right())
        && column_of(binary.left()).is_some() != column_of(binary.right()).is_some()
}
