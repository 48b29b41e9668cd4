//! Files scored: what `project::batch` does, with ctrl-c heard and progress told from time to time.

use crate::{SpanwiseError, refusal};
use bundle::ScoreOptions;
use project::batch::{self, Job, Outcome, Plan, Scorer, SoFar, Watch};
use project::scoring::{self, Why};
use project::{ProjectError, batch::FileRecord};
use pyo3::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often signals are looked for and progress is told.
const PERIOD: Duration = Duration::from_millis(50);

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
    let outcome = attended(py, &desk, listener.as_ref(), work)?.map_err(|error| refusal(&error))?;
    serde_json::to_string(&outcome.files).map_err(|error| SpanwiseError::new_err(error.to_string()))
}

/// Runs `work` on a thread of its own; a signal or an error of the listener stops it, and is raised.
fn attended(
    py: Python<'_>,
    desk: &Desk,
    listener: Option<&Py<PyAny>>,
    work: impl FnOnce() -> Result<Outcome, ProjectError> + Send,
) -> PyResult<Result<Outcome, ProjectError>> {
    let (result, raised) = py.detach(|| {
        let (sender, receiver) = channel::<()>();
        std::thread::scope(|scope| {
            let worker = scope.spawn(move || {
                // Dropped when the work ends, in whatever way.
                let _sender = sender;
                work()
            });
            let mut raised = None;
            while receiver.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                let listen = |py: Python<'_>| py.check_signals().and_then(|()| desk.tell(py, listener));
                if raised.is_none()
                    && let Err(error) = Python::attach(listen)
                {
                    desk.stop.store(true, Relaxed);
                    raised = Some(error);
                }
            }
            (worker.join(), raised)
        })
    });
    match (result, raised) {
        (_, Some(raised)) => Err(raised),
        (Ok(result), None) => desk.tell(py, listener).map(|()| result),
        (Err(panic), None) => std::panic::resume_unwind(panic),
    }
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(score_files_json, module)?)
}
