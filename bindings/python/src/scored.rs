//! Files scored: what `project::batch` does, with ctrl-c heard and progress told from time to time.

use crate::attend::attend_with;
use crate::{SpanwiseError, refusal};
use bundle::ScoreOptions;
use project::batch::{self, FileRecord, Job, Plan, Scorer, SoFar, Watch};
use project::scoring::{self, Why};
use pyo3::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// What the run says of itself, and whether it should stop.
#[derive(Default)]
struct Desk {
    plan: Mutex<(Plan, SoFar)>,
    stop: AtomicBool,
}

impl Watch for Desk {
    fn planned(&self, plan: &Plan) {
        self.with(|(known, so_far)| {
            *known = *plan;
            so_far.n_files = plan.n_done;
        });
    }

    fn seen(&self, now: &SoFar) {
        self.with(|(_, so_far)| *so_far = *now);
    }

    fn finished(&self, _: &FileRecord) {
        self.with(|(_, so_far)| so_far.n_files += 1);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Relaxed)
    }
}

impl Desk {
    fn with<T>(&self, work: impl FnOnce(&mut (Plan, SoFar)) -> T) -> T {
        work(&mut self.plan.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn tell(&self, py: Python<'_>, listener: Option<&Py<PyAny>>) -> PyResult<()> {
        let (plan, so_far) = self.with(|known| *known);
        if let (Some(listener), true) = (listener, 0 < plan.n_files) {
            let news = (
                so_far.n_files,
                plan.n_files,
                so_far.n_rows,
                so_far.n_bytes,
                plan.n_bytes,
            );
            listener.call1(py, news)?;
        }
        Ok(())
    }
}

/// Scores files into a folder; their records as JSON text.
#[pyfunction]
#[pyo3(signature = (model, inputs, out, project, format, keep, reasons, interactions, threads, again, listener))]
fn score_files_json(
    py: Python<'_>,
    model: &str,
    inputs: Vec<PathBuf>,
    out: PathBuf,
    project: PathBuf,
    format: Option<String>,
    keep: Option<Vec<String>>,
    reasons: usize,
    interactions: usize,
    threads: Option<usize>,
    again: bool,
    listener: Option<Py<PyAny>>,
) -> PyResult<String> {
    let desk = Desk::default();
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    let n_threads = threads.unwrap_or_else(all).clamp(1, 1024);
    let work = || {
        let (bundle, _) = scoring::find_bundle(model, Path::new(&project))?;
        let scorer = Scorer {
            bundle: &bundle,
            keep: keep.as_deref(),
            options: ScoreOptions {
                n_reasons: reasons,
                ..ScoreOptions::default()
            },
            why: Why {
                background: None,
                n_pairs: interactions,
            },
        };
        let job = Job {
            scorer,
            inputs,
            out,
            format: batch::format_of(format.as_deref())?,
            n_threads,
            again,
        };
        batch::score_files(&job, &desk)
    };
    let listen = |py: Python<'_>| desk.tell(py, listener.as_ref());
    let outcome = attend_with(py, &desk.stop, listen, work)?.map_err(|error| refusal(&error))?;
    serde_json::to_string(&outcome.files).map_err(|error| SpanwiseError::new_err(error.to_string()))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(score_files_json, module)?)
}
