//! KServe's first protocol: rows as objects in, answers and their reasons out.
//!
//! `POST /v1/models/{name}:predict` with `{"instances": [...]}` answers `{"predictions": [...]}`, an object of the
//! bundle's outputs for each row. `:explain` adds `base`, `contributions`, `reasons` (as many as `n_reasons` says,
//! 3 unless it does) and `broken`. Rows are objects by column name, or lists in the order of the model's inputs;
//! columns that the model does not know are not looked at. Refusals are those of the Open Inference Protocol.

use super::records;
use crate::body::media_type;
use crate::call::{Call, Done, Reply};
use crate::models::Models;
use crate::refusal::{Refusal, clip};
use crate::rows::{self, RowsBuilder, Shape};
use crate::scoring;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    instances: &'a RawValue,
    n_reasons: Option<usize>,
}

/// Answers `:predict`.
pub(super) fn predict(call: &Call) -> Result<Done, Refusal> {
    let (rows, _) = read(call)?;
    let scored = scoring::score(&call.model, rows, &call.options(0))?;
    let mut body = b"{\"predictions\":".to_vec();
    records::Answers::new(&scored)?.write_all(&mut body);
    body.push(b'}');
    Ok(Done {
        reply: Reply::json(body),
        scored,
        request: None,
    })
}

/// Answers `:explain`.
pub(super) fn explain(call: &Call) -> Result<Done, Refusal> {
    let (rows, n_reasons) = read(call)?;
    let n_reasons = n_reasons.unwrap_or(super::DEFAULT_REASONS);
    // Reasons are cut afterwards: without any, the bundle would not explain.
    let mut scored = scoring::score(&call.model, rows, &call.options(n_reasons.max(1)))?;
    scored
        .scores
        .reasons
        .iter_mut()
        .flatten()
        .for_each(|reasons| reasons.truncate(n_reasons));
    let predictions = records::explained_rows(&scored)?;
    let body = json!({ "predictions": predictions }).to_string().into_bytes();
    Ok(Done {
        reply: Reply::json(body),
        scored,
        request: None,
    })
}

/// Answers `GET /v1/models/{name}`.
pub(super) fn status(models: &Models, name: &str) -> Result<Reply, Refusal> {
    let ready = models.slots_of(name)?.iter().any(|slot| slot.loaded.is_some());
    Ok(Reply::json(
        json!({ "name": name, "ready": ready }).to_string().into_bytes(),
    ))
}

fn read(call: &Call) -> Result<(table::Table, Option<usize>), Refusal> {
    let (media_type, _) = media_type(&call.headers);
    if media_type != "application/json" {
        return Err(Refusal::MediaType {
            found: clip(&media_type),
            expected: "application/json",
        });
    }
    rows::tolerant(&call.body, &|text| {
        if !text.trim_start().starts_with('{') {
            return Err(Refusal::malformed("expected an object with `instances`"));
        }
        let body: Body<'_> = serde_json::from_str(text).map_err(Refusal::malformed)?;
        let order: Vec<Option<usize>> = (0..call.model.inputs.len()).map(Some).collect();
        let mut rows = RowsBuilder::new(&call.model, call.limits.max_rows);
        rows::rows_into(body.instances.get(), Shape::Either(&order), &mut rows)?;
        Ok((rows.finish()?, body.n_reasons))
    })
}
