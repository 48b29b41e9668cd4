use super::*;
use crate::interval::{Estimate, Resampling};
use crate::random::Draw;

include!("reference.rs");

const RESAMPLING: Resampling = Resampling {
    n_resamples: 200,
    seed: 1,
    level: 0.95,
};

fn labels() -> Vec<bool> {
    LABELS.iter().map(|&l| l == 1).collect()
}

fn close(estimate: Estimate, expected: f64) {
    assert!(
        (estimate.value - expected).abs() < 1e-12,
        "{estimate:?} is not {expected}"
    );
    assert!(
        estimate.low <= estimate.value && estimate.value <= estimate.high,
        "{estimate:?}"
    );
}

#[test]
fn binary_scores_match_scikit_learn() {
    let y = labels();
    let w = Some(&WEIGHTS[..]);
    close(auc(&y, &SCORES, None, 0.95).unwrap(), AUC);
    close(auc(&y, &SCORES, w, 0.95).unwrap(), AUC_WEIGHTED);
    close(average_precision(&y, &SCORES, None, 0.95).unwrap(), AP);
    close(average_precision(&y, &SCORES, w, 0.95).unwrap(), AP_WEIGHTED);
    close(log_loss(&y, &SCORES, None, 0.95).unwrap(), LOG_LOSS);
    close(log_loss(&y, &SCORES, w, 0.95).unwrap(), LOG_LOSS_WEIGHTED);
    close(brier(&y, &SCORES, None, 0.95).unwrap(), BRIER);
    close(
        calibration_error(&y, &SCORES, None, Binning::Width(10), &RESAMPLING).unwrap(),
        ECE,
    );
}

#[test]
fn metrics_at_a_threshold_match_scikit_learn() {
    let y = labels();
    close(accuracy(&y, &SCORES, None, 0.5, 0.95).unwrap(), ACCURACY);
    close(balanced_accuracy(&y, &SCORES, None, 0.5, 0.95).unwrap(), BALANCED);
    close(precision(&y, &SCORES, None, 0.5, 0.95).unwrap(), PRECISION);
    close(recall(&y, &SCORES, None, 0.5, 0.95).unwrap(), RECALL);
    close(f1(&y, &SCORES, None, 0.5, 0.95).unwrap(), F1);
    close(f1(&y, &SCORES, Some(&WEIGHTS), 0.5, 0.95).unwrap(), F1_WEIGHTED);
    close(mcc(&y, &SCORES, None, 0.5, 0.95).unwrap(), MCC);
}

#[test]
fn delong_matches_its_definition() {
    let got = auc(&labels(), &SCORES, None, 0.95).unwrap();
    assert!(
        (got.low - AUC_LOW).abs() < 1e-12 && (got.high - AUC_HIGH).abs() < 1e-12,
        "{got:?}"
    );
    let paired = paired_auc(&labels(), &SCORES, &OTHER_SCORES, None, 0.95).unwrap();
    assert!((paired.statistic - PAIRED_Z).abs() < 1e-10, "{paired:?}");
    assert!((paired.p_value - PAIRED_P).abs() < 1e-12, "{paired:?}");
}

#[test]
fn curves_agree_with_the_areas() {
    let y = labels();
    let roc = roc_curve(&y, &SCORES, None).unwrap();
    // scikit-learn leaves out equal steps only, we every point on a straight line
    assert!(roc.len() <= N_ROC_POINTS, "{}", roc.len());
    let trapezoid = |p: &[RocPoint]| {
        0.5 * (p[1].false_positive_rate - p[0].false_positive_rate)
            * (p[1].true_positive_rate + p[0].true_positive_rate)
    };
    assert!((roc.windows(2).map(trapezoid).sum::<f64>() - AUC).abs() < 1e-12);
    let curve = precision_recall_curve(&y, &SCORES, None).unwrap();
    assert_eq!(curve.last().unwrap().recall, 1.0);
    let gain = gain_curve(&y, &SCORES, None, 10).unwrap();
    assert_eq!(gain.len(), 11);
    assert!((gain[10].share_of_positives - 1.0).abs() < 1e-12);
    assert!(
        gain.windows(2)
            .all(|p| p[0].share_of_positives <= p[1].share_of_positives)
    );
    let flat = gain_curve(&y, &[0.5; 60], None, 4).unwrap();
    assert!(
        flat.iter()
            .all(|p| (p.share_of_positives - p.share_of_rows).abs() < 1e-12)
    );
}

#[test]
fn reliability_bins_hold_every_row_once() {
    for binning in [Binning::Width(5), Binning::Count(5)] {
        let bins = reliability(&labels(), &SCORES, None, binning, 0.9).unwrap();
        assert_eq!(bins.iter().map(|b| b.n_rows).sum::<usize>(), 60);
        assert!(bins.windows(2).all(|b| b[0].predicted < b[1].predicted));
    }
}

#[test]
fn multiclass_matches_scikit_learn() {
    close(
        multiclass_log_loss(&CODES, &CLASS_PROBABILITIES, 3, None, 0.95).unwrap(),
        CLASS_LOG_LOSS,
    );
    close(
        multiclass_accuracy(&CODES, &CLASS_PROBABILITIES, 3, None, 0.95).unwrap(),
        CLASS_ACCURACY,
    );
    close(
        multiclass_auc(&CODES, &CLASS_PROBABILITIES, 3, None, 0.95).unwrap(),
        CLASS_AUC,
    );
    close(
        multiclass_f1(&CODES, &CLASS_PROBABILITIES, 3, None, 0.95).unwrap(),
        CLASS_F1,
    );
    assert!(multiclass_auc(&[0, 1, 0], &[0.5, 0.5, 0.0].repeat(3), 3, None, 0.95).is_err());
    assert!(multiclass_log_loss(&[7], &[0.5, 0.5], 2, None, 0.95).is_err());
}

#[test]
fn regression_matches_scikit_learn() {
    close(rmse(&TARGETS, &PREDICTIONS, None, 0.95).unwrap(), RMSE);
    close(mae(&TARGETS, &PREDICTIONS, None, 0.95).unwrap(), MAE);
    close(
        mean_error(&TARGETS, &PREDICTIONS, None, 0.95).unwrap(),
        MEAN_ERROR,
    );
    close(mape(&TARGETS, &PREDICTIONS, None, 0.95).unwrap(), MAPE);
    close(
        median_absolute_error(&TARGETS, &PREDICTIONS, 0.95).unwrap(),
        MEDIAN_AE,
    );
    close(r2(&TARGETS, &PREDICTIONS, None, &RESAMPLING).unwrap(), R2);
    close(
        r2(&TARGETS, &PREDICTIONS, Some(&WEIGHTS[..40]), &RESAMPLING).unwrap(),
        R2_WEIGHTED,
    );
    let mean = TARGETS.iter().sum::<f64>() / 40.0;
    let squares = |prediction: &dyn Fn(usize) -> f64| -> Vec<f64> {
        (0..40)
            .map(|i| (prediction(i) - TARGETS[i]) * (prediction(i) - TARGETS[i]))
            .collect()
    };
    let paired = paired_mean(&squares(&|i| PREDICTIONS[i]), &squares(&|_| mean), None, 0.95).unwrap();
    assert!((paired.statistic - PAIRED_T).abs() < 1e-10 && (paired.p_value - PAIRED_T_P).abs() < 1e-12);
}

#[test]
fn degenerate_input_is_refused_or_bounded() {
    let one = auc(&[true, true], &[0.1, 0.2], None, 0.95).unwrap_err();
    assert_eq!(
        one.to_string(),
        "labels holds only the class positive, expected at least two classes"
    );
    assert!(auc(&[], &[], None, 0.95).is_err());
    assert!(auc(&[true, false], &[0.1], None, 0.95).is_err());
    assert!(auc(&[true, false], &[0.1, f64::NAN], None, 0.95).is_err());
    assert!(log_loss(&[true, false], &[0.1, 1.2], None, 0.95).is_err());
    assert!(precision(&[true, false], &[0.1, 0.2], None, 0.5, 0.95).is_err());
    assert!(mcc(&[true, false], &[0.1, 0.2], None, 0.5, 0.95).is_err());
    assert!(r2(&[2.0, 2.0], &[1.0, 2.0], None, &RESAMPLING).is_err());
    assert!(mape(&[0.0, 2.0], &[1.0, 2.0], None, 0.9).is_err());
    assert!(paired_auc(&labels(), &SCORES, &SCORES, None, 0.95).is_err());
    let perfect = auc(&[true, true, false], &[0.9, 0.8, 0.1], None, 0.95).unwrap();
    assert!(perfect.value == 1.0 && perfect.high == 1.0 && perfect.low < 0.5);
    let constant = auc(&[true, true, false, false], &[0.5; 4], None, 0.95).unwrap();
    assert_eq!(
        constant,
        Estimate {
            value: 0.5,
            low: 0.5,
            high: 0.5
        }
    );
}

#[test]
fn zero_weight_equals_absence() {
    let (y, mut w) = (labels(), [1.0; 60]);
    w[40..].fill(0.0);
    let pairs = [
        (
            auc(&y, &SCORES, Some(&w), 0.9),
            auc(&y[..40], &SCORES[..40], None, 0.9),
        ),
        (
            log_loss(&y, &SCORES, Some(&w), 0.9),
            log_loss(&y[..40], &SCORES[..40], None, 0.9),
        ),
        (
            mcc(&y, &SCORES, Some(&w), 0.5, 0.9),
            mcc(&y[..40], &SCORES[..40], None, 0.5, 0.9),
        ),
        (
            average_precision(&y, &SCORES, Some(&w), 0.9),
            average_precision(&y[..40], &SCORES[..40], None, 0.9),
        ),
    ];
    for (with, without) in pairs {
        let (with, without) = (with.unwrap(), without.unwrap());
        assert!((with.value - without.value).abs() < 1e-12, "{with:?} {without:?}");
        assert!((with.low - without.low).abs() < 1e-9 && (with.high - without.high).abs() < 1e-9);
    }
}

/// Share of repeated samples whose 90 % interval covers the truth.
fn coverage(n_repeats: u64, truth: f64, mut interval: impl FnMut(&mut Draw) -> Estimate) -> f64 {
    let covered = (0..n_repeats)
        .filter(|&r| interval(&mut Draw::new(r, 77)).covers(truth))
        .count();
    covered as f64 / n_repeats as f64
}

#[test]
fn intervals_cover_as_they_say() {
    // labels Bernoulli(0.3), score normal with shift 1: AUC is the normal cdf of 1 / sqrt(2)
    let sample = |draw: &mut Draw| {
        let labels: Vec<bool> = (0..200).map(|_| draw.uniform() < 0.3).collect();
        let scores: Vec<f64> = labels.iter().map(|&l| f64::from(l) + draw.normal()).collect();
        (labels, scores)
    };
    let truth = crate::special::normal_cdf(std::f64::consts::FRAC_1_SQRT_2);
    let of_auc = coverage(600, truth, |draw| {
        let (labels, scores) = sample(draw);
        auc(&labels, &scores, None, 0.9).unwrap()
    });
    assert!((0.86..0.95).contains(&of_auc), "{of_auc}");
    let (sensitivity, specificity) = (0.691_462_461_274_013_1, 0.691_462_461_274_013_1);
    let (tp, fp) = (0.3 * sensitivity, 0.7 * (1.0 - specificity));
    let f1_truth = 2.0 * tp / (tp + fp + 0.3);
    let of_f1 = coverage(600, f1_truth, |draw| {
        let (labels, scores) = sample(draw);
        f1(&labels, &scores, None, 0.5, 0.9).unwrap()
    });
    assert!((0.86..0.96).contains(&of_f1), "{of_f1}");
    let (pp, p) = (tp + fp, 0.3);
    let mcc_truth = (tp - pp * p) / crate::math::sqrt(pp * (1.0 - pp) * p * (1.0 - p));
    let of_mcc = coverage(600, mcc_truth, |draw| {
        let (labels, scores) = sample(draw);
        mcc(&labels, &scores, None, 0.5, 0.9).unwrap()
    });
    assert!((0.86..0.95).contains(&of_mcc), "{of_mcc}");
    let of_median = coverage(600, 0.674_489_750_196_081_7, |draw| {
        let errors: Vec<f64> = (0..51).map(|_| draw.normal()).collect();
        median_absolute_error(&[0.0; 51], &errors, 0.9).unwrap()
    });
    assert!((0.88..0.97).contains(&of_median), "{of_median}");
}

#[test]
fn numbers_beyond_the_range_are_refused_and_give_no_nan() {
    let (y, p) = ([0.0, 1e200], [0.0, 1.0]);
    assert!(determination(&y, &p, None).is_err());
    assert!(explained_variance(&y, &p, None).is_err());
    assert!(tweedie_deviance(&[0.0], &[2.0], -1e308, None).is_err());
    assert!(wape(&[1e308, 1e308], &[0.0, 1.0]).is_err());
    let exact = interval_score(&[0.0], &[0.0], &[0.0], 1e-308).unwrap();
    assert_eq!(exact, 0.0);
}
