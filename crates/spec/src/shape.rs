//! The shape of a spec, taken from its JSON Schema: what the reader checks a tree against.
//!
//! The schema follows from the types, so keys are listed in one place only.

use serde_json::{Map, Value};

/// What may stand at one place of a spec.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    /// A map with fixed keys.
    Record(Vec<Field>),
    /// A map with exactly one of these keys.
    Variants(Vec<(String, Shape)>),
    /// A map with free keys.
    Map(Box<Shape>),
    /// A list.
    List(Box<Shape>),
    /// Any one of these, told apart by whether they are maps, lists or scalars.
    Either(Vec<Shape>),
    /// The same or nothing.
    Optional(Box<Shape>),
    /// One of these words.
    Words(Vec<String>),
    /// A scalar.
    Scalar(Form),
}

/// A key of a record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
}

/// Kinds of scalars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Form {
    Text,
    Char,
    Bool,
    Whole { max: u64 },
    Number,
    Days,
    Share,
    Every,
}

impl Shape {
    /// Reads the shape of a whole spec out of its schema.
    ///
    /// # Errors
    /// Names a construct of the schema that is not known here, which a test rules out.
    pub(crate) fn of_spec() -> Result<Self, String> {
        let root = crate::schema::value();
        let definitions = root.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
        Schema { definitions }.shape(&root)
    }

    /// Says what is expected, for messages: `whole days such as `30d``.
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Record(fields) if fields.iter().any(|field| field.required) => {
                let required = fields.iter().filter(|field| field.required).map(|field| field.name.as_str());
                format!("a map with {}", crate::suggest::listed(required))
            }
            Self::Record(_) | Self::Map(_) => "a map".to_owned(),
            Self::Variants(variants) => {
                let words = variants.iter().map(|(name, _)| name.as_str());
                format!("a map with one of the keys {}", crate::suggest::listed(words))
            }
            Self::List(_) => "a list".to_owned(),
            Self::Either(shapes) => shapes.iter().map(Self::expected).collect::<Vec<_>>().join(" or "),
            Self::Optional(shape) => shape.expected(),
            Self::Words(words) => {
                format!("one of {}", crate::suggest::listed(words.iter().map(String::as_str)))
            }
            Self::Scalar(form) => form.expected().to_owned(),
        }
    }

    /// Returns a value of this shape, to put where the spec has a wrong one and still go on.
    pub(crate) fn placeholder(&self) -> Value {
        match self {
            Self::Record(fields) => {
                let required = fields.iter().filter(|field| field.required);
                required.map(|field| (field.name.clone(), field.shape.placeholder())).collect()
            }
            Self::Variants(variants) => {
                variants.iter().take(1).map(|(name, shape)| (name.clone(), shape.placeholder())).collect()
            }
            Self::Map(_) => Value::Object(Map::new()),
            Self::List(_) => Value::Array(Vec::new()),
            Self::Either(shapes) => shapes.first().map_or(Value::Null, Self::placeholder),
            Self::Optional(_) => Value::Null,
            Self::Words(words) => words.first().cloned().into(),
            Self::Scalar(form) => form.placeholder(),
        }
    }
}

impl Form {
    fn expected(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Char => "a single character",
            Self::Bool => "`true` or `false`",
            Self::Whole { .. } => "a whole number",
            Self::Number => "a number",
            Self::Days => "whole days such as `30d`",
            Self::Share => "a share of a whole such as `30%` or `0.3`",
            Self::Every => "`month`, `week`, `day` or days such as `14d`",
        }
    }

    fn placeholder(self) -> Value {
        match self {
            Self::Text => "placeholder".into(),
            Self::Char => ".".into(),
            Self::Bool => false.into(),
            Self::Whole { .. } => 1.into(),
            Self::Number | Self::Share => 0.5.into(),
            Self::Days => "1d".into(),
            Self::Every => "month".into(),
        }
    }
}

struct Schema {
    definitions: Map<String, Value>,
}

impl Schema {
    fn shape(&self, schema: &Value) -> Result<Shape, String> {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let name = name.trim_start_matches("#/$defs/");
            // These are written as text or number but are neither: their own readers judge them.
            return match name {
                "Days" => Ok(Shape::Scalar(Form::Days)),
                "Share" => Ok(Shape::Scalar(Form::Share)),
                "Every" => Ok(Shape::Scalar(Form::Every)),
                _ => {
                    self.shape(self.definitions.get(name).ok_or_else(|| format!("no definition of {name}"))?)
                }
            };
        }
        if let Some(choices) = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array) {
            return self.choice(choices);
        }
        match schema.get("type") {
            Some(Value::Array(types)) => {
                let inner = types.iter().find(|one| *one != "null").ok_or("a schema of null alone")?;
                let mut schema = schema.clone();
                schema["type"] = inner.clone();
                Ok(Shape::Optional(Box::new(self.shape(&schema)?)))
            }
            Some(Value::String(name)) => self.typed(name, schema),
            _ => Err(format!("a schema without a type: {schema}")),
        }
    }

    fn typed(&self, name: &str, schema: &Value) -> Result<Shape, String> {
        Ok(match name {
            "object" => match schema.get("additionalProperties") {
                Some(values @ Value::Object(_)) => Shape::Map(Box::new(self.shape(values)?)),
                _ => self.record(schema)?,
            },
            "array" => {
                let items = schema.get("items").ok_or("a list without items")?;
                Shape::List(Box::new(self.shape(items)?))
            }
            "string" => match (words_of(schema), schema.get("maxLength")) {
                (Some(words), _) => Shape::Words(words),
                (None, Some(_)) => Shape::Scalar(Form::Char),
                (None, None) => Shape::Scalar(Form::Text),
            },
            "boolean" => Shape::Scalar(Form::Bool),
            "integer" => Shape::Scalar(Form::Whole { max: largest(schema) }),
            "number" => Shape::Scalar(Form::Number),
            other => return Err(format!("a schema of type {other}")),
        })
    }

    fn record(&self, schema: &Value) -> Result<Shape, String> {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let fields = properties.into_iter().flatten().map(|(name, property)| {
            let shape = self.shape(property)?;
            Ok(Field { name: name.clone(), shape, required: required.contains(&name.as_str()) })
        });
        Ok(Shape::Record(fields.collect::<Result<_, String>>()?))
    }

    fn choice(&self, choices: &[Value]) -> Result<Shape, String> {
        let some: Vec<&Value> = choices.iter().filter(|choice| choice["type"] != "null").collect();
        if some.len() < choices.len() {
            let inner = match some.as_slice() {
                [one] => self.shape(one)?,
                _ => return Err("a choice of several or nothing".to_owned()),
            };
            return Ok(Shape::Optional(Box::new(inner)));
        }
        if let Some(words) = some.iter().map(|choice| words_of(choice)).collect::<Option<Vec<_>>>() {
            return Ok(Shape::Words(words.concat()));
        }
        if let Some(variants) = some.iter().map(|choice| variant_of(choice)).collect::<Option<Vec<_>>>() {
            let shapes = variants.into_iter().map(|(name, schema)| Ok((name, self.shape(schema)?)));
            return Ok(Shape::Variants(shapes.collect::<Result<_, String>>()?));
        }
        Ok(Shape::Either(some.iter().map(|choice| self.shape(choice)).collect::<Result<_, _>>()?))
    }
}

/// Returns the words of an enumeration of texts.
fn words_of(schema: &Value) -> Option<Vec<String>> {
    let word = |value: &Value| value.as_str().map(str::to_owned);
    match (schema.get("const"), schema.get("enum")) {
        (Some(one), _) => Some(vec![word(one)?]),
        (None, Some(Value::Array(several))) => several.iter().map(word).collect(),
        _ => None,
    }
}

/// Returns the name and content of an externally tagged variant.
fn variant_of(schema: &Value) -> Option<(String, &Value)> {
    let required = schema.get("required")?.as_array()?;
    let properties = schema.get("properties")?.as_object()?;
    match (required.as_slice(), properties.len()) {
        ([Value::String(name)], 1) => Some((name.clone(), properties.get(name)?)),
        _ => None,
    }
}

/// Returns the largest whole number that a schema's type holds.
fn largest(schema: &Value) -> u64 {
    let by_format = match schema.get("format").and_then(Value::as_str) {
        Some("uint8") => u64::from(u8::MAX),
        Some("uint16") => u64::from(u16::MAX),
        Some("uint32") => u64::from(u32::MAX),
        _ => u64::MAX,
    };
    schema.get("maximum").and_then(Value::as_u64).unwrap_or(u64::MAX).min(by_format)
}
