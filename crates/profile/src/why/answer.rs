//! What is answered.

use super::Caveat;
use stats::Estimate;

/// Why a number changed: its change in parts that add up to it, and the few segments that hold.
///
/// All values (not the ends of intervals) stand on one grid of multiples of a power of two ([`stats::change::Grid`]), about
/// 10^-15 of what is added up, so that parts add up to the change bit for bit, in any order: the effects of each entry of
/// [`dimensions`](Self::dimensions), and likewise [`everything_moved`](Self::everything_moved), the findings' effects and
/// [`everything_else`](Self::everything_else). What rounding leaves goes to the largest part of a dimension, and to
/// everything else.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// The metric before.
    pub before: Period,
    /// The metric after.
    pub after: Period,
    /// `after - before`, with interval.
    pub change: Estimate,
    /// What all rows did alike, beside the findings; what holds only.
    pub everything_moved: Vec<Shift>,
    /// The segments that moved beyond the rest of the table, largest effect first.
    pub findings: Vec<Finding>,
    /// The change less everything above.
    pub everything_else: Estimate,
    /// The change over the levels of each dimension, those with the largest effects first.
    pub dimensions: Vec<DimensionEffects>,
    /// How many segments were looked at, of each kind of movement.
    pub n_looked_at: u64,
    /// What this answer cannot say.
    pub caveats: Vec<Caveat>,
}

/// One period, or group.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    /// Its rows that have everything the metric needs.
    pub n_rows: u64,
    /// The metric.
    pub metric: Estimate,
}

/// How something moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// There is more or less of it: for counts and sums.
    Volume,
    /// Its share of all changed: for means, rates and ratios.
    Mix,
    /// Its own mean, rate or ratio changed.
    Rate,
}

impl Effect {
    /// `volume`, `mix` or `rate`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Effect::Volume => "volume",
            Effect::Mix => "mix",
            Effect::Rate => "rate",
        }
    }
}

/// On which scale everything moved alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShiftScale {
    /// By the same amount.
    Additive,
    /// By the same factor.
    Proportional,
    /// By the same factor of the odds.
    Odds,
}

/// A movement of all rows alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// [`Effect::Volume`] or [`Effect::Rate`].
    pub effect_kind: Effect,
    /// On which scale it is the same everywhere.
    pub scale: ShiftScale,
    /// How much of the metric's change it makes.
    pub effect: Estimate,
    /// The amount for [`ShiftScale::Additive`], else the factor less 1 (of sizes, rates or odds), of the rows outside all findings.
    pub amount: f64,
}

/// A condition on one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// What follows the column in words: `is Month-to-month`, `is up to 9`, `is missing`.
    pub words: String,
    /// The cells that fulfil it.
    pub cells: Cells,
}

/// Cells that share a level.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Those with this text; `true` and `false` for booleans.
    Text(String),
    /// Those with this number, or days since 1970-01-01.
    Number(f64),
    /// Numbers, or days since 1970-01-01, in a range; none at an end is no end.
    Range {
        /// The low end.
        low: Option<f64>,
        /// The high end.
        high: Option<f64>,
        /// Whether the low end is inside and the high end outside (points in time), or the other way round.
        holds_low: bool,
    },
    /// Cells without a value.
    Missing,
    /// All values that are too rare to be named.
    Other,
}

/// A segment that moved beyond what the rest of the table did.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The segment in words, such as `Contract is Month-to-month and tenure is up to 9`.
    pub label: String,
    /// Its conditions, all of which hold.
    pub conditions: Vec<Condition>,
    /// How it moved.
    pub effect_kind: Effect,
    /// Its rows before and after.
    pub n_rows: [u64; 2],
    /// Its share of all rows (weights, denominators) before and after.
    pub share: [f64; 2],
    /// The metric's mean, rate or ratio within it before and after; `None` without rows.
    pub rate: [Option<f64>; 2],
    /// How much of the metric's change it makes, beyond what everything did and without segments told before it. The interval
    /// knows of the rows' chance, not of the search.
    pub effect: Estimate,
    /// `effect / change`; `None` if the change is 0.
    pub share_of_change: Option<f64>,
    /// Probability of so much movement if it had moved like the rest, given the other findings.
    pub p_value: f64,
    /// The p-value corrected for every segment looked at.
    pub p_adjusted: f64,
    /// Other words for nearly the same rows (nine in ten or more in common).
    pub twins: Vec<String>,
}

/// The change split over the levels of one dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct DimensionEffects {
    /// The column.
    pub column: String,
    /// All levels together; 0 for means.
    pub volume: Estimate,
    /// All levels together.
    pub mix: Estimate,
    /// All levels together.
    pub rate: Estimate,
    /// Each level; values too rare to be named are the level `other values`.
    pub levels: Vec<LevelEffects>,
}

/// What one level did.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelEffects {
    /// The segment in words, such as `Contract is Month-to-month`.
    pub label: String,
    /// Its rows before and after.
    pub n_rows: [u64; 2],
    /// Its share of all rows (weights, denominators) before and after.
    pub share: [f64; 2],
    /// The metric's mean, rate or ratio within it before and after; `None` without rows.
    pub rate_within: [Option<f64>; 2],
    /// Its part of the growth of everything.
    pub volume: Estimate,
    /// From its share of all.
    pub mix: Estimate,
    /// From its own rate.
    pub rate: Estimate,
}
