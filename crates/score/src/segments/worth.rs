//! What each buyer is worth: BG/NBD and Gamma-Gamma fitted to the facts of a cutoff, and applied to them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use foretell_engine::{Error, Forward, Result, float_column, text_column};
use foretell_spec::Worth as Ahead;
use foretell_storage::Staging;
use foretell_worth::{BgNbd, Dropout, GammaGamma, Histories, History, Horizon, Spend, expected_value};

/// Columns of the facts that are read after `customer_id`; the last is only there where amounts are known.
pub(crate) const READ: [&str; 4] =
    ["purchase_days", "days_since_first_purchase", "days_since_purchase", "repeat_day_spend"];

/// Columns of what is worked out, after `customer_id`.
pub(crate) const COLUMNS: [&str; 4] =
    ["alive_probability", "expected_orders", "expected_order_value", "expected_value"];

/// Days of the unit in which the models count time: a week, as in the papers.
const UNIT: f64 = 7.0;

/// Days of a part of the horizon, discounted from its middle.
const STEP: f64 = 91.3125;

/// The models of a cutoff; `None` where one could not be fitted, and why.
#[derive(Debug, Default)]
pub(crate) struct Models {
    orders: Option<BgNbd>,
    spend: Option<GammaGamma>,
    pub(crate) notes: Vec<String>,
}

/// One buyer's history in weeks; age ends with the last day that was seen.
fn history(purchase_days: f64, first: f64, last: f64) -> History {
    History { frequency: purchase_days - 1.0, recency: (first - last) / UNIT, age: (first - 1.0) / UNIT }
}

/// Columns of a batch of facts.
struct Facts {
    ids: StringArray,
    days: Float64Array,
    first: Float64Array,
    last: Float64Array,
    spend: Float64Array,
}

impl Facts {
    /// Reads `SELECT customer_id, …` over [`READ`].
    fn new(batch: &RecordBatch) -> Result<Self> {
        Ok(Self {
            ids: text_column(batch, 0)?,
            days: float_column(batch, 1)?,
            first: float_column(batch, 2)?,
            last: float_column(batch, 3)?,
            spend: float_column(batch, 4)?,
        })
    }

    fn buyer(&self, row: usize) -> Option<(History, Option<Spend>)> {
        let days = self.days.value(row);
        if self.days.is_null(row) || days < 1.0 {
            return None;
        }
        let mean = (!self.spend.is_null(row)).then(|| self.spend.value(row)).filter(|mean| mean.is_finite());
        let spend = match mean {
            Some(mean) if days > 1.0 => Some(Spend { frequency: days - 1.0, mean }),
            None if days > 1.0 => None,
            _ => Some(Spend { frequency: 0.0, mean: 0.0 }),
        };
        Some((history(days, self.first.value(row), self.last.value(row)), spend))
    }
}

impl Models {
    /// Fits both models; what cannot be fitted is noted.
    pub(crate) async fn fit(facts: &mut Forward, ahead: &Ahead) -> Result<Self> {
        let (mut histories, mut spends) = (Histories::default(), Vec::new());
        let mut impossible = None;
        while let Some(batch) = facts.next().await? {
            let facts = Facts::new(&batch)?;
            for (history, spend) in (0..batch.num_rows()).filter_map(|row| facts.buyer(row)) {
                impossible = impossible.or(histories.add(&history).err());
                spends.extend(spend.filter(|spend| spend.frequency > 0.0 && spend.mean > 0.0));
            }
        }
        let mut models = Self::default();
        if histories.is_empty() {
            models.notes.push("nobody has bought yet: no customer's worth is known".to_owned());
            return Ok(models);
        }
        let fitted = match (impossible, ahead.model) {
            (Some(why), _) => Err(why),
            (None, foretell_spec::WorthModel::BgNbd) => BgNbd::fit_counted(&histories),
            (None, foretell_spec::WorthModel::Likelier) => BgNbd::fit_likelier_counted(&histories),
        };
        drop(histories);
        match fitted {
            Ok(orders) => {
                if orders.dropout == Dropout::Never {
                    let note = "nobody is seen to leave for good yet: every buyer counts as alive";
                    models.notes.push(note.to_owned());
                }
                models.orders = Some(orders);
            }
            Err(why) => models.notes.push(format!("expected orders are not known: {why}")),
        }
        match GammaGamma::fit(&spends) {
            Ok(spend) => models.spend = Some(spend),
            Err(why) => models.notes.push(format!("expected order values are not known: {why}")),
        }
        Ok(models)
    }

    /// Writes a row for every row of the facts: NULL for whom nothing is known.
    pub(crate) async fn write(&self, facts: &mut Forward, ahead: &Ahead, table: &mut Staging) -> Result<()> {
        let horizon = Horizon {
            length: f64::from(ahead.horizon.0) / UNIT,
            steps: (f64::from(ahead.horizon.0) / STEP).ceil().max(1.0) as u32,
            discount: (1.0 + ahead.discount.0).powf(UNIT / 365.25) - 1.0,
        };
        // Customers of one history are expected to do the same; the expected orders are what costs time.
        let mut seen: HashMap<[u64; 3], [Option<f64>; 3]> = HashMap::new();
        while let Some(batch) = facts.next().await? {
            let facts = Facts::new(&batch)?;
            let mut columns: [Vec<Option<f64>>; COLUMNS.len()] = Default::default();
            for row in 0..batch.num_rows() {
                let values = match facts.buyer(row) {
                    Some((history, spend)) => self.of(&history, spend.as_ref(), &horizon, &mut seen),
                    None => [None; COLUMNS.len()],
                };
                columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
            }
            if seen.len() > 1 << 20 {
                seen.clear();
            }
            let mut arrays: Vec<ArrayRef> = vec![Arc::new(facts.ids)];
            arrays.extend(columns.into_iter().map(|c| Arc::new(Float64Array::from(c)) as ArrayRef));
            let rows = RecordBatch::try_new(schema(), arrays)
                .map_err(|e| Error::internal("the table `worth` does not fit its schema").because(e))?;
            table.write(&rows)?;
        }
        Ok(())
    }

    fn of(
        &self,
        history: &History,
        spend: Option<&Spend>,
        horizon: &Horizon,
        seen: &mut HashMap<[u64; 3], [Option<f64>; 3]>,
    ) -> [Option<f64>; COLUMNS.len()] {
        let order_value =
            self.spend.as_ref().zip(spend).and_then(|(model, spend)| model.expected_spend(spend));
        let Some(model) = &self.orders else { return [None, None, order_value, None] };
        let key = [history.frequency, history.recency, history.age].map(f64::to_bits);
        let [alive, orders, discounted] = *seen.entry(key).or_insert_with(|| {
            let alive = Some(model.alive_probability(history)).filter(|p| p.is_finite());
            let orders = model.expected_orders(history, horizon.length);
            [alive, orders, expected_value(model, history, 1.0, horizon)]
        });
        let value = discounted.zip(order_value).map(|(orders, each)| orders * each);
        [alive, orders, order_value, value]
    }
}

/// Columns of `worth`.
pub(crate) fn schema() -> SchemaRef {
    let mut fields = vec![Field::new("customer_id", DataType::Utf8, false)];
    fields.extend(COLUMNS.iter().map(|name| Field::new(*name, DataType::Float64, true)));
    Arc::new(Schema::new(fields))
}
