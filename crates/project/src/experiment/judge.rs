//! Comparisons of arms by the method that was planned, and their correction.

use super::measured::{Measured, Pair, Select};
use super::size::boundaries;
use crate::ProjectError;
use crate::file::{ExperimentSection, MonitoringWord};
use serde::{Deserialize, Serialize};
use stats::experiment::{
    Boundaries, Comparison, Correction, Difference, Question, confidence_sequence, fixed_horizon,
    simultaneous_level,
};
use stats::{Estimate, StatsError};

/// An effect with its interval: value, lower and upper end.
pub type Span = [f64; 3];

/// One metric of one treatment against the control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectRecord {
    /// The metric.
    pub metric: String,
    /// `proportion`, `mean`, `ratio` or `quantile`.
    pub kind: String,
    /// The treatment.
    pub treatment: String,
    /// Whether it decides.
    pub is_primary: bool,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// The metric of the control, adjusted if covariates or strata were planned.
    pub control_value: f64,
    /// The metric of the treatment.
    pub treatment_value: f64,
    /// Units of the control.
    pub n_control: u64,
    /// Units of the treatment.
    pub n_treatment: u64,
    /// Units left out because a value was missing.
    pub n_dropped: u64,
    /// Treatment minus control, in the metric's unit.
    pub effect: Span,
    /// The same as a fraction of the control; none where the control is 0.
    pub relative: Option<Span>,
    /// The confidence level of both intervals.
    pub level: f64,
    /// The p-value on its own.
    pub p_value: f64,
    /// The p-value corrected over its family.
    pub p_adjusted: f64,
    /// Whether there is an effect, after the correction.
    pub found: bool,
    /// The method.
    pub method: String,
    /// The share of the variance that covariates left.
    pub variance_ratio: Option<f64>,
    /// The z-value of a planned look at which one stops.
    pub boundary: Option<f64>,
    /// The statistic and its usual name.
    pub statistic: (String, f64),
    /// What the method takes for granted: name, whether it holds, the number behind it.
    pub checks: Vec<(String, bool, String)>,
    /// What a reader must know.
    pub caveats: Vec<String>,
    /// The standard error of the effect.
    pub standard_error: f64,
}

impl EffectRecord {
    /// Whether there is an effect, and it is a good one.
    pub fn is_better(&self) -> bool {
        self.found && (self.effect[0] > 0.0) == self.higher_is_better
    }

    /// Whether there is an effect, and it is a bad one.
    pub fn is_worse(&self) -> bool {
        self.found && !self.is_better()
    }

    /// The best effect that the interval leaves possible; below 0 if even that one is harm.
    pub fn at_best(&self) -> f64 {
        if self.higher_is_better {
            self.effect[2]
        } else {
            -self.effect[1]
        }
    }
}

/// How arms are compared.
pub(super) struct Method<'s> {
    section: &'s ExperimentSection,
    /// Units at which always-valid intervals are narrowest.
    tuning: f64,
    /// The shares of information of all looks up to this one.
    times: Vec<f64>,
}

impl<'s> Method<'s> {
    pub(super) fn new(section: &'s ExperimentSection, tuning: f64, times: Vec<f64>) -> Method<'s> {
        Method {
            section,
            tuning,
            times,
        }
    }

    /// What a family of `n` comparisons asks of each.
    pub(super) fn each(&self, n: usize) -> Result<Asked<'_>, ProjectError> {
        let is_family_wise = !matches!(
            self.section.correction,
            None | Some(Correction::BenjaminiHochberg)
        );
        let level = match is_family_wise {
            true => simultaneous_level(1.0 - self.section.alpha, n.max(1))?,
            false => 1.0 - self.section.alpha,
        };
        Ok(Asked {
            method: self,
            level,
            boundaries: boundaries(self.section, 1.0 - level, &self.times)?,
        })
    }
}

/// One comparison's level, and its boundaries at planned looks.
pub(super) struct Asked<'m> {
    method: &'m Method<'m>,
    level: f64,
    boundaries: Option<Boundaries>,
}

/// A comparison with the interval that holds whether one stops or not.
pub(super) struct Compared {
    pub(super) comparison: Comparison,
    pub(super) interval: Estimate,
    pub(super) crossed: Option<bool>,
    pub(super) boundary: Option<f64>,
}

impl Asked<'_> {
    pub(super) fn compare(&self, pair: &Pair, difference: Difference) -> Result<Compared, StatsError> {
        let question = Question {
            difference,
            level: self.level,
            ..Question::default()
        };
        let plain = |comparison: Comparison| Compared {
            interval: comparison.effect,
            crossed: None,
            boundary: None,
            comparison,
        };
        let (control, treatment) = (&pair.control, &pair.treatment);
        match (self.method.section.monitoring, &self.boundaries) {
            (MonitoringWord::Looks { .. }, Some(boundaries)) => {
                let look = boundaries.look(boundaries.n_looks() - 1, control, treatment, &question)?;
                Ok(Compared {
                    interval: look.repeated,
                    crossed: Some(look.crossed),
                    boundary: look.boundary.is_finite().then_some(look.boundary),
                    comparison: look.comparison,
                })
            }
            (MonitoringWord::AlwaysValid, _) => {
                confidence_sequence(control, treatment, &question, self.method.tuning).map(plain)
            }
            _ => fixed_horizon(control, treatment, &question).map(plain),
        }
    }

    /// One metric of one treatment; corrected later, with its family.
    pub(super) fn effect(
        &self,
        measured: &Measured<'_>,
        treatment: usize,
        is_in: &dyn Fn(usize, usize) -> bool,
        strata: Option<&[u32]>,
    ) -> Result<EffectRecord, ProjectError> {
        let control: Select<'_> = &|unit| is_in(unit, 0);
        let pair = measured.pair(control, &|unit| is_in(unit, treatment), strata)?;
        let section = self.method.section;
        let found = self.compare(&pair, Difference::Absolute).map_err(|error| {
            let section = self.method.section;
            let arm = |position: usize| section.arms[position].value.as_str();
            let what = format!(
                "metric `{}`, arms `{}` and `{}`",
                measured.metric.name.value,
                arm(0),
                arm(treatment)
            );
            ProjectError::data(what, error.to_string(), "values that differ within each arm")
        })?;
        // a control of 0 has no fractions
        let relative = self.compare(&pair, Difference::Relative).ok();
        let metric = measured.metric;
        let comparison = found.comparison;
        Ok(EffectRecord {
            metric: metric.name.value.clone(),
            kind: metric.kind.word().to_owned(),
            treatment: section.arms[treatment].value.clone(),
            is_primary: metric.name.value == section.primary().name.value,
            higher_is_better: metric.higher_is_better,
            control_value: comparison.control,
            treatment_value: comparison.treatment,
            n_control: comparison.n_control,
            n_treatment: comparison.n_treatment,
            n_dropped: comparison.n_dropped,
            effect: span(found.interval),
            relative: relative.map(|relative| span(relative.interval)),
            level: self.level,
            p_value: comparison.p_value,
            p_adjusted: comparison.p_value,
            found: found.crossed.unwrap_or(false),
            method: comparison.method.to_owned(),
            variance_ratio: pair.variance_ratio,
            boundary: found.boundary,
            statistic: (comparison.statistic_name.to_owned(), comparison.statistic),
            checks: comparison
                .checks
                .into_iter()
                .map(|check| (check.name.to_owned(), check.holds, check.detail))
                .collect(),
            caveats: comparison.caveats,
            standard_error: comparison.standard_error,
        })
    }
}

fn span(estimate: Estimate) -> Span {
    [estimate.value, estimate.low, estimate.high]
}

/// Corrects the p-values of one family and says which effects are found; those at a planned look are found where they
/// crossed their boundary, whose error is shared out already.
pub(super) fn correct(
    section: &ExperimentSection,
    family: &mut [&mut EffectRecord],
) -> Result<(), ProjectError> {
    let is_looked_at = matches!(section.monitoring, MonitoringWord::Looks { .. });
    let correction = match (section.correction, is_looked_at) {
        (Some(Correction::Holm), true) => Some(Correction::Bonferroni),
        (correction, _) => correction,
    };
    let p_values: Vec<f64> = family.iter().map(|effect| effect.p_value).collect();
    let adjusted = match correction {
        Some(correction) => correction.adjusted(&p_values)?,
        None => p_values,
    };
    for (effect, p) in family.iter_mut().zip(adjusted) {
        effect.p_adjusted = p;
        if !is_looked_at {
            effect.found = p <= section.alpha;
        }
    }
    Ok(())
}
