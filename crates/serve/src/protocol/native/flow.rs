//! Bodies beyond the limit: lines of JSON and Arrow streams are answered piece by piece, in the order in which they came.

use super::wish::Wish;
use crate::call::Call;
use crate::protocol::form::{Content, Pieces, Writer, accepted};
use crate::protocol::records::{Answers, Parts};
use crate::refusal::Refusal;
use crate::route::Scoring;
use crate::scoring::{self, Scored};
use axum::http::{HeaderMap, header};

/// One body that flows: what is left of its rows, and how they are answered.
pub(crate) struct Flow {
    call: Call,
    pieces: Pieces,
    writer: Writer,
    parts: Parts,
    n_reasons: Option<usize>,
    content_type: &'static str,
    n_rows: u64,
}

impl Flow {
    /// Whether rows of this form may be answered while they come.
    pub(crate) fn is_possible(scoring: Scoring, headers: &HeaderMap) -> bool {
        let content = Content::of(headers);
        let is_plain = !headers.contains_key(header::CONTENT_ENCODING);
        let is_ours = matches!(scoring, Scoring::Predict | Scoring::Explain);
        is_plain && is_ours && matches!(content, Ok(Content::Lines | Content::Arrow(_)))
    }

    /// The flow that a body beyond the limit becomes.
    pub(crate) fn of(call: Call, scoring: Scoring) -> Result<Flow, Refusal> {
        let content = Content::of(&call.headers)?;
        let form = accepted(&call.headers, content.form())?;
        let limit_bytes = call.app.limits.max_body_bytes;
        let (Some(pieces), Some(writer)) = (Pieces::of(content, &call.app.limits), Writer::of(form)) else {
            return Err(Refusal::TooLarge { limit_bytes });
        };
        let wish = Wish::of_query(call.query.as_deref())?;
        let (parts, n_reasons) = wish.resolved(&call.model, scoring == Scoring::Explain)?;
        Ok(Flow {
            call,
            pieces,
            writer,
            parts,
            n_reasons,
            content_type: form.content_type(),
            n_rows: 0,
        })
    }

    pub(crate) fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// Adds bytes of the body.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.pieces.push(bytes);
    }

    /// Says that no more bytes come.
    pub(crate) fn end(&mut self) {
        self.pieces.end();
    }

    /// The answers to the next rows, and what they were made from; `None` if more bytes are needed.
    pub(crate) fn next(&mut self) -> Result<Option<(Vec<u8>, Box<Scored>)>, Refusal> {
        let Some(rows) = self.pieces.next(&self.call.model, &self.call.app.limits)? else {
            return Ok(None);
        };
        let scored = scoring::score_explained(&self.call, rows, self.n_reasons)?;
        let answers = Answers::new(&scored, &self.parts)?;
        let written = self.writer.write(&answers)?;
        self.n_rows += answers.n_rows as u64;
        Ok(Some((written, scored)))
    }

    /// The bytes that end an answer which is whole.
    pub(crate) fn finish(&mut self) -> Result<Vec<u8>, Refusal> {
        match self.n_rows {
            0 => Err(Refusal::NoRows),
            _ => self.writer.end(),
        }
    }

    /// The bytes that tell of a refusal in the midst; `None` if the answer must be cut off.
    pub(crate) fn refuse(&self, refusal: &Refusal) -> Option<Vec<u8>> {
        self.writer.refuse(refusal, self.n_rows)
    }
}
