//! What happened, as counters: lock-free where requests pass.

mod render;

use crate::route::Scoring;
use crate::shadow::Differences;
use prepare::contract::{Action, RowReport};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub(crate) use render::{CONTENT_TYPE, page};

/// The statuses that scoring requests end with; the last stands for any other.
const CODES: [u16; 17] = [
    200, 400, 401, 403, 404, 405, 406, 409, 413, 415, 421, 429, 500, 503, 504, 507, 0,
];
/// The upper ends of the ranges of durations, in microseconds; the last range is open.
const RANGES_MICROS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];

/// The counters of one model, or of requests for none.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    routes: [RouteCounters; Scoring::ALL.len()],
    pub(crate) rows: AtomicU64,
    pub(crate) scoring_nanos: AtomicU64,
    /// How much of that was shared out, and the processor time that it was given ([`crate::cost`]).
    pub(crate) settled_nanos: AtomicU64,
    pub(crate) cpu_nanos: AtomicU64,
    /// Bytes of bodies.
    pub(crate) bytes_read: AtomicU64,
    pub(crate) bytes_written: AtomicU64,
    /// How its answers differ from those given, where it is asked what others answered.
    shadow: Mutex<Differences>,
    /// Rows that broke a rule, by column, rule and whether they were refused.
    breaches: Mutex<BTreeMap<(String, String, bool), u64>>,
}

#[derive(Debug, Default)]
struct RouteCounters {
    codes: [AtomicU64; CODES.len()],
    ranges: [AtomicU64; RANGES_MICROS.len() + 1],
    ok_nanos: AtomicU64,
    failed_nanos: AtomicU64,
}

/// What Triton's statistics ask of one model.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Statistics {
    pub(crate) rows: u64,
    pub(crate) ok: u64,
    pub(crate) ok_nanos: u64,
    pub(crate) failed: u64,
    pub(crate) failed_nanos: u64,
    pub(crate) scoring_nanos: u64,
}

impl Counters {
    /// Notes a request that was answered, well or not.
    pub(crate) fn see_request(&self, scoring: Scoring, code: u16, elapsed: Duration) {
        let counters = &self.routes[scoring as usize];
        let code_position = CODES
            .iter()
            .position(|known| *known == code)
            .unwrap_or(CODES.len() - 1);
        counters.codes[code_position].fetch_add(1, Relaxed);
        let micros = elapsed.as_micros().min(u128::from(u64::MAX)) as u64;
        let range = RANGES_MICROS
            .iter()
            .position(|end| micros <= *end)
            .unwrap_or(RANGES_MICROS.len());
        counters.ranges[range].fetch_add(1, Relaxed);
        let nanos = if code == 200 {
            &counters.ok_nanos
        } else {
            &counters.failed_nanos
        };
        nanos.fetch_add(nanos_of(elapsed), Relaxed);
    }

    /// Notes rows that were scored.
    pub(crate) fn see_scored(&self, n_rows: usize, elapsed: Duration) {
        self.rows.fetch_add(n_rows as u64, Relaxed);
        self.scoring_nanos.fetch_add(nanos_of(elapsed), Relaxed);
    }

    /// Notes rows that broke rules.
    pub(crate) fn see_breaches(&self, report: &RowReport) {
        if report.breaches.is_empty() {
            return;
        }
        let mut breaches = self.breaches.lock().unwrap_or_else(PoisonError::into_inner);
        for breach in &report.breaches {
            // The rule's word alone: its values would make a label of any length.
            let rule = breach.rule.split(" =").next().unwrap_or_default().to_owned();
            let key = (breach.column.clone(), rule, Action::Flag < breach.action);
            *breaches.entry(key).or_default() += breach.rows.len() as u64;
        }
    }

    /// Notes what a shadow would have answered.
    pub(crate) fn see_shadow(&self, see: impl FnOnce(&mut Differences)) {
        see(&mut self.shadow.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// What was noted of a shadow.
    pub(crate) fn differences(&self) -> Differences {
        *self.shadow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn statistics(&self) -> Statistics {
        let mut sum = Statistics {
            rows: self.rows.load(Relaxed),
            scoring_nanos: self.scoring_nanos.load(Relaxed),
            ..Statistics::default()
        };
        for counters in &self.routes {
            let n_ok = counters.codes[0].load(Relaxed);
            let n_all: u64 = counters.codes.iter().map(|count| count.load(Relaxed)).sum();
            sum.ok += n_ok;
            sum.failed += n_all - n_ok;
            sum.ok_nanos += counters.ok_nanos.load(Relaxed);
            sum.failed_nanos += counters.failed_nanos.load(Relaxed);
        }
        sum
    }
}

fn nanos_of(elapsed: Duration) -> u64 {
    elapsed.as_nanos().min(u128::from(u64::MAX)) as u64
}
