//! Batches of a bucket whose texts come as codes, brought to one dictionary a column.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use foretell_fold::Coder;

/// Texts from which on a dictionary is begun anew: what is read must not follow the data.
const MOST: usize = 65_536;

/// The coded columns of a stream.
///
/// Between reading and handing on, a batch has bare codes, which can be put together like any numbers.
#[derive(Debug)]
pub(crate) struct Coded {
    /// What is handed on, and what lies between.
    schema: SchemaRef,
    bare: SchemaRef,
    coders: Vec<(usize, Coder)>,
}

impl Coded {
    /// For batches of `schema`; those of its columns that are dictionaries are coded.
    pub(crate) fn new(schema: &SchemaRef) -> Self {
        let mut coders = Vec::new();
        let fields = schema.fields().iter().enumerate().map(|(index, field)| {
            if !matches!(field.data_type(), DataType::Dictionary(..)) {
                return Arc::clone(field);
            }
            coders.push((index, coder(index)));
            Arc::new(field.as_ref().clone().with_data_type(DataType::Int32))
        });
        let bare = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        Self { schema: Arc::clone(schema), bare, coders }
    }

    /// A batch as it was read, with bare codes.
    pub(crate) fn bare(&mut self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let mut columns = batch.columns().to_vec();
        for (index, coder) in &mut self.coders {
            columns[*index] = Arc::new(coder.codes(&columns[*index])?);
        }
        RecordBatch::try_new(Arc::clone(&self.bare), columns)
    }

    /// A batch of bare codes with the texts that they stand for.
    pub(crate) fn told(&mut self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let mut columns = batch.columns().to_vec();
        for (index, coder) in &mut self.coders {
            columns[*index] = told(coder, &columns[*index])?;
        }
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }

    /// Begins dictionaries anew that have grown large; `rest` are bare rows not handed on yet, and have new codes then.
    pub(crate) fn forget(&mut self, rest: RecordBatch) -> Result<RecordBatch, ArrowError> {
        let mut columns = rest.columns().to_vec();
        for (index, coder) in self.coders.iter_mut().filter(|(_, coder)| coder.count() > MOST) {
            let kept = told(coder, &columns[*index])?;
            *coder = self::coder(*index);
            columns[*index] = Arc::new(coder.codes(&kept)?);
        }
        RecordBatch::try_new(Arc::clone(&self.bare), columns)
    }
}

/// Rows lie by customer, which is the first column.
fn coder(index: usize) -> Coder {
    if index == 0 { Coder::sorted() } else { Coder::default() }
}

fn told(coder: &mut Coder, codes: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    coder.column(codes.as_primitive::<Int32Type>())
}
