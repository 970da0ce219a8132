//! `check`: the spec and all SQL against the sources' real headers; writes nothing.

use std::process::ExitCode;

use arrow::datatypes::SchemaRef;
use foretell_engine::{Error, Result};
use foretell_storage::expand;

use crate::args::{Common, Form};
use crate::say::say;
use crate::session::{self, Access, Session};

pub(crate) fn check(common: &Common) -> ExitCode {
    session::with(common, Access::Read, |session| async move {
        let loaded = &session.loaded;
        let planned = match schemas(&session) {
            Ok(schemas) => planned(&session, schemas).await,
            Err(fault) => Err(fault),
        };
        let (files, bad) = headers(&session);
        let (plan, customers) = match planned {
            Ok(both) => Error::all(bad).map(|()| both)?,
            Err(fault) => return Err(bad.into_iter().fold(fault, Error::and)),
        };
        match common.output {
            Form::Json => {
                let result = serde_json::json!({
                    "status": "ok",
                    "pipeline": loaded.spec.pipeline,
                    "files": files,
                    "features": plan.catalogue.len(),
                    "customer_columns": customers.len(),
                    "targets": loaded.spec.targets.keys().collect::<Vec<_>>(),
                });
                say!("{result}");
            }
            Form::Text => {
                say!("{}: ok", loaded.path().display());
                for (source, count) in &files {
                    say!("  {source}: {count} file{}, headers match", if *count == 1 { "" } else { "s" });
                }
                say!("  {} features from {} SQL files", plan.catalogue.len(), plan.queries.len());
                say!("  {} columns of customers", customers.len());
                for (file, source) in &plan.skipped {
                    say!("  {file} left out: `{source}` is not declared");
                }
                say!("  targets: {}", loaded.spec.targets.keys().cloned().collect::<Vec<_>>().join(", "));
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Checks all SQL: features and targets first, then the questions about customers, which read features.
async fn planned(
    session: &Session,
    schemas: Vec<(String, SchemaRef)>,
) -> Result<(foretell_features::Plan, Vec<foretell_score::CustomerColumn>)> {
    let Session { loaded, engine, warehouse } = session;
    let plan = foretell_features::check(engine, warehouse, loaded, schemas.clone()).await?;
    let features =
        plan.catalogue.iter().map(|entry| (entry.feature.clone(), entry.data_type.clone())).collect();
    let customers = foretell_score::check_customers(engine, warehouse, loaded, schemas, features).await?;
    Ok((plan, customers))
}

/// Opens every file of every source, which checks its header; the first bad file of each source speaks.
fn headers(session: &Session) -> (Vec<(&'static str, usize)>, Vec<Error>) {
    let mut counts = Vec::new();
    let mut faults = Vec::new();
    for (name, source) in session.loaded.spec.sources.declared() {
        let checked = expand(&source.files).map_err(Error::from).and_then(|files| {
            files.iter().try_for_each(|file| foretell_ingest::check_header(&session.loaded, source, file))?;
            Ok(files.len())
        });
        match checked {
            Ok(count) => counts.push((name, count)),
            Err(fault) => faults.push(fault),
        }
    }
    (counts, faults)
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
