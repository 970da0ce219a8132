//! The customers of one cutoff, and the tables over them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, SchemaRef};
use chrono::NaiveDate;
use foretell_engine::{
    Call, Context, Error, Figures, Lake, Period, Questions, Result, Shared, SqlFault, Tables, Wanted,
};
use foretell_spec::{Loaded, digest_of};
use foretell_storage::{Hints, Record, Staging, Warehouse, layout};

use super::known::{self, Known, Part};
use super::sql::{MOVING, Sql};
use super::worth::{self, Models};

/// What all cutoffs share.
pub(crate) struct Recipe<'a> {
    pub(crate) call: &'a Call<'a>,
    pub(crate) lake: &'a Lake,
    pub(crate) sql: &'a Sql,
    pub(crate) template: &'a Context,
    /// Digest of the files and of the spec's part that decides them.
    pub(crate) digest: String,
}

/// What was made for one cutoff.
pub(crate) struct Made {
    pub(crate) outputs: Vec<(String, Record)>,
    pub(crate) questions: Arc<Questions>,
    pub(crate) notes: Vec<String>,
}

/// The path of a table's partition.
pub(crate) fn path(table: &str, cutoff: NaiveDate) -> String {
    layout::partition(table, &[("cutoff", &cutoff.to_string())])
}

fn scores(target: &str, cutoff: NaiveDate) -> String {
    layout::partition("scores", &[("target", target), ("cutoff", &cutoff.to_string())])
}

impl Recipe<'_> {
    /// Digest of all that decides the customers of a cutoff.
    pub(crate) async fn key(&self, cutoff: NaiveDate, before: Option<NaiveDate>) -> Result<String> {
        let warehouse = self.call.warehouse;
        let bytes = |record: Option<Record>| record.map(|record| record.sha256);
        let mut said = BTreeMap::new();
        for target in self.call.loaded.spec.targets.keys() {
            said.insert(target, bytes(warehouse.record(&scores(target, cutoff)).await?));
        }
        let features = bytes(warehouse.record(&path("features", cutoff)).await?);
        let before = match before {
            Some(before) => bytes(warehouse.record(&path("customers", before)).await?),
            None => None,
        };
        let rows = self.lake.digest(Period::before(cutoff));
        Ok(digest_of(&("customers", &self.digest, rows, features, said, before, cutoff.to_string())))
    }

    /// Counts the facts of some cutoffs in one pass over the lake; returns what is shared by all customers of each.
    pub(crate) async fn facts(&self, cutoffs: &[NaiveDate]) -> Result<BTreeMap<NaiveDate, Vec<Shared>>> {
        let Call { engine, warehouse, .. } = *self.call;
        let files: Vec<_> = self.sql.facts.iter().collect();
        let mut shared = Vec::with_capacity(cutoffs.len());
        for cutoff in cutoffs {
            shared.push(self.shared(*cutoff).await?);
        }
        let wanted = Wanted {
            lake: self.lake,
            template: self.template,
            staging: &self.sql.staging,
            shared: &shared,
            files: &files,
            fuse: self.call.loaded.spec.features.fuse,
        };
        let features = engine.facts(wanted, cutoffs).await?;
        let tables = features.write(engine, |schema| stage_working(warehouse, schema)).await?;
        for (cutoff, table) in cutoffs.iter().zip(tables) {
            let path = layout::working(&cutoff.to_string(), "facts");
            warehouse.publish(table.finish()?, &path, "").await?;
        }
        Ok(cutoffs.iter().copied().zip(shared).collect())
    }

    /// Runs the files that speak of the whole shop.
    async fn shared(&self, cutoff: NaiveDate) -> Result<Vec<Shared>> {
        let Self { call, lake, sql, template, .. } = self;
        let period = Period::before(cutoff);
        call.engine.shared(lake, period, template, &sql.staging, &sql.shared).await
    }

    /// Makes the customers of a cutoff whose facts are there, and the tables over them.
    pub(crate) async fn make(
        &self,
        cutoff: NaiveDate,
        before: Option<NaiveDate>,
        shared: &[Shared],
        key: &str,
    ) -> Result<Made> {
        let Call { engine, warehouse, .. } = *self.call;
        let day = cutoff.to_string();
        let tables = engine.tables(warehouse)?;
        tables.add("facts", &layout::working(&day, "facts")).await?;
        let notes = self.worth(&tables, &day).await?;
        tables.add("worth", &layout::working(&day, "worth")).await?;
        tables.add("features", &path("features", cutoff)).await?;
        let before = match before.map(|before| path("customers", before)) {
            Some(path) if warehouse.record(&path).await?.is_some() => {
                tables.add("before", &path).await?;
                true
            }
            _ => false,
        };
        for target in self.call.loaded.spec.targets.keys() {
            let path = scores(target, cutoff);
            if warehouse.record(&path).await?.is_some() {
                tables.add(&format!("scores_{target}"), &path).await?;
            }
        }
        let parts = parts(&tables, self.call.loaded, before).await?;
        let template = knowing(self.template, &tables, &parts).await?;
        let figures = tables.figures(&self.sql.figures, &template, Figures::default()).await?;
        let view = engine.view(self.lake, Period::before(cutoff), &template, &self.sql.staging).await?;
        for table in ["facts", "features"] {
            let path = if table == "facts" { layout::working(&day, table) } else { path(table, cutoff) };
            view.add_table(table, warehouse, &path).await?;
        }
        shared.iter().try_for_each(|table| view.share(table))?;
        let questions =
            view.questions(known::schema(&parts), &self.sql.questions, &template, &figures).await?;

        let wanted = questions.wanted();
        let mut known = Known::open(&tables, &parts, |c| wanted.contains(c), self.lake.buckets).await?;
        // No id comes twice.
        let hints = Hints { plain: vec!["customer_id".to_owned()], ..Hints::default() };
        let mut table = warehouse.stage_with(questions.schema(), &hints)?;
        let questions = Arc::new(questions);
        let write = |rows: RecordBatch| Ok(table.write(&rows)?);
        questions.answer_each(engine, async || known.next().await, write).await?;
        let mut outputs = Vec::new();
        let customers = path("customers", cutoff);
        outputs.push((customers.clone(), warehouse.publish(table.finish()?, &customers, key).await?));
        tables.add("customers", &customers).await?;
        for file in self.sql.tables.iter().filter(|file| before || file.stem() != "moves") {
            let path = path(file.stem(), cutoff);
            let batches = tables.collect_file(file, &template).await?;
            outputs.push((path.clone(), self.publish(&path, &batches, key).await?));
        }
        Ok(Made { outputs, questions, notes })
    }

    pub(crate) async fn publish(&self, path: &str, batches: &[RecordBatch], key: &str) -> Result<Record> {
        let warehouse = self.call.warehouse;
        let schema = batches.first().map(RecordBatch::schema);
        let schema = schema.ok_or_else(|| Error::internal(format!("{path}: a table without columns")))?;
        let mut table = warehouse.stage(schema)?;
        for batch in batches {
            table.write(batch)?;
        }
        Ok(warehouse.publish(table.finish()?, path, key).await?)
    }

    /// Fits the models of worth and writes what they say of each customer.
    async fn worth(&self, tables: &Tables, day: &str) -> Result<Vec<String>> {
        let warehouse = self.call.warehouse;
        let ahead = &self.call.loaded.spec.segments.worth;
        let schema = tables.schema("facts").await?;
        let read = worth::READ.map(|name| match schema.column_with_name(name) {
            Some(_) => name.to_owned(),
            None => format!("CAST(NULL AS DOUBLE) AS {name}"),
        });
        let read = read.join(", ");
        let wrong = |fault: SqlFault| Error::internal(format!("facts: {}", fault.message));
        let fitted = format!("SELECT {read} FROM facts");
        let models = Models::fit(&mut tables.open(&fitted).await.map_err(wrong)?, ahead).await?;
        let mut table = stage_working(warehouse, worth::schema())?;
        let applied = format!("SELECT customer_id, {read} FROM facts");
        models.write(&mut tables.open(&applied).await.map_err(wrong)?, ahead, &mut table).await?;
        warehouse.publish(table.finish()?, &layout::working(day, "worth"), "").await?;
        Ok(models.notes)
    }
}

/// Opens a table that is read some times and deleted: to pack it well would cost more than it gains.
fn stage_working(warehouse: &Warehouse, schema: SchemaRef) -> Result<Staging> {
    let all: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let hints = Hints { plain: vec!["customer_id".to_owned()], unbounded: all.clone(), random: all };
    Ok(warehouse.stage_with(schema, &hints)?)
}

/// Where the columns of `customer` come from.
pub(crate) async fn parts(tables: &Tables, loaded: &Loaded, before: bool) -> Result<Vec<Part>> {
    let mut parts = vec![Part::whole(tables, "facts").await?, Part::whole(tables, "worth").await?];
    for target in loaded.spec.targets.keys() {
        let fields = [
            ("probability", Field::new(format!("{target}_probability"), DataType::Float64, true)),
            ("predicted", Field::new(format!("{target}_predicted"), DataType::Boolean, true)),
        ];
        let table = format!("scores_{target}");
        let there = tables.schema(&table).await.is_ok();
        let columns = fields.map(|(column, field)| (column.to_owned(), field)).to_vec();
        parts.push(Part { table: there.then_some(table), columns });
    }
    let fields = MOVING.map(|name| Field::new(format!("{name}_before"), DataType::Utf8, true));
    parts.push(match before {
        true => Part {
            table: Some("before".to_owned()),
            columns: MOVING.iter().map(|name| (*name).to_owned()).zip(fields).collect(),
        },
        false => Part::nulls(fields.to_vec()),
    });
    parts.push(Part::whole(tables, "features").await?);
    Ok(parts)
}

/// The template that also knows the columns of `facts` and `customer`.
pub(crate) async fn knowing(template: &Context, tables: &Tables, parts: &[Part]) -> Result<Context> {
    let names = |schema: SchemaRef| -> Vec<String> {
        schema.fields().iter().map(|field| field.name().clone()).collect()
    };
    let facts = tables.schema("facts").await?;
    let known = known::schema(parts);
    Ok(template.clone().with_table("facts", names(facts)).with_table("customer", names(known)))
}
