//! Logical plans taken apart into steps, or the reason why that cannot be.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction};
use datafusion::logical_expr::utils::grouping_set_to_exprlist;
use datafusion::logical_expr::{Expr, LogicalPlan, WindowFrameBound, WindowFunctionDefinition};

use super::conditions::unaliased;
use super::graph::{Action, Graph, Step, StepId, place_of, placed, places};

/// Why a query cannot be taken apart.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It does something that has no step.
    Unknown(String),
    /// The query engine itself failed.
    Failed(DataFusionError),
}

impl From<DataFusionError> for Refusal {
    fn from(error: DataFusionError) -> Self {
        Self::Failed(error)
    }
}

/// A step whose columns appear in a plan: `at[i]` is the place of the plan's column `i`.
#[derive(Debug, Clone)]
pub(super) struct Recognised {
    pub(super) step: StepId,
    pub(super) at: Vec<usize>,
}

/// Takes plans apart.
pub(super) struct Recogniser<'a> {
    pub(super) graph: &'a mut Graph,
    /// The plan of each source, cut at the cutoff, as it appears within other plans.
    pub(super) sources: &'a [LogicalPlan],
    /// The file whose plan it is.
    pub(super) origin: &'a str,
    /// Which folds it may share, see [`Action::Fold`].
    pub(super) variant: usize,
    /// The aggregates it uses: the fold and their number.
    pub(super) used: Vec<(StepId, usize)>,
}

impl Recogniser<'_> {
    /// Takes a plan apart.
    pub(super) fn walk(&mut self, plan: &LogicalPlan) -> Result<Recognised, Refusal> {
        if let Some(source) = self.sources.iter().position(|cut| cut == plan) {
            return Ok(self.rows(source, plan.schema()));
        }
        match plan {
            LogicalPlan::SubqueryAlias(alias) => self.walk(&alias.input),
            LogicalPlan::Projection(projection) => {
                let input = self.walk(&projection.input)?;
                self.project(&input, &projection.expr, projection.input.schema(), plan.schema())
            }
            LogicalPlan::Filter(filter) => {
                let input = self.walk(&filter.input)?;
                let condition = placed(&filter.predicate, filter.input.schema(), &input.at)?;
                refuse_subqueries(&condition)?;
                let below = &self.graph.steps[input.step];
                let shared = below.shared && !reads_any(&condition, &below.days_ago);
                let step = Step {
                    action: Action::Filter { input: input.step, condition },
                    shared,
                    days_ago: if shared { below.days_ago.clone() } else { BTreeSet::new() },
                    fields: Vec::new(),
                    origin: self.origin.to_owned(),
                    ..below.clone()
                };
                Ok(Recognised { step: self.graph.add(step), at: input.at })
            }
            LogicalPlan::Aggregate(aggregate) => {
                let input = self.walk(&aggregate.input)?;
                self.fold(
                    &input,
                    &aggregate.group_expr,
                    &aggregate.aggr_expr,
                    aggregate.input.schema(),
                    plan.schema(),
                )
            }
            LogicalPlan::Window(window) => {
                let input = self.walk(&window.input)?;
                self.window(&input, &window.window_expr, window.input.schema(), plan.schema())
            }
            other => Err(Refusal::Unknown(unknown_step(other))),
        }
    }

    fn rows(&mut self, source: usize, schema: &DFSchema) -> Recognised {
        let fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
        let at: Vec<usize> = (0..fields.len()).collect();
        let days_ago = fields.len() - 1;
        let customer = fields.iter().position(|f| f.name() == "customer_id").unwrap_or_default();
        let step = Step {
            action: Action::Rows { source },
            fields,
            customer,
            per_customer: false,
            shared: true,
            days_ago: BTreeSet::from([days_ago]),
            origin: self.origin.to_owned(),
        };
        Recognised { step: self.graph.add(step), at }
    }

    fn project(
        &mut self,
        input: &Recognised,
        exprs: &[Expr],
        below: &DFSchema,
        schema: &DFSchema,
    ) -> Result<Recognised, Refusal> {
        let columns = exprs
            .iter()
            .map(|expr| placed(unaliased(expr), below, &input.at))
            .collect::<Result<Vec<_>, _>>()?;
        // Columns passed on under other names need no step.
        if let Some(at) = columns.iter().map(place_of).collect::<Option<Vec<_>>>() {
            return Ok(Recognised { step: input.step, at });
        }
        columns.iter().try_for_each(refuse_subqueries)?;
        let from = &self.graph.steps[input.step];
        let customer = columns
            .iter()
            .position(|c| place_of(c) == Some(from.customer))
            .ok_or_else(|| Refusal::Unknown("a SELECT that does not pass on `customer_id`".to_owned()))?;
        let passes = |c: &Expr| place_of(c).is_some_and(|at| from.days_ago.contains(&at));
        let shared = from.shared && columns.iter().all(|c| passes(c) || !reads_any(c, &from.days_ago));
        let days_ago = (0..columns.len()).filter(|&i| shared && passes(&columns[i])).collect();
        let at = (0..columns.len()).collect();
        let step = Step {
            fields: schema.fields().iter().cloned().collect(),
            customer,
            per_customer: from.per_customer,
            shared,
            days_ago,
            action: Action::Project { input: input.step, columns },
            origin: self.origin.to_owned(),
        };
        Ok(Recognised { step: self.graph.add(step), at })
    }

    fn fold(
        &mut self,
        input: &Recognised,
        groups: &[Expr],
        aggregates: &[Expr],
        below: &DFSchema,
        schema: &DFSchema,
    ) -> Result<Recognised, Refusal> {
        // A key that is named twice is one column of the plan's schema.
        let groups = grouping_set_to_exprlist(groups)?;
        if groups.len() + aggregates.len() != schema.fields().len() {
            return Err(Refusal::Unknown("a GROUP BY of another form".to_owned()));
        }
        let from = &self.graph.steps[input.step];
        let customer = from.customer;
        let mut keys = Vec::new();
        let mut at = Vec::with_capacity(groups.len() + aggregates.len());
        let mut has_customer = false;
        let mut fields = vec![Arc::clone(&self.graph.fields(input.step)[customer])];
        for (index, group) in groups.iter().enumerate() {
            let key = placed(unaliased(group), below, &input.at)?;
            refuse_subqueries(&key)?;
            if matches!(key, Expr::GroupingSet(_)) {
                return Err(Refusal::Unknown("GROUPING SETS".to_owned()));
            }
            if place_of(&key) == Some(customer) {
                has_customer = true;
                at.push(0);
            } else {
                keys.push(key);
                fields.push(Arc::clone(&schema.fields()[index]));
                at.push(keys.len());
            }
        }
        if !has_customer {
            return Err(Refusal::Unknown("a GROUP BY without `customer_id`".to_owned()));
        }
        let mut wanted = Vec::with_capacity(aggregates.len());
        for aggregate in aggregates {
            let aggregate = placed(unaliased(aggregate), below, &input.at)?;
            refuse_subqueries(&aggregate)?;
            match &aggregate {
                Expr::AggregateFunction(AggregateFunction { func, params })
                    if !params.order_by.is_empty() =>
                {
                    return Err(Refusal::Unknown(format!("`{}` with an ORDER BY of its own", func.name())));
                }
                Expr::AggregateFunction(_) => wanted.push(aggregate),
                other => return Err(Refusal::Unknown(format!("`{other}` in a GROUP BY"))),
            }
        }
        let id = match self.graph.fold_of(input.step, &keys, self.variant) {
            Some(id) => id,
            None => {
                let step = Step {
                    fields,
                    customer: 0,
                    per_customer: keys.is_empty(),
                    shared: false,
                    days_ago: BTreeSet::new(),
                    action: Action::Fold {
                        input: input.step,
                        keys,
                        aggregates: Vec::new(),
                        variant: self.variant,
                    },
                    origin: self.origin.to_owned(),
                };
                self.graph.add(step)
            }
        };
        let step = &mut self.graph.steps[id];
        let Action::Fold { keys, aggregates, .. } = &mut step.action else {
            return Err(Refusal::Unknown("a GROUP BY".to_owned()));
        };
        for (index, aggregate) in wanted.into_iter().enumerate() {
            let known = aggregates.iter().position(|known| *known == aggregate);
            let found = known.unwrap_or_else(|| {
                aggregates.push(aggregate);
                step.fields.push(Arc::clone(&schema.fields()[groups.len() + index]));
                aggregates.len() - 1
            });
            at.push(1 + keys.len() + found);
            self.used.push((id, found));
        }
        Ok(Recognised { step: id, at })
    }

    fn window(
        &mut self,
        input: &Recognised,
        exprs: &[Expr],
        below: &DFSchema,
        schema: &DFSchema,
    ) -> Result<Recognised, Refusal> {
        let from = &self.graph.steps[input.step];
        let mut functions = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let function = placed(unaliased(expr), below, &input.at)?;
            refuse_subqueries(&function)?;
            check_window(&function, from.customer)?;
            functions.push(function);
        }
        let added = functions.len();
        let at = input.at.iter().map(|at| added + at).chain(0..added).collect();
        let step = Step {
            fields: schema.fields().iter().skip(input.at.len()).cloned().collect(),
            customer: added + from.customer,
            shared: false,
            days_ago: BTreeSet::new(),
            action: Action::Window { input: input.step, functions },
            origin: self.origin.to_owned(),
            ..from.clone()
        };
        Ok(Recognised { step: self.graph.add(step), at })
    }
}

/// Says whether an expression reads one of these places.
pub(super) fn reads_any(expr: &Expr, of: &BTreeSet<usize>) -> bool {
    !places([expr]).is_disjoint(of)
}

fn refuse_subqueries(expr: &Expr) -> Result<(), Refusal> {
    let found = expr.exists(|part| {
        Ok(matches!(
            part,
            Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) | Expr::OuterReferenceColumn(..)
        ))
    })?;
    if found { Err(Refusal::Unknown("a subquery within an expression".to_owned())) } else { Ok(()) }
}

fn check_window(function: &Expr, customer: usize) -> Result<(), Refusal> {
    let refused = |why: String| Err(Refusal::Unknown(why));
    let Expr::WindowFunction(function) = function else {
        return refused(format!("`{function}` over a window"));
    };
    let WindowFunction { fun, params } = function.as_ref();
    let name = fun.name();
    let known = match fun {
        WindowFunctionDefinition::WindowUDF(_) => match name {
            "row_number" => true,
            // Of a window that begins with the customer and ends with the row or after it: the first row is in it.
            "first_value" => {
                let frame = &params.window_frame;
                frame.start_bound.is_unbounded() && !matches!(frame.end_bound, WindowFrameBound::Preceding(_))
            }
            "lag" | "lead" => match params.args.as_slice() {
                [_] => true,
                [_, Expr::Literal(by, _)] => matches!(by, datafusion::common::ScalarValue::Int64(Some(_))),
                _ => false,
            },
            _ => false,
        },
        WindowFunctionDefinition::AggregateUDF(_) => false,
    };
    if !known || params.null_treatment.is_some() || params.filter.is_some() {
        return refused(format!("`{name}` over a window"));
    }
    match params.partition_by.as_slice() {
        [one] if place_of(one) == Some(customer) => Ok(()),
        _ => refused(format!("`{name}` over a window that is not PARTITION BY customer_id")),
    }
}

fn unknown_step(plan: &LogicalPlan) -> String {
    match plan {
        LogicalPlan::Join(_) => "a JOIN".to_owned(),
        LogicalPlan::Union(_) => "a UNION".to_owned(),
        LogicalPlan::Distinct(_) => "a DISTINCT".to_owned(),
        LogicalPlan::Sort(_) => "an ORDER BY".to_owned(),
        LogicalPlan::Limit(_) => "a LIMIT".to_owned(),
        LogicalPlan::TableScan(scan) => format!("the table `{}`", scan.table_name),
        LogicalPlan::Values(_) => "VALUES".to_owned(),
        other => format!("a step of the kind {}", other.display()),
    }
}
