use stats::Alternative::{Greater, TwoSided};
use stats::test::{
    Deterministic, UnitRootLags, VarianceLags, adf, box_pierce, kpss, ljung_box, mann_kendall,
};

use crate::data::{grades, heavy, normals, series};
use crate::study::Limit::{Close, Off, Rough, Safe};
use crate::study::{Study, p};

const LEVEL: f64 = 0.95;

pub(super) fn studies() -> Vec<Study> {
    [whiteness(), unit_roots(), stationarity(), trends()]
        .into_iter()
        .flatten()
        .collect()
}

fn whiteness() -> Vec<Study> {
    vec![
        Study::level("Ljung-Box", "10 lags, n = 100", Rough, |draw| {
            p(ljung_box(&normals(draw, 100, 0.0, 1.0), 10, 0, LEVEL))
        })
        .at_5_percent(),
        Study::level("Ljung-Box", "10 lags, n = 1,000", Close, |draw| {
            p(ljung_box(&normals(draw, 1_000, 0.0, 1.0), 10, 0, LEVEL))
        })
        .at_5_percent(),
        Study::level("Box-Pierce", "10 lags, n = 100", Rough, |draw| {
            p(box_pierce(&normals(draw, 100, 0.0, 1.0), 10, 0, LEVEL))
        })
        .at_5_percent(),
    ]
}

/// Random walks, which have one.
fn unit_roots() -> Vec<Study> {
    let study = |scenario: &str, limit, n: usize, deterministic, lags| {
        Study::level("augmented Dickey-Fuller", scenario, limit, move |draw| {
            p(adf(&series(draw, n, 1.0), deterministic, lags, LEVEL).map(|found| found.result))
        })
    };
    vec![
        study(
            "constant, no lags, n = 100",
            Close,
            100,
            Deterministic::Constant,
            UnitRootLags::Fixed(0),
        ),
        study(
            "nothing, no lags, n = 100",
            Close,
            100,
            Deterministic::Nothing,
            UnitRootLags::Fixed(0),
        ),
        study(
            "trend, 2 lags, n = 250",
            Close,
            250,
            Deterministic::Trend,
            UnitRootLags::Fixed(2),
        ),
        study(
            "constant, lags by Akaike, n = 100",
            Rough,
            100,
            Deterministic::Constant,
            UnitRootLags::Akaike { most: Some(4) },
        )
        .at_5_percent(),
    ]
}

fn stationarity() -> Vec<Study> {
    let study = |scenario: &str, limit, n: usize, memory: f64, trend: bool, lags| {
        Study::level("KPSS", scenario, limit, move |draw| {
            p(kpss(&series(draw, n, memory), trend, lags).map(|found| found.result))
        })
        .at_5_percent()
    };
    vec![
        study(
            "level, white noise, n = 200",
            Close,
            200,
            0.0,
            false,
            VarianceLags::Fixed(0),
        ),
        study(
            "trend, white noise, n = 200",
            Close,
            200,
            0.0,
            true,
            VarianceLags::Fixed(0),
        ),
        study(
            "level, memory 0.5, n = 200, lags chosen",
            Rough,
            200,
            0.5,
            false,
            VarianceLags::Automatic,
        ),
        study(
            "level, memory 0.5, n = 200, no lags",
            Off(0.2, 0.6),
            200,
            0.5,
            false,
            VarianceLags::Fixed(0),
        )
        .note("memory needs lags: the choice by the data is the default"),
    ]
}

fn trends() -> Vec<Study> {
    vec![
        Study::level("Mann-Kendall", "n = 10", Safe, |draw| {
            p(mann_kendall(&heavy(draw, 10), TwoSided, LEVEL))
        }),
        Study::level("Mann-Kendall", "n = 50", Close, |draw| {
            p(mann_kendall(&heavy(draw, 50), TwoSided, LEVEL))
        }),
        Study::level("Mann-Kendall", "ties, n = 50, greater", Close, |draw| {
            p(mann_kendall(&grades(draw, 50), Greater, LEVEL))
        }),
        Study::level("Mann-Kendall", "memory 0.5, n = 50", Off(0.10, 0.30), |draw| {
            p(mann_kendall(&series(draw, 50, 0.5), TwoSided, LEVEL))
        })
        .at_5_percent()
        .note("values must be independent, as the result's assumption says"),
    ]
}
