//! How many units an experiment needs, and what it can find with fewer or more.

use crate::ProjectError;
use crate::file::{BaselineSection, Detect, ExperimentSection, MetricKind, MonitoringWord, Problem, Project};
use serde::{Deserialize, Serialize};
use stats::experiment::{
    Baseline, Boundaries, Boundary, Monitoring, NullVariance, Plan, Sides, equal_times, group_sequential,
};
use std::collections::BTreeMap;

/// Shares of the planned size for which the plan tells what could be found.
const SHARES: [f64; 5] = [0.25, 0.5, 1.0, 1.5, 2.0];

/// What is planned, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeRecord {
    /// The primary metric's value before the experiment.
    pub baseline: f64,
    /// The deviation that one unit brings to it.
    pub sd: f64,
    /// The share of its variance that covariates leave; 1 without.
    pub variance_factor: f64,
    /// The smallest effect of interest, in the metric's unit.
    pub effect: f64,
    /// The same as a fraction of the baseline.
    pub relative_effect: Option<f64>,
    /// Units of each arm.
    pub units: BTreeMap<String, u64>,
    /// Units of all arms.
    pub total: u64,
    /// For always-valid monitoring: units of a pair of arms at which intervals are narrowest.
    pub tuning: Option<f64>,
    /// What can be found with other sizes.
    pub sizes: Vec<SizeRow>,
    /// The planned looks, if there are any.
    pub looks: Vec<LookRow>,
}

/// What a size can find.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeRow {
    /// Units of all arms.
    pub total: u64,
    /// The smallest effect found with the planned power.
    pub detectable: Option<f64>,
    /// The chance of finding the smallest effect of interest.
    pub power: f64,
}

/// A planned look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LookRow {
    /// Units of all arms.
    pub units: u64,
    /// The z-value at which one stops; none where nothing may be spent.
    pub z: Option<f64>,
    /// The error spent by then.
    pub spent: f64,
}

/// What is known of the primary metric.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) value: f64,
    pub(super) variance: f64,
    pub(super) variance_factor: f64,
}

impl Known {
    /// From the numbers of the section; `None` where a table of earlier rows tells.
    pub(super) fn of_section(
        project: &Project,
        section: &ExperimentSection,
    ) -> Result<Option<Known>, ProjectError> {
        let is_share = matches!(section.primary().kind, MetricKind::Proportion);
        let (value, variance) = match section.baseline.value {
            BaselineSection::Data(_) => return Ok(None),
            BaselineSection::Share(share) if is_share => (share, share * (1.0 - share)),
            BaselineSection::Mean { mean, sd }
                if matches!(
                    section.primary().kind,
                    MetricKind::Mean | MetricKind::Ratio { .. }
                ) =>
            {
                (mean, sd * sd)
            }
            _ => return Err(misfit(project, section)),
        };
        Ok(Some(Known {
            value,
            variance,
            variance_factor: 1.0,
        }))
    }
}

fn misfit(project: &Project, section: &ExperimentSection) -> ProjectError {
    let word = section.primary().kind.word();
    let expected = match section.primary().kind {
        MetricKind::Proportion => "`{ share = ... }` or `{ data = ... }`",
        MetricKind::Quantile { .. } => "`{ data = ... }`: the spread of a quantile is not that of the values",
        _ => "`{ mean = ..., sd = ... }` or `{ data = ... }`",
    };
    let offender = format!("[experiment.{}].baseline", section.name.value);
    let found = format!("another form beside a primary metric of kind `{word}`");
    let problem = Problem::new(offender, found, expected, section.baseline.span.clone());
    project.problems(vec![problem]).into()
}

/// The alpha of each comparison of the primary metric.
pub(super) fn alpha_each(section: &ExperimentSection) -> f64 {
    match section.correction {
        Some(_) => section.alpha / section.treatments().len() as f64,
        None => section.alpha,
    }
}

/// The boundaries of planned looks, at these shares of the information.
pub(super) fn boundaries(
    section: &ExperimentSection,
    alpha: f64,
    times: &[f64],
) -> Result<Option<Boundaries>, ProjectError> {
    let MonitoringWord::Looks { spending, .. } = section.monitoring else {
        return Ok(None);
    };
    let found = group_sequential(Boundary::Spending(spending), times, alpha, Sides::Two)?;
    Ok(Some(found))
}

/// The sizes of a plan.
pub(super) fn sizes(section: &ExperimentSection, known: Known) -> Result<SizeRecord, ProjectError> {
    let effect = match section.detect {
        Detect::Absolute(effect) => effect,
        Detect::Relative(effect) => effect * known.value.abs(),
    };
    let baseline = match section.primary().kind {
        MetricKind::Proportion => Baseline::Proportion {
            share: known.value,
            null: NullVariance::Unpooled,
        },
        _ => Baseline::Variance(known.variance),
    };
    // towards the better side, which for shares is the one whose variance counts
    let signed = if section.primary().higher_is_better {
        effect
    } else {
        -effect
    };
    let planned = planned_looks(section)?;
    let fixed = Plan {
        alpha: alpha_each(section),
        power: section.power,
        variance_factor: known.variance_factor,
        ..Plan::default()
    };
    let (plan, n_control) = largest(section, fixed, planned.as_ref(), baseline, signed)?;
    let units = units(section, n_control);
    let total: u64 = units.values().sum();
    let row = |share: &f64| -> Result<SizeRow, ProjectError> {
        let n = n_control * share;
        Ok(SizeRow {
            total: (total as f64 * share).round() as u64,
            detectable: plan.detectable(baseline, n).ok(),
            power: plan.power(baseline, signed, n)?,
        })
    };
    Ok(SizeRecord {
        baseline: known.value,
        sd: stats::math::sqrt(known.variance),
        variance_factor: known.variance_factor,
        effect,
        relative_effect: (known.value != 0.0).then(|| effect / known.value.abs()),
        tuning: match plan.monitoring {
            Monitoring::AlwaysValid { tuning } => Some(tuning),
            _ => None,
        },
        sizes: SHARES.iter().map(row).collect::<Result<_, _>>()?,
        looks: planned.map_or_else(Vec::new, |boundaries| look_rows(&boundaries, total)),
        units,
        total,
    })
}

fn planned_looks(section: &ExperimentSection) -> Result<Option<Boundaries>, ProjectError> {
    let MonitoringWord::Looks { n_looks, .. } = section.monitoring else {
        return Ok(None);
    };
    boundaries(section, alpha_each(section), &equal_times(n_looks))
}

/// The control's size for the treatment that needs most, and the plan that it comes from.
fn largest(
    section: &ExperimentSection,
    fixed: Plan,
    planned: Option<&Boundaries>,
    baseline: Baseline,
    effect: f64,
) -> Result<(Plan, f64), ProjectError> {
    let mut most = (fixed, 0.0);
    for units in &section.allocation[1..] {
        let fixed = Plan {
            allocation: units / section.allocation[0],
            ..fixed
        };
        let at_once = fixed.sample_size(baseline, effect)?;
        let monitoring = match (section.monitoring, planned) {
            (_, Some(boundaries)) => Monitoring::Inflated(boundaries.inflation(section.power)?),
            (MonitoringWord::AlwaysValid, _) => Monitoring::AlwaysValid {
                tuning: (at_once.control + at_once.treatment).ceil(),
            },
            _ => Monitoring::Fixed,
        };
        let plan = Plan { monitoring, ..fixed };
        let size = plan.sample_size(baseline, effect)?;
        if size.control > most.1 {
            most = (plan, size.control);
        }
    }
    Ok(most)
}

fn units(section: &ExperimentSection, n_control: f64) -> BTreeMap<String, u64> {
    let pairs = section.arms.iter().zip(&section.allocation);
    let of_arm = |units: f64| (n_control * units / section.allocation[0]).ceil() as u64;
    pairs
        .map(|(arm, units)| (arm.value.clone(), of_arm(*units)))
        .collect()
}

fn look_rows(boundaries: &Boundaries, total: u64) -> Vec<LookRow> {
    let rows = boundaries.times.iter().zip(&boundaries.z).zip(&boundaries.spent);
    rows.map(|((time, z), spent)| LookRow {
        units: (time * total as f64).ceil() as u64,
        z: z.is_finite().then_some(*z),
        spent: *spent,
    })
    .collect()
}
