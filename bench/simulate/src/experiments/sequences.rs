//! Peeking after every unit: the chance that any look errs.

use stats::Alternative::{self, Greater, TwoSided};
use stats::StatsError;
use stats::experiment::{
    Arm, Comparison, Difference, Question, confidence_sequence, fixed_horizon_normal, msprt, over_looks,
    sample_ratio_any_time,
};
use stats::random::Draw;

use super::arms::Running;
use crate::data::{class, exponential};
use crate::study::Limit::{Off, Safe};
use crate::study::{Limit, Study, errors, flag};

/// Units of each arm in the end.
const N: usize = 1_000;

pub(super) fn studies() -> Vec<Study> {
    [ratios(), sequences(), splits(), vec![naive()]]
        .into_iter()
        .flatten()
        .collect()
}

type Method = fn(&Arm, &Arm, &Question) -> Result<Comparison, StatsError>;
type Value = fn(&mut Draw) -> f64;

/// What a peek needs to know.
#[derive(Clone, Copy)]
struct Peeks {
    /// Units of each arm at the first peek.
    first: usize,
    /// Units of each arm between peeks.
    step: usize,
    question: Question,
}

impl Peeks {
    fn every_unit_from(first: usize) -> Self {
        Self {
            first,
            step: 1,
            question: Question::default(),
        }
    }

    /// The smallest p-value of all peeks; a peek without an answer stops nothing.
    fn smallest_p(&self, draw: &mut Draw, method: Method, value: Value) -> f64 {
        let mut smallest: f64 = 1.0;
        self.walk(draw, value, |control, treatment| {
            if let Ok(found) = method(control, treatment, &self.question) {
                smallest = smallest.min(found.p_value);
            }
        });
        smallest
    }

    fn walk(&self, draw: &mut Draw, value: Value, mut peek: impl FnMut(&Arm, &Arm)) {
        let mut arms = [Running::default(); 2];
        for n in 1..=N {
            arms.iter_mut().for_each(|arm| arm.add(value(draw)));
            if n >= self.first && (n - self.first).is_multiple_of(self.step) {
                peek(&arms[0].arm(), &arms[1].arm());
            }
        }
    }
}

fn study(what: &str, scenario: &str, limit: Limit, peeks: Peeks, method: Method, value: Value) -> Study {
    Study::level(what, scenario, limit, move |draw| {
        peeks.smallest_p(draw, method, value)
    })
    .costly(4)
}

/// Peeks at every unit, from this many of each arm on.
fn every_unit(
    what: &str,
    law: &str,
    first: usize,
    alternative: Alternative,
    method: Method,
    value: Value,
) -> Study {
    let scenario = format!("A/A, {law}, peeks at every unit from {first} to 1,000 an arm");
    let question = Question {
        alternative,
        ..Question::default()
    };
    let peeks = Peeks {
        question,
        ..Peeks::every_unit_from(first)
    };
    study(what, &scenario, Safe, peeks, method, value)
}

fn normal(draw: &mut Draw) -> f64 {
    draw.normal()
}

fn share_of_10(draw: &mut Draw) -> f64 {
    flag(draw.uniform() < 0.1)
}

fn ratios() -> Vec<Study> {
    let method: Method = |control, treatment, question| msprt(control, treatment, question, 0.01);
    let of_shares: Method = |control, treatment, question| msprt(control, treatment, question, 0.001);
    let mut studies = Vec::new();
    for first in [2, 100] {
        studies.extend([
            every_unit("mSPRT", "normal", first, TwoSided, method, normal),
            every_unit("mSPRT, greater", "normal", first, Greater, method, normal),
            every_unit("mSPRT", "exponential", first, TwoSided, method, exponential),
            every_unit("mSPRT", "shares of 10 %", first, TwoSided, of_shares, share_of_10),
        ]);
    }
    studies
}

fn sequences() -> Vec<Study> {
    let method: Method =
        |control, treatment, question| confidence_sequence(control, treatment, question, 1_000.0);
    let relative = Peeks {
        step: 50,
        question: Question {
            difference: Difference::Relative,
            ..Question::default()
        },
        ..Peeks::every_unit_from(100)
    };
    let mut studies = Vec::new();
    for first in [2, 100] {
        let what = "confidence sequence";
        studies.extend([
            every_unit(what, "normal", first, TwoSided, method, normal),
            every_unit(what, "exponential", first, TwoSided, method, exponential),
            every_unit(what, "shares of 10 %", first, TwoSided, method, share_of_10),
        ]);
    }
    studies.extend([
        study(
            "confidence sequence, relative",
            "A/A, exponential, peeks at every 50 units from 100 to 1,000 an arm",
            Safe,
            relative,
            method,
            exponential,
        ),
        Study::coverage(
            "confidence sequence, all intervals together",
            "normal, peeks at every unit from 100 to 1,000 an arm",
            Safe,
            move |draw| {
                let mut looks = Vec::new();
                Peeks::every_unit_from(100).walk(draw, normal, |control, treatment| {
                    looks.extend(method(control, treatment, &Question::default()));
                });
                let (_, together) = over_looks(&looks)?;
                Some(together.covers(0.0))
            },
        )
        .costly(10),
    ]);
    studies
}

/// Counts of arms, looked at after every ten units.
fn splits() -> Vec<Study> {
    let shares = [0.5, 0.3, 0.2];
    let promises = [0.05, 0.01].map(|alpha| errors(alpha, Safe)).to_vec();
    vec![Study::shares(
        "sample ratio at any time",
        "as planned, 3 arms, peeks at every 10 units to 2,000",
        promises,
        move |draw, answers| {
            let mut counts = [0; 3];
            let mut smallest: f64 = 1.0;
            for n in 1..=2_000 {
                counts[class(draw, &shares)] += 1;
                if n % 10 == 0
                    && let Ok(found) = sample_ratio_any_time(&counts, &shares, 1_000.0)
                {
                    smallest = smallest.min(found.p_value);
                }
            }
            answers.copy_from_slice(&[flag(smallest <= 0.05), flag(smallest <= 0.01)]);
        },
    )]
}

fn naive() -> Study {
    study(
        "fixed z test at every peek",
        "A/A, normal, peeks at every unit from 100 to 1,000 an arm",
        Off(0.2, 0.5),
        Peeks::every_unit_from(100),
        fixed_horizon_normal,
        normal,
    )
    .at_5_percent()
    .note("why peeking needs a method of its own")
}
