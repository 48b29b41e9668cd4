use super::*;
use crate::Draw;

#[test]
fn the_confidence_sequence_matches_gbstats() {
    // p, low, high: gbstats 0.8.0 SequentialTwoSidedTTest, sequential_tuning_parameter=800
    for ([control, treatment], question, expected) in [
        (
            proportions(),
            absolute(),
            [0.7276022116269917, -0.02190726952854269, 0.09267650029777344],
        ),
        (
            means(),
            relative(),
            [0.6928319218997506, -0.0712607968750248, 0.26935588565329455],
        ),
        (
            ratios(),
            absolute(),
            [0.0016185169551473427, 0.02353412067453036, 0.14779204420002162],
        ),
    ] {
        let found = confidence_sequence(&control, &treatment, &question, 800.0).unwrap();
        all_close(
            &[found.p_value, found.effect.low, found.effect.high],
            &expected,
            1e-10,
        );
    }
    let found = adjusted();
    let found = confidence_sequence(&found.control, &found.treatment, &relative(), 800.0).unwrap();
    all_close(
        &[found.p_value, found.effect.low],
        &[1.0, -0.06092667392582112],
        1e-10,
    );
}

#[test]
fn the_sequence_is_wider_than_one_look_and_narrowest_at_its_tuning() {
    let [control, treatment] = means();
    let fixed = fixed_horizon(&control, &treatment, &absolute()).unwrap();
    let width = |tuning| {
        let effect = confidence_sequence(&control, &treatment, &absolute(), tuning)
            .unwrap()
            .effect;
        effect.high - effect.low
    };
    let best = width(610.0);
    assert!(best > 1.4 * (fixed.effect.high - fixed.effect.low));
    for tuning in [10.0, 100.0, 500.0, 750.0, 5000.0, 1e9] {
        assert!(width(tuning) > best, "{tuning}");
    }
}

#[test]
fn the_likelihood_ratio_is_the_mixture_integral() {
    let error = crate::math::sqrt(0.0081);
    let at = |effect: f64, alternative| {
        let [control, treatment] = arms_apart(effect, error);
        msprt(
            &control,
            &treatment,
            &asked(Difference::Absolute, alternative),
            0.01,
        )
        .unwrap()
    };
    // closed form, by hand
    close(at(0.2, Alternative::TwoSided).statistic, 2.617290149615235, 1e-10);
    // scipy 1.17.1 integrate.quad of the half-normal mixture of likelihood ratios
    close(
        crate::math::ln(at(0.2, Alternative::Greater).statistic),
        1.6047391421666048,
        1e-9,
    );
    close(
        crate::math::ln(at(-0.1, Alternative::Greater).statistic),
        -0.9553391125329155,
        1e-9,
    );
    let greater = at(0.5, Alternative::Greater);
    close(0.5 - greater.effect.low, 0.2821282232661697, 1e-9);
    let less = at(-0.5, Alternative::Less);
    close(less.effect.high, -greater.effect.low, 1e-12);
}

#[test]
fn p_value_and_interval_say_the_same() {
    for alternative in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
        for effect in [-0.9, -0.2, 0.1, 0.31, 0.7] {
            let [control, treatment] = arms_apart(effect, 0.1);
            let question = asked(Difference::Absolute, alternative);
            for found in [
                msprt(&control, &treatment, &question, 0.04).unwrap(),
                confidence_sequence(&control, &treatment, &question, 3000.0).unwrap(),
            ] {
                assert_eq!(found.is_significant(), !found.effect.covers(0.0), "{found:?}");
                // at the end of the interval the evidence is just enough
                let end = if alternative == Alternative::Less {
                    found.effect.high
                } else {
                    found.effect.low
                };
                let moved = Question {
                    null: end,
                    ..question
                };
                let at_end = msprt(&control, &treatment, &moved, 0.04).unwrap();
                if found.statistic_name == "likelihood ratio" {
                    close(at_end.p_value, 0.05, 1e-9);
                }
            }
        }
    }
}

#[test]
fn evidence_keeps_its_logarithm() {
    let [control, treatment] = arms_apart(10.0, 0.05);
    let found = msprt(&control, &treatment, &absolute(), 1.0).unwrap();
    assert_eq!((found.p_value, found.statistic), (0.0, f64::INFINITY));
    assert!(found.ln_p_value < -19_900.0 && found.ln_p_value.is_finite());
}

#[test]
fn bad_settings_are_refused() {
    let [control, treatment] = means();
    for tuning in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(confidence_sequence(&control, &treatment, &absolute(), tuning).is_err());
        assert!(msprt(&control, &treatment, &absolute(), tuning).is_err());
    }
    let doubtful = Question {
        level: 0.4,
        ..asked(Difference::Absolute, Alternative::Greater)
    };
    assert!(confidence_sequence(&control, &treatment, &doubtful, 500.0).is_err());
}

#[test]
fn looks_are_intersected() {
    let look = |effect| {
        let [control, treatment] = arms_apart(effect, 0.1);
        msprt(&control, &treatment, &absolute(), 0.04).unwrap()
    };
    let looks = [look(0.5), look(0.3)];
    let (ln_p, interval) = over_looks(&looks).unwrap();
    assert_eq!(ln_p, looks[0].ln_p_value);
    assert_eq!(
        (interval.low, interval.high),
        (looks[0].effect.low, looks[1].effect.high)
    );
    assert_eq!(over_looks(&[]), None);
}

/// The share of experiments without effect that are wrong at some look, when they are looked at after every unit from
/// the second on, up to 100 in the control.
fn wrong_at_some_look(
    compare: impl Fn(&Arm, &Arm) -> bool,
    value: impl Fn(&mut Draw) -> f64,
    sd_of_control: f64,
    n_treatment_each: usize,
) -> f64 {
    let arm = |n: u64, sum: f64, squares: f64| Arm {
        n,
        value: sum / n as f64,
        unadjusted: sum / n as f64,
        variance: (squares - sum * sum / n as f64) / (n as f64 - 1.0),
        n_dropped: 0,
        checks: Vec::new(),
    };
    let n_wrong = (0..2000_u64).filter(|&seed| {
        let mut draw = Draw::new(seed, 40);
        let (mut a, mut b) = ([0.0; 2], [0.0; 2]);
        (1..=100).any(|n| {
            let mut add = |sums: &mut [f64; 2], sd: f64| {
                let value = sd * value(&mut draw);
                *sums = [sums[0] + value, sums[1] + value * value];
            };
            add(&mut a, sd_of_control);
            (0..n_treatment_each).for_each(|_| add(&mut b, 1.0));
            n >= 2 && compare(&arm(n, a[0], a[1]), &arm(n * n_treatment_each as u64, b[0], b[1]))
        })
    });
    n_wrong.count() as f64 / 2000.0
}

#[test]
fn peeking_from_the_second_unit_on_errs_no_more_than_allowed() {
    let normal = |draw: &mut Draw| draw.normal();
    let exponential = |draw: &mut Draw| -crate::math::ln_1p(-draw.uniform()) - 1.0;
    for alternative in [Alternative::TwoSided, Alternative::Greater] {
        let question = asked(Difference::Absolute, alternative);
        let mut shares = Vec::new();
        let sequence = |a: &Arm, b: &Arm| {
            confidence_sequence(a, b, &question, 100.0)
                .unwrap()
                .is_significant()
        };
        let ratio = |a: &Arm, b: &Arm| msprt(a, b, &question, 1.0).unwrap().is_significant();
        let mut of = |compare: &dyn Fn(&Arm, &Arm) -> bool| {
            shares.push(wrong_at_some_look(compare, normal, 1.0, 1));
            shares.push(wrong_at_some_look(compare, normal, 3.0, 5));
            shares.push(wrong_at_some_look(compare, exponential, 1.0, 1));
        };
        of(&sequence);
        of(&ratio);
        let most = shares.iter().copied().fold(0.0, f64::max);
        assert!(shares.iter().all(|&share| share <= 0.05), "{shares:?}");
        assert!(most > 0.02, "no power is left: {shares:?}");
    }
}

/// Few units, whose variance is an estimate.
fn few(effect: f64, n: u64) -> [Arm; 2] {
    arms_apart(effect, 0.1).map(|arm| Arm {
        n,
        variance: 0.5 * n as f64 * 0.01,
        ..arm
    })
}

#[test]
fn with_few_units_the_ratio_is_that_of_student() {
    // scipy 1.17.1: integrate.quad over the mixture of nct.pdf(t, df, delta) / t.pdf(t, df)
    for (t, df, tau2, expected) in STUDENT_RATIOS {
        for (alternative, expected) in [Alternative::TwoSided, Alternative::Greater]
            .into_iter()
            .zip(expected)
        {
            let [control, treatment] = few(0.1 * t, df as u64 + 1);
            let found = msprt(
                &control,
                &treatment,
                &asked(Difference::Absolute, alternative),
                tau2,
            )
            .unwrap();
            close(found.statistic, expected, 1e-8);
        }
    }
}

/// t, degrees of freedom, tau2, the two-sided and the upper ratio.
const STUDENT_RATIOS: [(f64, f64, f64, [f64; 2]); 5] = [
    (2.0, 4.0, 0.04, [1.6037507477489612, 3.003080997103264]),
    (5.0, 9.0, 0.01, [6.993382586383464, 13.730756162622892]),
    (-1.5, 3.0, 0.1, [0.8092624545050069, 0.149967134001594]),
    (12.0, 23.0, 0.25, [316187205.3839325, 632374410.7334192]),
    (0.3, 1.0, 0.04, [0.47884363368855987, 0.6019120797660908]),
];

#[test]
fn with_few_units_p_value_and_interval_say_the_same() {
    for alternative in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
        let question = asked(Difference::Absolute, alternative);
        for n in [2, 3, 5, 12, 24, 25] {
            for effect in [-30.0, -0.9, 0.0, 0.2, 0.5, 2.0] {
                let [control, treatment] = few(effect, n);
                let found = msprt(&control, &treatment, &question, 0.04).unwrap();
                assert_eq!(found.is_significant(), !found.effect.covers(0.0), "{found:?}");
                let end = if alternative == Alternative::Less {
                    found.effect.high
                } else {
                    found.effect.low
                };
                if end.is_finite() {
                    let moved = Question {
                        null: end,
                        ..question
                    };
                    let at_end = msprt(&control, &treatment, &moved, 0.04).unwrap();
                    close(at_end.p_value, 0.05, 1e-8);
                }
            }
        }
        // two units prove nothing
        let [control, treatment] = few(1e6, 2);
        let found = msprt(&control, &treatment, &question, 0.04).unwrap();
        assert!(found.p_value > 0.05 && found.effect.covers(0.0));
    }
}
