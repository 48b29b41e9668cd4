//! Services of a project: bundles found, logs placed, the server started.

use crate::file::{Project, Service};
use crate::run::Places;
use crate::{Clock, ProjectError};
use serve::{Config, Finder, LogMode, Model, Server};
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
    /// The folder of the prediction log; a service of a project has one of its own.
    pub log_folder: Option<PathBuf>,
}

/// A server and what to tell about it.
#[derive(Debug)]
pub struct Started {
    /// The server.
    pub server: Server,
    /// The folder of the prediction log; `None` if nothing is logged.
    pub log: Option<PathBuf>,
}

/// Starts the service of a project. Loading its model again takes the version that its alias points to then.
///
/// # Errors
/// [`ProjectError`]: the model has no bundle yet, or the server cannot start.
pub fn start(
    project: &Project,
    service: &Service,
    overrides: &ServeOverrides,
    clock: Arc<dyn Clock + Send + Sync>,
) -> Result<Started, ProjectError> {
    let places = Places::of(project);
    let what = format!("service `{}`", service.name.value);
    let private = private_now(project);
    let first = model(&places, &what, &service.model.value, &private)?;
    let address = overrides.address.or_else(|| service.address.value.parse().ok());
    let mode = log_mode(overrides.log.as_deref().unwrap_or(&service.log));
    let own = || places.log(&service.name.value);
    let log = mode.map(|mode| (overrides.log_folder.clone().unwrap_or_else(own), mode));
    let name = service.model.value.clone();
    let finder: Finder = Arc::new(move |_| {
        // Who asked hears that it failed; the reason would name paths.
        model(&places, &what, &name, &private).ok()
    });
    start_models(vec![first], address, log, project.n_threads, Some(finder), clock)
}

/// The columns that the project calls private today, whatever it did when a bundle was made.
fn private_now(project: &Project) -> Vec<String> {
    let columns = project.data.iter().flat_map(|data| &data.private);
    columns.map(|column| column.value.clone()).collect()
}

/// The version that `name` stands for now.
///
/// Its newest version knows under which other names private columns go: what is private there is in all versions.
fn model(places: &Places, what: &str, name: &str, private: &[String]) -> Result<Model, ProjectError> {
    let registry = places.registry_for_reading(what)?;
    let found = registry.resolve(name)?;
    let mut private = private.to_vec();
    if let Some(newest) = registry.versions(&found.model)?.last() {
        let newest = registry.resolve(&format!("{}@{}", found.model, newest.version))?;
        private.extend(bundle::Bundle::load(&newest.path)?.private.iter().cloned());
    }
    Ok(Model {
        name: found.model,
        version: found.version.to_string(),
        path: found.path,
        private,
    })
}

/// Starts a server for one bundle file, without a project. Nothing is logged without a folder.
///
/// # Errors
/// [`ProjectError`]: the bundle is not sound, a log is asked for without a folder, or the server cannot start.
pub fn start_bundle(
    path: PathBuf,
    overrides: &ServeOverrides,
    clock: Arc<dyn Clock + Send + Sync>,
) -> Result<Started, ProjectError> {
    let folder = overrides.log_folder.clone();
    if let (Some(word @ ("audit" | "sampled")), None) = (overrides.log.as_deref(), &folder) {
        return Err(ProjectError::NoLogFolder {
            mode: word.to_owned(),
        });
    }
    let bundle = bundle::Bundle::load(&path)?;
    let model = Model {
        name: bundle.name.clone(),
        version: "1".to_owned(),
        path,
        ..Model::default()
    };
    let mode = log_mode(overrides.log.as_deref().unwrap_or("sampled"));
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    start_models(
        vec![model],
        overrides.address,
        folder.zip(mode),
        n_threads,
        None,
        clock,
    )
}

fn start_models(
    models: Vec<Model>,
    address: Option<SocketAddr>,
    log: Option<(PathBuf, LogMode)>,
    n_threads: usize,
    finder: Option<Finder>,
    clock: Arc<dyn Clock + Send + Sync>,
) -> Result<Started, ProjectError> {
    let address = address.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    let mut config = Config::new(address, models);
    let folder = log.as_ref().map(|(folder, _)| folder.clone());
    config.log = log;
    config.finder = finder;
    config.keys = variable(KEYS_VARIABLE)
        .split(',')
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect();
    config.admin_key = Some(variable(ADMIN_KEY_VARIABLE)).filter(|key| !key.is_empty());
    config.n_threads = n_threads;
    Ok(Started {
        server: serve::start(config, Arc::new(move || clock.now_micros()))?,
        log: folder,
    })
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
