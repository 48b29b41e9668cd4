//! Tables that come in parts.
#![allow(clippy::unwrap_used)]

use bundle::Model;
use bundle::model::TreeParts;
use prepare::{FeatureColumn, Features};
use stats::random::Draw;

use super::*;

fn trees(model: &Model) -> &TreeParts {
    let Model::Trees(trees) = model else {
        panic!("trees")
    };
    trees.parts()
}

/// A table cut into parts of so many rows.
struct Cut<'a> {
    features: &'a Features,
    n_rows: usize,
}

impl Parts for Cut<'_> {
    fn columns(&self) -> Features {
        let none = |column: &FeatureColumn| column.take(&[]);
        Features {
            n_rows: 0,
            columns: self.features.columns.iter().map(none).collect(),
        }
    }

    fn each(&self, take: &mut dyn FnMut(&Features) -> Result<(), LearnError>) -> Result<(), LearnError> {
        let rows: Vec<usize> = (0..self.features.n_rows).collect();
        rows.chunks(self.n_rows).try_for_each(|rows| {
            take(&Features {
                n_rows: rows.len(),
                columns: self
                    .features
                    .columns
                    .iter()
                    .map(|column| column.take(rows))
                    .collect(),
            })
        })
    }
}

/// Numbers with gaps and a category, and what depends on both.
fn mixed(n: usize) -> (Features, Target) {
    let mut draw = Draw::new(5, 1);
    let numbers: Vec<f64> = (0..n)
        .map(|_| {
            if draw.below(9) == 0 {
                f64::NAN
            } else {
                draw.normal()
            }
        })
        .collect();
    let codes: Vec<u32> = (0..n).map(|_| draw.below(300) as u32).collect();
    let label = |row: usize| {
        draw_of(row)
            < if numbers[row] < 0.3 {
                0.2
            } else {
                0.3 + f64::from(codes[row]) / 500.0
            }
    };
    let labels = (0..n).map(label).collect();
    let columns = vec![
        FeatureColumn::Number(numbers),
        FeatureColumn::Category { codes, n_levels: 301 },
    ];
    (Features { n_rows: n, columns }, Target::Binary(labels))
}

fn draw_of(row: usize) -> f64 {
    Draw::new(6, 1).uniform_at(row as u64)
}

#[test]
fn a_table_in_parts_gives_the_model_of_the_whole_however_it_is_cut() {
    for (n, gradients) in [(3000, GradientMode::Exact), (30_000, GradientMode::Packed)] {
        let (features, target) = mixed(n);
        let params = Params {
            rounds: Some(12),
            row_sample: Some(0.6),
            gradients,
            ..Params::default()
        };
        let boost = params.check().unwrap();
        let data = Training {
            features: &features,
            target: &target,
            weights: None,
            names: &[],
        };
        let whole = boost.fit(&data, &Context::new(3)).unwrap();
        for (n_rows, n_threads) in [(n, 1), (1, 2), (777, 3), (4096, 2)] {
            let parts = Cut {
                features: &features,
                n_rows,
            };
            let context = Context {
                n_threads,
                ..Context::new(3)
            };
            let found = boost.fit_in_parts(&parts, &target, None, &[], &context).unwrap();
            assert!(trees(&found) == trees(&whole), "{n} rows in parts of {n_rows}");
        }
    }
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let (features, target) = mixed(500);
    let boost = Params::default().check().unwrap();
    let fit = |features: &Features, target: &Target| {
        let parts = Cut {
            features,
            n_rows: 100,
        };
        let fitted = boost.fit_in_parts(&parts, target, None, &[], &Context::new(1));
        fitted.unwrap_err().to_string()
    };
    let (_, shorter) = mixed(430);
    assert_eq!(
        fit(&features, &shorter),
        "the parts of the table have 500 rows together, expected 430, as the target has"
    );
    let (_, longer) = mixed(501);
    assert!(fit(&features, &longer).contains("500 rows together, expected 501"));
    let mut infinite = features.clone();
    let FeatureColumn::Number(values) = &mut infinite.columns[0] else {
        panic!("a number")
    };
    values[320] = f64::INFINITY;
    assert_eq!(
        fit(&infinite, &target),
        "`a feature` of row 320 is inf, expected a finite number or NaN"
    );
    // Without rounds, a tenth of the rows chooses them.
    let parts = Cut {
        features: &features,
        n_rows: 100,
    };
    assert!(
        boost
            .fit_in_parts(&parts, &target, None, &[], &Context::new(1))
            .is_ok()
    );
}
