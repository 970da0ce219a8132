//! One batch of raw rows: derived, judged, and parted into good rows and refused ones.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chrono_tz::Tz;
use foretell_engine::{Engine, Error, HASH, Result, RowProgram, Verdict};
use foretell_spec::{Faults, Loaded, OnFail, Source};

use crate::clock::Clock;
use crate::quarantine::Refused;
use crate::read::{self, RawBatch};

/// A source's derived columns and rules, and the schemas before and after them.
pub(crate) struct Judge {
    source: Source,
    program: RowProgram,
    zone: Tz,
    clocks: Vec<(usize, &'static str)>,
    /// Columns of the lake.
    pub(crate) lake: SchemaRef,
    /// Columns of the lake and the raw row's hash.
    pub(crate) spooled: SchemaRef,
}

/// What became of the rows of a batch.
pub(crate) struct Judged {
    pub(crate) good: RecordBatch,
    pub(crate) refused: Vec<Refused>,
    /// Rows left out by rules that say `on_fail: drop`, by rule index.
    pub(crate) dropped: Vec<(usize, u64)>,
}

impl Judge {
    /// Compiles the SQL of a source.
    ///
    /// # Errors
    /// All faults in it, each at its place in the spec.
    pub(crate) fn new(engine: &Engine, loaded: &Loaded, name: &'static str, source: &Source) -> Result<Self> {
        let zone = zone(loaded)?;
        let derive: Vec<(&str, &str)> = source.derive.iter().map(|(n, s)| (n.as_str(), s.as_str())).collect();
        let rules: Vec<&str> = source.rules.iter().map(|rule| rule.condition.as_str()).collect();
        let canonical = Arc::new(read::schema(source));
        let program = RowProgram::compile(engine, &canonical, &derive, &rules).map_err(|faults| {
            let faults = faults.into_iter().map(|found| {
                let index = found.index.to_string();
                let path = match derive.get(found.index).filter(|_| found.derive) {
                    Some((column, _)) => vec!["sources", name, "derive", column],
                    None => vec!["sources", name, "rules", &index, "where"],
                };
                let fault = match found.fault.place {
                    Some((line, column)) => {
                        loaded.fault_inside(&path, line as usize, column as usize, &found.fault.message)
                    }
                    None => loaded.fault(&path, &found.fault.message),
                };
                found.fault.hint.into_iter().fold(fault, foretell_spec::Fault::hint)
            });
            Error::from(Faults::bad_spec(faults.collect()))
        })?;
        let clock_columns = [("occurred_at", "occurred_on"), ("known_at", "known_on")];
        let clocks: Vec<(usize, &'static str)> = clock_columns
            .iter()
            .filter_map(|(at, on)| Some((program.schema().index_of(at).ok()?, *on)))
            .collect();
        let lake = lake_schema(program.schema(), &clocks);
        let mut fields: Vec<_> = lake.fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(HASH, DataType::Int64, false)));
        let spooled = Arc::new(Schema::new(fields));
        Ok(Self { source: source.clone(), program, zone, clocks, lake, spooled })
    }

    pub(crate) fn clock(&self) -> Clock {
        Clock::new(self.zone)
    }

    pub(crate) fn zone(&self) -> Tz {
        self.zone
    }

    /// Derives and judges the rows of a batch of the file `name`.
    pub(crate) fn judge(&self, name: &str, raw: RawBatch, clock: &mut Clock) -> Result<Judged> {
        let (batch, verdicts) = self.program.run(&raw.columns)?;
        let mut columns = batch.columns().to_vec();
        let mut days = Vec::with_capacity(self.clocks.len());
        for (index, _) in &self.clocks {
            let (instants, local) = clock.split(&columns[*index])?;
            columns[*index] = Arc::new(instants);
            days.push(Arc::new(local) as ArrayRef);
        }
        let mut refused: Vec<Refused> = raw.rejected.iter().map(Refused::from).collect();
        let mut dropped = vec![0_u64; self.source.rules.len()];
        let mut keep = vec![true; batch.num_rows()];
        let mut refuse = |row: usize, column: Option<String>, rule: String, reason: String| {
            refused.push(Refused {
                line: raw.line[row],
                column,
                rule,
                reason,
                raw: raw.raw(row).into_owned(),
            });
        };
        for (row, verdict) in verdicts {
            keep[row] = false;
            match verdict {
                Verdict::Derive(index) => {
                    let column = self.source.derive.get_index(index).map_or("", |(name, _)| name);
                    let reason = format!("{column} cannot be computed");
                    refuse(row, Some(column.to_owned()), "derive".to_owned(), reason);
                }
                Verdict::Rule(index) => {
                    let Some(rule) = self.source.rules.get(index) else { continue };
                    match rule.on_fail {
                        OnFail::Quarantine => {
                            refuse(row, None, rule.name.clone(), format!("not true: {}", rule.condition));
                        }
                        OnFail::Drop => dropped[index] += 1,
                        OnFail::Fail => {
                            return Err(Error::contract(format!(
                                "{name}:{}: rule `{}` is not met",
                                raw.line[row], rule.name
                            ))
                            .hint(format!("the rule asks for: {}", rule.condition))
                            .hint("`on_fail: quarantine` would set such rows aside and go on"));
                        }
                    }
                }
            }
        }
        for (column, index) in self.required() {
            let Some(nulls) = columns[index].nulls().filter(|nulls| nulls.null_count() > 0) else { continue };
            for row in (0..keep.len()).filter(|row| nulls.is_null(*row)) {
                if std::mem::replace(&mut keep[row], false) {
                    let reason = format!("{column} is empty");
                    refuse(row, Some(column.clone()), format!("{column}_missing"), reason);
                }
            }
        }
        refused.sort_by_key(|r| r.line);
        let good = self.assemble(&columns, &days, &raw, keep)?;
        let dropped = dropped.into_iter().enumerate().filter(|(_, n)| *n > 0).collect();
        Ok(Judged { good, refused, dropped })
    }

    /// Columns without which a row has no place in the lake.
    fn required(&self) -> Vec<(String, usize)> {
        let clock = self.clocks.first().map(|(index, _)| *index);
        let customer = self.program.schema().index_of("customer_id").ok();
        let name = |index: usize| (self.program.schema().field(index).name().clone(), index);
        customer.into_iter().chain(clock).map(name).collect()
    }

    fn assemble(
        &self,
        columns: &[ArrayRef],
        days: &[ArrayRef],
        raw: &RawBatch,
        keep: Vec<bool>,
    ) -> Result<RecordBatch> {
        let wrong = |e| Error::internal("rows do not fit the lake").because(e);
        let schema = self.program.schema();
        let mut ordered: Vec<ArrayRef> = Vec::with_capacity(self.spooled.fields().len());
        for field in self.lake.fields() {
            let day = self.clocks.iter().position(|(_, on)| on == field.name());
            ordered.push(match day {
                Some(position) => Arc::clone(&days[position]),
                None => Arc::clone(&columns[schema.index_of(field.name()).map_err(wrong)?]),
            });
        }
        ordered.push(Arc::new(Int64Array::from(raw.row_hash.clone())));
        // Nullability is checked once the rows without customer or time are out.
        let loose: Vec<_> =
            self.spooled.fields().iter().map(|f| f.as_ref().clone().with_nullable(true)).collect();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(loose)), ordered).map_err(wrong)?;
        let good = if keep.iter().all(|keep| *keep) {
            batch
        } else {
            filter_record_batch(&batch, &BooleanArray::from(keep)).map_err(wrong)?
        };
        RecordBatch::try_new(Arc::clone(&self.spooled), good.columns().to_vec()).map_err(wrong)
    }
}

impl From<&read::Rejected> for Refused {
    fn from(rejected: &read::Rejected) -> Self {
        Self {
            line: rejected.line,
            column: rejected.column.clone(),
            rule: rejected.rule.clone(),
            reason: rejected.reason.clone(),
            raw: rejected.raw.clone(),
        }
    }
}

/// `customer_id`, the local day and the instant first, as the lake is sorted; then all else in order.
fn lake_schema(program: &SchemaRef, clocks: &[(usize, &'static str)]) -> SchemaRef {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let mut fields: Vec<Field> = Vec::new();
    if let Ok(customer) = program.field_with_name("customer_id") {
        fields.push(customer.clone().with_nullable(false));
    }
    for (position, (index, on)) in clocks.iter().enumerate() {
        let first = position == 0;
        fields.push(Field::new(*on, DataType::Date32, !first));
        fields.push(Field::new(program.field(*index).name(), instant.clone(), !first));
    }
    for (index, field) in program.fields().iter().enumerate() {
        if field.name() != "customer_id" && !clocks.iter().any(|(clock, _)| *clock == index) {
            fields.push(field.as_ref().clone().with_nullable(true));
        }
    }
    Arc::new(Schema::new(fields))
}

/// The pipeline's time zone.
pub(crate) fn zone(loaded: &Loaded) -> Result<Tz> {
    let name = &loaded.spec.timezone;
    name.parse().map_err(|_| Error::internal(format!("time zone {name}")))
}

/// The columns a source has in the lake, in order.
///
/// # Errors
/// All faults of the source's SQL.
pub fn lake_columns(
    engine: &Engine,
    loaded: &Loaded,
    name: &'static str,
    source: &Source,
) -> Result<SchemaRef> {
    Ok(Judge::new(engine, loaded, name, source)?.lake)
}
