use stats::Alternative::{Greater, TwoSided};
use stats::special::normal_cdf;
use stats::test::{
    KsMethod, anderson_darling, dagostino_k2, jarque_bera, ks_one_sample, ks_two_sample, lilliefors,
    shapiro_wilk,
};
use stats::{StatsError, TestResult};

use crate::data::{heavy, normals};
use crate::study::Limit::{Close, Exact, Off, Rough, Safe};
use crate::study::{Study, p};

const LEVEL: f64 = 0.95;

pub(super) fn studies() -> Vec<Study> {
    let mut studies = kolmogorov_smirnov();
    type Test = fn(&[f64], f64) -> Result<TestResult, StatsError>;
    let normal = |what: &str, n: usize, limit, test: Test| {
        Study::level(what, format!("normal, n = {n}"), limit, move |draw| {
            p(test(&normals(draw, n, 5.0, 2.0), LEVEL))
        })
    };
    studies.extend([
        normal("Shapiro-Wilk", 10, Close, shapiro_wilk),
        normal("Shapiro-Wilk", 50, Close, shapiro_wilk),
        normal("Shapiro-Wilk", 500, Close, shapiro_wilk),
        normal("Anderson-Darling", 10, Close, anderson_darling),
        normal("Anderson-Darling", 100, Close, anderson_darling),
        normal("Lilliefors", 10, Close, lilliefors),
        normal("Lilliefors", 100, Close, lilliefors),
        normal("Lilliefors", 500, Close, lilliefors),
        normal("D'Agostino-Pearson", 50, Rough, dagostino_k2).at_5_percent(),
        normal("D'Agostino-Pearson", 500, Rough, dagostino_k2).at_5_percent(),
        normal("Jarque-Bera", 200, Off(0.03, 0.05), jarque_bera)
            .at_5_percent()
            .note("its law is a far limit: D'Agostino-Pearson or Shapiro-Wilk is right"),
        normal("Jarque-Bera", 2_000, Close, jarque_bera).at_5_percent(),
    ]);
    studies
}

fn kolmogorov_smirnov() -> Vec<Study> {
    let one = |scenario: &str, limit, n: usize, alternative, method| {
        Study::level("Kolmogorov-Smirnov, one sample", scenario, limit, move |draw| {
            p(ks_one_sample(
                &normals(draw, n, 0.0, 1.0),
                normal_cdf,
                alternative,
                method,
                LEVEL,
            ))
        })
    };
    let two = |scenario: &str, limit, n: [usize; 2], alternative, method| {
        Study::level("Kolmogorov-Smirnov, two samples", scenario, limit, move |draw| {
            p(ks_two_sample(
                &heavy(draw, n[0]),
                &heavy(draw, n[1]),
                alternative,
                method,
                LEVEL,
            ))
        })
    };
    vec![
        one("n = 10", Exact, 10, TwoSided, KsMethod::Auto),
        one("n = 100", Exact, 100, TwoSided, KsMethod::Auto),
        one("n = 30, greater", Exact, 30, Greater, KsMethod::Auto),
        one("n = 1,000, limit", Close, 1_000, TwoSided, KsMethod::Limit),
        two("exact, n = 10 and 15", Safe, [10, 15], TwoSided, KsMethod::Auto),
        two("exact, n = 100 and 80", Safe, [100, 80], TwoSided, KsMethod::Auto),
        two(
            "exact, n = 20 and 30, greater",
            Safe,
            [20, 30],
            Greater,
            KsMethod::Auto,
        ),
        two("limit, n = 50 each", Safe, [50, 50], TwoSided, KsMethod::Limit)
            .note("cautious; the exact law is the default"),
    ]
}
