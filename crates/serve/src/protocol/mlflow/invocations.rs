//! `/invocations`: rows in any form of MLflow, SageMaker or Azure ML in, the bundle's outputs for each row out.
//!
//! Columns are matched by name; those that the model does not know are not looked at. Rows given as lists without
//! names (`instances`, `inputs`, lists alone, separated values without a header) are in the order of the model's inputs.
//! The first model listed answers.

use crate::call::{Call, Done};
use crate::platform::Platform;
use crate::protocol::form::{self, Content, Form, Style};
use crate::protocol::records::{Answers, Parts};
use crate::refusal::Refusal;
use crate::rows::{self, ColumnsForm, Rows, RowsBuilder, Shape};
use crate::scoring;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

const FORMS: &str =
    "exactly one of `dataframe_split`, `dataframe_records`, `instances`, `inputs` and `input_data`";

#[derive(Debug, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    dataframe_split: Option<&'a RawValue>,
    #[serde(borrow)]
    dataframe_records: Option<&'a RawValue>,
    #[serde(borrow)]
    instances: Option<&'a RawValue>,
    #[serde(borrow)]
    inputs: Option<&'a RawValue>,
    /// As Azure ML sends it: what a split holds, or a list of rows, or columns by name.
    #[serde(borrow)]
    input_data: Option<&'a RawValue>,
}

/// Rows, and whether answers stand alone or in an object.
struct Asked {
    rows: Rows,
    is_bare: bool,
}

#[derive(Debug, Deserialize)]
struct Split<'a> {
    #[serde(borrow)]
    columns: Vec<Name<'a>>,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Answers `/invocations`.
pub(in crate::protocol) fn invocations(call: &Call) -> Result<Done, Refusal> {
    let form = form::accepted(&call.headers, own_form(call))?;
    let asked = match Content::of(&call.headers)? {
        Content::Json => match plain(call) {
            Some(rows) => Asked { rows, is_bare: false },
            None => rows::tolerant(&call.body, &|text| read_json(call, text))?,
        },
        content => Asked {
            rows: content.rows(call)?,
            is_bare: false,
        },
    };
    let style = if asked.is_bare {
        Style::Bare
    } else {
        Style::Headless
    };
    let scored = scoring::score(&call.model, asked.rows, &call.options(0))?;
    Ok(Done {
        reply: form::write(form, style, &Answers::new(&scored, &Parts::OUTPUTS)?)?,
        scored,
        request: None,
    })
}

/// Lists of numbers under a name that takes them in the order of the inputs.
fn plain(call: &Call) -> Option<Rows> {
    let read = |key| rows::from_numbers(&call.model, &call.body, key, call.app.limits.max_rows);
    read("inputs").or_else(|| read("instances"))
}

/// The form of answers to those who take any: the platform's own, else JSON.
fn own_form(call: &Call) -> Form {
    let accept = call.app.platform.as_ref().and_then(Platform::accept);
    accept
        .and_then(|accept| Form::named(&accept.to_ascii_lowercase()))
        .unwrap_or(Form::Json)
}

fn read_json(call: &Call, text: &str) -> Result<Asked, Refusal> {
    let mut rows = RowsBuilder::new(&call.model, call.app.limits.max_rows);
    let order: Vec<Option<usize>> = (0..rows.n_inputs()).map(Some).collect();
    let either = Shape::Either(&order);
    let is_bare = match text.trim_start().as_bytes().first() {
        Some(b'[') => rows::rows_into(text, either, &mut rows).map(|()| false)?,
        Some(b'{') => read_object(text, either, &mut rows)?,
        _ => {
            return Err(Refusal::malformed(format!(
                "expected a list of rows, or an object with {FORMS}"
            )));
        }
    };
    Ok(Asked {
        rows: rows.finish()?,
        is_bare,
    })
}

fn read_object(text: &str, either: Shape<'_>, rows: &mut RowsBuilder<'_>) -> Result<bool, Refusal> {
    let body: Body<'_> = serde_json::from_str(text).map_err(Refusal::malformed)?;
    let Body {
        dataframe_split,
        dataframe_records,
        instances,
        inputs,
        input_data,
    } = body;
    match (dataframe_split, dataframe_records, instances, inputs, input_data) {
        (Some(split), None, None, None, None) => read_split(split.get(), rows)?,
        (None, Some(records), None, None, None) => rows::rows_into(records.get(), Shape::Object, rows)?,
        (None, None, Some(instances), None, None) => rows::rows_into(instances.get(), either, rows)?,
        (None, None, None, Some(inputs), None) => read_columns(inputs.get(), either, rows)?,
        (None, None, None, None, Some(data)) => {
            match is_split(data.get()) {
                true => read_split(data.get(), rows)?,
                false => read_columns(data.get(), either, rows)?,
            }
            return Ok(true);
        }
        _ => return Err(Refusal::malformed(format!("expected {FORMS}"))),
    }
    Ok(false)
}

fn read_columns(text: &str, either: Shape<'_>, rows: &mut RowsBuilder<'_>) -> Result<(), Refusal> {
    match rows::columns_into(text, rows)? {
        ColumnsForm::Columns => Ok(()),
        ColumnsForm::List => rows::rows_into(text, either, rows),
    }
}

fn is_split(text: &str) -> bool {
    text.starts_with('{') && serde_json::from_str::<Split<'_>>(text).is_ok()
}

fn read_split(text: &str, rows: &mut RowsBuilder<'_>) -> Result<(), Refusal> {
    if !text.starts_with('{') {
        return Err(Refusal::malformed(
            "expected `dataframe_split` to be an object with `columns` and `data`",
        ));
    }
    let split: Split<'_> = serde_json::from_str(text).map_err(Refusal::malformed)?;
    let positions: Vec<Option<usize>> = split.columns.iter().map(|name| rows.position(&name.0)).collect();
    positions
        .iter()
        .flatten()
        .for_each(|position| rows.name(*position));
    rows::rows_into(split.data.get(), Shape::List(&positions), rows)
}
