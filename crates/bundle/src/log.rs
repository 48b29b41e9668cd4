//! The prediction log: what a service saw and said, as a table. Written by `serve`, read by `monitor`.
//!
//! A row holds the time, the request, the bundle, the raw inputs that are not private, the first margin, the
//! probability or prediction, the decision, and what of the contract was broken.

use crate::{Bundle, BundleError, Scores, Task};
use prepare::contract::Action;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use table::{Table, segment};

/// The beginning of the names of files about refused requests.
const REFUSED_PREFIX: &str = "refused-";
/// The names in front of the inputs; inputs follow with [`INPUT_PREFIX`].
const INPUT_PREFIX: &str = "in.";

/// The log's name of an input column.
pub fn input_name(column: &str) -> String {
    format!("{INPUT_PREFIX}{column}")
}

/// What was told of rows in two columns, whatever the task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told<'a> {
    /// The probability of the positive or decided class, or the prediction; of quantiles the one nearest to the median.
    pub answers: Vec<f64>,
    /// The class decided; `None` where nothing is decided.
    pub decisions: Vec<Option<&'a str>>,
}

/// What `scores` told of their rows.
pub fn told<'a>(task: &'a Task, scores: &Scores) -> Told<'a> {
    let classes = task.classes();
    let class = |row: usize| classes.get(*scores.decisions.get(row)? as usize).copied();
    Told {
        answers: answers_of(task, scores),
        decisions: (0..scores.n_rows).map(class).collect(),
    }
}

fn answers_of(task: &Task, scores: &Scores) -> Vec<f64> {
    match task {
        Task::Regression { .. } | Task::Ranking { .. } | Task::Anomaly => scores.predictions.clone(),
        // The level nearest to the median.
        Task::Quantiles { levels, .. } => {
            let apart = |level: usize| (levels[level] - 0.5).abs();
            let middle = (0..levels.len()).min_by(|a, b| apart(*a).total_cmp(&apart(*b)));
            scores
                .predictions
                .chunks_exact(levels.len())
                .map(|row| row[middle.unwrap_or(0)])
                .collect()
        }
        Task::Binary { .. } => scores.probabilities.clone(),
        Task::Classes { classes, .. } => scores
            .probabilities
            .chunks_exact(classes.len())
            .zip(&scores.decisions)
            .map(|(row, class)| row[*class as usize])
            .collect(),
    }
}

/// What was said of one request's rows.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The scores of its rows.
    pub scores: &'a Scores,
    /// When it was answered, in microseconds since 1970-01-01 UTC.
    pub time_micros: i64,
    /// Its identifier.
    pub request: &'a str,
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
    let answered = Answered {
        scores,
        time_micros: now_micros,
        request,
    };
    records(bundle, rows, &[answered])
}

/// As [`record`], of several requests, whose rows stand one behind the other.
///
/// # Errors
/// As [`record`].
pub fn records(bundle: &Bundle, rows: &Table, answered: &[Answered<'_>]) -> Result<Table, BundleError> {
    let told: Vec<Told<'_>> = answered
        .iter()
        .map(|one| told(&bundle.task, one.scores))
        .collect();
    let n_rows = |one: &Answered<'_>| one.scores.n_rows;
    let margins = answered.iter().flat_map(|one| {
        let width = one.scores.n_outputs.max(1);
        one.scores.margins.iter().step_by(width).copied()
    });
    let times = answered
        .iter()
        .flat_map(|one| std::iter::repeat_n(one.time_micros, n_rows(one)));
    let requests: Vec<&str> = answered
        .iter()
        .flat_map(|one| std::iter::repeat_n(one.request, n_rows(one)))
        .collect();
    let hash = bundle.hash().to_hex();
    let n_all: usize = answered.iter().map(n_rows).sum();
    let hashes = std::iter::repeat_n(hash.as_str(), n_all);
    let answers = told.iter().flat_map(|told| told.answers.iter().copied());
    let decisions = told.iter().flat_map(|told| told.decisions.iter().copied());
    let mut columns: Vec<(String, ArrayRef)> = vec![
        (
            "time".to_owned(),
            Arc::new(TimestampMicrosecondArray::from_iter_values(times)),
        ),
        (
            "request".to_owned(),
            Arc::new(StringArray::from_iter_values(requests)),
        ),
        (
            "bundle".to_owned(),
            Arc::new(StringArray::from_iter_values(hashes)),
        ),
        (
            "margin".to_owned(),
            Arc::new(Float64Array::from_iter_values(margins)),
        ),
        (
            "answer".to_owned(),
            Arc::new(Float64Array::from_iter_values(answers)),
        ),
        (
            "decision".to_owned(),
            Arc::new(decisions.collect::<StringArray>()),
        ),
        ("broken".to_owned(), Arc::new(broken(answered))),
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

/// What of the contract each row broke.
fn broken(answered: &[Answered<'_>]) -> StringArray {
    let of_one = |one: &Answered<'_>| {
        let mut broken = one.scores.report.reasons(Action::Flag);
        (0..one.scores.n_rows)
            .map(|row| broken.remove(&row))
            .collect::<Vec<Option<String>>>()
    };
    answered.iter().flat_map(of_one).collect()
}

/// A request that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// When, in microseconds since 1970-01-01 UTC.
    pub time_micros: i64,
    /// The request's identifier.
    pub request: String,
    /// The hash of the bundle asked.
    pub bundle: String,
    /// Why, without any value of the request.
    pub reason: String,
    /// The rows to blame, at least 1.
    pub n_rows: u64,
}

/// Refused requests as a table for the log.
///
/// # Errors
/// [`BundleError::Table`].
pub fn refusals(refused: &[Refused]) -> Result<Table, BundleError> {
    let text = |of: fn(&Refused) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(refused.iter().map(of)))
    };
    let times = refused.iter().map(|refused| refused.time_micros);
    let rows = refused.iter().map(|refused| refused.n_rows as i64);
    Ok(Table::new(vec![
        (
            "time".to_owned(),
            Arc::new(TimestampMicrosecondArray::from_iter_values(times)) as ArrayRef,
        ),
        ("request".to_owned(), text(|refused| &refused.request)),
        ("bundle".to_owned(), text(|refused| &refused.bundle)),
        ("reason".to_owned(), text(|refused| &refused.reason)),
        ("n_rows".to_owned(), Arc::new(Int64Array::from_iter_values(rows))),
    ])?)
}

/// The name of a segment that `start_micros` and `number` make unlike any other: of answers, or of refusals.
pub fn segment_name(bundle: &str, start_micros: i64, number: u64, is_about_refusals: bool) -> String {
    let prefix = if is_about_refusals { REFUSED_PREFIX } else { "" };
    format!("{prefix}{bundle}-{start_micros:016}-{number:06}.seg")
}

/// All answers that a log folder holds, oldest file first, each once while segments are being compacted.
///
/// # Errors
/// [`BundleError::Table`] if the folder cannot be listed, or a file is not a log.
pub fn answers(folder: &Path) -> Result<Vec<Table>, BundleError> {
    read_all(&files(folder)?)
}

/// As [`answers`], of refused requests: the columns of [`refusals`].
///
/// # Errors
/// As [`answers`].
pub fn refused(folder: &Path) -> Result<Vec<Table>, BundleError> {
    read_all(&files_of(folder, true)?)
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<Table>, BundleError> {
    let mut tables = Vec::new();
    for path in paths {
        match read(path) {
            Err(BundleError::Table(table::TableError::File { source, .. }))
                if source.kind() == ErrorKind::NotFound =>
            {
                // It became Parquet since the folder was listed, or held nothing.
                let compacted = path.with_extension("parquet");
                if compacted.is_file() {
                    tables.extend(read(&compacted)?);
                }
            }
            found => tables.extend(found?),
        }
    }
    Ok(tables)
}

/// The segments and compacted files of answers in a log folder, oldest first; a segment whose compacted file stands beside
/// it is left out.
///
/// # Errors
/// [`BundleError::Table`] if the folder cannot be listed.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, BundleError> {
    files_of(folder, false)
}

fn files_of(folder: &Path, about_refusals: bool) -> Result<Vec<PathBuf>, BundleError> {
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(REFUSED_PREFIX) == about_refusals
    };
    let fail = |source| table::TableError::File {
        action: "list",
        path: folder.to_owned(),
        source,
    };
    let entries = std::fs::read_dir(folder).map_err(fail)?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_log_file(path))
        .filter(is_ours)
        .collect();
    paths.sort();
    // A kill between the writing of the one and the removal of the other leaves both.
    let is_compacted = |path: &PathBuf| {
        path.extension().is_some_and(|ending| ending == "seg") && path.with_extension("parquet").is_file()
    };
    paths.retain(|path| !is_compacted(path));
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
            table::read::open(path, &table::read::Options::plain())?.table,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn segment(folder: &Path, about_refusals: bool) -> PathBuf {
        let refused = Refused {
            time_micros: 5,
            request: "q".into(),
            bundle: "b".into(),
            reason: "r".into(),
            n_rows: 3,
        };
        let path = folder.join(segment_name("b", 1, 0, about_refusals));
        let mut writer = segment::Writer::open(&path).unwrap();
        writer.append(&refusals(&[refused]).unwrap()).unwrap();
        path
    }

    #[test]
    fn a_segment_beside_its_compacted_file_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = segment(folder.path(), false);
        let kept = std::fs::read(&path).unwrap();
        compact(&path).unwrap();
        std::fs::write(&path, kept).unwrap();
        let rows: usize = answers(folder.path()).unwrap().iter().map(Table::n_rows).sum();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_segment_that_is_compacted_meanwhile_is_read_from_its_new_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = segment(folder.path(), false);
        let listed = files(folder.path()).unwrap();
        compact(&path).unwrap();
        assert_eq!(read_all(&listed).unwrap()[0].n_rows(), 1);
    }

    #[test]
    fn refusals_are_no_answers() {
        let folder = tempfile::tempdir().unwrap();
        segment(folder.path(), true);
        assert!(answers(folder.path()).unwrap().is_empty());
        assert_eq!(refused(folder.path()).unwrap()[0].n_rows(), 1);
    }
}
