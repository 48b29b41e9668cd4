//! Linear models explain themselves: a term less its mean in training.

use std::ops::Range;

use prepare::Features;

use super::{Explanation, Sums};
use crate::model::{LinearModel, ModelError, RowBlock, blocks, check_request};

pub(super) fn explain(
    model: &LinearModel,
    features: &Features,
    rows: Range<usize>,
) -> Result<Explanation, ModelError> {
    let (n_outputs, n_features) = (model.n_outputs(), model.n_features());
    check_request(&model.parts().feature_levels, features, &rows, rows.len(), 1)?;
    let mut sums = Sums::new(Some(model.grid()), rows.len(), n_outputs, n_features);
    let mut block = RowBlock::new(n_features);
    for rows in blocks(rows) {
        let n_rows = rows.len();
        block.gather(features, rows);
        for row in (0..n_rows).map(|position| block.row(position)) {
            for output in 0..n_outputs {
                let term = |feature: usize| model.term(feature, output, row[feature]);
                let margin = model.parts().intercept[output] + (0..n_features).map(term).sum::<i64>();
                let about_mean = |feature| term(feature) - model.mean_term(feature, output);
                sums.push_units(model.grid(), margin, (0..n_features).map(about_mean))?;
            }
        }
    }
    Ok(sums.explanation)
}

/// Against background rows: a term less its mean there.
pub(super) fn explain_against(
    model: &LinearModel,
    features: &Features,
    rows: Range<usize>,
    background: &Features,
) -> Result<Explanation, ModelError> {
    let mut explanation = explain(model, features, rows)?;
    let reference = explain(model, background, 0..background.n_rows)?;
    if background.n_rows == 0 {
        return Err(ModelError::Count {
            count: "background rows",
            found: 0,
            least: 1,
            most: usize::MAX,
        });
    }
    let (grid, n_outputs, n_features) = (model.grid(), model.n_outputs(), model.n_features());
    for output in 0..n_outputs {
        for feature in 0..n_features {
            // Both count from the training mean, so their difference does not.
            let units = |row: usize| i128::from(grid.round(reference.contributions_of(row, output)[feature]));
            let sum: i128 = (0..background.n_rows).map(units).sum();
            let shift = grid.round(grid.unit() * (sum as f64 / background.n_rows as f64));
            for row in 0..explanation.n_rows {
                let position = row * n_outputs + output;
                explanation.contributions[position * n_features + feature] -= grid.value(shift);
                explanation.base[position] += grid.value(shift);
            }
        }
    }
    Ok(explanation)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::model::linear::tests::{example, example_features};
    use crate::model::{LinearModel, Model};

    #[test]
    fn terms_count_from_the_mean_and_add_up() {
        let parts = example();
        let model = Model::Linear(LinearModel::from_parts(parts.clone()).unwrap());
        let features = example_features();
        let margins = model.all_margins(&features).unwrap();
        let explanation = model.explain(&features, 0..3).unwrap();
        for row in 0..3 {
            for output in 0..2 {
                let contributions = explanation.contributions_of(row, output);
                let base = explanation.base[2 * row + output];
                assert_eq!(
                    base + contributions.iter().sum::<f64>(),
                    margins[2 * row + output]
                );
                let means: i64 = (0..3).map(|f| parts.mean[2 * f + output]).sum();
                assert_eq!(base, model.grid().value(parts.intercept[output] + means));
            }
        }
        assert_eq!(explanation.contributions_of(2, 0)[1], model.grid().value(9 - 2));
    }
}
