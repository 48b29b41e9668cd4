//! Services of a project: bundles found, logs placed, the server started.

mod fit;
mod options;
mod telling;
mod versions;

pub use options::OPTIONS;
pub use telling::TellOverrides;

use crate::file::{Act, DEFAULT_SHARE, DEFAULT_WATCH_S, Project, Service, bytes_of};
use crate::guarding::Guard;
use crate::run::Places;
use crate::{Clock, ProjectError};
use query::source::{Local, Source};
use serve::{Config, Container, Finder, LogMode, Logging, Model, Platform, Role, ServeError, Server};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use table::read::Options;
use versions::Versions;

/// The environment variable that holds API keys, separated by commas.
pub const KEYS_VARIABLE: &str = "SPANWISE_API_KEYS";
/// The environment variable that holds the most memory that bundles may take, for containers, whose command is given.
pub const MEMORY_VARIABLE: &str = "SPANWISE_MEMORY";
/// The environment variable that holds the key for loading and unloading.
pub const ADMIN_KEY_VARIABLE: &str = "SPANWISE_ADMIN_KEY";

/// What a size of memory looks like.
pub const MEMORY_EXPECTED: &str = "a number with MiB or GiB, such as 2GiB";

/// What the command line decides instead of the section.
#[derive(Clone, Debug, Default)]
pub struct ServeOverrides {
    /// Where to listen.
    pub address: Option<SocketAddr>,
    /// Where else to listen.
    pub grpc_address: Option<SocketAddr>,
    /// The files of TLS.
    pub tls: Option<serve::Tls>,
    /// The keys file.
    pub keys: Option<PathBuf>,
    /// Whose tokens are taken.
    pub jwt: Option<serve::Jwt>,
    /// `sampled`, `audit` or `off`.
    pub log: Option<String>,
    /// The folder of the prediction log; a service of a project has one of its own.
    pub log_folder: Option<PathBuf>,
    /// The most scoring requests under way at a time.
    pub max_in_flight: Option<usize>,
    /// The version that answers a share of the requests: a name of the registry, or a bundle's file beside a bundle's file.
    pub challenger: Option<String>,
    /// The challenger's share, above 0 and below 1.
    pub share: Option<f64>,
    /// What a guard may do by itself.
    pub act: Option<Act>,
    /// The version that is asked what the champion answered.
    pub shadow: Option<String>,
    /// Seconds between looks at aliases and files; `Some(None)` for none.
    #[allow(clippy::option_option)]
    pub watch_s: Option<Option<u64>>,
    /// About the most bytes of memory that bundles may take together.
    pub memory_bytes: Option<u64>,
    /// What resources cost.
    pub price: Option<serve::Price>,
    /// The share of requests that is logged.
    pub sample: Option<f64>,
    /// Inputs whose values are not logged, besides those of the section.
    pub mask: Vec<String>,
    /// Seconds after which a day of the log is removed.
    pub keep_s: Option<u64>,
    /// What the service tells of itself.
    pub telling: TellOverrides,
}

/// A server and what to tell about it.
#[derive(Debug)]
pub struct Started {
    /// The server.
    pub server: Server,
    /// The folder of the prediction log; `None` if nothing is logged.
    pub log: Option<PathBuf>,
    /// The form of the service's own lines.
    pub format: serve::LineFormat,
    /// Names of challengers and shadows that stand for nothing yet; they are taken up once they do.
    pub waits_for: Vec<String>,
    /// What was fetched to be served; the file goes with it.
    pub fetched: Option<Local>,
}

/// The service called `name`, or the only one.
///
/// # Errors
/// [`ProjectError::NoSuchSection`] with the nearest name.
pub fn named<'p>(project: &'p Project, name: Option<&str>) -> Result<&'p Service, ProjectError> {
    let known = || project.services.iter().map(|service| service.name.value.as_str());
    let found = match (name, project.services.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(name), services) => services.iter().find(|service| service.name.value == name),
    };
    found.ok_or_else(|| ProjectError::NoSuchSection {
        kind: "service",
        name: name.map(str::to_owned),
        found: table::quoted_list(known(), 12),
        nearest: name.and_then(|name| table::nearest(name, known()).map(str::to_owned)),
    })
}

/// Starts the service of a project. Loading its model again takes the version that its alias points to then.
///
/// # Errors
/// [`ProjectError`]: the model has no bundle yet, options do not go with the service, or the server cannot start.
pub fn start(
    project: &Project,
    service: &Service,
    overrides: &ServeOverrides,
    clock: Arc<dyn Clock + Send + Sync>,
) -> Result<Started, ProjectError> {
    overrides.check_service(service)?;
    let versions = Versions::of(project, service, overrides)?;
    let guard = guard(project, service, overrides);
    let (models, waits_for) = versions.now()?;
    let address = overrides.address.or_else(|| service.address.value.parse().ok());
    let mode = log_mode(overrides.log.as_deref().unwrap_or(&service.log));
    let own = || Places::of(project).log(&service.name.value);
    let log = mode.map(|mode| (overrides.log_folder.clone().unwrap_or_else(own), mode));
    // Who asks hears that it failed; the reason would name paths.
    let finder: Finder = Arc::new(move |_| Some(versions.now().ok()?.0));
    let mut config = config(models, address, log, project.n_threads);
    config.finder = Some(finder);
    config.judge = guard.map(|guard| guard.judge(Arc::clone(&clock)));
    config.watch = every(overrides.watch_s.unwrap_or(service.watch_s));
    config.grpc_address = overrides.grpc_address.or(service.grpc_address);
    secure(&mut config, &project.root(), service, overrides);
    config.telling = overrides.telling.telling(Some((service, &project.root())))?;
    config.logging = logging(Some(service), overrides);
    config.price = overrides.price.clone().or_else(|| service.price.clone());
    config.memory_bytes = overrides.memory_bytes.or(service.memory_bytes);
    limit(&mut config, overrides.max_in_flight.or(service.max_in_flight));
    let started = started(config, clock)?;
    Ok(Started { waits_for, ..started })
}

/// The guard of champion and challenger, where the section has one and they are served.
fn guard(project: &Project, service: &Service, overrides: &ServeOverrides) -> Option<Guard> {
    let own = || service.challenger.as_ref().map(|name| name.value.clone());
    let challenger = overrides.challenger.clone().or_else(own)?;
    let mut guard = Guard::of(project, service, [service.model.value.clone(), challenger])?;
    guard.section.act = overrides.act.unwrap_or(guard.section.act);
    Some(guard)
}

/// Who may ask, and over TLS or in clear: the section's files lie where the project does.
fn secure(config: &mut Config, root: &Path, service: &Service, overrides: &ServeOverrides) {
    let own = || {
        let tls = service.tls.as_ref()?;
        Some(serve::Tls {
            certificate: root.join(&tls.certificate),
            key: root.join(&tls.key),
            client_ca: tls.client_ca.as_ref().map(|path| root.join(path)),
        })
    };
    config.tls = overrides.tls.clone().or_else(own);
    let own = || service.keys.as_ref().map(|path| root.join(path));
    config.keys_file = overrides.keys.clone().or_else(own);
    let own = || {
        let jwt = service.jwt.as_ref()?;
        Some(serve::Jwt {
            keys: root.join(&jwt.keys),
            ..jwt.clone()
        })
    };
    config.jwt = overrides.jwt.clone().or_else(own);
}

/// Starts a server for one bundle file, without a project; challenger and shadow are files too, served under the name of
/// the first as versions 2 and 3. Nothing is logged without a folder.
///
/// # Errors
/// [`ProjectError`]: the bundle is not sound, a log is asked for without a folder, or the server cannot start.
pub fn start_bundle(
    path: PathBuf,
    overrides: &ServeOverrides,
    clock: Arc<dyn Clock + Send + Sync>,
) -> Result<Started, ProjectError> {
    start_files(Files::Bundles(vec![path]), overrides, None, clock)
}

/// Starts a server for a folder of bundles: `NAME.bundle` is the model `NAME`, loaded when it is first asked for. Nothing is
/// logged without a folder for that.
///
/// # Errors
/// As [`start_bundle`]; the folder cannot be read.
pub fn start_folder(
    folder: PathBuf,
    overrides: &ServeOverrides,
    clock: Arc<dyn Clock + Send + Sync>,
) -> Result<Started, ProjectError> {
    start_files(Files::Folder(folder), overrides, None, clock)
}

/// What is served without a project.
enum Files {
    Bundles(Vec<PathBuf>),
    Folder(PathBuf),
}

fn start_files(
    files: Files,
    overrides: &ServeOverrides,
    platform: Option<Platform>,
    clock: Arc<dyn Clock + Send + Sync>,
) -> Result<Started, ProjectError> {
    overrides.check_files()?;
    let folder = overrides.log_folder.clone();
    if let (Some(word @ ("audit" | "sampled")), None) = (overrides.log.as_deref(), &folder) {
        return Err(ProjectError::NoLogFolder {
            mode: word.to_owned(),
        });
    }
    let (paths, served) = match files {
        Files::Bundles(paths) => (paths, None),
        Files::Folder(folder) => (Vec::new(), Some(folder)),
    };
    let named = paths.first().map(|path| bundle::Named::read(path)).transpose()?;
    let model = |(path, version, role): (PathBuf, &str, Role)| Model {
        name: named.as_ref().map(|named| named.name.clone()).unwrap_or_default(),
        version: version.to_owned(),
        path,
        role,
        ..Model::default()
    };
    let share = overrides.share.unwrap_or(DEFAULT_SHARE);
    let file = |path: &Option<String>| path.clone().map(PathBuf::from);
    let others = [
        (file(&overrides.challenger), "2", Role::Challenger { share }),
        (file(&overrides.shadow), "3", Role::Shadow),
    ];
    let others = others
        .into_iter()
        .filter_map(|(path, version, role)| Some((path?, version, role)));
    let champion = paths.into_iter().map(|path| (path, "1", Role::Listed));
    let models = champion.chain(others).map(model).collect();
    let mode = log_mode(overrides.log.as_deref().unwrap_or("sampled"));
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut config = config(models, overrides.address, folder.zip(mode), n_threads);
    config.platform = platform;
    config.watch = every(overrides.watch_s.unwrap_or(Some(DEFAULT_WATCH_S)));
    config.grpc_address = overrides.grpc_address;
    config.tls = overrides.tls.clone();
    config.keys_file = overrides.keys.clone();
    config.jwt = overrides.jwt.clone();
    config.folder = served;
    config.telling = overrides.telling.telling(None)?;
    config.logging = logging(None, overrides);
    config.price = overrides.price.clone();
    config.memory_bytes = match overrides.memory_bytes {
        Some(bytes) => Some(bytes),
        None => memory_told()?,
    };
    limit(&mut config, overrides.max_in_flight);
    started(config, clock)
}

/// What the platform that this process runs on asks for, by its environment; `None` off all of them.
///
/// # Errors
/// [`ProjectError`]: a variable of a platform is not what it must be.
pub fn container() -> Result<Option<Container>, ProjectError> {
    Ok(Container::of(&|name| std::env::var(name).ok())?)
}

/// Starts the server that a platform's container is for: on SageMaker, Vertex AI or Azure ML. Nothing is logged without
/// a folder.
///
/// # Errors
/// [`ProjectError`]: no bundle is found where the platform puts models, it is not sound, or the server cannot start.
pub fn start_container(
    container: &Container,
    overrides: &ServeOverrides,
    clock: Arc<dyn Clock + Send + Sync>,
) -> Result<Started, ProjectError> {
    let overrides = ServeOverrides {
        address: overrides.address.or(Some(container.address)),
        ..overrides.clone()
    };
    let (paths, fetched) = match container.model.as_deref().map(fetched).transpose()? {
        Some((path, fetched)) => (vec![path], fetched),
        None if container.platform.takes_models_by_request() => (Vec::new(), None),
        None => {
            return Err(ServeError::NoContainerModel {
                platform: container.platform.name(),
                variable: container.platform.model_variable(),
            }
            .into());
        }
    };
    let started = start_files(
        Files::Bundles(paths),
        &overrides,
        Some(container.platform.clone()),
        clock,
    )?;
    Ok(Started { fetched, ..started })
}

/// The bundle at a place that a platform named, and what it was fetched into.
fn fetched(place: &str) -> Result<(PathBuf, Option<Local>), ProjectError> {
    if !place.contains("://") {
        return Ok((serve::bundle_in(Path::new(place))?, None));
    }
    let pattern = match place.ends_with(".bundle") {
        true => place.to_owned(),
        false => format!("{}/*.bundle", place.trim_end_matches('/')),
    };
    let local = Source::of(&pattern, Path::new(""))?.fetch_only(&Options::default())?;
    Ok((local.path().to_owned(), Some(local)))
}

fn config(
    models: Vec<Model>,
    address: Option<SocketAddr>,
    log: Option<(PathBuf, LogMode)>,
    n_threads: usize,
) -> Config {
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
    config
}

/// What of the answers is logged, and for how long.
fn logging(service: Option<&Service>, overrides: &ServeOverrides) -> Logging {
    let own = service.map(|service| &service.logging);
    let mut logging = own.cloned().unwrap_or_default();
    logging.share = overrides.sample.unwrap_or(logging.share);
    logging.mask.extend(overrides.mask.iter().cloned());
    logging.keep = every(overrides.keep_s).or(logging.keep);
    logging
}

fn every(seconds: Option<u64>) -> Option<Duration> {
    seconds.map(Duration::from_secs)
}

fn limit(config: &mut Config, max_in_flight: Option<usize>) {
    config.limits.max_in_flight = max_in_flight.unwrap_or(config.limits.max_in_flight);
}

fn started(config: Config, clock: Arc<dyn Clock + Send + Sync>) -> Result<Started, ProjectError> {
    let log = config.log.as_ref().map(|(folder, _)| folder.clone());
    let format = config.telling.format;
    Ok(Started {
        format,
        server: serve::start(config, Arc::new(move || clock.now_micros()))?,
        log,
        waits_for: Vec::new(),
        fetched: None,
    })
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// What the environment says of memory, if anything.
fn memory_told() -> Result<Option<u64>, ProjectError> {
    let found = variable(MEMORY_VARIABLE);
    if found.is_empty() {
        return Ok(None);
    }
    let bytes = bytes_of(&found).ok_or_else(|| ServeError::Variable {
        name: MEMORY_VARIABLE,
        found: table::clip(&found),
        expected: MEMORY_EXPECTED,
    })?;
    Ok(Some(bytes))
}

fn log_mode(word: &str) -> Option<LogMode> {
    match word {
        "audit" => Some(LogMode::Audit),
        "off" => None,
        _ => Some(LogMode::Sampled),
    }
}
