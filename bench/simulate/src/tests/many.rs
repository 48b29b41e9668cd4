//! Many questions at once: the chance of any error, and the share of false findings.

use stats::multiplicity::{
    benjamini_hochberg, benjamini_yekutieli, bonferroni, hochberg, holm, hommel, sidak,
};
use stats::random::Draw;
use stats::special::normal_sf;
use stats::test::{Pairwise, dunn, games_howell, tukey_hsd};
use stats::{StatsError, math::sqrt};

use crate::data::{exponentials, groups, in_groups};
use crate::study::Limit::{Close, Exact, Rough, Safe};
use crate::study::{Study, errors, flag};

const LEVEL: f64 = 0.95;
/// Questions asked, of which the first have nothing to find.
const N: usize = 20;

pub(super) fn studies() -> Vec<Study> {
    [after_anova(), families(), discoveries()]
        .into_iter()
        .flatten()
        .collect()
}

/// The smallest p-value of all pairs of equal groups: the chance of any error.
fn after_anova() -> Vec<Study> {
    let smallest = |found: Result<Pairwise, StatsError>| {
        found.map_or(f64::NAN, |found| found.p_values().into_iter().fold(1.0, f64::min))
    };
    let tukey = move |scenario: &str, limit, sizes: [usize; 4]| {
        Study::level("Tukey's HSD, any error", scenario, limit, move |draw| {
            let values = in_groups(draw, &sizes, &[1.0; 4]);
            smallest(tukey_hsd(&values, &groups(&sizes), 4, LEVEL))
        })
        .costly(10)
    };
    let games = move |scenario: &str, limit, sizes: [usize; 3], sds: [f64; 3]| {
        Study::level("Games-Howell, any error", scenario, limit, move |draw| {
            let values = in_groups(draw, &sizes, &sds);
            smallest(games_howell(&values, &groups(&sizes), 3, LEVEL))
        })
        .costly(20)
    };
    vec![
        tukey("4 groups of 10", Exact, [10; 4]),
        tukey("groups of 5, 10, 20, 30", Safe, [5, 10, 20, 30]),
        games(
            "groups of 10, 20, 30, sd 3, 2, 1",
            Rough,
            [10, 20, 30],
            [3.0, 2.0, 1.0],
        )
        .at_5_percent(),
        Study::level("Dunn with Holm, any error", "4 groups of 15", Safe, |draw| {
            let values = exponentials(draw, 60);
            let pairs = dunn(&values, &groups(&[15; 4]), 4, LEVEL);
            pairs
                .and_then(|pairs| holm(&pairs.p_values()))
                .map_or(f64::NAN, |p| p.into_iter().fold(1.0, f64::min))
        }),
    ]
}

/// p-values of questions with nothing to find in the first `n_null`, and with much in the others; `shared` is the
/// correlation of all.
fn p_values(draw: &mut Draw, n_null: usize, shared: f64) -> Vec<f64> {
    let common = draw.normal();
    (0..N)
        .map(|question| {
            let z = sqrt(shared) * common + sqrt(1.0 - shared) * draw.normal();
            normal_sf(if question < n_null { z } else { z + 3.0 })
        })
        .collect()
}

type Correction = fn(&[f64]) -> Result<Vec<f64>, StatsError>;

fn families() -> Vec<Study> {
    let study = |what: &str, scenario: &str, limit, correction: Correction, n_null: usize, shared: f64| {
        Study::level(what, scenario, limit, move |draw| {
            let adjusted = correction(&p_values(draw, n_null, shared));
            adjusted.map_or(f64::NAN, |adjusted| {
                adjusted[..n_null].iter().copied().fold(1.0, f64::min)
            })
        })
    };
    let nothing = "20 questions, nothing to find";
    let some = "20 questions, 10 with an effect";
    let together = "20 questions that go together (0.5), 10 with an effect";
    vec![
        study("Bonferroni, any error", nothing, Safe, bonferroni, N, 0.0),
        study("Šidák, any error", nothing, Exact, sidak, N, 0.0),
        study("Holm, any error", nothing, Close, holm, N, 0.0),
        study("Holm, any error", some, Safe, holm, 10, 0.0),
        study("Holm, any error", together, Safe, holm, 10, 0.5),
        study("Hochberg, any error", some, Safe, hochberg, 10, 0.0),
        study("Hommel, any error", some, Safe, hommel, 10, 0.0),
    ]
}

/// The share of findings that are false, on average: exactly the rate times the share of questions with nothing to find,
/// for independent questions.
fn discoveries() -> Vec<Study> {
    let study = |what: &str,
                 scenario: &str,
                 promised: f64,
                 limit,
                 correction: Correction,
                 n_null: usize,
                 shared: f64| {
        Study::shares(
            what,
            scenario,
            vec![errors(promised, limit)],
            move |draw, answers| {
                let Ok(adjusted) = correction(&p_values(draw, n_null, shared)) else {
                    answers[0] = f64::NAN;
                    return;
                };
                let found = |p: &&f64| **p <= 0.05;
                let n_found = adjusted.iter().filter(found).count();
                let n_false = adjusted[..n_null].iter().filter(found).count();
                answers[0] = n_false as f64 / n_found.max(1) as f64;
            },
        )
    };
    vec![
        study(
            "Benjamini-Hochberg, false findings",
            "20 questions, nothing to find",
            0.05,
            Exact,
            benjamini_hochberg,
            N,
            0.0,
        ),
        study(
            "Benjamini-Hochberg, false findings",
            "20 questions, 10 with an effect",
            0.025,
            Exact,
            benjamini_hochberg,
            10,
            0.0,
        ),
        study(
            "Benjamini-Hochberg, false findings",
            "20 questions that go together (0.5), 10 with an effect",
            0.025,
            Safe,
            benjamini_hochberg,
            10,
            0.5,
        ),
        study(
            "Benjamini-Yekutieli, false findings",
            "20 questions, 10 with an effect",
            0.025,
            Safe,
            benjamini_yekutieli,
            10,
            0.0,
        ),
        Study::shares(
            "any finding where nothing is",
            "20 questions without correction",
            vec![errors(0.6415, Exact)],
            |draw, answers| {
                answers[0] = flag(p_values(draw, N, 0.0).iter().any(|p| *p <= 0.05));
            },
        )
        .note("1 - 0.95^20: why corrections are there"),
    ]
}
