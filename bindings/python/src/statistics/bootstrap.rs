//! The bootstrap of statistics that are known by name.

use crate::array::Array;
use crate::numbers::{Labels, Samples, refusal};
use crate::result::Effect;
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{add_functions, computed, values};
use pyo3::prelude::*;
use stats::Resampling;
use stats::interval::{self, BootstrapMethod, Summary, Units};

result_class! {
    /// A statistic with its bootstrap interval.
    "spanwise.stats" BootstrapResult {
        /// The statistic's name; a difference of two for two samples.
        name: &'static str,
        /// How the interval was made: "BCa", "percentile" or "basic".
        method: &'static str,
        /// The statistic of the data.
        value: f64,
        /// The lower end of the interval.
        low: f64,
        /// The upper end.
        high: f64,
        /// The standard deviation of the resamples.
        standard_error: f64,
        /// The interval's level.
        level: f64,
        /// Rows used.
        n_used: usize,
        /// Rows dropped for a missing number.
        n_dropped: usize,
        /// The sorted values of the resamples on which the statistic is defined.
        bootstrap_distribution: Array,
    }

    /// The interval, with ends ``low`` and ``high``.
    #[getter]
    fn confidence_interval(&self) -> Effect {
        Effect {
            name: self.name,
            value: self.value,
            low: self.low,
            high: self.high,
        }
    }

    fn __repr__(&self) -> String {
        let BootstrapResult {
            name,
            method,
            value,
            low,
            high,
            ..
        } = self;
        format!("<bootstrap ({method}) of the {name}: {value:?}, {low:?} to {high:?}>")
    }
}

impl Tidy for BootstrapResult {
    fn rows(&self) -> Vec<Record> {
        let (resamples, _) = self.bootstrap_distribution.numbers_and_columns();
        vec![row([
            ("name", self.name.into()),
            ("value", self.value.into()),
            ("low", self.low.into()),
            ("high", self.high.into()),
            ("standard_error", self.standard_error.into()),
            ("level", self.level.into()),
            ("method", self.method.into()),
            ("n_resamples", (resamples.len() as u64).into()),
            ("n_used", (self.n_used as u64).into()),
            ("n_dropped", (self.n_dropped as u64).into()),
        ])]
    }
}

/// A summary, the names of it and of the difference of two, and whether its columns go together in one sample.
fn summary_of(word: &str, q: f64) -> PyResult<(Summary, [&'static str; 2], bool)> {
    Ok(match word {
        "mean" => (Summary::Mean, ["mean", "difference of means"], false),
        "median" => (Summary::Quantile(0.5), ["median", "difference of medians"], false),
        "std" => (
            Summary::StandardDeviation,
            ["standard deviation", "difference of standard deviations"],
            false,
        ),
        "var" => (Summary::Variance, ["variance", "difference of variances"], false),
        "quantile" => (
            Summary::Quantile(q),
            ["quantile", "difference of quantiles"],
            false,
        ),
        "pearsonr" => (Summary::Correlation, ["correlation"; 2], true),
        "ratio" => (Summary::Ratio, ["ratio of sums"; 2], true),
        other => {
            return Err(refusal(
                format!("the statistic {other:?}"),
                "\"mean\", \"median\", \"std\", \"var\", \"quantile\", \"pearsonr\" or \"ratio\"",
            ));
        }
    })
}

fn method_of(word: &str) -> PyResult<(BootstrapMethod, &'static str)> {
    match word {
        "BCa" | "bca" => Ok((BootstrapMethod::Bca, "BCa")),
        "percentile" => Ok((BootstrapMethod::Percentile, "percentile")),
        "basic" => Ok((BootstrapMethod::Basic, "basic")),
        other => Err(refusal(
            format!("the method {other:?}"),
            "\"BCa\", \"percentile\" or \"basic\"",
        )),
    }
}

/// The bootstrap interval of a statistic, or of the difference of two independent samples' statistics.
///
/// ``data`` is one sample, or ``(a, b)``: two independent ones, ``a`` less ``b``, or two columns of the same rows for
/// "pearsonr" and "ratio" (the sum of the first over the sum of the second). ``statistic`` is also "mean", "median",
/// "std", "var" (both with ``n - 1``) or "quantile" at the share ``q``. ``cluster`` holds a label for each row, and whole
/// clusters are drawn; ``block`` is the length of blocks of neighbouring rows, for series. Resamples follow from the seed
/// ``random_state`` and not from ``n_jobs``.
///
/// Shapes: a sample (n,), or two; cluster (n,).
/// Missing: a row with a missing number is dropped and counted.
/// Errors: ``SpanwiseError`` for fewer than 2 units or 20 resamples, a statistic without a value, quantiles
/// of clusters or blocks, infinities.
/// Source: B. Efron (1987), JASA 82, 171-185; B. Efron, R. Tibshirani (1993), An introduction to the
/// bootstrap; H. R. Künsch (1989), Annals of Statistics 17, 1217-1241; scipy ``bootstrap``.
#[pyfunction]
#[pyo3(signature = (data, statistic, *, n_resamples = 9999, confidence_level = 0.95, method = "BCa", random_state = 0, q = 0.5, cluster = None, block = None, n_jobs = None))]
fn bootstrap(
    data: Samples,
    statistic: &str,
    n_resamples: usize,
    confidence_level: f64,
    method: &str,
    random_state: u64,
    q: f64,
    cluster: Option<Labels>,
    block: Option<usize>,
    n_jobs: Option<i64>,
) -> PyResult<BootstrapResult> {
    let (summary, names, in_pairs) = summary_of(statistic, q)?;
    let (method, method_name) = method_of(method)?;
    let n_threads = values::n_threads(n_jobs)?;
    let units = match (&cluster, block) {
        (None, None) => Units::Rows,
        (Some(cluster), None) => Units::Clusters(cluster),
        (None, Some(block)) => Units::Blocks(block),
        (Some(_), Some(_)) => {
            return Err(refusal(
                "both clusters and blocks".to_owned(),
                "one of them at most",
            ));
        }
    };
    let columns: Vec<&[f64]> = data.iter().map(|sample| &**sample).collect();
    let samples: Vec<&[&[f64]]> = match (in_pairs, columns.len()) {
        (true, 2) => vec![&columns],
        (false, 1 | 2) => columns.chunks(1).collect(),
        (in_pairs, n) => {
            let expected = if in_pairs {
                "two columns"
            } else {
                "one sample or two"
            };
            return Err(refusal(format!("{n} samples"), expected));
        }
    };
    let resampling = Resampling {
        n_resamples,
        seed: random_state,
        level: confidence_level,
    };
    let found = computed(|| interval::bootstrap(&samples, summary, units, method, &resampling, n_threads))?;
    Ok(BootstrapResult {
        name: names[samples.len() - 1],
        method: method_name,
        value: found.estimate.value,
        low: found.estimate.low,
        high: found.estimate.high,
        standard_error: found.standard_error,
        level: confidence_level,
        n_used: found.n_used,
        n_dropped: found.n_dropped,
        bootstrap_distribution: Array::list(found.resamples),
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<BootstrapResult>()?;
    add_functions!(module, bootstrap);
    Ok(())
}
