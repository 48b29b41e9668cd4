//! Distributions, made with their parameters as scipy's frozen ones.

use super::add_functions;
use crate::from_stats;
use crate::numbers::refusal;
use pyo3::prelude::*;
use stats::StatsError;
use stats::distribution as laws;

/// A distribution with its parameters. Both tails keep their relative precision.
#[pyclass(frozen, module = "spanwise.stats")]
#[derive(Debug)]
pub(crate) struct Distribution {
    pub(super) law: Law,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Law {
    Normal(laws::Normal),
    Uniform(laws::Uniform),
    Exponential(laws::Exponential),
    StudentT(laws::StudentT),
    ChiSquare(laws::ChiSquare),
    FisherF(laws::FisherF),
    NoncentralT(laws::NoncentralT),
    StudentizedRange(laws::StudentizedRange),
}

/// The same method of every distribution.
macro_rules! of_law {
    ($law:expr, $method:ident, $x:expr) => {
        match &$law {
            Law::Normal(law) => law.$method($x),
            Law::Uniform(law) => law.$method($x),
            Law::Exponential(law) => law.$method($x),
            Law::StudentT(law) => law.$method($x),
            Law::ChiSquare(law) => law.$method($x),
            Law::FisherF(law) => law.$method($x),
            Law::NoncentralT(law) => law.$method($x),
            Law::StudentizedRange(law) => law.$method($x),
        }
    };
}

impl Law {
    pub(super) fn named(name: &str, loc: f64, scale: f64) -> PyResult<Law> {
        match name {
            "norm" => laws::Normal::new(loc, scale).map(Law::Normal),
            "uniform" => laws::Uniform::new(loc, scale).map(Law::Uniform),
            "expon" => laws::Exponential::new(loc, scale).map(Law::Exponential),
            other => {
                return Err(refusal(
                    format!("the distribution {other:?}"),
                    "\"norm\", \"uniform\", \"expon\", a distribution of spanwise.stats or a function",
                ));
            }
        }
        .map_err(from_stats)
    }

    pub(super) fn cdf(&self, x: f64) -> f64 {
        of_law!(*self, cdf, x)
    }
}

#[pymethods]
impl Distribution {
    /// The probability of a value below ``x``.
    fn cdf(&self, x: f64) -> f64 {
        self.law.cdf(x)
    }

    /// The probability of a value above ``x``.
    fn sf(&self, x: f64) -> f64 {
        of_law!(self.law, sf, x)
    }

    /// The natural logarithm of ``sf``, finite where that underflows.
    fn logsf(&self, x: f64) -> f64 {
        of_law!(self.law, ln_sf, x)
    }

    /// The value below which the share ``q`` lies.
    fn ppf(&self, q: f64) -> f64 {
        of_law!(self.law, quantile, q)
    }

    /// The value above which the share ``q`` lies, precise for small ``q``.
    fn isf(&self, q: f64) -> f64 {
        of_law!(self.law, upper_quantile, q)
    }

    fn __repr__(&self) -> String {
        format!("<{:?}>", self.law)
    }
}

fn distribution(law: Result<Law, StatsError>) -> PyResult<Distribution> {
    law.map(|law| Distribution { law }).map_err(from_stats)
}

/// The normal distribution with mean ``loc`` and standard deviation ``scale``.
#[pyfunction]
#[pyo3(signature = (loc = 0.0, scale = 1.0))]
fn norm(loc: f64, scale: f64) -> PyResult<Distribution> {
    distribution(laws::Normal::new(loc, scale).map(Law::Normal))
}

/// The uniform distribution from ``loc`` to ``loc + scale``.
#[pyfunction]
#[pyo3(signature = (loc = 0.0, scale = 1.0))]
fn uniform(loc: f64, scale: f64) -> PyResult<Distribution> {
    distribution(laws::Uniform::new(loc, scale).map(Law::Uniform))
}

/// The exponential distribution from ``loc`` on, with mean ``loc + scale``.
#[pyfunction]
#[pyo3(signature = (loc = 0.0, scale = 1.0))]
fn expon(loc: f64, scale: f64) -> PyResult<Distribution> {
    distribution(laws::Exponential::new(loc, scale).map(Law::Exponential))
}

/// Student's t distribution.
#[pyfunction]
fn t(df: f64) -> PyResult<Distribution> {
    distribution(laws::StudentT::new(df).map(Law::StudentT))
}

/// The chi-square distribution.
#[pyfunction]
fn chi2(df: f64) -> PyResult<Distribution> {
    distribution(laws::ChiSquare::new(df).map(Law::ChiSquare))
}

/// Fisher's F distribution.
#[pyfunction]
fn f(dfn: f64, dfd: f64) -> PyResult<Distribution> {
    distribution(laws::FisherF::new(dfn, dfd).map(Law::FisherF))
}

/// The noncentral t distribution.
#[pyfunction]
fn nct(df: f64, nc: f64) -> PyResult<Distribution> {
    distribution(laws::NoncentralT::new(df, nc).map(Law::NoncentralT))
}

/// The studentized range of ``k`` means; ``df`` may be infinite.
#[pyfunction]
fn studentized_range(k: usize, df: f64) -> PyResult<Distribution> {
    distribution(laws::StudentizedRange::new(k, df).map(Law::StudentizedRange))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Distribution>()?;
    add_functions!(module, norm, uniform, expon, t, chi2, f, nct, studentized_range);
    Ok(())
}
