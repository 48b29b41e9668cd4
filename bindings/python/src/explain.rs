//! Why margins are what they are, as arrays with the features on the last axis, or before the outputs if there are
//! several: `(n_rows, n_features)`, `(n_rows, n_features, n_outputs)`.

use crate::array::Array;
use bundle::{Bundle, BundleError, Explanation, ScoreOptions, Stop};
use prepare::Features;

/// Base values and contributions.
pub(crate) type Explained = (Array, Array);

pub(crate) fn contributions(
    bundle: &Bundle,
    features: &Features,
    background: Option<&Features>,
    options: &ScoreOptions,
    stop: Stop<'_>,
) -> Result<Explained, BundleError> {
    let explanation = match background {
        None => bundle.explain_until(features, options, stop)?,
        Some(background) => bundle.explain_against_until(features, background, options, stop)?,
    };
    let Explanation {
        n_rows,
        n_outputs,
        n_features,
        base,
        contributions,
        ..
    } = explanation;
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
