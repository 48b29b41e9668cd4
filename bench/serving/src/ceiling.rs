//! A bare axum program that reads the bodies that the service reads and scores nothing: what is lost to it is ours.
//!
//! `bench-ceiling PORT`; `POST /invocations` takes `{"inputs": [[...]]}`, `POST /v2/models/m/infer` tensors in JSON.

use axum::Router;
use axum::extract::Json;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Rows {
    inputs: Vec<Vec<f64>>,
}

#[derive(Serialize)]
struct Predictions {
    predictions: Vec<f64>,
}

#[derive(Deserialize)]
struct Request {
    inputs: Vec<Input>,
}

#[derive(Deserialize)]
struct Input {
    name: String,
    shape: Vec<i64>,
    datatype: String,
    data: Vec<f64>,
}

#[derive(Serialize)]
struct Answer {
    model_name: &'static str,
    outputs: [Output; 1],
}

#[derive(Serialize)]
struct Output {
    name: &'static str,
    shape: [usize; 1],
    datatype: &'static str,
    data: Vec<f64>,
}

async fn invocations(Json(rows): Json<Rows>) -> Json<Predictions> {
    let predictions = rows
        .inputs
        .iter()
        .map(|row| if row.is_empty() { 0.0 } else { 0.5 });
    Json(Predictions {
        predictions: predictions.collect(),
    })
}

async fn infer(Json(request): Json<Request>) -> Json<Answer> {
    let are_sound = request.inputs.iter().all(|input| {
        !input.name.is_empty()
            && !input.shape.is_empty()
            && !input.datatype.is_empty()
            && !input.data.is_empty()
    });
    Json(Answer {
        model_name: "m",
        outputs: [Output {
            name: "probability",
            shape: [1],
            datatype: "FP64",
            data: vec![if are_sound { 0.5 } else { 0.0 }],
        }],
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port: u16 = std::env::args().nth(1).ok_or("expected PORT")?.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let app = Router::new()
            .route("/health", get(|| async { "ok" }))
            .route("/invocations", post(invocations))
            .route("/v2/models/m/infer", post(infer));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        axum::serve(listener, app).await?;
        Ok(())
    })
}
