use stats::Alternative::{Greater, TwoSided};
use stats::RankMethod;
use stats::test::{
    Arrangements, PairedScore, PairingScore, PermutationTest, TwoSampleScore, Zeros, friedman, kruskal_of,
    mann_whitney, permutation_correlation, permutation_paired, permutation_two_sample, wilcoxon_signed_rank,
};
use stats::{StatsError, random::Draw};

use crate::data::{exponentials, grades, heavy, normals, pairs};
use crate::study::Limit::{Close, Exact, Off, Rough, Safe};
use crate::study::{Study, p};

const LEVEL: f64 = 0.95;

pub(super) fn studies() -> Vec<Study> {
    [two_samples(), signed(), several(), permutations()]
        .into_iter()
        .flatten()
        .collect()
}

fn two_samples() -> Vec<Study> {
    let study = |scenario: &str, limit, n: [usize; 2], method, values: fn(&mut Draw, usize) -> Vec<f64>| {
        Study::level("Mann-Whitney", scenario, limit, move |draw| {
            let (a, b) = (values(draw, n[0]), values(draw, n[1]));
            p(mann_whitney(&a, &b, TwoSided, method, LEVEL))
        })
    };
    let plain = RankMethod::Asymptotic { continuity: false };
    vec![
        study("exact, n = 8 and 12", Safe, [8, 12], RankMethod::Exact, heavy),
        study(
            "as chosen, ties, n = 20 each",
            Close,
            [20, 20],
            RankMethod::Auto,
            grades,
        )
        .at_5_percent(),
        study(
            "as chosen, n = 100 each",
            Close,
            [100, 100],
            RankMethod::Auto,
            exponentials,
        ),
        study("asymptotic, n = 20 each", Close, [20, 20], plain, heavy).at_5_percent(),
        Study::level(
            "Mann-Whitney",
            "normal, n = 40 and 10, sd 1 and 4",
            Off(0.05, 0.20),
            |draw| {
                let (a, b) = (normals(draw, 40, 0.0, 1.0), normals(draw, 10, 0.0, 4.0));
                p(mann_whitney(&a, &b, TwoSided, RankMethod::Auto, LEVEL))
            },
        )
        .at_5_percent()
        .note("one centre, two spreads: its null is one law; Welch's t compares the means"),
    ]
}

fn signed() -> Vec<Study> {
    let study = |scenario: &str, limit, n: usize, zeros, method, values: fn(&mut Draw, usize) -> Vec<f64>| {
        Study::level("Wilcoxon signed-rank", scenario, limit, move |draw| {
            let (a, b) = (values(draw, n), values(draw, n));
            p(wilcoxon_signed_rank(&a, &b, TwoSided, zeros, method, LEVEL))
        })
    };
    let plain = RankMethod::Asymptotic { continuity: false };
    vec![
        study("exact, 12 pairs", Safe, 12, Zeros::Drop, RankMethod::Auto, heavy),
        study(
            "exact, ties and zeros, 30 pairs",
            Safe,
            30,
            Zeros::Drop,
            RankMethod::Exact,
            grades,
        ),
        study(
            "ties and zeros (Pratt), 60 pairs",
            Close,
            60,
            Zeros::Pratt,
            RankMethod::Auto,
            grades,
        )
        .at_5_percent(),
        study("asymptotic, 30 pairs", Close, 30, Zeros::Drop, plain, heavy).at_5_percent(),
    ]
}

fn several() -> Vec<Study> {
    let kruskal = |scenario: &str, limit, n: usize, values: fn(&mut Draw, usize) -> Vec<f64>| {
        Study::level("Kruskal-Wallis", scenario, limit, move |draw| {
            let samples = [(); 3].map(|()| values(draw, n));
            let samples: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
            p(kruskal_of(&samples, LEVEL))
        })
    };
    let friedman = |scenario: &str, limit, n_blocks: usize| {
        Study::level("Friedman", scenario, limit, move |draw| {
            p(friedman(&heavy(draw, 4 * n_blocks), 4, LEVEL))
        })
    };
    vec![
        kruskal("3 groups of 5", Rough, 5, exponentials).at_5_percent(),
        kruskal("3 groups of 30", Close, 30, exponentials).at_5_percent(),
        kruskal("ties, 3 groups of 30", Close, 30, grades).at_5_percent(),
        friedman("4 treatments, 10 blocks", Rough, 10).at_5_percent(),
        friedman("4 treatments, 100 blocks", Close, 100).at_5_percent(),
    ]
}

fn permutations() -> Vec<Study> {
    let arrangements = |draw: &mut Draw| Arrangements {
        n_resamples: 999,
        seed: draw.next_u64(),
        n_threads: 1,
    };
    let value = |found: Result<PermutationTest, StatsError>| p(found.map(|found| found.result));
    let two = move |scenario: &str, limit, score| {
        Study::level("permutation, two samples", scenario, limit, move |draw| {
            let (a, b) = (exponentials(draw, 12), exponentials(draw, 8));
            value(permutation_two_sample(
                &a,
                &b,
                score,
                TwoSided,
                &arrangements(draw),
                LEVEL,
            ))
        })
    };
    let welch = move |scenario: &str, limit, n: [usize; 2]| {
        Study::level("permutation, two samples", scenario, limit, move |draw| {
            let (a, b) = (normals(draw, n[0], 0.0, 1.0), normals(draw, n[1], 0.0, 3.0));
            let arrangements = arrangements(draw);
            value(permutation_two_sample(
                &a,
                &b,
                TwoSampleScore::WelchT,
                TwoSided,
                &arrangements,
                LEVEL,
            ))
        })
        .at_5_percent()
    };
    vec![
        two(
            "means, exponential, n = 12 and 8, 999 arrangements",
            Exact,
            TwoSampleScore::Mean,
        ),
        two(
            "medians, exponential, n = 12 and 8, 999 arrangements",
            Safe,
            TwoSampleScore::Median,
        ),
        two(
            "rank sums, exponential, n = 12 and 8, 999 arrangements",
            Safe,
            TwoSampleScore::RankSum,
        ),
        welch("Welch's t, normal, n = 120 and 60, sd 1 and 3", Close, [120, 60]).costly(4),
        welch(
            "Welch's t, normal, n = 30 and 15, sd 1 and 3",
            Off(0.05, 0.09),
            [30, 15],
        )
        .note("a limit that few values do not reach: Welch's t itself is right"),
        Study::level(
            "permutation, paired",
            "all 1,024 signs of 10 differences",
            Safe,
            move |draw| {
                let (a, b) = (heavy(draw, 10), heavy(draw, 10));
                let all = Arrangements {
                    n_resamples: 2_000,
                    ..arrangements(draw)
                };
                value(permutation_paired(
                    &a,
                    &b,
                    PairedScore::Mean,
                    TwoSided,
                    &all,
                    LEVEL,
                ))
            },
        ),
        Study::level(
            "permutation, correlation",
            "heavy tails, 15 pairs, greater, 999 arrangements",
            Exact,
            move |draw| {
                let (x, y) = (heavy(draw, 15), heavy(draw, 15));
                let arrangements = arrangements(draw);
                value(permutation_correlation(
                    &x,
                    &y,
                    PairingScore::Pearson,
                    Greater,
                    &arrangements,
                    LEVEL,
                ))
            },
        ),
        Study::level(
            "permutation, correlation",
            "Spearman, 12 pairs, 999 arrangements",
            Safe,
            move |draw| {
                let [x, y] = pairs(draw, 12, 0.0);
                let arrangements = arrangements(draw);
                value(permutation_correlation(
                    &x,
                    &y,
                    PairingScore::Spearman,
                    TwoSided,
                    &arrangements,
                    LEVEL,
                ))
            },
        ),
    ]
}
