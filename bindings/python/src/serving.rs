//! Services of this process: started, asked where they are, stopped.

use crate::{PyBundle, SpanwiseError, refusal};
use project::file::{Overrides, load};
use project::guarding;
use project::serving::{self, ServeOverrides, Started};
use project::{ProjectError, SystemClock};
use pyo3::prelude::*;
use serve::{Level, Server};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// A service that answers on threads of its own, which never hold the interpreter.
#[pyclass(frozen, name = "Server", module = "spanwise._spanwise")]
pub(crate) struct PyServer {
    started: Mutex<Option<Started>>,
    url: String,
    address: String,
    grpc_address: Option<String>,
    log: Option<PathBuf>,
    waits_for: Vec<String>,
    /// Threads do not follow a process that forks.
    process: u32,
}

#[pymethods]
impl PyServer {
    #[getter]
    fn url(&self) -> &str {
        &self.url
    }

    #[getter]
    fn address(&self) -> &str {
        &self.address
    }

    #[getter]
    fn grpc_address(&self) -> Option<&str> {
        self.grpc_address.as_deref()
    }

    #[getter]
    fn log(&self) -> Option<PathBuf> {
        self.log.clone()
    }

    /// Names of challengers and shadows that stand for no version yet.
    #[getter]
    fn waits_for(&self) -> Vec<String> {
        self.waits_for.clone()
    }

    #[getter]
    fn is_running(&self) -> bool {
        self.is_here() && self.with(|started| started.is_some())
    }

    /// Answers what is under way, writes the log to its end, and gives the port back; nothing the second time.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        if !self.is_here() {
            return Err(SpanwiseError::new_err(format!(
                "the service runs in process {}, of which this one is a fork: expected a call of `stop` there",
                self.process
            )));
        }
        match self.with(Option::take) {
            Some(started) => py
                .detach(|| started.server.stop())
                .map_err(|error| refusal(&ProjectError::from(error))),
            None => Ok(()),
        }
    }
}

impl PyServer {
    fn is_here(&self) -> bool {
        self.process == std::process::id()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Option<Started>) -> T) -> T {
        work(&mut self.started.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn new(started: Started) -> PyServer {
        let server: &Server = &started.server;
        PyServer {
            url: format!("{}://{}", server.scheme(), server.address()),
            address: server.address().to_string(),
            grpc_address: server.grpc_address().map(|address| address.to_string()),
            log: started.log.clone(),
            waits_for: started.waits_for.clone(),
            process: std::process::id(),
            started: Mutex::new(Some(started)),
        }
    }
}

impl Drop for PyServer {
    fn drop(&mut self) {
        let started = self.with(Option::take);
        if !self.is_here() {
            // In a fork there are no threads to wait for, and the port is the parent's.
            std::mem::forget(started);
        } else if started.is_some() {
            Python::attach(|py| py.detach(|| drop(started)));
        }
    }
}

/// What is served.
enum Served {
    Bundle(PathBuf),
    Folder(PathBuf),
    Project(PathBuf, Option<String>),
}

/// Starts a service; `options` are texts under the names of the command line.
#[pyfunction]
#[pyo3(signature = (kind, path, name, tls, jwt, options))]
fn serve_started(
    py: Python<'_>,
    kind: &str,
    path: PathBuf,
    name: Option<String>,
    tls: Option<(PathBuf, PathBuf, Option<PathBuf>)>,
    jwt: Option<(String, String, PathBuf)>,
    options: Vec<(String, String)>,
) -> PyResult<PyServer> {
    let served = match kind {
        "bundle" => Served::Bundle(path),
        "folder" => Served::Folder(path),
        _ => Served::Project(path, name),
    };
    py.detach(|| started(served, overrides(tls, jwt, &options)?))
        .map(PyServer::new)
        .map_err(|error| refusal(&error))
}

fn overrides(
    tls: Option<(PathBuf, PathBuf, Option<PathBuf>)>,
    jwt: Option<(String, String, PathBuf)>,
    options: &[(String, String)],
) -> Result<ServeOverrides, ProjectError> {
    let mut overrides = ServeOverrides {
        tls: tls.map(|(certificate, key, client_ca)| serve::Tls {
            certificate,
            key,
            client_ca,
        }),
        jwt: jwt.map(|(issuer, audience, keys)| serve::Jwt {
            issuer,
            audience,
            keys,
            models_claim: serve::MODELS_CLAIM.to_owned(),
        }),
        ..ServeOverrides::default()
    };
    // Standard error is the caller's: nothing is told there unless somebody asks.
    overrides.telling.level = Some(Level::Off);
    for (name, text) in options {
        overrides.set(name, text)?;
    }
    if overrides.telling.level != Some(Level::Off) {
        overrides.telling.events = Some(serve::Sink::new(|lines| {
            std::io::Write::write_all(&mut std::io::stderr().lock(), lines)
        }));
    }
    Ok(overrides)
}

fn started(served: Served, overrides: ServeOverrides) -> Result<Started, ProjectError> {
    let clock = Arc::new(SystemClock);
    match served {
        Served::Bundle(path) => serving::start_bundle(path, &overrides, clock),
        Served::Folder(folder) => serving::start_folder(folder, &overrides, clock),
        Served::Project(path, name) => {
            let project = load(&path, &Overrides::default())?;
            let service = serving::named(&project, name.as_deref())?;
            serving::start(&project, service, &overrides, clock)
        }
    }
}

/// Writes a bundle to a file.
#[pyfunction]
fn save_bundle(py: Python<'_>, bundle: &PyBundle, path: PathBuf) -> PyResult<()> {
    py.detach(|| bundle.bundle.save(&path).map_err(ProjectError::from))
        .map_err(|error| refusal(&error))
}

/// How champion and challenger of a service compare now, as JSON with `is_done`.
#[pyfunction]
fn guard_json(py: Python<'_>, path: PathBuf, service: Option<String>, act: bool) -> PyResult<String> {
    py.detach(|| {
        let project = load(&path, &Overrides::default())?;
        let service = serving::named(&project, service.as_deref())?;
        guarding::state(&project, service, act, &SystemClock)
    })
    .map_err(|error| refusal(&error))
    .and_then(|(record, is_done)| {
        let told = serde_json::to_value(&record).map(|mut told| {
            told["is_done"] = is_done.into();
            told.to_string()
        });
        told.map_err(|error| SpanwiseError::new_err(error.to_string()))
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PyServer>()?;
    module.add("SERVE_OPTIONS", serving::OPTIONS.to_vec())?;
    module.add_function(wrap_pyfunction!(serve_started, module)?)?;
    module.add_function(wrap_pyfunction!(guard_json, module)?)?;
    module.add_function(wrap_pyfunction!(save_bundle, module)?)
}
