//! What SageMaker asks besides `/ping` and `/invocations`: how to send a batch, and models that come and go.

use crate::app::App;
use crate::body;
use crate::call::Reply;
use crate::config::Model;
use crate::guard::Caller;
use crate::models::{Models, Slot};
use crate::platform::{Platform, bundle_in};
use crate::refusal::{Refusal, clip};
use crate::telling::{AuditEntry, Requested};
use axum::extract::Request;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest body that SageMaker sends in a batch, in MB.
const MOST_MB: usize = 100;
/// The largest body that names a model, in bytes.
const MAX_NAMING: usize = 64 << 10;
/// The longest name of a model, in bytes.
const MAX_NAME: usize = 1024;

#[derive(Debug, Deserialize)]
struct Naming {
    model_name: String,
    url: PathBuf,
}

/// Answers `GET /execution-parameters`.
pub(super) fn execution_parameters(app: &App) -> Reply {
    reply(&json!({
        "MaxConcurrentTransforms": app.n_threads,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": (app.limits.max_body_bytes >> 20).clamp(1, MOST_MB),
    }))
}

/// Answers `GET /models`.
pub(super) fn held(models: &Models, caller: &Caller) -> Reply {
    let slots = models.slots();
    let seen = slots.iter().filter(|slot| caller.sees(&slot.model.name));
    reply(&json!({ "models": seen.map(told).collect::<Vec<Value>>() }))
}

/// Answers `GET /models/{name}`.
pub(super) fn held_model(models: &Models, name: &str) -> Result<Reply, Refusal> {
    let slots = models.slots_of(name)?;
    Ok(reply(&slots.first().map_or(Value::Null, told)))
}

/// Answers `POST /models`.
pub(super) async fn hold(app: &Arc<App>, caller: &Caller, request: Request) -> Result<Reply, Refusal> {
    let requested = Requested::of(request.headers(), request.extensions());
    let body = body::read_soon(request.into_body(), MAX_NAMING, app.limits).await?;
    let naming: Naming = serde_json::from_slice(&body).map_err(Refusal::malformed)?;
    let entry = AuditEntry::of_caller("add", &naming.model_name, caller, &requested);
    let for_thread = Arc::clone(app);
    let loading = async move {
        let loaded = tokio::task::spawn_blocking(move || load(&for_thread, naming)).await;
        loaded.unwrap_or(Err(Refusal::Internal))
    };
    app.teller
        .audited(entry, loading)
        .await
        .map(|()| Reply::default())
}

fn load(app: &App, naming: Naming) -> Result<(), Refusal> {
    let Naming {
        model_name: name,
        url,
    } = naming;
    if name.is_empty() || MAX_NAME < name.len() {
        return Err(Refusal::malformed(format!(
            "found a name of {} bytes, expected 1 to {MAX_NAME}",
            name.len()
        )));
    }
    // one at a time, so that a name is given once
    let _coming = app.models.coming();
    if app.models.slots_of(&name).is_ok() {
        return Err(Refusal::AlreadyHeld { name });
    }
    let nowhere = || Refusal::NoBundleAt {
        found: clip(&url.to_string_lossy()),
    };
    let root = app
        .platform
        .as_ref()
        .and_then(Platform::models_folder)
        .ok_or_else(nowhere)?;
    let found = within(root, &url).and_then(|folder| bundle_in(&folder).ok());
    // a link in the folder may lead out of it
    let path = found.and_then(|path| within(root, &path)).ok_or_else(nowhere)?;
    let model = Model {
        name: name.clone(),
        version: "1".to_owned(),
        path,
        ..Model::default()
    };
    app.models
        .put_from(model, url)
        .map_err(|fault| fault.refusal(name))
}

/// What a path leads to, if it lies below `root`: a request must not open what else is on the machine.
fn within(root: &Path, folder: &Path) -> Option<PathBuf> {
    let (root, folder) = (root.canonicalize().ok()?, folder.canonicalize().ok()?);
    folder.starts_with(&root).then_some(folder)
}

fn told(slot: &Slot) -> Value {
    json!({ "modelName": slot.model.name, "modelUrl": slot.origin.to_string_lossy() })
}

fn reply(value: &Value) -> Reply {
    Reply::json(value.to_string().into_bytes())
}
