use stats::Alternative::{Greater, TwoSided};
use stats::RankMethod;
use stats::test::delong;
use stats::{kendall, pearson, spearman};

use crate::data::{exponentials, grades, normals, pairs, uniforms};
use crate::study::Limit::{Close, Exact, Rough, Safe};
use crate::study::{Study, p};

const LEVEL: f64 = 0.95;

pub(super) fn studies() -> Vec<Study> {
    let mut studies = vec![
        Study::level("Pearson", "normal, 5 pairs", Exact, |draw| {
            let [x, y] = pairs(draw, 5, 0.0);
            p(pearson(&x, &y, LEVEL))
        }),
        Study::level("Pearson", "normal, 100 pairs", Exact, |draw| {
            let [x, y] = pairs(draw, 100, 0.0);
            p(pearson(&x, &y, LEVEL))
        }),
        Study::level("Pearson", "exponential, 50 pairs", Rough, |draw| {
            let (x, y) = (exponentials(draw, 50), exponentials(draw, 50));
            p(pearson(&x, &y, LEVEL))
        })
        .at_5_percent(),
        Study::level("Spearman", "8 pairs", Safe, |draw| {
            let (x, y) = (uniforms(draw, 8), uniforms(draw, 8));
            p(spearman(&x, &y, LEVEL))
        }),
        Study::level("Spearman", "30 pairs", Close, |draw| {
            let (x, y) = (uniforms(draw, 30), uniforms(draw, 30));
            p(spearman(&x, &y, LEVEL))
        }),
        Study::level("Spearman", "ties, 50 pairs", Close, |draw| {
            let (x, y) = (grades(draw, 50), grades(draw, 50));
            p(spearman(&x, &y, LEVEL))
        }),
    ];
    studies.extend(kendalls());
    studies.extend(areas());
    studies
}

fn kendalls() -> Vec<Study> {
    let study = |scenario: &str, limit, n: usize, alternative, method| {
        Study::level("Kendall", scenario, limit, move |draw| {
            let (x, y) = (uniforms(draw, n), uniforms(draw, n));
            p(kendall(&x, &y, alternative, method, LEVEL))
        })
    };
    vec![
        study("exact, 10 pairs", Safe, 10, TwoSided, RankMethod::Exact),
        study("exact, 10 pairs, greater", Safe, 10, Greater, RankMethod::Exact),
        study("as chosen, 100 pairs", Close, 100, TwoSided, RankMethod::Auto).costly(10),
        Study::level("Kendall", "ties, 50 pairs", Close, |draw| {
            let (x, y) = (grades(draw, 50), grades(draw, 50));
            p(kendall(&x, &y, TwoSided, RankMethod::Auto, LEVEL))
        }),
    ]
}

/// Two scores that are equally good and share half of what they know.
fn areas() -> Vec<Study> {
    let study = |scenario: &str, limit, n: [usize; 2]| {
        Study::level("DeLong", scenario, limit, move |draw| {
            let labels: Vec<bool> = (0..n[0] + n[1]).map(|row| row < n[0]).collect();
            let gain = |row: usize| if row < n[0] { 1.0 } else { 0.0 };
            let [a, b] = pairs(draw, labels.len(), 0.5).map(|noise| {
                let score = |(row, noise): (usize, f64)| gain(row) + noise;
                noise.into_iter().enumerate().map(score).collect::<Vec<f64>>()
            });
            p(delong(&labels, &a, &b, None, TwoSided, LEVEL))
        })
    };
    vec![
        study("AUC 0.76 twice, 20 positives and 20 negatives", Rough, [20, 20]).at_5_percent(),
        study(
            "AUC 0.76 twice, 100 positives and 300 negatives",
            Close,
            [100, 300],
        )
        .at_5_percent(),
        Study::level("DeLong", "scores without skill, 50 and 50", Rough, |draw| {
            let labels: Vec<bool> = (0..100).map(|row| row < 50).collect();
            let (a, b) = (normals(draw, 100, 0.0, 1.0), normals(draw, 100, 0.0, 1.0));
            p(delong(&labels, &a, &b, None, TwoSided, LEVEL))
        })
        .at_5_percent(),
    ]
}
