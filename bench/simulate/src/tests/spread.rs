use stats::random::Draw;
use stats::test::{Centre, bartlett_of, fligner_killeen_of, levene_of};

use crate::data::{exponentials, heavy, normals};
use crate::study::Limit::{Close, Off, Rough, Safe};
use crate::study::{Study, p};

const LEVEL: f64 = 0.95;

type Values = fn(&mut Draw, usize) -> Vec<f64>;

pub(super) fn studies() -> Vec<Study> {
    let levene = |what: &str, scenario: &str, limit, n: usize, centre, values: Values| {
        Study::level(what, scenario, limit, move |draw| {
            let samples = [(); 3].map(|()| values(draw, n));
            let samples: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
            p(levene_of(&samples, centre, LEVEL))
        })
    };
    let bartlett = |scenario: &str, limit, values: Values| {
        Study::level("Bartlett", scenario, limit, move |draw| {
            let samples = [(); 3].map(|()| values(draw, 10));
            let samples: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
            p(bartlett_of(&samples, LEVEL))
        })
    };
    let fligner = |scenario: &str, limit, n: usize, values: Values| {
        Study::level("Fligner-Killeen", scenario, limit, move |draw| {
            let samples = [(); 3].map(|()| values(draw, n));
            let samples: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
            p(fligner_killeen_of(&samples, LEVEL))
        })
    };
    let normal: Values = |draw, n| normals(draw, n, 0.0, 1.0);
    vec![
        bartlett("normal, 3 groups of 10", Close, normal),
        bartlett("heavy tails, 3 groups of 10", Off(0.15, 0.50), heavy)
            .at_5_percent()
            .note("not normal: Brown-Forsythe or Fligner-Killeen is right"),
        levene(
            "Brown-Forsythe",
            "normal, 3 groups of 20",
            Safe,
            20,
            Centre::Median,
            normal,
        ),
        levene(
            "Brown-Forsythe",
            "exponential, 3 groups of 50",
            Close,
            50,
            Centre::Median,
            exponentials,
        )
        .at_5_percent(),
        levene(
            "Levene, mean",
            "normal, 3 groups of 50",
            Rough,
            50,
            Centre::Mean,
            normal,
        )
        .at_5_percent(),
        levene(
            "Levene, mean",
            "exponential, 3 groups of 50",
            Off(0.10, 0.30),
            50,
            Centre::Mean,
            exponentials,
        )
        .at_5_percent()
        .note("skewed values: the median as centre (Brown-Forsythe, the default) is right"),
        fligner("normal, 3 groups of 10", Safe, 10, normal),
        fligner("heavy tails, 3 groups of 50", Close, 50, heavy).at_5_percent(),
    ]
}
