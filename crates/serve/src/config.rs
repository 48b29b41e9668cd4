//! What is served, where, to whom and within which limits.

use crate::ServeError;
use crate::cost::Price;
use crate::guardrail::Judge;
use crate::platform::Platform;
use crate::prediction_log::Logging;
use crate::telling::Telling;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// One bundle to serve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// The name that callers use.
    pub name: String,
    /// The version that callers see and may ask for; a name may be served in several versions, the first listed
    /// answers those who name none.
    pub version: String,
    /// The bundle's file.
    pub path: PathBuf,
    /// Inputs that are never logged, besides those that the bundle names: columns may become private after a bundle was
    /// made.
    pub private: Vec<String>,
    /// Which requests it is asked.
    pub role: Role,
}

/// Which requests a version of a model is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Role {
    /// Those that name it; the first of its name, the champion, also those that name no version.
    #[default]
    Listed,
    /// This share, above 0 and below 1, of the requests that name no version. The same key
    /// (`X-Spanwise-Key`, else `X-Request-Id`) meets the same version for as long as shares stay, and where the share
    /// grows no key goes back to the champion.
    Challenger {
        /// The share of keys.
        share: f64,
    },
    /// What others answered, after they did; its answers are compared with theirs and given to nobody.
    Shadow,
}

impl Role {
    /// The role in a word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Role::Listed => "listed",
            Role::Challenger { .. } => "challenger",
            Role::Shadow => "shadow",
        }
    }
}

/// Says which versions of a model are to be served now, by the model's name, the champion first; `None` if that cannot be
/// found out.
pub type Finder = Arc<dyn Fn(&str) -> Option<Vec<Model>> + Send + Sync>;

/// The files of TLS, in PEM. They are read again when they change; what is not sound then leaves things as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The certificates that the server shows, its own first.
    pub certificate: PathBuf,
    /// The private key of the first one.
    pub key: PathBuf,
    /// Certificates of those who sign for clients; with it, only clients with such a certificate are let in.
    pub client_ca: Option<PathBuf>,
}

/// Whose tokens (JWT, RFC 7519) are taken: signed with RS256, ES256 or EdDSA by one of the issuer's keys, not expired,
/// and for this audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwt {
    /// What `iss` must be.
    pub issuer: String,
    /// What `aud` must be, or be among.
    pub audience: String,
    /// The file of the issuer's public keys, a JSON Web Key Set (RFC 7517).
    pub keys: PathBuf,
    /// The claim that lists the models that a token may ask, `*` for all: [`MODELS_CLAIM`] unless told otherwise.
    pub models_claim: String,
}

/// The claim that lists the models that a token may ask, unless another is named.
pub const MODELS_CLAIM: &str = "spanwise_models";

/// How answers are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogMode {
    /// Not at all.
    Off,
    /// Without ever delaying an answer: what does not fit the queue is dropped and counted, and a kill loses at most
    /// the last 200 ms.
    #[default]
    Sampled,
    /// On disk before the answer leaves; an answer that cannot be recorded is not given.
    Audit,
}

/// How much one caller may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest body in bytes, as sent and after decompression; default 64 MiB.
    pub max_body_bytes: usize,
    /// The most rows in a request; default 100,000.
    pub max_rows: usize,
    /// The longest that a request may take in milliseconds, reading it included; default 30,000.
    pub timeout_ms: u64,
    /// The longest that the head of a request may take in milliseconds, from its first byte or the connection's
    /// beginning; default 10,000.
    pub head_timeout_ms: u64,
    /// The most connections at a time; for further ones, the one without a request under way for longest is closed;
    /// default 1,024.
    pub max_connections: usize,
    /// The most scoring requests under way at a time, those that wait for a thread included; further ones are told to come
    /// later (429); default 512.
    pub max_in_flight: usize,
}

/// What is served, where, to whom.
#[derive(Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// A second address for the same, for platforms that expect gRPC on a port of its own.
    pub grpc_address: Option<SocketAddr>,
    /// The files of TLS; without them everything is in clear.
    pub tls: Option<Tls>,
    /// What to serve; the first one answers `/invocations`.
    pub models: Vec<Model>,
    /// Asked when a model is loaded again; without it, the file that was listed is read again.
    pub finder: Option<Finder>,
    /// How often is looked for other versions (or other bytes in the same files), which then take the place of what is
    /// served; `None` for never.
    pub watch: Option<Duration>,
    /// Asked at each of these looks what to make of what champion and challenger did; without it, nothing is summed up.
    pub judge: Option<Judge>,
    /// The folder of the prediction log and how to write it.
    pub log: Option<(PathBuf, LogMode)>,
    /// What of the answers is logged, and for how long.
    pub logging: Logging,
    /// What the service tells of itself, and to whom.
    pub telling: Telling,
    /// Keys of callers, `Authorization: Bearer KEY` or `X-Api-Key: KEY`. If empty, those in the environment variable
    /// `SPANWISE_API_KEYS` (separated by commas) count. Off loopback there must be one.
    pub keys: Vec<String>,
    /// The key for loading and unloading, which also opens everything else; else that in `SPANWISE_ADMIN_KEY`.
    /// Without it nothing is loaded or unloaded.
    pub admin_key: Option<String>,
    /// The file of further keys, each with the models that it may ask ([`crate::new_key`] adds one).
    pub keys_file: Option<PathBuf>,
    /// Whose tokens are taken.
    pub jwt: Option<Jwt>,
    /// What resources cost: then it is told what answers cost.
    pub price: Option<Price>,
    /// How much one caller may ask for.
    pub limits: Limits,
    /// Threads that score; 0 takes as many as there are cores.
    pub n_threads: usize,
    /// A folder whose files `NAME.bundle` are served as models `NAME`, each loaded when it is first asked for.
    pub folder: Option<PathBuf>,
    /// About the most memory that bundles may take together, in bytes: those asked for longest ago are dropped for others,
    /// and loaded again when somebody asks. Without it, what was loaded stays.
    pub memory_bytes: Option<u64>,
    /// Whose container this is: its paths are answered too, and its front end checks callers. `None` asks the
    /// environment.
    pub platform: Option<Platform>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_body_bytes: 64 << 20,
            max_rows: 100_000,
            timeout_ms: 30_000,
            head_timeout_ms: 10_000,
            max_connections: 1024,
            max_in_flight: 512,
        }
    }
}

impl Config {
    /// Serves `models` at `address` with default limits, without log and keys.
    pub fn new(address: SocketAddr, models: Vec<Model>) -> Config {
        Config {
            address,
            grpc_address: None,
            tls: None,
            models,
            finder: None,
            watch: None,
            judge: None,
            log: None,
            logging: Logging::default(),
            telling: Telling::default(),
            keys: Vec::new(),
            admin_key: None,
            keys_file: None,
            jwt: None,
            price: None,
            limits: Limits::default(),
            n_threads: 0,
            folder: None,
            memory_bytes: None,
            platform: None,
        }
    }

    /// Fills in keys and threads, and refuses what must not be started.
    pub(crate) fn resolved(
        mut self,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Config, ServeError> {
        let listed = |text: String| {
            text.split(',')
                .map(str::trim)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        if self.keys.is_empty() {
            self.keys = environment("SPANWISE_API_KEYS").map(listed).unwrap_or_default();
        }
        self.admin_key = self.admin_key.or_else(|| environment("SPANWISE_ADMIN_KEY"));
        self.keys.retain(|key| !key.is_empty());
        let secret = || environment("SPANWISE_MASK_KEY").filter(|secret| !secret.is_empty());
        self.logging.mask_secret = self.logging.mask_secret.take().or_else(secret);
        self.admin_key = self.admin_key.filter(|key| !key.is_empty());
        if self.n_threads == 0 {
            self.n_threads = std::thread::available_parallelism().map_or(1, usize::from);
        }
        self.platform = self.platform.or_else(|| Platform::of(environment));
        self.check()?;
        Ok(self)
    }

    /// The hash of everything that decides what is done, keys as no more than their number: the same for the same.
    pub(crate) fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{self:?}").as_bytes());
        let files = [self.keys_file.as_ref(), self.jwt.as_ref().map(|jwt| &jwt.keys)];
        for file in files.into_iter().flatten() {
            // What is not there now is refused elsewhere.
            hasher.update(blake3::hash(&std::fs::read(file).unwrap_or_default()).as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// `https` under TLS, else `http`.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Everywhere that it listens.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        [self.address].into_iter().chain(self.grpc_address)
    }

    fn check(&self) -> Result<(), ServeError> {
        let come_by_request = self.platform.as_ref().and_then(Platform::models_folder);
        if self.models.is_empty() && come_by_request.is_none() && self.folder.is_none() {
            return Err(ServeError::NoModels);
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = self
            .models
            .iter()
            .find(|model| !seen.insert((&model.name, &model.version)))
        {
            return Err(ServeError::SameModel {
                name: twice.name.clone(),
                version: twice.version.clone(),
            });
        }
        self.check_roles()?;
        self.check_share()?;
        let has_keys = !self.keys.is_empty() || self.keys_file.is_some();
        let open = !has_keys && self.admin_key.is_none() && self.jwt.is_none();
        let reachable = self.addresses().find(|address| !address.ip().is_loopback());
        if let Some(address) = reachable.filter(|_| open && self.platform.is_none()) {
            return Err(ServeError::NoKeys { address });
        }
        let limits = self.limits;
        for (option, found) in [
            ("max_body_bytes", limits.max_body_bytes as u64),
            ("max_rows", limits.max_rows as u64),
            ("timeout_ms", limits.timeout_ms),
            ("head_timeout_ms", limits.head_timeout_ms),
            ("max_connections", limits.max_connections as u64),
            ("max_in_flight", limits.max_in_flight as u64),
        ] {
            if found == 0 {
                return Err(ServeError::Limit { option });
            }
        }
        Ok(())
    }
}

impl Config {
    /// What is lost on purpose is no audit.
    fn check_share(&self) -> Result<(), ServeError> {
        let found = self.logging.share;
        let wrong = |expected| Err(ServeError::Sample { found, expected });
        match &self.log {
            _ if !(0.0 < found && found <= 1.0) => wrong("above 0 and at most 1"),
            Some((_, LogMode::Audit)) if found < 1.0 => wrong("1 with the log `audit`, which loses nothing"),
            _ => Ok(()),
        }
    }

    /// Whoever shares or shadows a model's requests stands behind its champion, and challengers leave it some.
    fn check_roles(&self) -> Result<(), ServeError> {
        let mut shares: BTreeMap<&str, f64> = BTreeMap::new();
        for model in &self.models {
            let given = match model.role {
                Role::Listed => {
                    shares.entry(&model.name).or_default();
                    continue;
                }
                Role::Challenger { share } => share,
                Role::Shadow => 0.0,
            };
            let wrong = |found: String, expected: &'static str| ServeError::Role {
                name: model.name.clone(),
                version: model.version.clone(),
                found,
                expected,
            };
            let Some(all) = shares.get_mut(model.name.as_str()) else {
                return Err(wrong("no champion before it".to_owned(), "one of the same name"));
            };
            if model.role != Role::Shadow && !(0.0 < given && given < 1.0) {
                return Err(wrong(format!("the share {given}"), "above 0 and below 1"));
            }
            *all += given;
            if 1.0 <= *all {
                return Err(wrong(
                    format!("{all} of all requests for challengers"),
                    "less than 1",
                ));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Config {
    /// Leaves the keys out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("address", &self.address)
            .field("grpc_address", &self.grpc_address)
            .field("tls", &self.tls)
            .field("models", &self.models)
            .field("has_finder", &self.finder.is_some())
            .field("watch", &self.watch)
            .field("has_judge", &self.judge.is_some())
            .field("log", &self.log)
            .field("logging", &self.logging)
            .field("telling", &self.telling)
            .field("n_keys", &self.keys.len())
            .field("has_admin_key", &self.admin_key.is_some())
            .field("keys_file", &self.keys_file)
            .field("jwt", &self.jwt)
            .field("price", &self.price)
            .field("limits", &self.limits)
            .field("n_threads", &self.n_threads)
            .field("folder", &self.folder)
            .field("memory_bytes", &self.memory_bytes)
            .field("platform", &self.platform)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn config(address: &str) -> Config {
        let model = Model {
            name: "m".into(),
            version: "1".into(),
            path: "m".into(),
            ..Model::default()
        };
        Config::new(address.parse().unwrap(), vec![model])
    }

    #[test]
    fn off_loopback_needs_a_key_or_a_platform_that_checks_callers() {
        let nothing = |_: &str| None;
        assert!(config("127.0.0.1:0").resolved(&nothing).is_ok());
        assert!(config("[::1]:0").resolved(&nothing).is_ok());
        let error = config("0.0.0.0:80").resolved(&nothing).unwrap_err().to_string();
        assert!(
            error.contains("`0.0.0.0:80`") && error.contains("SPANWISE_API_KEYS"),
            "{error}"
        );
        let only_blank = |name: &str| (name == "SPANWISE_API_KEYS").then(|| " , ".to_owned());
        assert!(config("0.0.0.0:80").resolved(&only_blank).is_err());
        let keys = |name: &str| (name == "SPANWISE_API_KEYS").then(|| "a, b".to_owned());
        assert_eq!(config("0.0.0.0:80").resolved(&keys).unwrap().keys, ["a", "b"]);
        let mut second = config("127.0.0.1:0");
        second.grpc_address = Some("0.0.0.0:81".parse().unwrap());
        let error = second.resolved(&nothing).unwrap_err().to_string();
        assert!(error.contains("`0.0.0.0:81`"), "{error}");
        let vertex = |name: &str| (name == "AIP_HTTP_PORT").then(|| "8080".to_owned());
        assert!(config("0.0.0.0:80").resolved(&vertex).is_ok());
    }

    #[test]
    fn what_cannot_work_is_refused() {
        let nothing = |_: &str| None;
        let mut twice = config("127.0.0.1:0");
        twice.models.push(twice.models[0].clone());
        assert!(matches!(
            twice.resolved(&nothing),
            Err(ServeError::SameModel { .. })
        ));
        let mut none = config("127.0.0.1:0");
        none.models.clear();
        assert!(matches!(none.resolved(&nothing), Err(ServeError::NoModels)));
        let mut slow = config("127.0.0.1:0");
        slow.limits.timeout_ms = 0;
        assert!(matches!(
            slow.resolved(&nothing),
            Err(ServeError::Limit { option: "timeout_ms" })
        ));
    }

    #[test]
    fn challengers_leave_the_champion_some() {
        let with = |roles: &[Role]| {
            let mut config = config("127.0.0.1:0");
            for (place, role) in roles.iter().enumerate() {
                let version = format!("{}", 2 + place);
                let champion = config.models[0].clone();
                config.models.push(Model {
                    version,
                    role: *role,
                    ..champion
                });
            }
            config
                .resolved(&|_| None)
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        let challenger = |share| Role::Challenger { share };
        assert_eq!(with(&[challenger(0.5), challenger(0.4), Role::Shadow]), Ok(()));
        assert!(
            with(&[challenger(0.5), challenger(0.5)])
                .unwrap_err()
                .contains("less than 1")
        );
        for share in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(
                with(&[challenger(share)])
                    .unwrap_err()
                    .contains("above 0 and below 1"),
                "{share}"
            );
        }
        let mut alone = config("127.0.0.1:0");
        alone.models[0].role = Role::Shadow;
        let error = alone.resolved(&|_| None).unwrap_err().to_string();
        assert!(error.contains("no champion before it"), "{error}");
    }

    #[test]
    fn keys_are_not_printed() {
        let mut secret = config("127.0.0.1:0");
        secret.keys = vec!["hush".into()];
        secret.admin_key = Some("hush".into());
        assert!(!format!("{secret:?}").contains("hush"));
    }
}
