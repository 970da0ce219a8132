//! A night's scores by a model that was kept: nothing is trained and nothing judged.

use foretell_engine::Result;
use foretell_learn::Model;
use foretell_spec::Target;
use foretell_storage::layout;

use crate::dataset::{Dataset, Reader};
use crate::kept::Kept;
use crate::publish::Publisher;
use crate::report::TargetReport;
use crate::say::Speaker;
use crate::tables;
use crate::target::Job;

impl Job<'_> {
    /// Scores the customers of the logical date with a kept model that fits the spec.
    pub(crate) async fn latest(
        &self,
        name: &str,
        target: &Target,
        kept: &Kept,
        publisher: &mut Publisher<'_>,
    ) -> Result<TargetReport> {
        let model = kept.model()?;
        let reader =
            Reader { engine: self.engine, warehouse: self.warehouse, target: name, columns: &kept.columns };
        let eligible = target.eligible.as_deref().unwrap_or("true");
        let rows = reader.eligible(self.date, eligible).await?;
        let speaker = Speaker {
            kind: kept.model,
            model: model.as_ref(),
            calibrator: &kept.calibrator,
            threshold: kept.threshold,
            model_id: &kept.model_id,
        };
        let mut report = TargetReport::empty(name);
        report.scored = rows.customers.len() as u64;
        report.named = self.say(name, self.date, &speaker, &rows, publisher).await?;
        self.drift(name, kept, model.as_ref(), &rows, publisher).await?;
        report.champion = Some(kept.model.name().to_owned());
        report.champion_says = Some(model.describe());
        report.model_id = Some(kept.model_id.clone());
        report.model_as_of = Some(kept.as_of.clone());
        self.watcher.step("score", &format!("{name}: scored"), 1, 1);
        Ok(report)
    }

    /// Publishes how far the customers of the logical date have moved away from those the model learned from.
    pub(crate) async fn drift(
        &self,
        name: &str,
        kept: &Kept,
        model: &dyn Model,
        rows: &Dataset,
        publisher: &mut Publisher<'_>,
    ) -> Result<()> {
        let Some(profile) = &kept.profile else { return Ok(()) };
        let moved = profile.hold(model, &rows.x, |feature| self.family(feature))?;
        let day = self.date.to_string();
        let path = layout::partition("drift", &[("target", name), ("cutoff", &day)]);
        publisher.whole(&path, &tables::drift(&moved, self.run_id)?).await
    }
}
