//! Metrics of predicted classes.

use crate::array::Array;
use crate::numbers::{Codes, Numbers, refusal};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::metric::{Average, ClassTable, Disagreement};

fn table(y: &Codes, pred: &Codes, weights: Option<&Numbers>) -> PyResult<(ClassTable, usize)> {
    let n_classes = y
        .iter()
        .chain(pred.iter())
        .max()
        .map_or(0, |code| *code as usize + 1);
    if 4096 < n_classes {
        return Err(refusal(
            format!("the code {}", n_classes - 1),
            "codes counted from 0 up, below 4096",
        ));
    }
    let table = computed(|| ClassTable::new(y, pred, n_classes, weights.map(|weights| &**weights)))?;
    Ok((table, n_classes))
}

/// The share of rows told rightly.
///
/// Shapes: y, pred (n_rows,), codes from 0 up; sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for codes that are no whole numbers below 4096; other lengths, no rows,
/// weights below 0.
/// Source: scikit-learn ``accuracy_score``.
#[pyfunction]
#[pyo3(signature = (y, pred, sample_weight = None))]
fn accuracy(y: Codes, pred: Codes, sample_weight: Option<Numbers>) -> PyResult<f64> {
    Ok(table(&y, &pred, sample_weight.as_ref())?.0.accuracy())
}

/// The mean recall of the classes that occur.
///
/// Shapes: y, pred (n_rows,), codes from 0 up; sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``accuracy``.
/// Source: scikit-learn ``balanced_accuracy_score``.
#[pyfunction]
#[pyo3(signature = (y, pred, sample_weight = None))]
fn balanced_accuracy(y: Codes, pred: Codes, sample_weight: Option<Numbers>) -> PyResult<f64> {
    Ok(table(&y, &pred, sample_weight.as_ref())?.0.balanced_accuracy())
}

/// The correlation of truth and prediction (Matthews', Gorodkin's for several classes); 0 if either is constant.
///
/// Shapes: y, pred (n_rows,), codes from 0 up; sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``accuracy``.
/// Source: B. W. Matthews (1975), BBA 405, 442-451; J. Gorodkin (2004), Computational Biology and Chemistry
/// 28, 367-374; scikit-learn ``matthews_corrcoef``.
#[pyfunction]
#[pyo3(signature = (y, pred, sample_weight = None))]
fn matthews(y: Codes, pred: Codes, sample_weight: Option<Numbers>) -> PyResult<f64> {
    Ok(table(&y, &pred, sample_weight.as_ref())?.0.correlation())
}

/// Cohen's kappa; ``weights`` is None, "linear" or "quadratic". J. Cohen (1960, 1968).
///
/// Shapes: y, pred (n_rows,), codes from 0 up; sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``accuracy``; chance that agrees completely.
/// Source: J. Cohen (1960), Educational and Psychological Measurement 20, 37-46; scikit-learn
/// ``cohen_kappa_score``.
#[pyfunction]
#[pyo3(signature = (y, pred, weights = None, sample_weight = None))]
fn cohen_kappa(
    y: Codes,
    pred: Codes,
    weights: Option<&str>,
    sample_weight: Option<Numbers>,
) -> PyResult<f64> {
    let disagreement = match weights {
        None => Disagreement::Equal,
        Some("linear") => Disagreement::Linear,
        Some("quadratic") => Disagreement::Quadratic,
        Some(other) => return Err(refusal(format!("{other:?}"), "None, \"linear\" or \"quadratic\"")),
    };
    let (table, _) = table(&y, &pred, sample_weight.as_ref())?;
    computed(|| table.kappa(disagreement))
}

/// Precision, recall and F-beta; 0 where a denominator is empty.
///
/// ``average`` is "binary" (of the class ``positive``), "micro", "macro" or "weighted".
///
/// Shapes: y, pred (n_rows,), codes from 0 up; sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``accuracy``; beta that is not above 0, a class that there is not.
/// Source: scikit-learn ``precision_recall_fscore_support``.
#[pyfunction]
#[pyo3(signature = (y, pred, *, average = "binary", beta = 1.0, positive = 1, sample_weight = None))]
fn precision_recall_f(
    y: Codes,
    pred: Codes,
    average: &str,
    beta: f64,
    positive: usize,
    sample_weight: Option<Numbers>,
) -> PyResult<(f64, f64, f64)> {
    let average = match average {
        "binary" => Average::Only(positive),
        "micro" => Average::Micro,
        "macro" => Average::Macro,
        "weighted" => Average::Weighted,
        other => {
            return Err(refusal(
                format!("{other:?}"),
                "\"binary\", \"micro\", \"macro\" or \"weighted\"",
            ));
        }
    };
    let (table, _) = table(&y, &pred, sample_weight.as_ref())?;
    let found = computed(|| table.precision_recall(average, beta))?;
    Ok((found.precision, found.recall, found.f_beta))
}

/// The mean over classes of what truth and prediction have in common by what either has.
///
/// Shapes: y, pred (n_rows,), codes from 0 up; sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``accuracy``.
/// Source: scikit-learn ``jaccard_score(average="macro")``.
#[pyfunction]
#[pyo3(signature = (y, pred, sample_weight = None))]
fn mean_jaccard(y: Codes, pred: Codes, sample_weight: Option<Numbers>) -> PyResult<f64> {
    Ok(table(&y, &pred, sample_weight.as_ref())?.0.mean_jaccard())
}

/// The weights of truth by prediction, (n_classes, n_classes).
///
/// Shapes: y, pred (n_rows,), codes from 0 up; sample_weight (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` as ``accuracy``.
/// Source: scikit-learn ``confusion_matrix``.
#[pyfunction]
#[pyo3(signature = (y, pred, sample_weight = None))]
fn confusion_matrix(y: Codes, pred: Codes, sample_weight: Option<Numbers>) -> PyResult<Array> {
    let (table, n_classes) = table(&y, &pred, sample_weight.as_ref())?;
    Ok(Array::numbers(table.cells().to_vec(), &[n_classes, n_classes]))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_functions!(
        module,
        accuracy,
        balanced_accuracy,
        matthews,
        cohen_kappa,
        precision_recall_f,
        mean_jaccard,
        confusion_matrix
    );
    Ok(())
}
