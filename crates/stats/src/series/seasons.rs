//! After how many values does a series come again?

use super::fourier::lagged_products;
use super::lines::chance_of_lines;
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
/// What the line leaves of a constant series, as a share of its values.
const ROUNDING: f64 = 1e-13;
/// How many peaks of the autocorrelation are looked at, the shortest and the highest.
const MOST_PEAKS: usize = 100;
/// What a season explains at least, as a share of the variation of the whole series without its trend.
const LEAST_SHARE: f64 = 0.01;
/// How many candidates are held against the spectrum beside them, the clearest first.
const MOST_TRIED: usize = 20;
/// Cycles of a season within a longer one from which on its harmonics can be told from those of the longer one.
const FEW_CYCLES: usize = 5;
/// Neighbours of harmonics that tell enough by themselves.
const FEW_BESIDE: usize = 40;
/// A shorter season is an overtone if what it leaves is explained to this share by one two or three times as long.
const OVERTONE: f64 = 0.3;

/// The seasons of a series, each with a p-value of at most `significance`, in the order in which they are found.
///
/// A line is taken out and wild values are pulled in to three standard deviations. A season is the lag at a peak
/// of the autocorrelation whose phases differ most clearly (the largest F); they are taken out, and the rest looked at again,
/// four times at most. Where the series remembers more than its last value, hills of its spectrum look like seasons: so the
/// harmonics of a season have to stand out of the spectrum beside them as well. An overtone is left out once the season of a
/// multiple of its length is found, and so is what explains less than a hundredth of the variation. No season is looked for
/// behind one that could not be told from one found before.
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
/// analysis of variance of the phases; D. J. Thomson (1982), Proceedings of the IEEE 70, 1055-1096, for lines in spectra.
pub fn seasons(values: &[f64], significance: f64) -> Result<Vec<Season>, StatsError> {
    no_infinity(values)?;
    check::open_unit("significance", significance)?;
    check::at_least("values", values.iter().filter(|v| !v.is_nan()).count(), 8)?;
    let longest = values.len() / 3;
    let mut rest = pulled_in(values);
    let whole = rest.clone();
    let mut found: Vec<Season> = Vec::new();
    while found.len() < MOST {
        let Some(season) = clearest(&rest, longest, significance) else {
            break;
        };
        let is_known = |known: &Season| are_one(known.season_length, season.season_length, values.len());
        if found.iter().any(is_known) || season.share * squares(&rest) < LEAST_SHARE * squares(&whole) {
            break;
        }
        take_out(&mut rest, season.season_length);
        found.retain(|shorter| !is_part_of(shorter.season_length, &season));
        found.push(season);
    }
    let lengths: Vec<usize> = found.iter().map(|season| season.season_length).collect();
    found.retain(|season| !is_part_of_any(&whole, season.season_length, &lengths, significance));
    Ok(found)
}

/// Whether two seasons are one of which neither length is quite right: so few cycles of them fit into `n` values that their
/// frequencies are closer than Rayleigh's limit, one cycle in all.
fn are_one(length: usize, other: usize, n: usize) -> bool {
    length.abs_diff(other) * n < length * other
}

/// Whether a season says nothing that one of many times its length does not: its harmonics do not stand out among those of
/// the longer one, once the others are taken out.
fn is_part_of_any(whole: &[f64], length: usize, lengths: &[usize], significance: f64) -> bool {
    lengths.iter().any(|&longer| {
        if longer < FEW_CYCLES * length || !longer.is_multiple_of(length) {
            return false;
        }
        let mut rest = whole.to_vec();
        let others = lengths.iter().filter(|&&other| other != length && other < longer);
        others.for_each(|&other| take_out(&mut rest, other));
        let profile = phase_means(&rest, longer).0;
        chance_of_lines(&profile, length) > significance
    })
}

/// The sure season whose phases differ most beside what is left, for their number (the largest F): a multiple of the right
/// length has more phases to explain no more, an overtone explains less. A day within a week comes first if it explains half
/// of what the week does.
fn clearest(rest: &[f64], longest: usize, significance: f64) -> Option<Season> {
    let sure = |(season_length, autocorrelation): (usize, f64)| {
        let (share, ratio, p_value) = tested(rest, season_length, longest);
        let season = Season {
            season_length,
            autocorrelation,
            share,
            p_value,
        };
        (p_value <= significance).then_some((ratio, season))
    };
    let mut seasons: Vec<(f64, Season)> = peaks(rest, longest).into_iter().filter_map(sure).collect();
    seasons.sort_by(|a, b| b.0.total_cmp(&a.0));
    let stands_out = |season: Season| {
        let chance = chance_of_lines(rest, season.season_length);
        // few cycles of few harmonics say too little for the number of lags: there the phases decide, and the lines agree
        let n_beside = season.season_length * (rest.len() / season.season_length - 1) / 2;
        let n_looks = if n_beside < FEW_BESIDE { 1 } else { longest };
        let p_value = season.p_value.max((chance * n_looks as f64).min(1.0));
        (p_value <= significance).then_some(Season { p_value, ..season })
    };
    let in_order = seasons.iter().map(|(_, season)| *season);
    let best = in_order.clone().take(MOST_TRIED).find_map(stands_out)?;
    let is_within =
        |s: &Season| best.season_length.is_multiple_of(s.season_length) && 2.0 * s.share >= best.share;
    let mut within: Vec<Season> = in_order.filter(is_within).collect();
    within.sort_by_key(|season| season.season_length);
    within.into_iter().find_map(stands_out)
}

/// Whether a season was but an overtone of one two or three times as long.
fn is_part_of(length: usize, season: &Season) -> bool {
    season.season_length.is_multiple_of(length)
        && season.season_length <= 3 * length
        && season.share > OVERTONE
}

fn squares(values: &[f64]) -> f64 {
    values.iter().filter(|v| !v.is_nan()).map(|v| v * v).sum()
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
    let largest = values
        .iter()
        .filter(|v| !v.is_nan())
        .map(|v| v.abs())
        .fold(0.0, f64::max);
    if scale <= ROUNDING * largest {
        return rest.iter().map(|v| v * 0.0).collect();
    }
    rest.iter()
        .map(|v| ((v - centre) / scale).clamp(-3.0, 3.0))
        .collect()
}

/// The lags at peaks of the autocorrelation that noise would not have, in rising order, with their autocorrelations. Slow
/// seasons hide the peaks of short ones, which show in differences.
fn peaks(rest: &[f64], longest: usize) -> Vec<(usize, f64)> {
    let steps: Vec<f64> = rest.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (Some(r), Some(of_steps)) = (
        autocorrelations(rest, longest + 1),
        autocorrelations(&steps, longest + 1),
    ) else {
        return Vec::new();
    };
    let least = 1.0 / (rest.len() as f64).sqrt();
    let is_peak = |r: &[f64], lag: usize| r[lag] > least && r[lag] >= r[lag - 1] && r[lag] > r[lag + 1];
    let of = |r: &[f64]| -> Vec<usize> {
        let short: Vec<usize> = (2..=longest).filter(|&lag| is_peak(r, lag)).collect();
        let mut high = short.clone();
        high.sort_by(|&a, &b| r[b].total_cmp(&r[a]).then(a.cmp(&b)));
        short
            .into_iter()
            .take(MOST_PEAKS)
            .chain(high.into_iter().take(MOST_PEAKS))
            .collect()
    };
    let mut lags = of(&r);
    lags.extend(of(&of_steps));
    lags.sort_unstable();
    lags.dedup();
    lags.into_iter().map(|lag| (lag, r[lag])).collect()
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

/// The share of the variation between phases, F, and the p-value for it among `longest` lags, after whitening.
fn tested(rest: &[f64], length: usize, longest: usize) -> (f64, f64, f64) {
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
        return (share, 0.0, 1.0);
    }
    let ratio = explained / df1 / ((1.0 - explained).max(1e-300) / df2);
    let p = FisherF::new(df1, df2).map_or(1.0, |f| f.sf(ratio));
    (share, ratio, (p * longest as f64).min(1.0))
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
