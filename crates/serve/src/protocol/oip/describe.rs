//! What the server and its models are: metadata, configuration, statistics, repository.

use super::datatype::Datatype;
use super::outputs;
use crate::app::App;
use crate::body;
use crate::call::Reply;
use crate::guard::Caller;
use crate::models::{Loaded, Models};
use crate::refusal::Refusal;
use axum::extract::Request;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const NAME: &str = "spanwise";
pub(super) const PLATFORM: &str = "spanwise_bundle1";
pub(super) const BACKEND: &str = "spanwise";
pub(super) const EXTENSIONS: [&str; 4] = [
    "binary_tensor_data",
    "model_repository",
    "model_configuration",
    "statistics",
];
/// A repository request is an object with a flag.
const MAX_INDEX_BYTES: usize = 4096;

/// `GET /v2`.
pub(in crate::protocol) fn server_metadata() -> Reply {
    reply(json!({ "name": NAME, "version": env!("CARGO_PKG_VERSION"), "extensions": EXTENSIONS }))
}

/// `GET /v2/models` and `GET /v1/models`.
pub(in crate::protocol) fn model_names(models: &Models, caller: &Caller) -> Reply {
    let names = models.names().into_iter();
    reply(json!({ "models": names.filter(|name| caller.sees(name)).collect::<Vec<_>>() }))
}

/// A tensor of one column of any number of rows.
#[derive(Debug, Serialize)]
pub(super) struct TensorDescription<'m> {
    pub(super) name: &'m str,
    pub(super) datatype: &'static str,
    pub(super) shape: [i64; 1],
}

fn tensor<'m>(name: &'m str, datatype: &'static str) -> TensorDescription<'m> {
    TensorDescription {
        name,
        datatype,
        shape: [-1],
    }
}

/// What a row must bring.
pub(super) fn inputs_of(model: &Loaded) -> Vec<TensorDescription<'_>> {
    let inputs = model.inputs.iter();
    inputs
        .map(|(name, kind)| tensor(name, Datatype::name_of(*kind)))
        .collect()
}

/// What may be asked for.
pub(super) fn outputs_of(model: &Loaded) -> Vec<TensorDescription<'_>> {
    let names = outputs::names(model).into_iter();
    names.map(|name| tensor(name, outputs::datatype(name))).collect()
}

/// The versions of `name` that answer.
pub(super) fn versions_of(models: &Models, name: &str) -> Result<Vec<String>, Refusal> {
    let slots = models.slots_of(name)?.into_iter();
    Ok(slots
        .filter_map(|slot| slot.loaded.map(|loaded| loaded.version.clone()))
        .collect())
}

/// What else is to be known of a model.
pub(super) fn properties_of(model: &Loaded) -> [(&'static str, String); 2] {
    [
        ("bundle", model.bundle.hash().to_hex()),
        ("task", model.bundle.task.word().to_string()),
    ]
}

/// `GET /v2/models/{name}`.
pub(in crate::protocol) fn model_metadata(
    models: &Models,
    name: &str,
    version: Option<&str>,
) -> Result<Reply, Refusal> {
    let model = models.find(name, version)?;
    Ok(reply(json!({
        "name": model.name,
        "versions": versions_of(models, name)?,
        "platform": PLATFORM,
        "inputs": inputs_of(&model),
        "outputs": outputs_of(&model),
        "properties": BTreeMap::from(properties_of(&model)),
    })))
}

/// `GET /v2/models/{name}/config`, as Triton answers it.
pub(in crate::protocol) fn model_config(
    models: &Models,
    name: &str,
    version: Option<&str>,
) -> Result<Reply, Refusal> {
    let model = models.find(name, version)?;
    let tensors = |tensors: Vec<TensorDescription<'_>>| -> Value {
        let tensors = tensors.into_iter();
        tensors
            .map(|tensor| json!({ "name": tensor.name, "data_type": config_type(tensor.datatype), "dims": tensor.shape }))
            .collect()
    };
    Ok(reply(json!({
        "name": model.name,
        "platform": PLATFORM,
        "backend": BACKEND,
        "max_batch_size": 0,
        "input": tensors(inputs_of(&model)),
        "output": tensors(outputs_of(&model)),
    })))
}

/// A datatype's name in Triton's configurations.
fn config_type(datatype: &str) -> String {
    format!("TYPE_{}", if datatype == "BYTES" { "STRING" } else { datatype })
}

/// `GET /v2/models/stats` and those of one model.
pub(in crate::protocol) fn model_stats(
    models: &Models,
    caller: &Caller,
    name: Option<&str>,
    version: Option<&str>,
) -> Result<Reply, Refusal> {
    let asked = loaded(models, caller, name, version)?;
    Ok(reply(
        json!({ "model_stats": asked.iter().map(|model| stats_of(model)).collect::<Value>() }),
    ))
}

/// The models in memory that are asked for; without a name all that the caller sees.
pub(super) fn loaded(
    models: &Models,
    caller: &Caller,
    name: Option<&str>,
    version: Option<&str>,
) -> Result<Vec<Arc<Loaded>>, Refusal> {
    let slots = match (name, version) {
        (Some(name), Some(version)) => return Ok(vec![models.find(name, Some(version))?]),
        (Some(name), None) => models.slots_of(name)?,
        (None, _) => models.slots(),
    };
    let seen = slots.into_iter().filter(|slot| caller.sees(&slot.model.name));
    Ok(seen.filter_map(|slot| slot.loaded).collect())
}

fn stats_of(model: &Loaded) -> Value {
    let found = model.counters.statistics();
    let of = |count: u64, nanos: u64| json!({ "count": count, "ns": nanos });
    json!({
        "name": model.name,
        "version": model.version,
        "last_inference": 0,
        "inference_count": found.rows,
        "execution_count": found.ok,
        "inference_stats": {
            "success": of(found.ok, found.ok_nanos),
            "fail": of(found.failed, found.failed_nanos),
            "queue": of(found.ok, 0),
            "compute_input": of(found.ok, 0),
            "compute_infer": of(found.ok, found.scoring_nanos),
            "compute_output": of(found.ok, 0),
        },
        "batch_stats": [],
    })
}

/// `POST /v2/repository/index`; the body may be empty.
pub(in crate::protocol) async fn repository_index(
    app: &App,
    caller: &Caller,
    request: Request,
) -> Result<Reply, Refusal> {
    let body = body::read_soon(request.into_body(), MAX_INDEX_BYTES, app.limits).await?;
    let only_ready = match body.trim_ascii() {
        b"" => false,
        json => {
            let wish: Value = serde_json::from_slice(json).map_err(Refusal::malformed)?;
            wish.get("ready").and_then(Value::as_bool).unwrap_or(false)
        }
    };
    Ok(reply(json!(index_of(&app.models, caller, only_ready))))
}

/// A model in the repository's index.
#[derive(Debug, Serialize)]
pub(super) struct IndexEntry {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) state: &'static str,
    /// Why it does not answer; empty if it does.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) reason: &'static str,
}

/// The repository's index, as far as the caller sees it.
pub(super) fn index_of(models: &Models, caller: &Caller, only_ready: bool) -> Vec<IndexEntry> {
    let slots = models.slots().into_iter();
    slots
        .filter(|slot| caller.sees(&slot.model.name) && (!only_ready || slot.is_ready()))
        .map(|slot| IndexEntry {
            state: if slot.is_ready() { "READY" } else { "UNAVAILABLE" },
            reason: if slot.is_ready() { "" } else { slot.reason },
            name: slot.model.name,
            version: slot.model.version,
        })
        .collect()
}

fn reply(value: Value) -> Reply {
    Reply::json(value.to_string().into_bytes())
}
