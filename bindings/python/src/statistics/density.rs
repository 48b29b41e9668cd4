//! Where values lie close together.

use crate::array::Array;
use crate::numbers::{Numbers, refusal};
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::StatsError;
use stats::density::{self, Bandwidth};

result_class! {
    /// How dense values lie at some places.
    "spanwise.stats" Density {
        /// The places.
        at: Array,
        /// The density at each, per unit of the values.
        density: Array,
        /// The standard deviation of a kernel, in the unit of the values.
        bandwidth: f64,
        /// How it was chosen: "sheather-jones", "silverman" or "fixed".
        rule: &'static str,
        /// Values used.
        n_used: usize,
        /// Values dropped because they were missing.
        n_dropped: usize,
    }

    fn __repr__(&self) -> String {
        let Density { bandwidth, rule, n_used, .. } = self;
        format!("<Density: n = {n_used}, bandwidth = {bandwidth:?} ({rule})>")
    }
}

/// A row for each place.
impl Tidy for Density {
    fn rows(&self) -> Vec<Record> {
        let [at, density] = [&self.at, &self.density].map(|column| column.numbers_and_columns().0);
        let pairs = at.iter().zip(density);
        pairs
            .map(|(at, density)| row([("at", (*at).into()), ("density", (*density).into())]))
            .collect()
    }
}

/// The width of kernels as a caller says it.
#[derive(Debug, FromPyObject)]
enum Said {
    Width(f64),
    Rule(String),
}

impl Said {
    fn rule(&self) -> PyResult<Bandwidth> {
        match self {
            Said::Width(width) => Ok(Bandwidth::Fixed(*width)),
            Said::Rule(word) if word == "sheather-jones" => Ok(Bandwidth::SheatherJones),
            Said::Rule(word) if word == "silverman" => Ok(Bandwidth::Silverman),
            Said::Rule(word) => Err(refusal(
                format!("the bandwidth {word:?}"),
                "\"sheather-jones\", \"silverman\" or a number above 0",
            )),
        }
    }
}

/// The density of a sample by normal kernels, at ``n`` places from three bandwidths below the values to three above, or ``at``
/// those given.
///
/// ``bandwidth`` is a kernel's standard deviation in the unit of the values (scipy's ``bw_method`` is a multiple of theirs), or
/// a rule: "silverman" stands in for "sheather-jones" below 10 values, with weights, and for rounded values, of which most are
/// tied. ``bounds`` are a low and a high end beyond which no value can lie, None for none; densities are reflected there.
///
/// Shapes: a (n,), weights (n,), at (n_places,).
/// Missing: dropped and counted in ``n_dropped``.
/// Errors: ``SpanwiseError`` for fewer than 2 values, all values equal, infinities, values beyond the bounds, a width not above 0.
/// Source: S. J. Sheather, M. C. Jones (1991), JRSS B 53, 683-690; B. W. Silverman (1986); scipy ``gaussian_kde``.
#[pyfunction]
#[pyo3(signature = (a, at = None, *, weights = None, bandwidth = None, bounds = (None, None), n = 200))]
fn gaussian_kde(
    a: Numbers,
    at: Option<Numbers>,
    weights: Option<Numbers>,
    bandwidth: Option<Said>,
    bounds: (Option<f64>, Option<f64>),
    n: usize,
) -> PyResult<Density> {
    let rule = bandwidth.map_or(Ok(Bandwidth::SheatherJones), |said| said.rule())?;
    let bounds = [
        bounds.0.unwrap_or(f64::NEG_INFINITY),
        bounds.1.unwrap_or(f64::INFINITY),
    ];
    computed(|| {
        let (values, weights) = present(&a, weights.as_deref())?;
        let weights = weights.as_deref();
        let (width, rule) = density::bandwidth(&values, weights, rule)?;
        let at = match &at {
            Some(at) => at.to_vec(),
            None => density::places(&values, width, bounds, n)?,
        };
        Ok(Density {
            density: Array::list(density::gaussian_kde(&values, weights, &at, width, bounds)?),
            at: Array::list(at),
            bandwidth: width,
            rule: rule.as_str(),
            n_used: values.len(),
            n_dropped: a.len() - values.len(),
        })
    })
}

type Present = (Vec<f64>, Option<Vec<f64>>);

/// The values that are there, with their weights.
fn present(values: &[f64], weights: Option<&[f64]>) -> Result<Present, StatsError> {
    if let Some(found) = weights.map(<[f64]>::len).filter(|found| *found != values.len()) {
        return Err(StatsError::LengthMismatch {
            what: "weights",
            found,
            expected: values.len(),
        });
    }
    let kept = |list: &[f64]| -> Vec<f64> {
        let rows = values.iter().zip(list).filter(|(value, _)| !value.is_nan());
        rows.map(|(_, kept)| *kept).collect()
    };
    Ok((kept(values), weights.map(kept)))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Density>()?;
    add_functions!(module, gaussian_kde);
    Ok(())
}
