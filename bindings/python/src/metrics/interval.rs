//! The doubt of any metric: the bootstrap over rows, or over groups of rows that go together.

use crate::array::Array;
use crate::numbers::{Labels, refusal};
use crate::tidy::{Tidy, result_class};
use crate::{SpanwiseError, add_functions, from_stats};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use stats::Resampling;
use stats::interval::{bootstrap_bca, bootstrap_percentile};

result_class! {
    /// A metric with its bootstrap interval.
    "spanwise.metrics" MetricInterval {
        /// The metric's name.
        name: String,
        /// The metric of all rows.
        value: f64,
        /// The lower end of the interval.
        low: f64,
        /// The upper end.
        high: f64,
        /// The interval's level.
        level: f64,
        /// How the interval was made: "BCa" or "percentile".
        method: String,
        /// Rows, or groups of rows, that were drawn.
        n_units: usize,
    }

    fn __repr__(&self) -> String {
        let MetricInterval { name, value, low, high, .. } = self;
        format!("<{name}: {value:?}, {low:?} to {high:?}>")
    }
}

impl Tidy for MetricInterval {}

/// Arguments whose rows are drawn together, and those that stay as they are.
struct Call<'py> {
    metric: Bound<'py, PyAny>,
    arrays: Vec<Bound<'py, PyAny>>,
    of_rows: Vec<(String, Bound<'py, PyAny>)>,
    others: Bound<'py, PyDict>,
    units: Units,
}

/// What is drawn.
enum Units {
    Rows(usize),
    Groups(Vec<Vec<usize>>),
}

impl Units {
    fn len(&self) -> usize {
        match self {
            Units::Rows(n) => *n,
            Units::Groups(groups) => groups.len(),
        }
    }

    fn rows(&self, drawn: &[usize]) -> Vec<i64> {
        match self {
            Units::Rows(_) => drawn.iter().map(|row| *row as i64).collect(),
            Units::Groups(groups) => {
                let rows = drawn.iter().flat_map(|group| groups[*group].iter());
                rows.map(|row| *row as i64).collect()
            }
        }
    }
}

impl<'py> Call<'py> {
    /// The metric of the drawn units.
    fn of(&self, drawn: &[usize]) -> PyResult<f64> {
        let py = self.metric.py();
        py.check_signals()?;
        let rows = self.units.rows(drawn);
        let n = rows.len();
        let rows = Array::whole(rows, &[n]).into_pyobject(py)?;
        let taken = |array: &Bound<'py, PyAny>| array.call_method1("take", (&rows, 0));
        let arrays: Vec<Bound<'py, PyAny>> = self.arrays.iter().map(taken).collect::<PyResult<_>>()?;
        let options = self.others.copy()?;
        for (name, array) in &self.of_rows {
            options.set_item(name, taken(array)?)?;
        }
        let told = self.metric.call(PyTuple::new(py, arrays)?, Some(&options))?;
        let found = told.get_type();
        told.extract()
            .map_err(|_| refusal(format!("a metric that gives a `{found}`"), "one number"))
    }
}

/// The interval of a metric by the bootstrap over rows, whatever the metric is.
///
/// ``metric`` is a function of this module, or any other that takes arrays and gives one number; ``arrays`` are its first
/// arguments, ``options`` the others by name. Arrays of as many rows as the first, such as ``sample_weight``, are drawn with
/// it. With ``groups``, a label for each row, whole groups are drawn: for rows of one user, or of one query. Resamples on
/// which the metric is undefined, such as those of one class, are left out. The same ``random_state`` gives the same interval.
///
/// Shapes: arrays (n,) or (n, k); groups (n,).
/// Missing: as the metric says.
/// Errors: ``SpanwiseError`` where the metric is undefined on the rows or on most resamples, for arrays of other lengths and
/// fewer than 20 resamples.
/// Source: B. Efron (1987), JASA 82, 171-185; B. Efron, R. Tibshirani (1993), An introduction to the bootstrap.
#[pyfunction]
#[pyo3(signature = (metric, *arrays, level = 0.95, n_resamples = 1000, method = "BCa", groups = None, random_state = 0, **options))]
fn interval<'py>(
    metric: Bound<'py, PyAny>,
    arrays: &Bound<'py, PyTuple>,
    level: f64,
    n_resamples: usize,
    method: &str,
    groups: Option<Labels>,
    random_state: u64,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<MetricInterval> {
    if !(0.0 < level && level < 1.0) || (n_resamples as f64) < 2.0 / (1.0 - level) {
        let expected =
            "a level in (0, 1), and resamples beyond both ends of the interval: at least 2 / (1 - level)";
        return Err(refusal(
            format!("the level {level} with {n_resamples} resamples"),
            expected,
        ));
    }
    let call = call(metric, arrays, groups, options)?;
    if call.units.len() < 2 {
        return Err(refusal(
            format!("{} rows or groups", call.units.len()),
            "two at least, to tell how they differ",
        ));
    }
    let resampling = Resampling {
        n_resamples,
        seed: random_state,
        level,
    };
    let mut failed: Option<PyErr> = None;
    let py = call.metric.py();
    let statistic = |drawn: &[usize]| {
        if failed.is_some() {
            return None;
        }
        match call.of(drawn) {
            Ok(value) => Some(value),
            Err(error)
                if is_undefined(py, &error) && drawn.iter().enumerate().any(|(at, unit)| at != *unit) =>
            {
                None
            }
            Err(error) => {
                failed = Some(error);
                None
            }
        }
    };
    let n_units = call.units.len();
    let (found, method) = match method {
        "BCa" | "bca" => (bootstrap_bca(n_units, &resampling, statistic), "BCa"),
        "percentile" => (
            bootstrap_percentile(n_units, &resampling, statistic),
            "percentile",
        ),
        other => {
            return Err(refusal(
                format!("the method {other:?}"),
                "\"BCa\" or \"percentile\"",
            ));
        }
    };
    if let Some(error) = failed {
        return Err(error);
    }
    let estimate = found.map_err(from_stats)?;
    Ok(MetricInterval {
        name: call
            .metric
            .getattr("__name__")
            .map_or_else(|_| "metric".to_owned(), |name| name.to_string()),
        value: estimate.value,
        low: estimate.low,
        high: estimate.high,
        level,
        method: method.to_owned(),
        n_units,
    })
}

/// A resample may have no value; anything but a `ValueError` is a fault.
fn is_undefined(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<SpanwiseError>(py) || error.is_instance_of::<pyo3::exceptions::PyValueError>(py)
}

fn call<'py>(
    metric: Bound<'py, PyAny>,
    arrays: &Bound<'py, PyTuple>,
    groups: Option<Labels>,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Call<'py>> {
    let py = metric.py();
    let numpy = py.import("numpy")?;
    let as_array = |given: Bound<'py, PyAny>| numpy.call_method1("asarray", (given,));
    let arrays: Vec<Bound<'py, PyAny>> = arrays.iter().map(as_array).collect::<PyResult<_>>()?;
    let Some(first) = arrays.first() else {
        return Err(refusal("a metric alone".to_owned(), "its arrays after it"));
    };
    let no_axis = |_| refusal("an array without an axis".to_owned(), "arrays of rows");
    let n_rows = first.len().map_err(no_axis)?;
    if let Some((at, n)) = lengths(&arrays)?
        .into_iter()
        .enumerate()
        .find(|(_, n)| *n != n_rows)
    {
        return Err(refusal(
            format!("{n} rows in array {at}"),
            &format!("{n_rows} as in the first"),
        ));
    }
    let (others, mut of_rows) = (PyDict::new(py), Vec::new());
    for (name, given) in options.into_iter().flat_map(|options| options.iter()) {
        let is_list = given.hasattr("__array__")?
            || given.is_instance_of::<PyList>()
            || given.is_instance_of::<PyTuple>();
        let is_of_rows = is_list && given.len().is_ok_and(|n| n == n_rows);
        match is_of_rows {
            true => of_rows.push((name.to_string(), as_array(given)?)),
            false => others.set_item(name, given)?,
        }
    }
    Ok(Call {
        metric,
        units: units(n_rows, groups)?,
        arrays,
        of_rows,
        others,
    })
}

fn lengths(arrays: &[Bound<'_, PyAny>]) -> PyResult<Vec<usize>> {
    arrays.iter().map(|array| array.len()).collect()
}

fn units(n_rows: usize, groups: Option<Labels>) -> PyResult<Units> {
    let Some(labels) = groups else {
        return Ok(Units::Rows(n_rows));
    };
    if labels.len() != n_rows {
        let found = format!("{} groups", labels.len());
        return Err(refusal(found, &format!("a label for each of {n_rows} rows")));
    }
    let n_groups = labels.iter().max().map_or(0, |last| *last as usize + 1);
    let mut rows = vec![Vec::new(); n_groups];
    labels
        .iter()
        .enumerate()
        .for_each(|(row, code)| rows[*code as usize].push(row));
    Ok(Units::Groups(rows))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<MetricInterval>()?;
    add_functions!(module, interval);
    Ok(())
}
