//! Scalars: variables replaced, then read as what their place asks for.
//!
//! The place decides, not the text: where text is asked for, `NO` and `1e3` without quotes are the
//! texts `NO` and `1e3`. A number in quotes is text and never a number.

use serde_json::Value;

use super::Reader;
use crate::environment::{has_variable, substitute};
use crate::excerpt::shown;
use crate::node::{Node, Scalar, Span, Style};
use crate::shape::{Form, Shape};
use crate::suggest::did_you_mean;
use crate::values::{Days, Every, Share};
use crate::within::inside;

impl Reader<'_> {
    /// Reads a scalar as a word or as one of the forms; `asked` is all that may stand here.
    pub(super) fn scalar(&mut self, node: &Node, owner: Span, shape: &Shape, asked: &Shape) -> Value {
        let Some(scalar) = node.scalar() else {
            return self.misfit(node, owner, shape);
        };
        if scalar.is_null() {
            return self.misfit(node, owner, shape);
        }
        let text = match substitute(&scalar.text, self.environment) {
            Ok(text) => text,
            Err(unresolved) => {
                let span = inside(self.texts, node, 1, unresolved.before + 1).unwrap_or(node.span);
                let fault = self.texts.fault(span, &self.path, unresolved.message).hint(unresolved.hint);
                self.faults.push(fault);
                return self.mend(shape);
            }
        };
        let variable = has_variable(&scalar.text);
        self.variables |= variable;
        let plain = scalar.style == Style::Plain;
        match shape {
            Shape::Words(words) if words.contains(&text) => text.into(),
            Shape::Words(words) => {
                let message = if variable {
                    format!("expected {}, found {}", asked.expected(), found(scalar))
                } else {
                    format!("unknown value `{}`", shown(&text))
                };
                let near = did_you_mean(&text, words.iter().map(String::as_str)).filter(|_| !variable);
                let hints =
                    near.into_iter().chain((!variable).then(|| format!("it is {}", shape.expected())));
                let fault = self.texts.fault(node.span, &self.path, message).hints(hints);
                self.faults.push(fault);
                self.mend(shape)
            }
            Shape::Scalar(form) => match value_of(*form, &text, plain) {
                Some(value) => value,
                None => {
                    let message = format!("expected {}, found {}", asked.expected(), found(scalar));
                    let hint = form_hint(*form, &text, plain).filter(|_| !variable);
                    let fault = self.texts.fault(node.span, &self.path, message).hints(hint);
                    self.faults.push(fault);
                    self.mend(shape)
                }
            },
            _ => self.misfit(node, owner, shape),
        }
    }
}

/// Reads text as a form; nothing if it is none.
fn value_of(form: Form, text: &str, plain: bool) -> Option<Value> {
    match form {
        Form::Text => Some(text.into()),
        Form::Char => (text.chars().count() == 1).then(|| text.into()),
        Form::Bool => match text {
            "true" | "True" | "TRUE" if plain => Some(true.into()),
            "false" | "False" | "FALSE" if plain => Some(false.into()),
            _ => None,
        },
        Form::Whole { max } => whole(text).filter(|number| plain && *number <= max).map(Value::from),
        Form::Number => number(text).filter(|_| plain).map(Value::from),
        Form::Days => text.parse::<Days>().ok().map(|_| text.into()),
        Form::Every => text.parse::<Every>().ok().map(|_| text.into()),
        Form::Share if text.ends_with('%') || !plain => {
            text.parse::<Share>().ok().map(|share| share.0.into())
        }
        Form::Share => number(text).filter(|share| (0.0..=1.0).contains(share)).map(Value::from),
    }
}

/// Reads a whole number as YAML 1.2 writes it: decimal, `0x` or `0o`; a leading zero makes it text.
fn whole(text: &str) -> Option<u64> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        _ if digits.len() > 1 && digits.starts_with('0') => return None,
        _ => (digits, 10),
    };
    // `from_str_radix` takes a second sign, YAML does not.
    digits.chars().all(|c| c.is_digit(radix)).then(|| u64::from_str_radix(digits, radix).ok()).flatten()
}

/// Reads a finite number.
fn number(text: &str) -> Option<f64> {
    let decimal = || {
        let digits = text.trim_start_matches(['+', '-']);
        let octal_like =
            digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        (!octal_like && digits.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
            .then(|| text.parse::<f64>().ok())
            .flatten()
    };
    // A count far above 2^53 loses digits here; no share or rate is one.
    whole(text).map(|number| number as f64).or_else(decimal).filter(|number| number.is_finite())
}

/// Says what stands in the spec, never what a variable stands for.
pub(super) fn found(scalar: &Scalar) -> String {
    if has_variable(&scalar.text) {
        return format!("what `{}` stands for", shown(&scalar.text));
    }
    match scalar.style {
        Style::Plain => format!("`{}`", shown(&scalar.text)),
        _ => format!("the text \"{}\"", shown(&scalar.text)),
    }
}

fn form_hint(form: Form, text: &str, plain: bool) -> Option<String> {
    match form {
        Form::Whole { .. } | Form::Number | Form::Bool if !plain && value_of(form, text, true).is_some() => {
            Some("take the quotes away: in quotes it is text".to_owned())
        }
        Form::Whole { max } if plain && whole(text).is_some() => Some(format!("it is at most {max}")),
        Form::Whole { .. } if plain && number(text).is_some_and(|number| number < 0.0) => {
            Some("it must not be negative".to_owned())
        }
        Form::Whole { .. } | Form::Number if plain && whole(text.trim_start_matches('0')).is_some() => {
            Some(format!("did you mean `{}`?", text.trim_start_matches('0')))
        }
        Form::Share if text.ends_with('%') => Some("it lies between `0%` and `100%`".to_owned()),
        Form::Days if whole(text).is_some() => Some(format!("did you mean `{text}d`?")),
        Form::Every if whole(text).is_some() => Some(format!("did you mean `{text}d`?")),
        Form::Share if number(text).is_some_and(|share| share > 1.0 && share <= 100.0) => {
            Some(format!("did you mean `{text}%`?"))
        }
        Form::Days | Form::Every => other_unit(text),
        _ => None,
    }
}

/// Turns `2w` into the hint `14d`.
fn other_unit(text: &str) -> Option<String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let count: u64 = digits.parse().ok()?;
    match text[digits.len()..].trim() {
        "w" | "week" | "weeks" => count.checked_mul(7).map(|days| format!("did you mean `{days}d`?")),
        "m" | "month" | "months" | "y" | "year" | "years" => {
            Some("months and years differ in length: write days".to_owned())
        }
        "D" | "day" | "days" => Some(format!("did you mean `{count}d`?")),
        _ => None,
    }
}
