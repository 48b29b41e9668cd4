//! The looks taken at an experiment, and the boundary that they are held against.

use super::judge::{EffectRecord, Span};
use super::size::SizeRecord;
use crate::ProjectError;
use crate::file::{ExperimentSection, MonitoringWord};
use crate::promotion::iso;
use registry::Look;
use serde::{Deserialize, Serialize};
use stats::experiment::{Arm, Question, confidence_sequence};
use stats::math::sqrt;

/// Looks nearer to the one before than this share of the plan are the same look.
const LEAST_STEP: f64 = 0.001;

/// A look at an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LookRecord {
    /// The version of the plan.
    pub plan_version: u64,
    /// Its number under that version.
    pub look: u64,
    /// When.
    pub taken: String,
    /// Units analysed.
    pub units: u64,
    /// The share of the planned units.
    pub information: f64,
    /// The primary effect of each treatment: its name, effect with interval, p-value.
    pub effects: Vec<(String, Span, f64)>,
}

/// A point of the boundary: an effect farther from none than this decides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoundaryPoint {
    /// Units analysed.
    pub units: u64,
    /// The size of the effect.
    pub effect: f64,
}

/// An effect as JSON holds it, which has no infinity: a missing end is open.
fn kept(effect: Span) -> [Option<f64>; 3] {
    effect.map(|end| end.is_finite().then_some(end))
}

fn open([value, low, high]: [Option<f64>; 3]) -> Span {
    [
        value.unwrap_or(f64::NAN),
        low.unwrap_or(f64::NEG_INFINITY),
        high.unwrap_or(f64::INFINITY),
    ]
}

/// What a look leaves in the registry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Left {
    pub(super) units: u64,
    /// Treatment, effect with its interval, of which a missing end is open, and p-value.
    pub(super) effects: Vec<(String, [Option<f64>; 3], f64)>,
}

/// The primary effects, as a look keeps them.
pub(super) fn left(units: u64, effects: &[EffectRecord]) -> Left {
    let primary = effects.iter().filter(|effect| effect.is_primary);
    Left {
        units,
        effects: primary
            .map(|effect| (effect.treatment.clone(), kept(effect.effect), effect.p_value))
            .collect(),
    }
}

pub(super) fn records(looks: &[Look]) -> Vec<LookRecord> {
    let record = |look: &Look| {
        let left: Left = serde_json::from_str(&look.record).ok()?;
        Some(LookRecord {
            plan_version: look.plan_version,
            look: look.look,
            taken: iso(look.taken_micros),
            units: left.units,
            information: look.information,
            effects: left
                .effects
                .into_iter()
                .map(|(treatment, ends, p)| (treatment, open(ends), p))
                .collect(),
        })
    };
    looks.iter().filter_map(record).collect()
}

/// The shares of information of the looks up to this one; of earlier looks those under the same plan.
///
/// # Errors
/// [`ProjectError::Data`] where planned looks are over, or not enough units came since the last one.
pub(super) fn times(
    section: &ExperimentSection,
    earlier: &[Look],
    data_hash: &str,
    information: f64,
) -> Result<Vec<f64>, ProjectError> {
    if !matches!(section.monitoring, MonitoringWord::Looks { .. }) {
        return Ok(vec![1.0]);
    }
    let known = earlier.iter().position(|look| look.data_hash == data_hash);
    let earlier = &earlier[..known.unwrap_or(earlier.len())];
    let mut times: Vec<f64> = earlier.iter().map(|look| look.information).collect();
    let now = information.min(1.0);
    let last = times.last().copied().unwrap_or(0.0);
    let what = || format!("experiment `{}`, look {}", section.name.value, times.len() + 1);
    if last >= 1.0 {
        return Err(ProjectError::data(
            what(),
            "the planned size reached at the look before",
            "no further look: that one decided",
        ));
    }
    if now < last + LEAST_STEP {
        let found = format!(
            "{} of the planned units, as at the look before",
            report::format_percent(now)
        );
        return Err(ProjectError::data(what(), found, "more units than then"));
    }
    times.push(now);
    Ok(times)
}

/// Where one stops, from few units to the planned and the present size.
pub(super) fn boundary(
    section: &ExperimentSection,
    size: &SizeRecord,
    effect: &EffectRecord,
    units: u64,
) -> Vec<BoundaryPoint> {
    match section.monitoring {
        MonitoringWord::Fixed => Vec::new(),
        MonitoringWord::Looks { .. } => {
            let planned = size.looks.iter().filter_map(|look| Some((look.units, look.z?)));
            let at = |(n, z): (u64, f64)| BoundaryPoint {
                units: n,
                effect: z * effect.standard_error * sqrt(units as f64 / n as f64),
            };
            planned.map(at).collect()
        }
        MonitoringWord::AlwaysValid => {
            let most = size.total.max(units) as f64;
            let sizes = (2..=40).map(|step| most * f64::from(step) / 40.0);
            sizes
                .filter_map(|n| always_valid(size, effect, n, n / units as f64))
                .collect()
        }
    }
}

/// The half width of the sequence at a size `scale` times the present one, whose units bring the present variance.
fn always_valid(size: &SizeRecord, effect: &EffectRecord, n: f64, scale: f64) -> Option<BoundaryPoint> {
    let question = Question {
        level: effect.level,
        ..Question::default()
    };
    let arm = |n_arm: u64| Arm {
        n: (n_arm as f64 * scale).max(2.0) as u64,
        value: 0.0,
        unadjusted: 0.0,
        // half of the squared error comes from each arm
        variance: 0.5 * effect.standard_error * effect.standard_error * n_arm as f64,
        n_dropped: 0,
        checks: Vec::new(),
    };
    let (control, treatment) = (arm(effect.n_control), arm(effect.n_treatment));
    let found = confidence_sequence(&control, &treatment, &question, size.tuning?).ok()?;
    found.effect.high.is_finite().then_some(BoundaryPoint {
        units: n as u64,
        effect: found.effect.high,
    })
}
