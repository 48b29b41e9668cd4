//! The form of an answer, as `Accept` asks for it.

use crate::refusal::{Refusal, clip};
use axum::http::{HeaderMap, header};

/// A form of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::protocol) enum Form {
    /// One object.
    Json,
    /// An object a line.
    Lines,
    /// A line of values a row.
    Csv,
    /// An Arrow IPC stream.
    ArrowStream,
    /// An Arrow IPC file.
    ArrowFile,
    /// A Parquet file.
    Parquet,
}

impl Form {
    /// The form called so in lower case, by any of its names.
    pub(in crate::protocol) fn named(name: &str) -> Option<Form> {
        Some(match name {
            "application/json" => Form::Json,
            "application/jsonlines" | "application/x-ndjson" => Form::Lines,
            "text/csv" => Form::Csv,
            "application/vnd.apache.arrow.stream" => Form::ArrowStream,
            "application/vnd.apache.arrow.file" => Form::ArrowFile,
            "application/vnd.apache.parquet" | "application/x-parquet" => Form::Parquet,
            _ => return None,
        })
    }

    /// Its name in answers.
    pub(in crate::protocol) fn content_type(self) -> &'static str {
        match self {
            Form::Json => "application/json",
            Form::Lines => "application/jsonlines",
            Form::Csv => "text/csv; charset=utf-8",
            Form::ArrowStream => "application/vnd.apache.arrow.stream",
            Form::ArrowFile => "application/vnd.apache.arrow.file",
            Form::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// The first form in `Accept` that there is; those who accept anything get `own`.
pub(in crate::protocol) fn accepted(headers: &HeaderMap, own: Form) -> Result<Form, Refusal> {
    if !headers.contains_key(header::ACCEPT) {
        return Ok(own);
    }
    let values = headers.get_all(header::ACCEPT).iter();
    let asked: Vec<&str> = values.map(|value| value.to_str().unwrap_or("?")).collect();
    let asked = asked.join(",");
    if asked.trim().is_empty() {
        return Ok(own);
    }
    let mut choices: Vec<(f64, &str)> = asked.split(',').map(weighed).filter(|(q, _)| 0.0 < *q).collect();
    // stable: of equally liked ones the first
    choices.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut forms = choices
        .into_iter()
        .filter_map(|(_, name)| match name.to_ascii_lowercase().as_str() {
            "*/*" | "application/*" => Some(own),
            "text/*" => Some(Form::Csv),
            name => Form::named(name),
        });
    forms
        .next()
        .ok_or_else(|| Refusal::Accept { found: clip(&asked) })
}

/// A choice and how much it is liked.
fn weighed(choice: &str) -> (f64, &str) {
    let mut parts = choice.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let q = parts.find_map(|part| part.strip_prefix("q=")?.trim().parse().ok());
    (q.filter(|q: &f64| q.is_finite()).unwrap_or(1.0), name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_best_liked_form_that_there_is_is_chosen() {
        let of = |text: &str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, text.parse().unwrap())]);
            accepted(&headers, Form::Parquet)
        };
        assert_eq!(accepted(&HeaderMap::new(), Form::Lines), Ok(Form::Lines));
        assert_eq!(of("*/*"), Ok(Form::Parquet));
        assert_eq!(of("text/csv;q=0.5, application/json"), Ok(Form::Json));
        assert_eq!(
            of("image/png, Application/Vnd.Apache.Arrow.Stream"),
            Ok(Form::ArrowStream)
        );
        let found = "image/png, text/csv;q=0".to_owned();
        assert_eq!(of(&found), Err(Refusal::Accept { found }));
    }
}
