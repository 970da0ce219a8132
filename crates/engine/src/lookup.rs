//! Shared tables as functions: what stands in the row of some texts.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::take;
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use foretell_fold::Keys;

/// The last column of the row whose other columns, all of them texts, are the arguments; NULL where there is none.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    name: String,
    signature: Signature,
    table: Arc<Table>,
}

#[derive(Debug)]
struct Table {
    keys: Keys,
    values: ArrayRef,
}

impl Lookup {
    /// The function of a table; `None` where its rows cannot be told by texts.
    pub(crate) fn new(name: &str, rows: &RecordBatch) -> Option<Self> {
        let (values, keys) = rows.columns().split_last()?;
        let texts: Vec<&StringArray> = keys.iter().map(|key| key.as_string_opt()).collect::<Option<_>>()?;
        let signature = Signature::exact(vec![DataType::Utf8; keys.len()], Volatility::Immutable);
        let table = Arc::new(Table { keys: Keys::new(&texts)?, values: Arc::clone(values) });
        Some(Self { name: name.to_owned(), signature, table })
    }
}

/// Functions of one name are one only if they look into the same rows: those of two cutoffs are not.
impl PartialEq for Lookup {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.table, &other.table)
    }
}

impl Eq for Lookup {}

impl Hash for Lookup {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Lookup {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.table.values.data_type().clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let columns = ColumnarValue::values_to_arrays(&args.args)?;
        let texts: Option<Vec<&StringArray>> = columns.iter().map(|column| column.as_string_opt()).collect();
        let texts = texts.ok_or_else(|| DataFusionError::Internal(format!("{}: no text", self.name)))?;
        let found = take(&self.table.values, &self.table.keys.find(&texts), None)?;
        Ok(match constant {
            true => ColumnarValue::Scalar(ScalarValue::try_from_array(&found, 0)?),
            false => ColumnarValue::Array(found),
        })
    }
}
