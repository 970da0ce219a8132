//! `plan`: what would run, with the rendered SQL if asked for.

use std::process::ExitCode;

use foretell_engine::Fusion;

use crate::args::{Form, Plan};
use crate::say::say;
use crate::session::{self, Access, Session};
use crate::verbs::check;

pub(crate) fn plan(arguments: &Plan) -> ExitCode {
    session::with(&arguments.common, Access::Read, |session| async move {
        let schemas = check::schemas(&session)?;
        let Session { loaded, engine, warehouse } = &session;
        let plan = foretell_features::plan(engine, warehouse, loaded, schemas, arguments.date).await?;
        let days: Vec<String> = plan.cutoffs.iter().map(ToString::to_string).collect();
        if arguments.common.output == Form::Json {
            let queries: Vec<_> = plan
                .queries
                .iter()
                .map(|q| {
                    let sql = arguments.sql.then_some(&q.sql);
                    let runs = match &q.fusion {
                        Fusion::Fused { folded, carried } => {
                            serde_json::json!({"fused": folded, "carried": carried})
                        }
                        Fusion::Alone(why) => serde_json::json!({"alone": why}),
                    };
                    serde_json::json!({
                        "file": q.file, "family": q.family, "features": q.features, "runs": runs, "sql": sql
                    })
                })
                .collect();
            let result = serde_json::json!({
                "date": plan.date.map(|d| d.to_string()),
                "cutoffs": days,
                "queries": queries,
                "features": plan.catalogue.len(),
                "provisional": plan.provisional,
            });
            say!("{result}");
            return Ok(ExitCode::SUCCESS);
        }
        say!("{} into {}", loaded.spec.pipeline, warehouse.display());
        match plan.date {
            Some(date) => say!("logical date {date}; cutoffs {}", days.join(" ")),
            None => say!("nothing ingested yet: the logical date is the day after the newest row"),
        }
        if plan.provisional {
            say!("slices are learned from the data at the first run; their names below are made up");
        }
        say!("{} features:", plan.catalogue.len());
        for query in &plan.queries {
            say!("  {:>4}  {:<12} {:<42} {}", query.features, query.family, query.file, runs(&query.fusion));
        }
        for (file, source) in &plan.skipped {
            say!("  left out: {file} (`{source}` is not declared)");
        }
        if arguments.sql {
            for query in &plan.queries {
                say!("\n-- {}\n{}", query.file, query.sql);
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// How a file runs, in a few words.
fn runs(fusion: &Fusion) -> String {
    match fusion {
        Fusion::Fused { folded, carried } if carried.is_empty() => format!("fused: {folded} aggregates"),
        Fusion::Fused { folded, carried } => {
            let mut why = carried.clone();
            why.dedup();
            format!(
                "fused: {folded} aggregates; {} run in the pass unfused: {}",
                carried.len(),
                why.join("; ")
            )
        }
        Fusion::Alone(why) => format!("runs alone: {why}"),
    }
}
