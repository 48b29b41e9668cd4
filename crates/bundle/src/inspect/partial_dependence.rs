//! Answers as one feature is set to value after value.

use prepare::{FeatureColumn, Features, MISSING_CODE};

use super::{Ask, answers, check_rows, column, refusal};
use crate::BundleError;

/// The answers along a grid of one feature's values.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialDependence {
    /// The mean answer over all rows at each value, `(n_values,)`.
    pub mean: Vec<f64>,
    /// Each row's answers, `(n_rows, n_values)`: individual conditional expectations.
    pub each: Vec<f64>,
}

/// How a model's answers depend on one feature while the others stay as they are in `features`.
///
/// # Shapes and units
/// `grid` is `(n_values,)`, of a category the codes of levels; a `NaN` asks what a missing value does. The model is asked once
/// for each value.
///
/// # Assumptions
/// Rows are asked about that may never occur where features depend on each other; look at `each` as well.
///
/// # Errors
/// [`BundleError::Inspect`] for no rows, a feature that there is not and a code that no level has; errors of the model.
///
/// # Reference
/// J. H. Friedman (2001), Annals of Statistics 29, section 8.2; each row's line: A. Goldstein et al. (2015), Peeking
/// inside the black box, JCGS 24.
pub fn partial_dependence<E: From<BundleError>>(
    mut ask: impl Ask<E>,
    features: &Features,
    feature: usize,
    grid: &[f64],
) -> Result<PartialDependence, E> {
    check_rows(features, "the rows")?;
    let own = column(features, feature)?;
    let n_rows = features.n_rows;
    let mut changed = features.clone();
    let mut each = vec![0.0; n_rows * grid.len()];
    let mut mean = Vec::with_capacity(grid.len());
    for (position, &value) in grid.iter().enumerate() {
        changed.columns[feature] = constant(own, value, n_rows)?;
        let found = answers(&mut ask, &changed)?;
        mean.push(stats::sum::mean(&found));
        let places = each.iter_mut().skip(position).step_by(grid.len());
        places.zip(found).for_each(|(place, answer)| *place = answer);
    }
    Ok(PartialDependence { mean, each })
}

/// A column like `own` in which every row has one value.
fn constant(own: &FeatureColumn, value: f64, n_rows: usize) -> Result<FeatureColumn, BundleError> {
    let FeatureColumn::Category { n_levels, .. } = own else {
        return Ok(FeatureColumn::Number(vec![value; n_rows]));
    };
    let code = match (0..*n_levels).find(|code| f64::from(*code) == value) {
        Some(code) => code,
        None if value.is_nan() => MISSING_CODE,
        None => {
            return Err(refusal(
                "the code of a level",
                value,
                format!("a whole number below {n_levels}"),
            ));
        }
    };
    Ok(FeatureColumn::Category {
        codes: vec![code; n_rows],
        n_levels: *n_levels,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_line_is_followed_and_an_interaction_averaged() {
        let columns = vec![
            FeatureColumn::Number(vec![1.0, 3.0]),
            FeatureColumn::Number(vec![5.0, 7.0]),
        ];
        let features = Features { n_rows: 2, columns };
        let product = |features: &Features| -> Result<Vec<f64>, BundleError> {
            let [FeatureColumn::Number(a), FeatureColumn::Number(b)] = &features.columns[..] else {
                unreachable!("two numbers")
            };
            Ok(a.iter().zip(b).map(|(a, b)| a * b).collect())
        };
        let found = partial_dependence(product, &features, 1, &[0.0, 1.0, 2.0]).unwrap();
        assert_eq!(found.mean, [0.0, 2.0, 4.0]);
        assert_eq!(found.each, [0.0, 1.0, 2.0, 0.0, 3.0, 6.0]);
        assert!(partial_dependence(product, &features, 2, &[0.0]).is_err());
        let short = |_: &Features| Ok::<_, BundleError>(vec![0.0]);
        let error = partial_dependence(short, &features, 0, &[0.0]).unwrap_err();
        assert!(error.to_string().contains("1 numbers"), "{error}");
    }
    #[test]
    fn levels_are_set_by_their_codes() {
        let codes = FeatureColumn::Category {
            codes: vec![0, 1, MISSING_CODE],
            n_levels: 3,
        };
        let features = Features {
            n_rows: 3,
            columns: vec![codes],
        };
        let ask = |features: &Features| -> Result<Vec<f64>, BundleError> {
            let FeatureColumn::Category { codes, n_levels: 3 } = &features.columns[0] else {
                unreachable!("a category of three levels")
            };
            Ok(codes.iter().map(|code| f64::from(*code % 100)).collect())
        };
        let found = partial_dependence(ask, &features, 0, &[2.0, 0.0, f64::NAN]).unwrap();
        assert_eq!(found.mean, [2.0, 0.0, f64::from(MISSING_CODE % 100)]);
        for wrong in [3.0, -1.0, 0.5] {
            assert!(partial_dependence(ask, &features, 0, &[wrong]).is_err());
        }
    }
}
