//! Our own protocol: rows in any form, answers in any form, with as much besides the score as the caller wishes.
//!
//! `POST /v1/models/{name}:predict` and `:explain` with `{"rows": [...]}`, lines of JSON, separated values, Arrow or
//! Parquet. A [`Wish`] stands beside `rows`, or in the address. The answer is in the form that `Accept` asks for, else in
//! that of the rows, and its columns are those that `spanwise score` writes. Columns that the model does not know are not
//! looked at. Refusals are those of the Open Inference Protocol.

mod flow;
mod wish;

use super::fields::Fields;
use super::form::{Content, Style, accepted, write};
use super::records::Answers;
use super::v1;
use crate::call::{Call, Done};
use crate::refusal::Refusal;
use crate::rows::Rows;
use crate::scoring;
use wish::Wish;

pub(crate) use flow::Flow;

/// Answers a body of `rows`.
pub(super) fn of_rows(
    call: &Call,
    rows: &str,
    fields: &Fields<'_>,
    is_explained: bool,
) -> Result<Done, Refusal> {
    let mut wish = Wish::of_query(call.query.as_deref())?;
    for (key, value) in fields.0.iter().filter(|(key, _)| key != "rows") {
        wish.set(key, value.get())?;
    }
    let rows = v1::rows_of(call, rows)?;
    answer(call, Content::Json, rows, wish, is_explained)
}

/// Answers a body that is nothing but rows.
pub(super) fn of_content(call: &Call, content: Content, is_explained: bool) -> Result<Done, Refusal> {
    let wish = Wish::of_query(call.query.as_deref())?;
    answer(call, content, content.rows(call)?, wish, is_explained)
}

fn answer(
    call: &Call,
    content: Content,
    rows: Rows,
    wish: Wish,
    is_explained: bool,
) -> Result<Done, Refusal> {
    let form = accepted(&call.headers, content.form())?;
    let (parts, n_reasons) = wish.resolved(&call.model, is_explained)?;
    let scored = scoring::score_explained(call, rows, n_reasons)?;
    Ok(Done {
        reply: write(form, Style::Named, &Answers::new(&scored, &parts)?)?,
        scored,
        request: None,
    })
}
