//! Numbers of statsmodels 0.15.0 and ruptures 1.1.10 (numpy 2.4.6) on series that a formula gives.

use super::*;
use crate::math::{cos, sin};
use std::f64::consts::PI;

fn noise(i: usize) -> f64 {
    ((i * 7919 + i * i * 31) % 1009) as f64 / 1009.0 - 0.5
}

fn monthly() -> Vec<f64> {
    let value = |i: usize| {
        let step = if i % 12 == 3 { 1.5 } else { 0.0 };
        let wild = if i == 50 { 20.0 } else { 0.0 };
        0.05 * i as f64 + 3.0 * sin(2.0 * PI * i as f64 / 12.0) + step + noise(i) + wild
    };
    (0..120).map(value).collect()
}

fn two_seasons() -> Vec<f64> {
    let value = |i: usize| {
        let t = 2.0 * PI * i as f64;
        0.01 * i as f64 + 2.0 * sin(t / 7.0) + 3.0 * cos(t / 30.0) + noise(i)
    };
    (0..400).map(value).collect()
}

fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-9, "{got} {expected}");
}

fn matches(found: &Decomposition, rows: &[(usize, [f64; 4])]) {
    for (i, row) in rows {
        let got = [
            found.trend[*i],
            found.seasonal[0].values[*i],
            found.remainder[*i],
            found.weights[*i],
        ];
        got.into_iter()
            .zip(row)
            .for_each(|(got, expected)| close(got, *expected));
    }
}

#[test]
fn stl_matches_statsmodels() {
    // STL(y, 12).fit()
    matches(
        &stl(&monthly(), &StlParams::new(12, false)).unwrap(),
        &[
            (
                0,
                [0.37688094805114164, -0.3809965835017922, -0.4958843645493494, 1.0],
            ),
            (
                1,
                [0.39105223515026677, 1.621538671054255, -0.0835027000598243, 1.0],
            ),
            (50, [4.1074153787564365, 7.76381869286778, 12.95379952327717, 1.0]),
            (
                77,
                [3.866484165268318, 1.449101666172124, 0.018061343980770417, 1.0],
            ),
            (
                119,
                [6.212913393230089, -1.8009397326968233, -0.4312501719307029, 1.0],
            ),
        ],
    );
    // STL(y, 12, robust=True).fit()
    matches(
        &stl(&monthly(), &StlParams::new(12, true)).unwrap(),
        &[
            (
                0,
                [
                    0.14351542302016623,
                    -0.5736208319658899,
                    -0.06989459105427637,
                    0.9852176425870781,
                ],
            ),
            (
                1,
                [
                    0.18392008120072947,
                    1.5733093110437997,
                    0.1718588139001683,
                    0.9122974468538135,
                ],
            ),
            (
                50,
                [2.530902401813083, 2.600580884738767, 19.693550308349533, 0.0],
            ),
            (
                77,
                [
                    3.862567878420843,
                    1.503663333764574,
                    -0.03258403676420407,
                    0.9967899811993537,
                ],
            ),
            (
                119,
                [
                    6.342303775306942,
                    -2.1902793392139355,
                    -0.1713009474904439,
                    0.8945514733893566,
                ],
            ),
        ],
    );
}

#[test]
fn constants_and_jumps_match_statsmodels() {
    // STL(y, 12, seasonal=13, seasonal_deg=0, trend_jump=4, low_pass_jump=3).fit()
    let mut params = StlParams::with_seasonal_window(12, 13, false);
    params.seasonal.is_linear = false;
    (params.trend.jump, params.low_pass.jump) = (4, 3);
    matches(
        &stl(&monthly(), &params).unwrap(),
        &[
            (
                0,
                [
                    -0.020432422934605083,
                    -0.45738558740143587,
                    -0.02218198966395905,
                    1.0,
                ],
            ),
            (
                1,
                [0.043113883152468724, 1.1378049488080582, 0.7481693741841706, 1.0],
            ),
            (
                50,
                [4.195936818429846, 5.184053075835131, 15.445043700636408, 1.0],
            ),
            (
                77,
                [3.8895264674248957, 1.1861082550385067, 0.2580124529578103, 1.0],
            ),
            (
                119,
                [6.384960047869655, -1.9185769588564756, -0.4856596004106173, 1.0],
            ),
        ],
    );
}

#[test]
fn mstl_matches_statsmodels() {
    // MSTL(z, periods=(30, 7)).fit(), then with stl_kwargs=dict(robust=True); trend, seasons of 7 and 30, remainder
    let plain = [
        (
            0,
            [
                -0.047217436464729694,
                -0.1376518503771195,
                2.763599423171208,
                -0.07873013632935849,
            ],
        ),
        (
            1,
            [
                -0.0375026589399795,
                1.8860205427635959,
                2.954883636347831,
                0.08379245311072714,
            ],
        ),
        (
            200,
            [
                1.9716717764898413,
                -0.9362191562858294,
                -1.4741188435431591,
                0.183386356600576,
            ],
        ),
        (
            399,
            [
                4.094136926021377,
                0.15102207436531964,
                -1.0403672072110632,
                0.06578854183622251,
            ],
        ),
    ];
    let robust = [
        (
            0,
            [
                0.000815233801794838,
                0.014127961765914224,
                2.608350552817002,
                -0.1232937483847112,
            ],
        ),
        (
            1,
            [
                0.008921014118962687,
                1.7742608720197346,
                3.0953247861323248,
                0.008687301011152717,
            ],
        ),
        (
            200,
            [
                1.9660966955810821,
                -0.9244026235993271,
                -1.4443123338537398,
                0.14733839513341418,
            ],
        ),
        (
            399,
            [
                4.092347396163486,
                0.1686056688016987,
                -1.0372397007216927,
                0.0468669707683631,
            ],
        ),
    ];
    for (is_robust, rows) in [(false, plain), (true, robust)] {
        let found = mstl(&two_seasons(), &[30, 7], is_robust).unwrap();
        assert_eq!(found.seasonal[0].season_length, 7);
        for (i, row) in rows {
            let parts = [
                &found.trend,
                &found.seasonal[0].values,
                &found.seasonal[1].values,
                &found.remainder,
            ];
            parts
                .into_iter()
                .zip(row)
                .for_each(|(part, expected)| close(part[i], expected));
        }
    }
}

#[test]
fn what_is_missing_changes_little_and_is_bridged() {
    let mut holes = monthly();
    holes[50] -= 20.0;
    let whole = stl(&holes, &StlParams::new(12, false)).unwrap();
    for i in [50, 51, 90] {
        holes[i] = f64::NAN;
    }
    let found = stl(&holes, &StlParams::new(12, false)).unwrap();
    assert!(found.remainder[51].is_nan() && found.weights[51] == 0.0);
    for i in 0..120 {
        let [a, b] = [&whole, &found].map(|d| d.trend[i] + d.seasonal[0].values[i]);
        assert!((a - b).abs() < 1.0, "{i}: {a} {b}");
    }
    // a missing value is no value: what stands in its place does not matter, nor does the unit
    let scaled: Vec<f64> = holes.iter().map(|v| v * 1024.0).collect();
    let scaled = stl(&scaled, &StlParams::new(12, false)).unwrap();
    assert!(
        scaled
            .trend
            .iter()
            .zip(&found.trend)
            .all(|(a, b)| *a == b * 1024.0)
    );
}

#[test]
fn refusals_name_what_is_wrong() {
    let params = StlParams::new(12, false);
    let message = |values: &[f64], params: &StlParams| stl(values, params).unwrap_err().to_string();
    assert!(message(&[1.0; 20], &params).contains("20 values, expected at least 24"));
    assert!(message(&[f64::INFINITY; 30], &params).contains("values[0] is inf"));
    assert!(message(&[f64::NAN; 30], &params).contains("phase 0"));
    let even = StlParams::with_seasonal_window(12, 8, false);
    assert!(message(&[1.0; 30], &even).contains("window of the season is 8"));
    assert!(seasons(&[1.0; 5], 0.05).is_err());
    assert!(mstl(&[f64::NAN; 9], &[], true).is_err());
    assert!(seasons(&[1.0; 50], 0.05).unwrap().is_empty());
    // the line leaves rounding errors of a constant, which come again
    for constant in [0.1, 3.7, 1e9 / 3.0] {
        assert!(seasons(&vec![constant; 700], 0.05).unwrap().is_empty());
    }
}

#[test]
fn a_season_between_two_lengths_is_one() {
    // five times in all, after 178.5 values
    let value = |i: usize| 3.0 * (i as f64 / 178.5).fract() + noise(i);
    let found = seasons(&(0..940).map(value).collect::<Vec<_>>(), 0.01).unwrap();
    let lengths: Vec<usize> = found.iter().map(|season| season.season_length).collect();
    assert!(matches!(lengths.as_slice(), [170..=187]), "{lengths:?}");
}

#[test]
fn seasons_are_found_and_noise_has_none() {
    let lengths = |values: &[f64]| -> Vec<usize> {
        seasons(values, 0.01)
            .unwrap()
            .iter()
            .map(|s| s.season_length)
            .collect()
    };
    let mut both = lengths(&two_seasons());
    both.sort_unstable();
    assert_eq!(both, [7, 30]);
    assert_eq!(lengths(&monthly()), [12]);
    let week = |i: usize| {
        let hour = [0.0, 4.0, 1.0][usize::from(i % 24 >= 8) + usize::from(i % 24 >= 17)];
        hour * if i % 168 >= 120 { 0.4 } else { 1.0 } + noise(i)
    };
    assert_eq!(lengths(&(0..24 * 7 * 8).map(week).collect::<Vec<_>>()), [24, 168]);
    // days of which some are livelier than others, week after week, on slow hills: long memory, no other season
    let (mut draw, mut slow) = (crate::Draw::new(5, 0), [0.0; 3]);
    let memory = (0..4000).map(|i| {
        for (value, phi) in slow.iter_mut().zip([0.995, 0.97, 0.6]) {
            *value = phi * *value + draw.normal();
        }
        let day = [0.0, 9.0, 3.0, 1.0][i % 24 / 6] * (1.0 + 0.1 * slow[0]);
        day + slow[1] + slow[2]
    });
    assert_eq!(lengths(&memory.collect::<Vec<_>>()), [24]);
    let mut n_false = 0;
    for seed in 0..100 {
        let (mut draw, mut last) = (crate::Draw::new(seed, 0), 0.0);
        let phi = [0.0, 0.5, 0.9][seed as usize % 3];
        let walk = (0..300).map(|_| {
            last = phi * last + draw.normal();
            last
        });
        n_false += usize::from(!seasons(&walk.collect::<Vec<_>>(), 0.05).unwrap().is_empty());
    }
    assert!(n_false <= 8, "{n_false} of 100 series of noise have a season");
}
