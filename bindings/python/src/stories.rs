//! The issues of stories, and what changed between two.

use crate::planned::{json, overrides};
use project::ProjectError;
use project::file::load;
use project::stories::{Against, compare, issues, named, page};
use pyo3::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The issues of each story of a project as JSON text.
#[pyfunction]
fn issues_json(
    py: Python<'_>,
    path: PathBuf,
    story: Option<String>,
    sources: BTreeMap<String, PathBuf>,
) -> PyResult<String> {
    let overrides = overrides(sources, None);
    json(py.detach(|| {
        let project = load(&path, &overrides)?;
        let names = named(&project, story.as_deref())?.into_iter();
        let all = names.map(|name| Ok((name.clone(), issues(&project, &name)?)));
        let all: BTreeMap<_, _> = all.collect::<Result<_, ProjectError>>()?;
        Ok(serde_json::to_string(&all))
    }))
}

/// Compares two issues of a story: the comparison as JSON text, and its page.
#[pyfunction]
fn changes_json(
    py: Python<'_>,
    path: PathBuf,
    story: String,
    issue: Option<u64>,
    against: String,
    sources: BTreeMap<String, PathBuf>,
) -> PyResult<(String, String)> {
    let overrides = overrides(sources, None);
    let mut html = String::new();
    let found = json(py.detach(|| {
        let project = load(&path, &overrides)?;
        named(&project, Some(&story))?;
        let found = compare(&project, &story, issue, Against::from_text(&against)?)?;
        html = page(&found);
        Ok(serde_json::to_string(&found))
    }))?;
    Ok((found, html))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(issues_json, module)?)?;
    module.add_function(wrap_pyfunction!(changes_json, module)?)
}
