use stats::StatsError;
use stats::calibration::conformal::{conformal_quantile, group_quantiles, weighted_quantile};
use stats::interval::{
    BootstrapMethod, Bootstrapped, Resampling, Summary, Units, bootstrap, bootstrap_bca, bootstrap_percentile,
};
use stats::math::ln;
use stats::random::Draw;

use crate::data::{exponentials, normals, pairs, series};
use crate::study::Limit::{Close, Exact, Off, Rough};
use crate::study::{Counted, Limit, Promise, Study, flag};

pub(super) fn studies() -> Vec<Study> {
    [rows(), clusters_and_blocks(), conformal()]
        .into_iter()
        .flatten()
        .collect()
}

fn resampling(draw: &mut Draw) -> Resampling {
    Resampling {
        n_resamples: 999,
        seed: draw.next_u64(),
        level: 0.95,
    }
}

fn covers(found: Result<Bootstrapped, StatsError>, truth: f64) -> Option<bool> {
    Some(found.ok()?.estimate.covers(truth))
}

fn rows() -> Vec<Study> {
    let mean = |method, scenario: &str, limit: Limit, n: usize| {
        let what = format!("mean, {method:?}");
        Study::coverage(&what, scenario, limit, move |draw| {
            let (values, resampling) = (exponentials(draw, n), resampling(draw));
            covers(
                bootstrap(&[&[&values]], Summary::Mean, Units::Rows, method, &resampling, 1),
                1.0,
            )
        })
        .costly(10)
    };
    use BootstrapMethod::{Basic, Bca, Percentile};
    vec![
        mean(Percentile, "exponential, n = 30", Off(0.05, 0.10), 30)
            .note("few skewed rows: more of them; no resampling mends it"),
        mean(Basic, "exponential, n = 30", Off(0.07, 0.13), 30)
            .note("few skewed rows: more of them; no resampling mends it"),
        mean(Bca, "exponential, n = 30", Off(0.04, 0.09), 30)
            .note("few skewed rows: more of them; no resampling mends it"),
        mean(Percentile, "exponential, n = 300", Close, 300),
        mean(Bca, "exponential, n = 300", Close, 300),
        Study::coverage("deviation, Bca", "normal, n = 100", Rough, |draw| {
            let (values, resampling) = (normals(draw, 100, 0.0, 2.0), resampling(draw));
            let summary = Summary::StandardDeviation;
            covers(
                bootstrap(&[&[&values]], summary, Units::Rows, Bca, &resampling, 1),
                2.0,
            )
        })
        .costly(10),
        Study::coverage("median, Percentile", "exponential, n = 100", Rough, |draw| {
            let (values, resampling) = (exponentials(draw, 100), resampling(draw));
            let summary = Summary::Quantile(0.5);
            covers(
                bootstrap(&[&[&values]], summary, Units::Rows, Percentile, &resampling, 1),
                ln(2.0),
            )
        })
        .costly(10),
        Study::coverage("correlation, Bca", "normal, n = 100, 0.5", Rough, |draw| {
            let [x, y] = pairs(draw, 100, 0.5);
            let resampling = resampling(draw);
            covers(
                bootstrap(
                    &[&[&x, &y]],
                    Summary::Correlation,
                    Units::Rows,
                    Bca,
                    &resampling,
                    1,
                ),
                0.5,
            )
        })
        .costly(10),
        Study::coverage(
            "difference of means, Bca",
            "exponential, n = 100 and 50",
            Rough,
            |draw| {
                let (a, b, resampling) = (exponentials(draw, 100), exponentials(draw, 50), resampling(draw));
                covers(
                    bootstrap(&[&[&a], &[&b]], Summary::Mean, Units::Rows, Bca, &resampling, 1),
                    0.0,
                )
            },
        )
        .costly(10),
        any_statistic("any statistic, percentile", |n, how, of| {
            bootstrap_percentile(n, how, of)
        }),
        any_statistic("any statistic, BCa", |n, how, of| bootstrap_bca(n, how, of)),
    ]
}

type OfRows =
    fn(usize, &Resampling, &mut dyn FnMut(&[usize]) -> Option<f64>) -> Result<stats::Estimate, StatsError>;

fn any_statistic(what: &str, interval: OfRows) -> Study {
    Study::coverage(what, "mean of normal values, n = 50", Rough, move |draw| {
        let (values, resampling) = (normals(draw, 50, 1.0, 2.0), resampling(draw));
        let mut mean =
            |rows: &[usize]| Some(rows.iter().map(|&row| values[row]).sum::<f64>() / rows.len() as f64);
        Some(interval(50, &resampling, &mut mean).ok()?.covers(1.0))
    })
    .costly(10)
}

fn clusters_and_blocks() -> Vec<Study> {
    let clustered = |what: &str, scenario: &str, limit: Limit, is_clustered: bool| {
        Study::coverage(what, scenario, limit, move |draw| {
            let codes: Vec<u32> = (0..250).map(|row| row / 5).collect();
            let centres = normals(draw, 50, 0.0, 1.0);
            let values: Vec<f64> = codes
                .iter()
                .map(|&code| centres[code as usize] + draw.normal())
                .collect();
            let units = if is_clustered {
                Units::Clusters(&codes)
            } else {
                Units::Rows
            };
            let resampling = resampling(draw);
            let found = bootstrap(
                &[&[&values]],
                Summary::Mean,
                units,
                BootstrapMethod::Bca,
                &resampling,
                1,
            );
            covers(found, 0.0)
        })
        .costly(10)
    };
    let blocks = |scenario: &str, limit: Limit, n: usize, length: usize| {
        Study::coverage("mean, bootstrap of blocks", scenario, limit, move |draw| {
            let (values, resampling) = (series(draw, n, 0.5), resampling(draw));
            let units = Units::Blocks(length);
            let found = bootstrap(
                &[&[&values]],
                Summary::Mean,
                units,
                BootstrapMethod::Percentile,
                &resampling,
                1,
            );
            covers(found, 0.0)
        })
        .costly(10)
    };
    vec![
        clustered(
            "mean, bootstrap of clusters",
            "50 clusters of 5, half of the variance between",
            Rough,
            true,
        ),
        clustered(
            "mean, bootstrap of rows",
            "50 clusters of 5, half of the variance between",
            Off(0.15, 0.30),
            false,
        )
        .note("rows of a cluster depend on each other: the bootstrap of clusters is right"),
        blocks("memory 0.5, n = 500, blocks of 20", Rough, 500, 20),
        blocks("memory 0.5, n = 500, blocks of 1", Off(0.20, 0.35), 500, 1)
            .note("blocks shorter than the memory: longer ones are right"),
    ]
}

/// Split conformal intervals hold a new row with the chance `ceil((n + 1) level) / (n + 1)`.
fn conformal() -> Vec<Study> {
    let known = |nominal: f64| {
        vec![Promise {
            nominal,
            counted: Counted::Covered,
            limit: Exact,
        }]
    };
    vec![
        Study::shares(
            "conformal interval",
            "a new row after 19, level 0.9",
            known(0.9),
            |draw, answers| {
                let scores = exponentials(draw, 20);
                let quantile = conformal_quantile(&scores[..19], 0.9);
                answers[0] = quantile.map_or(f64::NAN, |quantile| flag(scores[19] <= quantile));
            },
        ),
        Study::shares(
            "conformal interval, weighted alike",
            "a new row after 99, level 0.9",
            known(0.9),
            |draw, answers| {
                let scores = exponentials(draw, 100);
                let quantile = weighted_quantile(&scores[..99], Some(&[1.0; 99]), 0.9);
                answers[0] = quantile.map_or(f64::NAN, |quantile| flag(scores[99] <= quantile));
            },
        ),
        Study::shares(
            "conformal interval of a group",
            "29 rows of it among 100, level 0.9",
            known(0.9),
            |draw, answers| {
                // the group's errors are ten times as large
                let is_of = |row: usize| row < 29;
                let mut scores = exponentials(draw, 100);
                (0..29).for_each(|row| scores[row] *= 10.0);
                let codes: Vec<u32> = (0..100).map(|row| u32::from(is_of(row))).collect();
                let new = 10.0 * crate::data::exponential(draw);
                let quantiles = group_quantiles(&scores, &codes, 2, 0.9);
                answers[0] = quantiles.map_or(f64::NAN, |quantiles| flag(new <= quantiles[1]));
            },
        ),
        Study::coverage(
            "mean, t, of a series",
            "memory 0.5, n = 500",
            Off(0.20, 0.35),
            |draw| {
                let values = series(draw, 500, 0.5);
                Some(stats::interval::mean_t(&values, 0.95).ok()?.covers(0.0))
            },
        )
        .note("values that remember: the bootstrap of blocks is right"),
    ]
}
