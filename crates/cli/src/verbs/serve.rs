//! `spanwise serve`

use crate::exit::End;
use crate::print::{Shell, Usage};
use anyhow::Error;
use project::SystemClock;
use project::file::{Overrides, Project, Service, bytes_of, load};
use project::serving::{self, ServeOverrides};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A service of the project, or a bundle file; the only service if left out. In a container of SageMaker, Vertex AI
    /// or Azure ML, the model that the platform put there.
    what: Option<String>,
    /// Where to listen, such as 127.0.0.1:8080; port 0 takes a free one. Off loopback, keys are required
    /// (SPANWISE_API_KEYS).
    #[arg(long)]
    address: Option<SocketAddr>,
    /// The prediction log: sampled (never blocks), audit (nothing answered is lost) or off.
    #[arg(long, value_parser = ["sampled", "audit", "off"])]
    log: Option<String>,
    /// The folder of the prediction log: needed to log the answers of a bundle file, else the service's own.
    #[arg(long)]
    log_folder: Option<PathBuf>,
    /// The most scoring requests under way at a time; further ones are told to come later.
    #[arg(long)]
    max_in_flight: Option<usize>,
    /// A folder of bundles instead: each file NAME.bundle is the model NAME, loaded when it is first asked for.
    #[arg(long, conflicts_with_all = ["what", "project"])]
    folder: Option<PathBuf>,
    /// About the most memory that bundles may take together, such as 2GB: those asked for longest ago are dropped for
    /// others, and loaded again when somebody asks.
    #[arg(long, value_parser = memory)]
    memory: Option<u64>,
    /// The project's folder or file.
    #[arg(default_value = ".", long = "project", short = 'p')]
    project: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let overrides = ServeOverrides {
        address: arguments.address,
        log: arguments.log.clone(),
        log_folder: arguments.log_folder.clone(),
        max_in_flight: arguments.max_in_flight,
        memory_bytes: arguments.memory,
    };
    let clock = Arc::new(SystemClock);
    let file = arguments
        .what
        .as_ref()
        .map(PathBuf::from)
        .filter(|path| path.extension().is_some_and(|ending| ending == "bundle"));
    let container = match (&arguments.what, &arguments.folder) {
        (None, None) => project::serving::container()?,
        _ => None,
    };
    let started = match (file, container) {
        _ if arguments.folder.is_some() => {
            serving::start_folder(arguments.folder.clone().unwrap_or_default(), &overrides, clock)?
        }
        (Some(path), _) => serving::start_bundle(path, &overrides, clock)?,
        (None, Some(container)) => serving::start_container(&container, &overrides, clock)?,
        (None, None) => {
            let project = load(&arguments.project, &Overrides::default())?;
            serving::start(
                &project,
                service(&project, arguments.what.as_deref())?,
                &overrides,
                clock,
            )?
        }
    };
    started.server.hear_signals()?;
    let address = started.server.address();
    if shell.json {
        shell.object(&serde_json::json!({ "address": address.to_string(), "log": started.log }))?;
    } else {
        shell.line(&format!("listening on http://{address}"))?;
    }
    shell.note("stop with ctrl-c; requests in flight are answered first");
    shell.note(&match &started.log {
        Some(folder) => format!("answers are logged in {}", folder.display()),
        None => "nothing is logged".to_owned(),
    });
    started.server.wait()?;
    Ok(End::Done)
}

fn memory(text: &str) -> Result<u64, String> {
    bytes_of(text).ok_or_else(|| format!("expected {}", serving::MEMORY_EXPECTED))
}

fn service<'p>(project: &'p Project, name: Option<&str>) -> Result<&'p Service, Error> {
    let known = || project.services.iter().map(|service| service.name.value.as_str());
    match (name, project.services.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => Err(Usage(format!(
            "found {} services ({}), expected the name of one",
            project.services.len(),
            table::quoted_list(known(), 12)
        ))
        .into()),
        (Some(name), services) => services
            .iter()
            .find(|service| service.name.value == name)
            .ok_or_else(|| {
                let hint = table::nearest(name, known())
                    .map(|name| format!("; did you mean `{name}`?"))
                    .unwrap_or_default();
                Usage(format!(
                    "no `[service.{name}]`, found {}{hint}",
                    table::quoted_list(known(), 12)
                ))
                .into()
            }),
    }
}
