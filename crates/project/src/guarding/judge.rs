//! From sums to a verdict.

use super::tally::Tally;
use crate::file::{Act, GuardSection};
use serde::Serialize;
use serve::ArmSums;
use stats::StatsError;
use stats::experiment::{
    Grouped, GroupedDifference, GroupedMetric, counts_to_come, grouped_difference, grouped_share,
};
use stats::math::{exp, ln};

/// The probability that keys which are assigned as they should be are ever taken for broken.
const FALSE_ALARM: f64 = 0.001;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The challenger is within all limits.
    Promote,
    /// The challenger is beyond a limit.
    Rollback,
    /// Nothing is sure enough yet.
    Wait,
    /// Keys are not assigned as promised, so that nothing can be said.
    Mistrust,
}

/// How champion and challenger compare, as `spanwise guard --json` prints it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GuardRecord {
    /// The service.
    pub service: String,
    /// The model.
    pub model: String,
    /// The versions of champion and challenger.
    pub versions: [String; 2],
    /// What the service calls them, such as `churn@champion`.
    pub names: [String; 2],
    /// The hashes of their bundles.
    pub bundles: [String; 2],
    /// Requests that each has had, of those that named no version.
    pub requests: [u64; 2],
    /// The challenger's share of them.
    pub share: ShareRecord,
    /// The probability of a false decision, over all looks and guardrails.
    pub false_decisions: f64,
    /// What the service may do by itself: `tell`, `promote`, `rollback` or `both`.
    pub act: String,
    /// The guardrails.
    pub guardrails: Vec<RailRecord>,
    /// What is to be done.
    pub verdict: Verdict,
    /// The same and why, in a sentence.
    pub sentence: String,
}

/// The challenger's share of requests.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShareRecord {
    /// As promised.
    pub expected: f64,
    /// As found; `None` before there are requests.
    pub found: Option<f64>,
    /// Its interval at every look, with 99.9%; `None` where there is no end.
    pub low: Option<f64>,
    /// The other end.
    pub high: Option<f64>,
}

/// One guardrail.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RailRecord {
    /// `error_rate`, `latency` or `score_shift`.
    pub name: &'static str,
    /// The champion's value: a share, milliseconds (geometric mean), or a mean of answers; `None` before there is one.
    pub champion: Option<f64>,
    /// The challenger's.
    pub challenger: Option<f64>,
    /// Challenger less champion; for `latency` challenger over champion.
    pub difference: Option<f64>,
    /// The interval of the difference that holds at every look; `None` where there is no end.
    pub low: Option<f64>,
    /// The other end.
    pub high: Option<f64>,
    /// What the difference may be at most; for `score_shift` either way.
    pub limit: f64,
    /// `within`, `beyond` or `open`.
    pub verdict: &'static str,
    /// About how many more requests it takes, if the difference stays; `None` where nobody can say, or none are needed.
    pub requests_to_come: Option<u64>,
}

impl Verdict {
    /// Whether a service that may `act` so does it by itself.
    #[must_use]
    pub fn is_allowed(self, act: Act) -> bool {
        match self {
            Verdict::Promote => matches!(act, Act::Promote | Act::Both),
            Verdict::Rollback => matches!(act, Act::Rollback | Act::Both),
            Verdict::Wait | Verdict::Mistrust => false,
        }
    }
}

impl GuardRecord {
    /// Whether an alias is to be moved.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        matches!(self.verdict, Verdict::Promote | Verdict::Rollback)
    }
}

/// What is said of the sums.
///
/// # Errors
/// [`StatsError`]: sums that are no numbers.
pub(super) fn judged(
    (service, names): (&str, &[String; 2]),
    section: &GuardSection,
    all: &Tally,
) -> Result<GuardRecord, StatsError> {
    let guardrails = rails(section, all)?;
    let requests = [0, 1].map(|arm: usize| all.arms[arm].requests.iter().sum());
    let share = share(all)?;
    let mut record = GuardRecord {
        service: service.to_owned(),
        model: all.pair.model.clone(),
        versions: all.pair.versions.clone(),
        names: names.clone(),
        bundles: all.pair.bundles.clone(),
        requests,
        verdict: verdict(&share, &guardrails, requests, section.min_requests),
        share,
        false_decisions: section.false_decisions,
        act: section.act.word().to_owned(),
        guardrails,
        sentence: String::new(),
    };
    record.sentence = super::decide::sentence(&record);
    Ok(record)
}

fn verdict(share: &ShareRecord, rails: &[RailRecord], requests: [u64; 2], least: u64) -> Verdict {
    let is_off = share.low.is_some_and(|low| share.expected < low)
        || share.high.is_some_and(|high| high < share.expected);
    if is_off {
        return Verdict::Mistrust;
    }
    if requests.iter().any(|n| *n < least) {
        return Verdict::Wait;
    }
    match rails {
        _ if rails.iter().any(|rail| rail.verdict == "beyond") => Verdict::Rollback,
        _ if rails.iter().all(|rail| rail.verdict == "within") => Verdict::Promote,
        _ => Verdict::Wait,
    }
}

fn share(all: &Tally) -> Result<ShareRecord, StatsError> {
    let [champion, challenger] = [0, 1].map(|arm: usize| real(&all.arms[arm].requests));
    let found = told(grouped_share(&champion, &challenger, FALSE_ALARM))?;
    Ok(ShareRecord {
        expected: all.pair.share,
        found: found.map(|found| found.value),
        low: found.and_then(|found| finite(found.low)),
        high: found.and_then(|found| finite(found.high)),
    })
}

/// All intervals of all guardrails hold at once with the stated probability, so that no decision made from them is false:
/// each has its even part of what may go wrong.
fn rails(section: &GuardSection, all: &Tally) -> Result<Vec<RailRecord>, StatsError> {
    let limits = [section.error_rate, section.latency, section.score_shift];
    let n_rails = limits.iter().flatten().count().max(1);
    let alpha = section.false_decisions / n_rails as f64;
    let kinds = [Kind::ErrorRate, Kind::Latency, Kind::ScoreShift];
    let of_kind = |(kind, limit): (Kind, Option<f64>)| Some(kind.rail(all, limit?, alpha));
    kinds.into_iter().zip(limits).filter_map(of_kind).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    ErrorRate,
    Latency,
    ScoreShift,
}

impl Kind {
    fn rail(self, all: &Tally, limit: f64, alpha: f64) -> Result<RailRecord, StatsError> {
        let [champion, challenger] = [0, 1].map(|arm: usize| self.sums(&all.arms[arm]));
        let metric = match self {
            Kind::ErrorRate => GroupedMetric::Share,
            _ => GroupedMetric::Mean,
        };
        let grouped = |(sums, counts)| Grouped { sums, counts };
        let found = grouped_difference(
            grouped((&champion.0, &champion.1)),
            grouped((&challenger.0, &challenger.1)),
            metric,
            alpha,
        );
        let n_requests = all.arms.iter().flat_map(|arm| &arm.requests).sum::<u64>();
        Ok(self.record(told(found)?, limit, n_requests as f64))
    }

    /// What is summed, and what it is divided by.
    fn sums(self, arm: &ArmSums) -> (Vec<f64>, Vec<f64>) {
        let answered = || arm.requests.iter().zip(&arm.errors);
        match self {
            Kind::ErrorRate => (real(&arm.errors), real(&arm.requests)),
            Kind::Latency => {
                let counts = answered().map(|(n, errors)| n.saturating_sub(*errors) as f64);
                (arm.ln_micros.clone(), counts.collect())
            }
            Kind::ScoreShift => (arm.answers.clone(), real(&arm.rows)),
        }
    }

    fn record(self, found: Option<GroupedDifference>, limit: f64, n_requests: f64) -> RailRecord {
        // durations are compared by their logarithms
        let inner = if self == Kind::Latency { ln(limit) } else { limit };
        let outer = |x: f64| if self == Kind::Latency { exp(x) } else { x };
        // milliseconds, from the logarithm of microseconds
        let value = |x: f64| if self == Kind::Latency { exp(x) / 1e3 } else { x };
        let verdict = found.map_or("open", |found| self.verdict(&found, inner));
        let to_come = found.filter(|_| verdict == "open").and_then(|found| {
            let is_below = self == Kind::ScoreShift && found.effect.value < 0.0;
            let more = counts_to_come(&found, if is_below { -inner } else { inner })?;
            // rows and answers are counted, and requests bring them
            Some(more * n_requests / (found.counts[0] + found.counts[1]))
        });
        let effect = found.map(|found| found.effect);
        RailRecord {
            name: self.name(),
            champion: found.map(|found| value(found.values[0])),
            challenger: found.map(|found| value(found.values[1])),
            difference: effect.map(|effect| outer(effect.value)),
            low: effect.and_then(|effect| finite(effect.low)).map(outer),
            high: effect.and_then(|effect| finite(effect.high)).map(outer),
            limit,
            verdict,
            requests_to_come: to_come.map(|more| more as u64),
        }
    }

    fn verdict(self, found: &GroupedDifference, limit: f64) -> &'static str {
        let least = if self == Kind::ScoreShift {
            -limit
        } else {
            f64::NEG_INFINITY
        };
        let effect = found.effect;
        match () {
            () if limit < effect.low || effect.high < least => "beyond",
            () if effect.high < limit && least <= effect.low => "within",
            () => "open",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::ErrorRate => "error_rate",
            Kind::Latency => "latency",
            Kind::ScoreShift => "score_shift",
        }
    }
}

/// What is known; nothing before each version has had requests.
fn told<T>(found: Result<T, StatsError>) -> Result<Option<T>, StatsError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(StatsError::TooFewValues { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn real(counts: &[u64]) -> Vec<f64> {
    counts.iter().map(|count| *count as f64).collect()
}

fn finite(x: f64) -> Option<f64> {
    Some(x).filter(|x| x.is_finite())
}
