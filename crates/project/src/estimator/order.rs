//! An order of rows that follows from what they hold.

use super::Aim;
use prepare::{FeatureColumn, Features};
use stats::random::Draw;

/// Mixes the contents of rows; any number would do.
const SEED: u64 = 0x5eed;

/// The rows by a number made of their cells and target; equal rows stand together, in their order.
pub(super) fn by_content(features: &Features, aim: &Aim) -> Vec<usize> {
    let mut contents = vec![0_u64; features.n_rows];
    let mut mix = |stream: usize, bits: &dyn Fn(usize) -> u64| {
        let draw = Draw::new(SEED, stream as u64);
        let rows = contents.iter_mut().enumerate();
        rows.for_each(|(row, content)| *content = draw.at(*content ^ bits(row)));
    };
    for (stream, column) in features.columns.iter().enumerate() {
        match column {
            FeatureColumn::Number(values) => mix(stream, &|row| number(values[row])),
            FeatureColumn::Category { codes, .. } => mix(stream, &|row| u64::from(codes[row])),
        }
    }
    let stream = features.columns.len();
    match aim {
        Aim::Numbers(values) => mix(stream, &|row| number(values[row])),
        Aim::Classes { codes, .. } => mix(stream, &|row| u64::from(codes[row])),
        Aim::Ranks { relevance, query } => {
            mix(stream, &|row| number(relevance[row]));
            mix(stream + 1, &|row| u64::from(query[row]));
        }
        Aim::Anomalies => {}
    }
    let mut order: Vec<usize> = (0..features.n_rows).collect();
    order.sort_by_key(|row| (contents[*row], *row));
    order
}

/// One bit pattern for each number: -0 is 0, and one NaN stands for all.
fn number(value: f64) -> u64 {
    if value.is_nan() {
        u64::MAX
    } else {
        (value + 0.0).to_bits()
    }
}
