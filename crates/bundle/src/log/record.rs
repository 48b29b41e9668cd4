//! Rows of the log: of answers and of refusals.

use super::{Answers, Mask, SHARE};
use crate::{Bundle, BundleError, Scores};
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
    let mut answers = Answers::default();
    answers.push(&bundle.task, scores, now_micros, request);
    answers.into_table(bundle, rows, recording)
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
