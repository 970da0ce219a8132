//! Small values that a spec writes as text: days, shares, steps, slices.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time in whole days, written `30d`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days(pub u32);

/// A share of a whole in `[0, 1]`, written `30%` or `0.3`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Share(pub f64);

/// The distance between two cutoffs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// The same day of each month, or the month's last day where it has no such day.
    Month,
    /// That many days; `week` is 7, `day` is 1.
    Days(u32),
}

/// The values by which features are split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slice {
    /// The so many most frequent values before the earliest cutoff.
    Top(u32),
    /// These values.
    Values(Vec<String>),
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d", self.0)
    }
}

impl FromStr for Days {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.strip_suffix('d')
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Days)
            .ok_or_else(|| format!("`{text}` is no length of time: write whole days such as `30d`"))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 0.07 * 100 is 7.000000000000001: six digits are more than anybody writes.
        write!(f, "{}%", (self.0 * 1e8).round() / 1e6)
    }
}

impl FromStr for Share {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let share = match text.strip_suffix('%') {
            Some(percent) => percent.trim_end().parse::<f64>().ok().map(|percent| percent / 100.0),
            None => text.parse().ok(),
        };
        share
            .filter(|share| (0.0..=1.0).contains(share))
            .map(Share)
            .ok_or_else(|| format!("`{text}` is no share of a whole: write `30%` or `0.3`"))
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month => f.write_str("month"),
            Self::Days(7) => f.write_str("week"),
            Self::Days(1) => f.write_str("day"),
            Self::Days(n) => write!(f, "{n}d"),
        }
    }
}

impl FromStr for Every {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "month" => Ok(Self::Month),
            "week" => Ok(Self::Days(7)),
            "day" => Ok(Self::Days(1)),
            _ => match text.parse::<Days>() {
                Ok(Days(n)) if n > 0 => Ok(Self::Days(n)),
                _ => Err(format!("`{text}` is no step: write `month`, `week`, `day` or days such as `14d`")),
            },
        }
    }
}

impl Serialize for Days {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl Serialize for Every {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Slice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Top(count) => serializer.serialize_u32(*count),
            Self::Values(values) => values.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor("whole days such as `30d`", str::parse))
    }
}

impl<'de> Deserialize<'de> for Every {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor("`month`, `week`, `day` or days such as `14d`", str::parse))
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShareVisitor)
    }
}

impl<'de> Deserialize<'de> for Slice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SliceVisitor)
    }
}

/// What is expected, and how its text is read.
struct TextVisitor<T>(&'static str, fn(&str) -> Result<T, String>);

impl<T> Visitor<'_> for TextVisitor<T> {
    type Value = T;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.1)(text).map_err(E::custom)
    }
}

struct ShareVisitor;

impl Visitor<'_> for ShareVisitor {
    type Value = Share;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a share such as `30%` or `0.3`")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Share, E> {
        text.parse().map_err(E::custom)
    }
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Share, E> {
        self.visit_str(&value.to_string())
    }
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Share, E> {
        self.visit_str(&value.to_string())
    }
    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Share, E> {
        self.visit_str(&value.to_string())
    }
}

struct SliceVisitor;

impl<'de> Visitor<'de> for SliceVisitor {
    type Value = Slice;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("how many values, or a list of values")
    }
    fn visit_u64<E: de::Error>(self, count: u64) -> Result<Slice, E> {
        u32::try_from(count).map(Slice::Top).map_err(E::custom)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Slice, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Slice::Values(values))
    }
}

// Each pattern lets `${VAR}` through, so that an editor does not mark what the reader accepts.

impl JsonSchema for Days {
    fn schema_name() -> Cow<'static, str> {
        "Days".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A length of time in whole days, such as `30d`.",
            "pattern": r"^([0-9]+d|.*\$\{.+\}.*)$",
            "examples": ["30d"]
        })
    }
}

impl JsonSchema for Share {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A share of a whole, such as `30%` or `0.3`.",
            "anyOf": [
                { "type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?%|.*\$\{.+\}.*)$" },
                { "type": "number", "minimum": 0, "maximum": 1 }
            ],
            "examples": ["30%", 0.3]
        })
    }
}

impl JsonSchema for Every {
    fn schema_name() -> Cow<'static, str> {
        "Every".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "`month`, `week`, `day` or days such as `14d`.",
            "pattern": r"^(month|week|day|0*[1-9][0-9]*d|.*\$\{.+\}.*)$",
            "examples": ["month", "14d"]
        })
    }
}

impl JsonSchema for Slice {
    fn schema_name() -> Cow<'static, str> {
        "Slice".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How many of the most frequent values, or a list of values.",
            "anyOf": [
                { "type": "integer", "format": "uint32", "minimum": 0 },
                { "type": "array", "items": { "type": "string" } }
            ],
            "examples": [5, ["France", "Germany"]]
        })
    }
}
