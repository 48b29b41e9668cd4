use super::*;
use crate::Draw;
use crate::special::normal_quantile;

fn two_sided(boundary: Boundary, times: &[f64]) -> Vec<f64> {
    group_sequential(boundary, times, 0.05, Sides::Two).unwrap().z
}

#[test]
fn boundaries_match_integration_by_quadpack() {
    // scipy 1.17.1 integrate.quad over one and two looks, optimize.brentq
    all_close(
        &two_sided(Boundary::Pocock, &equal_times(2)),
        &[2.178272088727436; 2],
        1e-9,
    );
    all_close(
        &two_sided(Boundary::Pocock, &equal_times(3)),
        &[2.2894780610253456; 3],
        1e-8,
    );
    all_close(
        &two_sided(Boundary::OBrienFleming, &equal_times(2)),
        &[2.7965096812876893, 1.9774309592923558],
        1e-9,
    );
    let three = [3.4710914423345276, 2.454432296993338, 2.004035578613646];
    all_close(&two_sided(Boundary::OBrienFleming, &equal_times(3)), &three, 1e-8);
    let early = group_sequential(
        Boundary::WangTsiatis { delta: 0.0 },
        &[0.3, 1.0],
        0.01,
        Sides::Two,
    )
    .unwrap();
    all_close(&early.z, &[4.702872158230569, 2.5758691661258877], 1e-9);
    let spent = two_sided(Boundary::Spending(Spending::OBrienFleming), &[0.4, 0.75, 1.0]);
    all_close(
        &spent,
        &[3.3568693560910097, 2.344907420398232, 2.012493544469847],
        1e-8,
    );
}

#[test]
fn boundaries_match_published_tables() {
    // C. Jennison, B. W. Turnbull (2000), tables 2.1, 2.3 and 2.9; confirmed by a recursion in numpy 2.4.6
    for (n_looks, pocock, obrien_fleming, between) in [
        (4, 2.361, 2.024, 2.113),
        (5, 2.413, 2.040, 2.136),
        (10, 2.555, 2.087, 2.199),
    ] {
        let times = equal_times(n_looks);
        let last = |boundary| two_sided(boundary, &times)[n_looks - 1];
        assert!((last(Boundary::Pocock) - pocock).abs() < 6e-4);
        assert!((last(Boundary::OBrienFleming) - obrien_fleming).abs() < 6e-4);
        assert!((last(Boundary::WangTsiatis { delta: 0.25 }) - between).abs() < 6e-4);
    }
    // D. M. Reboussin et al. (2000), Controlled Clinical Trials 21, 190-207: O'Brien-Fleming spending, five looks
    let spent = two_sided(Boundary::Spending(Spending::OBrienFleming), &equal_times(5));
    for (z, table) in spent.iter().zip([4.8769, 3.3569, 2.6803, 2.2898, 2.0310]) {
        // the table's program integrates to about 1e-4
        assert!((z - table).abs() < 2e-4, "{z} {table}");
    }
}

#[test]
fn spending_functions_have_their_published_values() {
    // scipy 1.17.1 norm
    close(
        Spending::OBrienFleming.spent(0.05, 0.5).unwrap(),
        0.005574596680784305,
        1e-12,
    );
    close(
        Spending::Pocock.spent(0.05, 0.5).unwrap(),
        0.031005725347913876,
        1e-12,
    );
    close(
        Spending::Power { rho: 3.0 }.spent(0.05, 0.5).unwrap(),
        0.00625,
        1e-14,
    );
    close(
        Spending::Gamma { gamma: 0.0 }.spent(0.05, 0.5).unwrap(),
        0.025,
        1e-14,
    );
    close(
        Spending::Gamma { gamma: 1e-9 }.spent(0.05, 0.5).unwrap(),
        0.025,
        1e-8,
    );
    for spending in [
        Spending::OBrienFleming,
        Spending::Pocock,
        Spending::Power { rho: 2.0 },
        Spending::Gamma { gamma: -4.0 },
    ] {
        assert_eq!(
            (spending.spent(0.1, 0.0), spending.spent(0.1, 1.2)),
            (Ok(0.0), Ok(0.1))
        );
        let steps: Vec<f64> = (0..=20)
            .map(|t| spending.spent(0.1, f64::from(t) / 20.0).unwrap())
            .collect();
        assert!(steps.windows(2).all(|pair| pair[0] < pair[1] || pair[1] < 1e-9));
        assert!(spending.spent(0.1, -0.1).is_err() && spending.spent(0.0, 0.5).is_err());
    }
    assert!(Spending::Power { rho: 0.0 }.spent(0.1, 0.5).is_err());
    assert!(Spending::Gamma { gamma: f64::NAN }.spent(0.1, 0.5).is_err());
}

#[test]
fn every_shape_spends_alpha() {
    let spending = Boundary::Spending(Spending::Gamma { gamma: -2.0 });
    let shapes = [
        Boundary::Pocock,
        Boundary::OBrienFleming,
        Boundary::HaybittlePeto { interim_z: 3.0 },
        spending,
    ];
    for sides in [Sides::One, Sides::Two] {
        for times in [vec![1.0], vec![0.2, 0.3, 0.31, 0.9, 1.0], equal_times(20)] {
            for boundary in shapes {
                let found = group_sequential(boundary, &times, 0.05, sides).unwrap();
                close(*found.spent.last().unwrap(), 0.05, 1e-9);
                assert!(found.spent.windows(2).all(|pair| pair[0] <= pair[1]));
            }
        }
    }
    let fixed = group_sequential(Boundary::Pocock, &[1.0], 0.05, Sides::Two).unwrap();
    close(fixed.z[0], -normal_quantile(0.025), 1e-12);
    close(fixed.inflation(0.8).unwrap(), 1.0, 1e-10);
}

#[test]
fn a_simulation_crosses_as_often_as_computed() {
    // 20,000 walks of five unequal looks, with and without effect; 4 standard deviations on either side
    let times = [0.15, 0.4, 0.5, 0.8, 1.0];
    let design = group_sequential(Boundary::Spending(Spending::Pocock), &times, 0.05, Sides::Two).unwrap();
    for drift in [0.0, 2.0] {
        let mut crossed = [[0_u32; 2]; 5];
        let mut draw = Draw::new(4, 41);
        for _ in 0..20_000 {
            let (mut score, mut before) = (0.0, 0.0);
            for (look, &time) in times.iter().enumerate() {
                let gained: f64 = time - before;
                score += drift * gained + crate::math::sqrt(gained) * draw.normal();
                before = time;
                let z = score / crate::math::sqrt(time);
                if z.abs() >= design.z[look] {
                    crossed[look][usize::from(z < 0.0)] += 1;
                    break;
                }
            }
        }
        let mut so_far = [0_u32; 2];
        for (look, expected) in design.crossing(drift).iter().enumerate() {
            for side in 0..2 {
                so_far[side] += crossed[look][side];
                let share = f64::from(so_far[side]) / 20_000.0;
                let sd = crate::math::sqrt(expected[side] * (1.0 - expected[side]) / 20_000.0);
                assert!(
                    (share - expected[side]).abs() <= 4.0 * sd + 1e-4,
                    "{drift} {look} {share} {expected:?}"
                );
            }
        }
    }
}

#[test]
fn power_and_inflation_match_quadpack() {
    // scipy 1.17.1 integrate.quad and optimize.brentq, Pocock's two looks
    let design = group_sequential(Boundary::Pocock, &equal_times(2), 0.05, Sides::Two).unwrap();
    close(design.power(2.8), 0.755674246347114, 1e-9);
    close(design.inflation(0.9).unwrap(), 1.1000824974204009, 1e-8);
    close(design.power(0.0), 0.025, 1e-9);
    assert!(design.inflation(0.01).is_err() && design.inflation(1.0).is_err());
}

#[test]
fn a_look_gives_stage_wise_numbers() {
    let design = group_sequential(Boundary::Pocock, &equal_times(2), 0.05, Sides::Two).unwrap();
    let [control, treatment] = arms_apart(0.23, 0.1);
    let last = design.look(1, &control, &treatment, &absolute()).unwrap();
    // scipy 1.17.1 as above, z = 2.3 at the second look; drifts times the standard error
    close(last.comparison.p_value, 0.0436454487359721, 1e-9);
    let effect = last.comparison.effect;
    let expected = [0.006679090674014829, 0.21899792488997685, 0.4197438468615199];
    all_close(&[effect.low, effect.value, effect.high], &expected, 1e-7);
    assert!(last.crossed && last.repeated.covers(0.23) && last.repeated.low > 0.0);
    let first = design.look(0, &control, &treatment, &absolute()).unwrap();
    close(
        first.comparison.p_value,
        2.0 * crate::special::normal_sf(2.3),
        1e-10,
    );
    close(first.comparison.effect.value, 0.23, 1e-9);
    let [control, treatment] = arms_apart(-0.23, 0.1);
    let mirrored = design.look(1, &control, &treatment, &absolute()).unwrap();
    close(mirrored.comparison.effect.high, -effect.low, 1e-6);
    assert!(mirrored.crossed);
}

#[test]
fn overwhelming_looks_keep_their_logarithm() {
    let design = group_sequential(Boundary::OBrienFleming, &equal_times(3), 0.05, Sides::Two).unwrap();
    for effect in [6.0, -40.0] {
        let [control, treatment] = arms_apart(effect, 0.1);
        for look in 0..3 {
            let found = design.look(look, &control, &treatment, &absolute()).unwrap();
            let interval = found.comparison.effect;
            assert!(
                found.crossed && found.comparison.ln_p_value.is_finite(),
                "{found:?}"
            );
            assert!(
                interval.low <= interval.value && interval.value <= interval.high,
                "{interval:?}"
            );
        }
        let first = design
            .look(0, &control, &treatment, &absolute())
            .unwrap()
            .comparison;
        let fixed = fixed_horizon_normal(&control, &treatment, &absolute()).unwrap();
        close(first.ln_p_value, fixed.ln_p_value, 1e-12);
        close(first.effect.low, fixed.effect.low, 1e-9);
    }
}

#[test]
fn a_one_sided_design_asks_one_side() {
    let design = group_sequential(Boundary::OBrienFleming, &equal_times(3), 0.025, Sides::One).unwrap();
    let [control, treatment] = arms_apart(0.5, 0.1);
    let question = asked(Difference::Absolute, Alternative::Greater);
    let found = design.look(1, &control, &treatment, &question).unwrap();
    assert!(found.crossed && found.comparison.p_value < 1e-3);
    assert_eq!(found.comparison.effect.high, f64::INFINITY);
    assert!(design.look(1, &control, &treatment, &absolute()).is_err());
    assert!(design.look(3, &control, &treatment, &question).is_err());
    let [control, treatment] = arms_apart(-0.5, 0.1);
    assert!(!design.look(1, &control, &treatment, &question).unwrap().crossed);
}

#[test]
fn impossible_designs_are_refused() {
    let of = |boundary, times: &[f64], alpha| group_sequential(boundary, times, alpha, Sides::Two);
    for times in [
        &[][..],
        &[0.0, 1.0],
        &[0.5, 0.5, 1.0],
        &[0.5, 1.1],
        &[0.9, 0.5],
        &[f64::NAN],
        &[0.5, 0.50001],
    ] {
        assert!(of(Boundary::Pocock, times, 0.05).is_err(), "{times:?}");
    }
    assert!(of(Boundary::Pocock, &[1.0], 0.5).is_err());
    assert!(of(Boundary::Pocock, &equal_times(201), 0.05).is_err());
    assert!(of(Boundary::HaybittlePeto { interim_z: 1.0 }, &[0.5, 1.0], 0.05).is_err());
    assert!(of(Boundary::WangTsiatis { delta: f64::NAN }, &[1.0], 0.05).is_err());
    // next to nothing may be spent at a hundredth of the information
    let early = of(Boundary::Spending(Spending::OBrienFleming), &[0.001, 1.0], 0.05).unwrap();
    assert!(early.z[0] == f64::INFINITY || early.z[0] > 30.0);
    close(early.z[1], -normal_quantile(0.025), 1e-9);
}
