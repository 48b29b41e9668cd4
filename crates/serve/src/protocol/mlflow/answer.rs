//! Answers in the form that a caller accepts: an object, lines of objects, or separated values.

use crate::call::{Call, Reply};
use crate::platform::Platform;
use crate::protocol::records::Answers;
use crate::refusal::{Refusal, clip};
use crate::scoring::Scored;
use axum::http::header;

/// A form of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `{"predictions": [...]}`, or the list alone.
    Json,
    /// An object a line.
    Lines,
    /// A line of values a row, without a header.
    Csv,
}

/// The first form in `Accept` that there is; those who accept anything get the platform's own, else JSON.
pub(super) fn form(call: &Call) -> Result<Form, Refusal> {
    let values = call.headers.get_all(header::ACCEPT).iter();
    let asked: Vec<&str> = values.map(|value| value.to_str().unwrap_or("?")).collect();
    let asked = asked.join(",");
    if asked.trim().is_empty() {
        return Ok(own(call));
    }
    let mut choices: Vec<(f64, &str)> = asked.split(',').map(weighed).filter(|(q, _)| 0.0 < *q).collect();
    // stable: of equally liked ones the first
    choices.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut forms = choices
        .into_iter()
        .filter_map(|(_, name)| match name.to_ascii_lowercase().as_str() {
            "*/*" | "application/*" => Some(own(call)),
            "text/*" => Some(Form::Csv),
            name => named(name),
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

fn own(call: &Call) -> Form {
    let accept = call.app.platform.as_ref().and_then(Platform::accept);
    accept
        .and_then(|accept| named(&accept.to_ascii_lowercase()))
        .unwrap_or(Form::Json)
}

fn named(name: &str) -> Option<Form> {
    match name {
        "application/json" => Some(Form::Json),
        "application/jsonlines" | "application/x-ndjson" => Some(Form::Lines),
        "text/csv" => Some(Form::Csv),
        _ => None,
    }
}

/// The answer to rows that were scored.
pub(super) fn write(form: Form, is_bare: bool, scored: &Scored) -> Result<Reply, Refusal> {
    let answers = Answers::new(scored)?;
    let mut body = Vec::new();
    let content_type = match form {
        Form::Json if is_bare => {
            answers.write_all(&mut body);
            "application/json"
        }
        Form::Json => {
            body.extend(b"{\"predictions\": ");
            answers.write_all(&mut body);
            body.push(b'}');
            "application/json"
        }
        Form::Lines => {
            write_lines(&answers, &mut body, Answers::write_object);
            "application/jsonlines"
        }
        Form::Csv => {
            write_lines(&answers, &mut body, Answers::write_cells);
            "text/csv; charset=utf-8"
        }
    };
    Ok(Reply {
        content_type,
        body,
        ..Reply::default()
    })
}

fn write_lines(answers: &Answers, body: &mut Vec<u8>, write: impl Fn(&Answers, &mut Vec<u8>, usize)) {
    for row in 0..answers.n_rows {
        write(answers, body, row);
        body.push(b'\n');
    }
}
