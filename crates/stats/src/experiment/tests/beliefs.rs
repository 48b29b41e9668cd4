use super::*;

#[test]
fn normal_posteriors_match_gbstats() {
    let prior = Some(Prior {
        mean: 0.02,
        sd: 0.2,
        unit: PriorUnit::Relative,
    });
    // chance to win, effect, low, high, sd, risks: gbstats 0.8.0 EffectBayesianABTest, GaussianPrior(0.02, 0.04, True)
    for ([control, treatment], difference, expected) in [
        (
            proportions(),
            Difference::Absolute,
            [
                0.9388600354498954,
                0.02285634189987314,
                -0.00613372603975286,
                0.05184640983949913,
                0.014791122779957158,
                0.02324700367891993,
                0.0003906617790467924,
            ],
        ),
        (
            means(),
            Difference::Relative,
            [
                0.9582736979867075,
                0.09330568174812795,
                -0.012342078554120381,
                0.19895344205037624,
                0.05390290900015733,
                0.0942193824839626,
                0.000913700735834634,
            ],
        ),
        (
            ratios(),
            Difference::Absolute,
            [
                0.9999796657612221,
                0.07944225229678169,
                0.04149944503448377,
                0.1173850595590796,
                0.01935893085872288,
                0.07944233923960098,
                8.694281928489064e-08,
            ],
        ),
    ] {
        let found = posterior(&control, &treatment, difference, prior, false, 0.95).unwrap();
        let effect = found.effect;
        let got = [
            found.chance_to_win,
            effect.value,
            effect.low,
            effect.high,
            found.sd,
            found.risk_control,
        ];
        all_close(&got, &expected[..6], 1e-10);
        // gbstats takes the small risk as a difference of nearly equal numbers
        close(found.risk_treatment, expected[6], 1e-7);
    }
}

#[test]
fn priors_change_their_unit_and_lower_may_be_better() {
    let [control, treatment] = means();
    let base = control.unadjusted;
    let with = |difference, mean, sd, unit| {
        posterior(
            &control,
            &treatment,
            difference,
            Some(Prior { mean, sd, unit }),
            false,
            0.9,
        )
        .unwrap()
    };
    let relative = with(Difference::Absolute, 0.02, 0.2, PriorUnit::Relative);
    let same = with(Difference::Absolute, 0.02 * base, 0.2 * base, PriorUnit::Absolute);
    close(relative.effect.low, same.effect.low, 1e-12);
    let other = with(Difference::Relative, 0.02 * base, 0.2 * base, PriorUnit::Absolute);
    close(
        other.effect.low,
        with(Difference::Relative, 0.02, 0.2, PriorUnit::Relative)
            .effect
            .low,
        1e-12,
    );
    let scaled = Difference::Scaled {
        traffic_share: 0.5,
        n_days: 7.0,
    };
    close(
        with(scaled, 0.02, 0.2, PriorUnit::Relative).chance_to_win,
        relative.chance_to_win,
        1e-12,
    );
    let up = posterior(&control, &treatment, Difference::Absolute, None, false, 0.9).unwrap();
    let down = posterior(&control, &treatment, Difference::Absolute, None, true, 0.9).unwrap();
    close(up.chance_to_win + down.chance_to_win, 1.0, 1e-14);
    assert_eq!((up.risk_control, up.effect), (down.risk_treatment, down.effect));
}

#[test]
fn impossible_beliefs_are_refused() {
    let [control, treatment] = means();
    let prior = |sd| {
        Some(Prior {
            mean: 0.0,
            sd,
            unit: PriorUnit::Relative,
        })
    };
    for sd in [0.0, -1.0, f64::NAN] {
        assert!(posterior(&control, &treatment, Difference::Relative, prior(sd), false, 0.95).is_err());
    }
    let zero = Arm {
        value: 0.0,
        unadjusted: 0.0,
        ..control
    };
    assert!(posterior(&zero, &treatment, Difference::Absolute, prior(0.2), false, 0.95).is_err());
    assert!(posterior(&zero, &treatment, Difference::Absolute, None, false, 0.95).is_ok());
}

#[test]
fn beta_chances_and_losses_match_exact_sums() {
    // mpmath 1.3.0, 60 to 250 digits: E. Miller's sum; chance of the treatment, ln of the rest, losses of keeping and of
    // choosing
    for (control, treatment, [chance, ln_rest, keeping, choosing]) in [
        (
            (30, 200),
            (45, 202),
            [
                0.9689382049754466,
                -3.471776670769443,
                0.07249590160489897,
                0.0004710520611210579,
            ],
        ),
        (
            (0, 20),
            (3, 20),
            [
                0.9465290806754222,
                -2.92861733689124,
                0.1385680400144382,
                0.0022044036508018358,
            ],
        ),
        (
            (10_500, 200_000),
            (10_900, 200_000),
            [
                0.9975272691789464,
                -6.002432143494696,
                0.0020005027248010568,
                5.227246010586263e-07,
            ],
        ),
        (
            (2, 3),
            (900_000, 1_500_000),
            [
                0.47519988480021336,
                -0.6447378218404932,
                0.08294407487975168,
                0.08294420821290724,
            ],
        ),
    ] {
        let found = beta_binomial(control, treatment, (1.0, 1.0), 0.95).unwrap();
        close(found.chance_to_win, chance, 1e-11);
        close(found.ln_chances[1], ln_rest, 1e-10);
        close(found.risk_control, keeping, 1e-9);
        close(found.risk_treatment, choosing, 1e-9);
    }
    let far = beta_binomial((4000, 10_000), (5500, 10_000), (1.0, 1.0), 0.95).unwrap();
    close(far.ln_chances[1], -230.38240125849762, 1e-11);
    close(far.risk_treatment, 2.924528359837047e-104, 1e-9);
}

#[test]
fn beta_intervals_match_scipy() {
    let found = beta_binomial((30, 200), (45, 202), (1.0, 1.0), 0.95).unwrap();
    // scipy 1.17.1 beta.interval; quad of pdf times cdf, brentq
    all_close(
        &[found.control.low, found.control.high],
        &[0.10725992725414965, 0.2061631949459787],
        1e-10,
    );
    all_close(
        &[found.difference.low, found.difference.high],
        &[-0.0036716655570937858, 0.14785906159705686],
        1e-9,
    );
    let lift = found.relative;
    all_close(
        &[lift.low, lift.value, lift.high],
        &[-0.019317946125371965, 0.4738971827806062, 1.2524773462776166],
        1e-9,
    );
    close(
        found.difference.value,
        found.risk_control - found.risk_treatment,
        1e-10,
    );
}

#[test]
fn beta_answers_are_symmetric_and_hold_for_huge_counts() {
    let (a, b) = ((120_000_000, 1_000_000_000), (120_010_000, 1_000_000_000));
    let found = beta_binomial(a, b, (0.5, 0.5), 0.95).unwrap();
    let swapped = beta_binomial(b, a, (0.5, 0.5), 0.95).unwrap();
    assert_eq!(found.ln_chances[0], swapped.ln_chances[1]);
    close(found.risk_control, swapped.risk_treatment, 1e-9);
    // the normal approximation, whose error is far below 1e-4 here
    let z = 1e-5 / crate::math::sqrt(2.0 * 0.12 * 0.88 / 1e9);
    close(found.chance_to_win, crate::special::normal_cdf(z), 1e-4);
    let same = beta_binomial((7, 30), (7, 30), (1.0, 1.0), 0.9).unwrap();
    close(same.chance_to_win, 0.5, 1e-12);
}

#[test]
fn the_best_of_several_arms() {
    // mpmath 1.3.0 quad of the density times the other distribution functions
    let found = chances_to_be_best(&[(30, 200), (45, 202), (39, 198)], (1.0, 1.0)).unwrap();
    all_close(
        &found,
        &[0.0146980611360136, 0.725880054236116, 0.25942188462787],
        1e-10,
    );
    close(found.iter().sum(), 1.0, 1e-12);
    assert!(chances_to_be_best(&[(1, 2)], (1.0, 1.0)).is_err());
    assert!(beta_binomial((3, 2), (0, 1), (1.0, 1.0), 0.9).is_err());
    assert!(beta_binomial((0, 0), (0, 0), (0.0, 1.0), 0.9).is_err());
    for prior in [1e-4, 1e11, f64::NAN] {
        assert!(beta_binomial((0, 1), (0, 1), (prior, 1.0), 0.9).is_err());
    }
    assert!(beta_binomial((0, u64::MAX), (0, 1), (1.0, 1.0), 0.9).is_err());
    // no data: the prior alone
    close(
        beta_binomial((0, 0), (0, 0), (1.0, 1.0), 0.9)
            .unwrap()
            .risk_control,
        1.0 / 6.0,
        1e-12,
    );
}

/// After a small prior half of the belief may lie at rates below the smallest number.
#[test]
fn small_priors_lose_no_belief() {
    type Case = ((u64, u64), (u64, u64), (f64, f64), [f64; 3]);
    // ln of the chances that the treatment and that the control is higher, risk of the treatment: mpmath 1.3.0, 40 digits,
    // quad of the density times the other distribution function over the log-odds
    let cases: [Case; 6] = [
        (
            (0, 10),
            (1, 10),
            (0.001, 0.001),
            [-0.0006651016025572986, -7.315903275548139, 2.810779226416923e-05],
        ),
        (
            (0, 1000),
            (3, 1000),
            (0.001, 1.0),
            [-6.796306183556029e-05, -9.596580190018292, 4.535106965922432e-08],
        ),
        (
            (10, 10),
            (9, 10),
            (0.01, 0.01),
            [-5.030176837483783, -0.006559118429174259, 0.100080128033001],
        ),
        (
            (0, 0),
            (1, 3),
            (0.001, 0.001),
            [-0.6941446855941809, -0.6921506695505406, 0.3330282415033669],
        ),
        (
            (0, 5),
            (0, 50),
            (0.001, 0.002),
            [-0.695541085168841, -0.6907589930468679, 0.00019981115921176697],
        ),
        (
            (5, 5),
            (0, 5),
            (0.001, 0.001),
            [-21.25173080529461, -5.895091909374196e-10, 0.9996001599821702],
        ),
    ];
    for (control, treatment, prior, [ln_win, ln_lose, risk]) in cases {
        let found = beta_binomial(control, treatment, prior, 0.95).unwrap();
        close(found.ln_chances[0], ln_win, 1e-10);
        close(found.ln_chances[1], ln_lose, 1e-10);
        close(found.risk_treatment, risk, 1e-9);
        close(
            found.risk_control - found.risk_treatment,
            found.difference.value,
            1e-9,
        );
        let (difference, relative) = (found.difference, found.relative);
        assert!(
            difference.low <= difference.high
                && relative.low <= relative.value
                && relative.value <= relative.high
        );
    }
}

#[test]
fn chances_of_any_prior_and_count_add_up() {
    for prior in [(0.001, 0.001), (0.02, 0.5), (1.0, 1.0), (1e4, 1e6)] {
        for n in [0, 1, 50, 1_000_000] {
            for (a, b) in [(0, 0), (0, n), (n / 2, n / 3), (n.min(1), 0)] {
                let found = beta_binomial((a, n), (b, n), prior, 0.95).unwrap();
                if a == b {
                    close(found.chance_to_win, 0.5, 1e-9);
                }
                for estimate in [found.control, found.treatment, found.difference, found.relative] {
                    assert!(!estimate.value.is_nan() && estimate.low <= estimate.high);
                }
                assert!(found.risk_control >= 0.0 && found.risk_treatment >= 0.0);
                let best = chances_to_be_best(&[(a, n), (b, n), (a, n)], prior).unwrap();
                close(best.iter().sum(), 1.0, 1e-9);
            }
        }
    }
}
