use super::*;
use crate::random::Draw;

#[test]
fn intervals_cover_as_promised_for_any_kind_of_score() {
    // Errors grow with x; the model knows their size only where it is told.
    let mut draw = Draw::new(11, 0);
    let rows: Vec<(f64, f64)> = (0..20_000)
        .map(|_| {
            let x = draw.uniform();
            (x, (0.1 + x) * draw.normal())
        })
        .collect();
    let (held_out, new) = rows.split_at(10_000);
    let y = |rows: &[(f64, f64)]| rows.iter().map(|row| row.1).collect::<Vec<f64>>();
    let scale = |rows: &[(f64, f64)]| rows.iter().map(|row| 0.1 + row.0).collect::<Vec<f64>>();
    let zero = vec![0.0; 10_000];
    let check = |intervals: Vec<[f64; 2]>| {
        let (held, width) = coverage(&y(new), &intervals).unwrap();
        assert!((held - 0.9).abs() < 0.01, "{held}");
        width
    };

    let q = conformal_quantile(&absolute_scores(&y(held_out), &zero).unwrap(), 0.9).unwrap();
    let plain = check(around(&zero, q).unwrap());

    let scores = scaled_scores(&y(held_out), &zero, &scale(held_out)).unwrap();
    let q = conformal_quantile(&scores, 0.9).unwrap();
    let scaled = check(around_scaled(&zero, &scale(new), q).unwrap());
    assert!(scaled < plain);

    let ends = |rows| -> [Vec<f64>; 2] {
        let scale = scale(rows);
        [scale.iter().map(|s| -s).collect(), scale]
    };
    let [low, high] = ends(held_out);
    let q = conformal_quantile(&quantile_scores(&y(held_out), &low, &high).unwrap(), 0.9).unwrap();
    let [low, high] = ends(new);
    check(widened(&low, &high, q).unwrap());
}

#[test]
fn each_group_keeps_the_promise_by_its_own_quantile() {
    let scores: Vec<f64> = (1..=19)
        .map(f64::from)
        .chain((1..=9).map(|s| 10.0 * f64::from(s)))
        .collect();
    let groups: Vec<u32> = [0; 19].into_iter().chain([1; 9]).collect();
    let found = group_quantiles(&scores, &groups, 3, 0.9).unwrap();
    assert_eq!(found, [18.0, 90.0, f64::INFINITY]);
    assert!(group_quantiles(&scores, &groups, 1, 0.9).is_err());
    assert!(group_quantiles(&scores, &groups, 3, 1.0).is_err());
}

#[test]
fn class_sets_cover_and_adapt() {
    let mut draw = Draw::new(3, 0);
    let n = 8000;
    let (mut probabilities, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let raw: Vec<f64> = (0..4).map(|_| crate::math::exp(2.0 * draw.normal())).collect();
        let total: f64 = raw.iter().sum();
        let mut left = draw.uniform() * total;
        let drawn = raw.iter().position(|p| {
            left -= p;
            left < 0.0
        });
        labels.push(drawn.unwrap_or(3) as u32);
        probabilities.extend(raw.iter().map(|p| p / total));
    }
    let half = n / 2;
    let (fit, new) = probabilities.split_at(4 * half);
    let draws: Vec<f64> = (0..n).map(|_| draw.uniform()).collect();
    let held = |sets: Vec<bool>| {
        let n_held = labels[half..]
            .iter()
            .zip(sets.chunks(4))
            .filter(|(l, set)| set[**l as usize])
            .count();
        n_held as f64 / half as f64
    };

    let q = conformal_quantile(&class_scores(fit, &labels[..half], 4).unwrap(), 0.9).unwrap();
    assert!((held(class_sets(new, 4, q).unwrap()) - 0.9).abs() < 0.015);

    let scores = adaptive_scores(fit, &labels[..half], 4, Some(&draws[..half])).unwrap();
    let q = conformal_quantile(&scores, 0.9).unwrap();
    let sets = adaptive_sets(new, 4, q, Some(&draws[half..])).unwrap();
    assert!((held(sets) - 0.9).abs() < 0.02);

    let scores = adaptive_scores(fit, &labels[..half], 4, None).unwrap();
    let q = conformal_quantile(&scores, 0.9).unwrap();
    assert!(0.885 < held(adaptive_sets(new, 4, q, None).unwrap()));
}

#[test]
fn adaptive_scores_add_up_from_the_most_probable() {
    let scores = adaptive_scores(&[0.2, 0.5, 0.3], &[2], 3, None).unwrap();
    assert_eq!(scores, [0.8]);
    let scores = adaptive_scores(&[0.2, 0.5, 0.3], &[2], 3, Some(&[0.5])).unwrap();
    assert!((scores[0] - 0.65).abs() < 1e-15);
    assert_eq!(
        adaptive_sets(&[0.2, 0.5, 0.3], 3, 0.4, None).unwrap(),
        [false, true, false]
    );
    assert_eq!(
        adaptive_sets(&[0.2, 0.5, 0.3], 3, 0.8, None).unwrap(),
        [false, true, true]
    );
}

#[test]
fn what_cannot_be_scored_is_refused() {
    assert!(absolute_scores(&[1.0], &[1.0, 2.0]).is_err());
    assert!(scaled_scores(&[1.0], &[1.0], &[0.0]).is_err());
    assert!(quantile_scores(&[f64::NAN], &[0.0], &[1.0]).is_err());
    assert!(around(&[1.0], f64::NAN).is_err());
    assert!(class_scores(&[0.5, 0.5], &[2], 2).is_err());
    assert!(class_sets(&[0.5, 1.5], 2, 0.1).is_err());
    assert!(adaptive_scores(&[0.5, 0.5], &[0], 2, Some(&[2.0])).is_err());
    assert!(coverage(&[], &[]).is_err());
}

#[test]
fn an_interval_is_never_inside_out() {
    assert_eq!(widened(&[0.0], &[1.0], -2.0).unwrap(), [[0.5, 0.5]]);
    assert_eq!(
        around(&[1.0], f64::INFINITY).unwrap(),
        [[f64::NEG_INFINITY, f64::INFINITY]]
    );
}

#[test]
fn whole_weights_are_repeated_scores_and_zero_is_no_score() {
    let mut draw = Draw::new(5, 0);
    for level in [0.3, 0.5, 0.8, 0.9] {
        let scores: Vec<f64> = (0..40).map(|_| draw.below(12) as f64).collect();
        let weights: Vec<f64> = (0..40).map(|_| draw.below(4) as f64).collect();
        let repeated: Vec<f64> = scores
            .iter()
            .zip(&weights)
            .flat_map(|(score, weight)| vec![*score; *weight as usize])
            .collect();
        assert_eq!(
            weighted_quantile(&scores, Some(&weights), level).unwrap(),
            conformal_quantile(&repeated, level).unwrap()
        );
        assert_eq!(
            weighted_quantile(&scores, None, level).unwrap(),
            conformal_quantile(&scores, level).unwrap()
        );
    }
    assert!(weighted_quantile(&[1.0], Some(&[-1.0]), 0.5).is_err());
    assert!(weighted_quantile(&[1.0, 2.0], Some(&[1.0]), 0.5).is_err());
}

#[test]
fn from_the_needed_number_of_rows_on_a_quantile_is_finite() {
    for level in [0.01, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999] {
        let needed = needed_weight(level).unwrap() as usize;
        let scores: Vec<f64> = (0..needed).map(|score| score as f64).collect();
        assert!(conformal_quantile(&scores, level).unwrap().is_finite(), "{level}");
        if 1 < needed {
            assert!(
                conformal_quantile(&scores[1..], level).unwrap().is_infinite(),
                "{level}"
            );
        }
        let weights = vec![1.0; needed];
        assert!(
            weighted_quantile(&scores, Some(&weights), level)
                .unwrap()
                .is_finite()
        );
    }
    assert_eq!(needed_weight(0.9).unwrap(), 9.0);
    assert!(needed_weight(1.0).is_err());
}
