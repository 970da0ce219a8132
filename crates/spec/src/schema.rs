//! The JSON Schema of a spec.

use schemars::generate::SchemaSettings;

use crate::types::Spec;

/// Returns the JSON Schema (draft 2020-12) of a spec as indented JSON, the same at every call.
///
/// Editors read it, as in `# yaml-language-server: $schema=spec.schema.json` on a spec's first line.
pub fn schema() -> String {
    format!("{:#}\n", value())
}

/// Returns the schema as JSON.
pub(crate) fn value() -> serde_json::Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Spec>();
    schema.insert("title".to_owned(), "foretell pipeline".into());
    schema.to_value()
}
