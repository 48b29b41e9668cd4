//! Peeking after every unit: the chance that any look errs.

use stats::Alternative::Greater;
use stats::StatsError;
use stats::experiment::{
    Arm, Comparison, Difference, Question, confidence_sequence, fixed_horizon, msprt, over_looks,
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

fn normal(draw: &mut Draw) -> f64 {
    draw.normal()
}

fn share_of_10(draw: &mut Draw) -> f64 {
    flag(draw.uniform() < 0.1)
}

fn ratios() -> Vec<Study> {
    let method: Method = |control, treatment, question| msprt(control, treatment, question, 0.01);
    let from = Peeks::every_unit_from;
    let one_sided = Peeks {
        question: Question {
            alternative: Greater,
            ..Question::default()
        },
        ..from(100)
    };
    vec![
        study(
            "mSPRT",
            "A/A, normal, peeks at every unit from 2 to 1,000 an arm",
            Safe,
            from(2),
            method,
            normal,
        ),
        study(
            "mSPRT",
            "A/A, normal, peeks at every unit from 100 to 1,000 an arm",
            Safe,
            from(100),
            method,
            normal,
        ),
        study(
            "mSPRT, greater",
            "A/A, normal, peeks at every unit from 100 to 1,000 an arm",
            Safe,
            one_sided,
            method,
            normal,
        ),
        study(
            "mSPRT",
            "A/A, exponential, peeks at every unit from 100 to 1,000 an arm",
            Safe,
            from(100),
            method,
            exponential,
        ),
        study(
            "mSPRT",
            "A/A, shares of 10 %, peeks at every unit from 100 to 1,000 an arm",
            Safe,
            from(100),
            |control, treatment, question| msprt(control, treatment, question, 0.001),
            share_of_10,
        ),
    ]
}

fn sequences() -> Vec<Study> {
    let method: Method =
        |control, treatment, question| confidence_sequence(control, treatment, question, 1_000.0);
    let from = Peeks::every_unit_from;
    let relative = Peeks {
        step: 50,
        question: Question {
            difference: Difference::Relative,
            ..Question::default()
        },
        ..from(100)
    };
    vec![
        study(
            "confidence sequence",
            "A/A, normal, peeks at every unit from 100 to 1,000 an arm",
            Safe,
            from(100),
            method,
            normal,
        ),
        study(
            "confidence sequence",
            "A/A, normal, peeks at every unit from 2 to 1,000 an arm",
            Safe,
            from(2),
            method,
            normal,
        ),
        study(
            "confidence sequence",
            "A/A, exponential, peeks at every unit from 100 to 1,000 an arm",
            Safe,
            from(100),
            method,
            exponential,
        ),
        study(
            "confidence sequence",
            "A/A, shares of 10 %, peeks at every unit from 100 to 1,000 an arm",
            Safe,
            from(100),
            method,
            share_of_10,
        ),
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
                from(100).walk(draw, normal, |control, treatment| {
                    looks.extend(method(control, treatment, &Question::default()));
                });
                let (_, together) = over_looks(&looks)?;
                Some(together.covers(0.0))
            },
        )
        .costly(10),
    ]
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
        "fixed test at every peek",
        "A/A, normal, peeks at every unit from 100 to 1,000 an arm",
        Off(0.2, 0.5),
        Peeks::every_unit_from(100),
        fixed_horizon,
        normal,
    )
    .at_5_percent()
    .note("why peeking needs a method of its own")
}
