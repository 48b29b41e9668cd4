//! Questions about a table at hand, and those of a project.

use crate::charts::{Drawn, drawn};
use crate::frame::to_table;
use crate::planned::{json, overrides};
use crate::{Signals, refusal};
use project::file::load;
use project::question::{ALTERNATIVES, Asked, Method, Refusal, ask, of_project};
use project::{ProjectError, QuestionRecord, SystemClock};
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Answers one question about a table and gives its record as JSON text.
#[pyfunction]
#[pyo3(signature = (data, outcome, by, positive, method, paired, against, equivalent_within, alternative, each_pair, level, seed))]
#[allow(clippy::too_many_arguments, reason = "the keys of a section, one by one")]
fn ask_json(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    outcome: String,
    by: Option<String>,
    positive: Option<String>,
    method: &str,
    paired: Option<String>,
    against: Option<f64>,
    equivalent_within: Option<f64>,
    alternative: &str,
    each_pair: bool,
    level: f64,
    seed: u64,
) -> PyResult<String> {
    let asked = Asked {
        outcome,
        by,
        positive,
        method: meaning("method", &Method::WORDS, method)?,
        paired,
        against,
        equivalent_within,
        alternative: meaning("alternative", &ALTERNATIVES, alternative)?,
        each_pair,
        level,
    };
    let table = to_table(data)?;
    json(py.detach(|| {
        let record = ask(&asked, None, &table, seed, &refused)?;
        Ok(serde_json::to_string(&record))
    }))
}

/// Answers questions of a project and gives their records as JSON text.
#[pyfunction]
fn questions_json(
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

/// The pictures of an answer, each with its name.
#[pyfunction]
fn question_charts(record: &str) -> PyResult<Vec<(String, Drawn)>> {
    let record: QuestionRecord = serde_json::from_str(record).map_err(|error| {
        refusal(&ProjectError::data(
            "the record",
            error.to_string(),
            "one that `ask` made",
        ))
    })?;
    Ok(drawn(project::question_charts(&record)))
}

fn refused(Refusal { key, found, expected }: Refusal) -> ProjectError {
    ProjectError::data(format!("`{key}`"), found, expected)
}

pub(crate) fn meaning<T: Copy>(key: &'static str, words: &[(&str, T)], word: &str) -> PyResult<T> {
    let found = words.iter().find(|(known, _)| *known == word);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let known = || words.iter().map(|(word, _)| *word);
        let near =
            table::nearest(word, known()).map_or(String::new(), |near| format!("; did you mean {near:?}?"));
        let expected = format!("one of {}{near}", table::quoted_list(known(), 20));
        refusal(&ProjectError::data(
            format!("`{key}`"),
            format!("{word:?}"),
            expected,
        ))
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(ask_json, module)?)?;
    module.add_function(wrap_pyfunction!(question_charts, module)?)?;
    module.add_function(wrap_pyfunction!(questions_json, module)?)
}
