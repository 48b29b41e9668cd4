//! Input tensors, in JSON or behind it, become rows.

use super::datatype::{Datatype, push_text};
use crate::call::Call;
use crate::refusal::{Refusal, clip};
use crate::rows::{Column, RowsBuilder, cells_into};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use table::{Table, quoted_list};

/// An input as it stands in the request.
#[derive(Debug, Deserialize)]
pub(super) struct InputTensor<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    shape: Vec<i64>,
    #[serde(borrow)]
    datatype: Cow<'a, str>,
    parameters: Option<InputParameters>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct InputParameters {
    binary_data_size: Option<usize>,
}

/// The rows of a request: `tail` holds the bytes of binary inputs in their order.
pub(super) fn rows_of(call: &Call, inputs: &[InputTensor<'_>], tail: &[u8]) -> Result<Table, Refusal> {
    let mut rows = RowsBuilder::new(&call.model, call.limits.max_rows);
    let mut tail = tail;
    let mut first: Option<(&str, usize)> = None;
    for input in inputs {
        let position = rows
            .position(&input.name)
            .ok_or_else(|| unknown(call, &input.name))?;
        let n = n_rows(input, call.limits.max_rows)?;
        let (other, n_first) = *first.get_or_insert((&input.name, n));
        if n != n_first {
            let found = format!(
                "input `{}` has {n} rows, but `{other}` has {n_first}",
                clip(&input.name)
            );
            return Err(Refusal::Malformed { found });
        }
        fill(rows.whole_column(position)?, input, n, &mut tail)?;
    }
    if !tail.is_empty() {
        return Err(Refusal::malformed(format!(
            "{} bytes follow the last binary input",
            tail.len()
        )));
    }
    rows.finish()
}

/// The row of a raw request: the whole body is the one input.
pub(super) fn rows_of_raw(call: &Call) -> Result<Table, Refusal> {
    let [(name, kind)] = call.model.inputs.as_slice() else {
        return Err(Refusal::malformed(format!(
            "a raw request is only for models of one input, and this one has {}",
            call.model.inputs.len()
        )));
    };
    let datatype = Datatype::from_name(Datatype::name_of(*kind))?;
    let mut rows = RowsBuilder::new(&call.model, call.limits.max_rows);
    let column = rows.whole_column(0)?;
    match datatype.width() {
        Some(width) if call.body.len() == width => datatype.push_binary(column, &call.body)?,
        Some(width) => {
            let found = format!(
                "input `{name}` has {} bytes, expected the {width} of one row",
                call.body.len()
            );
            return Err(Refusal::Malformed { found });
        }
        None => push_text(column, &call.body)?,
    }
    rows.finish()
}

fn unknown(call: &Call, name: &str) -> Refusal {
    let known = quoted_list(call.model.inputs.iter().map(|(name, _)| name.as_str()), 30);
    Refusal::NoTensor {
        what: "input",
        name: clip(name),
        known,
    }
}

/// The rows that the shape says: `[n]` or `[n, 1]`.
fn n_rows(input: &InputTensor<'_>, max_rows: usize) -> Result<usize, Refusal> {
    let n = match input.shape.as_slice() {
        [n] | [n, 1] => usize::try_from(*n).ok(),
        _ => None,
    };
    match n {
        Some(n) if n <= max_rows => Ok(n),
        Some(_) => Err(Refusal::TooManyRows { limit: max_rows }),
        None => {
            let shape: Vec<i64> = input.shape.iter().copied().take(6).collect();
            let found = format!(
                "input `{}` has shape {shape:?}, expected [n_rows]",
                clip(&input.name)
            );
            Err(Refusal::Malformed { found })
        }
    }
}

fn fill(column: &mut Column, input: &InputTensor<'_>, n: usize, tail: &mut &[u8]) -> Result<(), Refusal> {
    let datatype = Datatype::from_name(&input.datatype)?;
    let differs = |found: &str| {
        Refusal::malformed(format!(
            "input `{}` has {found}, expected {n} as its shape says",
            clip(&input.name)
        ))
    };
    let binary_size = input
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.binary_data_size);
    match (input.data, binary_size) {
        (Some(data), None) => {
            let push = |column: &mut Column, cell: crate::rows::Cell<'_>| datatype.push_json(column, cell);
            cells_into(data.get(), column, n, &|| differs("more values"), &push)?;
        }
        (None, Some(size)) => {
            let (bytes, rest) = tail.split_at_checked(size).ok_or_else(|| {
                Refusal::malformed(format!(
                    "input `{}` has fewer than its {size} bytes",
                    clip(&input.name)
                ))
            })?;
            *tail = rest;
            // Sizes are compared before values are read, so that a wrong shape costs nothing.
            if datatype
                .width()
                .is_some_and(|width| width.checked_mul(n) != Some(size))
            {
                return Err(differs(&format!("{size} bytes of {}", input.datatype)));
            }
            datatype.push_binary(column, bytes)?;
        }
        _ => {
            let found = format!(
                "input `{}` needs either `data` or `binary_data_size`",
                clip(&input.name)
            );
            return Err(Refusal::Malformed { found });
        }
    }
    if column.len() == n {
        Ok(())
    } else {
        Err(differs(&format!("{} values", column.len())))
    }
}
