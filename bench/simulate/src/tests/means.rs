use stats::Alternative::{Greater, TwoSided};
use stats::test::{
    Margin, SumsOfSquares, anova_of, equivalence_one_sample, equivalence_student, equivalence_welch,
    one_sample_t, paired_t, student_t, two_way_anova, welch_anova_of, welch_t,
};

use crate::data::{exponentials, in_groups, normals};
use crate::study::Limit::{Close, Exact, Off, Rough, Safe};
use crate::study::{Study, p};

const LEVEL: f64 = 0.95;

pub(super) fn studies() -> Vec<Study> {
    let mut studies = Vec::new();
    for n in [5, 20, 200] {
        studies.push(Study::level(
            "t, one sample",
            format!("normal, n = {n}"),
            Exact,
            move |draw| p(one_sample_t(&normals(draw, n, 3.0, 2.0), 3.0, TwoSided, LEVEL)),
        ));
    }
    studies.push(Study::level(
        "t, one sample, greater",
        "normal, n = 20",
        Exact,
        |draw| p(one_sample_t(&normals(draw, 20, 3.0, 2.0), 3.0, Greater, LEVEL)),
    ));
    studies.extend(skewed());
    for n in [5, 20, 200] {
        studies.push(Study::level(
            "t, paired",
            format!("normal, {n} pairs"),
            Exact,
            move |draw| {
                let before = normals(draw, n, 0.0, 3.0);
                let after: Vec<f64> = before.iter().map(|x| x + draw.normal()).collect();
                p(paired_t(&before, &after, TwoSided, LEVEL))
            },
        ));
    }
    studies.extend(two_samples());
    studies.extend(equivalence());
    studies.extend(groups());
    studies.extend(two_ways());
    studies
}

fn skewed() -> Vec<Study> {
    vec![
        Study::level("t, one sample", "exponential, n = 20", Off(0.05, 0.10), |draw| {
            p(one_sample_t(&exponentials(draw, 20), 1.0, TwoSided, LEVEL))
        })
        .at_5_percent()
        .note("few skewed values: the result's assumption says so; more rows, or a rank test of the centre"),
        Study::level("t, one sample", "exponential, n = 500", Close, |draw| {
            p(one_sample_t(&exponentials(draw, 500), 1.0, TwoSided, LEVEL))
        })
        .at_5_percent(),
        Study::level("Welch's t", "exponential, n = 20 each", Rough, |draw| {
            p(welch_t(
                &exponentials(draw, 20),
                &exponentials(draw, 20),
                TwoSided,
                LEVEL,
            ))
        })
        .at_5_percent(),
    ]
}

fn two_samples() -> Vec<Study> {
    let mut studies = Vec::new();
    let student = |scenario: &str, limit, sizes: [usize; 2], sds: [f64; 2]| {
        Study::level("t, two samples (Student)", scenario, limit, move |draw| {
            let (a, b) = (
                normals(draw, sizes[0], 0.0, sds[0]),
                normals(draw, sizes[1], 0.0, sds[1]),
            );
            p(student_t(&a, &b, TwoSided, LEVEL))
        })
    };
    let welch = |scenario: &str, limit, sizes: [usize; 2], sds: [f64; 2]| {
        Study::level("t, two samples (Welch)", scenario, limit, move |draw| {
            let (a, b) = (
                normals(draw, sizes[0], 0.0, sds[0]),
                normals(draw, sizes[1], 0.0, sds[1]),
            );
            p(welch_t(&a, &b, TwoSided, LEVEL))
        })
    };
    studies.push(student("normal, n = 5 each", Exact, [5, 5], [1.0, 1.0]));
    studies.push(student("normal, n = 10 and 40", Exact, [10, 40], [1.0, 1.0]));
    studies.push(
        student(
            "normal, n = 10 and 40, sd 3 and 1",
            Off(0.15, 0.30),
            [10, 40],
            [3.0, 1.0],
        )
        .at_5_percent()
        .note("unequal spreads: Welch's t is right"),
    );
    studies.push(welch("normal, n = 5 each", Rough, [5, 5], [1.0, 1.0]));
    studies.push(welch("normal, n = 20 each", Close, [20, 20], [1.0, 1.0]));
    studies.push(welch(
        "normal, n = 10 and 40, sd 3 and 1",
        Close,
        [10, 40],
        [3.0, 1.0],
    ));
    studies.push(welch(
        "normal, n = 40 and 10, sd 3 and 1",
        Close,
        [40, 10],
        [3.0, 1.0],
    ));
    studies.push(welch(
        "normal, n = 200 and 100, sd 1 and 2",
        Exact,
        [200, 100],
        [1.0, 2.0],
    ));
    studies
}

/// The difference lies at an end of the margin.
fn equivalence() -> Vec<Study> {
    let wide = Margin { low: -1.0, high: 1.0 };
    vec![
        Study::level(
            "equivalence, Student",
            "at the margin's end, n = 50 each",
            Exact,
            move |draw| {
                let (a, b) = (normals(draw, 50, 1.0, 1.0), normals(draw, 50, 0.0, 1.0));
                p(equivalence_student(&a, &b, wide, LEVEL))
            },
        ),
        Study::level(
            "equivalence, Welch",
            "at the margin's end, n = 50 and 25, sd 1 and 2",
            Close,
            move |draw| {
                let (a, b) = (normals(draw, 50, 1.0, 1.0), normals(draw, 25, 0.0, 2.0));
                p(equivalence_welch(&a, &b, Margin { low: -3.0, high: 1.0 }, LEVEL))
            },
        ),
        Study::level(
            "equivalence, one sample",
            "at the margin's end, n = 30",
            Exact,
            move |draw| p(equivalence_one_sample(&normals(draw, 30, -1.0, 1.0), wide, LEVEL)),
        ),
        Study::level(
            "equivalence, Student",
            "at the end of a narrow margin, n = 10 each",
            Safe,
            |draw| {
                let (a, b) = (normals(draw, 10, 0.3, 1.0), normals(draw, 10, 0.0, 1.0));
                p(equivalence_student(
                    &a,
                    &b,
                    Margin { low: -0.3, high: 0.3 },
                    LEVEL,
                ))
            },
        ),
    ]
}

fn groups() -> Vec<Study> {
    let split = |values: &[f64], sizes: &[usize]| -> Vec<Vec<f64>> {
        let mut rest = values;
        let take = |size: &usize| {
            let (group, after) = rest.split_at(*size);
            rest = after;
            group.to_vec()
        };
        sizes.iter().map(take).collect()
    };
    let study = move |what: &str, scenario: &str, limit, is_welch: bool, sizes: [usize; 3], sds: [f64; 3]| {
        Study::level(what, scenario, limit, move |draw| {
            let samples = split(&in_groups(draw, &sizes, &sds), &sizes);
            let samples: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
            p(if is_welch {
                welch_anova_of(&samples, LEVEL)
            } else {
                anova_of(&samples, LEVEL)
            })
        })
    };
    let (equal, unequal) = ([1.0; 3], [1.0, 2.0, 3.0]);
    vec![
        study("ANOVA", "normal, 3 groups of 5", Exact, false, [5; 3], equal),
        study(
            "ANOVA",
            "normal, groups of 10, 20, 40",
            Exact,
            false,
            [10, 20, 40],
            equal,
        ),
        study(
            "ANOVA",
            "normal, groups of 40, 20, 10, sd 1, 2, 3",
            Off(0.10, 0.25),
            false,
            [40, 20, 10],
            unequal,
        )
        .at_5_percent()
        .note("unequal spreads: Welch's ANOVA is right"),
        study(
            "ANOVA, Welch",
            "normal, 3 groups of 10",
            Close,
            true,
            [10; 3],
            equal,
        ),
        study(
            "ANOVA, Welch",
            "normal, groups of 40, 20, 10, sd 1, 2, 3",
            Close,
            true,
            [40, 20, 10],
            unequal,
        ),
        study(
            "ANOVA, Welch",
            "normal, 3 groups of 5, sd 1, 2, 3",
            Rough,
            true,
            [5; 3],
            unequal,
        ),
    ]
}

/// The other factor has an effect, which must not show in the one that has none.
fn two_ways() -> Vec<Study> {
    let study = |scenario: &str, per_cell: [usize; 6], sums, interaction: bool| {
        Study::level("ANOVA, two-way", scenario, Exact, move |draw| {
            let (mut values, mut first, mut second) = (Vec::new(), Vec::new(), Vec::new());
            for (cell, n) in per_cell.into_iter().enumerate() {
                for _ in 0..n {
                    first.push((cell / 3) as u32);
                    second.push((cell % 3) as u32);
                    values.push((cell / 3) as f64 + draw.normal());
                }
            }
            let table = two_way_anova(&values, (&first, 2), (&second, 3), true, sums, LEVEL);
            table.map_or(f64::NAN, |table| match table.interaction {
                Some(term) if interaction => term.test.p_value,
                _ => table.second.test.p_value,
            })
        })
    };
    let uneven = [3, 6, 4, 5, 3, 8];
    vec![
        study("2 x 3 cells of 4", [4; 6], SumsOfSquares::BeyondOther, false),
        study(
            "2 x 3 cells of 3 to 8, type II",
            uneven,
            SumsOfSquares::BeyondOther,
            false,
        ),
        study(
            "2 x 3 cells of 3 to 8, type III",
            uneven,
            SumsOfSquares::BeyondAll,
            false,
        ),
        study(
            "2 x 3 cells of 3 to 8, interaction",
            uneven,
            SumsOfSquares::BeyondAll,
            true,
        ),
    ]
}
