//! One metric in many segments, or many metrics: errors of the whole family.

use stats::StatsError;
use stats::experiment::{Arm, Comparison, Correction, Question, family, fixed_horizon, segments};
use stats::random::Draw;

use crate::data::normals;
use crate::study::Limit::{Close, Rough, Safe};
use crate::study::{Study, errors, flag};

/// One metric in 10 segments of 100 units an arm.
fn segmented(draw: &mut Draw, n_changed: usize) -> Result<Vec<Comparison>, StatsError> {
    (0..10)
        .map(|segment| {
            let shift = if segment < 10 - n_changed { 0.0 } else { 0.5 };
            let control = Arm::of_values(&normals(draw, 100, 0.0, 1.0))?;
            let treatment = Arm::of_values(&normals(draw, 100, shift, 1.0))?;
            fixed_horizon(&control, &treatment, &Question::default())
        })
        .collect()
}

pub(super) fn studies() -> Vec<Study> {
    let family_of = |scenario: &str, correction, n_changed: usize, limit| {
        let promises = vec![errors(0.05, limit)];
        let what = format!("family of 10, {correction:?}, any error");
        Study::shares(&what, scenario, promises, move |draw, answers| {
            let found = segmented(draw, n_changed).and_then(|all| family(&all, correction, 0.05));
            answers[0] = found.map_or(f64::NAN, |found| {
                flag(found.found[..10 - n_changed].contains(&true))
            });
        })
    };
    vec![
        family_of("nothing to find", Correction::Holm, 0, Close),
        family_of("5 with an effect", Correction::Holm, 5, Safe),
        family_of("5 with an effect", Correction::Hochberg, 5, Safe),
        Study::shares(
            "segments, false findings",
            "10 segments, 5 with an effect",
            vec![errors(0.025, Close)],
            |draw, answers| {
                let found = segmented(draw, 5)
                    .and_then(|all| segments(&all, Correction::BenjaminiHochberg, 0.05, 0.95));
                answers[0] = found.map_or(f64::NAN, |found| {
                    let count = |found: &[bool]| found.iter().filter(|is| **is).count() as f64;
                    count(&found.found[..5]) / count(&found.found).max(1.0)
                });
            },
        ),
        Study::level(
            "segments, effects that differ",
            "10 segments, one effect",
            Rough,
            |draw| {
                let found = segmented(draw, 10)
                    .and_then(|all| segments(&all, Correction::BenjaminiHochberg, 0.05, 0.95));
                found.map_or(f64::NAN, |found| found.p_value)
            },
        )
        .at_5_percent(),
        Study::coverage(
            "segments, pooled effect",
            "10 segments, one effect",
            Close,
            |draw| {
                let found = segmented(draw, 10)
                    .and_then(|all| segments(&all, Correction::BenjaminiHochberg, 0.05, 0.95));
                Some(found.ok()?.pooled.covers(0.5))
            },
        ),
    ]
}
