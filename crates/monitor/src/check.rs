//! What was checked, and what it means.

use std::fmt;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// Whether the column is there in its kind.
    Schema,
    /// The share of missing cells.
    Missing,
    /// The share of numbers outside the usual range, or of texts never named in training.
    Range,
    /// How values spread.
    Drift,
    /// How the model's margins spread.
    Score,
    /// The share of rows that a declared rule, or their form, keeps from being scored.
    Refused,
    /// The declared rules about tables.
    Contract,
}

/// What one check means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing beyond chance, or too small to matter.
    Calm,
    /// Beyond chance, yet below the floor.
    Watch,
    /// Beyond chance and large enough to matter.
    Alarm,
}

/// One check of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The column; `margin` for the score.
    pub column: String,
    /// What was compared.
    pub kind: CheckKind,
    /// The test's name, or what was found where there is no test.
    pub method: String,
    /// The statistic.
    pub statistic: f64,
    /// The p-value on its own; `None` where there is no chance in it.
    pub p_value: Option<f64>,
    /// The p-value corrected over all checks of the window.
    pub p_adjusted: Option<f64>,
    /// The size of the difference.
    pub effect: f64,
    /// The size's usual name.
    pub effect_name: String,
    /// The smallest size that alarms.
    pub floor: f64,
    /// What it means.
    pub state: State,
    /// For pictures: `(group, share in the baseline, share in the window)`.
    pub shares: Vec<(String, f64, f64)>,
}

/// Everything that was found about one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Watch {
    /// The worst state of all checks.
    pub verdict: Verdict,
    /// Rows of the window.
    pub n_rows: usize,
    /// The chance of an alarm in one window in which nothing has changed.
    pub alpha: f64,
    /// The checks, the worst first.
    pub checks: Vec<Check>,
}

/// What to do about a window.
pub type Verdict = State;

impl CheckKind {
    /// The kind in one word.
    pub fn name(self) -> &'static str {
        match self {
            CheckKind::Schema => "schema",
            CheckKind::Missing => "missing",
            CheckKind::Range => "range",
            CheckKind::Drift => "drift",
            CheckKind::Score => "score",
            CheckKind::Refused => "refused",
            CheckKind::Contract => "contract",
        }
    }
}

impl State {
    /// The state in one word.
    pub fn name(self) -> &'static str {
        match self {
            State::Calm => "calm",
            State::Watch => "watch",
            State::Alarm => "alarm",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
