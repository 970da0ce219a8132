//! What the recognised queries do, each step once, however many files share it.

use std::collections::BTreeSet;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::Expr;

/// Number of a step in its [`Graph`]; a step reads only steps of smaller number.
pub(super) type StepId = usize;

/// What a step does. Columns within expressions are places of the input's columns, see [`place`].
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    /// Rows of a source, by its number, and how many days ago each was.
    Rows { source: usize },
    /// Rows for which a condition is true.
    Filter { input: StepId, condition: Expr },
    /// Expressions over each row.
    Project { input: StepId, columns: Vec<Expr> },
    /// GROUP BY customer and `keys`. Yields the customer, the keys, the aggregates.
    ///
    /// Aggregates of further files of the same variant are added at the end. Files that name the cutoff itself have a
    /// variant for each cutoff: the windows of a fold must not depend on which cutoffs are made together.
    Fold { input: StepId, keys: Vec<Expr>, aggregates: Vec<Expr>, variant: usize },
    /// Functions of rows before and after, within each customer, and then the input's columns: a fold below may
    /// be given more of them later, and no place may move.
    Window { input: StepId, functions: Vec<Expr> },
}

/// A step and what it yields.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) action: Action,
    /// Type of each column that it makes itself, see [`Graph::fields`].
    pub(super) fields: Vec<FieldRef>,
    /// Place of the customer's id among them.
    pub(super) customer: usize,
    /// Says that there is one row a customer.
    pub(super) per_customer: bool,
    /// Says that its rows are the same for all cutoffs, apart from which of them are seen.
    pub(super) shared: bool,
    /// Place of `days_ago`, which runs ahead from one cutoff to the next, if it is passed on.
    pub(super) days_ago: BTreeSet<usize>,
    /// The file that first needed it, for messages.
    pub(super) origin: String,
}

/// All steps, inputs first.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    pub(super) steps: Vec<Step>,
}

impl Graph {
    /// Adds a step, or finds the one that does the same.
    pub(super) fn add(&mut self, step: Step) -> StepId {
        if let Some(id) = self.steps.iter().position(|known| known.action == step.action) {
            return id;
        }
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// Type of each column that a step yields; of a fold, as far as its aggregates are known.
    pub(super) fn fields(&self, id: StepId) -> Vec<FieldRef> {
        let step = &self.steps[id];
        let mut fields = step.fields.clone();
        if let Action::Filter { input, .. } | Action::Window { input, .. } = step.action {
            fields.extend(self.fields(input));
        }
        fields
    }

    /// Says that a step, or one that it reads, makes a column of a dictionary: the only ones that may be there are those
    /// of a lake's coded columns, which have no value twice.
    pub(super) fn has_dictionary(&self, id: StepId) -> bool {
        let step = &self.steps[id];
        step.fields.iter().any(|field| matches!(field.data_type(), DataType::Dictionary(..)))
            || step.action.input().is_some_and(|input| self.has_dictionary(input))
    }

    /// The fold of an input by these keys, if there is one of that variant.
    pub(super) fn fold_of(&self, wanted: StepId, by: &[Expr], of: usize) -> Option<StepId> {
        self.steps.iter().position(|step| match &step.action {
            Action::Fold { input, keys, variant, .. } => *input == wanted && keys == by && *variant == of,
            _ => false,
        })
    }
}

impl Action {
    /// The step it reads.
    pub(super) fn input(&self) -> Option<StepId> {
        match self {
            Self::Rows { .. } => None,
            Self::Filter { input, .. }
            | Self::Project { input, .. }
            | Self::Fold { input, .. }
            | Self::Window { input, .. } => Some(*input),
        }
    }
}

/// A column at a place: its name is the place's number.
pub(super) fn place(place: usize) -> Expr {
    Expr::Column(Column::from_name(place.to_string()))
}

/// The place, where an expression is a column and nothing else.
pub(super) fn place_of(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Column(column) if column.relation.is_none() => column.name.parse().ok(),
        _ => None,
    }
}

/// The places that expressions read.
pub(super) fn places<'a>(exprs: impl IntoIterator<Item = &'a Expr>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for expr in exprs {
        // The closure never fails.
        let _ = expr.apply(|part| {
            found.extend(place_of(part));
            Ok(TreeNodeRecursion::Continue)
        });
    }
    found
}

/// Puts places for the columns of an expression over a plan's schema; `at[i]` is the place of its column `i`.
pub(super) fn placed(expr: &Expr, schema: &DFSchema, at: &[usize]) -> Result<Expr, DataFusionError> {
    let placed = expr.clone().transform(|part| {
        let Expr::Column(column) = &part else { return Ok(Transformed::no(part)) };
        let index = schema.index_of_column(column)?;
        let found = at
            .get(index)
            .copied()
            .ok_or_else(|| DataFusionError::Internal(format!("column {column} has no place")))?;
        Ok(Transformed::yes(place(found)))
    });
    Ok(placed?.data)
}

/// Says whether ranges of a column of that type can be folded.
pub(super) fn is_clock(data_type: &DataType) -> bool {
    *data_type == DataType::Int64
}
