//! How good predictions are. Arguments go as in scikit-learn: the truth, the prediction, then weights.

use crate::array::Array;
use crate::from_stats;
use crate::numbers::{Codes, Grid, Numbers, Truths, refusal};
use pyo3::prelude::*;
use stats::StatsError;
use stats::metric::{self, Average, Binning, ClassTable, Disagreement, Gain};

/// Intervals are computed beside these values and not given.
const LEVEL: f64 = 0.95;

fn value(found: Result<stats::interval::Estimate, StatsError>) -> PyResult<f64> {
    found.map(|estimate| estimate.value).map_err(from_stats)
}

/// Declares functions of numbers: truth, prediction and weights.
macro_rules! of_numbers {
    ($( $(#[doc = $help:literal])+ $name:ident = $function:path; )+) => {
        $(
            $(#[doc = $help])+
            #[pyfunction]
            #[pyo3(signature = (y, pred, sample_weight = None))]
            fn $name(y: Numbers, pred: Numbers, sample_weight: Option<Numbers>) -> PyResult<f64> {
                $function(&y, &pred, sample_weight.as_deref()).map_err(from_stats)
            }
        )+

        fn add_of_numbers(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $( module.add_function(wrap_pyfunction!($name, module)?)?; )+
            Ok(())
        }
    };
}

of_numbers! {
    /// The mean squared error.
    mean_squared_error = metric::mean_squared_error;
    /// The mean absolute error.
    mean_absolute_error = metric::mean_absolute_error;
    /// The mean of ``|error| / |y|``, a fraction; refused where a truth is 0.
    mean_absolute_percentage_error = metric::mean_relative_error;
    /// The median absolute error; with weights, the error in their middle.
    median_absolute_error = metric::weighted_median_error;
    /// The largest absolute error.
    max_error = metric::largest_error;
    /// The share by which the squared error is less than the mean's; refused for a constant truth that is missed.
    r2 = metric::determination;
    /// The share of the variance of ``y`` that is not in the errors.
    explained_variance = metric::explained_variance;
    /// The mean squared difference of ``ln(1 + value)``.
    mean_squared_log_error = metric::mean_squared_log_error;
}

/// The mean pinball loss at a level in (0, 1). R. Koenker, G. Bassett (1978), Econometrica 46.
#[pyfunction]
#[pyo3(signature = (y, pred, level, sample_weight = None))]
fn pinball(y: Numbers, pred: Numbers, level: f64, sample_weight: Option<Numbers>) -> PyResult<f64> {
    metric::pinball(&y, &pred, level, sample_weight.as_deref()).map_err(from_stats)
}

/// The share by which the pinball loss is less than that of the quantile of ``y``.
#[pyfunction]
#[pyo3(signature = (y, pred, level, sample_weight = None))]
fn d2_pinball(y: Numbers, pred: Numbers, level: f64, sample_weight: Option<Numbers>) -> PyResult<f64> {
    metric::d2_pinball(&y, &pred, level, sample_weight.as_deref()).map_err(from_stats)
}

/// The mean deviance of the Tweedie family: power 0 squares errors, 1 is Poisson's, 2 Gamma's.
#[pyfunction]
#[pyo3(signature = (y, pred, power, sample_weight = None))]
fn tweedie_deviance(y: Numbers, pred: Numbers, power: f64, sample_weight: Option<Numbers>) -> PyResult<f64> {
    metric::tweedie_deviance(&y, &pred, power, sample_weight.as_deref()).map_err(from_stats)
}

/// The share by which the deviance is less than that of the mean of ``y``.
#[pyfunction]
#[pyo3(signature = (y, pred, power, sample_weight = None))]
fn d2_tweedie(y: Numbers, pred: Numbers, power: f64, sample_weight: Option<Numbers>) -> PyResult<f64> {
    metric::d2_tweedie(&y, &pred, power, sample_weight.as_deref()).map_err(from_stats)
}

/// The area under the ROC curve, ties counted half; refused for one class.
#[pyfunction]
#[pyo3(signature = (y, score, sample_weight = None))]
fn roc_auc(y: Truths, score: Numbers, sample_weight: Option<Numbers>) -> PyResult<f64> {
    value(metric::auc(&y, &score, sample_weight.as_deref(), LEVEL))
}

/// The area under the ROC curve up to a false positive rate, 0.5 for no skill. D. K. McClish (1989).
#[pyfunction]
#[pyo3(signature = (y, score, max_fpr, sample_weight = None))]
fn partial_auc(y: Truths, score: Numbers, max_fpr: f64, sample_weight: Option<Numbers>) -> PyResult<f64> {
    metric::partial_auc(&y, &score, sample_weight.as_deref(), max_fpr).map_err(from_stats)
}

/// The area under the precision-recall curve, as a sum of steps.
#[pyfunction]
#[pyo3(signature = (y, score, sample_weight = None))]
fn average_precision(y: Truths, score: Numbers, sample_weight: Option<Numbers>) -> PyResult<f64> {
    value(metric::average_precision(
        &y,
        &score,
        sample_weight.as_deref(),
        LEVEL,
    ))
}

/// False and true positive rates, one point for each score from the highest on, after (0, 0).
#[pyfunction]
#[pyo3(signature = (y, score, sample_weight = None))]
fn roc_curve(y: Truths, score: Numbers, sample_weight: Option<Numbers>) -> PyResult<(Array, Array)> {
    let points = metric::roc_points(&y, &score, sample_weight.as_deref()).map_err(from_stats)?;
    let (false_rates, true_rates): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
    let n = false_rates.len();
    Ok((
        Array::numbers(false_rates, &[n]),
        Array::numbers(true_rates, &[n]),
    ))
}

/// The mean negative log-likelihood of labels 0 and 1, probabilities kept within 2^-52 of 0 and 1.
#[pyfunction]
#[pyo3(signature = (y, probability, sample_weight = None))]
fn log_loss(y: Truths, probability: Numbers, sample_weight: Option<Numbers>) -> PyResult<f64> {
    value(metric::log_loss(
        &y,
        &probability,
        sample_weight.as_deref(),
        LEVEL,
    ))
}

/// The mean squared error of probabilities. G. W. Brier (1950).
#[pyfunction]
#[pyo3(signature = (y, probability, sample_weight = None))]
fn brier(y: Truths, probability: Numbers, sample_weight: Option<Numbers>) -> PyResult<f64> {
    value(metric::brier(&y, &probability, sample_weight.as_deref(), LEVEL))
}

/// Expected and largest calibration error over bins of equal width.
#[pyfunction]
#[pyo3(signature = (y, probability, n_bins = 10, sample_weight = None))]
fn calibration_errors(
    y: Truths,
    probability: Numbers,
    n_bins: usize,
    sample_weight: Option<Numbers>,
) -> PyResult<(f64, f64)> {
    let weights = sample_weight.as_deref();
    let bins =
        metric::reliability(&y, &probability, weights, Binning::Width(n_bins), LEVEL).map_err(from_stats)?;
    let total: f64 = bins.iter().map(|bin| bin.weight).sum();
    let gaps = || {
        bins.iter()
            .map(|bin| (bin.weight, (bin.observed.value - bin.predicted).abs()))
    };
    let expected: f64 = gaps().map(|(weight, gap)| weight / total * gap).sum();
    Ok((expected, gaps().map(|(_, gap)| gap).fold(0.0, f64::max)))
}

/// Of the ``share`` of rows with the highest scores: how much richer in positives they are (lift), and which share of the
/// positives they hold (gain).
#[pyfunction]
#[pyo3(signature = (y, score, share = 0.1, sample_weight = None))]
fn lift(y: Truths, score: Numbers, share: f64, sample_weight: Option<Numbers>) -> PyResult<(f64, f64)> {
    metric::lift(&y, &score, sample_weight.as_deref(), share).map_err(from_stats)
}

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
    let table = ClassTable::new(y, pred, n_classes, weights.map(|weights| &**weights)).map_err(from_stats)?;
    Ok((table, n_classes))
}

/// The share of rows told rightly.
#[pyfunction]
#[pyo3(signature = (y, pred, sample_weight = None))]
fn accuracy(y: Codes, pred: Codes, sample_weight: Option<Numbers>) -> PyResult<f64> {
    Ok(table(&y, &pred, sample_weight.as_ref())?.0.accuracy())
}

/// The mean recall of the classes that occur.
#[pyfunction]
#[pyo3(signature = (y, pred, sample_weight = None))]
fn balanced_accuracy(y: Codes, pred: Codes, sample_weight: Option<Numbers>) -> PyResult<f64> {
    Ok(table(&y, &pred, sample_weight.as_ref())?.0.balanced_accuracy())
}

/// The correlation of truth and prediction (Matthews', Gorodkin's for several classes); 0 if either is constant.
#[pyfunction]
#[pyo3(signature = (y, pred, sample_weight = None))]
fn matthews(y: Codes, pred: Codes, sample_weight: Option<Numbers>) -> PyResult<f64> {
    Ok(table(&y, &pred, sample_weight.as_ref())?.0.correlation())
}

/// Cohen's kappa; ``weights`` is None, "linear" or "quadratic". J. Cohen (1960, 1968).
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
    table(&y, &pred, sample_weight.as_ref())?
        .0
        .kappa(disagreement)
        .map_err(from_stats)
}

/// Precision, recall and F-beta; 0 where a denominator is empty.
///
/// ``average`` is "binary" (of the class ``positive``), "micro", "macro" or "weighted".
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
    let found = table.precision_recall(average, beta).map_err(from_stats)?;
    Ok((found.precision, found.recall, found.f_beta))
}

/// The mean over classes of what truth and prediction have in common by what either has.
#[pyfunction]
#[pyo3(signature = (y, pred, sample_weight = None))]
fn mean_jaccard(y: Codes, pred: Codes, sample_weight: Option<Numbers>) -> PyResult<f64> {
    Ok(table(&y, &pred, sample_weight.as_ref())?.0.mean_jaccard())
}

/// The weights of truth by prediction, (n_classes, n_classes).
#[pyfunction]
#[pyo3(signature = (y, pred, sample_weight = None))]
fn confusion_matrix(y: Codes, pred: Codes, sample_weight: Option<Numbers>) -> PyResult<Array> {
    let (table, n_classes) = table(&y, &pred, sample_weight.as_ref())?;
    Ok(Array::numbers(table.cells().to_vec(), &[n_classes, n_classes]))
}

/// The mean negative log-likelihood of classes; ``probability`` is of shape (n_rows, n_classes).
#[pyfunction]
#[pyo3(signature = (y, probability, sample_weight = None))]
fn multiclass_log_loss(y: Codes, probability: Grid, sample_weight: Option<Numbers>) -> PyResult<f64> {
    let Grid { values, n_columns } = &probability;
    value(metric::multiclass_log_loss(
        &y,
        values,
        *n_columns,
        sample_weight.as_deref(),
        LEVEL,
    ))
}

/// The area under the ROC curve of several classes: "ovr" each against the rest, "ovo" each pair; the mean is "macro", or
/// for "ovr" also "weighted" by the classes' rows.
#[pyfunction]
#[pyo3(signature = (y, probability, *, multi_class = "ovr", average = "macro", sample_weight = None))]
fn multiclass_auc(
    y: Codes,
    probability: Grid,
    multi_class: &str,
    average: &str,
    sample_weight: Option<Numbers>,
) -> PyResult<f64> {
    let Grid { values, n_columns } = &probability;
    let weights = sample_weight.as_deref();
    let found = match (multi_class, average) {
        ("ovr", "macro") => {
            return value(metric::multiclass_auc(&y, values, *n_columns, weights, LEVEL));
        }
        ("ovr", "weighted") => metric::multiclass_auc_weighted(&y, values, *n_columns, weights),
        ("ovo", "macro") if weights.is_none() => metric::multiclass_auc_pairs(&y, values, *n_columns),
        _ => {
            let found = format!("{multi_class:?} with {average:?}");
            return Err(refusal(
                found,
                "\"ovr\" with \"macro\" or \"weighted\", \"ovo\" with \"macro\" without weights",
            ));
        }
    };
    found.map_err(from_stats)
}

/// The mean squared distance of probabilities to the class that happened, over all classes.
#[pyfunction]
#[pyo3(signature = (y, probability, sample_weight = None))]
fn multiclass_brier(y: Codes, probability: Grid, sample_weight: Option<Numbers>) -> PyResult<f64> {
    let Grid { values, n_columns } = &probability;
    metric::multiclass_brier(&y, values, *n_columns, sample_weight.as_deref()).map_err(from_stats)
}

/// The share of rows whose class is among the ``k`` most probable.
#[pyfunction]
#[pyo3(signature = (y, probability, k = 2, sample_weight = None))]
fn top_k_accuracy(y: Codes, probability: Grid, k: usize, sample_weight: Option<Numbers>) -> PyResult<f64> {
    let Grid { values, n_columns } = &probability;
    metric::top_k_accuracy(&y, values, *n_columns, k, sample_weight.as_deref()).map_err(from_stats)
}

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
#[pyfunction]
#[pyo3(signature = (relevance, score, k = None, gain = "linear"))]
fn dcg(relevance: Numbers, score: Numbers, k: Option<usize>, gain: &str) -> PyResult<f64> {
    metric::dcg(&relevance, &score, k, gain_of(gain)?).map_err(from_stats)
}

/// The discounted cumulative gain by that of the best order; 0 if nothing is relevant.
#[pyfunction]
#[pyo3(signature = (relevance, score, k = None, gain = "linear"))]
fn ndcg(relevance: Numbers, score: Numbers, k: Option<usize>, gain: &str) -> PyResult<f64> {
    metric::ndcg(&relevance, &score, k, gain_of(gain)?).map_err(from_stats)
}

/// Of one query: precision and recall among the first ``k``, whether any of them is relevant, one by the place of the
/// first relevant item, and the average precision.
#[pyfunction]
fn top_places(relevant: Truths, score: Numbers, k: usize) -> PyResult<(f64, f64, bool, f64, f64)> {
    let found = metric::top_places(&relevant, &score, k).map_err(from_stats)?;
    Ok((
        found.precision,
        found.recall,
        found.hit,
        found.reciprocal_rank,
        found.average_precision,
    ))
}

/// Coverage error, average precision and ranking loss of labels, both (n_rows, n_labels).
#[pyfunction]
fn label_ranking(y: Grid, score: Grid) -> PyResult<(f64, f64, f64)> {
    let labels: Vec<bool> = y.values.iter().map(|label| *label != 0.0).collect();
    let found = metric::label_ranking(&labels, &score.values, y.n_columns).map_err(from_stats)?;
    Ok((found.coverage_error, found.average_precision, found.ranking_loss))
}

/// How two partitions agree: a dictionary of measures by name.
#[pyfunction]
fn cluster_agreement(py: Python<'_>, y: Codes, pred: Codes) -> PyResult<Bound<'_, pyo3::types::PyDict>> {
    let found = metric::agreement(&y, &pred).map_err(from_stats)?;
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
#[pyfunction]
fn cluster_separation(points: Grid, groups: Codes) -> PyResult<(f64, f64, f64)> {
    let found = metric::separation(&points.values, points.n_columns, &groups).map_err(from_stats)?;
    Ok((found.silhouette, found.calinski_harabasz, found.davies_bouldin))
}

/// The mean absolute error in units of the naive forecast's within the history. R. J. Hyndman, A. B. Koehler (2006).
#[pyfunction]
#[pyo3(signature = (y, pred, train, season = 1))]
fn mase(y: Numbers, pred: Numbers, train: Numbers, season: usize) -> PyResult<f64> {
    metric::mase(&y, &pred, &train, season).map_err(from_stats)
}

/// The root mean squared error in units of the naive forecast's within the history (M5).
#[pyfunction]
#[pyo3(signature = (y, pred, train, season = 1))]
fn rmsse(y: Numbers, pred: Numbers, train: Numbers, season: usize) -> PyResult<f64> {
    metric::rmsse(&y, &pred, &train, season).map_err(from_stats)
}

/// The mean of ``|error| / (|y| + |pred|)``, in [0, 1]; M4's figure is 200 times this.
#[pyfunction]
fn smape(y: Numbers, pred: Numbers) -> PyResult<f64> {
    metric::smape(&y, &pred).map_err(from_stats)
}

/// The sum of absolute errors by the sum of absolute truths.
#[pyfunction]
fn wape(y: Numbers, pred: Numbers) -> PyResult<f64> {
    metric::wape(&y, &pred).map_err(from_stats)
}

/// The mean of prediction minus truth.
#[pyfunction]
fn bias(y: Numbers, pred: Numbers) -> PyResult<f64> {
    metric::bias(&y, &pred).map_err(from_stats)
}

/// The mean score of intervals of which a share ``alpha`` should miss. T. Gneiting, A. E. Raftery (2007).
#[pyfunction]
fn interval_score(y: Numbers, low: Numbers, high: Numbers, alpha: f64) -> PyResult<f64> {
    metric::interval_score(&y, &low, &high, alpha).map_err(from_stats)
}

/// The continuous ranked probability score of each normal forecast. T. Gneiting, A. E. Raftery (2007).
#[pyfunction]
fn crps_normal(y: Numbers, mean: Numbers, sd: Numbers) -> PyResult<Array> {
    let found = metric::crps_normal(&y, &mean, &sd).map_err(from_stats)?;
    let n = found.len();
    Ok(Array::numbers(found, &[n]))
}

/// The continuous ranked probability score of each row of samples, (n_rows, n_samples).
#[pyfunction]
fn crps_samples(y: Numbers, samples: Grid) -> PyResult<Array> {
    let found = metric::crps_samples(&y, &samples.values, samples.n_columns).map_err(from_stats)?;
    let n = found.len();
    Ok(Array::numbers(found, &[n]))
}

/// The mean negative log-likelihood of normal forecasts.
#[pyfunction]
fn normal_nll(y: Numbers, mean: Numbers, sd: Numbers) -> PyResult<f64> {
    metric::normal_nll(&y, &mean, &sd).map_err(from_stats)
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    add_of_numbers(module)?;
    macro_rules! add {
        ($($name:ident),+ $(,)?) => { $( module.add_function(wrap_pyfunction!($name, module)?)?; )+ };
    }
    add!(
        pinball,
        d2_pinball,
        tweedie_deviance,
        d2_tweedie,
        roc_auc,
        partial_auc,
        average_precision,
        roc_curve,
        log_loss,
        brier,
        calibration_errors,
        lift,
        accuracy,
        balanced_accuracy,
        matthews,
        cohen_kappa,
        precision_recall_f,
        mean_jaccard,
        confusion_matrix,
        multiclass_log_loss,
        multiclass_auc,
        multiclass_brier,
        top_k_accuracy,
        dcg,
        ndcg,
        top_places,
        label_ranking,
        cluster_agreement,
        cluster_separation,
        mase,
        rmsse,
        smape,
        wape,
        bias,
        interval_score,
        crps_normal,
        crps_samples,
        normal_nll,
    );
    Ok(())
}
