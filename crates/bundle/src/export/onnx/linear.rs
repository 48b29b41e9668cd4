//! Linear models in plain operators.

use super::graph::{Element, Graph};
use super::inputs::{Column, Columns};
use crate::model::LinearModel;

/// Writes `margins`.
pub(super) fn write(model: &LinearModel, columns: &Columns, graph: &mut Graph) {
    let n_outputs = model.n_outputs();
    let intercept: Vec<f64> = model
        .parts()
        .intercept
        .iter()
        .map(|&units| model.grid().value(units))
        .collect();
    let mut sum = graph.numbers(&intercept, &[1, n_outputs]);
    if let Some(numbers) = &columns.numbers {
        let terms = number_terms(model, numbers, columns, graph);
        sum = graph.node("Add", &[&sum, &terms]);
    }
    for (feature, column) in columns.features.iter().enumerate() {
        if let Column::Levels(levels) = column {
            let terms = level_terms(model, feature, levels, graph);
            sum = graph.node("Add", &[&sum, &terms]);
        }
    }
    graph.named_node("", "Identity", &[&sum], "margins", &[]);
}

/// The terms of all numbers together, `(n, n_outputs)`.
fn number_terms(model: &LinearModel, numbers: &str, columns: &Columns, graph: &mut Graph) -> String {
    let parts = model.parts();
    let (n, n_outputs) = (parts.center.len(), model.n_outputs());
    let is_missing = graph.node("IsNaN", &[numbers]);
    let row = |values: &[f64], graph: &mut Graph| graph.numbers(values, &[1, n]);
    let (low, high) = (row(&parts.low, graph), row(&parts.high, graph));
    let (center, scale) = (row(&parts.center, graph), row(&parts.scale, graph));
    // What is missing is taken as the centre, whose term is nothing.
    let known = graph.node("Where", &[&is_missing, &center, numbers]);
    let held = graph.node("Max", &[&known, &low]);
    let held = graph.node("Min", &[&held, &high]);
    let centred = graph.node("Sub", &[&held, &center]);
    let scaled = graph.node("Div", &[&centred, &scale]);
    let zero = graph.scalar(0.0);
    let scaled = graph.node("Where", &[&is_missing, &zero, &scaled]);
    let coefficient = graph.numbers(&parts.coefficient, &[n, n_outputs]);
    let terms = graph.node("MatMul", &[&scaled, &coefficient]);
    let missing: Vec<f64> = columns
        .features
        .iter()
        .enumerate()
        .filter(|(_, column)| matches!(column, Column::Number(_)))
        .flat_map(|(feature, _)| (0..n_outputs).map(move |output| (feature, output)))
        .map(|(feature, output)| missing_term(model, feature, output))
        .collect();
    let missing = graph.numbers(&missing, &[n, n_outputs]);
    let is_missing = graph.cast(&is_missing, graph.element);
    let missing = graph.node("MatMul", &[&is_missing, &missing]);
    graph.node("Add", &[&terms, &missing])
}

/// The terms of a category, `(n, n_outputs)`: a row of a table for each level and for missing.
fn level_terms(model: &LinearModel, feature: usize, levels: &str, graph: &mut Graph) -> String {
    let n_outputs = model.n_outputs();
    let n_levels = model.parts().feature_levels[feature] as usize;
    let term = |level: usize, output: usize| match level == n_levels {
        true => missing_term(model, feature, output),
        false => model.grid().value(model.term(feature, output, level as f64)),
    };
    let table: Vec<f64> = (0..=n_levels)
        .flat_map(|level| (0..n_outputs).map(move |output| (level, output)))
        .map(|(level, output)| term(level, output))
        .collect();
    let table = graph.numbers(&table, &[n_levels + 1, n_outputs]);
    let level = graph.cast(levels, Element::Int64);
    let level = graph.flatten(&level);
    graph.node("Gather", &[&table, &level])
}

fn missing_term(model: &LinearModel, feature: usize, output: usize) -> f64 {
    let units = model.parts().missing[feature * model.n_outputs() + output];
    model.grid().value(units)
}
