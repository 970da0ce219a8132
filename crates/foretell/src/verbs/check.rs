//! `check`: the spec and all SQL against the sources' real headers; writes nothing.

use std::process::ExitCode;

use arrow::datatypes::SchemaRef;
use foretell_engine::Result;
use foretell_storage::expand;

use crate::args::{Common, Form};
use crate::session::{self, Access, Session};

pub(crate) fn check(common: &Common) -> ExitCode {
    session::with(common, Access::Read, |session| async move {
        let files = headers(&session)?;
        let Session { loaded, engine, warehouse } = &session;
        let plan = foretell_features::check(engine, warehouse, loaded, schemas(&session)?).await?;
        match common.output {
            Form::Json => {
                let result = serde_json::json!({
                    "status": "ok",
                    "pipeline": loaded.spec.pipeline,
                    "files": files,
                    "features": plan.catalogue.len(),
                    "targets": loaded.spec.targets.keys().collect::<Vec<_>>(),
                });
                println!("{result}");
            }
            Form::Text => {
                println!("{}: ok", loaded.path().display());
                for (source, count) in &files {
                    println!("  {source}: {count} file{}, headers match", if *count == 1 { "" } else { "s" });
                }
                println!("  {} features from {} SQL files", plan.catalogue.len(), plan.queries.len());
                for (file, source) in &plan.skipped {
                    println!("  {file} left out: `{source}` is not declared");
                }
                println!("  targets: {}", loaded.spec.targets.keys().cloned().collect::<Vec<_>>().join(", "));
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Opens every file of every source, which checks its header.
fn headers(session: &Session) -> Result<Vec<(&'static str, usize)>> {
    let mut counts = Vec::new();
    for (name, source) in session.loaded.spec.sources.declared() {
        let files = expand(&source.files)?;
        for file in &files {
            foretell_ingest::check_header(&session.loaded, source, file)?;
        }
        counts.push((name, files.len()));
    }
    Ok(counts)
}

/// The columns that ingest would write for each source.
pub(crate) fn schemas(session: &Session) -> Result<Vec<(String, SchemaRef)>> {
    let mut schemas = Vec::new();
    for (name, source) in session.loaded.spec.sources.declared() {
        let schema = foretell_ingest::lake_columns(&session.engine, &session.loaded, name, source)?;
        schemas.push((name.to_owned(), schema));
    }
    Ok(schemas)
}
