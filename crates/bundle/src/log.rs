//! The prediction log: what a service saw and said, as a table. Written by `serve`, read by `monitor`.
//!
//! A row holds the time, the request, the bundle, the raw inputs that are not private, the first margin, the
//! probability or prediction, the decision, and what of the contract was broken.

use crate::{Bundle, BundleError, Scores, Task};
use prepare::contract::Action;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Float64Array, StringArray, TimestampMicrosecondArray};
use table::{Table, segment};

/// The names in front of the inputs; inputs follow with [`INPUT_PREFIX`].
const INPUT_PREFIX: &str = "in.";

/// The log's name of an input column.
pub fn input_name(column: &str) -> String {
    format!("{INPUT_PREFIX}{column}")
}

/// One request's rows as a table for the log.
///
/// `rows` are the raw rows scored, `now_micros` the time of the answer, `request` its identifier.
///
/// # Errors
/// [`BundleError`] if the scores are not those of the rows.
pub fn record(
    bundle: &Bundle,
    rows: &Table,
    scores: &Scores,
    now_micros: i64,
    request: &str,
) -> Result<Table, BundleError> {
    let n = scores.n_rows;
    let first_margins: Vec<f64> = scores
        .margins
        .iter()
        .step_by(scores.n_outputs.max(1))
        .copied()
        .collect();
    let answers: Vec<f64> = match &bundle.task {
        Task::Regression { .. } => scores.predictions.clone(),
        Task::Binary { .. } => scores.probabilities.clone(),
        Task::Classes { classes, .. } => scores
            .probabilities
            .chunks_exact(classes.len())
            .zip(&scores.decisions)
            .map(|(row, class)| row[*class as usize])
            .collect(),
    };
    let classes = bundle.task.classes();
    let decisions = (0..n).map(|row| {
        scores
            .decisions
            .get(row)
            .and_then(|class| classes.get(*class as usize))
            .copied()
    });
    let broken = scores.report.reasons(Action::Flag);
    let repeat =
        |text: &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, n))) };
    let mut columns: Vec<(String, ArrayRef)> = vec![
        (
            "time".to_owned(),
            Arc::new(TimestampMicrosecondArray::from(vec![now_micros; n])),
        ),
        ("request".to_owned(), repeat(request)),
        ("bundle".to_owned(), repeat(&bundle.hash().to_hex())),
        ("margin".to_owned(), Arc::new(Float64Array::from(first_margins))),
        ("answer".to_owned(), Arc::new(Float64Array::from(answers))),
        (
            "decision".to_owned(),
            Arc::new(decisions.collect::<StringArray>()),
        ),
        (
            "broken".to_owned(),
            Arc::new((0..n).map(|row| broken.get(&row)).collect::<StringArray>()),
        ),
    ];
    for input in bundle
        .recipe
        .inputs
        .iter()
        .filter(|input| !bundle.private.contains(&input.name))
    {
        columns.push((input_name(&input.name), rows.column(&input.name)?));
    }
    Ok(Table::new(columns)?)
}

/// The segments and compacted files of a log folder, oldest first.
///
/// # Errors
/// [`BundleError::Table`] if the folder cannot be listed.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, BundleError> {
    let fail = |source| table::TableError::File {
        action: "list",
        path: folder.to_owned(),
        source,
    };
    let entries = std::fs::read_dir(folder).map_err(fail)?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_log_file(path))
        .collect();
    paths.sort();
    Ok(paths)
}

fn is_log_file(path: &Path) -> bool {
    matches!(
        path.extension().and_then(|ending| ending.to_str()),
        Some("seg" | "parquet")
    ) && !path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// All rows of one file of the log; a torn tail after a kill is left out.
///
/// # Errors
/// [`BundleError::Table`] if the file is not a log.
pub fn read(path: &Path) -> Result<Vec<Table>, BundleError> {
    if path.extension().is_some_and(|ending| ending == "parquet") {
        return Ok(vec![
            table::read::open(path, &table::read::Options::default())?.table,
        ]);
    }
    Ok(segment::read(path)?.tables)
}

/// Turns a finished segment into a Parquet file beside it and removes the segment.
///
/// # Errors
/// [`BundleError::Table`]; the segment stays then.
pub fn compact(segment_path: &Path) -> Result<Option<PathBuf>, BundleError> {
    let tables = segment::read(segment_path)?.tables;
    let remove = |source| table::TableError::File {
        action: "remove",
        path: segment_path.to_owned(),
        source,
    };
    if tables.is_empty() {
        std::fs::remove_file(segment_path).map_err(remove)?;
        return Ok(None);
    }
    let path = segment_path.with_extension("parquet");
    table::write::save(&Table::concat(&tables)?, &path)?;
    std::fs::remove_file(segment_path).map_err(remove)?;
    Ok(Some(path))
}
