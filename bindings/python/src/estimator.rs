//! What the estimators of `spanwise.sklearn` are shells of.

use crate::array::{Array, numbers, whole};
use crate::attend::{Desk, attend};
use crate::model::Model;
use crate::rows::{Source, whole_features};
use crate::values::{n_threads, values};
use crate::{PyBundle, SpanwiseError, refusal};
use bundle::{Bundle, Task};
use learn::boost::Trial;
use learn::forest::OutOfBag;
use learn::{Context, Value};
use project::estimator::{Aim, Categories, Estimator, Groups, Lesson, Rows, check_table};
use project::{Clock, SystemClock};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A search takes a day at most.
const MAX_BUDGET_S: f64 = 86_400.0;

/// The model, the losses of held-out rows, the trials of a search, and what rows out of bag are told.
type Fitted = (Model, Array, Vec<Py<PyDict>>, Option<Array>);

/// Fits a trainer by name; gives the model, the losses of held-out rows, round by round, the trials of a search, if
/// there is a budget of seconds for one, and what rows out of bag are told, if that is asked for.
///
/// `tables` are the rows to learn from and, behind them, rows that are held out. `y` and `weights` are of all of them;
/// without `y`, anomalies are looked for. With a level of `intervals`, five more trainings fit them; with `before`, trees
/// are added to those of that bundle.
#[pyfunction]
#[pyo3(signature = (trainer, tables, y, *, parameters, names, categories, classes, query, weights, contamination, intervals, seed, n_jobs, target, progress, budget=None, before=None, out_of_bag=false, interval_groups=None))]
pub(crate) fn fit(
    py: Python<'_>,
    trainer: &str,
    tables: Vec<Bound<'_, PyAny>>,
    y: Option<&Bound<'_, PyAny>>,
    parameters: &Bound<'_, PyDict>,
    names: Vec<String>,
    categories: Option<Vec<String>>,
    classes: Option<Vec<String>>,
    query: Option<&Bound<'_, PyAny>>,
    weights: Option<&Bound<'_, PyAny>>,
    contamination: Option<f64>,
    intervals: Option<f64>,
    seed: u64,
    n_jobs: Option<i64>,
    target: String,
    progress: Option<Py<PyAny>>,
    budget: Option<f64>,
    before: Option<&Bound<'_, PyBundle>>,
    out_of_bag: bool,
    interval_groups: Option<&str>,
) -> PyResult<Fitted> {
    let estimator = Estimator::new(trainer, &values(parameters)?)
        .map_err(|error| SpanwiseError::new_err(error.to_string()))?;
    let aim = aim(y, classes, query)?;
    let weights = weights
        .map(|weights| numbers(weights, "sample_weight"))
        .transpose()?;
    let categories = categories.map_or(Categories::ByType, Categories::Named);
    let before = before.map(|before| before.get().shared());
    let (rows, n_held_out) = rows(
        py,
        &tables,
        &names,
        &categories,
        weights.as_deref(),
        before.as_deref(),
    )?;
    let interval_groups = interval_groups
        .map(|column| groups(py, &tables[0], &rows, column))
        .transpose()?;
    let lesson = Lesson {
        rows,
        aim,
        weights,
        n_held_out,
        contamination,
        intervals,
        interval_groups,
        before,
        name: "model".to_owned(),
        target,
    };
    let n_threads = n_threads(n_jobs)?;
    let budget = budget.map(within_limits).transpose()?;
    let desk = Desk::default();
    let tell = |progress| desk.tell(progress);
    let fit = || {
        let context = Context {
            n_threads,
            progress: Some(&tell),
            ..Context::new(seed)
        };
        match budget {
            None if out_of_bag => {
                let (bundle, found) = estimator.fit_out_of_bag(lesson, &context)?;
                Ok((bundle, Vec::new(), Some(found)))
            }
            None => Ok((estimator.fit(lesson, &context)?, Vec::new(), None)),
            Some(micros) => {
                let until = SystemClock.now_micros().saturating_add(micros);
                let is_over = || until <= SystemClock.now_micros();
                let (bundle, trials) = estimator.fit_searching(lesson, &is_over, &context)?;
                Ok((bundle, trials, None))
            }
        }
    };
    let (bundle, trials, found) =
        attend(py, progress.as_ref(), &desk, fit)?.map_err(|error| refusal(&error))?;
    let losses = desk.losses();
    let n_losses = losses.len();
    let trials = trials
        .iter()
        .map(|trial| told(py, trial))
        .collect::<PyResult<_>>()?;
    let out_of_bag = found.map(|found| told_out_of_bag(&bundle, &found));
    let losses = Array::numbers(losses, &[n_losses]);
    Ok((Model::new(bundle), losses, trials, out_of_bag))
}

/// The probabilities of classes, `(n_rows, n_classes)`, or the numbers predicted, `(n_rows,)`, of rows out of bag; `NaN`
/// in rows that are told by no tree.
fn told_out_of_bag(bundle: &Bundle, found: &OutOfBag) -> Array {
    let n_rows = found.n_trees.len();
    let n_classes = bundle.task.classes().len();
    let mut told = match &bundle.task {
        Task::Binary { .. } => {
            let probabilities = bundle.probabilities(&found.margins).into_iter();
            probabilities.flat_map(|p| [1.0 - p, p]).collect()
        }
        Task::Classes { .. } => bundle.probabilities(&found.margins),
        _ => bundle.predictions(&found.margins),
    };
    let rows = told.chunks_mut(n_classes.max(1)).zip(&found.n_trees);
    rows.filter(|(_, n_trees)| **n_trees == 0)
        .for_each(|(told, _)| told.fill(f64::NAN));
    match n_classes {
        0 => Array::numbers(told, &[n_rows]),
        _ => Array::numbers(told, &[n_rows, n_classes]),
    }
}

/// The groups of the rows learnt from; rows held out have none.
fn groups(py: Python<'_>, first: &Bound<'_, PyAny>, rows: &Rows, column: &str) -> PyResult<Groups> {
    let Source::Batch(batch) = Source::of(first)? else {
        return Err(SpanwiseError::new_err(
            "`interval_groups` names a column of an array, expected one of a data frame",
        ));
    };
    let groups = py.detach(|| Groups::of_batch(&batch, &rows.recipe, column));
    let mut groups = groups.map_err(|error| refusal(&error))?;
    groups.append_none(rows.features.n_rows - groups.of_row.len());
    Ok(groups)
}

/// A budget in microseconds.
fn within_limits(seconds: f64) -> PyResult<i64> {
    match 0.0 < seconds && seconds <= MAX_BUDGET_S {
        true => Ok((seconds * 1e6) as i64),
        false => Err(SpanwiseError::new_err(format!(
            "`budget` is {seconds}, expected None or seconds above 0 and at most {MAX_BUDGET_S}"
        ))),
    }
}

/// A trial as Python reads it.
fn told(py: Python<'_>, trial: &Trial) -> PyResult<Py<PyDict>> {
    let (told, params) = (PyDict::new(py), PyDict::new(py));
    for (name, value) in &trial.settings {
        match value {
            Value::Whole(number) => params.set_item(name, number)?,
            Value::Number(number) => params.set_item(name, number)?,
            other => params.set_item(name, other.to_string())?,
        }
    }
    told.set_item("params", params)?;
    told.set_item("rounds", trial.rounds)?;
    told.set_item("loss", trial.loss)?;
    Ok(told.unbind())
}

fn aim(
    y: Option<&Bound<'_, PyAny>>,
    classes: Option<Vec<String>>,
    query: Option<&Bound<'_, PyAny>>,
) -> PyResult<Aim> {
    let codes = |data: &Bound<'_, PyAny>, what: &str| -> PyResult<Vec<u32>> {
        let code = |code: i64| {
            u32::try_from(code).map_err(|_| {
                SpanwiseError::new_err(format!("`{what}` holds {code}, expected 0 to 4294967295"))
            })
        };
        whole(data, what)?.into_iter().map(code).collect()
    };
    let Some(y) = y else {
        return Ok(Aim::Anomalies);
    };
    Ok(match (classes, query) {
        (Some(names), _) => Aim::Classes {
            names,
            codes: codes(y, "y")?,
        },
        (None, Some(query)) => Aim::Ranks {
            relevance: numbers(y, "y")?,
            query: codes(query, "qid")?,
        },
        (None, None) => Aim::Numbers(numbers(y, "y")?),
    })
}

/// The rows of all tables, and how many are held out.
fn rows(
    py: Python<'_>,
    tables: &[Bound<'_, PyAny>],
    names: &[String],
    categories: &Categories,
    weights: Option<&[f64]>,
    before: Option<&Bundle>,
) -> PyResult<(Rows, usize)> {
    let (first, others) = tables
        .split_first()
        .ok_or_else(|| SpanwiseError::new_err("found no table, expected one"))?;
    let mut rows = match (Source::of(first)?, before) {
        (source, Some(before)) => as_before(py, &source, before, names, categories)?,
        (Source::Matrix(matrix), None) => {
            let n_rows = matrix.n_rows();
            Rows::of_numbers(names, n_rows, matrix.columns(py, 0..n_rows))
        }
        (Source::Batch(batch), None) => {
            let weights = weights.and_then(|weights| weights.get(..batch.num_rows()));
            py.detach(|| Rows::of_batch(&batch, categories, weights))
                .map_err(|error| refusal(&error))?
        }
    };
    let n_learnt = rows.features.n_rows;
    for other in others {
        let more = whole_features(py, &Source::of(other)?, &rows.recipe)?;
        rows.append(more);
    }
    let n_held_out = rows.features.n_rows - n_learnt;
    Ok((rows, n_held_out))
}

/// Rows as the bundle that training goes on from sees them; columns of an array without names are taken by their places.
fn as_before(
    py: Python<'_>,
    source: &Source,
    before: &Bundle,
    names: &[String],
    categories: &Categories,
) -> PyResult<Rows> {
    let columns: Vec<String> = match source {
        Source::Batch(batch) => {
            let schema = batch.schema();
            schema.fields().iter().map(|field| field.name().clone()).collect()
        }
        Source::Matrix(_) => names.to_vec(),
    };
    let is_named = columns
        .iter()
        .enumerate()
        .any(|(place, name)| *name != format!("x{place}"));
    if is_named || matches!(source, Source::Batch(_)) {
        check_table(before, &columns, categories).map_err(|error| refusal(&error))?;
    }
    Ok(Rows::as_before(
        before,
        whole_features(py, source, &before.recipe)?,
    ))
}
