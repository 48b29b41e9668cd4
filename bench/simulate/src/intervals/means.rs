use stats::Alternative::{Greater, TwoSided};
use stats::distribution::StudentT;
use stats::interval::{mean_t, quantile, weighted_mean_t};
use stats::math::{exp, ln};
use stats::random::Draw;
use stats::test::Arrangements;
use stats::test::{
    TwoSampleScore, linear_fit, mann_kendall, one_sample_t, permutation_two_sample, tukey_hsd,
};
use stats::{student_t, welch_t};

use crate::data::{exponentials, groups, heavy, in_groups, lognormals, normals, uniforms};
use crate::study::Limit::{Close, Exact, Off, Rough, Safe};
use crate::study::Study;

const LEVEL: f64 = 0.95;

pub(super) fn studies() -> Vec<Study> {
    [means(), differences(), quantiles(), slopes()]
        .into_iter()
        .flatten()
        .collect()
}

fn means() -> Vec<Study> {
    let lognormal = |scenario: &str, limit, n: usize| {
        Study::coverage("mean, t", scenario, limit, move |draw| {
            Some(mean_t(&lognormals(draw, n, 1.0), LEVEL).ok()?.covers(exp(0.5)))
        })
    };
    vec![
        Study::coverage("mean, t", "normal, n = 5", Exact, |draw| {
            Some(mean_t(&normals(draw, 5, 3.0, 2.0), LEVEL).ok()?.covers(3.0))
        }),
        Study::coverage("mean, t, greater", "normal, n = 10", Exact, |draw| {
            let found = one_sample_t(&normals(draw, 10, 3.0, 2.0), 0.0, Greater, LEVEL).ok()?;
            Some(found.effect.estimate.covers(3.0))
        }),
        lognormal("lognormal, n = 30", Off(0.08, 0.16), 30)
            .note("few values for such skewness, as the result's assumption says: more rows, or the median"),
        lognormal("lognormal, n = 2,000", Rough, 2_000),
        Study::coverage(
            "mean, weighted, t",
            "normal, weights 1 to 3, n = 100",
            Close,
            |draw| {
                let values = normals(draw, 100, 3.0, 2.0);
                let weights: Vec<f64> = (0..100).map(|row| f64::from(1 + row % 3)).collect();
                Some(weighted_mean_t(&values, Some(&weights), LEVEL).ok()?.covers(3.0))
            },
        ),
    ]
}

fn differences() -> Vec<Study> {
    let medians = |draw: &mut Draw, n: usize| {
        let (a, b) = (exponentials(draw, n), exponentials(draw, n));
        let few = Arrangements {
            n_resamples: 1,
            seed: 0,
            n_threads: 1,
        };
        permutation_two_sample(&a, &b, TwoSampleScore::Median, TwoSided, &few, LEVEL)
    };
    vec![
        Study::coverage(
            "difference of means, Student",
            "normal, n = 5 and 10",
            Exact,
            |draw| {
                let (a, b) = (normals(draw, 5, 1.0, 2.0), normals(draw, 10, 0.0, 2.0));
                Some(
                    student_t(&a, &b, TwoSided, LEVEL)
                        .ok()?
                        .effect
                        .estimate
                        .covers(1.0),
                )
            },
        ),
        Study::coverage(
            "difference of means, Welch",
            "normal, n = 10 and 40, sd 3 and 1",
            Close,
            |draw| {
                let (a, b) = (normals(draw, 10, 1.0, 3.0), normals(draw, 40, 0.0, 1.0));
                Some(welch_t(&a, &b, TwoSided, LEVEL).ok()?.effect.estimate.covers(1.0))
            },
        ),
        Study::coverage(
            "all differences of means, Tukey",
            "3 groups of 10",
            Exact,
            |draw| {
                let values = in_groups(draw, &[10; 3], &[1.0; 3]);
                let found = tukey_hsd(&values, &groups(&[10; 3]), 3, LEVEL).ok()?;
                Some(found.pairs.iter().all(|pair| pair.difference.covers(0.0)))
            },
        )
        .costly(10),
        Study::coverage(
            "difference of medians, Price-Bonett",
            "exponential, n = 50 each",
            Rough,
            move |draw| Some(medians(draw, 50).ok()?.result.effect.estimate.covers(0.0)),
        ),
    ]
}

fn quantiles() -> Vec<Study> {
    let study = |scenario: &str, limit, n: usize, q: f64| {
        Study::coverage("quantile", scenario, limit, move |draw| {
            let found = quantile(&exponentials(draw, n), q, LEVEL).ok()?;
            Some(found.covers(-ln(1.0 - q)))
        })
    };
    vec![
        study("median, exponential, n = 25", Safe, 25, 0.5),
        study("median, exponential, n = 200", Safe, 200, 0.5),
        study("0.9, exponential, n = 100", Safe, 100, 0.9),
        study("0.99, exponential, n = 2,000", Safe, 2_000, 0.99),
    ]
}

fn slopes() -> Vec<Study> {
    vec![
        Study::coverage(
            "regression coefficient, t",
            "n = 20, 2 regressors",
            Exact,
            |draw| {
                let x = [uniforms(draw, 20), normals(draw, 20, 0.0, 1.0)];
                let y: Vec<f64> = (0..20)
                    .map(|row| 1.0 + 2.0 * x[0][row] - x[1][row] + draw.normal())
                    .collect();
                let fit = linear_fit(&[&x[0], &x[1]], &y, true).ok()?;
                let t = StudentT::new(fit.df_residual as f64).ok()?.upper_quantile(0.025);
                Some((fit.coefficients[1] - 2.0).abs() <= t * fit.standard_errors[1])
            },
        )
        .note("coefficient and standard error of the fit"),
        Study::coverage("slope, Theil-Sen", "heavy tails, n = 30", Close, |draw| {
            let noise = heavy(draw, 30);
            let y: Vec<f64> = (0..30).map(|t| 0.1 * f64::from(t) + noise[t as usize]).collect();
            Some(
                mann_kendall(&y, TwoSided, LEVEL)
                    .ok()?
                    .effect
                    .estimate
                    .covers(0.1),
            )
        }),
    ]
}
