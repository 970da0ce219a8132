//! The features of one cutoff.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use foretell_engine::{Compiled, Context, Engine, Error, Lake, Period, Result, View, write_features};
use foretell_spec::digest_of;
use foretell_storage::{Record, Warehouse, layout};

use crate::family::Sql;

/// Everything the features of all cutoffs have in common.
pub(crate) struct Recipe<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) warehouse: &'a Warehouse,
    pub(crate) lake: &'a Lake,
    pub(crate) sql: &'a Sql,
    pub(crate) template: &'a Context,
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
    pub(crate) fn digest(sql: &Sql, template: &Context) -> Result<String> {
        let mut texts = Vec::new();
        for file in sql.staging.iter().chain(sql.features.iter().map(|(_, file)| file)) {
            texts.push((file.stem().to_owned(), file.render(template)?));
        }
        let bound: Vec<_> =
            template.slices().iter().map(|s| (s.slice.name.clone(), s.slice.value.clone())).collect();
        Ok(digest_of(&("features", foretell_engine::RECIPE, texts, bound)))
    }

    /// The sources before the cutoff, and all feature files over them.
    pub(crate) async fn compile(&self, cutoff: NaiveDate) -> Result<(View, Vec<Compiled>)> {
        let view =
            self.engine.view(self.lake, Period::before(cutoff), self.template, &self.sql.staging).await?;
        let mut queries = Vec::with_capacity(self.sql.features.len());
        let mut faults = Vec::new();
        for (_, file) in &self.sql.features {
            match view.compile(file, self.template).await {
                Ok(query) => queries.push(query),
                Err(fault) => faults.push(fault),
            }
        }
        Error::all(faults)?;
        unique(&queries)?;
        Ok((view, queries))
    }

    /// Makes the partition of a cutoff, unless it is there already.
    pub(crate) async fn make(&self, cutoff: NaiveDate, force: bool) -> Result<Made> {
        let day = cutoff.to_string();
        let path = layout::partition("features", &[("cutoff", &day)]);
        // Rows that come later, of whatever day, leave this as it is unless the cutoff sees them.
        let key = digest_of(&(&self.digest, self.lake.digest(Period::before(cutoff)), &day));
        if !force
            && let Some(record) = self.warehouse.record(&path).await?
            && record.key == key
        {
            return Ok(Made { path, record, fresh: false });
        }
        let (view, queries) = self.compile(cutoff).await?;
        let staging =
            write_features(self.engine, &view, &queries, |schema| Ok(self.warehouse.stage(schema)?)).await?;
        let record = self.warehouse.publish(staging.finish()?, &path, &key).await?;
        Ok(Made { path, record, fresh: true })
    }
}

/// Checks that no two files make one feature.
fn unique(queries: &[Compiled]) -> Result<()> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for query in queries {
        for column in &query.columns {
            if let Some(first) = seen.insert(&column.name, &query.origin) {
                return Err(Error::bad_spec(format!(
                    "{}: feature `{}` is there already",
                    query.origin, column.name
                ))
                .hint(format!("it is also made by {first}: give one of them another name")));
            }
        }
    }
    Ok(())
}
