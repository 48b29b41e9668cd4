//! Services of a project: bundles found, logs placed, the server started.

use crate::file::{Project, Service};
use crate::run::Places;
use crate::{Clock, ProjectError};
use registry::Registry;
use serve::{Config, LogMode, Model, Server};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// The environment variable that holds API keys, separated by commas.
pub const KEYS_VARIABLE: &str = "SPANWISE_API_KEYS";
/// The environment variable that holds the key for loading and unloading.
pub const ADMIN_KEY_VARIABLE: &str = "SPANWISE_ADMIN_KEY";

/// What the command line decides instead of the section.
#[derive(Clone, Debug, Default)]
pub struct ServeOverrides {
    /// Where to listen.
    pub address: Option<SocketAddr>,
    /// `sampled`, `audit` or `off`.
    pub log: Option<String>,
}

/// Starts the service of a project.
///
/// # Errors
/// [`ProjectError`]: the model has no bundle yet, or the server cannot start.
pub fn start(
    project: &Project,
    service: &Service,
    overrides: &ServeOverrides,
    clock: Arc<dyn Clock + Send + Sync>,
) -> Result<Server, ProjectError> {
    let places = Places::of(project);
    if !places.registry().is_dir() {
        return Err(ProjectError::data(
            format!("service `{}`", service.name.value),
            "no registry",
            "a project that was run; hint: `spanwise run`",
        ));
    }
    let found = Registry::open(&places.registry())?.resolve(&service.model.value)?;
    let model = Model {
        name: found.model,
        version: found.version.to_string(),
        path: found.path,
    };
    let address = overrides.address.or_else(|| service.address.value.parse().ok());
    let log = overrides.log.as_deref().unwrap_or(&service.log);
    let log = log_mode(log).map(|mode| (places.log(&service.name.value), mode));
    start_models(vec![model], address, log, project.n_threads, clock)
}

/// Starts a server for one bundle file, without a project.
///
/// # Errors
/// [`ProjectError`]: the bundle is not sound, or the server cannot start.
pub fn start_bundle(
    path: PathBuf,
    overrides: &ServeOverrides,
    log_folder: Option<PathBuf>,
    clock: Arc<dyn Clock + Send + Sync>,
) -> Result<Server, ProjectError> {
    let bundle = bundle::Bundle::load(&path)?;
    let model = Model {
        name: bundle.name.clone(),
        version: "1".to_owned(),
        path,
    };
    let mode = log_mode(overrides.log.as_deref().unwrap_or("sampled"));
    let log = log_folder.zip(mode);
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    start_models(vec![model], overrides.address, log, n_threads, clock)
}

fn start_models(
    models: Vec<Model>,
    address: Option<SocketAddr>,
    log: Option<(PathBuf, LogMode)>,
    n_threads: usize,
    clock: Arc<dyn Clock + Send + Sync>,
) -> Result<Server, ProjectError> {
    let address = address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    let mut config = Config::new(address, models);
    config.log = log;
    config.keys = variable(KEYS_VARIABLE)
        .split(',')
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect();
    config.admin_key = Some(variable(ADMIN_KEY_VARIABLE)).filter(|key| !key.is_empty());
    config.n_threads = n_threads;
    Ok(serve::start(config, Arc::new(move || clock.now_micros()))?)
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn log_mode(word: &str) -> Option<LogMode> {
    match word {
        "audit" => Some(LogMode::Audit),
        "off" => None,
        _ => Some(LogMode::Sampled),
    }
}
