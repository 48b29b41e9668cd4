//! A table in the forms of each protocol, made independently of the server's readers.

use serde_json::{Map, Value, json};
use table::arrow::array::{Array, AsArray};
use table::arrow::datatypes::{Float64Type, Int64Type};
use table::write::cell_text;
use table::{Kind, Table};

/// One cell as JSON.
pub fn cell(table: &Table, name: &str, row: usize) -> Value {
    let column = table.column(name).unwrap();
    let Some(text) = cell_text(column.as_ref(), row) else {
        return Value::Null;
    };
    match table.kind(name).unwrap() {
        Kind::Boolean => json!(text == "true"),
        Kind::Integer => json!(column.as_primitive::<Int64Type>().value(row)),
        Kind::Number => json!(column.as_primitive::<Float64Type>().value(row)),
        _ => json!(text),
    }
}

/// One row as an object.
pub fn record(table: &Table, row: usize) -> Value {
    Value::Object(
        table
            .names()
            .into_iter()
            .map(|name| (name.clone(), cell(table, &name, row)))
            .collect::<Map<_, _>>(),
    )
}

/// All rows as objects.
pub fn records(table: &Table) -> Value {
    (0..table.n_rows()).map(|row| record(table, row)).collect()
}

/// One column as a list.
pub fn column(table: &Table, name: &str) -> Value {
    (0..table.n_rows()).map(|row| cell(table, name, row)).collect()
}

pub fn datatype(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "BOOL",
        Kind::Integer => "INT64",
        Kind::Number => "FP64",
        _ => "BYTES",
    }
}

/// An inference request with JSON tensors.
pub fn tensors(table: &Table) -> Value {
    let input = |(name, kind): (String, Kind)| json!({ "name": name, "shape": [table.n_rows()], "datatype": datatype(kind), "data": column(table, &name) });
    json!({ "inputs": table.columns().into_iter().map(input).collect::<Value>() })
}

/// An inference request with binary tensors: its body and the length of the JSON in front. Missing truths and
/// whole numbers have no binary form, so that those columns stay JSON where they have gaps.
pub fn binary(table: &Table) -> (Vec<u8>, usize) {
    let (mut inputs, mut tail) = (Vec::new(), Vec::new());
    for (name, kind) in table.columns() {
        let cells = table.column(&name).unwrap();
        let mut input = json!({ "name": name, "shape": [table.n_rows()], "datatype": datatype(kind) });
        if matches!(kind, Kind::Boolean | Kind::Integer) && 0 < cells.null_count() {
            input["data"] = column(table, &name);
        } else {
            let before = tail.len();
            for row in 0..cells.len() {
                match kind {
                    Kind::Boolean => tail.push(u8::from(cells.as_boolean().value(row))),
                    Kind::Integer => tail.extend(cells.as_primitive::<Int64Type>().value(row).to_le_bytes()),
                    Kind::Number if cells.is_null(row) => tail.extend(f64::NAN.to_le_bytes()),
                    Kind::Number => tail.extend(cells.as_primitive::<Float64Type>().value(row).to_le_bytes()),
                    _ => {
                        let text = cell_text(cells.as_ref(), row).unwrap_or_default();
                        tail.extend((text.len() as u32).to_le_bytes());
                        tail.extend(text.as_bytes());
                    }
                }
            }
            input["parameters"] = json!({ "binary_data_size": tail.len() - before });
        }
        inputs.push(input);
    }
    let head = json!({ "inputs": inputs, "parameters": { "binary_data_output": true } })
        .to_string()
        .into_bytes();
    let length = head.len();
    ([head, tail].concat(), length)
}

/// The values of an output of an inference answer in JSON.
pub fn output(answer: &Value, name: &str) -> Vec<Value> {
    let outputs = answer["outputs"].as_array().unwrap();
    let output = outputs
        .iter()
        .find(|output| output["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {answer}"));
    output["data"].as_array().unwrap().clone()
}

/// Numbers as bits.
pub fn bits(values: &[Value]) -> Vec<u64> {
    values
        .iter()
        .map(|value| value.as_f64().unwrap().to_bits())
        .collect()
}
