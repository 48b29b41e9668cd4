//! `ModelStreamInfer`: requests one after another, each answered as if it were alone.

use super::answer::{self, Sender};
use super::frame::Messages;
use super::messages::{InferResponse, StreamInferResponse};
use super::{infer, score_message, stopping};
use crate::app::App;
use crate::call::UnderWay;
use crate::guard::Caller;
use crate::listener::{Arrival, Origin};
use crate::refusal::Refusal;
use crate::route::Scoring;
use crate::telling::Visit;
use axum::http::Request;
use axum::http::request::Parts;
use axum::response::Response;
use bytes::Bytes;
use prost::Message;
use std::sync::Arc;

/// Begins to answer; requests are taken in one by one, so that a caller who does not read sends no more.
pub(super) fn start(app: Arc<App>, caller: Caller, parts: Parts, messages: Messages) -> Response {
    let (sender, response) = answer::many();
    tokio::spawn(run(app, caller, parts, messages, sender));
    response
}

async fn run(app: Arc<App>, caller: Caller, parts: Parts, mut messages: Messages, sender: Sender) {
    loop {
        let next = tokio::select! {
            next = messages.next() => next,
            () = sender.closed() => return,
            () = stopping(&app) => Err(Refusal::Stopping),
        };
        match next {
            Ok(Some(message)) => {
                let answer = answer_to(&app, &caller, &parts, message).await;
                if !sender.send(&answer).await {
                    return;
                }
            }
            Ok(None) => return sender.end(None).await,
            Err(refusal) => return sender.end(Some(&refusal)).await,
        }
    }
}

async fn answer_to(app: &Arc<App>, caller: &Caller, parts: &Parts, message: Bytes) -> Vec<u8> {
    let origin = parts.extensions.get::<Origin>();
    let _busy = origin.map(|origin| origin.begin(Arrival::Beside));
    let under_way = UnderWay::begin(app, Scoring::ModelInfer, None).await;
    let id = infer::id_of(&message);
    let answer = match score_message(under_way, caller, same(parts), message).await {
        Ok(reply) => StreamInferResponse {
            error_message: String::new(),
            infer_response: Some(reply.body.into()),
        },
        Err(refusal) => StreamInferResponse {
            error_message: caller.hushed(refusal).to_string(),
            infer_response: Some(named(id).encode_to_vec().into()),
        },
    };
    answer.encode_to_vec()
}

/// An answer that says no more than whose it is.
fn named(id: String) -> InferResponse {
    InferResponse {
        id,
        ..InferResponse::default()
    }
}

/// The head of the call for one of its messages.
fn same(parts: &Parts) -> Parts {
    let mut request = Request::new(());
    *request.headers_mut() = parts.headers.clone();
    if let Some(visit) = parts.extensions.get::<Arc<Visit>>() {
        request.extensions_mut().insert(Arc::clone(visit));
    }
    request.into_parts().0
}
