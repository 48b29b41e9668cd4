//! What every request shares.

use crate::ServeError;
use crate::config::{Config, Limits};
use crate::cost::Price;
use crate::guard::Guard;
use crate::guardrail::{Guarded, Judge};
use crate::listener::Crowd;
use crate::marks;
use crate::metrics::Counters;
use crate::models::{Models, Room};
use crate::platform::Platform;
use crate::prediction_log::PredictionLog;
use crate::shadow::Shadows;
use crate::telling::Teller;
use crate::tls::Certificates;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Microseconds since 1970-01-01 UTC.
pub(crate) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// One server's state.
pub(crate) struct App {
    pub(crate) models: Models,
    pub(crate) teller: Arc<Teller>,
    /// The hash of the configuration.
    pub(crate) configuration: String,
    pub(crate) shadows: Shadows,
    pub(crate) watch: Option<Duration>,
    pub(crate) guard: Guard,
    /// Judges what champion and challenger do, and what it made of it last.
    pub(crate) judge: Option<Judge>,
    pub(crate) judged: Mutex<Option<serde_json::Value>>,
    pub(crate) certificates: Option<Arc<Certificates>>,
    pub(crate) limits: Limits,
    pub(crate) price: Option<Price>,
    pub(crate) platform: Option<Platform>,
    pub(crate) n_threads: usize,
    /// One for each thread that scores off the ones that listen.
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) log: Option<PredictionLog>,
    pub(crate) clock: Clock,
    /// How the names begin that are given to requests without one.
    pub(crate) names_begin: String,
    pub(crate) n_requests: AtomicU64,
    pub(crate) in_flight: AtomicU64,
    /// All who are connected.
    pub(crate) crowd: Arc<Crowd>,
    pub(crate) refused_at_door: AtomicU64,
    /// Requests for models that are not there.
    pub(crate) no_model: Counters,
    /// How much of the process's time was shared out among models, in microseconds.
    pub(crate) shared_out_micros: Mutex<f64>,
    pub(crate) is_stopping: AtomicBool,
}

impl App {
    /// Loads the models and opens the log of a resolved configuration.
    pub(crate) fn new(config: &Config, clock: Clock) -> Result<App, ServeError> {
        let teller = Teller::start(&config.telling, config.scheme(), Arc::clone(&clock))?;
        let room = Room::new(config.memory_bytes, config.folder.clone());
        let models = Models::new(
            config.finder.clone(),
            room.clone(),
            Guarded::new(config.judge.is_some()),
            Arc::clone(&teller),
        );
        for model in &config.models {
            let name = model.name.clone();
            models
                .put(model.clone())
                .map_err(|fault| ServeError::of(name, fault))?;
        }
        let listed = room.listed().map_err(|source| ServeError::Models {
            folder: config.folder.clone().unwrap_or_default(),
            source,
        })?;
        listed.into_iter().for_each(|model| models.rest(model));
        let certificates = config.tls.as_ref().map(Certificates::read).transpose()?;
        let names_begin = marks::beginning(clock());
        let log = match &config.log {
            Some((folder, mode)) => {
                let teller = Arc::clone(&teller);
                PredictionLog::start(folder, *mode, &config.logging, &models, &clock, teller)?
            }
            None => None,
        };
        Ok(App {
            models,
            teller,
            configuration: config.hash(),
            shadows: Shadows::default(),
            watch: config.watch,
            guard: Guard::new(config)?,
            judge: config.judge.clone(),
            judged: Mutex::default(),
            certificates: certificates.map(Arc::new),
            limits: config.limits,
            price: config.price.clone(),
            platform: config.platform.clone(),
            n_threads: config.n_threads,
            permits: Arc::new(Semaphore::new(config.n_threads)),
            log,
            clock,
            names_begin,
            n_requests: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            // a tenth of what a head may take
            crowd: Arc::new(Crowd::new(Duration::from_millis(
                config.limits.head_timeout_ms / 10,
            ))),
            refused_at_door: AtomicU64::new(0),
            no_model: Counters::default(),
            shared_out_micros: Mutex::new(0.0),
            is_stopping: AtomicBool::new(false),
        })
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("models", &self.models.names())
            .finish_non_exhaustive()
    }
}
