//! Valid requests and files, from which mutation begins: the golden rows of a kept bundle in every form.

mod files;
mod json;
mod texts;
mod wire;

use crate::targets::bundle_path;
use bundle::{Bundle, ScoreOptions};
use table::write::cell_text;
use table::{Kind, Table};

/// A seed: the target, the seed's name, the bytes.
pub type Seed = (&'static str, &'static str, Vec<u8>);

/// All of them; the same each time.
pub fn all() -> Vec<Seed> {
    let rows = rows("v1/churn");
    let mut seeds = Vec::new();
    seeds.extend(json::json(&rows));
    seeds.extend(wire::wire(&rows));
    seeds.extend(files::columnar(&rows));
    seeds.extend(texts::plain());
    seeds.extend(files::files(&rows));
    #[cfg(not(feature = "project"))]
    seeds.retain(|(target, ..)| *target != "project_file");
    seeds
}

/// The first golden rows of a bundle that keep its contract, at most three.
fn rows(name: &str) -> Table {
    let bundle = Bundle::load(&bundle_path(name)).expect("a kept bundle");
    let rows = bundle.golden_rows().expect("checked when it was loaded");
    let scores = bundle.score(&rows, &ScoreOptions::default());
    let kept = scores.expect("golden rows are rows").kept();
    let kept: Vec<usize> = (0..rows.n_rows()).filter(|row| kept[*row]).take(3).collect();
    rows.take(&kept).expect("rows of the table")
}

/// A cell as JSON has it.
fn cell(rows: &Table, name: &str, row: usize) -> String {
    let cells = rows.column(name).expect("a column of the rows");
    let is_text = matches!(rows.kind(name), Some(Kind::Text | Kind::Date | Kind::Time));
    match cell_text(cells.as_ref(), row) {
        None => "null".to_owned(),
        Some(text) if is_text => serde_json::Value::from(text).to_string(),
        Some(text) => text,
    }
}

fn object(rows: &Table, row: usize) -> String {
    let fields = rows
        .names()
        .into_iter()
        .map(|name| format!("\"{name}\":{}", cell(rows, &name, row)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

fn list(rows: &Table, row: usize) -> String {
    let cells = rows.names().into_iter().map(|name| cell(rows, &name, row));
    format!("[{}]", cells.collect::<Vec<_>>().join(","))
}

/// `one` for every row, between commas.
fn each(rows: &Table, one: impl Fn(&Table, usize) -> String) -> String {
    (0..rows.n_rows())
        .map(|row| one(rows, row))
        .collect::<Vec<_>>()
        .join(",")
}
