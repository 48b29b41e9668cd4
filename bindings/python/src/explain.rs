//! Why margins are what they are: as arrays with the features on the last axis, or before the outputs if there are
//! several, `(n_rows, n_features)`, `(n_rows, n_features, n_outputs)`; or as tables of one output, a column a feature.

use crate::array::Array;
use bundle::{Bundle, BundleError, Explanation, Interactions, ScoreOptions, Stop};
use prepare::Features;
use std::sync::Arc;
use table::Table;
use table::arrow::array::{ArrayRef, Float64Array};

/// Base values and contributions.
pub(crate) type Explained = (Array, Array);

pub(crate) fn contributions(
    bundle: &Bundle,
    features: &Features,
    background: Option<&Features>,
    options: &ScoreOptions,
    stop: Stop<'_>,
) -> Result<Explained, BundleError> {
    let Explanation {
        n_rows,
        n_outputs,
        n_features,
        base,
        contributions,
        ..
    } = explanation(bundle, features, background, options, stop)?;
    Ok(match n_outputs {
        1 => (
            Array::numbers(base, &[n_rows]),
            Array::numbers(contributions, &[n_rows, n_features]),
        ),
        _ => (
            Array::numbers(base, &[n_rows, n_outputs]),
            Array::numbers(contributions, &[n_rows, n_outputs, n_features]).with_axes(&[0, 2, 1]),
        ),
    })
}

/// Base values and what pairs of features do together.
pub(crate) fn interactions(
    bundle: &Bundle,
    features: &Features,
    options: &ScoreOptions,
    stop: Stop<'_>,
) -> Result<Explained, BundleError> {
    let found = bundle.interactions_until(features, options, stop)?;
    let Explanation {
        n_rows,
        n_outputs,
        n_features,
        base,
        ..
    } = found.explanation;
    Ok(match n_outputs {
        1 => (
            Array::numbers(base, &[n_rows]),
            Array::numbers(found.values, &[n_rows, n_features, n_features]),
        ),
        _ => (
            Array::numbers(base, &[n_rows, n_outputs]),
            Array::numbers(found.values, &[n_rows, n_outputs, n_features, n_features])
                .with_axes(&[0, 2, 3, 1]),
        ),
    })
}

/// Columns `base`, one for each feature, and `margin`, which is their sum.
pub(crate) fn contribution_table(
    bundle: &Bundle,
    features: &Features,
    background: Option<&Features>,
    output: usize,
    options: &ScoreOptions,
    stop: Stop<'_>,
) -> Result<Table, BundleError> {
    let found = explanation(bundle, features, background, options, stop)?;
    let names = bundle.recipe.features.iter().take(found.n_features);
    let of_feature = |(position, feature): (usize, &prepare::recipe::Feature)| {
        let of_row = |row| found.contributions_of(row, output)[position];
        (feature.name.clone(), column((0..found.n_rows).map(of_row)))
    };
    let added = names.enumerate().map(of_feature).collect();
    around(bundle, features, &found, added, output, options)
}

/// Columns `base`, one for each feature by itself, one for each pair of features, named `a & b` and holding both halves
/// of what they do together, and `margin`, which is their sum.
pub(crate) fn interaction_table(
    bundle: &Bundle,
    features: &Features,
    output: usize,
    options: &ScoreOptions,
    stop: Stop<'_>,
) -> Result<Table, BundleError> {
    let found = bundle.interactions_until(features, options, stop)?;
    let Interactions { explanation, .. } = &found;
    let n = explanation.n_features;
    let names = &bundle.recipe.features;
    let alone = (0..n).map(|a| (names[a].name.clone(), [a, a], 1.0));
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| [a, b]));
    let together = pairs.map(|[a, b]| (format!("{} & {}", names[a].name, names[b].name), [a, b], 2.0));
    let added = alone.chain(together).map(|(name, [a, b], halves)| {
        let of_row = |row| halves * found.values_of(row, output)[a * n + b];
        (name, column((0..explanation.n_rows).map(of_row)))
    });
    around(bundle, features, explanation, added.collect(), output, options)
}

fn explanation(
    bundle: &Bundle,
    features: &Features,
    background: Option<&Features>,
    options: &ScoreOptions,
    stop: Stop<'_>,
) -> Result<Explanation, BundleError> {
    match background {
        None => bundle.explain_until(features, options, stop),
        Some(background) => bundle.explain_against_until(features, background, options, stop),
    }
}

/// The columns between `base` and `margin`.
fn around(
    bundle: &Bundle,
    features: &Features,
    explanation: &Explanation,
    added: Vec<(String, ArrayRef)>,
    output: usize,
    options: &ScoreOptions,
) -> Result<Table, BundleError> {
    let margins = bundle.margins(features, options)?;
    let of_output =
        |values: &[f64]| column(values.iter().skip(output).step_by(explanation.n_outputs).copied());
    let first = ("base".to_owned(), of_output(&explanation.base));
    let last = ("margin".to_owned(), of_output(&margins));
    let columns = std::iter::once(first).chain(added).chain(std::iter::once(last));
    Ok(Table::new(columns.collect())?)
}

fn column(values: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values))
}
