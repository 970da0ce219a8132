//! The features of cutoffs.

use arrow::datatypes::Schema;
use chrono::NaiveDate;
use foretell_engine::{Context, Engine, Features, Lake, Period, Result, Wanted};
use foretell_spec::digest_of;
use foretell_storage::{Hints, Record, Warehouse, layout};

use crate::family::Sql;

/// Everything the features of all cutoffs have in common.
pub(crate) struct Recipe<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) warehouse: &'a Warehouse,
    pub(crate) lake: &'a Lake,
    pub(crate) sql: &'a Sql,
    pub(crate) template: &'a Context,
    /// Fuses what can be fused.
    pub(crate) fuse: bool,
    /// Digest of the rendered SQL and the values bound to it.
    pub(crate) digest: String,
}

/// A cutoff's partition and whether it had to be made.
pub(crate) struct Made {
    pub(crate) path: String,
    pub(crate) record: Record,
    pub(crate) fresh: bool,
}

impl Recipe<'_> {
    /// Digest of all that decides a feature partition, the cutoff and the rows before it aside.
    pub(crate) fn digest(sql: &Sql, template: &Context, fuse: bool) -> Result<String> {
        let mut texts = Vec::new();
        for file in sql.staging.iter().chain(sql.features.iter().map(|(_, file)| file)) {
            texts.push((file.stem().to_owned(), file.render(template)?));
        }
        let bound: Vec<_> =
            template.slices().iter().map(|s| (s.slice.name.clone(), s.slice.value.clone())).collect();
        Ok(digest_of(&("features", foretell_engine::RECIPE, texts, bound, fuse)))
    }

    /// All feature files over the sources as they stood at each of `cutoffs`, ascending.
    pub(crate) async fn compile(&self, cutoffs: &[NaiveDate]) -> Result<Features> {
        let files: Vec<_> = self.sql.features.iter().map(|(_, file)| file).collect();
        let wanted = Wanted {
            lake: self.lake,
            template: self.template,
            staging: &self.sql.staging,
            shared: &[],
            files: &files,
            fuse: self.fuse,
        };
        self.engine.features(wanted, cutoffs).await
    }

    pub(crate) fn path(cutoff: NaiveDate) -> String {
        layout::partition("features", &[("cutoff", &cutoff.to_string())])
    }

    /// Digest of all that decides the partition of a cutoff.
    ///
    /// Rows that come later, of whatever day, leave it as it is unless the cutoff sees them.
    fn key(&self, cutoff: NaiveDate) -> String {
        digest_of(&(&self.digest, self.lake.digest(Period::before(cutoff)), cutoff.to_string()))
    }

    /// The partition of a cutoff, if it is there already.
    pub(crate) async fn existing(&self, cutoff: NaiveDate) -> Result<Option<Made>> {
        let path = Self::path(cutoff);
        let record = self.warehouse.record(&path).await?;
        let record = record.filter(|record| record.key == self.key(cutoff));
        Ok(record.map(|record| Made { path, record, fresh: false }))
    }

    /// Makes the partitions of some cutoffs in one pass over the lake.
    pub(crate) async fn make(&self, features: &Features, cutoffs: &[NaiveDate]) -> Result<Vec<Made>> {
        let hints = hints(&features.schema());
        let open = |schema| Ok(self.warehouse.stage_with(schema, &hints)?);
        let tables = features.write(self.engine, open).await?;
        let mut made = Vec::with_capacity(cutoffs.len());
        for (cutoff, table) in cutoffs.iter().zip(tables) {
            let path = Self::path(*cutoff);
            let record = self.warehouse.publish(table.finish()?, &path, &self.key(*cutoff)).await?;
            made.push(Made { path, record, fresh: true });
        }
        Ok(made)
    }
}

/// No customer comes twice, and nobody looks for rows by the least and greatest value of a feature.
fn hints(schema: &Schema) -> Hints {
    let mut names = schema.fields().iter().map(|field| field.name().clone());
    Hints { plain: names.by_ref().take(1).collect(), unbounded: names.collect(), ..Hints::default() }
}
