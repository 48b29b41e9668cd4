//! `POST .../infer`.

use super::outputs::{self, JSON_LENGTH, RequestedOutput};
use super::tensors::{self, InputTensor};
use crate::body::media_type;
use crate::call::{Call, Done};
use crate::refusal::{Refusal, clip};
use crate::{rows, scoring};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Request<'a> {
    id: Option<String>,
    parameters: Option<Parameters>,
    #[serde(borrow)]
    inputs: Vec<InputTensor<'a>>,
    #[serde(borrow)]
    outputs: Option<Vec<RequestedOutput<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
struct Parameters {
    binary_data_output: Option<bool>,
    n_reasons: Option<usize>,
}

/// Answers an inference request.
pub(in crate::protocol) fn infer(call: &Call) -> Result<Done, Refusal> {
    check_media_type(call)?;
    match json_length(call)? {
        Some(0) => {
            let wanted = outputs::wanted(&call.model, [], true)?;
            let scored = scoring::score(&call.model, tensors::rows_of_raw(call)?, &call.options(0))?;
            Ok(Done {
                reply: outputs::write(&scored, None, &wanted)?,
                scored,
                request: None,
            })
        }
        length => {
            let (json, tail) = call.body.split_at(length.unwrap_or(call.body.len()));
            rows::tolerant(json, &|text| infer_from(call, text, tail))
        }
    }
}

fn infer_from(call: &Call, text: &str, tail: &[u8]) -> Result<Done, Refusal> {
    if !text.trim_start().starts_with('{') {
        return Err(Refusal::malformed("expected an object with `inputs`"));
    }
    let request: Request<'_> = serde_json::from_str(text).map_err(Refusal::malformed)?;
    let parameters = request.parameters.unwrap_or_default();
    let binary = parameters.binary_data_output.unwrap_or(false);
    let listed = request.outputs.iter().flatten().map(RequestedOutput::wish);
    let wanted = outputs::wanted(&call.model, listed, binary)?;
    let n_reasons = match outputs::has_reasons(&wanted) {
        true => parameters.n_reasons.unwrap_or(crate::protocol::DEFAULT_REASONS),
        false => 0,
    };
    let rows = tensors::rows_of(call, &tensors::of_json(&request.inputs, tail)?)?;
    let scored = scoring::score(&call.model, rows, &call.options(n_reasons))?;
    let reply = outputs::write(&scored, request.id.as_deref(), &wanted)?;
    Ok(Done {
        reply,
        scored,
        request: request.id,
    })
}

/// Clients of this protocol often send no content type; a wrong one is refused.
fn check_media_type(call: &Call) -> Result<(), Refusal> {
    let (media_type, _) = media_type(&call.headers);
    match media_type.as_str() {
        "" | "application/json" | "application/octet-stream" => Ok(()),
        _ => Err(Refusal::MediaType {
            found: clip(&media_type),
            expected: "application/json or application/octet-stream",
        }),
    }
}

/// How long the JSON in front of binary tensors is, if the request says.
fn json_length(call: &Call) -> Result<Option<usize>, Refusal> {
    let Some(header) = call.headers.get(JSON_LENGTH) else {
        return Ok(None);
    };
    let length = header
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse::<usize>().ok());
    match length {
        Some(length) if length <= call.body.len() => Ok(Some(length)),
        _ => Err(Refusal::malformed(format!(
            "header `{JSON_LENGTH}` is `{}`, expected at most the body's {} bytes",
            clip(header.to_str().unwrap_or("?")),
            call.body.len()
        ))),
    }
}
