//! Several comparisons judged together.

use super::comparison::Comparison;
use super::estimate::Estimate;
use crate::numbers::refusal;
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::experiment;

fn correction_of(word: &str) -> PyResult<experiment::Correction> {
    match word {
        "bonferroni" => Ok(experiment::Correction::Bonferroni),
        "holm" => Ok(experiment::Correction::Holm),
        "hochberg" => Ok(experiment::Correction::Hochberg),
        "bh" => Ok(experiment::Correction::BenjaminiHochberg),
        "by" => Ok(experiment::Correction::BenjaminiYekutieli),
        other => Err(refusal(
            format!("the correction {other:?}"),
            "\"bonferroni\", \"holm\", \"hochberg\", \"bh\" or \"by\"",
        )),
    }
}

fn inner(comparisons: &[Py<Comparison>]) -> PyResult<Vec<experiment::Comparison>> {
    let inner = |comparison: &Py<Comparison>| comparison.get().inner();
    comparisons.iter().map(inner).collect()
}

/// Comparisons of several metrics or arms judged together: corrected p-values, and which stand at ``alpha``.
///
/// Shapes: a comparison for each metric or arm.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for alpha outside (0, 1).
/// Source: S. Holm (1979), Scandinavian J. Statistics 6, 65-70; Y. Benjamini, Y. Hochberg (1995), JRSS B
/// 57, 289-300.
#[pyfunction]
#[pyo3(signature = (comparisons, *, correction = "holm", alpha = 0.05))]
fn family(comparisons: Vec<Py<Comparison>>, correction: &str, alpha: f64) -> PyResult<(Vec<f64>, Vec<bool>)> {
    let (comparisons, correction) = (inner(&comparisons)?, correction_of(correction)?);
    let found = computed(|| experiment::family(&comparisons, correction, alpha))?;
    Ok((found.adjusted_p_values, found.found))
}

result_class! {
    /// One metric's effect in several segments of the units.
    "spanwise.experiment" Segments {
        /// P-values corrected for the number of segments.
        adjusted_p_values: Vec<f64>,
        /// Which segments have an effect after the correction.
        found: Vec<bool>,
        /// The effect common to all.
        pooled: Estimate,
        /// Cochran's Q of effects that differ between segments.
        heterogeneity: f64,
        /// Its degrees of freedom.
        df: f64,
        /// The probability of effects at least as far apart if all were one.
        p_value: f64,
        /// Its natural logarithm.
        ln_p_value: f64,
        /// The share of the spread of effects that is more than chance.
        inconsistency: f64,
    }

    fn __repr__(&self) -> String {
        let n_found = self.found.iter().filter(|found| **found).count();
        format!("<Segments: {n_found} of {} with an effect>", self.found.len())
    }
}

/// A row for each segment and one for the effect common to all.
impl Tidy for Segments {
    fn rows(&self) -> Vec<Record> {
        let segments = self.adjusted_p_values.iter().zip(&self.found).enumerate();
        let mut rows: Vec<Record> = segments
            .map(|(segment, (p_value, found))| {
                row([
                    ("segment", segment.to_string().into()),
                    ("adjusted_p_value", (*p_value).into()),
                    ("found", (*found).into()),
                ])
            })
            .collect();
        let mut pooled = row([("segment", "pooled".into())]);
        pooled.extend(row(self.pooled.cells()));
        pooled.extend(row([
            ("heterogeneity", self.heterogeneity.into()),
            ("df", self.df.into()),
            ("p_value", self.p_value.into()),
            ("inconsistency", self.inconsistency.into()),
        ]));
        rows.push(pooled);
        rows
    }
}

/// Segments with an effect, false discoveries kept to the share ``rate``, and whether the effects differ at all.
///
/// Shapes: a comparison for each segment.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for fewer than 2 segments, effects of different units, a rate outside (0, 1).
/// Source: W. G. Cochran (1954), Biometrics 10, 101-129; J. P. T. Higgins, S. G. Thompson (2002),
/// Statistics in Medicine 21, 1539-1558.
#[pyfunction]
#[pyo3(signature = (comparisons, *, correction = "bh", rate = 0.05, level = 0.95))]
fn segments(comparisons: Vec<Py<Comparison>>, correction: &str, rate: f64, level: f64) -> PyResult<Segments> {
    let (comparisons, correction) = (inner(&comparisons)?, correction_of(correction)?);
    let found = computed(|| experiment::segments(&comparisons, correction, rate, level))?;
    Ok(Segments {
        adjusted_p_values: found.adjusted_p_values,
        found: found.found,
        pooled: found.pooled.into(),
        heterogeneity: found.heterogeneity,
        df: found.df,
        p_value: found.p_value,
        ln_p_value: found.ln_p_value,
        inconsistency: found.inconsistency,
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Segments>()?;
    add_functions!(module, family, segments);
    Ok(())
}
