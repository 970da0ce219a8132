//! A graph made ready to run: only the columns that are needed, and expressions that can be evaluated.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::physical_expr::PhysicalExpr;
use foretell_fold::Finish;

use super::Leaf;
use super::codable::codable;
use super::fold::Fold;
use super::graph::{Action, Graph, Step, StepId, places};
use super::physical::{Physical, kept_fields};
use super::simple::{Column, finished, finished_fields};
use super::window::Window;

/// Steps that can be run, inputs first.
#[derive(Debug)]
pub(crate) struct Program {
    pub(super) steps: Vec<Ready>,
    /// For each cutoff, how many days it lies before the last.
    pub(super) shifts: Vec<i64>,
    /// The columns needed of each source: places within its columns and `days_ago`.
    pub(crate) sources: Vec<Vec<usize>>,
    /// Which of them may come as codes, see [`codable`].
    pub(crate) codable: Vec<BTreeSet<usize>>,
}

/// A step that can be run.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) doing: Doing,
    /// Its kept columns.
    pub(super) schema: SchemaRef,
    /// Which columns these are.
    pub(super) needed: Needed,
    pub(super) shared: bool,
    /// Where `days_ago` lies among the kept columns.
    pub(super) days_ago: Vec<usize>,
    pub(super) origin: String,
}

/// The columns that somebody reads of a step.
#[derive(Debug, Clone, Default)]
pub(super) struct Needed {
    /// The places of those that are read as they are.
    pub(super) kept: BTreeSet<usize>,
    /// Columns of a fold that are read in no other way than this; they come after those that are kept.
    pub(super) finished: BTreeSet<(usize, Finish)>,
}

impl Needed {
    /// Where a column lies in the form in which it is read.
    pub(super) fn finished(&self, wanted: (usize, Finish)) -> Option<usize> {
        let at = self.finished.iter().position(|finished| *finished == wanted)?;
        Some(self.kept.len() + at)
    }
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
        let needed = needed(graph, wanted)?;
        let mut columns = vec![Vec::new(); sources];
        let mut steps: Vec<Ready> = Vec::with_capacity(graph.steps.len());
        for (id, step) in graph.steps.iter().enumerate() {
            if let Action::Rows { source } = step.action {
                columns[source] = needed[id].kept.iter().copied().collect();
            }
            let needed = &needed[id];
            let all = graph.fields(id);
            let mut fields = kept_fields(&all, &needed.kept);
            fields.extend(finished_fields(&needed.finished, &all));
            let schema = Arc::new(Schema::new(fields));
            let doing = doing(state, graph, step, needed, &schema, &steps)?;
            let days_ago = needed.kept.iter().enumerate().filter(|(_, at)| step.days_ago.contains(at));
            steps.push(Ready {
                doing,
                schema,
                days_ago: days_ago.map(|(index, _)| index).collect(),
                needed: needed.clone(),
                shared: step.shared,
                origin: step.origin.clone(),
            });
        }
        let codable = codable(&steps, sources);
        Ok(Self { steps, shifts, sources: columns, codable })
    }

    /// Where each of a file's columns lies among those that its step keeps.
    pub(crate) fn located(&self, leaf: &Leaf) -> Option<Leaf> {
        let kept = &self.steps[leaf.step].needed.kept;
        let index = |place| kept.contains(place).then(|| kept.range(..place).count());
        Some(Leaf { step: leaf.step, at: leaf.at.iter().map(index).collect::<Option<_>>()? })
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
fn needed(graph: &Graph, wanted: &[(StepId, usize)]) -> Result<Vec<Needed>, DataFusionError> {
    let mut needed = vec![Needed::default(); graph.steps.len()];
    for (id, at) in wanted {
        needed[*id].kept.insert(*at);
    }
    for (id, step) in graph.steps.iter().enumerate().rev() {
        let Some(input) = step.action.input() else { continue };
        let Needed { kept: own, finished: ready } = needed[id].clone();
        let below = match &step.action {
            Action::Rows { .. } => BTreeSet::new(),
            Action::Filter { condition, .. } => &places([condition]) | &own,
            Action::Project { columns, .. } => {
                let mut read = Vec::new();
                for column in own.iter().map(|&at| &columns[at]) {
                    match finished(column, graph, input)? {
                        Some(ready) => _ = needed[input].finished.insert(ready),
                        None => read.push(column),
                    }
                }
                places(read)
            }
            Action::Fold { keys, aggregates, .. } => {
                let first = 1 + keys.len();
                let read = own.iter().copied().chain(ready.iter().map(|(at, _)| *at));
                let read = read.filter(|&at| at >= first).map(|at| &aggregates[at - first]);
                let mut below = places(keys.iter().chain(read));
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
        needed[input].kept.extend(below);
    }
    Ok(needed)
}

fn doing(
    state: &SessionState,
    graph: &Graph,
    step: &Step,
    needed: &Needed,
    schema: &SchemaRef,
    before: &[Ready],
) -> Result<Doing, DataFusionError> {
    let Some(input) = step.action.input() else {
        return match step.action {
            Action::Rows { source } => Ok(Doing::Rows(source)),
            _ => Err(DataFusionError::Internal("a step without an input".to_owned())),
        };
    };
    let kept = &needed.kept;
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
            let columns = kept.iter().map(|&at| {
                let ready = finished(&columns[at], graph, input)?;
                let ready = ready.and_then(|ready| before[input].needed.finished(ready));
                Column::new(&columns[at], ready, &physical)
            });
            Doing::Project { input, columns: columns.collect::<Result<_, DataFusionError>>()? }
        }
        Action::Fold { keys, aggregates, .. } => {
            let from = &graph.steps[input];
            let fold = Fold::new((step, keys, aggregates), (needed, Arc::clone(schema)), from, &physical)?;
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
