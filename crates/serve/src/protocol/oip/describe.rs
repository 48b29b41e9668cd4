//! What the server and its models are: metadata, configuration, statistics, repository.

use super::datatype::Datatype;
use super::outputs;
use crate::app::App;
use crate::body;
use crate::call::Reply;
use crate::models::{Loaded, Models};
use crate::refusal::Refusal;
use axum::extract::Request;
use serde_json::{Value, json};

const PLATFORM: &str = "spanwise_bundle1";
const EXTENSIONS: [&str; 4] = [
    "binary_tensor_data",
    "model_repository",
    "model_configuration",
    "statistics",
];
/// A repository request is an object with a flag.
const MAX_INDEX_BYTES: usize = 4096;

/// `GET /v2`.
pub(in crate::protocol) fn server_metadata() -> Reply {
    reply(json!({ "name": "spanwise", "version": env!("CARGO_PKG_VERSION"), "extensions": EXTENSIONS }))
}

/// `GET /v2/models` and `GET /v1/models`.
pub(in crate::protocol) fn model_names(models: &Models) -> Reply {
    reply(json!({ "models": models.names() }))
}

/// `GET /v2/models/{name}`.
pub(in crate::protocol) fn model_metadata(
    models: &Models,
    name: &str,
    version: Option<&str>,
) -> Result<Reply, Refusal> {
    let model = models.find(name, version)?;
    let versions: Vec<String> = models
        .slots_of(name)?
        .into_iter()
        .filter_map(|slot| slot.loaded.map(|loaded| loaded.version.clone()))
        .collect();
    let tensor = |name: &str, datatype: &str| json!({ "name": name, "datatype": datatype, "shape": [-1] });
    let inputs: Value = model
        .inputs
        .iter()
        .map(|(name, kind)| tensor(name, Datatype::name_of(*kind)))
        .collect();
    let outputs: Value = outputs::names(&model)
        .iter()
        .map(|name| tensor(name, outputs::datatype(name)))
        .collect();
    Ok(reply(json!({
        "name": model.name,
        "versions": versions,
        "platform": PLATFORM,
        "inputs": inputs,
        "outputs": outputs,
        "properties": { "bundle": model.bundle.hash().to_hex(), "task": model.bundle.task.word() },
    })))
}

/// `GET /v2/models/{name}/config`, as Triton answers it.
pub(in crate::protocol) fn model_config(
    models: &Models,
    name: &str,
    version: Option<&str>,
) -> Result<Reply, Refusal> {
    let model = models.find(name, version)?;
    let tensor = |name: &str, datatype: &str| {
        let datatype = if datatype == "BYTES" { "STRING" } else { datatype };
        json!({ "name": name, "data_type": format!("TYPE_{datatype}"), "dims": [-1] })
    };
    let inputs: Value = model
        .inputs
        .iter()
        .map(|(name, kind)| tensor(name, Datatype::name_of(*kind)))
        .collect();
    let outputs: Value = outputs::names(&model)
        .iter()
        .map(|name| tensor(name, outputs::datatype(name)))
        .collect();
    Ok(reply(json!({
        "name": model.name,
        "platform": PLATFORM,
        "backend": "spanwise",
        "max_batch_size": 0,
        "input": inputs,
        "output": outputs,
    })))
}

/// `GET /v2/models/stats` and those of one model.
pub(in crate::protocol) fn model_stats(
    models: &Models,
    name: Option<&str>,
    version: Option<&str>,
) -> Result<Reply, Refusal> {
    let asked = match (name, version) {
        (Some(name), Some(version)) => vec![models.find(name, Some(version))?],
        (Some(name), None) => models
            .slots_of(name)?
            .into_iter()
            .filter_map(|slot| slot.loaded)
            .collect(),
        (None, _) => models
            .slots()
            .into_iter()
            .filter_map(|slot| slot.loaded)
            .collect(),
    };
    Ok(reply(
        json!({ "model_stats": asked.iter().map(|model| stats_of(model)).collect::<Value>() }),
    ))
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
pub(in crate::protocol) async fn repository_index(app: &App, request: Request) -> Result<Reply, Refusal> {
    let body = body::read(request.into_body(), MAX_INDEX_BYTES).await?;
    let only_ready = match body.trim_ascii() {
        b"" => false,
        json => {
            let wish: Value = serde_json::from_slice(json).map_err(Refusal::malformed)?;
            wish.get("ready").and_then(Value::as_bool).unwrap_or(false)
        }
    };
    let entry_of = |slot: crate::models::Slot| {
        let mut entry = json!({ "name": slot.model.name, "version": slot.model.version, "state": "READY" });
        if !slot.is_ready() {
            entry["state"] = json!("UNAVAILABLE");
            entry["reason"] = json!(slot.reason);
        }
        entry
    };
    let slots = app
        .models
        .slots()
        .into_iter()
        .filter(|slot| !only_ready || slot.is_ready());
    Ok(reply(slots.map(entry_of).collect()))
}

fn reply(value: Value) -> Reply {
    Reply::json(value.to_string().into_bytes())
}
