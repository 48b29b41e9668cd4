//! Why a number changed.

use crate::charts::{Drawn, drawn};
use crate::frame::to_table;
use crate::planned::{json, overrides};
use crate::{Signals, refusal};
use profile::why::Options;
use project::file::load;
use project::question::Refusal;
use project::why::{Asked, ChangeRecord, MetricWord, Periods, answer, ask, charts, of_project, page};
use project::{ProjectError, SystemClock};
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Asks why a number of a table changed and gives the record as JSON text.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the keys of a section, one by one")]
fn why_json(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    metric: &str,
    of: Option<String>,
    per: Option<String>,
    positive: Option<String>,
    periods: Option<(String, String, String)>,
    against: Option<&Bound<'_, PyAny>>,
    dimensions: Vec<String>,
    exclude: Vec<String>,
    cluster: Option<String>,
    weight: Option<String>,
    level: f64,
    seed: u64,
    threads: usize,
) -> PyResult<String> {
    let asked = Asked {
        metric: crate::asking::meaning("metric", &MetricWord::WORDS, metric)?,
        of,
        per,
        positive,
        periods: periods.map(|(by, before, after)| Periods { by, before, after }),
        options: Options {
            weight,
            cluster,
            dimensions,
            exclude,
            level,
            alpha: 1.0 - level,
            seed,
            n_threads: match threads {
                0 => std::thread::available_parallelism().map_or(1, usize::from),
                n => n.min(1024),
            },
            ..Options::default()
        },
    };
    let table = to_table(data)?;
    let before = against.map(to_table).transpose()?;
    let refuse =
        |Refusal { key, found, expected }: Refusal| ProjectError::data(format!("`{key}`"), found, expected);
    json(py.detach(|| {
        let record = ask(&asked, "asked", None, &table, before.as_ref(), &refuse)?;
        Ok(serde_json::to_string(&record))
    }))
}

/// Explains changes of a project and gives their records as JSON text.
#[pyfunction]
fn whys_json(
    py: Python<'_>,
    path: PathBuf,
    names: Vec<String>,
    sources: BTreeMap<String, PathBuf>,
    threads: Option<usize>,
) -> PyResult<String> {
    let overrides = overrides(sources, threads);
    json(py.detach(|| {
        let records = of_project(&load(&path, &overrides)?, &names, &Signals, &SystemClock)?;
        Ok(serde_json::to_string(&records))
    }))
}

/// The page of a record.
#[pyfunction]
fn why_html(record: &str) -> PyResult<String> {
    Ok(page(&[read(record)?]))
}

/// The answer of a record in a sentence or three.
#[pyfunction]
fn why_sentence(record: &str) -> PyResult<String> {
    Ok(answer(&read(record)?))
}

/// The charts of a record, each with its name.
#[pyfunction]
fn why_charts(record: &str) -> PyResult<Vec<(String, Drawn)>> {
    Ok(drawn(charts(&read(record)?)))
}

fn read(record: &str) -> PyResult<ChangeRecord> {
    let expected = "one that `why` made";
    serde_json::from_str(record)
        .map_err(|error| refusal(&ProjectError::data("the record", error.to_string(), expected)))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(why_json, module)?)?;
    module.add_function(wrap_pyfunction!(whys_json, module)?)?;
    module.add_function(wrap_pyfunction!(why_html, module)?)?;
    module.add_function(wrap_pyfunction!(why_charts, module)?)?;
    module.add_function(wrap_pyfunction!(why_sentence, module)?)
}
