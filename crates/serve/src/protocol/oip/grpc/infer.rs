//! `ModelInfer`: a request read field by field, its answer.

use super::super::outputs::{self, Values, Wanted};
use super::super::tensors::{self, Input};
use super::CONTENT_TYPE;
use super::messages::{InferResponse, OutputTensor, TensorContents};
use super::wire::{Fields, Value, not_a_message, varint};
use crate::call::{Call, Done, Reply};
use crate::models::Loaded;
use crate::refusal::{Refusal, clip};
use crate::scoring::{self, Scored};
use prost::Message;

/// More dimensions than a tensor of rows can have.
const MAX_DIMENSIONS: usize = 6;

/// What a request says; refers to its bytes.
#[derive(Debug, Default)]
struct Request<'a> {
    id: &'a str,
    n_reasons: Option<usize>,
    inputs: Vec<InputTensor<'a>>,
    outputs: Vec<&'a str>,
    raw: Vec<&'a [u8]>,
}

#[derive(Debug, Default)]
struct InputTensor<'a> {
    name: &'a str,
    datatype: &'a str,
    shape: Vec<i64>,
    contents: Option<&'a [u8]>,
}

/// The model and the version that a message asks, before anything else of it is looked at.
pub(super) fn asked(message: &[u8]) -> Result<(String, Option<String>), Refusal> {
    let (mut model, mut version) = ("", "");
    for field in Fields::new(message) {
        match field? {
            (1, value) => model = value.text()?,
            (2, value) => version = value.text()?,
            _ => {}
        }
    }
    Ok((
        model.to_owned(),
        Some(version.to_owned()).filter(|version| !version.is_empty()),
    ))
}

/// The name that a request gives itself, for those that are refused.
pub(super) fn id_of(message: &[u8]) -> String {
    let fields = Fields::new(message).flatten();
    let ids = fields.filter(|(number, _)| *number == 3);
    ids.last()
        .and_then(|(_, value)| value.text().ok())
        .unwrap_or_default()
        .to_owned()
}

/// Answers an inference request.
pub(in crate::protocol) fn infer(call: &Call) -> Result<Done, Refusal> {
    let request = Request::read(&call.body, &call.model)?;
    let is_raw = !request.raw.is_empty();
    let listed = request.outputs.iter().map(|name| (*name, None));
    let wanted = outputs::wanted(&call.model, listed, is_raw)?;
    let n_reasons = match outputs::has_reasons(&wanted) {
        true => request.n_reasons.unwrap_or(crate::protocol::DEFAULT_REASONS),
        false => 0,
    };
    let rows = tensors::rows_of(call, &request.tensors()?)?;
    let scored = scoring::score(&call.model, rows, &call.options(n_reasons))?;
    let reply = Reply {
        content_type: CONTENT_TYPE,
        body: write(&scored, request.id, &wanted, is_raw)?,
        ..Reply::default()
    };
    Ok(Done {
        reply,
        scored,
        request: Some(request.id.to_owned()).filter(|id| !id.is_empty()),
    })
}

impl<'a> Request<'a> {
    fn read(message: &'a [u8], model: &Loaded) -> Result<Request<'a>, Refusal> {
        let mut request = Request::default();
        let (most_inputs, most_outputs) = (model.inputs.len(), outputs::names(model).len());
        for field in Fields::new(message) {
            match field? {
                (3, value) => request.id = value.text()?,
                (4, value) => request.read_parameter(value.bytes()?)?,
                (5, value) => {
                    let tensor = InputTensor::read(value.bytes()?)?;
                    push_within(&mut request.inputs, tensor, most_inputs, "inputs")?;
                }
                (6, value) => {
                    let name = name_of(value.bytes()?)?;
                    push_within(&mut request.outputs, name, most_outputs, "outputs")?;
                }
                (7, value) => {
                    let raw = &mut request.raw;
                    push_within(raw, value.bytes()?, most_inputs, "`raw_input_contents`")?;
                }
                _ => {}
            }
        }
        Ok(request)
    }

    /// An entry of the parameters: the one that is ours is kept.
    fn read_parameter(&mut self, entry: &[u8]) -> Result<(), Refusal> {
        let (mut key, mut choice) = ("", None);
        for field in Fields::new(entry) {
            match field? {
                (1, value) => key = value.text()?,
                (2, value) => choice = Fields::new(value.bytes()?).last().transpose()?,
                _ => {}
            }
        }
        if key != "n_reasons" {
            return Ok(());
        }
        self.n_reasons = match choice {
            // as `int64_param` or `uint64_param`; below zero it does not fit
            Some((2 | 5, Value::Varint(n))) => usize::try_from(n).ok().filter(|n| *n <= u32::MAX as usize),
            _ => None,
        };
        self.n_reasons.map(drop).ok_or_else(|| {
            Refusal::malformed("parameter `n_reasons` is not a whole number from 0 on in `int64_param`")
        })
    }

    /// The inputs with their values, raw or typed.
    fn tensors(&self) -> Result<Vec<Input<'_>>, Refusal> {
        let is_raw = !self.raw.is_empty();
        if is_raw && self.raw.len() != self.inputs.len() {
            return Err(Refusal::malformed(format!(
                "found {} entries in `raw_input_contents`, expected {}, one for each input",
                self.raw.len(),
                self.inputs.len()
            )));
        }
        let inputs = self.inputs.iter().enumerate();
        inputs
            .map(|(position, input)| input.with(self.raw.get(position).copied()))
            .collect()
    }
}

impl<'a> InputTensor<'a> {
    fn read(message: &'a [u8]) -> Result<InputTensor<'a>, Refusal> {
        let mut tensor = InputTensor::default();
        for field in Fields::new(message) {
            match field? {
                (1, value) => tensor.name = value.text()?,
                (2, value) => tensor.datatype = value.text()?,
                (3, Value::Varint(size)) => tensor.push_size(size)?,
                (3, value) => {
                    let mut packed = value.bytes()?;
                    while !packed.is_empty() {
                        tensor.push_size(varint(&mut packed).ok_or_else(not_a_message)?)?;
                    }
                }
                (5, value) => {
                    if tensor.contents.replace(value.bytes()?).is_some() {
                        return Err(not_a_message());
                    }
                }
                _ => {}
            }
        }
        Ok(tensor)
    }

    fn push_size(&mut self, size: u64) -> Result<(), Refusal> {
        push_within(
            &mut self.shape,
            size as i64,
            MAX_DIMENSIONS,
            "dimensions of an input",
        )
    }

    /// With its values, which stand in `raw` if there is any.
    fn with(&self, raw: Option<&'a [u8]>) -> Result<Input<'_>, Refusal> {
        let values = match (raw, self.contents) {
            (Some(_), Some(_)) => {
                return Err(Refusal::malformed(format!(
                    "input `{}` has `contents` beside `raw_input_contents`",
                    clip(self.name)
                )));
            }
            (Some(raw), None) => tensors::Values::Binary(raw),
            (None, contents) => tensors::Values::Typed(contents.unwrap_or_default()),
        };
        Ok(Input {
            name: self.name,
            datatype: self.datatype,
            shape: &self.shape,
            values,
        })
    }
}

fn name_of(message: &[u8]) -> Result<&str, Refusal> {
    let mut name = "";
    for field in Fields::new(message) {
        if let (1, value) = field? {
            name = value.text()?;
        }
    }
    Ok(name)
}

/// Adds what there may be at most `limit` of, so that a message of tiny parts takes no more than its size.
fn push_within<T>(list: &mut Vec<T>, item: T, limit: usize, what: &str) -> Result<(), Refusal> {
    if list.len() == limit {
        return Err(Refusal::malformed(format!("found more than {limit} {what}")));
    }
    list.push(item);
    Ok(())
}

fn write(scored: &Scored, id: &str, wanted: &[Wanted], is_raw: bool) -> Result<Vec<u8>, Refusal> {
    let mut response = InferResponse {
        model_name: scored.model.name.clone(),
        model_version: scored.model.version.clone(),
        id: id.to_owned(),
        ..InferResponse::default()
    };
    for output in wanted {
        let values = outputs::values(scored, output)?;
        if is_raw {
            let mut bytes = Vec::new();
            values.append_to(&mut bytes);
            response.raw_output_contents.push(bytes.into());
        }
        response.outputs.push(OutputTensor {
            name: output.name.clone(),
            datatype: outputs::datatype(&output.name).to_owned(),
            shape: vec![scored.scores.n_rows as i64],
            contents: (!is_raw).then(|| contents_of(values)),
        });
    }
    Ok(response.encode_to_vec())
}

fn contents_of(values: Values<'_>) -> TensorContents {
    match values {
        Values::Numbers(numbers) => TensorContents {
            fp64_contents: numbers.into_owned(),
            ..TensorContents::default()
        },
        Values::Texts(texts) => TensorContents {
            bytes_contents: texts
                .into_iter()
                .map(|text| text.into_owned().into_bytes().into())
                .collect(),
            ..TensorContents::default()
        },
    }
}
