use super::*;
use crate::interval::{bootstrap_bca, bootstrap_percentile, sorted_quantile};
use crate::math::sqrt;
use crate::random::Draw;
use crate::test::Sample;

const SETTINGS: Resampling = Resampling {
    n_resamples: 4000,
    seed: 3,
    level: 0.9,
};

fn normal(n: usize, stream: u64) -> Vec<f64> {
    let mut draw = Draw::new(11, stream);
    (0..n).map(|_| draw.normal()).collect()
}

fn skewed(n: usize, stream: u64) -> Vec<f64> {
    normal(n, stream).into_iter().map(crate::math::exp).collect()
}

fn of(columns: &[&[f64]], summary: Summary, units: Units<'_>, method: BootstrapMethod) -> Bootstrapped {
    bootstrap(&[columns], summary, units, method, &SETTINGS, 1).unwrap()
}

/// Ends that resamples of other draws give too, to a share of the interval.
fn near(got: Estimate, expected: Estimate) {
    let width = expected.high - expected.low;
    assert!(
        (got.value - expected.value).abs() < 1e-12 * (1.0 + width),
        "{got:?} {expected:?}"
    );
    let off = (got.low - expected.low)
        .abs()
        .max((got.high - expected.high).abs());
    assert!(off < 0.08 * width, "{got:?} is not {expected:?}");
}

fn pearson_of(x: &[f64], y: &[f64], rows: &[usize]) -> Option<f64> {
    let n = rows.len() as f64;
    let mean = |v: &[f64]| rows.iter().map(|&r| v[r]).sum::<f64>() / n;
    let (mx, my) = (mean(x), mean(y));
    let product =
        |a: &[f64], ma: f64, b: &[f64], mb: f64| rows.iter().map(|&r| (a[r] - ma) * (b[r] - mb)).sum::<f64>();
    Some(product(x, mx, y, my) / sqrt(product(x, mx, x, mx) * product(y, my, y, my)))
}

#[test]
fn summaries_agree_with_the_bootstrap_of_any_function() {
    let (x, noise) = (skewed(90, 0), normal(90, 1));
    let y: Vec<f64> = x.iter().zip(&noise).map(|(x, e)| 4.0 + x + e).collect();
    let pick = |rows: &[usize]| rows.iter().map(|&r| x[r]).collect::<Vec<f64>>();
    let mean = |rows: &[usize]| Some(crate::sum::mean(&pick(rows)));
    let sd = |rows: &[usize]| Some(sqrt(Sample::of(&pick(rows)).variance));
    let upper = |rows: &[usize]| {
        let mut values = pick(rows);
        values.sort_unstable_by(f64::total_cmp);
        Some(sorted_quantile(&values, 0.7))
    };
    let ratio = |rows: &[usize]| {
        let sum = |v: &[f64]| rows.iter().map(|&r| v[r]).sum::<f64>();
        Some(sum(&x) / sum(&y))
    };
    let correlation = |rows: &[usize]| pearson_of(&x, &y, rows);
    let checks: [(&[&[f64]], Summary, &dyn Fn(&[usize]) -> Option<f64>); 5] = [
        (&[&x], Summary::Mean, &mean),
        (&[&x], Summary::StandardDeviation, &sd),
        (&[&x], Summary::Quantile(0.7), &upper),
        (&[&x, &y], Summary::Correlation, &correlation),
        (&[&x, &y], Summary::Ratio, &ratio),
    ];
    for (columns, summary, function) in checks {
        let bca = bootstrap_bca(90, &SETTINGS, function).unwrap();
        near(
            of(columns, summary, Units::Rows, BootstrapMethod::Bca).estimate,
            bca,
        );
        let percentile = bootstrap_percentile(90, &SETTINGS, function).unwrap();
        let ours = of(columns, summary, Units::Rows, BootstrapMethod::Percentile).estimate;
        near(ours, percentile);
        let basic = of(columns, summary, Units::Rows, BootstrapMethod::Basic).estimate;
        assert_eq!(
            (basic.low, basic.high),
            (2.0 * ours.value - ours.high, 2.0 * ours.value - ours.low)
        );
    }
}

#[test]
fn the_spread_of_means_and_of_medians_is_the_known_one() {
    let x = normal(2001, 2);
    let found = of(&[&x], Summary::Mean, Units::Rows, BootstrapMethod::Bca);
    let expected = sqrt(Sample::of(&x).variance / 2001.0);
    assert!((found.standard_error / expected - 1.0).abs() < 4.0 / sqrt(2.0 * 4000.0));
    assert_eq!((found.n_used, found.resamples.len()), (2001, 4000));
    // a third value beside two others: the middle one of three draws is each order statistic with a known chance
    let three = [1.0, 2.0, 4.0];
    let medians = of(
        &[&three],
        Summary::Quantile(0.5),
        Units::Rows,
        BootstrapMethod::Percentile,
    )
    .resamples;
    for (value, chance) in [(1.0, 7.0 / 27.0), (2.0, 13.0 / 27.0), (4.0, 7.0 / 27.0)] {
        let share = medians.iter().filter(|m| **m == value).count() as f64 / 4000.0;
        assert!(
            (share - chance).abs() < 4.0 * sqrt(chance * (1.0 - chance) / 4000.0),
            "{value}: {share}"
        );
    }
    // the middle of two draws out of 0 and 1: 0, 0.5 and 1 with chances 1/4, 1/2, 1/4
    let middles = of(
        &[&[0.0, 1.0]],
        Summary::Quantile(0.5),
        Units::Rows,
        BootstrapMethod::Percentile,
    )
    .resamples;
    let halves = middles.iter().filter(|m| **m == 0.5).count() as f64 / 4000.0;
    assert!((halves - 0.5).abs() < 4.0 * 0.5 / sqrt(4000.0), "{halves}");
}

#[test]
fn two_samples_are_drawn_each_for_itself() {
    let (a, b) = (normal(400, 3), normal(100, 4));
    let found = bootstrap(
        &[&[&a], &[&b]],
        Summary::Mean,
        Units::Rows,
        BootstrapMethod::Bca,
        &SETTINGS,
        2,
    )
    .unwrap();
    let variance = |v: &[f64]| Sample::of(v).variance / v.len() as f64;
    let expected = sqrt(variance(&a) + variance(&b));
    assert!((found.standard_error / expected - 1.0).abs() < 0.06);
    assert!((found.estimate.value - (crate::sum::mean(&a) - crate::sum::mean(&b))).abs() < 1e-12);
}

#[test]
fn clusters_and_blocks_of_one_row_are_rows_and_dependence_widens() {
    let x = skewed(300, 5);
    let each: Vec<u32> = (0..300).rev().collect();
    let rows = of(
        &[&x],
        Summary::StandardDeviation,
        Units::Rows,
        BootstrapMethod::Bca,
    )
    .estimate;
    for units in [Units::Clusters(&each), Units::Blocks(1)] {
        let same = of(&[&x], Summary::StandardDeviation, units, BootstrapMethod::Bca).estimate;
        assert!((same.low - rows.low).abs() + (same.high - rows.high).abs() < 1e-11);
    }
    // a series that remembers: its mean is some three times as unsure as that of shuffled rows
    let mut level = 0.0;
    let series: Vec<f64> = normal(3000, 6)
        .into_iter()
        .map(|e| {
            level = 0.8 * level + e;
            level
        })
        .collect();
    let error = |units| of(&[&series], Summary::Mean, units, BootstrapMethod::Percentile).standard_error;
    let by_tens: Vec<u32> = (0..3000).map(|row| row / 50).collect();
    let (rows, blocks, clusters) = (
        error(Units::Rows),
        error(Units::Blocks(50)),
        error(Units::Clusters(&by_tens)),
    );
    assert!((2.2..3.6).contains(&(blocks / rows)), "{}", blocks / rows);
    assert!((2.2..3.6).contains(&(clusters / rows)), "{}", clusters / rows);
}

#[test]
fn threads_change_no_bit_and_missing_rows_are_dropped() {
    let (mut x, y) = (normal(500, 7), normal(500, 8));
    x[3] = f64::NAN;
    for summary in [Summary::Correlation, Summary::Ratio] {
        let with = |n| {
            bootstrap(
                &[&[&x, &y]],
                summary,
                Units::Rows,
                BootstrapMethod::Bca,
                &SETTINGS,
                n,
            )
            .unwrap()
        };
        assert_eq!(with(1), with(3));
        assert_eq!((with(1).n_used, with(1).n_dropped), (499, 1));
    }
}

#[test]
fn what_has_no_answer_is_refused() {
    let ask = |samples: &[&[&[f64]]], summary, units| {
        bootstrap(samples, summary, units, BootstrapMethod::Bca, &SETTINGS, 1)
    };
    let x = normal(20, 9);
    assert!(ask(&[&[&x[..1]]], Summary::Mean, Units::Rows).is_err());
    assert!(ask(&[&[&x, &x[..9]]], Summary::Ratio, Units::Rows).is_err());
    assert!(ask(&[&[&x]], Summary::Correlation, Units::Rows).is_err());
    assert!(ask(&[&[&x]], Summary::Quantile(1.0), Units::Rows).is_err());
    assert!(ask(&[&[&x]], Summary::Quantile(0.5), Units::Blocks(3)).is_err());
    assert!(ask(&[&[&x]], Summary::Mean, Units::Blocks(11)).is_err());
    assert!(ask(&[&[&x]], Summary::Mean, Units::Clusters(&[1; 20])).is_err());
    assert!(ask(&[&[&x]], Summary::Mean, Units::Clusters(&[1; 3])).is_err());
    assert!(ask(&[&[&[1.0, f64::INFINITY]]], Summary::Mean, Units::Rows).is_err());
    assert!(ask(&[&[&[2.0; 9], &[3.0; 9]]], Summary::Correlation, Units::Rows).is_err());
    assert!(ask(&[], Summary::Mean, Units::Rows).is_err());
    // a constant is known for sure
    let sure = ask(&[&[&[2.0; 9]]], Summary::Mean, Units::Rows).unwrap();
    assert_eq!(
        (sure.estimate.low, sure.estimate.high, sure.standard_error),
        (2.0, 2.0, 0.0)
    );
}

/// Values and ends of scipy 1.17.1 `bootstrap` with 100,000 resamples at the 95 % level.
#[test]
fn intervals_match_scipy() {
    let x = [
        2.04, 3.059, 0.059, 0.007, 1.651, 4.89, 2.021, 2.266, 8.45, 18.173, 9.859, 0.004, 6.807, 0.217,
        3.208, 2.547, 9.45, 1.062, 0.921, 4.477, 0.111, 0.406, 3.091, 2.324, 5.213, 1.241, 1.345, 5.556,
        5.176, 0.97, 0.632, 3.67, 1.615, 2.564, 3.146, 3.697, 8.785, 0.461, 4.397, 3.373,
    ];
    let y = [
        2.366, 2.311, 0.294, -0.31, 2.284, 4.405, 2.812, 2.448, 4.582, 7.878, 4.925, 0.658, 2.115, 0.504,
        2.034, 1.97, 3.541, -0.131, 0.024, 1.069, 1.795, -0.293, 1.874, 0.903, 4.19, 1.941, 1.306, 0.574,
        2.64, 1.169, 1.32, 1.217, 2.63, -0.038, 0.911, 2.784, 4.442, 2.233, 2.387, 1.053,
    ];
    let (one, paired, apart): ([&[&[f64]]; 1], [&[&[f64]]; 1], [&[&[f64]]; 2]) =
        ([&[&x]], [&[&x, &y]], [&[&x], &[&y]]);
    use BootstrapMethod::{Basic, Bca, Percentile};
    let sd = Summary::StandardDeviation;
    let median = Summary::Quantile(0.5);
    let expected: [(&[&[&[f64]]], Summary, BootstrapMethod, [f64; 3]); 14] = [
        (&one, Summary::Mean, Bca, [2.6033, 4.8873, 0.55781]),
        (&one, Summary::Mean, Percentile, [2.4770, 4.6492, 0.55781]),
        (&one, Summary::Mean, Basic, [2.2979, 4.4700, 0.55781]),
        (&one, sd, Bca, [2.4773, 5.8254, 0.76090]),
        (&one, sd, Percentile, [2.1357, 4.9262, 0.76090]),
        (&one, sd, Basic, [2.2284, 5.0188, 0.76090]),
        (&one, Summary::Variance, Bca, [6.1200, 33.6905, 5.3914]),
        (&one, Summary::Variance, Basic, [1.3267, 21.0326, 5.3914]),
        (&one, median, Bca, [1.633, 3.5215, 0.49133]),
        (&one, median, Percentile, [1.633, 3.5215, 0.49133]),
        (&one, median, Basic, [1.5895, 3.4780, 0.49133]),
        (&apart, Summary::Mean, Bca, [0.42438, 2.8969, 0.61525]),
        (&paired, Summary::Ratio, Bca, [1.4147, 2.0572, 0.16288]),
        (&paired, Summary::Correlation, Bca, [0.63036, 0.93534, 0.09337]),
    ];
    let settings = Resampling {
        n_resamples: 50_000,
        seed: 1,
        level: 0.95,
    };
    for (samples, summary, method, [low, high, error]) in expected {
        let found = bootstrap(samples, summary, Units::Rows, method, &settings, 2).unwrap();
        // a quantile of so many resamples is right to some hundredths of the interval
        let width = high - low;
        let Estimate { low: l, high: h, .. } = found.estimate;
        assert!(
            (l - low).abs() < 0.02 * width && (h - high).abs() < 0.02 * width,
            "{summary:?} {method:?}: {l} {h}"
        );
        assert!(
            (found.standard_error / error - 1.0).abs() < 0.015,
            "{summary:?}: {}",
            found.standard_error
        );
    }
}
