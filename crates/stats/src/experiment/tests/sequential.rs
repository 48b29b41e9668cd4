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

#[test]
fn peeking_after_every_unit_errs_no_more_than_allowed() {
    // 2,000 experiments without effect, looked at 300 times each
    let n_wrong = (0..2000_u64).filter(|&seed| {
        let mut draw = Draw::new(seed, 40);
        let (mut sum, mut wrong) = (0.0, false);
        for n in 1..=300 {
            sum += draw.normal();
            let n = f64::from(n);
            let ratio = super::super::mixture::Mixture {
                variance: 1.0 / n,
                spread: 0.02,
                alternative: Alternative::TwoSided,
            };
            wrong |= ratio.ln_ratio(sum / n) >= crate::math::ln(20.0);
        }
        wrong
    });
    let share = n_wrong.count() as f64 / 2000.0;
    assert!(share < 0.05 && share > 0.01, "{share}");
}
