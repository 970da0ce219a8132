//! A graph made ready to run: only the columns that are needed, and expressions that can be evaluated.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::physical_expr::PhysicalExpr;

use super::fold::Fold;
use super::graph::{Action, Graph, Step, StepId, places};
use super::physical::{Physical, kept_schema};
use super::simple::Column;
use super::window::Window;

/// Steps that can be run, inputs first.
#[derive(Debug)]
pub(crate) struct Program {
    pub(super) steps: Vec<Ready>,
    /// For each cutoff, how many days it lies before the last.
    pub(super) shifts: Vec<i64>,
    /// The columns needed of each source: places within its columns and `days_ago`.
    pub(crate) sources: Vec<Vec<usize>>,
}

/// A step that can be run.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) doing: Doing,
    /// Its kept columns.
    pub(super) schema: SchemaRef,
    /// Their places, ascending.
    pub(super) kept: Vec<usize>,
    pub(super) shared: bool,
    /// Where `days_ago` lies among the kept columns.
    pub(super) days_ago: Vec<usize>,
    pub(super) origin: String,
}

/// What a step does to its input's rows.
#[derive(Debug)]
pub(super) enum Doing {
    /// Rows of a source.
    Rows(usize),
    /// Keeps the rows for which the condition is true, and of the columns those at `kept`.
    Filter { input: StepId, condition: Arc<dyn PhysicalExpr>, kept: Vec<usize> },
    /// Evaluates expressions.
    Project { input: StepId, columns: Vec<Column> },
    /// Groups.
    Fold { input: StepId, fold: Box<Fold> },
    /// Puts functions of neighbours before the columns at `kept`.
    Window { input: StepId, kept: Vec<usize>, functions: Vec<Window> },
}

impl Program {
    /// Makes a graph ready; `wanted` are the columns of steps that somebody reads.
    pub(super) fn new(
        state: &SessionState,
        graph: &Graph,
        wanted: &[(StepId, usize)],
        sources: usize,
        shifts: Vec<i64>,
    ) -> Result<Self, DataFusionError> {
        let kept = needed(graph, wanted);
        let mut columns = vec![Vec::new(); sources];
        let mut steps: Vec<Ready> = Vec::with_capacity(graph.steps.len());
        for (id, step) in graph.steps.iter().enumerate() {
            if let Action::Rows { source } = step.action {
                columns[source] = kept[id].iter().copied().collect();
            }
            let schema = kept_schema(&graph.fields(id), &kept[id]);
            let doing = doing(state, graph, step, &kept[id], &schema, &steps)?;
            let days_ago = kept[id].iter().enumerate().filter(|(_, at)| step.days_ago.contains(at));
            steps.push(Ready {
                doing,
                schema,
                days_ago: days_ago.map(|(index, _)| index).collect(),
                kept: kept[id].iter().copied().collect(),
                shared: step.shared,
                origin: step.origin.clone(),
            });
        }
        Ok(Self { steps, shifts, sources: columns })
    }

    /// Where the column at a place lies among a step's kept columns.
    pub(crate) fn index(&self, id: StepId, place: usize) -> Option<usize> {
        self.steps[id].kept.binary_search(&place).ok()
    }

    /// The number of the source whose customers a step is about.
    pub(crate) fn source(&self, id: StepId) -> usize {
        match &self.steps[id].doing {
            Doing::Rows(source) => *source,
            Doing::Filter { input, .. }
            | Doing::Project { input, .. }
            | Doing::Fold { input, .. }
            | Doing::Window { input, .. } => self.source(*input),
        }
    }

    /// The file that first needed a step.
    pub(crate) fn origin(&self, id: StepId) -> &str {
        &self.steps[id].origin
    }
}

/// The places of each step's columns that somebody reads.
fn needed(graph: &Graph, wanted: &[(StepId, usize)]) -> Vec<BTreeSet<usize>> {
    let mut kept = vec![BTreeSet::new(); graph.steps.len()];
    for (id, at) in wanted {
        kept[*id].insert(*at);
    }
    for (id, step) in graph.steps.iter().enumerate().rev() {
        let Some(input) = step.action.input() else { continue };
        let own = std::mem::take(&mut kept[id]);
        let below = match &step.action {
            Action::Rows { .. } => BTreeSet::new(),
            Action::Filter { condition, .. } => &places([condition]) | &own,
            Action::Project { columns, .. } => places(own.iter().map(|&at| &columns[at])),
            Action::Fold { keys, aggregates, .. } => {
                let first = 1 + keys.len();
                let mut below = places(
                    keys.iter()
                        .chain(own.iter().filter(|&&at| at >= first).map(|&at| &aggregates[at - first])),
                );
                if own.contains(&0) {
                    below.insert(graph.steps[input].customer);
                }
                below
            }
            Action::Window { functions, .. } => {
                let added = functions.len();
                let read = own.iter().filter_map(|&at| functions.get(at));
                // The functions' PARTITION BY names the customer, who needs no column.
                let mut below = BTreeSet::new();
                for function in read {
                    if let datafusion::logical_expr::Expr::WindowFunction(function) = function {
                        let params = &function.params;
                        below.extend(places(
                            params.args.iter().chain(params.order_by.iter().map(|s| &s.expr)),
                        ));
                    }
                }
                below.extend(own.iter().filter(|&&at| at >= added).map(|at| at - added));
                below
            }
        };
        kept[id] = own;
        kept[input].extend(below);
    }
    kept
}

fn doing(
    state: &SessionState,
    graph: &Graph,
    step: &Step,
    kept: &BTreeSet<usize>,
    schema: &SchemaRef,
    before: &[Ready],
) -> Result<Doing, DataFusionError> {
    let Some(input) = step.action.input() else {
        return match step.action {
            Action::Rows { source } => Ok(Doing::Rows(source)),
            _ => Err(DataFusionError::Internal("a step without an input".to_owned())),
        };
    };
    let physical = Physical::new(state, &before[input].schema)?;
    // Of a step that adds columns in front of its input's, the places of the latter.
    let passed = |added: usize| {
        let places = kept.iter().filter(|&&at| at >= added).map(|at| physical.index(at - added));
        places.collect::<Result<Vec<_>, _>>()
    };
    Ok(match &step.action {
        Action::Rows { source } => Doing::Rows(*source),
        Action::Filter { condition, .. } => {
            Doing::Filter { input, condition: physical.expr(condition)?, kept: passed(0)? }
        }
        Action::Project { columns, .. } => {
            let columns = kept.iter().map(|&at| Column::new(&columns[at], &physical));
            Doing::Project { input, columns: columns.collect::<Result<_, _>>()? }
        }
        Action::Fold { keys, aggregates, .. } => {
            let from = &graph.steps[input];
            let fold = Fold::new((step, keys, aggregates), (kept, Arc::clone(schema)), from, &physical)?;
            Doing::Fold { input, fold: Box::new(fold) }
        }
        Action::Window { functions, .. } => {
            let kept_functions = kept.iter().filter_map(|&at| functions.get(at));
            let passed = passed(functions.len())?;
            let functions = kept_functions.map(|function| Window::new(function, &physical));
            Doing::Window { input, kept: passed, functions: functions.collect::<Result<_, _>>()? }
        }
    })
}
