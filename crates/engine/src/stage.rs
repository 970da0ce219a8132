//! What every stage is given, and the manifest that it leaves.

use chrono::NaiveDate;
use foretell_spec::Loaded;
use foretell_storage::{Warehouse, layout};
use serde::Serialize;

use crate::RECIPE;
use crate::error::Result;
use crate::progress::Watcher;
use crate::session::Engine;

/// One call of a stage.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Runs the SQL.
    pub engine: &'a Engine,
    /// Receives the tables.
    pub warehouse: &'a Warehouse,
    /// Says what to do.
    pub loaded: &'a Loaded,
    /// Logical date; the day after the newest row if `None`.
    pub date: Option<NaiveDate>,
    /// Makes everything again, also what is there and unchanged.
    pub force: bool,
    /// Scores with the newest model that was kept, and makes only what that needs.
    pub latest: bool,
    /// Watches how far the stage is.
    pub watcher: &'a dyn Watcher,
}

/// What stands at the head of every stage's manifest, and what the stage itself says.
#[derive(Serialize)]
struct Manifest<'a, T> {
    stage: &'a str,
    run_id: &'a str,
    pipeline: &'a str,
    /// Digest of the whole spec, with what variables and overrides put into it.
    spec: String,
    recipe: (&'a str, u32, &'a str),
    #[serde(flatten)]
    did: &'a T,
}

impl Call<'_> {
    /// Writes the manifest of a stage's run: the last thing that it does.
    ///
    /// # Errors
    /// The warehouse cannot be written.
    pub async fn write_manifest<T: Serialize + Sync>(
        &self,
        stage: &str,
        run_id: &str,
        did: &T,
    ) -> Result<()> {
        let spec = self.loaded.digest();
        let pipeline = &self.loaded.spec.pipeline;
        let manifest = Manifest { stage, run_id, pipeline, spec, recipe: RECIPE, did };
        Ok(self.warehouse.write_json(&layout::manifest(stage, run_id), &manifest).await?)
    }
}
