//! Rows in JSON, in the words of each protocol.

use super::wire::datatype;
use super::{Seed, cell, each, list, object};
use flate2::Compression;
use flate2::read::{GzEncoder, ZlibEncoder};
use std::io::Read;
use table::Table;

pub(super) fn json(rows: &Table) -> Vec<Seed> {
    let (objects, lists) = (each(rows, object), each(rows, list));
    let names = serde_json::to_string(&rows.names()).expect("texts are JSON");
    let native = format!("{{\"rows\":[{objects}],\"decision\":true,\"broken\":true}}");
    let lines = (0..rows.n_rows())
        .map(|row| object(rows, row) + "\n")
        .collect::<String>();
    let of_lists = (0..rows.n_rows())
        .map(|row| format!("{{\"features\":{}}}\n", list(rows, row)))
        .collect::<String>();
    let split = format!("{{\"columns\":{names},\"data\":[{lists}]}}");
    let mut seeds: Vec<(&str, &str, String)> = vec![
        ("native_json", "rows", native.clone()),
        (
            "native_json",
            "lists",
            format!("{{\"rows\":[{lists}],\"reasons\":2}}"),
        ),
        (
            "native_json",
            "instances",
            format!("{{\"instances\":[{objects}]}}"),
        ),
        (
            "native_json",
            "bare",
            format!("{{\"instances\":[{}]}}", lists.replacen("null", "NaN", 2)),
        ),
        ("explain_json", "rows", native.clone()),
        (
            "explain_json",
            "instances",
            format!("{{\"instances\":[{lists}],\"n_reasons\":4}}"),
        ),
        ("mlflow_json", "split", format!("{{\"dataframe_split\":{split}}}")),
        (
            "mlflow_json",
            "records",
            format!("{{\"dataframe_records\":[{objects}]}}"),
        ),
        ("mlflow_json", "instances", format!("{{\"instances\":[{lists}]}}")),
        ("mlflow_json", "list", format!("[{lists}]")),
        ("mlflow_json", "input_data", format!("{{\"input_data\":{split}}}")),
        (
            "mlflow_json",
            "inputs",
            format!("{{\"inputs\":{{{}}}}}", by_column(rows)),
        ),
        (
            "oip_json",
            "rows",
            format!("{{\"id\":\"a\",\"inputs\":[{}]}}", tensors(rows)),
        ),
        (
            "oip_json",
            "outputs",
            format!(
                "{{\"inputs\":[{}],\"outputs\":[{{\"name\":\"probability\",\"parameters\":{{\"binary_data\":true}}}},{{\"name\":\"reasons\"}}],\"parameters\":{{\"n_reasons\":2}}}}",
                tensors(rows)
            ),
        ),
        ("lines", "objects", lines.clone()),
        ("lines", "features", of_lists),
        ("lines_flow", "objects", lines.repeat(6)),
        ("table_lines", "objects", lines),
        (
            "table_lines",
            "mixed",
            "{\"a\":1,\"b\":\"x\"}\n{\"b\":null,\"c\":[1,{}]}\n{\"a\":1.5}\n".to_owned(),
        ),
    ];
    let mut packed: Vec<Seed> = seeds
        .drain(..)
        .map(|(target, name, text)| (target, name, text.into_bytes()))
        .collect();
    packed.push((
        "encoded",
        "gzip",
        behind(0, GzEncoder::new(native.as_bytes(), Compression::fast())),
    ));
    packed.push((
        "encoded",
        "deflate",
        behind(1, ZlibEncoder::new(native.as_bytes(), Compression::fast())),
    ));
    packed.push(("encoded", "identity", behind(2, native.as_bytes())));
    packed
}

pub(super) fn behind(first: u8, mut rest: impl Read) -> Vec<u8> {
    let mut bytes = vec![first];
    rest.read_to_end(&mut bytes).expect("memory is read");
    bytes
}

/// `"name":[cells]`, column after column.
fn by_column(rows: &Table) -> String {
    let column = |name: String| format!("\"{name}\":[{}]", each(rows, |rows, row| cell(rows, &name, row)));
    rows.names().into_iter().map(column).collect::<Vec<_>>().join(",")
}

fn tensors(rows: &Table) -> String {
    let tensor = |name: String| {
        let cells = each(rows, |rows, row| cell(rows, &name, row));
        let datatype = datatype(rows, &name);
        format!(
            "{{\"name\":\"{name}\",\"shape\":[{}],\"datatype\":\"{datatype}\",\"data\":[{cells}]}}",
            rows.n_rows()
        )
    };
    rows.names().into_iter().map(tensor).collect::<Vec<_>>().join(",")
}
