//! Two arms beside each other.

use super::estimate::Estimate;
use crate::computed;
use crate::numbers::refusal;
use crate::result::{Checks, alternative_of, checks};
use crate::tidy::{Record, Tidy, result_class, row};
use pyo3::prelude::*;
use stats::StatsError;
use stats::experiment;
use stats::test::Assumption;

/// A word, or "scaled" with the treatment's share of all traffic and the days taken.
#[derive(FromPyObject)]
pub(super) enum Unit {
    Word(String),
    Scaled(String, f64, f64),
}

impl Unit {
    pub(super) fn difference(self) -> PyResult<experiment::Difference> {
        match self {
            Unit::Word(word) if word == "absolute" => Ok(experiment::Difference::Absolute),
            Unit::Word(word) if word == "relative" => Ok(experiment::Difference::Relative),
            Unit::Scaled(word, traffic_share, n_days) if word == "scaled" => {
                Ok(experiment::Difference::Scaled {
                    traffic_share,
                    n_days,
                })
            }
            Unit::Word(word) | Unit::Scaled(word, ..) => Err(refusal(
                format!("the difference {word:?}"),
                "\"absolute\", \"relative\" or (\"scaled\", traffic_share, n_days)",
            )),
        }
    }
}

pub(super) fn question(
    difference: Unit,
    alternative: &str,
    level: f64,
    null: f64,
) -> PyResult<experiment::Question> {
    Ok(experiment::Question {
        difference: difference.difference()?,
        alternative: alternative_of(alternative)?,
        level,
        null,
    })
}

pub(super) fn absolute() -> Unit {
    Unit::Word("absolute".to_owned())
}

result_class! {
    /// What an experiment says about one metric of one treatment against the control.
    "spanwise.experiment" Comparison {
        /// The method's usual name.
        method: &'static str,
        /// Treatment against control, with its interval.
        effect: Estimate,
        /// The standard error of the effect.
        standard_error: f64,
        /// The test statistic.
        statistic: f64,
        /// Its usual letter or name.
        statistic_name: &'static str,
        /// Degrees of freedom, or None.
        df: Option<f64>,
        /// The probability of a statistic at least as extreme under the null hypothesis.
        p_value: f64,
        /// The natural logarithm of the p-value, finite where the p-value underflows.
        ln_p_value: f64,
        /// Whether the null hypothesis is rejected at the level asked for.
        is_significant: bool,
        /// The metric of the control.
        control: f64,
        /// The metric of the treatment.
        treatment: f64,
        /// Units of the control.
        n_control: u64,
        /// Units of the treatment.
        n_treatment: u64,
        /// Rows dropped in both arms because a value was missing.
        n_dropped: u64,
        /// The interval's level.
        level: f64,
        /// The effect under the null hypothesis.
        null: f64,
        /// The direction asked about.
        alternative: &'static str,
        /// What the effect is measured in: its name, and of "scaled" the share of traffic and the days, else zeros.
        difference: (String, f64, f64),
        /// What is taken for granted: name, whether it seems to hold, and the number that speaks for or against it.
        checks: Checks,
        /// What a reader must know to read the numbers right.
        caveats: Vec<String>,
    }

    /// The p-value under scipy's name.
    #[getter]
    fn pvalue(&self) -> f64 {
        self.p_value
    }

    fn __repr__(&self) -> String {
        self.told()
    }
}

impl Tidy for Comparison {
    fn rows(&self) -> Vec<Record> {
        let mut cells = row(self.effect.cells());
        cells.extend(row([
            ("standard_error", self.standard_error.into()),
            ("method", self.method.into()),
            ("statistic_name", self.statistic_name.into()),
            ("statistic", self.statistic.into()),
            ("df", self.df.into()),
            ("p_value", self.p_value.into()),
            ("ln_p_value", self.ln_p_value.into()),
            ("is_significant", self.is_significant.into()),
            ("control", self.control.into()),
            ("treatment", self.treatment.into()),
            ("n_control", self.n_control.into()),
            ("n_treatment", self.n_treatment.into()),
            ("n_dropped", self.n_dropped.into()),
            ("difference", self.difference.0.as_str().into()),
            ("alternative", self.alternative.into()),
            ("level", self.level.into()),
        ]));
        vec![cells]
    }
}

impl From<experiment::Comparison> for Comparison {
    fn from(found: experiment::Comparison) -> Comparison {
        let (name, traffic_share, n_days) = match found.question.difference {
            experiment::Difference::Absolute => ("absolute", 0.0, 0.0),
            experiment::Difference::Relative => ("relative", 0.0, 0.0),
            experiment::Difference::Scaled {
                traffic_share,
                n_days,
            } => ("scaled", traffic_share, n_days),
        };
        Comparison {
            is_significant: found.is_significant(),
            method: found.method,
            effect: found.effect.into(),
            standard_error: found.standard_error,
            statistic: found.statistic,
            statistic_name: found.statistic_name,
            df: found.df,
            p_value: found.p_value,
            ln_p_value: found.ln_p_value,
            control: found.control,
            treatment: found.treatment,
            n_control: found.n_control,
            n_treatment: found.n_treatment,
            n_dropped: found.n_dropped,
            level: found.question.level,
            null: found.question.null,
            alternative: found.question.alternative.as_str(),
            difference: (name.to_owned(), traffic_share, n_days),
            checks: checks(&found.checks),
            caveats: found.caveats,
        }
    }
}

impl Comparison {
    /// In a few words.
    pub(super) fn told(&self) -> String {
        let Comparison { method, p_value, .. } = self;
        let Estimate { value, low, high } = &self.effect;
        format!("<{method}: {value:?}, {low:?} to {high:?}, p = {p_value:?}>")
    }

    pub(super) fn inner(&self) -> PyResult<experiment::Comparison> {
        let (name, traffic_share, n_days) = &self.difference;
        let unit = match name.as_str() {
            "scaled" => Unit::Scaled(name.clone(), *traffic_share, *n_days),
            name => Unit::Word(name.to_owned()),
        };
        let Estimate { value, low, high } = self.effect;
        let check = |(name, holds, detail): &(&'static str, bool, String)| Assumption {
            name,
            holds: *holds,
            detail: detail.clone(),
        };
        Ok(experiment::Comparison {
            method: self.method,
            question: question(unit, self.alternative, self.level, self.null)?,
            effect: stats::Estimate { value, low, high },
            standard_error: self.standard_error,
            statistic: self.statistic,
            statistic_name: self.statistic_name,
            df: self.df,
            p_value: self.p_value,
            ln_p_value: self.ln_p_value,
            control: self.control,
            treatment: self.treatment,
            n_control: self.n_control,
            n_treatment: self.n_treatment,
            n_dropped: self.n_dropped,
            checks: self.checks.iter().map(check).collect(),
            caveats: self.caveats.clone(),
        })
    }
}

pub(super) fn compared(
    work: impl FnOnce() -> Result<experiment::Comparison, StatsError> + Send,
) -> PyResult<Comparison> {
    computed(work).map(Comparison::from)
}
