//! `/invocations`: rows in any of MLflow's forms in, one object of the bundle's outputs per row out.
//!
//! Columns are matched by name; those that the model does not know are not looked at. Rows given as lists without
//! names (`instances`, `inputs`) are in the order of the model's inputs. The first model listed answers.

use crate::body::media_type;
use crate::call::{Call, Done, Reply};
use crate::protocol::records;
use crate::refusal::{Refusal, clip};
use crate::rows::{self, ColumnsForm, RowsBuilder, Shape};
use crate::scoring;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use table::Table;

const FORMS: &str = "exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`";

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
    let scored = scoring::score(&call.model, read(call)?, &call.options(0))?;
    let mut body = b"{\"predictions\": ".to_vec();
    records::write_rows(&mut body, &scored)?;
    body.push(b'}');
    Ok(Done {
        reply: Reply::json(body),
        scored,
        request: None,
    })
}

fn read(call: &Call) -> Result<Table, Refusal> {
    let (media_type, parameters) = media_type(&call.headers);
    let known = parameters
        .iter()
        .all(|parameter| matches!(parameter.as_str(), "charset=utf-8" | "charset=\"utf-8\""));
    let (max_rows, max_bytes) = (call.limits.max_rows, call.limits.max_body_bytes);
    match media_type.as_str() {
        "application/json" if known => rows::tolerant(&call.body, &|text| read_json(call, text)),
        "text/csv" if known => rows::from_csv(&call.model, &call.body, max_rows),
        "application/vnd.apache.parquet" => rows::from_parquet(&call.model, &call.body, max_rows, max_bytes),
        _ => Err(Refusal::MediaType {
            found: clip(&[&[media_type][..], &parameters[..]].concat().join("; ")),
            expected: "application/json (charset=utf-8), text/csv or application/vnd.apache.parquet",
        }),
    }
}

fn read_json(call: &Call, text: &str) -> Result<Table, Refusal> {
    if !text.trim_start().starts_with('{') {
        return Err(Refusal::malformed(format!("expected an object with {FORMS}")));
    }
    let body: Body<'_> = serde_json::from_str(text).map_err(Refusal::malformed)?;
    let mut rows = RowsBuilder::new(&call.model, call.limits.max_rows);
    let order: Vec<Option<usize>> = (0..rows.n_inputs()).map(Some).collect();
    match (
        body.dataframe_split,
        body.dataframe_records,
        body.instances,
        body.inputs,
    ) {
        (Some(split), None, None, None) => read_split(split.get(), &mut rows)?,
        (None, Some(records), None, None) => rows::rows_into(records.get(), Shape::Object, &mut rows)?,
        (None, None, Some(instances), None) => {
            rows::rows_into(instances.get(), Shape::Either(&order), &mut rows)?
        }
        (None, None, None, Some(inputs)) => match rows::columns_into(inputs.get(), &mut rows)? {
            ColumnsForm::Columns => {}
            ColumnsForm::List => rows::rows_into(inputs.get(), Shape::Either(&order), &mut rows)?,
        },
        _ => return Err(Refusal::malformed(format!("expected {FORMS}"))),
    }
    rows.finish()
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
