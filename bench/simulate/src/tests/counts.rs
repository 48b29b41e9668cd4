use stats::Alternative::{Greater, TwoSided};
use stats::test::{
    McNemarMethod, ProportionVariance, binomial_test, chi_square, cochran_mantel_haenszel, compare_counts,
    fisher_exact, fisher_exact_2x2, g_test, goodness_of_fit, mcnemar, one_proportion, two_proportions,
    two_proportions_unpooled,
};

use crate::data::{counts, successes};
use crate::study::Limit::{Close, Off, Rough, Safe};
use crate::study::{Study, p};

const LEVEL: f64 = 0.95;

pub(super) fn studies() -> Vec<Study> {
    [one_share(), two_shares(), tables(), paired()]
        .into_iter()
        .flatten()
        .collect()
}

fn one_share() -> Vec<Study> {
    let z = |scenario: &str, limit, n: u64, chance: f64, variance: ProportionVariance| {
        Study::level("one share, z", scenario, limit, move |draw| {
            let k = successes(draw, n, chance);
            p(one_proportion(k, n, chance, variance, TwoSided, LEVEL))
        })
    };
    let exact = |scenario: &str, n: u64, chance: f64, alternative| {
        Study::level("one share, exact binomial", scenario, Safe, move |draw| {
            p(binomial_test(
                successes(draw, n, chance),
                n,
                chance,
                alternative,
                LEVEL,
            ))
        })
    };
    vec![
        exact("n = 20, share 0.3", 20, 0.3, TwoSided),
        exact("n = 200, share 0.05", 200, 0.05, TwoSided),
        exact("n = 50, share 0.1, greater", 50, 0.1, Greater),
        z("n = 100, share 0.3", Rough, 100, 0.3, ProportionVariance::Null).at_5_percent(),
        z(
            "n = 2,000, share 0.3",
            Close,
            2_000,
            0.3,
            ProportionVariance::Null,
        ),
        z(
            "n = 30, share 0.1, the sample's variance",
            Off(0.05, 0.25),
            30,
            0.1,
            ProportionVariance::Sample,
        )
        .at_5_percent()
        .note("few successes: the exact test, or the variance under the null, is right"),
    ]
}

fn two_shares() -> Vec<Study> {
    let table = |draw: &mut _, n: [u64; 2], chance: f64| n.map(|n| successes(draw, n, chance));
    let pooled = |scenario: &str, limit, n: [u64; 2], chance: f64| {
        Study::level("two shares, z", scenario, limit, move |draw| {
            let k = table(draw, n, chance);
            p(two_proportions(k[0], n[0], k[1], n[1], TwoSided, LEVEL))
        })
    };
    let fisher = |scenario: &str, n: [u64; 2], chance: f64, alternative| {
        Study::level("two shares, Fisher's exact", scenario, Safe, move |draw| {
            let k = table(draw, n, chance);
            let cells = [[k[0], n[0] - k[0]], [k[1], n[1] - k[1]]];
            p(fisher_exact_2x2(cells, alternative, LEVEL))
        })
    };
    vec![
        pooled("n = 50 each, share 0.3", Rough, [50, 50], 0.3),
        pooled("n = 1,000 each, share 0.3", Close, [1_000, 1_000], 0.3),
        Study::level(
            "two shares, z, unpooled",
            "n = 1,000 each, share 0.3",
            Close,
            move |draw| {
                let k = table(draw, [1_000; 2], 0.3);
                p(two_proportions_unpooled(
                    k[0], 1_000, k[1], 1_000, TwoSided, LEVEL,
                ))
            },
        ),
        fisher("n = 10 each, share 0.3", [10, 10], 0.3, TwoSided),
        fisher("n = 50 and 30, share 0.1", [50, 30], 0.1, TwoSided),
        fisher("n = 50 and 30, share 0.1, greater", [50, 30], 0.1, Greater),
        Study::level(
            "two shares, chosen by the counts",
            "n = 25 each, share 0.15",
            Rough,
            move |draw| {
                let k = table(draw, [25; 2], 0.15);
                compare_counts(&[k[0], 25 - k[0], k[1], 25 - k[1]], 2, LEVEL)
                    .map_or(f64::NAN, |choice| choice.result.p_value)
            },
        )
        .at_5_percent(),
    ]
}

fn tables() -> Vec<Study> {
    // rows of 0.2, 0.3, 0.5 and columns of 0.25, 0.35, 0.4, independent
    let cells: Vec<f64> = [0.2, 0.3, 0.5]
        .iter()
        .flat_map(|row| [0.25, 0.35, 0.4].map(|column| row * column))
        .collect();
    let [a, b, c, d] = [(); 4].map(|()| cells.clone());
    let shares = [0.1, 0.2, 0.3, 0.4];
    vec![
        Study::level(
            "chi-square of independence",
            "3 x 3, n = 60",
            Close,
            move |draw| p(chi_square(&counts(draw, 60, &a), 3, false, LEVEL)),
        )
        .at_5_percent(),
        Study::level(
            "chi-square of independence",
            "3 x 3, n = 500",
            Close,
            move |draw| p(chi_square(&counts(draw, 500, &b), 3, false, LEVEL)),
        ),
        Study::level("chi-square with continuity", "2 x 2, n = 40", Safe, move |draw| {
            p(chi_square(&counts(draw, 40, &[0.25; 4]), 2, true, LEVEL))
        }),
        Study::level("G test", "3 x 3, n = 500", Close, move |draw| {
            p(g_test(&counts(draw, 500, &c), 3, false, LEVEL))
        }),
        Study::level(
            "Fisher's exact, larger tables",
            "3 x 3, n = 25",
            Safe,
            move |draw| p(fisher_exact(&counts(draw, 25, &d), 3, LEVEL)),
        ),
        Study::level("goodness of fit", "4 classes, n = 100", Close, move |draw| {
            p(goodness_of_fit(
                &counts(draw, 100, &shares),
                Some(&shares),
                0,
                LEVEL,
            ))
        }),
        Study::level(
            "Cochran-Mantel-Haenszel",
            "5 strata of 40, shares 0.2 to 0.6",
            Close,
            |draw| {
                let stratum = |draw: &mut _, stratum: u32| {
                    let chance = 0.2 + 0.1 * f64::from(stratum);
                    [(); 2].map(|()| {
                        let k = successes(draw, 20, chance);
                        [k, 20 - k]
                    })
                };
                let tables: Vec<_> = (0..5).map(|k| stratum(draw, k)).collect();
                p(cochran_mantel_haenszel(&tables, false, LEVEL))
            },
        ),
    ]
}

fn paired() -> Vec<Study> {
    let study = |scenario: &str, limit, n: usize, method: McNemarMethod| {
        Study::level("McNemar", scenario, limit, move |draw| {
            let k = counts(draw, n, &[0.5, 0.15, 0.15, 0.2]);
            p(mcnemar([[k[0], k[1]], [k[2], k[3]]], method, LEVEL))
        })
    };
    let chi_square = |continuity| McNemarMethod::ChiSquare { continuity };
    vec![
        study("exact, 40 pairs", Safe, 40, McNemarMethod::Exact),
        study("chi-square, 300 pairs", Close, 300, chi_square(false)).at_5_percent(),
        study(
            "chi-square with continuity, 100 pairs",
            Safe,
            100,
            chi_square(true),
        ),
    ]
}
