//! What each buyer is worth: BG/NBD and Gamma-Gamma fitted to the facts of a cutoff, and applied to them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float64Array, Float64Builder, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use foretell_engine::{Error, Forward, Result, float_column, int_column, text_column};
use foretell_spec::Worth as Ahead;
use foretell_storage::Staging;
use foretell_worth::{
    BgNbd, Dropout, GammaGamma, Histories, History, Horizon, Spend, Spends, WorthError, expected,
};
use hashbrown::HashMap;

/// Columns of the facts that are read; the last is only there where amounts are known.
pub(crate) const READ: [&str; 4] =
    ["purchase_days", "days_since_first_purchase", "days_since_purchase", "repeat_day_spend"];

/// Columns of what is worked out, after `customer_id`.
const COLUMNS: [&str; 4] = ["alive_probability", "expected_orders", "expected_order_value", "expected_value"];

/// The column of the facts that is passed on, so that the new can be told without a join.
const PASSED_ON: &str = READ[1];

/// Different histories whose worth is remembered: some 40 MiB.
const REMEMBERED: usize = 900_000;

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

/// A buyer's purchase days, and the days since the first and the last of them: all that decides a history.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Bought {
    days: i32,
    first: i32,
    last: i32,
}

impl Bought {
    /// The history in weeks; age ends with the last day that was seen.
    fn history(self) -> History {
        let [days, first, last] = [self.days, self.first, self.last].map(f64::from);
        History { frequency: days - 1.0, recency: (first - last) / UNIT, age: (first - 1.0) / UNIT }
    }
}

/// Columns of a batch of facts.
struct Facts {
    days: Int64Array,
    first: Int64Array,
    last: Int64Array,
    spend: Float64Array,
}

impl Facts {
    /// Takes the columns of [`READ`], the first of which is the column `from`.
    fn new(batch: &RecordBatch, from: usize) -> Result<Self> {
        Ok(Self {
            days: int_column(batch, from)?,
            first: int_column(batch, from + 1)?,
            last: int_column(batch, from + 2)?,
            spend: float_column(batch, from + 3)?,
        })
    }

    fn buyer(&self, row: usize) -> Option<(Bought, Option<Spend>)> {
        let whole = |days: &Int64Array| i32::try_from(days.value(row)).unwrap_or(i32::MAX);
        let days = whole(&self.days);
        if self.days.is_null(row) || days < 1 {
            return None;
        }
        let mean = (!self.spend.is_null(row)).then(|| self.spend.value(row)).filter(|mean| mean.is_finite());
        let spend = match mean {
            Some(mean) if days > 1 => Some(Spend { frequency: f64::from(days) - 1.0, mean }),
            None if days > 1 => None,
            _ => Some(Spend { frequency: 0.0, mean: 0.0 }),
        };
        Some((Bought { days, first: whole(&self.first), last: whole(&self.last) }, spend))
    }
}

impl Models {
    /// Fits both models to facts, of which [`READ`] is read; what cannot be fitted is noted.
    pub(crate) async fn fit(facts: &mut Forward, ahead: &Ahead) -> Result<Self> {
        let mut counts: HashMap<Bought, u32> = HashMap::new();
        let mut spends = Spends::default();
        let mut impossible = None;
        while let Some(batch) = facts.next().await? {
            let facts = Facts::new(&batch, 0)?;
            for (bought, spend) in (0..batch.num_rows()).filter_map(|row| facts.buyer(row)) {
                *counts.entry(bought).or_default() += 1;
                if let Some(spend) = spend {
                    impossible = impossible.or(spends.add(&spend).err());
                }
            }
        }
        let mut models = Self::default();
        if counts.is_empty() {
            models.notes.push("nobody has bought yet: no customer's worth is known".to_owned());
            return Ok(models);
        }
        // One after the other: what the first is fitted to is gone when the second begins.
        let spend = impossible.map_or_else(|| GammaGamma::fit_all(spends), Err);
        let fitted = histories(counts).and_then(|histories| match ahead.model {
            foretell_spec::WorthModel::BgNbd => BgNbd::fit_counted(histories),
            foretell_spec::WorthModel::Likelier => BgNbd::fit_likelier_counted(histories),
        });
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
        match spend {
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
        let mut seen: HashMap<Bought, Orders> = HashMap::new();
        while let Some(batch) = facts.next().await? {
            let rows = batch.num_rows();
            let facts = Facts::new(&batch, 1)?;
            let mut columns = COLUMNS.map(|_| Float64Builder::with_capacity(rows));
            for row in 0..rows {
                let values = match facts.buyer(row) {
                    Some((bought, spend)) => self.of(bought, spend.as_ref(), &horizon, &mut seen),
                    None => [None; COLUMNS.len()],
                };
                columns.iter_mut().zip(values).for_each(|(column, value)| column.append_option(value));
            }
            if seen.len() > REMEMBERED {
                seen.clear();
            }
            let ids: StringArray = text_column(&batch, 0)?;
            let mut arrays: Vec<ArrayRef> = vec![Arc::new(ids)];
            arrays.extend(columns.into_iter().map(|mut column| Arc::new(column.finish()) as ArrayRef));
            arrays.push(Arc::new(facts.first));
            let rows = RecordBatch::try_new(schema(), arrays)
                .map_err(|e| Error::internal("the table `worth` does not fit its schema").because(e))?;
            table.write(&rows)?;
        }
        Ok(())
    }

    fn of(
        &self,
        bought: Bought,
        spend: Option<&Spend>,
        horizon: &Horizon,
        seen: &mut HashMap<Bought, Orders>,
    ) -> [Option<f64>; COLUMNS.len()] {
        let order_value =
            self.spend.as_ref().zip(spend).and_then(|(model, spend)| model.expected_spend(spend));
        let Some(model) = &self.orders else { return [None, None, order_value, None] };
        let orders = seen.entry(bought).or_insert_with(|| Orders::of(model, &bought.history(), horizon));
        let [alive, expected, discounted] = orders.0.map(|value| Some(value).filter(|v| v.is_finite()));
        let value = discounted.zip(order_value).map(|(orders, each)| orders * each);
        [alive, expected, order_value, value]
    }
}

/// What a history says: probability of being alive, orders to expect, the same discounted; NaN where there is none.
struct Orders([f64; 3]);

impl Orders {
    fn of(model: &BgNbd, history: &History, horizon: &Horizon) -> Self {
        let ahead = expected(model, history, horizon);
        let [orders, discounted] = ahead.map_or([f64::NAN; 2], |ahead| [ahead.orders, ahead.discounted]);
        Self([model.alive_probability(history), orders, discounted])
    }
}

/// The histories, in an order of their own: what a search says does not depend on that of a map.
fn histories(counts: HashMap<Bought, u32>) -> std::result::Result<Histories, WorthError> {
    let mut counts: Vec<(Bought, u32)> = counts.into_iter().collect();
    counts.sort_unstable();
    let mut histories = Histories::default();
    for (bought, customers) in counts {
        histories.add(&bought.history(), customers)?;
    }
    Ok(histories)
}

/// Columns of `worth`.
pub(crate) fn schema() -> SchemaRef {
    let mut fields = vec![Field::new("customer_id", DataType::Utf8, false)];
    fields.extend(COLUMNS.iter().map(|name| Field::new(*name, DataType::Float64, true)));
    fields.push(Field::new(PASSED_ON, DataType::Int64, true));
    Arc::new(Schema::new(fields))
}
