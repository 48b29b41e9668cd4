//! Rows in binary tensors, behind JSON and in protobuf.

use super::json::behind;
use super::{Seed, cell_text};
use crate::targets::framed;
use flate2::Compression;
use flate2::read::GzEncoder;
use table::{Kind, Table};

/// The data type of a column in the Open Inference Protocol.
pub(super) fn datatype(rows: &Table, name: &str) -> &'static str {
    match rows.kind(name) {
        Some(Kind::Integer) => "INT64",
        Some(Kind::Number) => "FP64",
        Some(Kind::Boolean) => "BOOL",
        _ => "BYTES",
    }
}

/// A column as raw bytes: little-endian numbers, texts behind their lengths.
fn raw(rows: &Table, name: &str) -> Vec<u8> {
    let cells = rows.column(name).expect("a column of the rows");
    let mut bytes = Vec::new();
    for row in 0..rows.n_rows() {
        let text = cell_text(cells.as_ref(), row).unwrap_or_default();
        match datatype(rows, name) {
            "INT64" => bytes.extend(text.parse::<i64>().unwrap_or(0).to_le_bytes()),
            "FP64" => bytes.extend(text.parse::<f64>().unwrap_or(f64::NAN).to_le_bytes()),
            "BOOL" => bytes.push(u8::from(text == "true")),
            _ => {
                bytes.extend((text.len() as u32).to_le_bytes());
                bytes.extend(text.bytes());
            }
        }
    }
    bytes
}

pub(super) fn wire(rows: &Table) -> Vec<Seed> {
    let (mut headers, mut tail) = (Vec::new(), Vec::new());
    for name in rows.names() {
        let bytes = raw(rows, &name);
        let datatype = datatype(rows, &name);
        headers.push(format!("{{\"name\":\"{name}\",\"shape\":[{}],\"datatype\":\"{datatype}\",\"parameters\":{{\"binary_data_size\":{}}}}}", rows.n_rows(), bytes.len()));
        tail.extend(bytes);
    }
    let json = format!(
        "{{\"inputs\":[{}],\"parameters\":{{\"binary_data_output\":true}}}}",
        headers.join(",")
    );
    let binary = [&(json.len() as u16).to_le_bytes(), json.as_bytes(), &tail].concat();
    let (raw, typed) = (message(rows, true), message(rows, false));
    let twice = [framed(&raw), framed(&typed)].concat();
    let mut zipped = vec![1];
    let packed = behind(0, GzEncoder::new(raw.as_slice(), Compression::fast())).split_off(1);
    zipped.extend((packed.len() as u32).to_be_bytes());
    zipped.extend(packed);
    let named = field(1, b"churn");
    let small = |which: u8, message: &[u8]| [&[which], message].concat();
    vec![
        ("oip_binary", "tensors", binary),
        (
            "oip_binary",
            "raw-body",
            [&[0, 0], &1.5_f64.to_le_bytes()[..]].concat(),
        ),
        ("grpc_message", "raw", raw.clone()),
        ("grpc_message", "typed", typed),
        ("grpc_frames", "one", behind(0, framed(&raw).as_slice())),
        ("grpc_frames", "stream", behind(1, twice.as_slice())),
        ("grpc_frames", "gzip", behind(0, zipped.as_slice())),
        ("grpc_small", "live", small(0, b"")),
        ("grpc_small", "server", small(1, b"")),
        ("grpc_small", "ready", small(2, &named)),
        (
            "grpc_small",
            "metadata",
            small(3, &[named.clone(), field(2, b"1")].concat()),
        ),
        ("grpc_small", "config", small(4, &named)),
        ("grpc_small", "statistics", small(5, &named)),
        ("grpc_small", "index", small(6, &[0x10, 1])),
        ("grpc_small", "load", small(7, &field(2, b"churn"))),
        ("grpc_small", "health", small(8, &named)),
        (
            "grpc_small",
            "reflection",
            small(9, &field(4, b"inference.GRPCInferenceService")),
        ),
    ]
}

/// A field of bytes in protobuf's wire format.
fn field(number: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut length = value.len();
    while 0x80 <= length {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(value);
    bytes
}

/// A `ModelInferRequest` of the rows, raw or in typed contents.
fn message(rows: &Table, is_raw: bool) -> Vec<u8> {
    let mut bytes = [field(1, b"churn"), field(3, b"id")].concat();
    for name in rows.names() {
        let mut input = [
            field(1, name.as_bytes()),
            field(2, datatype(rows, &name).as_bytes()),
        ]
        .concat();
        input.extend(field(3, &[rows.n_rows() as u8]));
        if !is_raw {
            input.extend(field(5, &contents(rows, &name)));
        }
        bytes.extend(field(5, &input));
    }
    if is_raw {
        rows.names()
            .iter()
            .for_each(|name| bytes.extend(field(7, &raw(rows, name))));
    }
    bytes
}

/// An `InferTensorContents` of a column.
fn contents(rows: &Table, name: &str) -> Vec<u8> {
    let cells = rows.column(name).expect("a column of the rows");
    let texts = (0..rows.n_rows()).map(|row| cell_text(cells.as_ref(), row).unwrap_or_default());
    match datatype(rows, name) {
        "INT64" => field(
            3,
            &texts
                .map(|text| text.parse().unwrap_or(0_u8) & 0x7F)
                .collect::<Vec<u8>>(),
        ),
        "FP64" => field(7, &raw(rows, name)),
        "BOOL" => field(
            1,
            &texts.map(|text| u8::from(text == "true")).collect::<Vec<u8>>(),
        ),
        _ => texts.flat_map(|text| field(8, text.as_bytes())).collect(),
    }
}
