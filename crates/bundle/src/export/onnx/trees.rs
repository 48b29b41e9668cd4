//! Tree ensembles: the classic operator for numbers, the newer one where categories need sets of members.

mod classic;
mod members;

use super::element_of;
use super::graph::{Attribute, Element, Graph};
use super::inputs::{Column, Columns};
use crate::model::{Precision, TreeEnsemble};

/// The code that stands for a missing category among numbers.
const MISSING_CODE: f64 = -1.0;
/// The code of every number that is no code.
const NO_CODE: f64 = -2.0;

/// The type of numbers that the trees need.
pub(super) fn element(model: &TreeEnsemble) -> Element {
    match has_categories(model) {
        true => element_of(model.precision()),
        false => Element::Float,
    }
}

/// Writes `margins`.
pub(super) fn write(model: &TreeEnsemble, columns: &Columns, graph: &mut Graph) {
    let columns = &Columns {
        numbers: columns
            .numbers
            .as_ref()
            .map(|numbers| near_zero(model, numbers, graph)),
        features: columns.features.clone(),
    };
    let matrix = matrix(model, columns, graph);
    let sums = match has_categories(model) {
        true => members::write(model, &matrix, graph),
        false => classic::write(model, &matrix, graph),
    };
    let n_averaged = model
        .parts()
        .floats
        .as_ref()
        .map_or(1, |floats| floats.n_averaged);
    let n_averaged = graph.scalar(f64::from(n_averaged));
    graph.named_node("", "Div", &[&sums, &n_averaged], "margins", &[]);
}

fn has_categories(model: &TreeEnsemble) -> bool {
    model.parts().feature_levels.iter().any(|levels| 0 < *levels)
}

/// What the trees look at.
#[derive(Debug)]
struct Matrix {
    name: String,
    /// Per slot: its column.
    column_of: Vec<usize>,
    /// Whether categories are codes among numbers, else levels.
    has_codes: bool,
}

/// The numbers, and behind them what must be made of them: levels, codes, and numbers whose zeros are missing.
fn matrix(model: &TreeEnsemble, columns: &Columns, graph: &mut Graph) -> Matrix {
    let is_number = |column: &&Column| matches!(column, Column::Number(_));
    let mut n_columns = columns.features.iter().filter(is_number).count();
    let mut parts: Vec<String> = columns.numbers.iter().cloned().collect();
    let mut column_of = Vec::new();
    let n_features = columns.features.len();
    for (position, slot) in model.layout().reader().slots().iter().enumerate() {
        let extra = match &columns.features[slot.feature] {
            Column::Levels(name) => Some(name.clone()),
            Column::Number(at) if 0 < slot.n_levels => Some(code(model.precision(), *at, columns, graph)),
            Column::Number(at) if n_features <= position => Some(zero_missing(*at, columns, graph)),
            Column::Number(at) => {
                column_of.push(*at);
                None
            }
        };
        if let Some(name) = extra {
            parts.push(name);
            column_of.push(n_columns);
            n_columns += 1;
        }
    }
    let has_codes = model.parts().floats.is_some();
    let name = match &parts[..] {
        [one] => one.clone(),
        _ => {
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            graph.concat(&parts, "/matrix");
            "/matrix".to_owned()
        }
    };
    Matrix {
        name,
        column_of,
        has_codes,
    }
}

fn column(at: usize, columns: &Columns, graph: &mut Graph) -> String {
    let position = graph.integers(&[at as i64]);
    let numbers = columns.numbers.as_deref().unwrap_or_default();
    graph.node_with(
        "",
        "Gather",
        &[numbers, &position],
        &[("axis", Attribute::Int(1))],
    )
}

/// A number's whole part, with missing and whatever is no code told apart.
fn code(precision: Precision, at: usize, columns: &Columns, graph: &mut Graph) -> String {
    let raw = column(at, columns, graph);
    let floor = graph.node("Floor", &[&raw]);
    let zero = graph.scalar(0.0);
    let (whole, is_none) = match precision {
        Precision::F64 => {
            let least = graph.scalar(-1.0);
            (
                graph.node("Max", &[&floor, &zero]),
                graph.node("LessOrEqual", &[&raw, &least]),
            )
        }
        Precision::F32 => (floor, graph.node("Less", &[&raw, &zero])),
    };
    let none = graph.scalar(NO_CODE);
    let known = graph.node("Where", &[&is_none, &none, &whole]);
    let is_missing = graph.node("IsNaN", &[&raw]);
    let missing = graph.scalar(MISSING_CODE);
    graph.node("Where", &[&is_missing, &missing, &known])
}

/// The numbers as LightGBM reads them: what is nearly zero is zero.
fn near_zero(model: &TreeEnsemble, numbers: &str, graph: &mut Graph) -> String {
    let floats = model.parts().floats.as_ref();
    if floats.is_none_or(|floats| floats.precision != Precision::F64) {
        return numbers.to_owned();
    }
    let size = graph.node("Abs", &[numbers]);
    let least = graph.scalar(crate::model::ZERO);
    let is_zero = graph.node("LessOrEqual", &[&size, &least]);
    let zero = graph.scalar(0.0);
    graph.node("Where", &[&is_zero, &zero, numbers])
}

fn zero_missing(at: usize, columns: &Columns, graph: &mut Graph) -> String {
    let raw = column(at, columns, graph);
    let size = graph.node("Abs", &[&raw]);
    let least = graph.scalar(crate::model::ZERO);
    let is_zero = graph.node("LessOrEqual", &[&size, &least]);
    let missing = graph.scalar(f64::NAN);
    graph.node("Where", &[&is_zero, &missing, &raw])
}
