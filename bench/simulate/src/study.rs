//! A row of the table: what is promised, how data are drawn, and how far what is found may be off.

use stats::random::Draw;
use stats::{StatsError, TestResult};

use crate::run::Found;

/// Standard errors of the simulation that what is found may be off.
const ERRORS: f64 = 3.0;

/// How far a share may lie from the one promised, beyond the simulation's own error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Limit {
    /// Not at all.
    Exact,
    /// To the safe side only: fewer rejections, more coverage.
    Safe,
    /// An approximation: a tenth of the error rate either way (J. V. Bradley (1978), British Journal of Mathematical and
    /// Statistical Psychology 31, 144-152, the stringent criterion).
    Close,
    /// A rough approximation: half of the error rate either way (Bradley's liberal criterion).
    Rough,
    /// Known to be off: the error rate lies between these two, and the note says what is right there.
    Off(f64, f64),
}

/// What a share is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Errors: rejections of what is true, false discoveries, error spent.
    Errors,
    /// Intervals that hold the truth.
    Covered,
    /// Anything else whose share is known.
    Known,
}

/// One promise of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Promise {
    pub(crate) nominal: f64,
    pub(crate) counted: Counted,
    pub(crate) limit: Limit,
}

impl Promise {
    /// The shares between which what is found may lie, without the simulation's error.
    pub(crate) fn range(&self) -> (f64, f64) {
        let error = match self.counted {
            Counted::Covered => 1.0 - self.nominal,
            _ => self.nominal,
        };
        let (low, high) = match self.limit {
            Limit::Exact => (error, error),
            Limit::Safe => (0.0, error),
            Limit::Close => (0.9 * error, 1.1 * error),
            Limit::Rough => (0.5 * error, 1.5 * error),
            Limit::Off(low, high) => (low, high),
        };
        match self.counted {
            Counted::Covered => (1.0 - high, 1.0 - low),
            _ => (low, high),
        }
    }

    fn holds(&self, share: f64, error: f64) -> bool {
        let (low, high) = self.range();
        (low - ERRORS * error..=high + ERRORS * error).contains(&share)
    }
}

type Draws = Box<dyn Fn(&mut Draw, &mut [f64]) + Sync>;

/// A row: draws data and answers each promise with 0, 1 or a share; NaN where the method has no answer.
pub(crate) struct Study {
    pub(crate) part: &'static str,
    pub(crate) what: String,
    pub(crate) scenario: String,
    pub(crate) promises: Vec<Promise>,
    pub(crate) note: &'static str,
    /// Costly ones are replicated so many times less.
    pub(crate) divisor: u64,
    pub(crate) draws: Draws,
}

impl Study {
    fn new(what: &str, scenario: impl Into<String>, promises: Vec<Promise>, draws: Draws) -> Self {
        Self {
            part: "",
            what: what.to_owned(),
            scenario: scenario.into(),
            promises,
            note: "",
            divisor: 1,
            draws,
        }
    }

    /// A test of what is true, at 5 % and at 1 %; `p_value` is NaN where the test has no answer, which rejects nothing.
    pub(crate) fn level(
        what: &str,
        scenario: impl Into<String>,
        limit: Limit,
        p_value: impl Fn(&mut Draw) -> f64 + Sync + 'static,
    ) -> Self {
        let alphas = [0.05, 0.01];
        let promises = alphas.map(|nominal| errors(nominal, limit)).to_vec();
        let draws: Draws = Box::new(move |draw, answers| {
            let p = p_value(draw);
            for (answer, alpha) in answers.iter_mut().zip(alphas) {
                *answer = if p.is_nan() { p } else { flag(p <= alpha) };
            }
        });
        Self::new(what, scenario, promises, draws)
    }

    /// 95 % intervals: `covers` is whether the truth lies inside; `None` where there is no interval, which covers nothing.
    pub(crate) fn coverage(
        what: &str,
        scenario: impl Into<String>,
        limit: Limit,
        covers: impl Fn(&mut Draw) -> Option<bool> + Sync + 'static,
    ) -> Self {
        let promise = Promise {
            nominal: 0.95,
            counted: Counted::Covered,
            limit,
        };
        Self::new(
            what,
            scenario,
            vec![promise],
            Box::new(move |draw, answers| {
                answers[0] = covers(draw).map_or(f64::NAN, flag);
            }),
        )
    }

    /// Several promises answered by one draw.
    pub(crate) fn shares(
        what: &str,
        scenario: impl Into<String>,
        promises: Vec<Promise>,
        draws: impl Fn(&mut Draw, &mut [f64]) + Sync + 'static,
    ) -> Self {
        Self::new(what, scenario, promises, Box::new(draws))
    }

    pub(crate) fn note(self, note: &'static str) -> Self {
        Self { note, ..self }
    }

    /// Replicated so many times less, because each takes long.
    pub(crate) fn costly(self, divisor: u64) -> Self {
        Self { divisor, ..self }
    }

    /// Only the first promise: the 5 % level of a test whose far tail is not spoken for.
    pub(crate) fn at_5_percent(mut self) -> Self {
        self.promises.truncate(1);
        self
    }

    pub(crate) fn matches(&self, words: &str) -> bool {
        let name = format!("{}, {}", self.what, self.scenario).to_lowercase();
        name.contains(words)
    }

    /// Whether every promise is kept.
    pub(crate) fn holds(&self, found: &Found) -> bool {
        self.promises
            .iter()
            .zip(&found.shares)
            .all(|(promise, share)| promise.holds(share.share, share.error))
    }
}

/// Errors at a rate.
pub(crate) fn errors(nominal: f64, limit: Limit) -> Promise {
    Promise {
        nominal,
        counted: Counted::Errors,
        limit,
    }
}

pub(crate) fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// The p-value of a test, NaN where it has none.
pub(crate) fn p(result: Result<TestResult, StatsError>) -> f64 {
    result.map_or(f64::NAN, |found| found.p_value)
}

/// Sets the part of the table for each of some rows.
pub(crate) fn part(name: &'static str, studies: Vec<Study>) -> Vec<Study> {
    studies
        .into_iter()
        .map(|study| Study { part: name, ..study })
        .collect()
}
