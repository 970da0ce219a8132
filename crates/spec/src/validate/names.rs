//! Version, names and time zone of a pipeline.

use chrono_tz::{TZ_VARIANTS, Tz};

use super::Check;
use crate::excerpt::shown;
use crate::fold::lower_snake;
use crate::types::Spec;

pub(super) fn check(check: &mut Check<'_>, spec: &Spec) {
    if spec.version != 1 {
        check.value(&["version"], "this version of the spec language is not known", hint("it is `1`"));
    }
    let dashed = spec.pipeline.replace('-', "_");
    if !is_lower_snake(&dashed) {
        let path = ["pipeline"];
        let message = format!("`{}` is no name of a pipeline", check.quoted(&path, &spec.pipeline));
        check.value(&path, message, hint("lower-case letters, digits, `-` and `_`, a letter first"));
    }
    check.filled(&["warehouse"], &spec.warehouse);
    timezone(check, &["timezone"], &spec.timezone);
    if spec.targets.is_empty() {
        check.value(&["targets"], "there is no target: nothing is foretold", None);
    }
    for name in spec.targets.keys() {
        snake_key(check, &["targets", name], "target");
    }
}

/// Reports a time zone that IANA does not list.
pub(super) fn timezone(check: &mut Check<'_>, path: &[&str], name: &str) {
    if name.parse::<Tz>().is_ok() {
        return;
    }
    let near = check.suggestion(path, name, TZ_VARIANTS.iter().map(|zone| zone.name()));
    let hints = near
        .or_else(|| Some("IANA names them `<area>/<city>`, such as `Europe/London`, or `UTC`".to_owned()));
    let message = format!("unknown time zone `{}`", check.quoted(path, name));
    check.value(path, message, hints);
}

/// Reports a key that is no lower_snake name.
pub(super) fn snake_key(check: &mut Check<'_>, path: &[&str], what: &str) {
    let name = path.last().copied().unwrap_or("");
    if !is_lower_snake(name) {
        let message = format!("`{}` is no name of a {what}", shown(name));
        check.key(path, message, snake_hint(name));
    }
}

/// Reports a value that is no lower_snake name.
pub(super) fn snake_value(check: &mut Check<'_>, path: &[&str], name: &str, what: &str) {
    if is_lower_snake(name) {
        return;
    }
    let quoted = check.quoted(path, name);
    // Of what is quoted, not of the name: a variable may have put something secret into that.
    let hints = snake_hint(&quoted);
    check.value(path, format!("`{quoted}` is no name of a {what}"), hints);
}

/// Says how a name is written; offers the nearest one that would do.
fn snake_hint(name: &str) -> Vec<String> {
    let folded = lower_snake(name);
    let rule = "names are lower_snake: lower-case letters, digits and single `_`, a letter first".to_owned();
    let near = is_lower_snake(&folded).then(|| format!("did you mean `{folded}`?"));
    near.into_iter().chain([rule]).collect()
}

/// Tells whether a name is lower_snake: `__` is left to slices, as in `amount_sum_90d__region_france`.
fn is_lower_snake(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('_').all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

pub(super) fn hint(text: &str) -> Option<String> {
    Some(text.to_owned())
}
