use super::*;
use crate::test::Alternative::{Greater, Less, TwoSided};

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got:e} is not {expected:e}"
    );
}

fn plan(design: Design, alpha: f64, alternative: Alternative) -> PowerAnalysis {
    PowerAnalysis {
        design,
        alpha,
        alternative,
    }
}

#[test]
fn t_tests_match_statsmodels() {
    // statsmodels 0.15.0 TTestIndPower, TTestPower; its root finder is right to about 1e-7
    let even = plan(Design::TwoSampleT { ratio: 1.0 }, 0.05, TwoSided);
    close(even.power(0.5, 64.0).unwrap(), 0.8014595579222542, 1e-10);
    close(even.sample_size(0.5, 0.8).unwrap(), 63.76561058891169, 1e-6);
    close(even.sample_size(2.5, 0.8).unwrap(), 3.7618131422306145, 1e-6);
    close(even.detectable(40.0, 0.8).unwrap(), 0.634298508579496, 1e-6);
    let uneven = |ratio, alpha| plan(Design::TwoSampleT { ratio }, alpha, TwoSided);
    close(
        uneven(2.0, 0.01).power(0.3, 50.0).unwrap(),
        0.19403974901087226,
        1e-10,
    );
    close(
        uneven(1.5, 0.05).sample_size(0.3, 0.9).unwrap(),
        195.35333415527003,
        1e-6,
    );
    let side = |alternative| plan(Design::TwoSampleT { ratio: 1.0 }, 0.05, alternative);
    close(
        side(Greater).power(0.3, 50.0).unwrap(),
        0.43832544490474734,
        1e-10,
    );
    close(side(Less).power(0.3, 50.0).unwrap(), 0.0008605085606916557, 1e-9);
    let one = plan(Design::OneSampleT, 0.05, TwoSided);
    close(one.power(0.4, 30.0).unwrap(), 0.5628136071410565, 1e-10);
    close(one.sample_size(0.3, 0.8).unwrap(), 89.14936472045834, 1e-6);
    close(one.detectable(25.0, 0.9).unwrap(), 0.6759055789283501, 1e-6);
    let less = plan(Design::OneSampleT, 0.05, Less);
    close(less.sample_size(-0.3, 0.8).unwrap(), 70.06790408991661, 1e-6);
    assert!(less.detectable(50.0, 0.8).unwrap() < 0.0);
}

#[test]
fn z_f_and_chi_square_match_statsmodels() {
    // statsmodels 0.15.0 NormalIndPower, FTestAnovaPower, GofChisquarePower
    let z = |ratio| plan(Design::TwoSampleZ { ratio }, 0.05, TwoSided);
    close(z(1.0).power(0.2, 200.0).unwrap(), 0.5160052739761747, 1e-12);
    close(z(1.0).sample_size(0.2, 0.8).unwrap(), 392.4430232577885, 1e-6);
    close(z(0.5).sample_size(0.2, 0.8).unwrap(), 588.6645382027142, 1e-6);
    let f = |n_groups| plan(Design::Anova { n_groups }, 0.05, TwoSided);
    close(f(3).power(0.25, 90.0).unwrap(), 0.5396133415765976, 1e-10);
    close(f(4).sample_size(0.4, 0.8).unwrap(), 72.17046410074713, 1e-6);
    close(f(5).detectable(100.0, 0.9).unwrap(), 0.4024162661476777, 1e-6);
    let chi_square = |df| plan(Design::ChiSquare { df }, 0.05, TwoSided);
    close(
        chi_square(3.0).power(0.3, 100.0).unwrap(),
        0.7112535997950424,
        1e-10,
    );
    close(
        chi_square(3.0).sample_size(0.3, 0.8).unwrap(),
        121.13959210672556,
        1e-6,
    );
    close(
        chi_square(4.0).detectable(150.0, 0.8).unwrap(),
        0.28207907303233115,
        1e-6,
    );
}

#[test]
fn proportions_match_the_formula() {
    // the pooled formula with scipy 1.17.1; the second number is also R 4.2.2 power.prop.test's
    let two = |baseline, ratio| plan(Design::TwoProportions { baseline, ratio }, 0.05, TwoSided);
    close(
        two(0.5, 1.0).power(0.1, 500.0).unwrap(),
        0.8896076865626648,
        1e-12,
    );
    close(
        two(0.5, 1.0).sample_size(0.1, 0.9).unwrap(),
        518.037169299807,
        1e-11,
    );
    close(
        two(0.1, 2.0).sample_size(-0.02, 0.8).unwrap(),
        2376.8129853556643,
        1e-10,
    );
    close(
        two(0.5, 1.0).detectable(518.037169299807, 0.9).unwrap(),
        0.1,
        1e-10,
    );
    let one = plan(Design::OneProportion { baseline: 0.5 }, 0.05, TwoSided);
    close(one.power(0.1, 100.0).unwrap(), 0.5162968795741802, 1e-12);
    let correlation = plan(Design::Correlation, 0.05, TwoSided);
    close(correlation.power(0.3, 84.0).unwrap(), 0.7955174261087984, 1e-12);
}

#[test]
fn the_three_questions_undo_each_other() {
    let designs = [
        Design::OneSampleT,
        Design::TwoSampleT { ratio: 3.0 },
        Design::OneSampleZ,
        Design::TwoSampleZ { ratio: 0.4 },
        Design::OneProportion { baseline: 0.2 },
        Design::TwoProportions {
            baseline: 0.2,
            ratio: 1.0,
        },
        Design::Anova { n_groups: 3 },
        Design::ChiSquare { df: 5.0 },
        Design::Correlation,
    ];
    for design in designs {
        for alternative in [TwoSided, Greater] {
            let plan = plan(design, 0.01, alternative);
            for (effect, power) in [(0.1, 0.5), (0.3, 0.95)] {
                let n = plan.sample_size(effect, power).unwrap();
                close(plan.power(effect, n).unwrap(), power, 1e-9);
                close(plan.detectable(n, power).unwrap(), effect, 1e-8);
                assert!(plan.power(effect, n + 1.0).unwrap() > power);
            }
        }
    }
}

#[test]
fn extremes_are_answered_or_refused() {
    let t = plan(Design::OneSampleT, 0.05, TwoSided);
    close(t.power(0.0, 30.0).unwrap(), 0.05, 1e-10);
    assert_eq!(t.power(1e6, 30.0).unwrap(), 1.0);
    assert_eq!(t.sample_size(1e6, 0.8).unwrap(), 2.0);
    let tiny = t.sample_size(1e-5, 0.8).unwrap();
    close(tiny, 7.848879734349089e10, 1e-5); // ((z_0.975 + z_0.8) / 1e-5)^2, without the far side
    assert!(t.sample_size(0.0, 0.8).is_err() && t.sample_size(f64::NAN, 0.8).is_err());
    assert!(
        plan(Design::OneSampleT, 0.05, Greater)
            .sample_size(-0.5, 0.8)
            .is_err()
    );
    assert!(t.sample_size(0.5, 1.0).is_err() && t.detectable(20.0, 0.05).is_err());
    assert!(t.power(0.5, 1.0).is_err() && t.power(0.5, f64::INFINITY).is_err());
    assert!(plan(Design::OneSampleT, 0.0, TwoSided).power(0.5, 9.0).is_err());
    let proportion = Design::OneProportion { baseline: 0.9 };
    assert!(plan(proportion, 0.05, TwoSided).power(0.1, 50.0).is_err());
    assert!(plan(proportion, 0.05, TwoSided).detectable(4.0, 0.99).is_err());
    assert!(
        plan(Design::Anova { n_groups: 1 }, 0.05, TwoSided)
            .power(0.5, 9.0)
            .is_err()
    );
    assert!(
        plan(Design::Anova { n_groups: 3 }, 0.05, TwoSided)
            .power(-0.5, 9.0)
            .is_err()
    );
    assert!(
        plan(Design::ChiSquare { df: 0.0 }, 0.05, TwoSided)
            .power(0.5, 9.0)
            .is_err()
    );
    assert!(plan(Design::Correlation, 0.05, TwoSided).power(1.0, 9.0).is_err());
    assert!(
        plan(Design::TwoSampleT { ratio: 0.0 }, 0.05, TwoSided)
            .power(0.5, 9.0)
            .is_err()
    );
}

#[test]
fn beyond_the_range_of_numbers_is_refused() {
    let anova = plan(Design::Anova { n_groups: 2 }, 0.05, TwoSided);
    let chi_square = plan(Design::ChiSquare { df: 1.0 }, 0.05, TwoSided);
    for power in [anova.power(0.0, 1e140), chi_square.power(1e140, 1e140)] {
        assert!(!power.is_ok_and(f64::is_nan));
    }
}
