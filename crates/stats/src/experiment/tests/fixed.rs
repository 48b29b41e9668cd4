use super::*;

/// effect, p, low, high, standard error, df: gbstats 0.8.0 TwoSidedTTest at alpha 0.05
const PROPORTION: [f64; 6] = [
    0.035384615384615375,
    0.059792604358866575,
    -0.0014616942979472497,
    0.072230925067178,
    0.01878204459843879,
    1304.8109742932672,
];
const PROPORTION_RELATIVE: [f64; 6] = [
    0.2948717948717948,
    0.09732963957261598,
    -0.053789377435383534,
    0.6435329671789731,
    0.17772660937918733,
    1304.8109742932672,
];
const MEAN: [f64; 6] = [
    0.40758064516129,
    0.06299729698114409,
    -0.022155720007465907,
    0.8373170103300459,
    0.21881946652707365,
    606.1352383413167,
];
const MEAN_RELATIVE: [f64; 6] = [
    0.09904754438913486,
    0.07730942820187403,
    -0.010879291576442324,
    0.20897438035471205,
    0.05597415893242073,
    606.1352383413167,
];
const RATIO: [f64; 6] = [
    0.085663082437276,
    2.689984947590318e-05,
    0.04600936728378347,
    0.12531679759076852,
    0.020171796423269165,
    407.68491199111355,
];
const RATIO_RELATIVE: [f64; 6] = [
    0.2486992715920916,
    0.0001832387899953769,
    0.11921710469468941,
    0.3781814384894938,
    0.06586742001318167,
    407.68491199111355,
];

#[test]
fn every_metric_matches_gbstats() {
    for ([control, treatment], question, expected) in [
        (proportions(), absolute(), PROPORTION),
        (proportions(), relative(), PROPORTION_RELATIVE),
        (means(), absolute(), MEAN),
        (means(), relative(), MEAN_RELATIVE),
        (ratios(), absolute(), RATIO),
        (ratios(), relative(), RATIO_RELATIVE),
    ] {
        let found = fixed_horizon(&control, &treatment, &question).unwrap();
        let effect = found.effect;
        let got = [
            effect.value,
            found.p_value,
            effect.low,
            effect.high,
            found.standard_error,
            found.df.unwrap(),
        ];
        // gbstats takes p from 1 - cdf, which leaves 1e-12 of it
        all_close(&got, &expected, 1e-9);
        close(crate::math::exp(found.ln_p_value), found.p_value, 1e-13);
    }
}

#[test]
fn one_sided_questions_match_gbstats() {
    let [control, treatment] = means();
    // gbstats 0.8.0 OneSidedTreatmentGreaterTTest; its lesser twin puts the bound on the wrong side of the effect
    let greater = fixed_horizon(
        &control,
        &treatment,
        &asked(Difference::Absolute, Alternative::Greater),
    )
    .unwrap();
    close(greater.p_value, 0.031498648490572045, 1e-10);
    close(greater.effect.low, 0.04710371283173431, 1e-10);
    assert_eq!(greater.effect.high, f64::INFINITY);
    let less = fixed_horizon(
        &control,
        &treatment,
        &asked(Difference::Absolute, Alternative::Less),
    )
    .unwrap();
    close(less.p_value, 0.968501351509428, 1e-10);
    close(
        less.effect.high,
        2.0 * less.effect.value - greater.effect.low,
        1e-12,
    );
    assert!(less.effect.high > less.effect.value && less.effect.low == f64::NEG_INFINITY);
}

#[test]
fn scaled_effects_match_gbstats() {
    let scaled = Difference::Scaled {
        traffic_share: 0.4,
        n_days: 14.0,
    };
    let [control, treatment] = means();
    let found = fixed_horizon(&control, &treatment, &asked(scaled, Alternative::TwoSided)).unwrap();
    let effect = found.effect;
    all_close(
        &[effect.value, effect.low, effect.high, found.p_value],
        &[
            22.562499999999982,
            -1.2264773575561483,
            46.351477357556114,
            0.06299729698114409,
        ],
        1e-9,
    );
    for (traffic_share, n_days) in [(0.0, 1.0), (1.5, 1.0), (0.5, 0.0), (f64::NAN, 1.0)] {
        let question = asked(
            Difference::Scaled {
                traffic_share,
                n_days,
            },
            Alternative::TwoSided,
        );
        assert!(fixed_horizon(&control, &treatment, &question).is_err());
    }
}

#[test]
fn far_tails_and_other_nulls() {
    let [control, treatment] = arms_apart(3.0, 0.02);
    let found = fixed_horizon_normal(&control, &treatment, &absolute()).unwrap();
    assert_eq!(found.p_value, 0.0);
    // mpmath 1.3.0: log(erfc(150 / sqrt(2)))
    close(found.ln_p_value, -11_255.236_471_086_248, 1e-9);
    let shifted = Question {
        null: 3.0,
        ..absolute()
    };
    let found = fixed_horizon(&control, &treatment, &shifted).unwrap();
    assert!(found.p_value > 0.99 && found.effect.covers(3.0) && !found.is_significant());
}

#[test]
fn effects_follow_shift_and_scale() {
    let values: Vec<f64> = (0..200).map(|i| f64::from(i * 37 % 101)).collect();
    let of = |offset: f64, factor: f64, values: &[f64]| {
        let moved: Vec<f64> = values.iter().map(|value| offset + factor * value).collect();
        Arm::of_values(&moved).unwrap()
    };
    let compare = |offset, factor| {
        fixed_horizon(
            &of(offset, factor, &values[..90]),
            &of(offset, factor, &values[90..]),
            &absolute(),
        )
        .unwrap()
    };
    let plain = compare(0.0, 1.0);
    close(compare(1e6, 1.0).p_value, plain.p_value, 1e-9);
    close(compare(0.0, 1e-5).p_value, plain.p_value, 1e-11);
    close(compare(0.0, 8.0).effect.low, 8.0 * plain.effect.low, 1e-12);
}

#[test]
fn an_arm_without_a_success_keeps_its_doubt() {
    let (none, few) = (
        Arm::of_proportion(0, 100).unwrap(),
        Arm::of_proportion(3, 100).unwrap(),
    );
    let found = fixed_horizon(&none, &few, &absolute()).unwrap();
    assert!(found.effect.low < 0.0 && 0.03 < found.effect.high && 0.05 < found.p_value);
    let all = Arm::of_proportion(100, 100).unwrap();
    close(all.variance, none.variance, 1e-15);
    // (0 + 1) / (100 + 2)
    close(none.variance, 101.0 / 102.0 / 102.0, 1e-15);
}

#[test]
fn what_has_no_answer_is_refused() {
    let [control, treatment] = means();
    let zero = Arm::of_sums(&Sums::of_totals(100, &[0.0], &[50.0]).unwrap(), Outcome::Mean).unwrap();
    let error = fixed_horizon(&zero, &treatment, &relative()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "relative effect is undefined: the control's value is 0"
    );
    assert!(fixed_horizon(&zero, &treatment, &absolute()).is_ok());
    let constant = Arm::of_values(&[2.0; 10]).unwrap();
    assert!(fixed_horizon(&control, &constant, &absolute()).is_err());
    let broken = Arm {
        variance: f64::NAN,
        ..control.clone()
    };
    assert!(fixed_horizon(&broken, &treatment, &absolute()).is_err());
    assert!(
        fixed_horizon(
            &control,
            &treatment,
            &Question {
                level: 95.0,
                ..absolute()
            }
        )
        .is_err()
    );
    assert!(
        fixed_horizon(
            &control,
            &treatment,
            &Question {
                null: f64::NAN,
                ..absolute()
            }
        )
        .is_err()
    );
}

#[test]
fn numbers_beyond_floating_point_are_refused_and_never_nan() {
    let arm = |value, variance| Arm {
        value,
        unadjusted: value,
        variance,
        ..arms_apart(0.0, 1.0)[0].clone()
    };
    for (value, variance) in [(1e308, 1e308), (1e300, 1e-300), (1e-308, 1e-308), (1.0, 1e-320)] {
        let (control, treatment) = (arm(-value, variance), arm(value, variance));
        for question in [absolute(), relative()] {
            let found = [
                fixed_horizon(&control, &treatment, &question),
                confidence_sequence(&control, &treatment, &question, 1e3),
                msprt(&control, &treatment, &question, 1.0),
            ];
            for found in found.into_iter().flatten() {
                assert!(!found.p_value.is_nan() && !found.effect.low.is_nan() && !found.statistic.is_nan());
            }
        }
    }
}

#[test]
fn checks_and_caveats_are_told() {
    let values = [1.0, 2.0, f64::NAN, 3.0, 900.0];
    let arm = Arm::of_values(&values).unwrap();
    let found = fixed_horizon(&arm, &arm, &relative()).unwrap();
    assert_eq!(found.n_dropped, 2);
    assert!(
        found.checks.iter().all(|check| !check.holds),
        "{:?}",
        found.checks
    );
    assert_eq!(found.checks.len(), 3);
    assert!(
        found
            .caveats
            .iter()
            .any(|caveat| caveat.contains("2 rows were left out"))
    );
}
