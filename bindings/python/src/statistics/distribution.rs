//! Distributions, made with their parameters as scipy's frozen ones.

use crate::numbers::refusal;
use crate::tidy::{Cell, Fields, Record, Tidy, Value, field, result_methods};
use crate::{add_functions, from_stats};
use pyo3::prelude::*;
use stats::StatsError;
use stats::distribution as laws;

/// A distribution with its parameters, as scipy's frozen ones.
#[pyclass(frozen, module = "spanwise.stats")]
#[derive(Clone, Debug)]
pub(crate) struct Distribution {
    name: &'static str,
    parameters: Vec<f64>,
    law: Law,
}

#[derive(Clone, Copy, Debug)]
enum Law {
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
    /// The law of this name with these parameters, in their order.
    fn made(name: &str, parameters: &[f64]) -> Option<Result<Law, StatsError>> {
        Some(match (name, parameters) {
            ("norm", &[loc, scale]) => laws::Normal::new(loc, scale).map(Law::Normal),
            ("uniform", &[loc, scale]) => laws::Uniform::new(loc, scale).map(Law::Uniform),
            ("expon", &[loc, scale]) => laws::Exponential::new(loc, scale).map(Law::Exponential),
            ("t", &[df]) => laws::StudentT::new(df).map(Law::StudentT),
            ("chi2", &[df]) => laws::ChiSquare::new(df).map(Law::ChiSquare),
            ("f", &[dfn, dfd]) => laws::FisherF::new(dfn, dfd).map(Law::FisherF),
            ("nct", &[df, nc]) => laws::NoncentralT::new(df, nc).map(Law::NoncentralT),
            ("studentized_range", &[k, df]) => {
                laws::StudentizedRange::new(k as usize, df).map(Law::StudentizedRange)
            }
            _ => return None,
        })
    }
}

impl Distribution {
    /// The law of a name that samples may be compared with.
    pub(super) fn named(name: &str, loc: f64, scale: f64) -> PyResult<Distribution> {
        match name {
            "norm" => norm(loc, scale),
            "uniform" => uniform(loc, scale),
            "expon" => expon(loc, scale),
            other => Err(refusal(
                format!("the distribution {other:?}"),
                "\"norm\", \"uniform\", \"expon\", a distribution of spanwise.stats or a function",
            )),
        }
    }

    pub(super) fn below(&self, x: f64) -> f64 {
        of_law!(self.law, cdf, x)
    }
}

impl Fields for Distribution {
    const NAME: &'static str = "Distribution";

    fn record(&self) -> Record {
        let Distribution { name, parameters, .. } = self;
        vec![
            ("name".to_owned(), name.value()),
            ("parameters".to_owned(), parameters.value()),
        ]
    }

    fn of_record(record: &Record) -> Option<Distribution> {
        let (name, parameters) = (field(record, "name")?, field::<Vec<f64>>(record, "parameters")?);
        let law = Law::made(name, &parameters)?.ok()?;
        Some(Distribution {
            name,
            parameters,
            law,
        })
    }
}

/// A row of its parameters.
impl Tidy for Distribution {
    fn rows(&self) -> Vec<Record> {
        let mut cells: Record = vec![("name".to_owned(), self.name.value())];
        let parameters = self.parameters.iter().enumerate();
        cells.extend(
            parameters.map(|(place, value)| (format!("parameter{}", place + 1), Value::Number(*value))),
        );
        vec![cells]
    }
}

result_methods!(Distribution
    /// The probability of a value below ``x``.
    fn cdf(&self, x: f64) -> f64 {
        self.below(x)
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
);

fn distribution(name: &'static str, parameters: &[f64]) -> PyResult<Distribution> {
    let law = Law::made(name, parameters).ok_or_else(|| refusal(format!("{name:?}"), "a distribution"))?;
    Ok(Distribution {
        name,
        parameters: parameters.to_vec(),
        law: law.map_err(from_stats)?,
    })
}

/// The normal distribution with mean ``loc`` and standard deviation ``scale``.
///
/// Shapes: loc and scale are numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for a scale that is not above 0.
/// Source: scipy ``norm``.
#[pyfunction]
#[pyo3(signature = (loc = 0.0, scale = 1.0))]
fn norm(loc: f64, scale: f64) -> PyResult<Distribution> {
    distribution("norm", &[loc, scale])
}

/// The uniform distribution from ``loc`` to ``loc + scale``.
///
/// Shapes: loc and scale are numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for a scale that is not above 0.
/// Source: scipy ``uniform``.
#[pyfunction]
#[pyo3(signature = (loc = 0.0, scale = 1.0))]
fn uniform(loc: f64, scale: f64) -> PyResult<Distribution> {
    distribution("uniform", &[loc, scale])
}

/// The exponential distribution from ``loc`` on, with mean ``loc + scale``.
///
/// Shapes: loc and scale are numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for a scale that is not above 0.
/// Source: scipy ``expon``.
#[pyfunction]
#[pyo3(signature = (loc = 0.0, scale = 1.0))]
fn expon(loc: f64, scale: f64) -> PyResult<Distribution> {
    distribution("expon", &[loc, scale])
}

/// Student's t distribution.
///
/// Shapes: df is a number.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for degrees of freedom that are not above 0.
/// Source: Student (1908), Biometrika 6, 1-25; scipy ``t``.
#[pyfunction]
fn t(df: f64) -> PyResult<Distribution> {
    distribution("t", &[df])
}

/// The chi-square distribution.
///
/// Shapes: df is a number.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for degrees of freedom that are not above 0.
/// Source: scipy ``chi2``.
#[pyfunction]
fn chi2(df: f64) -> PyResult<Distribution> {
    distribution("chi2", &[df])
}

/// Fisher's F distribution.
///
/// Shapes: dfn and dfd are numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for degrees of freedom that are not above 0.
/// Source: scipy ``f``.
#[pyfunction]
fn f(dfn: f64, dfd: f64) -> PyResult<Distribution> {
    distribution("f", &[dfn, dfd])
}

/// The noncentral t distribution.
///
/// Shapes: df and nc are numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for degrees of freedom that are not above 0, an infinite noncentrality.
/// Source: scipy ``nct``.
#[pyfunction]
fn nct(df: f64, nc: f64) -> PyResult<Distribution> {
    distribution("nct", &[df, nc])
}

/// The studentized range of ``k`` means; ``df`` may be infinite.
///
/// Shapes: k is a count, df a number.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for fewer than 2 means, degrees of freedom out of range.
/// Source: J. W. Tukey (1953); scipy ``studentized_range``.
#[pyfunction]
fn studentized_range(k: usize, df: f64) -> PyResult<Distribution> {
    distribution("studentized_range", &[k as f64, df])
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Distribution>()?;
    add_functions!(module, norm, uniform, expon, t, chi2, f, nct, studentized_range);
    Ok(())
}
