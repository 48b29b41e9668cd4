//! Rankings of many queries: each query counts, not each row.

use super::ranking::{Gain, dcg};
use crate::interval::{Estimate, weighted_mean_t};
use crate::{StatsError, check};

/// The normalised discounted cumulative gain of one query's rows by falling score, the first `k` places counting.
///
/// `None` where no row is worth anything, so that no order is better than another. Rows of the same score count as if
/// every order among them were equally likely.
///
/// # Errors
/// As [`dcg`].
///
/// # Reference
/// K. Järvelin, J. Kekäläinen (2002), ACM TOIS 20; ties: F. McSherry, M. Najork (2008), ECIR.
pub fn query_ndcg(relevance: &[f64], scores: &[f64], k: usize) -> Result<Option<f64>, StatsError> {
    let gain = |scores| dcg(relevance, scores, Some(k), Gain::Exponential);
    let best = gain(relevance)?;
    Ok(match best <= 0.0 {
        true => None,
        false => Some((gain(scores)? / best).min(1.0)),
    })
}

/// The NDCG of each query that has a row worth anything, in the order in which queries first appear.
///
/// # Shapes and units
/// All slices `(n_rows,)`; relevance is zero or more.
///
/// # Errors
/// [`StatsError`] if lengths differ, a number is not finite, or a relevance is below zero.
pub fn ndcg_of_queries(
    relevance: &[f64],
    scores: &[f64],
    query: &[u32],
    k: usize,
) -> Result<Vec<f64>, StatsError> {
    check::same_length("scores", scores.len(), relevance.len())?;
    check::same_length("query", query.len(), relevance.len())?;
    check::finite("scores", scores)?;
    check::finite("relevance", relevance)?;
    if let Some(&found) = relevance.iter().find(|relevance| **relevance < 0.0) {
        let (what, expected) = ("relevance", "zero or more");
        return Err(StatsError::OutOfRange {
            what,
            found,
            expected,
        });
    }
    let mut order: Vec<usize> = (0..query.len()).collect();
    order.sort_by_key(|&row| (query[row], row));
    let mut queries: Vec<&[usize]> = order.chunk_by(|&a, &b| query[a] == query[b]).collect();
    queries.sort_by_key(|rows| rows[0]);
    let of = |rows: &[usize], values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row]).collect() };
    let one = |rows: &&[usize]| query_ndcg(&of(rows, relevance), &of(rows, scores), k);
    let found: Result<Vec<Option<f64>>, StatsError> = queries.iter().map(one).collect();
    Ok(found?.into_iter().flatten().collect())
}

/// The mean NDCG over queries, with Student's interval: queries are what was drawn, not rows.
///
/// # Errors
/// As [`ndcg_of_queries`]; [`StatsError::TooFewValues`] below 2 queries with a row worth anything.
pub fn mean_ndcg(
    relevance: &[f64],
    scores: &[f64],
    query: &[u32],
    k: usize,
    level: f64,
) -> Result<Estimate, StatsError> {
    let of_queries = ndcg_of_queries(relevance, scores, query, k)?;
    Ok(weighted_mean_t(&of_queries, None, level)?.within(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::math::log2;

    #[test]
    fn ndcg_matches_scikit_learn() {
        // scikit-learn 1.7.2: ndcg_score([[7, 3, 0, 0, 1]], [[0.1, 0.2, 0.3, 0.4, 0.5]], k=3) with gains 2^r - 1.
        let relevance = [3.0, 2.0, 0.0, 0.0, 1.0];
        let scores = [0.1, 0.2, 0.3, 0.4, 0.5];
        let found = query_ndcg(&relevance, &scores, 3).unwrap().unwrap();
        let expected = 1.0 / (7.0 + 3.0 / log2(3.0) + 1.0 / 2.0);
        assert!((found - expected).abs() < 1e-15);
        assert_eq!(
            query_ndcg(&relevance, &[3.0, 2.0, 0.0, 0.0, 1.0], 5).unwrap(),
            Some(1.0)
        );
        assert_eq!(query_ndcg(&[0.0; 3], &[1.0, 2.0, 3.0], 3).unwrap(), None);
    }

    #[test]
    fn ties_count_as_their_mean_order() {
        let relevance = [1.0, 0.0, 0.0];
        let orders = [[3.0, 2.0, 1.0], [2.0, 3.0, 1.0], [1.0, 3.0, 2.0]];
        let mean: f64 = orders
            .iter()
            .map(|order| query_ndcg(&relevance, order, 3).unwrap().unwrap() / 3.0)
            .sum();
        assert!((query_ndcg(&relevance, &[5.0; 3], 3).unwrap().unwrap() - mean).abs() < 1e-15);
        let cut: f64 = orders
            .iter()
            .map(|order| query_ndcg(&relevance, order, 2).unwrap().unwrap() / 3.0)
            .sum();
        assert!((query_ndcg(&relevance, &[5.0; 3], 2).unwrap().unwrap() - cut).abs() < 1e-15);
    }

    #[test]
    fn queries_are_counted_not_rows() {
        let relevance = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
        let scores = [2.0, 1.0, 2.0, 1.0, 9.0, 8.0];
        let query = [7, 7, 2, 2, 5, 5];
        let second = 1.0 / log2(3.0);
        assert_eq!(
            ndcg_of_queries(&relevance, &scores, &query, 10).unwrap(),
            [1.0, second]
        );
        let mean = mean_ndcg(&relevance, &scores, &query, 10, 0.95).unwrap();
        assert!((mean.value - 0.5 * (1.0 + second)).abs() < 1e-15 && mean.high <= 1.0);
        assert!(mean_ndcg(&relevance, &scores[..3], &query, 10, 0.95).is_err());
        assert!(mean_ndcg(&[-1.0, 1.0], &[0.0; 2], &[1, 1], 10, 0.95).is_err());
    }
}
