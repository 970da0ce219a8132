//! What a model says of the customers of a cutoff, and what it promises of that.

use chrono::NaiveDate;
use foretell_engine::Result;
use foretell_learn::{Reason, reasons};
use foretell_spec::Target;
use foretell_storage::layout;

use crate::dataset::{Dataset, learn_error};
use crate::fit::Fitted;
use crate::publish::Publisher;
use crate::statement::Statement;
use crate::tables::{self, Promised, Said};
use crate::target::Job;

/// Reasons given for each customer.
const REASONS: usize = 3;

/// Customers whose reasons are worked out at once: their contributions are rows x features numbers.
const AT_ONCE: usize = 16_384;

/// A model that speaks, just learned or kept from an earlier day, and the name it is kept by.
#[derive(Clone, Copy)]
pub(crate) struct Voice<'a> {
    pub(crate) fitted: &'a Fitted,
    pub(crate) model_id: &'a str,
    /// For each of its features, the one whose group of near copies it is in.
    pub(crate) groups: &'a [usize],
}

impl Job<'_> {
    /// Publishes what a model says of the customers of a cutoff, and what it and those beside it promise;
    /// returns how many are named.
    #[expect(clippy::too_many_arguments, reason = "who speaks of whom, when, and where it goes")]
    pub(crate) async fn say(
        &self,
        (name, target): (&str, &Target),
        cutoff: NaiveDate,
        voice: &Voice<'_>,
        said: &Statement,
        beside: &[(&Fitted, String)],
        rows: &Dataset,
        publisher: &mut Publisher<'_>,
    ) -> Result<u64> {
        let Voice { fitted, model_id, groups } = *voice;
        let model = fitted.model.as_ref();
        let x = rows.x.take_columns(model.columns()).map_err(learn_error)?;
        let mut why = Vec::with_capacity(x.rows());
        let order: Vec<usize> = (0..x.rows()).collect();
        for part in order.chunks(AT_ONCE) {
            let part = x.take_rows(part).map_err(learn_error)?;
            why.extend(reasons(model, &part, groups, REASONS).map_err(learn_error)?);
        }
        let sentence = |row: usize, reason: Reason| {
            let feature = x.columns().get(reason.feature).map_or("", String::as_str);
            self.about.sentence(feature, x.column(reason.feature).get(row).copied().unwrap_or(f64::NAN))
        };
        let batch = tables::scores(&Said {
            customers: &rows.customers,
            probabilities: &said.probabilities,
            named: &said.named,
            reasons: &why,
            sentence: &sentence,
            features: model.columns(),
            threshold: said.promise.threshold,
            model: fitted.kind.name(),
            model_id,
            run_id: self.run_id,
        })?;
        let wish = self.loaded.spec.wish(target);
        let mut others = Vec::with_capacity(beside.len());
        for (other, id) in beside {
            others.push((*other, id, Statement::new(other, wish, cutoff, rows)?.promise));
        }
        let own = Promised { model: fitted.kind.name(), chosen: true, model_id, promise: &said.promise };
        let others = others.iter().map(|(other, model_id, promise)| Promised {
            model: other.kind.name(),
            chosen: false,
            model_id,
            promise,
        });
        let promised: Vec<Promised<'_>> = std::iter::once(own).chain(others).collect();
        let day = cutoff.to_string();
        let path = |table: &str| layout::partition(table, &[("target", name), ("cutoff", &day)]);
        let promises = tables::promises(&wish.to_string(), &promised, self.run_id)?;
        publisher.whole(&path("promises"), &promises).await?;
        publisher.whole(&path("scores"), &batch).await?;
        Ok(said.promise.named as u64)
    }
}
