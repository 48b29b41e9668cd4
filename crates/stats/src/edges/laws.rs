//! Distributions at the ends of their support and beyond, and with parameters that no law has.

use crate::StatsError;
use crate::distribution::*;

type Of = Box<dyn Fn(f64) -> f64>;

/// A law by its functions of a number, where it has them, and the ends of its support.
struct Law {
    name: &'static str,
    cdf: Of,
    sf: Of,
    ln_sf: Option<Of>,
    quantiles: Option<[Of; 2]>,
    support: [f64; 2],
}

macro_rules! law {
    ($law:expr, $low:expr, $high:expr) => {{
        let law = $law.unwrap();
        Law {
            name: stringify!($law),
            cdf: Box::new(move |x| law.cdf(x)),
            sf: Box::new(move |x| law.sf(x)),
            ln_sf: Some(Box::new(move |x| law.ln_sf(x))),
            quantiles: Some([
                Box::new(move |p| law.quantile(p)),
                Box::new(move |q| law.upper_quantile(q)),
            ]),
            support: [$low, $high],
        }
    }};
}

fn bare(name: &'static str, cdf: fn(f64) -> f64, low: f64) -> Law {
    Law {
        name,
        cdf: Box::new(cdf),
        sf: Box::new(move |x| 1.0 - cdf(x)),
        ln_sf: None,
        quantiles: None,
        support: [low, f64::INFINITY],
    }
}

fn laws() -> Vec<Law> {
    let (least, most) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut laws = vec![
        law!(Normal::new(3.0, 2.0), least, most),
        law!(Normal::new(-1e300, 1e-300), least, most),
        law!(Uniform::new(-1.0, 4.0), -1.0, 3.0),
        law!(Exponential::new(2.0, 5.0), 2.0, most),
        law!(StudentizedRange::new(3, 10.0), 0.0, most),
        law!(StudentizedRange::new(30, f64::INFINITY), 0.0, most),
    ];
    for df in [1e-3, 0.5, 1.0, 7.0, 1e6, 1e15, 1e300] {
        laws.push(law!(StudentT::new(df), least, most));
        laws.push(law!(ChiSquare::new(df), 0.0, most));
        for df2 in [0.5, 12.0, 1e9] {
            laws.push(law!(FisherF::new(df, df2), 0.0, most));
        }
    }
    laws.extend([
        bare("kolmogorov", |x| 1.0 - kolmogorov_sf(x), 0.0),
        bare(
            "noncentral chi-square",
            |x| noncentral_chi_square_cdf(x, 3.0, 8.0),
            0.0,
        ),
        bare(
            "far noncentral chi-square",
            |x| noncentral_chi_square_cdf(x, 3.0, 1e8),
            0.0,
        ),
        bare("noncentral F", |x| noncentral_f_cdf(x, 3.0, 40.0, 8.0), 0.0),
        bare("far noncentral F", |x| noncentral_f_cdf(x, 3.0, 40.0, 1e8), 0.0),
        bare(
            "noncentral t",
            |x| NoncentralT::new(9.0, 1.5).unwrap().cdf(x),
            f64::NEG_INFINITY,
        ),
    ]);
    laws
}

const POINTS: [f64; 17] = [
    f64::NEG_INFINITY,
    -1e308,
    -1e30,
    -1.0,
    -1e-308,
    0.0,
    1e-320,
    1e-308,
    1e-30,
    0.5,
    1.0,
    2.0,
    30.0,
    1e30,
    1e154,
    1e308,
    f64::INFINITY,
];

#[test]
fn arguments_at_the_ends() {
    for law in laws() {
        let name = law.name;
        assert!(
            (law.cdf)(f64::NAN).is_nan() && (law.sf)(f64::NAN).is_nan(),
            "{name}"
        );
        assert_eq!(((law.cdf)(POINTS[0]), (law.sf)(POINTS[0])), (0.0, 1.0), "{name}");
        assert_eq!(
            ((law.cdf)(f64::INFINITY), (law.sf)(f64::INFINITY)),
            (1.0, 0.0),
            "{name}"
        );
        let mut before = 0.0;
        for x in POINTS {
            let (below, above) = ((law.cdf)(x), (law.sf)(x));
            assert!(
                (0.0..=1.0).contains(&below) && (0.0..=1.0).contains(&above),
                "{name} at {x}: {below} {above}"
            );
            assert!(
                (below + above - 1.0).abs() < 1e-9,
                "{name} at {x}: {below} {above}"
            );
            assert!(below >= before - 1e-12, "{name} falls at {x}");
            before = below;
            if let Some(ln_sf) = &law.ln_sf {
                assert!(ln_sf(x) <= 0.0, "{name} at {x}");
            }
        }
        if let Some(ln_sf) = &law.ln_sf {
            assert!(ln_sf(f64::NAN).is_nan(), "{name}");
        }
    }
}

#[test]
fn quantiles_at_the_ends() {
    for law in laws() {
        let (Some([quantile, upper]), [low, high], name) = (&law.quantiles, law.support, law.name) else {
            continue;
        };
        assert_eq!((quantile(0.0), quantile(1.0)), (low, high), "{name}");
        assert_eq!((upper(1.0), upper(0.0)), (low, high), "{name}");
        for outside in [f64::NAN, -0.1, 1.1, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(
                quantile(outside).is_nan() && upper(outside).is_nan(),
                "{name} at {outside}"
            );
        }
        let mut before = low;
        for p in [1e-300, 1e-10, 0.01, 0.5, 0.99] {
            let x = quantile(p);
            assert!(
                x >= before && x <= high,
                "{name}: quantile({p}) is {x} after {before}"
            );
            before = x;
        }
    }
}

#[test]
fn parameters_that_no_law_has() {
    fn refused<T>(found: Result<T, StatsError>, name: &str) {
        match found {
            Err(error) => assert!(error.to_string().contains("expected"), "{error}"),
            Ok(_) => panic!("{name} is not refused"),
        }
    }
    for bad in [f64::NAN, 0.0, -1.0, f64::INFINITY, f64::NEG_INFINITY] {
        refused(StudentT::new(bad), "StudentT");
        refused(ChiSquare::new(bad), "ChiSquare");
        refused(FisherF::new(bad, 2.0), "FisherF");
        refused(FisherF::new(2.0, bad), "FisherF");
        refused(Normal::new(0.0, bad), "Normal");
        refused(Exponential::new(0.0, bad), "Exponential");
        refused(Uniform::new(0.0, bad), "Uniform");
        refused(NoncentralT::new(bad, 1.0), "NoncentralT");
        if bad != f64::INFINITY {
            refused(StudentizedRange::new(3, bad), "StudentizedRange");
        }
        if bad != 0.0 && bad != -1.0 {
            refused(Normal::new(bad, 1.0), "Normal");
            refused(Uniform::new(bad, 1.0), "Uniform");
            refused(Exponential::new(bad, 1.0), "Exponential");
            refused(NoncentralT::new(3.0, bad), "NoncentralT");
        }
        if bad != 0.0 {
            refused(Binomial::new(3, bad), "Binomial");
        }
    }
    refused(Uniform::new(1e308, 1e308), "Uniform");
}

#[test]
fn binomial_probabilities_keep_their_digits() {
    let close = |got: f64, expected: f64, tolerance: f64| {
        assert!(
            (got / expected - 1.0).abs() < tolerance,
            "{got:e} is not {expected:e}"
        );
    };
    for (n, k, p, expected) in BINOMIAL {
        close(Binomial::new(n, p).unwrap().pmf(k), expected, 1e-12);
    }
    let sure = Binomial::new(10, 1.0).unwrap();
    assert_eq!(
        (sure.pmf(10), sure.cdf(9), sure.sf(9), sure.cdf(10)),
        (1.0, 0.0, 1.0, 1.0)
    );
    let never = Binomial::new(10, 0.0).unwrap();
    assert_eq!((never.pmf(0), never.cdf(0), never.sf(0)), (1.0, 1.0, 0.0));
    let none = Binomial::new(0, 0.5).unwrap();
    assert_eq!((none.pmf(0), none.cdf(0), none.pmf(1)), (1.0, 1.0, 0.0));
}

/// mpmath 1.3.0, 40 digits.
const BINOMIAL: [(u64, u64, f64, f64); 5] = [
    (1000000, 500000, 0.5, 0.0007978843613317501),
    (1000000000, 1000, 1e-06, 0.012614617656031904),
    (50, 50, 0.9, 0.00515377520732012),
    (50, 0, 1e-17, 0.9999999999999995),
    (10000000, 3001000, 0.3, 0.0002169512583873183),
];
