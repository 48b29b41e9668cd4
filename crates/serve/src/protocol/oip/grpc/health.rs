//! `grpc.health.v1.Health`: is the server, the process or a model ready?

use super::answer;
use super::describe::{is_ready, read};
use super::frame::Messages;
use super::in_time;
use super::messages::{HealthRequest, HealthResponse};
use crate::app::App;
use crate::guard::Caller;
use crate::refusal::Refusal;
use crate::route::Route;
use axum::response::Response;
use bytes::Bytes;
use prost::Message;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// The service of the inference protocol.
pub(super) const INFERENCE: &str = "inference.GRPCInferenceService";
/// How often those who watch are looked after.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// How long those who watch hear nothing, so that silence does not close their connection.
const SAY_AGAIN: Duration = Duration::from_secs(20);

/// What may be said of a service, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Serving = 1,
    NotServing = 2,
    Unknown = 3,
}

/// Answers `Check`.
pub(super) fn check(app: &App, caller: &Caller, message: Bytes) -> Result<Vec<u8>, Refusal> {
    let service = read::<HealthRequest>(message)?.service;
    match status(app, caller, &service)? {
        Status::Unknown => Err(app.models.slots_of(&service).err().unwrap_or(Refusal::Internal)),
        found => Ok(encoded(found)),
    }
}

/// Answers `Watch`: the status now, and again whenever it changes, until the server stops.
pub(super) async fn watch(app: Arc<App>, caller: Caller, messages: Messages) -> Result<Response, Refusal> {
    let message = in_time(&app, messages.only()).await?;
    let service = read::<HealthRequest>(message)?.service;
    let first = status(&app, &caller, &service)?;
    let (sender, response) = answer::many();
    tokio::spawn(async move {
        let (mut said, mut when) = (first, Instant::now());
        let mut is_open = sender.send(&encoded(first)).await;
        while is_open {
            tokio::select! {
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                () = sender.closed() => return,
            }
            let is_last = app.is_stopping.load(Relaxed);
            let now = status(&app, &caller, &service).unwrap_or(Status::Unknown);
            if now != said || SAY_AGAIN <= when.elapsed() {
                (said, when) = (now, Instant::now());
                is_open = sender.send(&encoded(now)).await;
            }
            if is_last {
                return sender.end(None).await;
            }
        }
    });
    Ok(response)
}

/// Without a name: whether every model answers, as probes ask. A model's name is asked with a key, as over HTTP.
fn status(app: &App, caller: &Caller, service: &str) -> Result<Status, Refusal> {
    let is_serving = match service {
        "" => is_ready(app),
        INFERENCE => !app.is_stopping.load(Relaxed),
        model => {
            caller.check(&Route::ModelReady {
                model: model.to_owned(),
                version: None,
            })?;
            let Ok(slots) = app.models.slots_of(model) else {
                return Ok(Status::Unknown);
            };
            !app.is_stopping.load(Relaxed) && slots.iter().any(|slot| slot.loaded.is_some())
        }
    };
    Ok(if is_serving {
        Status::Serving
    } else {
        Status::NotServing
    })
}

fn encoded(status: Status) -> Vec<u8> {
    HealthResponse {
        status: status as i32,
    }
    .encode_to_vec()
}
