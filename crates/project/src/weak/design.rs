//! How rows count where a model is judged: their weights, and which of them move together.

use super::WeakOptions;
use crate::ProjectError;
use profile::Design;
use std::collections::HashMap;
use table::arrow::array::{Array, Float64Array};
use table::write::cell_text;
use table::{Kind, Table};

/// The columns of weights and clusters; a row without a cluster is one of its own, one without a weight does not count.
pub(super) fn of(rows: &Table, options: &WeakOptions) -> Result<Design, ProjectError> {
    let weights = options
        .weight
        .as_ref()
        .map(|name| weights(rows, name))
        .transpose()?;
    let clusters = options
        .cluster
        .as_ref()
        .map(|name| clusters(rows, name))
        .transpose()?;
    Ok(Design { weights, clusters })
}

fn weights(rows: &Table, name: &str) -> Result<Vec<f64>, ProjectError> {
    let of = || format!("the weights `{name}`");
    let column = rows.column(name)?;
    let kind = rows.kind(name).unwrap_or(Kind::Text);
    if !kind.is_numeric() {
        return Err(ProjectError::data(
            of(),
            format!("a column of {kind}"),
            "numbers, 0 and more",
        ));
    }
    let numbers = table::arrow::compute::cast(&column, &Kind::Number.data_type());
    let numbers =
        numbers.map_err(|error| ProjectError::data(of(), error.to_string(), "numbers, 0 and more"))?;
    let numbers = numbers.as_any().downcast_ref::<Float64Array>();
    let weights: Vec<f64> = numbers
        .into_iter()
        .flat_map(|numbers| numbers.iter().map(|weight| weight.unwrap_or(0.0)))
        .collect();
    match weights.iter().find(|weight| **weight < 0.0) {
        Some(negative) => Err(ProjectError::data(
            of(),
            negative.to_string(),
            "numbers, 0 and more",
        )),
        None => Ok(weights),
    }
}

fn clusters(rows: &Table, name: &str) -> Result<Vec<u32>, ProjectError> {
    let column = rows.column(name)?;
    let mut known: HashMap<Option<String>, u32> = HashMap::new();
    let mut n = 0_u32;
    let mut next = || {
        n += 1;
        n - 1
    };
    let cluster = |row: usize| match cell_text(column.as_ref(), row) {
        None => next(),
        text => *known.entry(text).or_insert_with(&mut next),
    };
    Ok((0..rows.n_rows()).map(cluster).collect())
}
