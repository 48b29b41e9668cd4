//! What was found, for machines and for the cache.

use super::Asked;
use profile::why::{DimensionEffects, Finding, LevelEffects, Period, Shift, ShiftScale, Why};
use serde::{Deserialize, Serialize};
use stats::Estimate;

/// An effect in the metric's unit with its interval.
pub type EffectRecord = [f64; 3];

/// Why a number changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// The section's name in the project.
    pub name: String,
    /// The question.
    pub ask: String,
    /// The number in words, such as `mean of Sales`.
    pub number: String,
    /// Whether the number is a share from 0 to 1.
    pub is_share: bool,
    /// The confidence level of the intervals.
    pub level: f64,
    /// Before.
    pub before: PeriodRecord,
    /// After.
    pub after: PeriodRecord,
    /// `after - before`.
    pub change: EffectRecord,
    /// What all rows did alike; what holds only.
    pub everything_moved: Vec<ShiftRecord>,
    /// Segments that moved beyond the rest, largest effect first.
    pub findings: Vec<FindingRecord>,
    /// The change less everything above.
    pub everything_else: EffectRecord,
    /// The change over the levels of each column, those with the largest effects first.
    pub dimensions: Vec<DimensionRecord>,
    /// How many segments were looked at.
    pub n_looked_at: u64,
    /// What this answer cannot say.
    pub caveats: Vec<String>,
}

/// One period, or group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeriodRecord {
    /// What tells it: a value of the column, or `before` and `after`.
    pub name: String,
    /// Its rows.
    pub n: u64,
    /// The number.
    pub value: EffectRecord,
}

/// A movement of all rows alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShiftRecord {
    /// `volume` or `rate`.
    pub kind: String,
    /// `amount`, `factor` or `odds`: on which scale it is the same everywhere.
    pub scale: String,
    /// The amount, or the factor less 1.
    pub amount: f64,
    /// How much of the change it makes.
    pub effect: EffectRecord,
}

/// A segment that moved beyond what the rest did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// The segment in words.
    pub label: String,
    /// `volume`, `mix` or `rate`.
    pub kind: String,
    /// Rows before and after.
    pub n: [u64; 2],
    /// Share of all before and after.
    pub share: [f64; 2],
    /// The number within it before and after.
    pub within: [Option<f64>; 2],
    /// How much of the change it makes.
    pub effect: EffectRecord,
    /// The effect over the change.
    pub share_of_change: Option<f64>,
    /// The p-value on its own.
    pub p_value: f64,
    /// The p-value corrected for every segment looked at.
    pub p_adjusted: f64,
    /// Other words for nearly the same rows.
    pub twins: Vec<String>,
}

/// The change over the levels of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionRecord {
    /// The column.
    pub column: String,
    /// All levels together.
    pub volume: EffectRecord,
    /// All levels together.
    pub mix: EffectRecord,
    /// All levels together.
    pub rate: EffectRecord,
    /// Each level.
    pub levels: Vec<LevelRecord>,
}

/// What one level did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelRecord {
    /// The level in words.
    pub label: String,
    /// Rows before and after.
    pub n: [u64; 2],
    /// Share of all before and after.
    pub share: [f64; 2],
    /// The number within it before and after.
    pub within: [Option<f64>; 2],
    /// Its part of the growth of everything.
    pub volume: EffectRecord,
    /// From its share of all.
    pub mix: EffectRecord,
    /// From its own rate.
    pub rate: EffectRecord,
}

fn effect(estimate: Estimate) -> EffectRecord {
    [estimate.value, estimate.low, estimate.high]
}

impl ChangeRecord {
    pub(super) fn new(name: &str, ask: &str, asked: &Asked, found: &Why) -> ChangeRecord {
        let periods = asked.periods.as_ref();
        let named =
            |name: Option<&String>, default: &str| name.cloned().unwrap_or_else(|| default.to_owned());
        let period = |name: String, period: &Period| PeriodRecord {
            name,
            n: period.n_rows,
            value: effect(period.metric),
        };
        ChangeRecord {
            name: name.to_owned(),
            ask: ask.to_owned(),
            number: asked.number(),
            is_share: asked.metric == super::MetricWord::Rate,
            level: asked.options.level,
            before: period(
                named(periods.map(|periods| &periods.before), "before"),
                &found.before,
            ),
            after: period(
                named(periods.map(|periods| &periods.after), "after"),
                &found.after,
            ),
            change: effect(found.change),
            everything_moved: found.everything_moved.iter().map(ShiftRecord::from).collect(),
            findings: found.findings.iter().map(FindingRecord::from).collect(),
            everything_else: effect(found.everything_else),
            dimensions: found.dimensions.iter().map(DimensionRecord::from).collect(),
            n_looked_at: found.n_looked_at,
            caveats: found.caveats.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&Shift> for ShiftRecord {
    fn from(shift: &Shift) -> ShiftRecord {
        let scale = match shift.scale {
            ShiftScale::Additive => "amount",
            ShiftScale::Proportional => "factor",
            ShiftScale::Odds => "odds",
        };
        ShiftRecord {
            kind: shift.effect_kind.name().to_owned(),
            scale: scale.to_owned(),
            amount: shift.amount,
            effect: effect(shift.effect),
        }
    }
}

impl From<&Finding> for FindingRecord {
    fn from(finding: &Finding) -> FindingRecord {
        FindingRecord {
            label: finding.label.clone(),
            kind: finding.effect_kind.name().to_owned(),
            n: finding.n_rows,
            share: finding.share,
            within: finding.rate,
            effect: effect(finding.effect),
            share_of_change: finding.share_of_change,
            p_value: finding.p_value,
            p_adjusted: finding.p_adjusted,
            twins: finding.twins.clone(),
        }
    }
}

impl From<&DimensionEffects> for DimensionRecord {
    fn from(dimension: &DimensionEffects) -> DimensionRecord {
        DimensionRecord {
            column: dimension.column.clone(),
            volume: effect(dimension.volume),
            mix: effect(dimension.mix),
            rate: effect(dimension.rate),
            levels: dimension.levels.iter().map(LevelRecord::from).collect(),
        }
    }
}

impl From<&LevelEffects> for LevelRecord {
    fn from(level: &LevelEffects) -> LevelRecord {
        LevelRecord {
            label: level.label.clone(),
            n: level.n_rows,
            share: level.share,
            within: level.rate_within,
            volume: effect(level.volume),
            mix: effect(level.mix),
            rate: effect(level.rate),
        }
    }
}
