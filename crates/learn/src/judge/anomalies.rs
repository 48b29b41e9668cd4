//! Anomalies: nothing is known of the truth, so what can be said is how scores spread and how many rows are flagged.

use bundle::{Calibration, Candidate, DecisionRule, Evaluation};
use stats::metric;

use super::{Case, LEVEL, Tested, Verdict, named};
use crate::LearnError;

/// The quantiles of scores that are told.
const LEVELS: [(&str, f64); 3] = [("score_median", 0.5), ("score_p90", 0.9), ("score_p99", 0.99)];

pub(super) fn judge(case: &Case<'_>, rule: DecisionRule) -> Result<Verdict, LearnError> {
    // Without a truth there is nothing to choose by.
    let tested = &case.tested[0];
    let scores = tested.answers();
    let decision = rule.decide(&scores);
    let n = scores.len();
    let flagged = metric::coverage(
        &scores,
        &vec![decision.threshold; n],
        &vec![f64::INFINITY; n],
        case.weights,
        LEVEL,
    )?;
    // No row flagged is zero, not minus zero.
    let flagged = named("flagged", flagged.map(|share| share + 0.0));
    let mut metrics = vec![flagged.clone()];
    for (name, level) in LEVELS {
        metrics.push(named(name, stats::interval::quantile(&scores, level, LEVEL)?));
    }
    let candidate = Candidate {
        trainer: tested.trainer.to_owned(),
        metric: flagged,
        difference: None,
        p_value: None,
        chosen: true,
    };
    let evaluation = Evaluation {
        metrics,
        candidates: vec![candidate],
        ..Evaluation::default()
    };
    Ok(Verdict {
        chosen: 0,
        link: tested.link,
        evaluation,
        calibration: Calibration::None,
        decision: Some(decision),
        rows: Vec::new(),
        margins: Tested::first_margins(tested),
    })
}
