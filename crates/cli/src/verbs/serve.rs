//! `spanwise serve`

use crate::exit::End;
use crate::print::{Shell, Usage};
use anyhow::Error;
use project::SystemClock;
use project::file::{Overrides, Project, Service, bytes_of, load};
use project::serving::{self, ServeOverrides, TellOverrides};
use serve::{Level, LineFormat, Sink};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
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
    /// A second address for the same, for platforms that expect gRPC on a port of its own; gRPC is spoken on the first
    /// too.
    #[arg(long)]
    grpc_address: Option<SocketAddr>,
    /// The certificates to show over TLS, a PEM file, the server's own first; read again when it changes.
    #[arg(long, requires = "key")]
    certificate: Option<PathBuf>,
    /// The private key of the certificate, a PEM file.
    #[arg(long, requires = "certificate")]
    key: Option<PathBuf>,
    /// Certificates of those who sign for clients, a PEM file; only clients with such a certificate are let in.
    #[arg(long, requires = "certificate")]
    client_ca: Option<PathBuf>,
    /// The keys file: hashes of keys, each with the models that it may ask (spanwise key new).
    #[arg(long)]
    keys: Option<PathBuf>,
    /// Take tokens (JWT) of this issuer.
    #[arg(long, requires = "jwt_audience", requires = "jwt_keys")]
    jwt_issuer: Option<String>,
    /// Whom the tokens must be for.
    #[arg(long, requires = "jwt_issuer")]
    jwt_audience: Option<String>,
    /// The file of the issuer's public keys (JWKS).
    #[arg(long, requires = "jwt_issuer")]
    jwt_keys: Option<PathBuf>,
    /// The prediction log: sampled (never blocks), audit (nothing answered is lost) or off.
    #[arg(long, value_parser = ["sampled", "audit", "off"])]
    log: Option<String>,
    /// The folder of the prediction log: needed to log the answers of a bundle file, else the service's own.
    #[arg(long)]
    log_folder: Option<PathBuf>,
    /// A version that answers a share of the requests: `churn@challenger`, or a bundle file beside a bundle file.
    #[arg(long)]
    challenger: Option<String>,
    /// The challenger's share of keys (`X-Spanwise-Key`, else `X-Request-Id`), above 0 and below 1; 0.1 if not said.
    #[arg(long)]
    share: Option<f64>,
    /// What the guard of champion and challenger may do by itself.
    #[arg(long, value_parser = project::file::Act::WORDS)]
    act: Option<String>,
    /// A version that is asked what the champion answered and answers nobody; its differences are counted.
    #[arg(long)]
    shadow: Option<String>,
    /// How often is looked whether aliases stand for other versions, or files hold other bytes, such as 2s; or `never`.
    #[arg(long, value_parser = watch)]
    watch: Option<Watch>,
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
    /// The share of requests that is logged, above 0 and at most 1, taken by the hash of their names.
    #[arg(long)]
    sample: Option<f64>,
    /// An input whose values are not logged: as hashes with a key made from SPANWISE_MASK_KEY, or not at all without it;
    /// may be given several times.
    #[arg(long = "mask", value_name = "COLUMN")]
    mask: Vec<String>,
    /// After so long a day of the log is removed, such as 90d.
    #[arg(long, value_parser = keep)]
    keep: Option<u64>,
    /// What resources cost, such as "0.05 USD/cpu-hour, 0.09 USD/GB": then it is told what a million predictions cost.
    #[arg(long, value_parser = price)]
    price: Option<serve::Price>,
    #[command(flatten)]
    told: Told,
    /// The project's folder or file; the current folder if left out. Given, no platform's variable is heeded.
    #[arg(long, short)]
    project: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let overrides = ServeOverrides {
        address: arguments.address,
        grpc_address: arguments.grpc_address,
        tls: tls(arguments),
        keys: arguments.keys.clone(),
        jwt: jwt(arguments),
        log: arguments.log.clone(),
        log_folder: arguments.log_folder.clone(),
        max_in_flight: arguments.max_in_flight,
        challenger: arguments.challenger.clone(),
        share: arguments.share,
        act: arguments.act.as_deref().and_then(project::file::Act::of),
        shadow: arguments.shadow.clone(),
        watch_s: arguments.watch.map(|watch| watch.0),
        memory_bytes: arguments.memory,
        price: arguments.price.clone(),
        sample: arguments.sample,
        mask: arguments.mask.clone(),
        keep_s: arguments.keep,
        telling: arguments.told.overrides(shell),
    };
    let clock = Arc::new(SystemClock);
    let container = match (&arguments.what, &arguments.project, &arguments.folder) {
        (None, None, None) => serving::container()?,
        _ => None,
    };
    if let Some(container) = &container {
        let whose = container.platform.name();
        shell.note(&format!(
            "serving as the container of {whose}, as the environment says; `--project DIR` serves a project instead"
        ));
    }
    let started = match (file_of(arguments), container) {
        _ if arguments.folder.is_some() => {
            serving::start_folder(arguments.folder.clone().unwrap_or_default(), &overrides, clock)?
        }
        (Some(path), _) => serving::start_bundle(path, &overrides, clock)?,
        (None, Some(container)) => serving::start_container(&container, &overrides, clock)?,
        (None, None) => {
            let folder = arguments.project.as_deref().unwrap_or(Path::new("."));
            let project = load(folder, &Overrides::default())?;
            serving::start(
                &project,
                service(&project, arguments.what.as_deref())?,
                &overrides,
                clock,
            )?
        }
    };
    started.server.hear_signals()?;
    started.server.hear_panics();
    let (address, second) = (started.server.address(), started.server.grpc_address());
    if shell.json {
        let mut told = serde_json::json!({ "address": address.to_string(), "log": started.log });
        if let Some(second) = second {
            told["grpc_address"] = second.to_string().into();
        }
        shell.object(&told)?;
    } else {
        let scheme = started.server.scheme();
        let second = second.map(|second| format!(" and {second}")).unwrap_or_default();
        shell.line(&format!("listening on {scheme}://{address}{second}"))?;
    }
    if started.format == LineFormat::Json {
        // standard error is for lines of JSON alone
        started.server.wait()?;
        return Ok(End::Done);
    }
    for name in &started.waits_for {
        shell.note(&format!(
            "`{name}` stands for no version yet; it is taken up once it does"
        ));
    }
    shell.note("stop with ctrl-c; requests in flight are answered first");
    shell.note(&match &started.log {
        Some(folder) => format!("answers are logged in {}", folder.display()),
        None => "nothing is logged".to_owned(),
    });
    started.server.wait()?;
    Ok(End::Done)
}

/// What the service tells of itself.
#[derive(Clone, Debug, clap::Args)]
struct Told {
    /// The form of the service's own lines on standard error, and of the access log: text, or json for an object a line.
    #[arg(long, value_parser = LineFormat::WORDS)]
    log_format: Option<String>,
    /// The least of what the service tells of itself: info, warn, error or off.
    #[arg(long, value_parser = Level::WORDS)]
    log_level: Option<String>,
    /// A file for a line a request, or `-` for standard output.
    #[arg(long, value_name = "FILE")]
    access_log: Option<String>,
    /// Where traces and logs go for OpenTelemetry (OTLP over HTTP), such as http://127.0.0.1:4318; else what
    /// OTEL_EXPORTER_OTLP_ENDPOINT says.
    #[arg(long, value_name = "URL")]
    otlp: Option<String>,
    /// A file for who changed what and who was refused, each line with the hash of the line before.
    #[arg(long, value_name = "FILE")]
    audit_log: Option<PathBuf>,
}

impl Told {
    fn overrides(&self, shell: &Shell) -> TellOverrides {
        let quiet = shell.quiet.then_some(Level::Warn);
        TellOverrides {
            events: Some(Sink::new(|lines| std::io::stderr().lock().write_all(lines))),
            lines: Some(Sink::new(|lines| {
                let mut out = std::io::stdout().lock();
                out.write_all(lines).and_then(|()| out.flush())
            })),
            format: self.log_format.as_deref().and_then(LineFormat::of),
            level: self.log_level.as_deref().and_then(Level::of).or(quiet),
            access: self.access_log.clone(),
            otlp: self.otlp.clone(),
            audit: self.audit_log.clone(),
        }
    }
}

/// Seconds between looks, or never.
#[derive(Clone, Copy, Debug)]
struct Watch(Option<u64>);

fn watch(text: &str) -> Result<Watch, String> {
    let expected = || "a number with s, m, h, d or w, such as 2s, or `never`".to_owned();
    project::file::watch_seconds(text).map(Watch).ok_or_else(expected)
}

fn price(text: &str) -> Result<serve::Price, String> {
    serve::Price::of(text).ok_or_else(|| format!("expected {}", serve::Price::EXPECTED))
}

fn keep(text: &str) -> Result<u64, String> {
    let expected = || "a number with s, m, h, d or w, such as 90d".to_owned();
    project::file::watch_seconds(text).flatten().ok_or_else(expected)
}

/// The bundle file that is named, if one is.
fn file_of(arguments: &Arguments) -> Option<PathBuf> {
    let what = arguments.what.as_ref().map(PathBuf::from);
    what.filter(|path| path.extension().is_some_and(|ending| ending == "bundle"))
}

fn tls(arguments: &Arguments) -> Option<serve::Tls> {
    let (certificate, key) = (arguments.certificate.clone()?, arguments.key.clone()?);
    Some(serve::Tls {
        certificate,
        key,
        client_ca: arguments.client_ca.clone(),
    })
}

fn jwt(arguments: &Arguments) -> Option<serve::Jwt> {
    Some(serve::Jwt {
        issuer: arguments.jwt_issuer.clone()?,
        audience: arguments.jwt_audience.clone()?,
        keys: arguments.jwt_keys.clone()?,
        models_claim: serve::MODELS_CLAIM.to_owned(),
    })
}

fn memory(text: &str) -> Result<u64, String> {
    bytes_of(text).ok_or_else(|| format!("expected {}", serving::MEMORY_EXPECTED))
}

pub(super) fn service<'p>(project: &'p Project, name: Option<&str>) -> Result<&'p Service, Error> {
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
