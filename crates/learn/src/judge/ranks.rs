//! The order of the rows of a query: NDCG, query by query.

use bundle::{Calibration, Evaluation};
use stats::{StatsError, metric};

use super::{Case, LEVEL, Verdict, named};
use crate::LearnError;

/// The places that the deciding metric looks at.
const PLACES: usize = 10;

pub(super) fn judge(case: &Case<'_>, relevance: &[f64], query: &[u32]) -> Result<Verdict, LearnError> {
    let of = |margins: &[f64]| metric::ndcg_of_queries(relevance, margins, query, PLACES);
    let found: Result<Vec<Vec<f64>>, StatsError> =
        case.tested.iter().map(|tested| of(&tested.margins)).collect();
    let found = found?;
    // A query counts once, however many rows it has.
    let by_query = Case {
        tested: case.tested,
        weights: None,
        seed: case.seed,
    };
    let misses: Vec<Vec<f64>> = found
        .iter()
        .map(|ndcgs| ndcgs.iter().map(|ndcg| 1.0 - ndcg).collect())
        .collect();
    let chosen = by_query.best(&misses);
    let best = &case.tested[chosen];
    let at = |position: usize| {
        let margins = &case.tested[position].margins;
        metric::mean_ndcg(relevance, margins, query, PLACES, LEVEL).map(|ndcg| named("ndcg_at_10", ndcg))
    };
    let compare = |a: usize, b: usize| metric::paired_mean(&found[a], &found[b], None, LEVEL);
    let whole = metric::mean_ndcg(relevance, &best.margins, query, usize::MAX, LEVEL)?;
    let evaluation = Evaluation {
        metrics: vec![at(chosen)?, named("ndcg", whole)],
        candidates: by_query.candidates(chosen, at, compare)?,
        ..Evaluation::default()
    };
    Ok(Verdict {
        chosen,
        link: best.link,
        evaluation,
        calibration: Calibration::None,
        decision: None,
        rows: Vec::new(),
        margins: best.margins.clone(),
    })
}
