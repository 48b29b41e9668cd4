use stats::Alternative::{Greater, TwoSided};
use stats::test::{
    Margin, equivalence_one_sample, equivalence_student, equivalence_welch, one_sample_t, paired_t,
    student_t, welch_t,
};

use crate::data::{exponentials, normals};
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
