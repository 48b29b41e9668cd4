//! Mean losses of answers, for those who have none of their own.

use stats::StatsError;

use super::refusal;
use crate::BundleError;

/// What is lost by a wrong answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The squared error.
    Squared,
    /// The absolute error.
    Absolute,
    /// The negative logarithm of the probability of what happened, 0 or 1.
    Log,
}

impl Loss {
    /// The loss called `squared`, `absolute` or `log`.
    pub fn from_word(word: &str) -> Option<Loss> {
        match word {
            "squared" => Some(Loss::Squared),
            "absolute" => Some(Loss::Absolute),
            "log" => Some(Loss::Log),
            _ => None,
        }
    }

    /// The mean loss of answers, `(n_rows,)`, about the truth `y`, `(n_rows,)`.
    ///
    /// # Errors
    /// [`BundleError::Inspect`] for lengths that differ or are 0, [`BundleError::Stats`] for probabilities that are none.
    pub fn mean(self, y: &[f64], answers: &[f64]) -> Result<f64, BundleError> {
        if y.len() != answers.len() || y.is_empty() {
            let expected = format!("{} as there are answers, at least one", answers.len());
            return Err(refusal("the truth", format!("{} numbers", y.len()), expected));
        }
        let errors = y.iter().zip(answers).map(|(y, answer)| y - answer);
        let losses: Vec<f64> = match self {
            Loss::Squared => errors.map(|error| error * error).collect(),
            Loss::Absolute => errors.map(f64::abs).collect(),
            Loss::Log => {
                let labels: Result<Vec<bool>, StatsError> = y.iter().map(|y| label(*y)).collect();
                stats::metric::row_log_losses(&labels?, answers)?
            }
        };
        Ok(stats::sum::mean(&losses))
    }
}

fn label(y: f64) -> Result<bool, StatsError> {
    match y {
        0.0 => Ok(false),
        1.0 => Ok(true),
        found => Err(StatsError::OutOfRange {
            what: "the truth",
            found,
            expected: "0 or 1",
        }),
    }
}
