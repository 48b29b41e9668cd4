//! From a caller's columns to one matrix of numbers and, for each category, a column of levels.

use prepare::recipe::{Encoding, Feature};
use table::Kind;

use super::ExportError;
use super::graph::{Attribute, Element, Graph};
use crate::Bundle;

/// Where the graph holds the features.
#[derive(Debug)]
pub(super) struct Columns {
    /// The numbers, `(n, n_numbers)` in the order of the features; nothing without numbers.
    pub(super) numbers: Option<String>,
    /// Per feature: its column among the numbers, or the name of its levels, `(n, 1)`; missing is the level behind "other".
    pub(super) features: Vec<Column>,
}

/// Where one feature is.
#[derive(Clone, Debug)]
pub(super) enum Column {
    Number(usize),
    Levels(String),
}

/// Declares the inputs and encodes them.
pub(super) fn declare(bundle: &Bundle, graph: &mut Graph) -> Result<Columns, ExportError> {
    check(bundle)?;
    let features = &bundle.recipe.features;
    let is_number = |feature: &Feature| matches!(feature.encoding, Encoding::Number);
    if features.iter().all(is_number) {
        graph.input("features", graph.element, features.len());
        return Ok(Columns {
            numbers: Some("features".to_owned()),
            features: (0..features.len()).map(Column::Number).collect(),
        });
    }
    let mut numbers: Vec<&str> = Vec::new();
    let mut columns = Vec::with_capacity(features.len());
    for feature in features {
        match &feature.encoding {
            Encoding::Category { levels } => {
                graph.input(&feature.column, Element::Text, 1);
                columns.push(Column::Levels(encode(&feature.column, levels, graph)));
            }
            _ => {
                graph.input(&feature.column, graph.element, 1);
                columns.push(Column::Number(numbers.len()));
                numbers.push(&feature.column);
            }
        }
    }
    let joined = (!numbers.is_empty()).then(|| "/numbers".to_owned());
    if let Some(name) = &joined {
        graph.concat(&numbers, name);
    }
    Ok(Columns {
        numbers: joined,
        features: columns,
    })
}

fn check(bundle: &Bundle) -> Result<(), ExportError> {
    let recipe = &bundle.recipe;
    if let Some(derived) = recipe.derived.first() {
        return Err(ExportError::unsupported(
            format!("the derived column `{}`", derived.name),
            "an expression",
            "compute it before training, so that it is an input",
        ));
    }
    for feature in &recipe.features {
        let kind = recipe
            .inputs
            .iter()
            .find(|input| input.name == feature.column)
            .and_then(|input| input.kind());
        if let (Encoding::Date(_), _) | (_, Some(Kind::Date | Kind::Time)) = (&feature.encoding, kind) {
            return Err(ExportError::unsupported(
                format!("the feature `{}`", feature.name),
                "a part of a day or time",
                "compute it before training, so that it is a number",
            ));
        }
    }
    Ok(())
}

/// The level of each text; an empty one is missing.
fn encode(column: &str, levels: &[String], graph: &mut Graph) -> String {
    let other = levels.len() as f32;
    let mut keys = levels.to_vec();
    let mut values: Vec<f32> = (0..levels.len()).map(|level| level as f32).collect();
    if !levels.iter().any(String::is_empty) {
        keys.push(String::new());
        values.push(other + 1.0);
    }
    let attributes = [
        ("keys_strings", Attribute::Texts(keys)),
        ("values_floats", Attribute::Floats(values)),
        ("default_float", Attribute::Float(other)),
    ];
    let codes = graph.node_with("ai.onnx.ml", "LabelEncoder", &[column], &attributes);
    match graph.element {
        Element::Float => codes,
        element => graph.cast(&codes, element),
    }
}
