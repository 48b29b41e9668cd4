//! Rows as separated values.

use super::inputs::{inputs_of, is_temporal, refusal_of};
use crate::models::Loaded;
use crate::refusal::Refusal;
use table::Table;
use table::read::{Format, Options};

/// Rows of comma-separated values, with a header or in the order of the model's inputs.
pub(crate) fn from_csv(model: &Loaded, body: &[u8], max_rows: usize) -> Result<Table, Refusal> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let headed = header_for(model, body).map(|header| [header.as_bytes(), body].concat());
    let body = headed.as_deref().unwrap_or(body);
    let options = Options {
        separator: Some(b','.into()),
        encoding: Some("utf-8".to_owned()),
        // Days and times are converted afterwards, so that either stands for the other.
        kinds: model
            .inputs
            .iter()
            .filter(|(_, kind)| !is_temporal(*kind))
            .cloned()
            .collect(),
        ..Options::plain()
    };
    let read = table::read::from_bytes(body, Format::Csv, "the body", &options).map_err(refusal_of)?;
    inputs_of(model, &read, max_rows)
}

/// A header for values that come without one, as SageMaker sends them: as many as there are inputs, none of them the name
/// of one. Texts alone that look like names are a header with slips, which the reader of files refuses.
fn header_for(model: &Loaded, body: &[u8]) -> Option<String> {
    let names = || model.inputs.iter().map(|(name, _)| name.as_str());
    let (cells, end) = first_record(body, model.inputs.len())?;
    let is_text = |cell: &String| cell.trim().parse::<f64>().is_err() && !cell.trim().is_empty();
    let is_slip = |cell: &String| {
        names().any(|name| name.eq_ignore_ascii_case(cell.trim()))
            || table::nearest(cell.trim(), names()).is_some()
    };
    let is_name = |cell: &String| model.input_positions.contains_key(cell.trim());
    if cells.iter().any(is_name) || (cells.iter().all(is_text) && cells.iter().any(is_slip)) {
        return None;
    }
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    Some(names().map(quoted).collect::<Vec<_>>().join(",") + end)
}

/// The cells of the first record and how its line ends; `None` unless there are exactly `n_cells`. Bytes that are not UTF-8
/// are left to the reader to refuse.
fn first_record(body: &[u8], n_cells: usize) -> Option<(Vec<String>, &'static str)> {
    let (mut cells, mut is_quoted, mut end) = (vec![Vec::new()], false, "\n");
    for (at, byte) in body.iter().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted && cells.len() == n_cells => return None,
            b',' if !is_quoted => cells.push(Vec::new()),
            b'\r' if !is_quoted => {
                end = if body.get(at + 1) == Some(&b'\n') {
                    "\r\n"
                } else {
                    "\r"
                };
                break;
            }
            b'\n' if !is_quoted => break,
            byte => cells.last_mut().into_iter().for_each(|cell| cell.push(*byte)),
        }
    }
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| String::from_utf8_lossy(cell).into_owned())
        .collect();
    (cells.len() == n_cells).then_some((cells, end))
}
