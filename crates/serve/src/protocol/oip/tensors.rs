//! Input tensors, in JSON, behind it or in protobuf, become rows.

use super::datatype::{Datatype, push_text};
use super::grpc::typed;
use crate::call::Call;
use crate::refusal::{Refusal, clip};
use crate::rows::{Column, Rows, RowsBuilder, cells_into};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use table::quoted_list;

/// An input of a request, over HTTP or gRPC.
#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) name: &'a str,
    pub(super) datatype: &'a str,
    pub(super) shape: &'a [i64],
    pub(super) values: Values<'a>,
}

/// The values of an input in the form in which they came.
#[derive(Clone, Copy, Debug)]
pub(super) enum Values<'a> {
    Json(&'a RawValue),
    /// Little-endian and without padding, texts behind their lengths.
    Binary(&'a [u8]),
    /// A message `InferTensorContents`.
    Typed(&'a [u8]),
}

/// An input as it stands in JSON.
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

/// The inputs of a JSON request: `tail` holds the bytes of binary ones in their order.
pub(super) fn of_json<'a>(inputs: &'a [InputTensor<'a>], tail: &'a [u8]) -> Result<Vec<Input<'a>>, Refusal> {
    let mut tail = tail;
    let read = |input: &'a InputTensor<'a>| {
        Ok(Input {
            name: &input.name,
            datatype: &input.datatype,
            shape: &input.shape,
            values: values_of(input, &mut tail)?,
        })
    };
    let inputs = inputs.iter().map(read).collect::<Result<_, _>>()?;
    if tail.is_empty() {
        return Ok(inputs);
    }
    Err(Refusal::malformed(format!(
        "{} bytes follow the last binary input",
        tail.len()
    )))
}

fn values_of<'a>(input: &'a InputTensor<'a>, tail: &mut &'a [u8]) -> Result<Values<'a>, Refusal> {
    let fault = |found: String| Refusal::malformed(format!("input `{}` {found}", clip(&input.name)));
    let parameters = input.parameters.as_ref();
    match (
        input.data,
        parameters.and_then(|parameters| parameters.binary_data_size),
    ) {
        (Some(data), None) => Ok(Values::Json(data)),
        (None, Some(size)) => {
            let (bytes, rest) = tail
                .split_at_checked(size)
                .ok_or_else(|| fault(format!("has fewer than its {size} bytes")))?;
            *tail = rest;
            Ok(Values::Binary(bytes))
        }
        _ => Err(fault("needs either `data` or `binary_data_size`".to_owned())),
    }
}

/// The rows of a request.
pub(super) fn rows_of(call: &Call, inputs: &[Input<'_>]) -> Result<Rows, Refusal> {
    let mut rows = RowsBuilder::new(&call.model, call.app.limits.max_rows);
    let mut first: Option<(&str, usize)> = None;
    for input in inputs {
        let position = rows
            .position(input.name)
            .ok_or_else(|| unknown(call, input.name))?;
        let n = n_rows(input, call.app.limits.max_rows)?;
        let (other, n_first) = *first.get_or_insert((input.name, n));
        if n != n_first {
            let found = format!(
                "input `{}` has {n} rows, but `{other}` has {n_first}",
                clip(input.name)
            );
            return Err(Refusal::Malformed { found });
        }
        fill(rows.whole_column(position)?, input, n)?;
    }
    rows.finish()
}

/// The row of a raw request: the whole body is the one input.
pub(super) fn rows_of_raw(call: &Call) -> Result<Rows, Refusal> {
    let [(name, kind)] = call.model.inputs.as_slice() else {
        return Err(Refusal::malformed(format!(
            "a raw request is only for models of one input, and this one has {}",
            call.model.inputs.len()
        )));
    };
    let datatype = Datatype::from_name(Datatype::name_of(*kind))?;
    let mut rows = RowsBuilder::new(&call.model, call.app.limits.max_rows);
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
fn n_rows(input: &Input<'_>, max_rows: usize) -> Result<usize, Refusal> {
    let n = match input.shape {
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
                clip(input.name)
            );
            Err(Refusal::Malformed { found })
        }
    }
}

fn fill(column: &mut Column<'_>, input: &Input<'_>, n: usize) -> Result<(), Refusal> {
    let datatype = Datatype::from_name(input.datatype)?;
    let differs = |found: &str| {
        Refusal::malformed(format!(
            "input `{}` has {found}, expected {n} as its shape says",
            clip(input.name)
        ))
    };
    match input.values {
        Values::Json(data) => {
            let push =
                |column: &mut Column<'_>, cell: crate::rows::Cell<'_>| datatype.push_json(column, cell);
            cells_into(data.get(), column, n, &|| differs("more values"), &push)?;
        }
        Values::Binary(bytes) => {
            // Sizes are compared before values are read, so that a wrong shape costs nothing.
            if datatype
                .width()
                .is_some_and(|width| width.checked_mul(n) != Some(bytes.len()))
            {
                return Err(differs(&format!("{} bytes of {}", bytes.len(), input.datatype)));
            }
            datatype.push_binary(column, bytes)?;
        }
        Values::Typed(contents) => {
            typed::push(datatype, column, contents, n, &|| differs("more values"))?;
        }
    }
    if column.len() == n {
        Ok(())
    } else {
        Err(differs(&format!("{} values", column.len())))
    }
}
