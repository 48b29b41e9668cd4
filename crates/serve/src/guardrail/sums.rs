//! Sums of one version's answers by groups of keys, in memory of one size, added to without waiting.

use bundle::log::numbers;
use bundle::{Scores, Task};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Into how many groups keys are put.
pub const GROUPS: usize = 1024;
/// Logarithms of durations are summed in units of 2^-20.
const FINE: f64 = 1_048_576.0;

/// Sums of one version's answers by groups of keys, each `(GROUPS,)`.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmSums {
    /// Requests that named no version and were answered or refused.
    pub requests: Vec<u64>,
    /// Those among them that were refused.
    pub errors: Vec<u64>,
    /// The natural logarithms of the microseconds that the answers took, of those that were no errors.
    pub ln_micros: Vec<f64>,
    /// Rows with an answer that is a number.
    pub rows: Vec<u64>,
    /// What was answered for them: a probability of the positive class, or the number predicted.
    pub answers: Vec<f64>,
}

impl Default for ArmSums {
    fn default() -> ArmSums {
        ArmSums {
            requests: vec![0; GROUPS],
            errors: vec![0; GROUPS],
            ln_micros: vec![0.0; GROUPS],
            rows: vec![0; GROUPS],
            answers: vec![0.0; GROUPS],
        }
    }
}

impl ArmSums {
    /// Adds the sums of another instance or an earlier time, group by group.
    pub fn add(&mut self, other: &ArmSums) {
        let whole = |to: &mut [u64], from: &[u64]| {
            to.iter_mut()
                .zip(from)
                .for_each(|(to, from)| *to = to.saturating_add(*from));
        };
        let real = |to: &mut [f64], from: &[f64]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        whole(&mut self.requests, &other.requests);
        whole(&mut self.errors, &other.errors);
        whole(&mut self.rows, &other.rows);
        real(&mut self.ln_micros, &other.ln_micros);
        real(&mut self.answers, &other.answers);
    }
}

/// One group's sums while they grow.
#[derive(Debug, Default)]
struct Cell {
    requests: AtomicU64,
    errors: AtomicU64,
    fine_ln_micros: AtomicI64,
    rows: AtomicU64,
    /// The bits of a number.
    answers: AtomicU64,
}

/// One version's sums while they grow.
#[derive(Debug)]
pub(super) struct Cells(Vec<Cell>);

impl Cells {
    pub(super) fn new() -> Cells {
        Cells((0..GROUPS).map(|_| Cell::default()).collect())
    }

    /// Notes a request that has ended.
    pub(super) fn see_request(&self, group: usize, is_answered: bool, elapsed: Duration) {
        let cell = &self.0[group];
        cell.requests.fetch_add(1, Relaxed);
        if !is_answered {
            cell.errors.fetch_add(1, Relaxed);
            return;
        }
        let micros = (elapsed.as_secs_f64() * 1e6).max(1.0);
        let fine = (stats::math::ln(micros) * FINE) as i64;
        cell.fine_ln_micros.fetch_add(fine, Relaxed);
    }

    /// Notes what was answered for rows.
    pub(super) fn see_answers(&self, group: usize, task: &Task, scores: &Scores) {
        let (mut n, mut sum) = (0, 0.0);
        for answer in numbers(task, scores)
            .into_iter()
            .filter(|answer| answer.is_finite())
        {
            n += 1;
            sum += answer;
        }
        let cell = &self.0[group];
        cell.rows.fetch_add(n, Relaxed);
        let more = |bits| Some((f64::from_bits(bits) + sum).to_bits());
        // the closure always gives a value
        let _ = cell.answers.fetch_update(Relaxed, Relaxed, more);
    }

    pub(super) fn sums(&self) -> ArmSums {
        let whole = |of: fn(&Cell) -> &AtomicU64| self.0.iter().map(|cell| of(cell).load(Relaxed)).collect();
        // errors first: an error that comes meanwhile must not be one more than the requests
        let errors = whole(|cell| &cell.errors);
        let ln_micros = |cell: &Cell| cell.fine_ln_micros.load(Relaxed) as f64 / FINE;
        let answers = |cell: &Cell| f64::from_bits(cell.answers.load(Relaxed));
        ArmSums {
            errors,
            ln_micros: self.0.iter().map(ln_micros).collect(),
            answers: self.0.iter().map(answers).collect(),
            rows: whole(|cell| &cell.rows),
            requests: whole(|cell| &cell.requests),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_errors_and_durations_are_summed_by_group() {
        let cells = Cells::new();
        cells.see_request(3, true, Duration::from_micros(1000));
        cells.see_request(3, false, Duration::from_secs(1));
        cells.see_request(1023, true, Duration::ZERO);
        let mut sums = cells.sums();
        assert_eq!((sums.requests[3], sums.errors[3], sums.requests[1023]), (2, 1, 1));
        assert!((sums.ln_micros[3] - 1000f64.ln()).abs() < 1e-5);
        assert_eq!(sums.ln_micros[1023], 0.0);
        let again = sums.clone();
        sums.add(&again);
        assert_eq!((sums.requests[3], sums.errors[3]), (4, 2));
        assert!((sums.ln_micros[3] - 2.0 * 1000f64.ln()).abs() < 1e-5);
    }
}
