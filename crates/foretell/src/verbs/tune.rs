//! `tune`: the smaller part of a spec that is enough.

use std::process::ExitCode;

use super::run::{Wanted, stages_of};
use crate::args::{Form, Tune};
use crate::progress::Bar;
use crate::say::{self, say};
use crate::session::{self, Access};
use crate::tuned;

pub(crate) fn tune(arguments: &Tune) -> ExitCode {
    let Tune { stage, target } = arguments;
    session::with(&stage.common, Access::Write, |session| async move {
        let _lock = session.warehouse.lock()?;
        // What is there and unchanged is left as it is.
        let wanted = Wanted { date: stage.date, force: false, latest: false };
        stages_of(&session, &["ingest", "features"], wanted).await?;
        let bar = Bar::new();
        let call = Wanted { force: stage.force, ..wanted }.call(&session, &bar);
        let found = foretell_score::tune(&call, target.as_deref()).await?;
        drop(bar);
        match stage.common.output {
            Form::Text => say::to_stdout(format_args!("{}", tuned::of(&session, &found))),
            Form::Json => {
                let status = if found.fresh { "done" } else { "nothing_to_do" };
                say!("{}", serde_json::json!({"status": status, "tuned": found}));
            }
        }
        Ok(if found.fresh { ExitCode::SUCCESS } else { ExitCode::from(stage.skip_code) })
    })
}
