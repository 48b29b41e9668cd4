//! The form of rows, as `Content-Type` says.

use super::Form;
use crate::body::media_type;
use crate::call::Call;
use crate::refusal::{Refusal, clip};
use crate::rows::{self, Rows};
use axum::http::{HeaderMap, header};

const EXPECTED: &str = "application/json (charset=utf-8), application/jsonlines, text/csv, \
    application/vnd.apache.arrow.stream, application/vnd.apache.arrow.file, application/vnd.apache.parquet, \
    application/x-npy or text/libsvm";

/// A form of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::protocol) enum Content {
    /// What is in it is the protocol's own.
    Json,
    /// A row a line, as an object or a list of cells.
    Lines,
    /// Separated values.
    Csv,
    /// An Arrow IPC stream or file: each is read under either name.
    Arrow(Form),
    /// A Parquet file.
    Parquet,
    /// An array of NumPy.
    Npy,
    /// Lines of LIBSVM.
    LibSvm,
}

impl Content {
    /// What the headers say.
    pub(in crate::protocol) fn of(headers: &HeaderMap) -> Result<Content, Refusal> {
        if headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|value| value == "application/json")
        {
            return Ok(Content::Json);
        }
        let (media_type, parameters) = media_type(headers);
        let is_utf8 = parameters.iter().all(|parameter| {
            matches!(
                parameter.as_str(),
                "charset=utf-8" | "charset=\"utf-8\"" | "header=present"
            )
        });
        match Form::named(&media_type) {
            Some(Form::Json) if is_utf8 => Ok(Content::Json),
            Some(Form::Lines) if is_utf8 => Ok(Content::Lines),
            Some(Form::Csv) if is_utf8 => Ok(Content::Csv),
            Some(form @ (Form::ArrowStream | Form::ArrowFile)) => Ok(Content::Arrow(form)),
            Some(Form::Parquet) => Ok(Content::Parquet),
            None if media_type == "application/x-npy" => Ok(Content::Npy),
            None if is_utf8 && matches!(media_type.as_str(), "text/libsvm" | "text/x-libsvm") => {
                Ok(Content::LibSvm)
            }
            _ => Err(Refusal::MediaType {
                found: clip(&[&[media_type][..], &parameters[..]].concat().join("; ")),
                expected: EXPECTED,
            }),
        }
    }

    /// The form of an answer to those who take any.
    pub(in crate::protocol) fn form(self) -> Form {
        match self {
            // these are not written
            Content::Json | Content::Npy | Content::LibSvm => Form::Json,
            Content::Lines => Form::Lines,
            Content::Csv => Form::Csv,
            Content::Arrow(form) => form,
            Content::Parquet => Form::Parquet,
        }
    }

    /// The rows of a body; JSON is for the protocol to read.
    pub(in crate::protocol) fn rows(self, call: &Call) -> Result<Rows, Refusal> {
        let (model, body, limits) = (&call.model, &call.body, &call.app.limits);
        match self {
            Content::Json => Err(Refusal::Internal),
            Content::Lines => rows::tolerant(body, &|text| rows::from_lines(model, text, limits.max_rows)),
            Content::Csv => rows::from_csv(model, body, limits.max_rows).map(Rows::Table),
            Content::Arrow(_) => rows::from_arrow(model, body, limits).map(Rows::Table),
            Content::Parquet => rows::from_parquet(model, body, limits).map(Rows::Table),
            Content::Npy => rows::from_npy(model, body, limits.max_rows),
            Content::LibSvm => rows::from_libsvm(model, body, limits.max_rows),
        }
    }

    /// Whether a few bytes may hold many rows.
    pub(in crate::protocol) fn is_packed(self) -> bool {
        matches!(self, Content::Arrow(_) | Content::Parquet)
    }
}
