//! Questions about each customer: files over the table `customer`, answered some thousand customers after the others.
//!
//! `customer` holds some customers with all that is known of them: what was loaded, and the answers given so far. So
//! no question needs a join to read another's answer, each is planned once, and memory is that of some thousand
//! customers a thread. A question may also read the staging tables and the sources, as a feature file does.

mod answer;
mod figures;
mod table;

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::empty::EmptyTable;
use datafusion::physical_plan::ExecutionPlan;

pub use figures::Figures;

use crate::error::{Error, Result};
use crate::fault::SqlFault;
use crate::period::View;
use crate::query::{OutputColumn, text_or_number};
use crate::sqlfile::SqlFile;
use crate::template::Context;
use table::{CustomerExec, CustomerTable, Wanted};

/// Questions that are ready to be answered.
pub struct Questions {
    view: View,
    answers: Vec<Answer>,
    wanted: Arc<Wanted>,
}

/// One file and what it yields.
pub struct Answer {
    /// The file's number among those given.
    pub file: usize,
    /// The file's path, for messages.
    pub origin: String,
    /// The SQL after rendering.
    pub sql: String,
    /// What it yields beside `customer_id`.
    pub columns: Vec<OutputColumn>,
    plan: Arc<dyn ExecutionPlan>,
    reads: Reads,
}

/// What the plan of a question reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// The customers at hand alone: any of them can be asked apart from the others.
    Customers,
    /// Other tables alone: its rows come in the order of the customers, bucket by bucket.
    Others,
    /// Both: it is put to all customers of a bucket at once.
    Both,
}

impl View {
    /// Adds a table without rows: enough to check SQL against.
    ///
    /// # Errors
    /// There is such a table already.
    pub fn add_empty(&self, name: &str, schema: SchemaRef) -> Result<()> {
        let added = self.context.register_table(name, Arc::new(EmptyTable::new(schema)));
        added.map(|_| ()).map_err(|e| Error::internal(format!("cannot add table `{name}`")).because(e))
    }

    /// Plans question files over `base`, the columns of `customer` that will be loaded, `customer_id` first.
    ///
    /// A file that reads another one's answer is planned after it, whatever their order; answers stand in the
    /// order of the files. An answer may take over a loaded column under its own name.
    ///
    /// # Errors
    /// The faults of all files, each with its place.
    pub async fn questions(
        mut self,
        base: SchemaRef,
        files: &[SqlFile],
        template: &Context,
        figures: &Figures,
    ) -> Result<Questions> {
        self.values.extend(figures.values());
        // A small shared table is then put beside each bucket; else its join would shuffle all customers.
        self.context.state_ref().write().config_mut().options_mut().execution.collect_statistics = true;
        let wanted = Arc::new(Wanted::default());
        let mut schema = base;
        let mut answers: Vec<Answer> = Vec::with_capacity(files.len());
        let mut waiting: Vec<usize> = (0..files.len()).collect();
        while !waiting.is_empty() {
            self.show_customer(&schema, &wanted)?;
            let mut still = Vec::new();
            let mut faults = Vec::new();
            let mut found = Vec::new();
            for &number in &waiting {
                match self.question(number, &files[number], template).await {
                    Ok(answer) => found.push(answer),
                    Err(fault) => {
                        still.push(number);
                        faults.push(fault);
                    }
                }
            }
            if found.is_empty() {
                Error::all(faults)?;
            }
            for answer in found {
                schema = extended(&schema, &answer, &answers)?;
                answers.push(answer);
            }
            waiting = still;
        }
        Ok(Questions { view: self, answers, wanted })
    }

    fn show_customer(&self, schema: &SchemaRef, wanted: &Arc<Wanted>) -> Result<()> {
        let wrong = |e| Error::internal("cannot show the table `customer`").because(e);
        self.context.deregister_table("customer").map_err(wrong)?;
        let (schema, wanted) = (Arc::clone(schema), Arc::clone(wanted));
        let table = CustomerTable { schema, buckets: self.buckets, wanted };
        self.context.register_table("customer", Arc::new(table)).map_err(wrong)?;
        Ok(())
    }

    async fn question(&self, number: usize, file: &SqlFile, template: &Context) -> Result<Answer> {
        let rendered = file.rendered(template)?;
        let asked = async {
            let compiled = self.compile_as(&file.path, &rendered.sql, text_or_number).await?;
            let plan = self.physical(&compiled.plan).await.map_err(|e| SqlFault::read(&e, &rendered.sql))?;
            stays_with_its_customers(plan.as_ref())?;
            Ok::<_, SqlFault>((compiled, plan))
        };
        let (compiled, plan) = asked.await.map_err(|fault| file.fault(&fault, &rendered))?;
        let (sql, columns, reads) = (compiled.sql, compiled.columns, reads(plan.as_ref()));
        Ok(Answer { file: number, origin: file.path.clone(), sql, columns, plan, reads })
    }
}

impl Questions {
    /// The answers, in the order of the files.
    pub fn answers(&self) -> Vec<&Answer> {
        let mut answers: Vec<&Answer> = self.answers.iter().collect();
        answers.sort_by_key(|answer| answer.file);
        answers
    }

    /// Names of the columns of `customer` that some question reads.
    pub fn wanted(&self) -> BTreeSet<String> {
        self.wanted.names()
    }

    /// Columns of what is answered: `customer_id`, then those of each file in order.
    pub fn schema(&self) -> SchemaRef {
        let mut fields = vec![Field::new("customer_id", DataType::Utf8, false)];
        let columns = self.answers().into_iter().flat_map(|answer| &answer.columns);
        fields.extend(columns.map(|column| Field::new(&column.name, column.data_type.clone(), true)));
        Arc::new(Schema::new(fields))
    }
}

/// The rows with an answer's columns, which take the place of loaded ones of the same name.
fn with_columns(
    known: &RecordBatch,
    answer: &Answer,
    columns: &[ArrayRef],
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let mut fields: Vec<Arc<Field>> = known.schema().fields().iter().cloned().collect();
    let mut arrays = known.columns().to_vec();
    for (column, values) in answer.columns.iter().zip(columns) {
        let field = Arc::new(Field::new(&column.name, column.data_type.clone(), true));
        match fields.iter().position(|f| f.name() == &column.name) {
            Some(at) => {
                fields[at] = field;
                arrays[at] = Arc::clone(values);
            }
            None => {
                fields.push(field);
                arrays.push(Arc::clone(values));
            }
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

/// The columns of `customer` once an answer is among them.
fn extended(schema: &SchemaRef, answer: &Answer, earlier: &[Answer]) -> Result<SchemaRef> {
    let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
    for column in &answer.columns {
        if let Some(other) = earlier.iter().find(|a| a.columns.iter().any(|c| c.name == column.name)) {
            return Err(Error::bad_spec(format!(
                "{}: column `{}` is there already",
                answer.origin, column.name
            ))
            .hint(format!("it is also made by {}: give one of them another name", other.origin)));
        }
        let field = Arc::new(Field::new(&column.name, column.data_type.clone(), true));
        match fields.iter().position(|f| f.name() == &column.name) {
            Some(at) => fields[at] = field,
            None => fields.push(field),
        }
    }
    Ok(Arc::new(Schema::new(fields)))
}

/// Checks that no part of a plan brings customers of several buckets together.
fn stays_with_its_customers(plan: &dyn ExecutionPlan) -> Result<(), SqlFault> {
    let mixes = matches!(
        plan.name(),
        "RepartitionExec" | "CoalescePartitionsExec" | "SortPreservingMergeExec" | "InterleaveExec"
    );
    if mixes && reads_customer(plan) {
        return Err(SqlFault::new("the question holds customers against one another").hint(
            "what the whole shop decides is a figure: a file of sql/segments/figures/, read as `$name`",
        ));
    }
    plan.children().into_iter().try_for_each(|child| stays_with_its_customers(child.as_ref()))
}

fn reads_customer(plan: &dyn ExecutionPlan) -> bool {
    plan.name() == CustomerExec::NAME
        || plan.children().into_iter().any(|child| reads_customer(child.as_ref()))
}

fn reads(plan: &dyn ExecutionPlan) -> Reads {
    match (reads_customer(plan), reads_others(plan)) {
        (true, true) => Reads::Both,
        (true, false) => Reads::Customers,
        (false, _) => Reads::Others,
    }
}

fn reads_others(plan: &dyn ExecutionPlan) -> bool {
    let children = plan.children();
    children.is_empty() && plan.name() != CustomerExec::NAME
        || children.into_iter().any(|child| reads_others(child.as_ref()))
}
