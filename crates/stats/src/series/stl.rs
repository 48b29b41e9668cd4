//! Seasonal and trend decomposition by loess.

use super::loess::Loess;
use super::robust::median_in_place;
use crate::{StatsError, check};

/// A series split into parts that add up to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// The slow part, `(n,)`, also where values are missing.
    pub trend: Vec<f64>,
    /// One `(n,)` part per season, in the order of rising season length, also where values are missing.
    pub seasonal: Vec<SeasonalPart>,
    /// What is left over, `(n,)`; NaN where the value is missing.
    pub remainder: Vec<f64>,
    /// How much each value was believed, in [0, 1]; 0 where it is missing.
    pub weights: Vec<f64>,
}

/// The part of a series that comes again every season.
#[derive(Debug, Clone, PartialEq)]
pub struct SeasonalPart {
    /// After how many values it comes again.
    pub season_length: usize,
    /// Its values, `(n,)`, around 0.
    pub values: Vec<f64>,
}

impl Decomposition {
    /// How strong the trend is, in [0, 1]: `max(0, 1 - Var(remainder) / Var(trend + remainder))`.
    ///
    /// # Reference
    /// X. Wang, K. Smith, R. Hyndman (2006), Data Mining and Knowledge Discovery 13, 335-364.
    #[must_use]
    pub fn trend_strength(&self) -> f64 {
        strength(&self.trend, &self.remainder)
    }

    /// How strong each season is, in [0, 1], as [`trend_strength`](Self::trend_strength) of its part.
    #[must_use]
    pub fn seasonal_strengths(&self) -> Vec<f64> {
        let parts = self.seasonal.iter();
        parts
            .map(|part| strength(&part.values, &self.remainder))
            .collect()
    }
}

fn strength(part: &[f64], remainder: &[f64]) -> f64 {
    let present = || part.iter().zip(remainder).filter(|(_, r)| !r.is_nan());
    let rest: Vec<f64> = present().map(|(_, r)| *r).collect();
    let whole: Vec<f64> = present().map(|(p, r)| p + r).collect();
    let (rest, whole) = (variance(&rest), variance(&whole));
    if whole > 0.0 {
        (1.0 - rest / whole).max(0.0)
    } else {
        0.0
    }
}

pub(super) fn variance(values: &[f64]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n
}

/// How [`stl`] smooths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StlParams {
    /// After how many values the season comes again, at least 2.
    pub season_length: usize,
    /// Smooths the values of one phase from season to season; larger lets the season change less.
    pub seasonal: Loess,
    /// Smooths what is left without the season.
    pub trend: Loess,
    /// Takes slow parts out of the season.
    pub low_pass: Loess,
    /// How often season and trend are found in turn.
    pub n_inner: usize,
    /// How often values that fit badly are believed less; 0 believes all alike.
    pub n_outer: usize,
}

impl StlParams {
    /// The usual settings: a seasonal window of 7, a trend window of at least `1.5 season_length / (1 - 1.5 / 7)`, a low
    /// pass longer than a season, lines everywhere, five rounds without and two with fifteen rounds of robust weights.
    #[must_use]
    pub fn new(season_length: usize, is_robust: bool) -> Self {
        Self::with_seasonal_window(season_length, 7, is_robust)
    }

    /// As [`new`](Self::new) with another seasonal window, odd and at least 3.
    #[must_use]
    pub fn with_seasonal_window(season_length: usize, window: usize, is_robust: bool) -> Self {
        let shortest = 1.5 * season_length as f64 / (1.0 - 1.5 / window.max(3) as f64);
        let trend = (shortest.ceil() as usize) | 1;
        Self {
            season_length,
            seasonal: Loess::linear(window),
            trend: Loess::linear(trend.max(3)),
            low_pass: Loess::linear((season_length + 1) | 1),
            n_inner: if is_robust { 2 } else { 5 },
            n_outer: if is_robust { 15 } else { 0 },
        }
    }
}

/// Splits a series into trend, one season and remainder.
///
/// # Shapes and units
/// `values` is `(n,)` in the order of time at equal distances, with NaN where a value is missing: such places have no
/// weight, and trend and season go on across them. All parts are in the unit of the values.
///
/// # Errors
/// [`StatsError::TooFewValues`] below two seasons, or if a phase of the season has no value at all;
/// [`StatsError::OutOfRange`] for a season below 2 or windows that are even or below 3; [`StatsError::NotFinite`] for
/// infinities.
///
/// # Reference
/// R. B. Cleveland, W. S. Cleveland, J. E. McRae, I. Terpenning (1990), Journal of Official Statistics 6, 3-73. Checked
/// against statsmodels `STL`.
pub fn stl(values: &[f64], params: &StlParams) -> Result<Decomposition, StatsError> {
    checked(values, params)?;
    let mut weights = presence(values);
    let (mut trend, mut seasonal) = (vec![0.0; values.len()], Vec::new());
    for round in 0..=params.n_outer {
        for _ in 0..params.n_inner.max(1) {
            seasonal = season(values, &trend, &weights, params);
            let rest: Vec<f64> = values.iter().zip(&seasonal).map(|(v, s)| v - s).collect();
            trend = params.trend.smooth(&rest, &weights);
        }
        if round < params.n_outer {
            weights = robust_weights(values, &trend, &seasonal);
        }
    }
    let fitted = trend.iter().zip(&seasonal);
    Ok(Decomposition {
        remainder: values.iter().zip(fitted).map(|(v, (t, s))| v - s - t).collect(),
        trend,
        seasonal: vec![SeasonalPart {
            season_length: params.season_length,
            values: seasonal,
        }],
        weights,
    })
}

fn checked(values: &[f64], params: &StlParams) -> Result<(), StatsError> {
    no_infinity(values)?;
    let m = params.season_length;
    at_least_2("season_length", m)?;
    for (what, loess) in [
        ("window of the season", params.seasonal),
        ("window of the trend", params.trend),
        ("window of the low pass", params.low_pass),
    ] {
        odd_window(what, loess.window)?;
    }
    check::at_least("values (two seasons)", values.len(), 2 * m)?;
    (0..m).try_for_each(|phase| {
        let n = values
            .iter()
            .skip(phase)
            .step_by(m)
            .filter(|v| !v.is_nan())
            .count();
        check::at_least(&format!("phase {phase} of the season"), n, 1)
    })
}

pub(super) fn odd_window(what: &'static str, window: usize) -> Result<(), StatsError> {
    if window >= 3 && window % 2 == 1 {
        return Ok(());
    }
    Err(StatsError::OutOfRange {
        what,
        found: window as f64,
        expected: "odd and at least 3",
    })
}

pub(super) fn at_least_2(what: &'static str, found: usize) -> Result<(), StatsError> {
    if found >= 2 {
        return Ok(());
    }
    Err(StatsError::OutOfRange {
        what,
        found: found as f64,
        expected: "of at least 2",
    })
}

pub(super) fn no_infinity(values: &[f64]) -> Result<(), StatsError> {
    match values.iter().position(|v| v.is_infinite()) {
        Some(index) => Err(StatsError::NotFinite {
            what: "values",
            index,
            found: values[index],
        }),
        None => Ok(()),
    }
}

pub(super) fn presence(values: &[f64]) -> Vec<f64> {
    values.iter().map(|v| f64::from(u8::from(!v.is_nan()))).collect()
}

/// Smooths each phase one season beyond both ends, and takes out what is slow in the result.
fn season(values: &[f64], trend: &[f64], weights: &[f64], params: &StlParams) -> Vec<f64> {
    let (n, m) = (values.len(), params.season_length);
    let mut longer = vec![0.0; n + 2 * m];
    for phase in 0..m {
        let own: Vec<f64> = (phase..n).step_by(m).map(|i| values[i] - trend[i]).collect();
        let weight: Vec<f64> = (phase..n).step_by(m).map(|i| weights[i]).collect();
        for (i, value) in beyond(&params.seasonal, &own, &weight).into_iter().enumerate() {
            longer[phase + i * m] = value;
        }
    }
    let slow = moving_mean(&moving_mean(&moving_mean(&longer, m), m), 3);
    let slow = params.low_pass.smooth(&slow, &vec![1.0; n]);
    longer[m..].iter().zip(&slow).map(|(s, low)| s - low).collect()
}

/// The smooth values with one more before and one after.
fn beyond(loess: &Loess, own: &[f64], weights: &[f64]) -> Vec<f64> {
    let k = own.len();
    let inside = loess.smooth(own, weights);
    let before = loess.at(own, weights, -1.0, 0, loess.window.min(k) - 1);
    let after = loess.at(own, weights, k as f64, k.saturating_sub(loess.window), k - 1);
    let mut all = Vec::with_capacity(k + 2);
    all.push(before.unwrap_or(inside[0]));
    all.extend_from_slice(&inside);
    all.push(after.unwrap_or(inside[k - 1]));
    all
}

fn moving_mean(values: &[f64], width: usize) -> Vec<f64> {
    let mut sum: f64 = values[..width].iter().sum();
    let mut means = vec![sum / width as f64];
    for i in width..values.len() {
        sum = sum - values[i - width] + values[i];
        means.push(sum / width as f64);
    }
    means
}

/// Tukey's bisquare of six median absolute remainders; 0 where the value is missing.
fn robust_weights(values: &[f64], trend: &[f64], seasonal: &[f64]) -> Vec<f64> {
    let fitted = trend.iter().zip(seasonal).map(|(t, s)| t + s);
    let misfit: Vec<f64> = values.iter().zip(fitted).map(|(v, f)| (v - f).abs()).collect();
    let mut present: Vec<f64> = misfit.iter().copied().filter(|r| !r.is_nan()).collect();
    let most = 6.0 * median_in_place(&mut present);
    let weight = |r: f64| {
        if r.is_nan() || r > 0.999 * most {
            0.0
        } else if r <= 0.001 * most {
            1.0
        } else {
            let rest = 1.0 - r / most * (r / most);
            rest * rest
        }
    };
    // All remainders but a few are 0: then nothing tells how far is far.
    if most > 0.0 {
        misfit.into_iter().map(weight).collect()
    } else {
        presence(values)
    }
}
