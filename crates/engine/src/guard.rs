//! What SQL of a pipeline may do: read, once, and always with the same result.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{Query, Statement as SqlStatement};
use datafusion::sql::sqlparser::dialect::DuckDbDialect;

use crate::fault::SqlFault;

/// Parses SQL that must be one query.
pub(crate) fn parse(sql: &str) -> Result<Box<Query>, SqlFault> {
    let mut statements = DFParserBuilder::new(sql)
        .with_dialect(&DuckDbDialect {})
        .build()
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|e| SqlFault::read(&e, sql))?;
    if statements.len() > 1 {
        return Err(SqlFault::new(format!("{} statements where one is allowed", statements.len()))
            .hint("one file makes one table: put the second query into a file of its own"));
    }
    match statements.pop_front() {
        Some(Statement::Statement(statement)) => match *statement {
            SqlStatement::Query(query) => Ok(query),
            other => Err(not_a_query(&first_word(&other.to_string()), sql)),
        },
        Some(other) => Err(not_a_query(&first_word(&other.to_string()), sql)),
        None => Err(SqlFault::new("the file holds no query").hint("write one SELECT")),
    }
}

/// Checks a plan: nothing that writes, nothing that depends on the clock or on chance.
pub(crate) fn check(plan: &LogicalPlan, sql: &str) -> Result<(), SqlFault> {
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
        .verify_plan(plan)
        .map_err(|e| SqlFault::read(&e, sql))?;
    let mut unstable = Ok(());
    let walked = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            if unstable.is_ok() {
                unstable = check_expression(expression, sql).map_err(|fault| {
                    fault.hint(
                        "the same inputs must give the same bytes: use `$cutoff` for the day of the run",
                    )
                });
            }
            Ok(TreeNodeRecursion::Continue)
        })
    });
    walked.map_err(|e| SqlFault::read(&e, sql))?;
    unstable
}

/// Checks an expression: nothing that depends on the clock or on chance.
pub(crate) fn check_expression(expression: &Expr, sql: &str) -> Result<(), SqlFault> {
    let unstable = first(expression, sql, |part| match part {
        Expr::ScalarFunction(call) if call.func.signature().volatility != Volatility::Immutable => {
            Some(call.func.name().to_owned())
        }
        _ => None,
    })?;
    match unstable {
        Some(name) => Err(SqlFault::new(format!("`{name}` gives another result at another time"))
            .word(sql, &name)
            .hint("the same inputs must give the same bytes: leave the clock and chance out of it")),
        None => Ok(()),
    }
}

/// Checks an expression over single rows: no aggregate.
pub(crate) fn check_single_rows(expression: &Expr, sql: &str) -> Result<(), SqlFault> {
    let aggregate = first(expression, sql, |part| match part {
        Expr::AggregateFunction(call) => Some(call.func.name().to_owned()),
        _ => None,
    })?;
    match aggregate {
        Some(name) => Err(SqlFault::new(format!("`{name}` is of many rows, this is looked at row by row"))
            .word(sql, &name)
            .hint("aggregates belong under `having` of an outcome or into a feature file")),
        None => Ok(()),
    }
}

/// The name of the first part of an expression that `named` gives a name.
fn first(
    expression: &Expr,
    sql: &str,
    named: impl Fn(&Expr) -> Option<String>,
) -> Result<Option<String>, SqlFault> {
    let mut found = None;
    let walked = expression.apply(|part| {
        found = named(part);
        Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    walked.map_err(|e| SqlFault::read(&e, sql))?;
    Ok(found)
}

/// Checks an expression over the rows of one customer: no column outside an aggregate.
pub(crate) fn check_aggregated(expression: &Expr, sql: &str) -> Result<(), SqlFault> {
    let mut bare = None;
    let walked = expression.apply(|part| match part {
        Expr::AggregateFunction(_) => Ok(TreeNodeRecursion::Jump),
        Expr::Column(column) if column.name != "customer_id" => {
            bare = Some(column.name.clone());
            Ok(TreeNodeRecursion::Stop)
        }
        _ => Ok(TreeNodeRecursion::Continue),
    });
    walked.map_err(|e| SqlFault::read(&e, sql))?;
    match bare {
        Some(name) => {
            Err(SqlFault::new(format!("`{name}` is of one row, this is asked of all rows of a customer"))
                .word(sql, &name)
                .hint(format!(
                    "take the rows together, as in `sum({name})`, or ask it of each row under `where`"
                )))
        }
        None => Ok(()),
    }
}

fn not_a_query(word: &str, sql: &str) -> SqlFault {
    SqlFault::new(format!("`{word}` is not allowed: SQL of a pipeline may only read"))
        .word(sql, word)
        .hint("write one SELECT (WITH … SELECT)")
}

fn first_word(statement: &str) -> String {
    statement.split_whitespace().next().unwrap_or_default().to_owned()
}
