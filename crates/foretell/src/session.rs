//! What every command opens: the spec, the engine, the warehouse, the runtime.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use foretell_engine::{Engine, Error, Result};
use foretell_spec::{Loaded, load};
use foretell_storage::Warehouse;
use tokio::runtime::Runtime;

use crate::args::Common;
use crate::{exit, logging};

/// An open session.
pub(crate) struct Session {
    pub(crate) loaded: Loaded,
    pub(crate) engine: Engine,
    pub(crate) warehouse: Warehouse,
}

/// What a command does with the warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// Opens a session, runs `job` in it, and turns what comes of it into an exit code.
pub(crate) fn with<F>(common: &Common, access: Access, job: impl FnOnce(Session) -> F) -> ExitCode
where
    F: Future<Output = Result<ExitCode>>,
{
    logging::start(common.log);
    // A panic is a fault of ours: it ends with its exit code like any other.
    let done = catch_unwind(AssertUnwindSafe(|| {
        open(common, access).and_then(|(session, runtime)| runtime.block_on(job(session)))
    }))
    .unwrap_or_else(|_| Err(Error::internal("foretell failed in a way that it should not")));
    done.unwrap_or_else(|error| exit::report(&error, common))
}

fn open(common: &Common, access: Access) -> Result<(Session, Runtime)> {
    let loaded = load(&common.spec, &common.overrides, &|name| std::env::var(name).ok())?;
    foretell_score::all_built(&loaded)?;
    let threads = common
        .threads
        .or_else(|| std::thread::available_parallelism().ok().map(usize::from))
        .unwrap_or(1)
        .max(1);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        // Each thread has memory of its own to give back, and a file is read no sooner by more of them.
        .max_blocking_threads(threads)
        .enable_all()
        .build()
        .map_err(|e| Error::internal("cannot start the runtime").because(e))?;
    let engine = Engine::new(threads, common.memory_limit)?;
    let warehouse = match access {
        Access::Write => Warehouse::create(&loaded.spec.warehouse)?,
        Access::Read => Warehouse::open(&loaded.spec.warehouse)?,
    };
    Ok((Session { loaded, engine, warehouse }, runtime))
}
