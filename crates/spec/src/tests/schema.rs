//! The JSON Schema, and the shape that the reader takes from it.

use crate::shape::{Form, Shape};

#[test]
fn the_schema_is_the_same_at_every_call() {
    let schema = crate::schema();
    assert_eq!(schema, crate::schema());
    let value: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(value["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(value["additionalProperties"], false);
    insta::assert_snapshot!("schema", schema);
}

/// Follows keys through the shape.
fn at<'a>(shape: &'a Shape, path: &[&str]) -> &'a Shape {
    path.iter().fold(shape, |shape, step| {
        let shape = if let Shape::Optional(inner) = shape { inner } else { shape };
        match shape {
            Shape::Record(fields) => &fields.iter().find(|field| field.name == *step).unwrap().shape,
            Shape::Map(values) => values,
            Shape::List(items) => items,
            Shape::Variants(variants) => &variants.iter().find(|(name, _)| name == step).unwrap().1,
            other => panic!("{step} in {other:?}"),
        }
    })
}

#[test]
fn the_shape_says_what_the_types_say() {
    let shape = Shape::of_spec().unwrap();
    let scalar = |form| Shape::Scalar(form);
    let optional = |form| Shape::Optional(Box::new(Shape::Scalar(form)));
    assert_eq!(*at(&shape, &["score", "seed"]), scalar(Form::Whole { max: u64::MAX }));
    assert_eq!(*at(&shape, &["lake", "buckets"]), scalar(Form::Whole { max: 65_535 }));
    assert_eq!(*at(&shape, &["targets", "x", "gap"]), scalar(Form::Days));
    assert_eq!(*at(&shape, &["score", "decide", "max_miss_rate"]), optional(Form::Number));
    let column = ["sources", "events", "columns", "x"];
    assert_eq!(*at(&shape, &[&column[..], &["decimal_mark"]].concat()), optional(Form::Char));
    assert_eq!(*at(&shape, &[&column[..], &["scale"]].concat()), optional(Form::Whole { max: 255 }));
    assert!(
        matches!(at(&shape, &[&column[..], &["type"]].concat()), Shape::Words(words) if words.len() == 7)
    );
    let slice = at(&shape, &["features", "slices", "x"]);
    assert_eq!(slice.expected(), "a whole number or a list");
}

/// A placeholder stands where the spec is wrong; with nothing but placeholders a spec can be read.
#[test]
fn placeholders_fit_the_types() {
    let placeholder = Shape::of_spec().unwrap().placeholder();
    serde_json::from_value::<crate::Spec>(placeholder).unwrap();
}
