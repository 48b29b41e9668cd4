//! Metrics of orders, of labels and of groups.

use crate::numbers::{Codes, Grid, Numbers, Truths, refusal, truth};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::metric::{self, Gain};

fn gain_of(word: &str) -> PyResult<Gain> {
    match word {
        "linear" => Ok(Gain::Linear),
        "exponential" => Ok(Gain::Exponential),
        other => Err(refusal(
            format!("the gain {other:?}"),
            "\"linear\" or \"exponential\"",
        )),
    }
}

/// The discounted cumulative gain of an order by falling score, of its first ``k`` places or of all.
///
/// Shapes: relevance, score (n_items,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for a relevance below 0, a k of 0; other lengths, no rows, weights below 0.
/// Source: K. Järvelin, J. Kekäläinen (2002), ACM TOIS 20, 422-446; scikit-learn ``dcg_score``.
#[pyfunction]
#[pyo3(signature = (relevance, score, k = None, gain = "linear"))]
fn dcg(relevance: Numbers, score: Numbers, k: Option<usize>, gain: &str) -> PyResult<f64> {
    let gain = gain_of(gain)?;
    computed(|| metric::dcg(&relevance, &score, k, gain))
}

/// The discounted cumulative gain by that of the best order; 0 if nothing is relevant.
///
/// Shapes: relevance, score (n_items,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``dcg``.
/// Source: K. Järvelin, J. Kekäläinen (2002), ACM TOIS 20, 422-446; scikit-learn ``ndcg_score``.
#[pyfunction]
#[pyo3(signature = (relevance, score, k = None, gain = "linear"))]
fn ndcg(relevance: Numbers, score: Numbers, k: Option<usize>, gain: &str) -> PyResult<f64> {
    let gain = gain_of(gain)?;
    computed(|| metric::ndcg(&relevance, &score, k, gain))
}

/// Of one query: precision and recall among the first ``k``, whether any of them is relevant, one by the place of the
/// first relevant item, and the average precision.
///
/// Shapes: relevant of 0 and 1, score (n_items,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``dcg``.
/// Source: C. D. Manning, P. Raghavan, H. Schütze (2008), Introduction to information retrieval, chapter 8.
#[pyfunction]
fn top_places(relevant: Truths, score: Numbers, k: usize) -> PyResult<(f64, f64, bool, f64, f64)> {
    let found = computed(|| metric::top_places(&relevant, &score, k))?;
    Ok((
        found.precision,
        found.recall,
        found.hit,
        found.reciprocal_rank,
        found.average_precision,
    ))
}

/// Coverage error, average precision and ranking loss of labels, both (n_rows, n_labels).
///
/// Shapes: y of 0 and 1, score (n_rows, n_labels).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for no rows or labels, other shapes.
/// Source: G. Tsoumakas, I. Katakis, I. Vlahavas (2010), Mining multi-label data; scikit-learn
/// ``coverage_error``.
#[pyfunction]
fn label_ranking(y: Grid, score: Grid) -> PyResult<(f64, f64, f64)> {
    let labels = y
        .values
        .iter()
        .copied()
        .map(truth)
        .collect::<PyResult<Vec<bool>>>()?;
    let found = computed(|| metric::label_ranking(&labels, &score.values, y.n_columns))?;
    Ok((found.coverage_error, found.average_precision, found.ranking_loss))
}

/// How two partitions agree: a dictionary of measures by name.
///
/// Shapes: y, pred (n_rows,), codes.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for no rows, other lengths.
/// Source: L. Hubert, P. Arabie (1985), J. Classification 2, 193-218; N. X. Vinh, J. Epps, J. Bailey
/// (2010), JMLR 11, 2837-2854; scikit-learn.
#[pyfunction]
fn cluster_agreement(py: Python<'_>, y: Codes, pred: Codes) -> PyResult<Bound<'_, pyo3::types::PyDict>> {
    let found = computed(|| metric::agreement(&y, &pred))?;
    let measures = [
        ("adjusted_rand", found.adjusted_rand),
        ("normalised_information", found.normalised_information),
        ("adjusted_information", found.adjusted_information),
        ("homogeneity", found.homogeneity),
        ("completeness", found.completeness),
        ("v_measure", found.v_measure),
        ("fowlkes_mallows", found.fowlkes_mallows),
    ];
    let dictionary = pyo3::types::PyDict::new(py);
    measures
        .iter()
        .try_for_each(|(name, value)| dictionary.set_item(name, value))?;
    Ok(dictionary)
}

/// How groups of points stand apart: silhouette, Calinski and Harabasz' ratio, Davies and Bouldin's index.
///
/// Shapes: points (n_rows, n_columns), groups (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for fewer than 2 groups or as many as rows; other lengths, no rows, weights
/// below 0.
/// Source: P. J. Rousseeuw (1987), J. Comp. Appl. Math. 20, 53-65; T. Caliński, J. Harabasz (1974), Comm.
/// Stat. 3, 1-27; scikit-learn.
#[pyfunction]
fn cluster_separation(points: Grid, groups: Codes) -> PyResult<(f64, f64, f64)> {
    let found = computed(|| metric::separation(&points.values, points.n_columns, &groups))?;
    Ok((found.silhouette, found.calinski_harabasz, found.davies_bouldin))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(
        module,
        dcg,
        ndcg,
        top_places,
        label_ranking,
        cluster_agreement,
        cluster_separation
    );
    Ok(())
}
