//! What is read of each source for a sweep.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use chrono::NaiveDate;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::logical_expr::{col, lit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use foretell_fold::coded_type;

use crate::error::{Error, Result};
use crate::fused::Program;
use crate::period::{View, day_number};
use crate::sweep::Read;

/// Plans what is read of each source: its customers, its clock, and what the program needs.
pub(crate) async fn reads(
    view: &View,
    program: &Program,
    until: NaiveDate,
) -> Result<(Vec<Read>, Vec<Arc<dyn ExecutionPlan>>)> {
    let mut reads = Vec::with_capacity(view.sources.len());
    let mut scans = Vec::with_capacity(view.sources.len());
    for (number, (source, needed)) in view.sources.iter().zip(&program.sources).enumerate() {
        let table = &source.schema;
        let place = |name: &str| table.column_with_name(name).map(|(index, _)| index);
        let mut projection: Vec<usize> =
            ["customer_id", source.clock()].into_iter().filter_map(place).collect();
        let mut read = |place: usize| {
            projection.iter().position(|p| *p == place).unwrap_or_else(|| {
                projection.push(place);
                projection.len() - 1
            })
        };
        let known = place("known_on").map(&mut read);
        let columns: Vec<Option<usize>> =
            needed.iter().map(|&at| (at < table.fields().len()).then(|| read(at))).collect();
        // Texts that nobody spells out come as codes, if they lie so.
        let codable = &program.codable[number];
        let spelled = needed.iter().enumerate().filter(|(at, _)| !codable.contains(at));
        let spelled: BTreeSet<usize> = spelled.map(|(_, place)| *place).collect();
        let coded = match &source.whole {
            Some(whole) => {
                let mut coded = whole.coded().await?;
                coded.retain(|place| projection.contains(place) && !spelled.contains(place));
                coded
            }
            None => BTreeSet::new(),
        };
        let fields = needed.iter().map(|&at| match table.fields().get(at) {
            Some(field) if coded.contains(&at) => {
                Field::new(at.to_string(), coded_type(), field.is_nullable())
            }
            Some(field) => Field::new(at.to_string(), field.data_type().clone(), field.is_nullable()),
            None => Field::new(at.to_string(), DataType::Int64, false),
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let before = col(source.clock()).lt(lit(ScalarValue::Date32(day_number(until))));
        let scan = match &source.whole {
            Some(whole) => whole.plan(&view.context.state(), &projection, &[before], None, &coded),
            None => table.project(&projection).map_err(DataFusionError::from).map(empty),
        };
        let scan = scan.map_err(|e| Error::internal(format!("cannot read {}", source.name)).because(e))?;
        reads.push(Read { known, columns, schema });
        scans.push(scan);
    }
    Ok((reads, scans))
}

/// A source in which nothing is.
fn empty(schema: Schema) -> Arc<dyn ExecutionPlan> {
    Arc::new(EmptyExec::new(Arc::new(schema)))
}
