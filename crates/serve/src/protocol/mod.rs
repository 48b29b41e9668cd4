//! The protocols: each reads its own requests, writes its own answers and has one table of refusals.

mod fields;
mod form;
mod mlflow;
mod native;
mod oip;
mod records;
mod sagemaker;
mod shadows;
mod v1;

pub(crate) use oip::grpc;

use crate::app::App;
use crate::call::{Call, Done, Reply};
use crate::cost;
use crate::guard::Caller;
use crate::guardrail;
use crate::metrics;
use crate::openapi;
use crate::platform::Platform;
use crate::refusal::Refusal;
use crate::route::{Protocol, Route, Scoring};
use crate::telling::{AuditEntry, Requested};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

pub(crate) use native::Flow;

/// How many reasons are given where the caller does not say.
const DEFAULT_REASONS: usize = 3;

/// Answers a request that scores.
pub(crate) fn score(scoring: Scoring, call: &Call) -> Result<Done, Refusal> {
    match scoring {
        Scoring::Infer => oip::infer(call),
        Scoring::ModelInfer => grpc::infer(call),
        Scoring::Predict => v1::predict(call),
        Scoring::Explain => v1::explain(call),
        Scoring::Invocations => mlflow::invocations(call),
    }
}

/// Whether a request may be scored where it was read, however little it may hold.
pub(crate) fn may_be_inline(scoring: Scoring, headers: &HeaderMap) -> bool {
    let is_packed = || form::Content::of(headers).is_ok_and(form::Content::is_packed);
    scoring != Scoring::Explain && !headers.contains_key(header::CONTENT_ENCODING) && !is_packed()
}

/// Answers every other request.
pub(crate) async fn answer(
    app: &Arc<App>,
    caller: &Caller,
    route: Route,
    request: Request,
) -> Result<Reply, Refusal> {
    let models = &app.models;
    match route {
        Route::Live => Ok(Reply::default()),
        Route::Ready if app.is_stopping.load(Relaxed) => Err(Refusal::Stopping),
        Route::Ready if models.all_ready() => Ok(Reply::default()),
        Route::Ready => Err(Refusal::NotReady { name: not_ready(app) }),
        // where models come by request, none is needed before
        Route::Ping if app.platform.as_ref().and_then(Platform::models_folder).is_some() => {
            Ok(Reply::default())
        }
        Route::Ping => models.first().map(|_| Reply::json(b"\n".to_vec())),
        Route::ExecutionParameters => Ok(sagemaker::execution_parameters(app)),
        Route::Hold => sagemaker::hold(app, caller, request).await,
        Route::Held { model: None } => Ok(sagemaker::held(models, caller)),
        Route::Held { model: Some(model) } => sagemaker::held_model(models, &model),
        Route::LetGo { .. } | Route::Load { .. } | Route::Unload { .. } => {
            let requested = Requested::of(request.headers(), request.extensions());
            change(app, caller, &requested, route)
                .await
                .map(|()| Reply::default())
        }
        // Clients read it as bare text, whatever its type says.
        Route::Version => Ok(Reply::json(env!("CARGO_PKG_VERSION").as_bytes().to_vec())),
        Route::Metrics => Ok(Reply {
            content_type: metrics::CONTENT_TYPE,
            body: metrics::page(app).into(),
            ..Reply::default()
        }),
        Route::OpenApi => Ok(openapi::document(app, caller)),
        Route::ServerMetadata => Ok(oip::server_metadata()),
        Route::ModelNames | Route::V1Models => Ok(oip::model_names(models, caller)),
        Route::ModelMetadata { model, version } => oip::model_metadata(models, &model, version.as_deref()),
        Route::ModelReady { model, version } => {
            models.find(&model, version.as_deref()).map(|_| Reply::default())
        }
        Route::ModelConfig { model, version } => oip::model_config(models, &model, version.as_deref()),
        Route::ModelStats { model, version } => {
            oip::model_stats(models, caller, model.as_deref(), version.as_deref())
        }
        Route::RepositoryIndex => oip::repository_index(app, caller, request).await,
        Route::V1Model { model } => v1::status(models, &model),
        Route::Shadows { model } => shadows::differences(models, &model),
        Route::Cost { model } => {
            models.slots_of(&model)?;
            Ok(Reply::json(cost::told(app, &model).to_string().into_bytes()))
        }
        Route::Guard { model } => {
            models.slots_of(&model)?;
            Ok(Reply::json(guardrail::told(app, &model).to_string().into_bytes()))
        }
        Route::Score { .. } => Err(Refusal::Internal),
    }
}

/// Changes what is served: told in the audit log before and after.
pub(crate) async fn change(
    app: &Arc<App>,
    caller: &Caller,
    requested: &Requested,
    route: Route,
) -> Result<(), Refusal> {
    let entry = |action| AuditEntry::of_caller(action, route.model().unwrap_or_default(), caller, requested);
    let (teller, app) = (&app.teller, Arc::clone(app));
    match route.clone() {
        Route::Load { model } => {
            let work = async move { load(&app, model).await };
            teller.audited(entry("load"), work).await
        }
        Route::Unload { model } => {
            let work = async move { app.models.unload(&model) };
            teller.audited(entry("unload"), work).await
        }
        Route::LetGo { model } => {
            let work = async move { app.models.remove(&model) };
            teller.audited(entry("remove"), work).await
        }
        _ => Err(Refusal::Internal),
    }
}

/// Reads a model's bundle again.
async fn load(app: &Arc<App>, model: String) -> Result<(), Refusal> {
    let app = Arc::clone(app);
    let load = tokio::task::spawn_blocking(move || app.models.load(&model));
    load.await.unwrap_or(Err(Refusal::Internal))
}

/// The status that a refusal is counted under; those over gRPC have the one that they have over HTTP.
pub(crate) fn code(protocol: Protocol, refusal: &Refusal) -> u16 {
    let status = match protocol {
        Protocol::Oip | Protocol::V1 | Protocol::Grpc => oip::status(refusal),
        Protocol::Mlflow => mlflow::status(refusal),
    };
    status.as_u16()
}

/// The answer that a refusal becomes.
pub(crate) fn refused(protocol: Protocol, refusal: &Refusal) -> Response {
    let mut response = match protocol {
        Protocol::Grpc => return grpc::refused(refusal),
        Protocol::Oip | Protocol::V1 => oip::refused(refusal),
        Protocol::Mlflow => mlflow::refused(refusal),
    };
    let hint = match refusal {
        Refusal::Method { expected, .. } => Some((header::ALLOW, *expected)),
        Refusal::NoKey | Refusal::Token { .. } | Refusal::NotAdmin => {
            Some((header::WWW_AUTHENTICATE, "Bearer"))
        }
        Refusal::Stopping | Refusal::NotRecorded | Refusal::Busy { .. } | Refusal::TooSlow => {
            Some((header::RETRY_AFTER, "1"))
        }
        _ => None,
    };
    if let Some((name, value)) = hint {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn not_ready(app: &App) -> String {
    let slots = app.models.slots();
    slots
        .into_iter()
        .find(|slot| !slot.is_ready())
        .map(|slot| slot.model.name)
        .unwrap_or_default()
}
