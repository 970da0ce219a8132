//! Models that a build may leave out.

use foretell_engine::{Error, Result};
use foretell_spec::Loaded;

/// Checks that this build knows every model that the spec asks for.
///
/// # Errors
/// It names one that needs a cargo feature (78), with its place in the spec.
pub fn all_built(loaded: &Loaded) -> Result<()> {
    let models = &loaded.spec.score.models;
    let Some(index) = models.iter().position(|model| !foretell_learn::is_built(*model)) else {
        return Ok(());
    };
    let path = ["score", "models", &index.to_string()];
    let fault = loaded.fault(&path, format!("the model `{}` is not in this build", models[index].name()));
    Err(Error::from(fault.hint(
        "build with `cargo build --release --features foretell/lightgbm` (needs cmake 3.28, a C++ compiler and \
         libclang), or leave it out",
    )))
}
