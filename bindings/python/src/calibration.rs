//! From scores to probabilities.

use crate::array::Array;
use crate::computed;
use crate::numbers::{Codes, Grid, Numbers, Truths, refusal};
use pyo3::prelude::*;
use stats::calibration;
use stats::metric::{Binning, ReliabilityBin, reliability};

/// Platt's sigmoid: the probability at a score is ``1 / (1 + exp(-(slope * score + intercept)))``.
#[pyclass(frozen, module = "spanwise.calibration")]
#[derive(Debug)]
pub(crate) struct Platt {
    fitted: calibration::Platt,
}

#[pymethods]
impl Platt {
    /// Multiplies the score.
    #[getter]
    fn slope(&self) -> f64 {
        self.fitted.slope
    }

    /// Is added.
    #[getter]
    fn intercept(&self) -> f64 {
        self.fitted.intercept
    }

    /// The probabilities at scores, of shape (n_rows,).
    fn apply(&self, scores: Numbers) -> PyResult<Array> {
        let each = || Ok(scores.iter().map(|score| self.fitted.apply(*score)).collect());
        computed(each).map(Array::list)
    }

    fn __repr__(&self) -> String {
        format!(
            "Platt(slope={:?}, intercept={:?})",
            self.slope(),
            self.intercept()
        )
    }
}

/// Fits Platt's sigmoid by maximum likelihood on targets that are drawn a little away from 0 and 1.
///
/// ``scores`` and ``y`` (0 and 1) are of shape (n_rows,), of rows that the model was not trained on;
/// ``sample_weight`` says how much each counts. Raises SpanwiseError for one class or scores that are not finite.
///
/// H.-T. Lin, C.-J. Lin, R. C. Weng (2007), Machine Learning 68, 267-276.
#[pyfunction]
#[pyo3(signature = (scores, y, sample_weight = None))]
fn platt(scores: Numbers, y: Truths, sample_weight: Option<Numbers>) -> PyResult<Platt> {
    computed(|| calibration::platt(&scores, &y, sample_weight.as_deref())).map(|fitted| Platt { fitted })
}

/// A rising function: linear between its points, constant beyond.
#[pyclass(frozen, module = "spanwise.calibration")]
#[derive(Debug)]
pub(crate) struct Isotonic {
    fitted: calibration::Isotonic,
}

#[pymethods]
impl Isotonic {
    /// Where the points are, rising.
    #[getter]
    fn x(&self) -> Array {
        let (x, _) = self.fitted.points();
        Array::list(x.to_vec())
    }

    /// What the function is there, not falling.
    #[getter]
    fn y(&self) -> Array {
        let (_, y) = self.fitted.points();
        Array::list(y.to_vec())
    }

    /// The function's values at scores, of shape (n_rows,); NaN at NaN.
    fn apply(&self, scores: Numbers) -> PyResult<Array> {
        let each = || Ok(scores.iter().map(|score| self.fitted.apply(*score)).collect());
        computed(each).map(Array::list)
    }
}

/// The rising function of the scores that is nearest to ``y`` in weighted squares (pool adjacent violators).
///
/// ``scores`` and ``y`` are of shape (n_rows,); equal scores are averaged first. Overfits below some hundred rows: prefer
/// ``platt`` there. M. Ayer et al. (1955), Annals of Mathematical Statistics 26, 641-647.
#[pyfunction]
#[pyo3(signature = (scores, y, sample_weight = None))]
fn isotonic(scores: Numbers, y: Numbers, sample_weight: Option<Numbers>) -> PyResult<Isotonic> {
    computed(|| calibration::isotonic(&scores, &y, sample_weight.as_deref()))
        .map(|fitted| Isotonic { fitted })
}

/// A temperature: probabilities are the softmax of margins divided by it.
#[pyclass(frozen, module = "spanwise.calibration")]
#[derive(Debug)]
pub(crate) struct Temperature {
    /// Above 1 the model was too sure of itself.
    #[pyo3(get)]
    temperature: f64,
    /// The mean negative log-likelihood with it.
    #[pyo3(get)]
    loss: f64,
    /// The same without it.
    #[pyo3(get)]
    loss_before: f64,
}

#[pymethods]
impl Temperature {
    /// The probabilities at margins, both of shape (n_rows, n_classes).
    fn apply(&self, margins: Grid) -> PyResult<Array> {
        let Grid { values, n_columns } = margins;
        let n_rows = values.len() / n_columns.max(1);
        let found = computed(|| {
            let mut found: Vec<f64> = values.iter().map(|margin| margin / self.temperature).collect();
            found
                .chunks_exact_mut(n_columns.max(1))
                .for_each(stats::math::softmax_in_place);
            Ok(found)
        })?;
        Ok(Array::numbers(found, &[n_rows, n_columns]))
    }

    fn __repr__(&self) -> String {
        format!("Temperature({:?})", self.temperature)
    }
}

/// The temperature for which the softmax of ``margins / temperature`` is most likely.
///
/// ``margins`` is of shape (n_rows, n_classes), ``y`` of shape (n_rows,) with codes from 0 up. Raises SpanwiseError when
/// no finite temperature is best, as when all rows are right. C. Guo et al. (2017), On calibration of modern neural
/// networks, ICML.
#[pyfunction]
fn temperature(margins: Grid, y: Codes) -> PyResult<Temperature> {
    let Grid { values, n_columns } = &margins;
    computed(|| {
        let temperature = calibration::temperature(values, &y, *n_columns)?;
        let loss = |temperature| calibration::temperature_loss(values, &y, *n_columns, temperature);
        Ok(Temperature {
            temperature,
            loss: loss(temperature)?,
            loss_before: loss(1.0)?,
        })
    })
}

/// Predicted and observed shares, bin by bin; empty bins are left out.
#[pyclass(frozen, module = "spanwise.calibration")]
#[derive(Debug)]
pub(crate) struct ReliabilityCurve {
    bins: Vec<ReliabilityBin>,
}

impl ReliabilityCurve {
    fn column(&self, of: impl Fn(&ReliabilityBin) -> f64) -> Array {
        Array::list(self.bins.iter().map(of).collect())
    }
}

#[pymethods]
impl ReliabilityCurve {
    /// The mean probability of each bin.
    #[getter]
    fn predicted(&self) -> Array {
        self.column(|bin| bin.predicted)
    }

    /// The share of positives in each bin.
    #[getter]
    fn observed(&self) -> Array {
        self.column(|bin| bin.observed.value)
    }

    /// The lower ends of the shares' intervals (Wilson's).
    #[getter]
    fn low(&self) -> Array {
        self.column(|bin| bin.observed.low)
    }

    /// The upper ends.
    #[getter]
    fn high(&self) -> Array {
        self.column(|bin| bin.observed.high)
    }

    /// How many rows each bin has.
    #[getter]
    fn n_rows(&self) -> Array {
        let counts = self.bins.iter().map(|bin| bin.n_rows as i64).collect();
        Array::whole(counts, &[self.bins.len()])
    }
}

/// Predicted against observed shares.
///
/// ``y`` (0 and 1) and ``probabilities`` are of shape (n_rows,). ``strategy`` is "uniform" for bins of equal width or
/// "quantile" for bins between quantiles of the probabilities, as in scikit-learn's ``calibration_curve``; intervals
/// have the confidence ``level``.
#[pyfunction]
#[pyo3(signature = (y, probabilities, *, n_bins = 5, strategy = "uniform", sample_weight = None, level = 0.95))]
fn reliability_curve(
    y: Truths,
    probabilities: Numbers,
    n_bins: usize,
    strategy: &str,
    sample_weight: Option<Numbers>,
    level: f64,
) -> PyResult<ReliabilityCurve> {
    let binning = match strategy {
        "uniform" => Binning::WidthFromAbove(n_bins),
        "quantile" => Binning::Quantiles(n_bins),
        other => {
            return Err(refusal(
                format!("the strategy {other:?}"),
                "\"uniform\" or \"quantile\"",
            ));
        }
    };
    computed(|| reliability(&y, &probabilities, sample_weight.as_deref(), binning, level))
        .map(|bins| ReliabilityCurve { bins })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Platt>()?;
    module.add_class::<Isotonic>()?;
    module.add_class::<Temperature>()?;
    module.add_class::<ReliabilityCurve>()?;
    module.add_function(wrap_pyfunction!(platt, module)?)?;
    module.add_function(wrap_pyfunction!(isotonic, module)?)?;
    module.add_function(wrap_pyfunction!(temperature, module)?)?;
    module.add_function(wrap_pyfunction!(reliability_curve, module)?)
}
