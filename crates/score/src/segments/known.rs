//! What is known of each customer before any question is asked: columns of several tables, side by side.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use foretell_engine::{Error, Forward, Partitioner, Result, SqlFault, Tables, text_column};

/// Customers that are asked together, or some more: memory is that of so many with all their answers.
const CUSTOMERS: usize = 16_384;

/// Where columns of `customer` come from.
pub(crate) struct Part {
    /// The table's name among those opened; `None` for columns that are NULL for all.
    pub(crate) table: Option<String>,
    /// Column of the table and the column of `customer` that it becomes.
    pub(crate) columns: Vec<(String, Field)>,
}

impl Part {
    /// All columns of an opened table under their own names.
    pub(crate) async fn whole(tables: &Tables, table: &str) -> Result<Self> {
        let schema = tables.schema(table).await?;
        let columns = schema.fields().iter().skip(1).map(|f| (f.name().clone(), f.as_ref().clone()));
        Ok(Self { table: Some(table.to_owned()), columns: columns.collect() })
    }

    /// Columns that are NULL for all.
    pub(crate) fn nulls(fields: Vec<Field>) -> Self {
        Self { table: None, columns: fields.into_iter().map(|f| (f.name().clone(), f)).collect() }
    }
}

/// Columns of `customer`: of two parts with a column of one name, the first has it.
pub(crate) fn schema(parts: &[Part]) -> SchemaRef {
    let mut fields = vec![Field::new("customer_id", DataType::Utf8, false)];
    for (_, field) in parts.iter().flat_map(|part| &part.columns) {
        if fields.iter().all(|known| known.name() != field.name()) {
            fields.push(field.clone().with_nullable(true));
        }
    }
    Arc::new(Schema::new(fields))
}

/// One part being read.
struct Reading {
    fields: Vec<Field>,
    rows: Option<Forward>,
}

/// All customers, bucket by bucket.
pub(crate) struct Known {
    customers: Forward,
    partitioner: Partitioner,
    parts: Vec<Reading>,
    schema: SchemaRef,
    /// Rows read and not yet handed on: bucket and rows.
    waiting: Vec<(usize, RecordBatch)>,
    over: bool,
}

impl Known {
    /// Opens the columns of `customer` that are `wanted`, for every row of `facts`.
    pub(crate) async fn open(
        tables: &Tables,
        parts: &[Part],
        wanted: impl Fn(&str) -> bool,
        buckets: usize,
    ) -> Result<Self> {
        let customers = open(tables, "SELECT customer_id FROM facts").await?;
        let mut taken: Vec<String> = vec!["customer_id".to_owned()];
        let mut reading = Vec::new();
        for part in parts {
            let mut list = Vec::new();
            let mut fields = Vec::new();
            for (column, field) in &part.columns {
                if wanted(field.name()) && !taken.contains(field.name()) {
                    taken.push(field.name().clone());
                    list.push(format!("\"{column}\""));
                    fields.push(field.clone().with_nullable(true));
                }
            }
            if fields.is_empty() {
                continue;
            }
            let rows = match &part.table {
                Some(table) => {
                    let sql = format!("SELECT customer_id, {} FROM \"{table}\"", list.join(", "));
                    Some(open(tables, &sql).await?)
                }
                None => None,
            };
            reading.push(Reading { fields, rows });
        }
        let mut fields = vec![Field::new("customer_id", DataType::Utf8, false)];
        fields.extend(reading.iter().flat_map(|part| part.fields.iter().cloned()));
        Ok(Self {
            customers,
            partitioner: Partitioner::new(buckets)?,
            parts: reading,
            schema: Arc::new(Schema::new(fields)),
            waiting: Vec::new(),
            over: false,
        })
    }

    /// The next customers, their bucket and what is known of them; `None` when there are no more.
    ///
    /// They come bucket by bucket, some thousand at a time.
    pub(crate) async fn next(&mut self) -> Result<Option<(usize, RecordBatch)>> {
        while !self.over && !self.full() {
            match self.customers.next().await? {
                Some(batch) => {
                    let mut split = self.partitioner.split(batch.column(0))?;
                    split.sort_by_key(|(_, rows)| rows.first().copied());
                    for (bucket, rows) in split {
                        // Buckets lie one after another, so the rows of one are neighbours.
                        let first = rows.first().copied().unwrap_or_default() as usize;
                        self.waiting.push((bucket, batch.slice(first, rows.len())));
                    }
                }
                None => self.over = true,
            }
        }
        let Some(bucket) = self.waiting.first().map(|(bucket, _)| *bucket) else {
            return self.end().await.map(|()| None);
        };
        let many = self.waiting.iter().take_while(|(other, _)| *other == bucket).count();
        let mine: Vec<RecordBatch> = self.waiting.drain(..many).map(|(_, rows)| rows).collect();
        let wrong = |e| Error::internal("cannot put customers together").because(e);
        let ids = mine.first().map(RecordBatch::schema).map(|schema| concat_batches(&schema, &mine));
        let ids = ids.transpose().map_err(wrong)?.ok_or_else(|| Error::internal("a bucket without rows"))?;
        let ids = text_column(&ids, 0)?;
        let mut columns: Vec<ArrayRef> = vec![Arc::new(ids.clone())];
        for part in &mut self.parts {
            match &mut part.rows {
                Some(rows) => columns.extend(rows.beside(&ids).await?),
                None => columns.extend(part.fields.iter().map(|f| new_null_array(f.data_type(), ids.len()))),
            }
        }
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map_err(wrong)
            .map(|rows| Some((bucket, rows)))
    }

    /// Says that enough rows of a bucket wait, or all of them.
    fn full(&self) -> bool {
        let Some((bucket, _)) = self.waiting.first() else { return false };
        let mine = self.waiting.iter().take_while(|(other, _)| other == bucket);
        let (many, rows) = mine.fold((0, 0), |(many, rows), (_, batch)| (many + 1, rows + batch.num_rows()));
        rows >= CUSTOMERS || many < self.waiting.len()
    }

    /// Checks that every row of every part has found its customer.
    async fn end(&mut self) -> Result<()> {
        for part in &mut self.parts {
            if let Some(rows) = &mut part.rows
                && !rows.is_over().await?
            {
                return Err(Error::internal("a table has customers in another order than `features`")
                    .hint("tables of an earlier layout are still there: run with --force"));
            }
        }
        Ok(())
    }
}

async fn open(tables: &Tables, sql: &str) -> Result<Forward> {
    tables.open(sql).await.map_err(|fault: SqlFault| Error::internal(format!("customers: {}", fault.message)))
}
