//! What answers cost: the processor's time and bytes, of each model, and money where a price is known.
//!
//! The process's own processor time (scoring, parsing, TLS, logs: everything since the start) is shared out among models in
//! proportion to the time that their rows were scored, so that nothing is measured while a request is answered but what is
//! measured anyway; bytes are those of bodies.

use crate::app::App;
use crate::metrics::Counters;
use serde_json::{Value, json};
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;

/// How the numbers came about, for those who read them.
const HOW: &str = "the processor time of the process, shared out every few seconds among models by the time that their rows \
                   were scored; bytes of bodies as they were read and written";
const MICROS_PER_HOUR: f64 = 3.6e9;
const BYTES_PER_GB: f64 = 1e9;

/// What resources cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// An hour of one processor.
    pub per_cpu_hour: f64,
    /// A gigabyte (10^9 bytes) that leaves; 0 where it costs nothing.
    pub per_gb: f64,
    /// The money, such as `USD`.
    pub currency: String,
}

impl Price {
    /// What a price looks like.
    pub const EXPECTED: &'static str =
        "a price such as \"0.05 USD/cpu-hour\" or \"0.05 USD/cpu-hour, 0.09 USD/GB\"";

    /// Reads a price: an amount for `cpu-hour`, and perhaps one for `GB` that leaves, in the same money; `None` if it is none.
    pub fn of(text: &str) -> Option<Price> {
        let (mut cpu, mut gb, mut currency) = (None, None, None);
        for part in text.split(',') {
            let (amount, rest) = part.trim().split_once(' ')?;
            let (money, unit) = rest.trim().split_once('/')?;
            let amount: f64 = amount
                .parse()
                .ok()
                .filter(|amount: &f64| amount.is_finite() && 0.0 <= *amount)?;
            let is_money = (1..=8).contains(&money.len()) && money.chars().all(|c| c.is_ascii_alphabetic());
            if !is_money || *currency.get_or_insert(money) != money {
                return None;
            }
            let place = match unit.trim() {
                "cpu-hour" => &mut cpu,
                "GB" => &mut gb,
                _ => return None,
            };
            if place.replace(amount).is_some() {
                return None;
            }
        }
        Some(Price {
            per_cpu_hour: cpu?,
            per_gb: gb.unwrap_or(0.0),
            currency: currency?.to_owned(),
        })
    }
}

/// What the answers of one version took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Usage {
    pub(crate) rows: u64,
    pub(crate) cpu_micros: f64,
    pub(crate) bytes_read: u64,
    pub(crate) bytes_written: u64,
}

impl Usage {
    fn per_row(self, number: f64) -> Option<f64> {
        (0 < self.rows).then(|| number / self.rows as f64)
    }

    /// What a million predictions like these cost; `None` before there are any.
    pub(crate) fn per_million(self, price: &Price) -> Option<f64> {
        let cpu = self.cpu_micros / MICROS_PER_HOUR * price.per_cpu_hour;
        let egress = self.bytes_written as f64 / BYTES_PER_GB * price.per_gb;
        self.per_row((cpu + egress) * 1e6)
    }

    pub(crate) fn micros_per_row(self) -> Option<f64> {
        self.per_row(self.cpu_micros)
    }
}

/// Shares out what the process took since this was done last, by the time that rows were scored since then. Done every few
/// seconds, so that a version that comes later is not told what others took.
pub(crate) fn settle(app: &App) {
    let Some(process) = process_micros() else { return };
    let mut shared_out = app
        .shared_out_micros
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let slots = app.models.slots();
    let since = |counters: &Counters| {
        let scored = counters.scoring_nanos.load(Relaxed);
        (
            scored,
            scored.saturating_sub(counters.settled_nanos.load(Relaxed)) as f64,
        )
    };
    let all: f64 = slots.iter().map(|slot| since(slot.counters()).1).sum();
    // where nothing was scored, what was taken waits for those who score next
    if all <= 0.0 {
        return;
    }
    let took = 1e3 * (process - *shared_out).max(0.0);
    for slot in &slots {
        let (scored, share) = since(slot.counters());
        slot.counters().settled_nanos.store(scored, Relaxed);
        slot.counters()
            .cpu_nanos
            .fetch_add((took * share / all) as u64, Relaxed);
    }
    *shared_out = process;
}

/// What each served version took, by name and version.
pub(crate) fn usages(app: &App) -> Vec<(String, String, Usage)> {
    settle(app);
    // where the system does not tell, scoring alone
    let is_known = process_micros().is_some();
    let usage = |counters: &Counters| {
        let nanos = if is_known {
            &counters.cpu_nanos
        } else {
            &counters.scoring_nanos
        };
        Usage {
            rows: counters.rows.load(Relaxed),
            cpu_micros: nanos.load(Relaxed) as f64 / 1e3,
            bytes_read: counters.bytes_read.load(Relaxed),
            bytes_written: counters.bytes_written.load(Relaxed),
        }
    };
    let told = |slot: &crate::models::Slot| {
        let model = &slot.model;
        (model.name.clone(), model.version.clone(), usage(slot.counters()))
    };
    app.models.slots().iter().map(told).collect()
}

/// What the versions of `model` took, as `GET /v1/models/{model}/cost` tells it.
pub(crate) fn told(app: &App, model: &str) -> Value {
    let price = app.price.as_ref();
    let of_version = |(_, version, usage): (String, String, Usage)| {
        json!({
            "version": version,
            "predictions": usage.rows,
            "cpu_microseconds": usage.cpu_micros,
            "cpu_microseconds_per_prediction": usage.micros_per_row(),
            "bytes_read": usage.bytes_read,
            "bytes_written": usage.bytes_written,
            "bytes_read_per_prediction": usage.per_row(usage.bytes_read as f64),
            "bytes_written_per_prediction": usage.per_row(usage.bytes_written as f64),
            "cost_per_million_predictions": price.and_then(|price| usage.per_million(price)),
        })
    };
    let versions = usages(app).into_iter().filter(|(name, ..)| name == model);
    json!({
        "model": model,
        "versions": versions.map(of_version).collect::<Vec<Value>>(),
        "price": price.map(|price| json!({
            "currency": price.currency,
            "per_cpu_hour": price.per_cpu_hour,
            "per_gb_written": price.per_gb,
        })),
        "how": HOW,
    })
}

/// The processor time of this process so far, where the system tells it (to 10 ms).
fn process_micros() -> Option<f64> {
    /// Linux tells times to programs in hundredths of a second, whatever its own clock.
    const MICROS_PER_TICK: f64 = 1e4;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in brackets may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: f64 = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
    Some(ticks * MICROS_PER_TICK)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn prices_have_an_amount_a_money_and_a_unit() {
        let price = Price::of("0.05 USD/cpu-hour, 0.09 USD/GB").unwrap();
        assert_eq!(
            (price.per_cpu_hour, price.per_gb, price.currency.as_str()),
            (0.05, 0.09, "USD")
        );
        assert_eq!(Price::of("3 EUR/cpu-hour").unwrap().per_gb, 0.0);
        for wrong in [
            "",
            "0.05",
            "0.05 USD",
            "0.09 USD/GB",
            "-1 USD/cpu-hour",
            "nan USD/cpu-hour",
            "1 USD/cpu-hour, 1 EUR/GB",
            "1 USD/cpu-hour, 2 USD/cpu-hour",
            "1 US$/cpu-hour",
            "1 USD/hour",
        ] {
            assert_eq!(Price::of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_million_predictions_cost_what_their_time_and_bytes_cost() {
        let price = Price::of("0.36 USD/cpu-hour, 0.5 USD/GB").unwrap();
        let usage = Usage {
            rows: 1000,
            cpu_micros: 20_000.0,
            bytes_read: 5,
            bytes_written: 100_000,
        };
        // 20 microseconds each are 20 s in a million, at 0.0001 a second; 100 bytes each are 0.1 GB
        assert!((usage.per_million(&price).unwrap() - (0.002 + 0.05)).abs() < 1e-12);
        assert_eq!(usage.micros_per_row(), Some(20.0));
        assert_eq!(Usage::default().per_million(&price), None);
    }

    #[test]
    fn the_process_has_taken_time() {
        if cfg!(target_os = "linux") {
            assert!(process_micros().is_some());
        }
    }
}
