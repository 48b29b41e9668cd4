//! Linear models explain themselves: a term less its mean in training.

use std::ops::Range;

use prepare::Features;

use super::{Explanation, Units};
use crate::model::{LinearModel, ModelError, RowBlock, blocks, check_request};

pub(super) fn explain(
    model: &LinearModel,
    features: &Features,
    rows: Range<usize>,
) -> Result<Explanation, ModelError> {
    let (n_outputs, n_features) = (model.n_outputs(), model.n_features());
    check_request(&model.parts().feature_levels, features, &rows, rows.len(), 1)?;
    let mut units = Units::new(model.grid(), rows.len(), n_outputs, n_features);
    let mut block = RowBlock::new(n_features);
    for rows in blocks(rows) {
        let n_rows = rows.len();
        block.gather(features, rows);
        for row in (0..n_rows).map(|position| block.row(position)) {
            for output in 0..n_outputs {
                let term = |feature: usize| model.term(feature, output, row[feature]);
                let margin = model.parts().intercept[output] + (0..n_features).map(term).sum::<i64>();
                let about_mean = |feature| term(feature) - model.mean_term(feature, output);
                units.push(margin, (0..n_features).map(about_mean))?;
            }
        }
    }
    Ok(units.explanation)
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
