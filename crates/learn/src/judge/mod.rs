//! Judging candidates by what they said of rows that they had not learnt from: choice, calibration, metrics, decision.

mod anomalies;
mod binary;
mod classes;
mod number;
mod quantiles;
mod ranks;
#[cfg(test)]
mod tests;

use bundle::{Calibration, Candidate, Decision, DecisionRule, Evaluation, Link, Metric};
use stats::metric::PairedComparison;
use stats::{Estimate, StatsError};

use crate::{LearnError, OutOfFold, Target};

/// The confidence level of all intervals.
pub const LEVEL: f64 = 0.95;
/// The most points of a curve in an evaluation.
const MAX_POINTS: usize = 200;

/// One trainer's out-of-fold margins.
#[derive(Clone, Debug)]
pub struct Contender {
    /// The trainer's name.
    pub trainer: String,
    /// What it said, on the same folds as the others.
    pub out_of_fold: OutOfFold,
}

/// What was found about the contenders.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The position of the best contender: the smallest mean loss, the first of equals.
    pub chosen: usize,
    /// What its margins mean.
    pub link: Link,
    /// The record for the bundle; drivers are still empty.
    pub evaluation: Evaluation,
    /// Fitted on all out-of-fold margins of the chosen one.
    pub calibration: Calibration,
    /// For two classes: when to say yes.
    pub decision: Option<Decision>,
    /// The rows judged, ascending.
    pub rows: Vec<usize>,
    /// The chosen one's first margin in each of these rows.
    pub margins: Vec<f64>,
}

/// Judges contenders on the same folds; the one of the smallest mean loss is chosen: log loss for classes, squared error
/// for numbers, pinball loss for quantiles, one minus the NDCG of ten places for ranks. Anomalies have no loss; what is
/// said of them is how scores spread, and what share `rule` flags.
///
/// Contenders that tell quantiles tell the same ones, and meet no others.
///
/// Probabilities in metrics are calibrated on the other folds, so that no row judges its own calibration.
/// With more than one contender the chosen one's metrics are a little too good, by the usual winner's curse; paired
/// differences to the others stand beside them.
///
/// A metric that the tested rows do not define (an AUC of one class, an R² of one value, as late steps in time may
/// give) is left out; candidates are then compared by their loss.
///
/// # Errors
/// [`LearnError::Stats`] where nothing can be said, for instance of a single row.
pub fn judge(
    contenders: &[Contender],
    target: &Target,
    weights: Option<&[f64]>,
    rule: DecisionRule,
    method: &str,
    seed: u64,
) -> Result<Verdict, LearnError> {
    let first = contenders.first().ok_or(LearnError::NoRows)?;
    let rows = first.out_of_fold.tested_rows();
    let target = target.take(&rows);
    let weights: Option<Vec<f64>> = weights.map(|weights| rows.iter().map(|row| weights[*row]).collect());
    let tested: Vec<Tested<'_>> = contenders
        .iter()
        .map(|contender| Tested::of(contender, &rows))
        .collect();
    let case = Case {
        tested: &tested,
        weights: weights.as_deref(),
        seed,
    };
    let mut verdict = match &target {
        Target::Binary(labels) => binary::judge(&case, labels, rule)?,
        Target::Classes { codes, n_classes } => classes::judge(&case, codes, *n_classes as usize)?,
        Target::Number(values) => match tested[0].levels {
            [] => number::judge(&case, values)?,
            levels => quantiles::judge(&case, values, levels)?,
        },
        Target::Ranks { relevance, query } => ranks::judge(&case, relevance, query)?,
        Target::Nothing(_) => anomalies::judge(&case, rule)?,
    };
    verdict.evaluation.method = method.to_owned();
    verdict.evaluation.n_rows = rows.len() as u64;
    verdict.evaluation.level = LEVEL;
    verdict.rows = rows;
    Ok(verdict)
}

/// One contender's margins in the tested rows alone.
struct Tested<'a> {
    trainer: &'a str,
    margins: Vec<f64>,
    n_outputs: usize,
    link: Link,
    levels: &'a [f64],
    folds: Vec<usize>,
}

impl<'a> Tested<'a> {
    fn of(contender: &'a Contender, rows: &[usize]) -> Tested<'a> {
        let all = &contender.out_of_fold;
        let n = all.n_outputs;
        Tested {
            trainer: &contender.trainer,
            margins: rows
                .iter()
                .flat_map(|row| &all.margins[row * n..(row + 1) * n])
                .copied()
                .collect(),
            n_outputs: n,
            link: all.link,
            levels: &all.levels,
            folds: rows
                .iter()
                .map(|row| all.fold_of_row[*row].unwrap_or_default())
                .collect(),
        }
    }

    /// What the margins say, each by itself: probabilities of yes, or numbers.
    fn answers(&self) -> Vec<f64> {
        self.margins
            .iter()
            .map(|margin| self.link.answer(*margin))
            .collect()
    }

    fn first_margins(&self) -> Vec<f64> {
        self.margins.iter().step_by(self.n_outputs).copied().collect()
    }
}

/// What every kind of target is judged with.
struct Case<'a> {
    tested: &'a [Tested<'a>],
    weights: Option<&'a [f64]>,
    seed: u64,
}

impl Case<'_> {
    /// The position of the smallest weighted mean of row losses.
    fn best(&self, losses: &[Vec<f64>]) -> usize {
        let mean = |losses: &Vec<f64>| {
            let weighted = losses
                .iter()
                .enumerate()
                .map(|(row, loss)| loss * self.weights.map_or(1.0, |w| w[row]));
            stats::sum::in_order(&weighted.collect::<Vec<f64>>())
        };
        let means: Vec<f64> = losses.iter().map(mean).collect();
        (0..means.len()).fold(0, |best, position| {
            if means[position] < means[best] {
                position
            } else {
                best
            }
        })
    }

    /// A record for each contender: its metric, and the paired difference to the chosen one.
    fn candidates(
        &self,
        chosen: usize,
        metric: impl Fn(usize) -> Result<Metric, StatsError>,
        compare: impl Fn(usize, usize) -> Result<PairedComparison, StatsError>,
    ) -> Result<Vec<Candidate>, StatsError> {
        let one = |position: usize| {
            let metric = metric(position)?;
            let name = metric.name.clone();
            let paired = match compare(position, chosen) {
                _ if position == chosen => None,
                // Losses that differ by the same in every row have no spread to judge the difference by.
                Err(StatsError::Constant { .. }) => None,
                compared => Some(compared?),
            };
            Ok(Candidate {
                trainer: self.tested[position].trainer.to_owned(),
                difference: paired.as_ref().map(|paired| named(&name, paired.difference)),
                p_value: paired.map(|paired| paired.p_value),
                chosen: position == chosen,
                metric,
            })
        };
        (0..self.tested.len()).map(one).collect()
    }
}

/// The metric, or `None` where these rows do not define it.
fn if_defined(name: &str, estimate: Result<Estimate, StatsError>) -> Result<Option<Metric>, StatsError> {
    match estimate {
        Ok(estimate) => Ok(Some(named(name, estimate))),
        Err(StatsError::OneClass { .. } | StatsError::Constant { .. } | StatsError::Undefined { .. }) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn all_defined<const N: usize>(
    estimates: [(&str, Result<Estimate, StatsError>); N],
) -> Result<Vec<Metric>, StatsError> {
    let mut metrics = Vec::with_capacity(N);
    for (name, estimate) in estimates {
        metrics.extend(if_defined(name, estimate)?);
    }
    Ok(metrics)
}

pub(crate) fn named(name: &str, estimate: Estimate) -> Metric {
    Metric {
        name: name.to_owned(),
        value: estimate.value,
        low: estimate.low,
        high: estimate.high,
    }
}

/// Every so manyth point, the ends kept, so that a curve stays small.
fn thinned<T: Copy>(points: &[T]) -> Vec<T> {
    if points.len() <= MAX_POINTS {
        return points.to_vec();
    }
    (0..MAX_POINTS)
        .map(|i| points[i * (points.len() - 1) / (MAX_POINTS - 1)])
        .collect()
}
