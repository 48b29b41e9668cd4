//! `/v1/models/{name}:predict` and `:explain`, in the words of KServe's first protocol and in our own.
//!
//! `{"instances": [...]}` answers `{"predictions": [...]}`, an object of the bundle's outputs for each row. `:explain` adds
//! `base`, `contributions`, `reasons` (as many as `n_reasons` says, 3 unless it does) and `broken`. Rows are objects by
//! column name, or lists in the order of the model's inputs; columns that the model does not know are not looked at.
//! Refusals are those of the Open Inference Protocol. Any other body is our own protocol's ([`super::native`]).

use super::fields::Fields;
use super::form::{Content, Form, Style, write};
use super::native;
use super::records::{Answers, Parts};
use crate::body::media_type;
use crate::call::{Call, Done, Reply};
use crate::models::Models;
use crate::refusal::Refusal;
use crate::rows::{self, Rows, RowsBuilder, Shape};
use crate::scoring;
use serde_json::json;

/// Answers `:predict`.
pub(super) fn predict(call: &Call) -> Result<Done, Refusal> {
    answer(call, false)
}

/// Answers `:explain`.
pub(super) fn explain(call: &Call) -> Result<Done, Refusal> {
    answer(call, true)
}

/// Answers `GET /v1/models/{name}`.
pub(super) fn status(models: &Models, name: &str) -> Result<Reply, Refusal> {
    let ready = models.slots_of(name)?.iter().any(|slot| slot.is_ready());
    Ok(Reply::json(
        json!({ "name": name, "ready": ready }).to_string().into_bytes(),
    ))
}

fn answer(call: &Call, is_explained: bool) -> Result<Done, Refusal> {
    // parameters of JSON are not looked at, as KServe does not
    if media_type(&call.headers).0 == "application/json" {
        let plain = || rows::from_numbers(&call.model, &call.body, "instances", call.app.limits.max_rows);
        if let Some(rows) = (!is_explained).then(plain).flatten() {
            return answered(call, rows, None, &Parts::OUTPUTS);
        }
        return rows::tolerant(&call.body, &|text| of_json(call, text, is_explained));
    }
    native::of_content(call, Content::of(&call.headers)?, is_explained)
}

fn of_json(call: &Call, text: &str, is_explained: bool) -> Result<Done, Refusal> {
    if !text.trim_start().starts_with('{') {
        return Err(Refusal::malformed(
            "expected an object with `instances` or `rows`",
        ));
    }
    let fields: Fields<'_> = serde_json::from_str(text).map_err(Refusal::malformed)?;
    match (fields.get("instances"), fields.get("rows")) {
        (Some(instances), None) => of_instances(call, instances, &fields, is_explained),
        (None, Some(rows)) => native::of_rows(call, rows, &fields, is_explained),
        _ => Err(Refusal::malformed(
            "expected exactly one of `instances` and `rows`",
        )),
    }
}

fn of_instances(
    call: &Call,
    instances: &str,
    fields: &Fields<'_>,
    is_explained: bool,
) -> Result<Done, Refusal> {
    let rows = rows_of(call, instances)?;
    let n_reasons: Option<usize> = match fields.get("n_reasons") {
        Some(text) => serde_json::from_str(text).map_err(Refusal::malformed)?,
        None => None,
    };
    let n_reasons = is_explained.then(|| n_reasons.unwrap_or(super::DEFAULT_REASONS));
    let parts = if is_explained { Parts::ALL } else { Parts::OUTPUTS };
    answered(call, rows, n_reasons, &parts)
}

fn answered(call: &Call, rows: Rows, n_reasons: Option<usize>, parts: &Parts) -> Result<Done, Refusal> {
    let scored = scoring::score_explained(call, rows, n_reasons)?;
    Ok(Done {
        reply: write(Form::Json, Style::Named, &Answers::new(&scored, parts)?)?,
        scored,
        request: None,
    })
}

/// A list of rows as objects or lists.
pub(super) fn rows_of(call: &Call, text: &str) -> Result<Rows, Refusal> {
    let order: Vec<Option<usize>> = (0..call.model.inputs.len()).map(Some).collect();
    let mut rows = RowsBuilder::new(&call.model, call.app.limits.max_rows);
    rows::rows_into(text, Shape::Either(&order), &mut rows)?;
    rows.finish()
}
