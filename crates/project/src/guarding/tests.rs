#![allow(clippy::unwrap_used)]
use super::judge::judged;
use super::tally::{Pair, Tally};
use crate::file::{Act, GuardSection};
use serve::{ArmSums, GROUPS};
use stats::experiment::{Grouped, GroupedMetric, counts_to_come, grouped_difference};

const FALSE_DECISIONS: f64 = 0.05;

/// Ten rows in each request, whose answers are near one half.
fn tally() -> Tally {
    let mut draw = stats::random::Draw::new(11, 0);
    let mut arm = || {
        let mut sums = ArmSums::default();
        for group in 0..GROUPS {
            sums.requests[group] = 2;
            sums.rows[group] = 20;
            sums.answers[group] = 20.0 * (0.5 + 0.1 * draw.normal());
        }
        sums
    };
    let texts = |first: &str, second: &str| [first.to_owned(), second.to_owned()];
    Tally {
        arms: [arm(), arm()],
        pair: Pair {
            model: "churn".to_owned(),
            versions: texts("1", "2"),
            bundles: texts("a", "b"),
            share: 0.5,
            names: None,
        },
    }
}

#[test]
fn what_is_to_come_is_told_in_requests_whatever_is_counted() {
    let tally = tally();
    let section = GuardSection {
        false_decisions: FALSE_DECISIONS,
        error_rate: None,
        latency: None,
        score_shift: Some(0.01),
        min_requests: 1,
        act: Act::Tell,
    };
    let names = ["churn@champion", "churn@challenger"].map(str::to_owned);
    let record = judged(("churn", &names), &section, &tally).unwrap();
    assert_eq!((&record.names, record.requests), (&names, [2048, 2048]));
    let rail = &record.guardrails[0];
    assert_eq!(rail.verdict, "open", "{rail:?}");

    let counts: Vec<f64> = tally.arms[0].rows.iter().map(|rows| *rows as f64).collect();
    let grouped = |arm: usize| Grouped {
        sums: &tally.arms[arm].answers,
        counts: &counts,
    };
    let found = grouped_difference(grouped(0), grouped(1), GroupedMetric::Mean, FALSE_DECISIONS).unwrap();
    let rows = counts_to_come(&found, 0.01_f64.copysign(found.effect.value)).unwrap();
    assert!(100.0 < rows, "{rows}");
    assert_eq!(rail.requests_to_come, Some((rows * 4096.0 / 40_960.0) as u64));
}
