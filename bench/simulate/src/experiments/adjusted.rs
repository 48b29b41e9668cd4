use stats::StatsError;
use stats::experiment::{
    Comparison, Difference, Outcome, Question, Sums, cuped, fixed_horizon, post_stratify,
};
use stats::random::Draw;

use crate::data::successes;
use crate::study::Limit::{Close, Rough};
use crate::study::{Limit, Study};

pub(super) fn studies() -> Vec<Study> {
    [covariates(), ratio_covariates(), strata()]
        .into_iter()
        .flatten()
        .collect()
}

/// Level and coverage of one kind of comparison; `effect` is added to every treated unit.
fn pair(
    what: &str,
    scenario: &str,
    limit: Limit,
    compared: impl Fn(&mut Draw, f64) -> Result<Comparison, StatsError> + Clone + Sync + 'static,
    truth: f64,
) -> [Study; 2] {
    let again = compared.clone();
    [
        Study::level(what, format!("A/A, {scenario}"), limit, move |draw| {
            compared(draw, 0.0).map_or(f64::NAN, |found| found.p_value)
        })
        .at_5_percent(),
        Study::coverage(what, format!("{scenario}, effect 0.3"), limit, move |draw| {
            Some(again(draw, 0.3).ok()?.effect.covers(truth))
        }),
    ]
}

/// Units with a value before (mean 5) and one after, correlated at 0.8, and one covariate more that says nothing.
fn before_and_after(draw: &mut Draw, n: usize, effect: f64) -> Result<Sums, StatsError> {
    let columns = (0..n).map(|_| {
        let before = draw.normal();
        (
            5.0 + 0.8 * before + 0.6 * draw.normal() + effect,
            5.0 + before,
            draw.uniform(),
        )
    });
    let (mut after, mut before, mut noise) = (Vec::new(), Vec::new(), Vec::new());
    columns.for_each(|(a, b, c)| {
        after.push(a);
        before.push(b);
        noise.push(c);
    });
    Sums::of_columns(&[&after, &before, &noise])
}

fn covariates() -> Vec<Study> {
    let adjusted = |n: [usize; 2], difference| {
        move |draw: &mut Draw, effect: f64| {
            let (control, treatment) = (
                before_and_after(draw, n[0], 0.0)?,
                before_and_after(draw, n[1], effect)?,
            );
            let adjustment = cuped(&control, &treatment, Outcome::Mean)?;
            let question = Question {
                difference,
                ..Question::default()
            };
            fixed_horizon(&adjustment.control, &adjustment.treatment, &question)
        }
    };
    let even = [200, 200];
    let uneven = [400, 100];
    [
        pair(
            "CUPED",
            "200 units each, correlation 0.8",
            Close,
            adjusted(even, Difference::Absolute),
            0.3,
        ),
        pair(
            "CUPED",
            "400 and 100 units, correlation 0.8",
            Close,
            adjusted(uneven, Difference::Absolute),
            0.3,
        ),
        pair(
            "CUPED, relative",
            "200 units each, correlation 0.8",
            Rough,
            adjusted(even, Difference::Relative),
            0.06,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Clicks per view with the unit's clicks of before as covariate.
fn clicks(draw: &mut Draw, n: usize) -> Result<Sums, StatsError> {
    let mut columns = [const { Vec::new() }; 3];
    for _ in 0..n {
        let (views, rate) = (1 + draw.below(10), 0.05 + 0.4 * draw.uniform());
        columns[0].push(successes(draw, views, rate) as f64);
        columns[1].push(views as f64);
        columns[2].push(successes(draw, 10, rate) as f64);
    }
    Sums::of_columns(&[&columns[0], &columns[1], &columns[2]])
}

fn ratio_covariates() -> Vec<Study> {
    vec![
        Study::level(
            "CUPED of a ratio",
            "A/A, clicks per view, 300 units each",
            Close,
            |draw| {
                let found = [clicks(draw, 300), clicks(draw, 300)];
                let [Ok(control), Ok(treatment)] = found else {
                    return f64::NAN;
                };
                cuped(&control, &treatment, Outcome::Ratio)
                    .and_then(|found| fixed_horizon(&found.control, &found.treatment, &Question::default()))
                    .map_or(f64::NAN, |found| found.p_value)
            },
        )
        .at_5_percent(),
    ]
}

/// Three strata whose means lie 2 apart, sizes as they come.
fn strata() -> Vec<Study> {
    let in_strata = |draw: &mut Draw, effect: f64| -> Result<[Sums; 3], StatsError> {
        let mut strata = [const { Vec::new() }; 3];
        for _ in 0..240 {
            let stratum = crate::data::class(draw, &[0.5, 0.3, 0.2]);
            strata[stratum].push(2.0 * stratum as f64 + draw.normal() + effect);
        }
        let [a, b, c] = strata.map(|values| Sums::of_columns(&[&values]));
        Ok([a?, b?, c?])
    };
    let stratified = move |draw: &mut Draw, effect: f64| {
        let (control, treatment) = (in_strata(draw, 0.0)?, in_strata(draw, effect)?);
        let [control, treatment] = post_stratify(&control, &treatment, Outcome::Mean)?;
        fixed_horizon(&control, &treatment, &Question::default())
    };
    pair(
        "post-stratified mean",
        "240 units each in 3 strata",
        Close,
        stratified,
        0.3,
    )
    .into()
}
