//! Feature queries fused into one pass over the lake, for many cutoffs at once.
//!
//! The SQL stays plain and is the truth. Each query's logical plan is taken apart into steps
//! ([`recognise`]); steps that several queries share become one ([`graph`]); a GROUP BY becomes a fold, whose
//! aggregates share arguments, slices and segments of time ([`part`], and the crate `foretell-fold` for the algorithm
//! and its cost). The program then runs over the rows of some whole customers at a time ([`evaluate`]): state never
//! outlives these customers, so memory does not follow the data.
//!
//! # What is recognised
//! Filters and projections of any expressions; GROUP BY `customer_id` and any keys; `lag`, `lead`, `first_value` and
//! `row_number` over `PARTITION BY customer_id`; any stack of these. Of aggregates, `count`, `sum`, `avg`, `min`,
//! `max`, `stddev`, `var`, `bool_and` and `bool_or` are folded, with FILTER or CASE; any other runs within the fold by
//! the query engine's own accumulators. What is not recognised (joins, unions, ORDER BY …) runs as the query
//! engine plans it, one scan a file and cutoff, and `foretell plan` says why.
//!
//! # Texts
//! Nearly all texts are only told apart: rows are grouped and sliced by them. Such columns are read as the codes that they
//! lie as ([`codable`]), which is neither seen in plans nor in results: types in SQL are texts all the same.
//!
//! # Many cutoffs
//! Rows of a source are the same for all cutoffs but for which of them are seen, and `days_ago` runs ahead by
//! the days between cutoffs. Steps that only pass `days_ago` on are *shared*: evaluated once. A fold over shared
//! rows measures them once, in segments that the windows of all cutoffs cut; each cutoff then puts
//! its own windows together.

mod aggregate;
mod codable;
mod conditions;
mod evaluate;
mod fold;
mod graph;
mod measured;
mod or_zero;
mod part;
mod physical;
mod program;
mod recognise;
mod simple;
mod wanted;
mod window;

use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::Optimizer;
use datafusion::optimizer::simplify_expressions::SimplifyExpressions;

pub(crate) use evaluate::{Evaluation, Frame};
use graph::{Action, Graph, StepId};
pub(crate) use program::Program;
use recognise::{Recogniser, Refusal};

/// How a file runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fusion {
    /// In the one pass that all fused files share.
    Fused {
        /// Aggregates that are folded.
        folded: usize,
        /// Aggregates that the query engine's own accumulators make within the pass: which, and why.
        carried: Vec<String>,
    },
    /// By a plan and a scan of its own, for this reason.
    Alone(String),
}

/// A file's columns within a program: a step, and the place of each column.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) step: StepId,
    pub(crate) at: Vec<usize>,
}

/// Takes queries apart, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Fuser {
    graph: Graph,
}

impl Fuser {
    /// Adds the query of a file; `sources` are the plans of the sources as they stood at its cutoff.
    ///
    /// Only queries of one `variant` share folds: those that are the same for all cutoffs have one, those that name the
    /// cutoff have another for each.
    ///
    /// # Errors
    /// The query engine cannot analyse the plan. A plan that is not recognised is none.
    pub(crate) fn add(
        &mut self,
        state: &SessionState,
        plan: &LogicalPlan,
        sources: &[LogicalPlan],
        origin: &str,
        variant: usize,
    ) -> Result<(Option<Leaf>, Fusion), DataFusionError> {
        let plan = simplified(state, plan.clone())?;
        let mut recogniser =
            Recogniser { graph: &mut self.graph, sources, origin, variant, used: Vec::new() };
        let alone = |why: String| Ok((None, Fusion::Alone(why)));
        let found = match recogniser.walk(&plan) {
            Ok(found) => found,
            Err(Refusal::Unknown(why)) => return alone(why),
            Err(Refusal::Failed(error)) => return Err(error),
        };
        let used = recogniser.used;
        if self.graph.has_dictionary(found.step) {
            return alone("a column of type Dictionary".to_owned());
        }
        let step = &self.graph.steps[found.step];
        if !step.per_customer {
            return alone("a last SELECT without GROUP BY customer_id".to_owned());
        }
        if found.at.first() != Some(&step.customer) {
            return alone("a `customer_id` that is not the source's own".to_owned());
        }
        let (mut folded, mut carried) = (0, Vec::new());
        for (fold, number) in used {
            let Action::Fold { input, aggregates, .. } = &self.graph.steps[fold].action else { continue };
            let fields = self.graph.fields(*input);
            let named = fields.iter().enumerate().map(|(at, f)| f.as_ref().clone().with_name(at.to_string()));
            let schema = DFSchema::try_from(Schema::new(named.collect::<Vec<_>>()))?;
            match aggregate::foldable(&aggregates[number], &schema) {
                Ok(_) => folded += 1,
                Err(why) => carried.push(why),
            }
        }
        Ok((Some(Leaf { step: found.step, at: found.at[1..].to_vec() }), Fusion::Fused { folded, carried }))
    }

    /// The program of all that was added; `shifts` says how many days each cutoff lies before the last.
    ///
    /// # Errors
    /// An expression cannot be planned.
    pub(crate) fn program(
        &self,
        state: &SessionState,
        leaves: &[Leaf],
        sources: usize,
        shifts: Vec<i64>,
    ) -> Result<Program, DataFusionError> {
        let wanted: Vec<_> =
            leaves.iter().flat_map(|leaf| leaf.at.iter().map(|&at| (leaf.step, at))).collect();
        Program::new(state, &self.graph, &wanted, sources, shifts)
    }
}

/// A plan with types made to agree and expressions simplified, otherwise as its author wrote it.
pub(crate) fn simplified(state: &SessionState, plan: LogicalPlan) -> Result<LogicalPlan, DataFusionError> {
    let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
    let rule = Arc::new(SimplifyExpressions::new());
    Optimizer::with_rules(vec![rule]).optimize(plan, state, |_, _| {})
}
