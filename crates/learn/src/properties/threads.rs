//! Threads, ways to draw and cuts of a table change nothing.

use super::*;
use crate::{LearnError, Parts};

#[test]
fn threads_and_ways_to_draw_never_change_a_model_of_any_loss() {
    let (features, values) = broad_table(6000);
    for gradients in [GradientMode::Exact, GradientMode::Packed] {
        for row_chance in [RowChance::Uniform, RowChance::Gradient] {
            let cases = losses(&values, |params| boost::Params {
                gradients,
                row_chance,
                row_sample: Some(0.5),
                rounds: Some(3),
                ..params
            });
            for case in cases {
                let one = fit(&case, &features, &case.target, None, 1);
                for n_threads in [2, 3] {
                    let more = fit(&case, &features, &case.target, None, n_threads);
                    assert!(
                        parts(&one) == parts(&more),
                        "{} {gradients:?} {row_chance:?}",
                        case.name
                    );
                }
            }
        }
    }
}

/// Leaves so large that threads share their rows, which those of smaller tables are not.
#[test]
fn threads_never_change_a_model_of_a_large_table() {
    let (features, values) = broad_table(60_000);
    for gradients in [GradientMode::Exact, GradientMode::Packed] {
        let cases = losses(&values, |params| boost::Params {
            gradients,
            rounds: Some(2),
            ..params
        });
        let meant = ["logistic", "softmax", "squared", "absolute"];
        for case in cases.iter().filter(|case| meant.contains(&case.name)) {
            let one = fit(case, &features, &case.target, None, 1);
            for n_threads in [2, 3] {
                let more = fit(case, &features, &case.target, None, n_threads);
                assert!(parts(&one) == parts(&more), "{} {gradients:?}", case.name);
            }
        }
    }
}

#[test]
fn threads_never_change_a_forest() {
    let (features, values) = broad_table(3000);
    for case in forests(&values) {
        let one = fit(&case, &features, &case.target, None, 1);
        for n_threads in [2, 3] {
            let more = fit(&case, &features, &case.target, None, n_threads);
            assert!(parts(&one) == parts(&more), "{}", case.name);
        }
    }
}

/// A table cut into parts of so many rows.
struct Cut<'a> {
    features: &'a Features,
    n_rows: usize,
}

impl Parts for Cut<'_> {
    fn columns(&self) -> Features {
        self.features.take(&[])
    }

    fn each(&self, take: &mut dyn FnMut(&Features) -> Result<(), LearnError>) -> Result<(), LearnError> {
        let rows: Vec<usize> = (0..self.features.n_rows).collect();
        let mut parts = rows.chunks(self.n_rows);
        parts.try_for_each(|rows| take(&self.features.take(rows)))
    }
}

#[test]
fn the_cut_of_a_table_into_parts_never_changes_a_model_of_any_loss() {
    let (features, values) = broad_table(3000);
    let weights: Vec<f64> = (0..3000).map(|row| f64::from(1 + row % 3)).collect();
    for gradients in [GradientMode::Exact, GradientMode::Packed] {
        for row_chance in [RowChance::Uniform, RowChance::Gradient] {
            let params = |params| boost::Params {
                gradients,
                row_chance,
                row_sample: Some(0.5),
                column_sample: Some(0.7),
                rounds: Some(3),
                ..params
            };
            for (name, loss, target) in learnable(&values) {
                let boost = params(params_of(loss)).check().unwrap();
                let data = Training {
                    features: &features,
                    target: &target,
                    weights: Some(&weights),
                    names: &[],
                };
                let whole = boost.fit(&data, &Context::new(3)).unwrap();
                for (n_rows, n_threads) in [(3000, 2), (1, 1), (777, 3), (2048, 2)] {
                    let context = Context {
                        n_threads,
                        ..Context::new(3)
                    };
                    let cut = Cut {
                        features: &features,
                        n_rows,
                    };
                    let found = boost.fit_in_parts(&cut, &target, Some(&weights), &[], &context);
                    assert!(
                        parts(&found.unwrap()) == parts(&whole),
                        "{name} {gradients:?} {row_chance:?} in parts of {n_rows}"
                    );
                }
            }
        }
    }
}

#[test]
fn rows_scored_in_any_cut_are_scored_alike() {
    let (features, values) = broad_table(700);
    for case in all(&values, |params| params) {
        let model = fit(&case, &features, &case.target, None, 1);
        let (whole, n_outputs) = (model.all_margins(&features).unwrap(), model.n_outputs());
        let mut cut = vec![0.0; whole.len()];
        for rows in [0..1, 1..18, 18..333, 333..700] {
            let out = &mut cut[rows.start * n_outputs..rows.end * n_outputs];
            model.margins(&features, rows, out).unwrap();
        }
        assert!(whole == cut, "{}", case.name);
    }
}
