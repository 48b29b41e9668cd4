//! After how many values does a series come again?

use super::fourier::lagged_products;
use super::loess::Loess;
use super::robust::{median, scale_around};
use super::stl::{no_infinity, presence};
use crate::distribution::FisherF;
use crate::{StatsError, check};

/// A season that a series seems to have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Season {
    /// After how many values it comes again.
    pub season_length: usize,
    /// The autocorrelation at that lag, without trend, wild values and the seasons found before.
    pub autocorrelation: f64,
    /// The share of the variation that it explains, in [0, 1], of what the seasons found before leave.
    pub share: f64,
    /// The chance of a season as marked as this at any lag, if there is none: an F test of the phases after taking out what a
    /// value has of its predecessor, times the number of lags looked at, in [0, 1].
    pub p_value: f64,
}

/// The most seasons that are looked for.
const MOST: usize = 4;
/// How many peaks of the autocorrelation are looked at.
const MOST_PEAKS: usize = 40;
/// A lag that explains this share of what the best one explains is as good.
const NEARLY: f64 = 0.9;

/// The seasons of a series, the most marked first, each with a p-value of at most `significance`.
///
/// The trend is a line through thirds of the series with wild values pulled in to three standard deviations. A season is a lag
/// at which the autocorrelation has a peak and whose phases explain most of the variance, or the shortest of those within a
/// tenth of it; its phases are tested, taken out, and the rest looked at again, four times at most. A season that another one of a few times its length explains
/// as well is left out.
///
/// # Shapes and units
/// `values` is `(n,)` in the order of time at equal distances, NaN where missing. At least three seasons must fit in.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 8 values that are there, [`StatsError::NotFinite`] for infinities,
/// [`StatsError::OutOfRange`] unless `significance` is in (0, 1). A constant series has no seasons.
///
/// # Reference
/// M. Vlachos, P. Yu, V. Castelli (2005), SIAM Data Mining, 449-460, for hills of the autocorrelation; R. A. Fisher's
/// analysis of variance of the phases.
pub fn seasons(values: &[f64], significance: f64) -> Result<Vec<Season>, StatsError> {
    no_infinity(values)?;
    check::open_unit("significance", significance)?;
    check::at_least("values", values.iter().filter(|v| !v.is_nan()).count(), 8)?;
    let longest = values.len() / 3;
    let mut rest = pulled_in(values);
    let mut found: Vec<Season> = Vec::new();
    while found.len() < MOST {
        let Some((length, autocorrelation)) = best_lag(&rest, longest) else {
            break;
        };
        let (share, p_value) = tested(&rest, length, longest);
        if p_value > significance {
            break;
        }
        take_out(&mut rest, length);
        found.retain(|s| !(length % s.season_length == 0 && length <= 3 * s.season_length && share > 0.5));
        found.push(Season {
            season_length: length,
            autocorrelation,
            share,
            p_value,
        });
    }
    Ok(found)
}

/// Values without trend, in units of their spread, at most 3; NaN where missing, all 0 if they are constant.
fn pulled_in(values: &[f64]) -> Vec<f64> {
    let weights = presence(values);
    let n = values.len();
    let line = Loess {
        window: n | 1,
        is_linear: true,
        jump: n.div_ceil(8),
    };
    let trend = line.smooth(values, &weights);
    let rest: Vec<f64> = values.iter().zip(&trend).map(|(v, t)| v - t).collect();
    let centre = median(&rest);
    let mut scale = scale_around(&rest, centre);
    if scale <= 0.0 {
        scale = rest
            .iter()
            .filter(|v| !v.is_nan())
            .map(|v| (v - centre).abs())
            .fold(0.0, f64::max);
    }
    if scale <= 0.0 {
        return rest.iter().map(|v| v * 0.0).collect();
    }
    rest.iter()
        .map(|v| ((v - centre) / scale).clamp(-3.0, 3.0))
        .collect()
}

/// The shortest of the lags at peaks of the autocorrelation whose phases explain nearly the most, with its autocorrelation.
fn best_lag(rest: &[f64], longest: usize) -> Option<(usize, f64)> {
    let r = autocorrelations(rest, longest + 1)?;
    let mut peaks: Vec<usize> = (2..=longest)
        .filter(|&lag| r[lag] > 0.0 && r[lag] >= r[lag - 1] && r[lag] > r[lag + 1])
        .collect();
    peaks.sort_by(|&a, &b| r[b].total_cmp(&r[a]).then(a.cmp(&b)));
    peaks.truncate(MOST_PEAKS);
    peaks.sort_unstable();
    let explained: Vec<f64> = peaks.iter().map(|&lag| adjusted_share(rest, lag)).collect();
    let most = explained.iter().copied().fold(0.0, f64::max);
    let nearly = explained.iter().position(|share| *share >= NEARLY * most)?;
    Some((peaks[nearly], r[peaks[nearly]]))
}

fn autocorrelations(rest: &[f64], n_lags: usize) -> Option<Vec<f64>> {
    let here = presence(rest);
    let filled: Vec<f64> = rest.iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect();
    let mean = filled.iter().sum::<f64>() / here.iter().sum::<f64>();
    let centred: Vec<f64> = filled.iter().zip(&here).map(|(v, w)| (v - mean) * w).collect();
    let (products, pairs) = (lagged_products(&centred, n_lags), lagged_products(&here, n_lags));
    let variance = products[0] / pairs[0];
    let of_lag = |(sum, n): (&f64, &f64)| sum / n.max(1.0) / variance;
    (variance > 0.0).then(|| products.iter().zip(&pairs).map(of_lag).collect())
}

/// The share of the variance between phases, as an honest fit of as many means to new values would have it.
fn adjusted_share(rest: &[f64], length: usize) -> f64 {
    let (share, n, k) = between_phases(rest, length);
    1.0 - (1.0 - share) * (n as f64 - 1.0) / (n as f64 - k as f64).max(1.0)
}

/// The share of the variation between phases, and the p-value for it among `longest` lags, after whitening.
fn tested(rest: &[f64], length: usize, longest: usize) -> (f64, f64) {
    let share = between_phases(rest, length).0;
    let mut left = rest.to_vec();
    take_out(&mut left, length);
    let (mut product, mut square) = (0.0, 0.0);
    for pair in left
        .windows(2)
        .filter(|pair| !pair[0].is_nan() && !pair[1].is_nan())
    {
        product += pair[0] * pair[1];
        square += pair[0] * pair[0];
    }
    let phi = if square > 0.0 { product / square } else { 0.0 };
    let white: Vec<f64> = rest.windows(2).map(|pair| pair[1] - phi * pair[0]).collect();
    let (explained, n, k) = between_phases(&white, length);
    let (df1, df2) = (k.saturating_sub(1) as f64, n.saturating_sub(k) as f64);
    if df1 < 1.0 || df2 < 1.0 {
        return (share, 1.0);
    }
    let ratio = explained / df1 / ((1.0 - explained).max(1e-300) / df2);
    let p = FisherF::new(df1, df2).map_or(1.0, |f| f.sf(ratio));
    (share, (p * longest as f64).min(1.0))
}

/// The share of the variation that phase means explain, how many values there are and how many phases.
fn between_phases(values: &[f64], length: usize) -> (f64, usize, usize) {
    let (means, counts) = phase_means(values, length);
    let n: usize = counts.iter().sum();
    let k = counts.iter().filter(|n| **n > 0).count();
    let mean = means.iter().zip(&counts).map(|(m, c)| m * *c as f64).sum::<f64>() / n.max(1) as f64;
    let present = values.iter().filter(|v| !v.is_nan());
    let total: f64 = present.map(|v| (v - mean) * (v - mean)).sum();
    let between: f64 = means
        .iter()
        .zip(&counts)
        .map(|(m, c)| (m - mean) * (m - mean) * *c as f64)
        .sum();
    (
        if total > 0.0 {
            (between / total).min(1.0)
        } else {
            0.0
        },
        n,
        k,
    )
}

fn phase_means(values: &[f64], length: usize) -> (Vec<f64>, Vec<usize>) {
    let (mut sums, mut counts) = (vec![0.0; length], vec![0_usize; length]);
    for (i, v) in values.iter().enumerate().filter(|(_, v)| !v.is_nan()) {
        sums[i % length] += v;
        counts[i % length] += 1;
    }
    let means = sums.iter().zip(&counts).map(|(s, &n)| s / n.max(1) as f64);
    (means.collect(), counts)
}

fn take_out(values: &mut [f64], length: usize) {
    let (means, _) = phase_means(values, length);
    values
        .iter_mut()
        .enumerate()
        .for_each(|(i, v)| *v -= means[i % length]);
}
