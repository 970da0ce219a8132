//! A night's scores by a model that was kept: nothing is trained and nothing judged.

use foretell_engine::Result;
use foretell_spec::Target;
use foretell_storage::layout;

use crate::dataset::{Dataset, Reader};
use crate::kept::Kept;
use crate::publish::Publisher;
use crate::report::TargetReport;
use crate::statement::Statement;
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
        let fitted = kept.fitted()?;
        let (engine, warehouse) = (self.engine, self.warehouse);
        let reader = Reader { engine, warehouse, target: name, columns: &kept.columns };
        let rows = reader.eligible(self.date, target.eligible.as_deref().unwrap_or("true")).await?;
        let said = Statement::new(&fitted, self.loaded.spec.wish(target), self.date, &rows)?;
        let voice = kept.voice(&fitted);
        let mut report = TargetReport::empty(name);
        report.scored = rows.customers.len() as u64;
        report.named = self.say((name, target), self.date, &voice, &said, &[], &rows, publisher).await?;
        self.drift(name, kept, &said, &rows, publisher).await?;
        report.champion = Some(kept.model.name().to_owned());
        report.champion_says = Some(fitted.model.describe());
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
        said: &Statement,
        rows: &Dataset,
        publisher: &mut Publisher<'_>,
    ) -> Result<()> {
        let Some(profile) = &kept.profile else { return Ok(()) };
        let moved = profile.hold(&kept.columns, rows, &said.log_odds, |feature| self.family(feature))?;
        let day = self.date.to_string();
        let path = layout::partition("drift", &[("target", name), ("cutoff", &day)]);
        publisher.whole(&path, &tables::drift(&moved, self.run_id)?).await
    }
}
