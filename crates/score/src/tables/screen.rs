//! `feature_screen`: which features models get to see.

use arrow::array::RecordBatch;
use foretell_engine::Result;

use super::{Column, batch, text};
use crate::screen::Screened;

/// `feature_screen`: one row a feature.
pub(crate) fn feature_screen(screened: &[Screened], family: impl Fn(&str) -> String) -> Result<RecordBatch> {
    batch(vec![
        ("feature", text(screened.iter().map(|s| Some(&s.feature)))),
        ("family", text(screened.iter().map(|s| Some(family(&s.feature))))),
        ("kept", Column::Bool(screened.iter().map(|s| Some(s.kept)).collect())),
        ("reason", text(screened.iter().map(|s| s.reason))),
        ("evidence", text(screened.iter().map(|s| s.evidence.as_ref()))),
        ("roc_auc", Column::Float(screened.iter().map(|s| s.roc_auc).collect())),
    ])
}
