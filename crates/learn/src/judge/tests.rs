#![allow(clippy::unwrap_used)]
use bundle::DecisionRule;
use stats::random::Draw;

use super::*;

fn out_of_fold(margins: Vec<f64>, n_outputs: usize) -> OutOfFold {
    let n_rows = margins.len() / n_outputs;
    OutOfFold {
        n_outputs,
        link: Link::Identity,
        levels: vec![],
        margins,
        fold_of_row: (0..n_rows).map(|row| Some(row % 5)).collect(),
    }
}

fn contender(trainer: &str, margins: Vec<f64>, n_outputs: usize) -> Contender {
    Contender {
        trainer: trainer.to_owned(),
        out_of_fold: out_of_fold(margins, n_outputs),
    }
}

/// Margins that mean what they usually do.
fn judge_as_told(
    contenders: &[Contender],
    target: &Target,
    weights: Option<&[f64]>,
    rule: DecisionRule,
    method: &str,
    seed: u64,
) -> Result<Verdict, LearnError> {
    let mut contenders = contenders.to_vec();
    contenders
        .iter_mut()
        .for_each(|contender| contender.out_of_fold.link = target.link());
    judge(&contenders, target, weights, rule, method, seed)
}

/// Labels drawn from known log-odds.
fn labels(n: usize) -> (Vec<f64>, Vec<bool>) {
    let mut draw = Draw::new(3, 1);
    let truth: Vec<f64> = (0..n).map(|_| draw.normal() * 1.5 - 1.0).collect();
    let labels = truth
        .iter()
        .map(|margin| draw.uniform() < stats::math::sigmoid(*margin))
        .collect();
    (truth, labels)
}

fn metric<'a>(verdict: &'a Verdict, name: &str) -> &'a Metric {
    verdict
        .evaluation
        .metrics
        .iter()
        .find(|metric| metric.name == name)
        .unwrap()
}

#[test]
fn the_better_margins_win_and_twisted_ones_are_calibrated() {
    let (truth, labels) = labels(4000);
    let twisted: Vec<f64> = truth.iter().map(|margin| 0.7 * margin + 0.4).collect();
    let mut draw = Draw::new(4, 1);
    let noisy: Vec<f64> = truth.iter().map(|margin| margin + 2.0 * draw.normal()).collect();
    let contenders = [
        contender("noisy", noisy, 1),
        contender("twisted", twisted, 1),
        contender("none", vec![-0.8; 4000], 1),
    ];
    let rule = DecisionRule::Money {
        gain: 120.0,
        cost: 15.0,
    };
    let verdict = judge_as_told(&contenders, &Target::Binary(labels), None, rule, "test", 1).unwrap();
    assert_eq!(verdict.chosen, 1);
    let Calibration::Platt { slope, intercept } = verdict.calibration else {
        panic!("calibrated")
    };
    assert!(
        (slope - 1.0 / 0.7).abs() < 0.12 && (intercept + 0.4 / 0.7).abs() < 0.12,
        "{slope} {intercept}"
    );
    assert!(metric(&verdict, "calibration_error").value < 0.03);
    assert!(0.0 < metric(&verdict, "profit_per_row").low);
    assert_eq!(verdict.decision.as_ref().unwrap().threshold, 0.125);
    let losers: Vec<_> = verdict
        .evaluation
        .candidates
        .iter()
        .filter(|candidate| !candidate.chosen)
        .collect();
    assert!(
        losers
            .iter()
            .all(|loser| loser.difference.as_ref().unwrap().high < 0.0 && loser.p_value.unwrap() < 1e-6)
    );
    for metric in &verdict.evaluation.metrics {
        assert!(
            metric.low <= metric.value && metric.value <= metric.high,
            "{metric:?}"
        );
    }
}

#[test]
fn classes_and_numbers_are_judged_on_their_own_losses() {
    let codes: Vec<u32> = (0..300).map(|row| row % 3).collect();
    let right: Vec<f64> = codes
        .iter()
        .flat_map(|code| (0..3).map(move |class| if class == *code { 1.0 } else { 0.0 }))
        .collect();
    let contenders = [contender("flat", vec![0.0; 900], 3), contender("right", right, 3)];
    let target = Target::Classes { codes, n_classes: 3 };
    let verdict = judge_as_told(&contenders, &target, None, DecisionRule::Half, "test", 1).unwrap();
    assert_eq!((verdict.chosen, metric(&verdict, "accuracy").value), (1, 1.0));

    let values: Vec<f64> = (0..300).map(|row| f64::from(row % 17)).collect();
    let near: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(row, value)| value + (row % 3) as f64 - 1.0)
        .collect();
    let contenders = [contender("mean", vec![8.0; 300], 1), contender("near", near, 1)];
    let verdict = judge_as_told(
        &contenders,
        &Target::Number(values),
        None,
        DecisionRule::Half,
        "test",
        1,
    )
    .unwrap();
    assert_eq!(verdict.chosen, 1);
    assert!((metric(&verdict, "rmse").value - (2.0f64 / 3.0).sqrt()).abs() < 1e-12);
}

#[test]
fn rows_that_no_fold_tested_are_not_judged() {
    let (truth, labels) = labels(1000);
    let mut partial = contender("a", truth, 1);
    partial.out_of_fold.fold_of_row[..200].fill(None);
    partial.out_of_fold.margins[..200].fill(f64::NAN);
    let verdict = judge_as_told(
        &[partial],
        &Target::Binary(labels),
        None,
        DecisionRule::Half,
        "test",
        1,
    )
    .unwrap();
    assert_eq!(verdict.rows, (200..1000).collect::<Vec<_>>());
    assert_eq!(verdict.evaluation.n_rows, 800);
}

#[test]
fn tested_rows_of_one_class_or_value_leave_metrics_out_and_are_judged() {
    let names = |verdict: &Verdict| -> Vec<String> {
        let metrics = verdict.evaluation.metrics.iter();
        metrics.map(|metric| metric.name.clone()).collect()
    };
    let judged = |target: Target, margins: [Vec<f64>; 2], n_outputs: usize| {
        let [a, b] = margins;
        let contenders = [contender("a", a, n_outputs), contender("b", b, n_outputs)];
        judge_as_told(&contenders, &target, None, DecisionRule::Half, "test", 1).unwrap()
    };
    let wavy: Vec<f64> = (0..100).map(|row| f64::from(row % 7) / 7.0 - 2.0).collect();
    let verdict = judged(
        Target::Binary(vec![false; 100]),
        [vec![1.0; 100], wavy.clone()],
        1,
    );
    assert_eq!(verdict.chosen, 1);
    assert!(names(&verdict).contains(&"log_loss".to_owned()) && !names(&verdict).contains(&"auc".to_owned()));
    let loser = &verdict.evaluation.candidates[0];
    assert_eq!(loser.metric.name, "log_loss");
    assert!(0.0 < loser.difference.as_ref().unwrap().low);

    let target = Target::Classes {
        codes: vec![1; 100],
        n_classes: 3,
    };
    let right: Vec<f64> = (0..300).map(|i| f64::from(i % 3 == 1)).collect();
    let verdict = judged(target, [vec![0.0; 300], right], 3);
    assert_eq!((verdict.chosen, metric(&verdict, "accuracy").value), (1, 1.0));
    assert!(!names(&verdict).contains(&"auc".to_owned()));

    let verdict = judged(Target::Number(vec![5.0; 100]), [vec![4.0; 100], wavy], 1);
    assert_eq!(metric(&verdict, "rmse").value, 1.0);
    assert!(!names(&verdict).contains(&"r2".to_owned()));
}

#[test]
fn when_nobody_is_acted_on_the_profit_is_zero_without_doubt() {
    let (truth, labels) = labels(400);
    let rule = DecisionRule::Money {
        gain: 10.0,
        cost: 20.0,
    };
    let verdict = judge_as_told(
        &[contender("a", truth, 1)],
        &Target::Binary(labels),
        None,
        rule,
        "test",
        1,
    )
    .unwrap();
    let profit = metric(&verdict, "profit_per_row");
    assert_eq!((profit.value, profit.low, profit.high), (0.0, 0.0, 0.0));
}
