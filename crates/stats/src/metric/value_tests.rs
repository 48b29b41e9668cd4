//! Expected values: scikit-learn 1.9.1, scipy 1.17, or by hand.

use super::*;

fn close(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-12 + 1e-9 * expected.abs(),
        "{found} is not {expected}"
    );
}

const Y: [f64; 6] = [3.0, 0.5, 2.0, 7.0, 4.2, 1.0];
const P: [f64; 6] = [2.5, 1.0, 2.0, 8.0, 3.0, 1.5];
const W: [f64; 6] = [1.0, 2.0, 0.5, 1.0, 3.0, 0.0];

#[test]
fn errors_of_numbers_are_scikit_learns() {
    close(mean_squared_error(&Y, &P, Some(&W)).unwrap(), 0.8093333333333335);
    close(mean_absolute_error(&Y, &P, Some(&W)).unwrap(), 0.8133333333333334);
    close(determination(&Y, &P, Some(&W)).unwrap(), 0.8145545643407064);
    close(explained_variance(&Y, &P, Some(&W)).unwrap(), 0.8325186361969937);
    close(largest_error(&Y, &P, None).unwrap(), 1.2000000000000002);
    close(weighted_median_error(&Y, &P, None).unwrap(), 0.5);
    close(weighted_median_error(&Y, &P, Some(&W)).unwrap(), 1.0);
    close(mean_relative_error(&Y, &P, Some(&W)).unwrap(), 0.4222222222222222);
    close(
        mean_squared_log_error(&Y, &P, Some(&W)).unwrap(),
        0.05383072636449115,
    );
    close(
        tweedie_deviance(&Y, &P, 0.0, Some(&W)).unwrap(),
        0.8093333333333335,
    );
    close(d2_tweedie(&Y, &P, 0.0, Some(&W)).unwrap(), 0.8145545643407064);
    close(
        tweedie_deviance(&Y, &P, 1.0, Some(&W)).unwrap(),
        0.282306112767345,
    );
    close(d2_tweedie(&Y, &P, 1.0, Some(&W)).unwrap(), 0.8167898186681121);
    close(
        tweedie_deviance(&Y, &P, 1.5, Some(&W)).unwrap(),
        0.1985065698216508,
    );
    close(d2_tweedie(&Y, &P, 1.5, Some(&W)).unwrap(), 0.8011295843831865);
    close(
        tweedie_deviance(&Y, &P, 2.0, Some(&W)).unwrap(),
        0.1608233298898187,
    );
    close(d2_tweedie(&Y, &P, 2.0, Some(&W)).unwrap(), 0.7679335268577961);
    close(
        tweedie_deviance(&Y, &P, 3.0, Some(&W)).unwrap(),
        0.15064682539682536,
    );
    close(d2_tweedie(&Y, &P, 3.0, Some(&W)).unwrap(), 0.6417595746639662);
    close(pinball(&Y, &P, 0.1, Some(&W)).unwrap(), 0.2946666666666667);
    close(d2_pinball(&Y, &P, 0.1, None).unwrap(), -0.3401360544217684);
    close(d2_pinball(&Y, &P, 0.1, Some(&W)).unwrap(), -0.05995203836930485);
    close(pinball(&Y, &P, 0.5, Some(&W)).unwrap(), 0.4066666666666667);
    close(d2_pinball(&Y, &P, 0.5, None).unwrap(), 0.6542056074766355);
    close(d2_pinball(&Y, &P, 0.5, Some(&W)).unwrap(), 0.512);
    close(pinball(&Y, &P, 0.9, Some(&W)).unwrap(), 0.5186666666666668);
    close(d2_pinball(&Y, &P, 0.9, None).unwrap(), 0.288065843621399);
    close(d2_pinball(&Y, &P, 0.9, Some(&W)).unwrap(), -0.394265232974911);
}

#[test]
fn what_has_no_deviance_is_refused() {
    assert!(tweedie_deviance(&[1.0], &[0.0], 1.0, None).is_err());
    assert!(tweedie_deviance(&[0.0], &[1.0], 2.0, None).is_err());
    assert!(tweedie_deviance(&[1.0], &[1.0], 0.5, None).is_err());
    assert!(determination(&[2.0, 2.0], &[2.0, 3.0], None).is_err());
    close(determination(&[2.0, 2.0], &[2.0, 2.0], None).unwrap(), 1.0);
    assert!(mean_relative_error(&[0.0, 1.0], &[1.0, 1.0], None).is_err());
    assert!(mean_squared_log_error(&[-1.0], &[0.0], None).is_err());
}

const LABELS: [u32; 8] = [0, 1, 2, 2, 1, 0, 2, 1];
const TOLD: [u32; 8] = [0, 2, 2, 2, 1, 1, 0, 1];

#[test]
fn tables_of_classes_are_scikit_learns() {
    let table = ClassTable::new(&LABELS, &TOLD, 3, None).unwrap();
    assert_eq!(table.cells(), [1.0, 1.0, 0.0, 0.0, 2.0, 1.0, 1.0, 0.0, 2.0]);
    close(table.accuracy(), 0.625);
    close(table.balanced_accuracy(), 0.611111111111111);
    close(table.correlation(), 0.42857142857142855);
    close(table.mean_jaccard(), 0.4444444444444444);
    close(table.kappa(Disagreement::Equal).unwrap(), 0.4285714285714286);
    close(table.kappa(Disagreement::Linear).unwrap(), 0.40740740740740744);
    close(table.kappa(Disagreement::Quadratic).unwrap(), 0.3846153846153846);
    let found = table.precision_recall(Average::Micro, 2.0).unwrap();
    close(found.precision, 0.625);
    close(found.recall, 0.625);
    close(found.f_beta, 0.625);
    let found = table.precision_recall(Average::Macro, 2.0).unwrap();
    close(found.precision, 0.611111111111111);
    close(found.recall, 0.611111111111111);
    close(found.f_beta, 0.611111111111111);
    let found = table.precision_recall(Average::Weighted, 2.0).unwrap();
    close(found.precision, 0.625);
    close(found.recall, 0.625);
    close(found.f_beta, 0.625);
    let never = ClassTable::new(&[0, 1, 1], &[0, 0, 0], 2, None).unwrap();
    let found = never.precision_recall(Average::Only(1), 1.0).unwrap();
    assert_eq!((found.precision, found.recall, found.f_beta), (0.0, 0.0, 0.0));
    assert_eq!(never.correlation(), 0.0);
    assert!(
        ClassTable::new(&[0, 0], &[0, 0], 1, None)
            .unwrap()
            .kappa(Disagreement::Equal)
            .is_err()
    );
    assert!(ClassTable::new(&[0, 5], &[0, 0], 2, None).is_err());
}

#[test]
fn orders_are_scikit_learns() {
    let relevance = [3.0, 2.0, 3.0, 0.0, 1.0, 2.0];
    let scores = [0.9, 0.7, 0.7, 0.6, 0.5, 0.4];
    close(
        dcg(&relevance, &scores, None, Gain::Linear).unwrap(),
        6.92659156537923,
    );
    close(
        ndcg(&relevance, &scores, None, Gain::Linear).unwrap(),
        0.9699756668098606,
    );
    close(
        ndcg(&relevance, &scores, Some(3), Gain::Linear).unwrap(),
        0.9888906808152524,
    );
    close(
        ndcg(&relevance, &scores, None, Gain::Exponential).unwrap(),
        0.9667519953294561,
    );
    assert_eq!(ndcg(&[0.0, 0.0], &[0.3, 0.2], None, Gain::Linear).unwrap(), 0.0);
    assert!(dcg(&[-1.0], &[0.3], None, Gain::Linear).is_err());
    let found = top_places(&[false, false, true, true, false], &[0.9, 0.8, 0.7, 0.6, 0.5], 3).unwrap();
    assert_eq!((found.hit, found.reciprocal_rank), (true, 1.0 / 3.0));
    close(found.precision, 1.0 / 3.0);
    close(found.recall, 0.5);
    close(found.average_precision, (1.0 / 3.0 + 0.5) / 2.0);
}

#[test]
fn curves_are_scikit_learns() {
    let labels = [true, false, true, true, false, false, true, false];
    let scores = [0.9, 0.8, 0.8, 0.6, 0.55, 0.5, 0.5, 0.1];
    close(
        partial_auc(&labels, &scores, None, 0.2).unwrap(),
        0.6388888888888888,
    );
    close(
        partial_auc(&labels, &scores, None, 0.5).unwrap(),
        0.7083333333333334,
    );
    close(partial_auc(&labels, &scores, None, 1.0).unwrap(), 0.75);
    let (found, gain) = lift(&labels, &scores, None, 0.25).unwrap();
    close(gain, 1.5 / 4.0);
    close(found, 1.5);
    assert_eq!(roc_points(&labels, &scores, None).unwrap().len(), 7);
    assert!(partial_auc(&labels, &scores, None, 0.0).is_err());
}

#[test]
fn labels_of_several_kinds_are_scikit_learns() {
    let labels = [true, false, false, true, false, true, false, false, false];
    let scores = [0.75, 0.5, 1.0, 0.2, 0.2, 0.9, 0.3, 0.1, 0.2];
    let found = label_ranking(&labels, &scores, 3).unwrap();
    close(found.coverage_error, 1.6666666666666667);
    close(found.average_precision, 0.7777777777777777);
    close(found.ranking_loss, 0.3333333333333333);
}

#[test]
fn groups_are_scikit_learns() {
    let truth = [0, 0, 1, 1, 2, 2, 2, 3];
    let told = [5, 5, 5, 1, 2, 2, 1, 1];
    let found = agreement(&truth, &told).unwrap();
    close(found.adjusted_rand, 0.15789473684210525);
    close(found.normalised_information, 0.5577965290899926);
    close(found.adjusted_information, 0.20118648299711017);
    close(found.homogeneity, 0.5073978624039234);
    close(found.completeness, 0.6193113011326309);
    close(found.v_measure, 0.5577965290899926);
    close(found.fowlkes_mallows, 0.33806170189140666);
    let same = agreement(&[1, 1, 1], &[2, 2, 2]).unwrap();
    assert_eq!(
        (same.adjusted_rand, same.adjusted_information, same.v_measure),
        (1.0, 1.0, 1.0)
    );
    let points = [
        0.0, 0.0, 1.0, 0.0, 5.0, 5.0, 6.0, 5.5, 9.0, 0.0, 9.5, 1.0, 8.0, 0.5,
    ];
    let found = separation(&points, 2, &[0, 0, 1, 1, 2, 2, 2]).unwrap();
    close(found.silhouette, 0.8122435296994794);
    close(found.calinski_harabasz, 84.99360341151387);
    close(found.davies_bouldin, 0.19739219330746016);
    assert!(separation(&points, 2, &[0; 7]).is_err());
}

#[test]
fn forecasts_are_judged_by_their_definitions() {
    let (y, forecast, train) = ([3.0, 4.0], [2.0, 6.0], [1.0, 2.0, 4.0, 3.0]);
    close(mase(&y, &forecast, &train, 1).unwrap(), 1.5 / (4.0 / 3.0));
    close(rmsse(&y, &forecast, &train, 1).unwrap(), (2.5_f64 / 2.0).sqrt());
    close(smape(&y, &forecast).unwrap(), (1.0 / 5.0 + 2.0 / 10.0) / 2.0);
    close(wape(&y, &forecast).unwrap(), 3.0 / 7.0);
    close(bias(&y, &forecast).unwrap(), 0.5);
    close(
        interval_score(&y, &[2.0, 5.0], &[4.0, 6.0], 0.1).unwrap(),
        (2.0 + 1.0 + 20.0) / 2.0,
    );
    // scipy: sigma * (z * (2 cdf(z) - 1) + 2 pdf(z) - 1 / sqrt(pi)) at z = 1, sigma = 2.
    close(
        crps_normal(&[3.0], &[1.0], &[2.0]).unwrap()[0],
        1.204_882_715_255_232_6,
    );
    close(
        crps_samples(&[1.0], &[0.0, 2.0, 4.0], 3).unwrap()[0],
        5.0 / 3.0 - 16.0 / 18.0,
    );
    close(
        normal_nll(&[3.0], &[1.0], &[2.0]).unwrap(),
        0.5 + crate::math::ln(2.0) + 0.5 * crate::math::ln(std::f64::consts::TAU),
    );
    assert!(mase(&y, &forecast, &[2.0, 2.0, 2.0], 1).is_err());
    assert!(interval_score(&y, &[5.0, 5.0], &[4.0, 6.0], 0.1).is_err());
    assert!(crps_normal(&[3.0], &[1.0], &[0.0]).is_err());
}

#[test]
fn probabilities_of_classes_are_scikit_learns() {
    let labels = [0, 1, 2, 2, 1, 0, 2];
    let p = [
        0.6, 0.3, 0.1, 0.2, 0.5, 0.3, 0.3, 0.3, 0.4, 0.5, 0.25, 0.25, 0.1, 0.3, 0.6, 0.4, 0.4, 0.2, 0.5, 0.2,
        0.3,
    ];
    close(multiclass_auc_weighted(&labels, &p, 3, None).unwrap(), 0.725);
    close(multiclass_auc_pairs(&labels, &p, 3).unwrap(), 0.7430555555555557);
    close(
        multiclass_brier(&labels, &p, 3, None).unwrap(),
        0.6078571428571429,
    );
    close(top_k_accuracy(&labels, &p, 3, 2, None).unwrap(), 1.0);
    assert!(top_k_accuracy(&labels, &p, 3, 0, None).is_err());
    assert!(multiclass_auc_pairs(&[0, 1], &p[..6], 3).is_err());
}
