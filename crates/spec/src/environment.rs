//! `${VAR}` and `${VAR:-default}` in values.
//!
//! Variables are replaced after the text was parsed: whatever they stand for stays inside its value.

use crate::excerpt::shown;

/// Looks up an environment variable; the library itself never reads the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why a value's variables cannot be replaced.
#[derive(Debug)]
pub(crate) struct Unresolved {
    /// Characters of the value before the variable.
    pub(crate) before: usize,
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Tells whether anything in the text would be replaced by a variable's value.
pub(crate) fn has_variable(text: &str) -> bool {
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        rest = &rest[dollar + 1..];
        match rest.as_bytes().first() {
            Some(b'{') => return true,
            Some(b'$') => rest = &rest[1..],
            _ => {}
        }
    }
    false
}

/// Replaces variables; `$$` becomes `$`, and a `$` before anything else stays.
///
/// As in a shell, the default also serves where the variable is set to nothing.
pub(crate) fn substitute(text: &str, environment: Environment<'_>) -> Result<String, Unresolved> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..dollar]);
        let after = &rest[dollar + 1..];
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = after.strip_prefix('{') {
            let at = text.len() - rest.len() + dollar;
            let fail = |message: String, hint: &str| Unresolved {
                before: text[..at].chars().count(),
                message,
                hint: hint.to_owned(),
            };
            let Some((inside, after)) = after.split_once('}') else {
                return Err(fail("`${` without `}`".to_owned(), "write `$$` for a literal dollar"));
            };
            out.push_str(&value_of(inside, environment).map_err(|(message, hint)| fail(message, hint))?);
            rest = after;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Looks up what stands between the braces.
fn value_of(inside: &str, environment: Environment<'_>) -> Result<String, (String, &'static str)> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if !is_name(name) {
        return Err((
            format!("`${{{}}}` names no variable", shown(inside)),
            "write `${VAR}` or `${VAR:-default}`, and `$$` for a literal dollar",
        ));
    }
    let set = environment(name);
    match default {
        Some(default) => Ok(set.filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned())),
        None => set.ok_or_else(|| {
            (
                format!("environment variable `{}` is not set", shown(name)),
                "set it, or give a default as in `${VAR:-default}`",
            )
        }),
    }
}

fn is_name(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}
