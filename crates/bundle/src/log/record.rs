//! Rows of the log: of answers and of refusals.

use super::{MASKED_PREFIX, Mask, SHARE, Told, input_name, told};
use crate::{Bundle, BundleError, Scores};
use prepare::contract::Action;
use std::sync::Arc;
use table::Table;
use table::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};

/// What of the answers is logged.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The share of requests, above 0 and at most 1; each row says it, so that counts can be weighed.
    pub share: f64,
    /// Columns whose values are not shown.
    pub mask: Mask,
}

impl Default for Recording {
    /// Everything.
    fn default() -> Recording {
        Recording {
            share: 1.0,
            mask: Mask::default(),
        }
    }
}

/// Whether the request of this identifier is among the share that is logged.
///
/// The identifier alone decides, by its BLAKE3 hash: every service and every run takes the same ones, and who is in a share
/// is in every larger one.
pub fn is_sampled(request: &str, share: f64) -> bool {
    if 1.0 <= share {
        return true;
    }
    let hash = blake3::hash(request.as_bytes());
    let [a, b, c, d, e, f, g, _, ..] = *hash.as_bytes();
    // 53 bits are as many as a number holds.
    let place = u64::from_be_bytes([a, b, c, d, e, f, g, 0]) >> 11;
    (place as f64) < share * (1u64 << 53) as f64
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
/// `rows` are the raw rows scored, `now_micros` the time of the answer, `request` its identifier, `recording` what of them
/// is logged.
///
/// # Errors
/// [`BundleError`] if the scores are not those of the rows.
pub fn record(
    bundle: &Bundle,
    rows: &Table,
    scores: &Scores,
    now_micros: i64,
    request: &str,
    recording: &Recording,
) -> Result<Table, BundleError> {
    let answered = Answered {
        scores,
        time_micros: now_micros,
        request,
    };
    records(bundle, rows, &[answered], recording)
}

/// As [`record`], of several requests, whose rows stand one behind the other.
///
/// # Errors
/// As [`record`].
pub fn records(
    bundle: &Bundle,
    rows: &Table,
    answered: &[Answered<'_>],
    recording: &Recording,
) -> Result<Table, BundleError> {
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
            SHARE.to_owned(),
            Arc::new(Float64Array::from(vec![recording.share; n_all])),
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
        let cells = rows.column(&input.name)?;
        if !recording.mask.holds(&input.name) {
            columns.push((input_name(&input.name), cells));
        } else if let Some(hashes) = recording.mask.hashes(&input.name, cells.as_ref()) {
            columns.push((format!("{MASKED_PREFIX}{}", input.name), hashes));
        }
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

/// Refused requests as a table for the log, of which this share is logged.
///
/// # Errors
/// [`BundleError::Table`].
pub fn refusals(refused: &[Refused], share: f64) -> Result<Table, BundleError> {
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
        (
            SHARE.to_owned(),
            Arc::new(Float64Array::from(vec![share; refused.len()])),
        ),
        ("reason".to_owned(), text(|refused| &refused.reason)),
        ("n_rows".to_owned(), Arc::new(Int64Array::from_iter_values(rows))),
    ])?)
}
