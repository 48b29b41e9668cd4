//! Bundles answering requests: *what does the model say of this row, now, to whoever may ask?*
//!
//! The main types are [`Config`] (what is served, where, to whom and within which limits) and [`Server`] (running;
//! drains when it is stopped). One process speaks the Open Inference Protocol with its binary tensors (`/v2`) and
//! over gRPC, KServe's first protocol (`/v1`), MLflow's scoring protocol (`/invocations`) and Prometheus (`/metrics`), and in their
//! containers those of SageMaker, Vertex AI and Azure ML ([`Platform`]).
//! A row gets the same bits from each of them, alone or among others, as from [`bundle::Bundle::score`].
//!
//! ```no_run
//! use std::sync::Arc;
//! let model = serve::Model { name: "churn".into(), version: "3".into(), path: "churn.bundle".into(), ..Default::default() };
//! let config = serve::Config::new("127.0.0.1:8080".parse()?, vec![model]);
//! let server = serve::start(config, Arc::new(|| 1_700_000_000_000_000))?;
//! server.hear_signals()?;
//! server.wait()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Missing values
//! `null` is a missing cell in every JSON form and for every column, and so are `NaN` (bare in JSON, or in a binary
//! tensor) for numbers and whole numbers, and an empty or blank text for texts, days and times. Infinite numbers are refused.
//!
//! What is absent: trainers, the registry (callers resolve names to files), and anything that looks at other rows.

mod app;
mod body;
mod call;
mod config;
mod connections;
mod cost;
mod error;
mod flow;
mod guard;
mod guardrail;
#[doc(hidden)]
pub mod hostile;
mod listener;
mod marks;
mod metrics;
mod models;
mod openapi;
mod output;
mod plain;
mod platform;
mod prediction_log;
mod protocol;
mod refusal;
mod route;
mod rows;
mod scoring;
mod secret;
mod server;
mod shadow;
mod telling;
mod tls;

pub use config::{Config, Finder, Jwt, Limits, LogMode, MODELS_CLAIM, Model, Role, Tls};
pub use cost::Price;
pub use error::{ServeError, TlsFault};
pub use guard::{NewKey, new_key};
pub use guardrail::{ArmSums, GROUPS, Judge, Judged, Watched};
pub use platform::{Container, Environment, Platform, bundle_in};
pub use prediction_log::Logging;
pub use server::{Server, start};
pub use telling::{AccessLog, Break, Chain, Level, LineFormat, Sink, Telling, verify as verify_audit};
