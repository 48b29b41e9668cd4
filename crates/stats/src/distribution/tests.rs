use super::*;

include!("reference.rs");

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got:e} is not {expected:e}"
    );
}

fn close_to(got: f64, expected: f64, distance: f64) {
    assert!((got - expected).abs() <= distance, "{got:e} is not {expected:e}");
}

#[test]
fn far_tails_keep_their_precision() {
    for &(t, df, expected) in T_SF {
        close(StudentT::new(df).unwrap().sf(t), expected, 2e-13);
        close(StudentT::new(df).unwrap().cdf(-t), expected, 2e-13);
    }
    for &(f, df1, df2, expected) in F_SF {
        close(FisherF::new(df1, df2).unwrap().sf(f), expected, 2e-13);
        close(FisherF::new(df2, df1).unwrap().cdf(1.0 / f), expected, 2e-13);
    }
    for &(x, df, expected) in CHI2_SF {
        close(ChiSquare::new(df).unwrap().sf(x), expected, 2e-13);
    }
    for &(t, df, expected) in T_SF_LARGE_DF {
        close(StudentT::new(df).unwrap().sf(t), expected, 3e-13);
    }
    for &(f, df1, df2, expected) in F_SF_LARGE_DF {
        close(FisherF::new(df1, df2).unwrap().sf(f), expected, 3e-13);
    }
    let hopeless = StudentT::new(1000.0).unwrap().ln_two_sided(1e5);
    assert!(hopeless.is_finite() && hopeless < -2000.0);
}

#[test]
fn quantiles_match_scipy() {
    for &(p, df, expected) in T_Q {
        close(StudentT::new(df).unwrap().quantile(p), expected, 1e-12);
    }
    for &(p, df, expected) in CHI2_Q {
        close(ChiSquare::new(df).unwrap().quantile(p), expected, 1e-12);
    }
    for &(p, df1, df2, expected) in F_Q {
        close(FisherF::new(df1, df2).unwrap().quantile(p), expected, 1e-12);
    }
    assert_eq!(StudentT::new(3.0).unwrap().quantile(0.5), 0.0);
    close(
        Normal::new(10.0, 2.0).unwrap().quantile(0.975),
        13.919_927_969_080_108,
        1e-15,
    );
}

#[test]
fn the_rest_matches_scipy() {
    close(noncentral_chi_square_cdf(12.0, 3.0, 8.0), NCX2, 1e-12);
    close(noncentral_f_cdf(4.0, 3.0, 40.0, 8.0), NCF, 1e-12);
    for &(x, expected) in KOLMOGOROV {
        close(kolmogorov_sf(x), expected, 1e-12);
    }
    let rare = Binomial::new(1000, 0.004).unwrap();
    let fair = Binomial::new(100, 0.5).unwrap();
    for (got, expected) in [rare.pmf(3), fair.cdf(58), fair.sf(90), fair.pmf(58)]
        .into_iter()
        .zip(BINOMIAL)
    {
        close(got, expected, 1e-12);
    }
    let (low, high) = Binomial::exact_interval(8, 20, 0.95);
    close(low, CLOPPER_PEARSON.0, 1e-12);
    close(high, CLOPPER_PEARSON.1, 1e-12);
}

#[test]
fn noncentrality_interval_brackets_the_truth() {
    let (low, high) = noncentrality_interval(|nc| noncentral_f_cdf(4.0, 3.0, 40.0, nc), 9.0, 0.9);
    close(noncentral_f_cdf(4.0, 3.0, 40.0, low), 0.95, 1e-9);
    close(noncentral_f_cdf(4.0, 3.0, 40.0, high), 0.05, 1e-9);
    assert_eq!(
        noncentrality_interval(|nc| noncentral_f_cdf(0.01, 3.0, 40.0, nc), 9.0, 0.9),
        (0.0, 0.0)
    );
}

#[test]
fn noncentral_laws_hold_over_the_whole_range() {
    for &(x, df, noncentrality, expected) in NCX2_LARGE {
        close_to(noncentral_chi_square_cdf(x, df, noncentrality), expected, 2e-12);
    }
    for &(x, df1, df2, noncentrality, expected) in NCF_LARGE {
        close_to(noncentral_f_cdf(x, df1, df2, noncentrality), expected, 2e-12);
    }
    // nothing jumps where one way ends and the next begins
    let (before, after) = (200.0, 200.0 + 1e-9);
    let of_noncentrality: [&dyn Fn(f64) -> f64; 3] = [
        &|at| noncentral_chi_square_cdf(190.0, 3.0, at),
        &|at| noncentral_chi_square_cdf(700.0, 450.0, at),
        &|at| noncentral_f_cdf(52.0, 4.0, 60.0, at),
    ];
    for cdf in of_noncentrality {
        close_to(cdf(before), cdf(after), 2e-11);
    }
    let huge = |at: f64| noncentral_chi_square_cdf(1e14, 4.0, at);
    close_to(huge(1e14 - 6.0), huge(1e14), 1e-6);
}

#[test]
fn intervals_of_noncentralities_take_few_evaluations() {
    for statistic in [30.0, 3e2, 3e4, 3e6, 3e9] {
        let n = std::cell::Cell::new(0);
        let cdf = |noncentrality| {
            n.set(n.get() + 1);
            noncentral_chi_square_cdf(statistic, 12.0, noncentrality)
        };
        let (low, high) = noncentrality_interval(cdf, statistic - 12.0, 0.95);
        close(noncentral_chi_square_cdf(statistic, 12.0, low), 0.975, 1e-9);
        close(noncentral_chi_square_cdf(statistic, 12.0, high), 0.025, 1e-9);
        assert!(n.get() <= 24, "{} evaluations at {statistic}", n.get());
    }
}

#[test]
fn the_simplest_laws() {
    let (flat, waiting) = (
        Uniform::new(2.0, 4.0).unwrap(),
        Exponential::new(1.0, 2.0).unwrap(),
    );
    assert_eq!(
        (flat.cdf(3.0), flat.sf(3.0), flat.cdf(9.0), flat.sf(-9.0)),
        (0.25, 0.75, 1.0, 1.0)
    );
    assert_eq!((flat.quantile(0.25), flat.upper_quantile(0.25)), (3.0, 5.0));
    close(waiting.cdf(1.0 + 2.0 * std::f64::consts::LN_2), 0.5, 1e-15);
    close(waiting.ln_sf(4001.0), -2000.0, 1e-15);
    close(waiting.quantile(0.5), waiting.upper_quantile(0.5), 1e-15);
    assert_eq!((waiting.cdf(0.0), waiting.sf(0.0)), (0.0, 1.0));
    assert!(waiting.quantile(1.5).is_nan() && flat.quantile(-0.5).is_nan() && flat.cdf(f64::NAN).is_nan());
    assert!(Uniform::new(0.0, 0.0).is_err() && Uniform::new(f64::NAN, 1.0).is_err());
    assert!(Exponential::new(0.0, -1.0).is_err() && Exponential::new(f64::INFINITY, 1.0).is_err());
    let normal = Normal::new(10.0, 2.0).unwrap();
    close(
        normal.upper_quantile(1e-300),
        10.0 + 2.0 * 37.047_096_299_361_2,
        1e-14,
    );
}

#[test]
fn bad_parameters_are_refused() {
    assert!(StudentT::new(0.0).is_err());
    assert!(ChiSquare::new(f64::NAN).is_err());
    assert!(FisherF::new(1.0, f64::INFINITY).is_err());
    assert!(Normal::new(0.0, -1.0).is_err());
    assert!(Binomial::new(3, 1.5).is_err());
    assert!(StudentT::new(2.0).unwrap().quantile(-0.1).is_nan());
    assert!(StudentT::new(2.0).unwrap().sf(f64::NAN).is_nan());
}
