//! Rows across the border, from an array or a table.

use crate::array::Matrix;
use crate::frame::{to_batch, without_index};
use crate::{SpanwiseError, refusal};
use bundle::Bundle;
use prepare::Features;
use prepare::recipe::{Encoding, Feature, Recipe};
use project::estimator;
use pyo3::prelude::*;
use table::arrow::array::RecordBatch;

/// Rows from Python.
pub(crate) enum Source {
    Matrix(Matrix),
    Batch(RecordBatch),
}

impl Source {
    pub(crate) fn of(data: &Bound<'_, PyAny>) -> PyResult<Source> {
        match data.hasattr("__arrow_c_stream__")? {
            true => to_batch(data).map(without_index).map(Source::Batch),
            false => Matrix::of(data).map(Source::Matrix),
        }
    }
}

/// All rows as features, as the recipe makes them.
pub(crate) fn whole_features(py: Python<'_>, source: &Source, recipe: &Recipe) -> PyResult<Features> {
    match source {
        Source::Matrix(matrix) => {
            check_plain(recipe, matrix.n_columns())?;
            Ok(matrix.features(py, 0..matrix.n_rows()))
        }
        Source::Batch(batch) => py
            .detach(|| estimator::features_of_batch(batch, recipe))
            .map_err(|error| refusal(&error)),
    }
}

/// Whether the rows of a bundle may come as an array of plain numbers: its groups, if it has some, are texts.
pub(crate) fn takes_arrays(bundle: &Bundle) -> bool {
    let has_groups = bundle
        .intervals
        .as_ref()
        .is_some_and(|intervals| intervals.by.is_some());
    !has_groups && check_plain(&bundle.recipe, bundle.recipe.inputs.len()).is_ok()
}

/// An array holds plain numbers alone.
pub(crate) fn check_plain(recipe: &Recipe, n_columns: usize) -> PyResult<()> {
    let is_plain = |feature: &Feature| feature.encoding == Encoding::Number;
    let n_features = recipe.features.len();
    if !recipe.derived.is_empty()
        || !recipe.features.iter().all(is_plain)
        || recipe.inputs.len() != n_features
    {
        return Err(SpanwiseError::new_err(
            "found an array, expected a data frame: the model was fitted on categories, dates or derived columns",
        ));
    }
    if n_columns != n_features {
        return Err(SpanwiseError::new_err(format!(
            "found {n_columns} columns, expected {n_features}"
        )));
    }
    Ok(())
}
