//! What the server and its models are, and what changes them.

use super::super::describe::{self, TensorDescription};
use super::Method;
use super::messages::{
    IndexRequest, IndexResponse, InferStatistics, Live, LoadRequest, ModelConfig, ModelConfigInput,
    ModelConfigOutput, ModelConfigResponse, ModelIndex, ModelMetadata, ModelRequest, ModelStatistics, Ready,
    ServerMetadata, StatisticDuration, StatisticsResponse, TensorMetadata,
};
use super::wire::not_a_message;
use crate::app::App;
use crate::guard::Caller;
use crate::models::{Loaded, Models};
use crate::refusal::Refusal;
use crate::route::Route;
use crate::telling::Requested;
use bytes::Bytes;
use prost::Message;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// The datatypes of Triton's configurations, each at its number.
const CONFIG_TYPES: [&str; 15] = [
    "INVALID", "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16",
    "FP32", "FP64", "BYTES", "BF16",
];

/// Answers a call that brings no rows: the caller must be allowed the route that it would be over HTTP.
pub(super) async fn answer(
    app: &Arc<App>,
    method: Method,
    caller: &Caller,
    requested: &Requested,
    message: Bytes,
) -> Result<Vec<u8>, Refusal> {
    let models = &app.models;
    let route = route_of(method, message.clone())?;
    caller.check(&route)?;
    Ok(match route {
        Route::Live => Live { live: true }.encode_to_vec(),
        Route::Ready => ready(is_ready(app)),
        Route::ModelReady { model, version } => ready(is_model_ready(models, &model, version.as_deref())?),
        Route::ServerMetadata => server_metadata().encode_to_vec(),
        Route::ModelMetadata { model, version } => {
            model_metadata(models, &model, version.as_deref())?.encode_to_vec()
        }
        Route::ModelConfig { model, version } => {
            config_of(&*models.find(&model, version.as_deref())?).encode_to_vec()
        }
        Route::ModelStats { model, version } => {
            let asked = describe::loaded(models, caller, model.as_deref(), version.as_deref())?;
            let model_stats = asked.iter().map(|model| statistics_of(model)).collect();
            StatisticsResponse { model_stats }.encode_to_vec()
        }
        Route::RepositoryIndex => index(models, caller, read::<IndexRequest>(message)?.ready).encode_to_vec(),
        Route::Load { .. } | Route::Unload { .. } => {
            let changed = crate::protocol::change(app, caller, requested, route).await;
            changed.map(|()| Vec::new())?
        }
        _ => return Err(Refusal::Internal),
    })
}

/// The route that a call would be over HTTP.
fn route_of(method: Method, message: Bytes) -> Result<Route, Refusal> {
    let of_model = || {
        let request = read::<ModelRequest>(message.clone())?;
        Ok((
            request.name,
            Some(request.version).filter(|version| !version.is_empty()),
        ))
    };
    let of_repository = || Ok(read::<LoadRequest>(message.clone())?.model_name);
    Ok(match method {
        Method::ServerLive => Route::Live,
        Method::ServerReady => Route::Ready,
        Method::ModelReady => of_model().map(|(model, version)| Route::ModelReady { model, version })?,
        Method::ServerMetadata => Route::ServerMetadata,
        Method::ModelMetadata => {
            of_model().map(|(model, version)| Route::ModelMetadata { model, version })?
        }
        Method::ModelConfig => of_model().map(|(model, version)| Route::ModelConfig { model, version })?,
        Method::ModelStatistics => of_model().map(|(model, version)| Route::ModelStats {
            model: Some(model).filter(|model| !model.is_empty()),
            version,
        })?,
        Method::RepositoryIndex => Route::RepositoryIndex,
        Method::RepositoryModelLoad => of_repository().map(|model| Route::Load { model })?,
        Method::RepositoryModelUnload => of_repository().map(|model| Route::Unload { model })?,
        _ => return Err(Refusal::Internal),
    })
}

/// A small message, built whole.
pub(super) fn read<M: Message + Default>(message: Bytes) -> Result<M, Refusal> {
    M::decode(message).map_err(|_| not_a_message())
}

fn ready(ready: bool) -> Vec<u8> {
    Ready { ready }.encode_to_vec()
}

/// Whether every listed model answers.
pub(super) fn is_ready(app: &App) -> bool {
    !app.is_stopping.load(Relaxed) && app.models.all_ready()
}

fn is_model_ready(models: &Models, name: &str, version: Option<&str>) -> Result<bool, Refusal> {
    match models.find(name, version) {
        Ok(_) => Ok(true),
        Err(Refusal::NotReady { .. }) => Ok(false),
        Err(refusal) => Err(refusal),
    }
}

fn server_metadata() -> ServerMetadata {
    ServerMetadata {
        name: describe::NAME.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extensions: describe::EXTENSIONS.map(str::to_owned).into(),
    }
}

fn model_metadata(models: &Models, name: &str, version: Option<&str>) -> Result<ModelMetadata, Refusal> {
    let model = models.find(name, version)?;
    let tensors = |tensors: Vec<TensorDescription<'_>>| {
        let tensors = tensors.into_iter();
        tensors
            .map(|tensor| TensorMetadata {
                name: tensor.name.to_owned(),
                datatype: tensor.datatype.to_owned(),
                shape: tensor.shape.into(),
            })
            .collect()
    };
    let properties = describe::properties_of(&model).into_iter();
    Ok(ModelMetadata {
        name: model.name.clone(),
        versions: describe::versions_of(models, name)?,
        platform: describe::PLATFORM.to_owned(),
        inputs: tensors(describe::inputs_of(&model)),
        outputs: tensors(describe::outputs_of(&model)),
        properties: properties.map(|(key, value)| (key.to_owned(), value)).collect(),
    })
}

fn config_of(model: &Loaded) -> ModelConfigResponse {
    let number = |datatype: &str| {
        let position = CONFIG_TYPES.iter().position(|known| *known == datatype);
        position.unwrap_or(0) as i32
    };
    let inputs = describe::inputs_of(model).into_iter();
    let outputs = describe::outputs_of(model).into_iter();
    let config = ModelConfig {
        name: model.name.clone(),
        platform: describe::PLATFORM.to_owned(),
        max_batch_size: 0,
        input: inputs
            .map(|tensor| ModelConfigInput {
                name: tensor.name.to_owned(),
                data_type: number(tensor.datatype),
                dims: tensor.shape.into(),
            })
            .collect(),
        output: outputs
            .map(|tensor| ModelConfigOutput {
                name: tensor.name.to_owned(),
                data_type: number(tensor.datatype),
                dims: tensor.shape.into(),
            })
            .collect(),
        backend: describe::BACKEND.to_owned(),
    };
    ModelConfigResponse { config: Some(config) }
}

fn statistics_of(model: &Loaded) -> ModelStatistics {
    let found = model.counters.statistics();
    let of = |count: u64, ns: u64| Some(StatisticDuration { count, ns });
    ModelStatistics {
        name: model.name.clone(),
        version: model.version.clone(),
        last_inference: 0,
        inference_count: found.rows,
        execution_count: found.ok,
        inference_stats: Some(InferStatistics {
            success: of(found.ok, found.ok_nanos),
            fail: of(found.failed, found.failed_nanos),
            queue: of(found.ok, 0),
            compute_input: of(found.ok, 0),
            compute_infer: of(found.ok, found.scoring_nanos),
            compute_output: of(found.ok, 0),
        }),
    }
}

fn index(models: &Models, caller: &Caller, only_ready: bool) -> IndexResponse {
    let entries = describe::index_of(models, caller, only_ready).into_iter();
    IndexResponse {
        models: entries
            .map(|entry| ModelIndex {
                name: entry.name,
                version: entry.version,
                state: entry.state.to_owned(),
                reason: entry.reason.to_owned(),
            })
            .collect(),
    }
}
