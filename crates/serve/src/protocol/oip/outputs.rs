//! Which outputs are wanted in which form, and how they are written.

use crate::call::Reply;
use crate::models::Loaded;
use crate::output::Output;
use crate::refusal::{Refusal, clip};
use crate::scoring::Scored;
use axum::http::{HeaderName, HeaderValue};
use bundle::Reason;
use prepare::contract::Action;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use table::quoted_list;

/// The header that says where the JSON ends and binary tensors begin.
pub(super) const JSON_LENGTH: HeaderName = HeaderName::from_static("inference-header-content-length");
/// Given only to those who list it.
pub(super) const REASONS: &str = "reasons";
/// Given only to those who list it.
pub(super) const BROKEN: &str = "broken";

/// An output as the request lists it.
#[derive(Debug, Deserialize)]
pub(super) struct RequestedOutput<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    parameters: Option<OutputParameters>,
}

#[derive(Debug, Deserialize)]
struct OutputParameters {
    binary_data: Option<bool>,
}

/// An output to be written.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    binary: bool,
}

impl RequestedOutput<'_> {
    /// Its name, and whether it is wanted in binary, if that is said.
    pub(super) fn wish(&self) -> (&str, Option<bool>) {
        let parameters = self.parameters.as_ref();
        (
            &self.name,
            parameters.and_then(|parameters| parameters.binary_data),
        )
    }
}

/// The outputs that the request lists, each once; all but reasons and broken rules if it lists none.
pub(super) fn wanted<'a>(
    model: &Loaded,
    listed: impl IntoIterator<Item = (&'a str, Option<bool>)>,
    binary: bool,
) -> Result<Vec<Wanted>, Refusal> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for (name, wish) in listed {
        if !names(model).contains(&name) {
            return Err(Refusal::NoTensor {
                what: "output",
                name: clip(name),
                known: quoted_list(names(model), 30),
            });
        }
        if wanted.iter().any(|output| output.name == name) {
            return Err(Refusal::malformed(format!("output `{name}` stands twice")));
        }
        wanted.push(Wanted {
            name: name.to_owned(),
            binary: wish.unwrap_or(binary),
        });
    }
    if wanted.is_empty() {
        let all = model.outputs.iter().cloned();
        wanted.extend(all.map(|name| Wanted { name, binary }));
    }
    Ok(wanted)
}

/// Every output that may be listed.
pub(super) fn names(model: &Loaded) -> Vec<&str> {
    model
        .outputs
        .iter()
        .map(String::as_str)
        .chain([REASONS, BROKEN])
        .collect()
}

/// The datatype of an output.
pub(super) fn datatype(name: &str) -> &'static str {
    match name {
        "decision" | REASONS | BROKEN => "BYTES",
        _ => "FP64",
    }
}

/// Whether the reasons are among the outputs.
pub(super) fn has_reasons(wanted: &[Wanted]) -> bool {
    wanted.iter().any(|output| output.name == REASONS)
}

#[derive(Debug, Serialize)]
struct Body<'a> {
    model_name: &'a str,
    model_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    outputs: Vec<Tensor<'a>>,
}

#[derive(Debug, Serialize)]
struct Tensor<'a> {
    name: &'a str,
    datatype: &'static str,
    shape: [usize; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Sizes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Values<'a>>,
}

#[derive(Debug, Serialize)]
struct Sizes {
    binary_data_size: usize,
}

/// The values of an output.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Values<'a> {
    Numbers(Cow<'a, [f64]>),
    Texts(Vec<Cow<'a, str>>),
}

/// The values of `output`.
pub(super) fn values<'s>(scored: &'s Scored, output: &Wanted) -> Result<Values<'s>, Refusal> {
    let position = scored.model.outputs.iter().position(|name| *name == output.name);
    match position {
        Some(position) => values_of(scored, position),
        None if output.name == REASONS => Ok(Values::Texts(reasons(scored))),
        None => Ok(Values::Texts(broken(scored))),
    }
}

/// Writes the answer: JSON, with the bytes of binary outputs behind it.
pub(super) fn write(scored: &Scored, id: Option<&str>, wanted: &[Wanted]) -> Result<Reply, Refusal> {
    let n_rows = scored.scores.n_rows;
    let mut tail = Vec::new();
    let mut outputs = Vec::with_capacity(wanted.len());
    for output in wanted {
        let values = values(scored, output)?;
        let parameters = output.binary.then(|| Sizes {
            binary_data_size: values.append_to(&mut tail),
        });
        let data = (!output.binary).then_some(values);
        outputs.push(Tensor {
            name: &output.name,
            datatype: datatype(&output.name),
            shape: [n_rows],
            parameters,
            data,
        });
    }
    let has_binary = wanted.iter().any(|output| output.binary);
    let body = Body {
        model_name: &scored.model.name,
        model_version: &scored.model.version,
        id,
        outputs,
    };
    let mut body = serde_json::to_vec(&body).map_err(|_| Refusal::Internal)?;
    if !has_binary {
        return Ok(Reply::json(body));
    }
    let length = HeaderValue::from(body.len());
    body.extend(tail);
    Ok(Reply {
        content_type: "application/octet-stream",
        headers: vec![(JSON_LENGTH, length)],
        body,
        ..Reply::default()
    })
}

fn values_of(scored: &Scored, position: usize) -> Result<Values<'_>, Refusal> {
    let output = scored.output(position).ok_or(Refusal::Internal)?;
    if let Output::Labels { decisions, .. } = &output {
        let texts = (0..decisions.len()).map(|row| Cow::Borrowed(output.text(row).unwrap_or("")));
        return Ok(Values::Texts(texts.collect()));
    }
    Ok(Values::Numbers(output.numbers()))
}

fn reasons(scored: &Scored) -> Vec<Cow<'static, str>> {
    let rows = scored.scores.reasons.as_deref().unwrap_or_default();
    let sentence = |row: &Vec<Reason>| {
        row.iter()
            .map(Reason::sentence)
            .collect::<Vec<_>>()
            .join("; ")
            .into()
    };
    rows.iter().map(sentence).collect()
}

/// For each row the rules that it broke, empty if none.
fn broken(scored: &Scored) -> Vec<Cow<'static, str>> {
    let mut broken = scored.scores.report.reasons(Action::Flag);
    (0..scored.scores.n_rows)
        .map(|row| broken.remove(&row).unwrap_or_default().into())
        .collect()
}

impl Values<'_> {
    /// Appends them as bytes, little-endian, texts behind their lengths; says how many bytes.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) -> usize {
        let before = bytes.len();
        match self {
            Values::Numbers(numbers) => numbers
                .iter()
                .for_each(|number| bytes.extend(number.to_le_bytes())),
            Values::Texts(texts) => texts.iter().for_each(|text| {
                bytes.extend((text.len() as u32).to_le_bytes());
                bytes.extend(text.as_bytes());
            }),
        }
        bytes.len() - before
    }
}
