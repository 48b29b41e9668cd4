use super::contrast::above_0;
use super::{Comparison, Difference};
use crate::distribution::ChiSquare;
use crate::interval::{Estimate, two_sided_normal};
use crate::math::{exp, sqrt};
use crate::{StatsError, check, multiplicity};

/// A correction for asking many questions: metrics, arms, segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// No false finding at all, under any dependence.
    Bonferroni,
    /// As Bonferroni, never less powerful.
    Holm,
    /// As Holm, for independent or positively dependent questions.
    Hochberg,
    /// Few false findings among all, for independent or positively dependent questions.
    BenjaminiHochberg,
    /// Few false findings among all, under any dependence.
    BenjaminiYekutieli,
}

impl Correction {
    /// The p-values, corrected for their number, in the same order.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] for a p-value outside [0, 1].
    pub fn adjusted(self, p_values: &[f64]) -> Result<Vec<f64>, StatsError> {
        match self {
            Self::Bonferroni => multiplicity::bonferroni(p_values),
            Self::Holm => multiplicity::holm(p_values),
            Self::Hochberg => multiplicity::hochberg(p_values),
            Self::BenjaminiHochberg => multiplicity::benjamini_hochberg(p_values),
            Self::BenjaminiYekutieli => multiplicity::benjamini_yekutieli(p_values),
        }
    }
}

/// Comparisons of several metrics or arms, judged together.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// `(n,)`: reject where at most alpha.
    pub adjusted_p_values: Vec<f64>,
    /// `(n,)`: whether the comparison stands after the correction.
    pub found: Vec<bool>,
}

/// Judges the comparisons of several metrics, or of several treatments with one control, together at `alpha`.
///
/// # Errors
/// [`StatsError::OutOfRange`] for an alpha outside (0, 1).
pub fn family(comparisons: &[Comparison], correction: Correction, alpha: f64) -> Result<Family, StatsError> {
    check::open_unit("alpha", alpha)?;
    let p_values: Vec<f64> = comparisons.iter().map(|comparison| comparison.p_value).collect();
    let adjusted_p_values = correction.adjusted(&p_values)?;
    Ok(Family {
        found: adjusted_p_values.iter().map(|&p| p <= alpha).collect(),
        adjusted_p_values,
    })
}

/// The level at which to ask each of `n` questions so that all their intervals hold together with `level`.
///
/// # Errors
/// [`StatsError::OutOfRange`] for a level outside (0, 1), [`StatsError::TooFewValues`] without questions.
pub fn simultaneous_level(level: f64, n: usize) -> Result<f64, StatsError> {
    check::level(level)?;
    check::at_least("questions", n, 1)?;
    Ok(1.0 - (1.0 - level) / n as f64)
}

/// One metric's effect in several segments of the units.
#[derive(Debug, Clone, PartialEq)]
pub struct Segments {
    /// `(n_segments,)`, corrected for their number.
    pub adjusted_p_values: Vec<f64>,
    /// `(n_segments,)`: segments with an effect, after the correction.
    pub found: Vec<bool>,
    /// The effect common to all, each weighted by its precision; a scaled effect is that of all segments together.
    pub pooled: Estimate,
    /// Cochran's Q of effects that differ between segments.
    pub heterogeneity: f64,
    /// Its degrees of freedom.
    pub df: f64,
    /// Probability of effects at least as far apart if all were one.
    pub p_value: f64,
    /// Its natural logarithm.
    pub ln_p_value: f64,
    /// The share of the spread of effects that is more than chance, in [0, 1) (Higgins' I²).
    pub inconsistency: f64,
}

/// Looks for segments with an effect, controlling false discoveries at the share `rate`, and asks whether the effects
/// differ at all: without that, a difference between segments is no finding.
///
/// Scaled effects grow with a segment's size, so that their spread would tell sizes and not effects: they are compared
/// per unit, and pooled to the total of all segments, which is their sum if the effect is common.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 segments, [`StatsError::OutOfRange`] for a rate outside (0, 1) or a standard error
/// not above 0, [`StatsError::Undefined`] for segments whose effects are in different units.
///
/// # Reference
/// Y. Benjamini, Y. Hochberg (1995), JRSS B 57, 289-300; W. G. Cochran (1954), Biometrics 10, 101-129; J. P. T.
/// Higgins, S. G. Thompson (2002), Statistics in Medicine 21, 1539-1558.
pub fn segments(
    comparisons: &[Comparison],
    correction: Correction,
    rate: f64,
    level: f64,
) -> Result<Segments, StatsError> {
    check::level(level)?;
    check::at_least("segments", comparisons.len(), 2)?;
    let unit = comparisons[0].question.difference;
    if comparisons
        .iter()
        .any(|segment| segment.question.difference != unit)
    {
        return Err(StatsError::Undefined {
            what: "effect of all segments",
            reason: "the segments' effects are in different units",
        });
    }
    let Family {
        adjusted_p_values,
        found,
    } = family(comparisons, correction, rate)?;
    let common = Common::of(comparisons)?;
    let df = comparisons.len() as f64 - 1.0;
    let ln_p_value = ChiSquare::new(df)?.ln_sf(common.heterogeneity);
    Ok(Segments {
        adjusted_p_values,
        found,
        pooled: common.estimate(size_together(comparisons), level),
        heterogeneity: common.heterogeneity,
        df,
        p_value: exp(ln_p_value),
        ln_p_value,
        inconsistency: if common.heterogeneity > df {
            1.0 - df / common.heterogeneity
        } else {
            0.0
        },
    })
}

/// How many units' effects the effect of a segment adds up.
fn size(segment: &Comparison) -> f64 {
    match segment.question.difference {
        Difference::Absolute | Difference::Relative => 1.0,
        Difference::Scaled {
            traffic_share,
            n_days,
        } => segment.n_treatment as f64 / traffic_share / n_days,
    }
}

fn size_together(comparisons: &[Comparison]) -> f64 {
    match comparisons[0].question.difference {
        Difference::Absolute | Difference::Relative => 1.0,
        Difference::Scaled { .. } => comparisons.iter().map(size).sum(),
    }
}

/// The effect per unit that fits all segments best.
struct Common {
    value: f64,
    standard_error: f64,
    heterogeneity: f64,
}

impl Common {
    fn of(comparisons: &[Comparison]) -> Result<Self, StatsError> {
        let per_unit = |segment: &Comparison| -> Result<(f64, f64), StatsError> {
            let error = above_0("standard error", segment.standard_error)?;
            Ok((segment.effect.value / size(segment), error / size(segment)))
        };
        let effects = comparisons.iter().map(per_unit).collect::<Result<Vec<_>, _>>()?;
        // in units of the least error, so that squares neither overflow nor vanish
        let least = effects
            .iter()
            .fold(f64::INFINITY, |least, (_, error)| least.min(*error));
        let weight = |error: f64| (least / error) * (least / error);
        let total: f64 = effects.iter().map(|&(_, error)| weight(error)).sum();
        let shares = effects
            .iter()
            .map(|&(effect, error)| weight(error) / total * effect);
        let value: f64 = shares.sum();
        let square = |&(effect, error): &(f64, f64)| {
            let distance = (effect - value) / error;
            distance * distance
        };
        Ok(Self {
            value,
            standard_error: least / sqrt(total),
            heterogeneity: effects.iter().map(square).sum(),
        })
    }

    /// Of so many units together.
    fn estimate(&self, size: f64, level: f64) -> Estimate {
        let half = two_sided_normal(level) * self.standard_error;
        Estimate {
            value: size * self.value,
            low: size * (self.value - half),
            high: size * (self.value + half),
        }
    }
}
