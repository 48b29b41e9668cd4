//! Experiments: planned and locked before their data are read, then checked, judged and told on a page.

mod analyse;
mod canonical;
mod decision;
mod health;
mod judge;
mod looks;
mod measured;
mod page;
mod plan;
mod segments;
mod size;
#[cfg(test)]
mod tests;
mod units;

pub use analyse::{AnalysisRecord, analyse, charts};
pub use canonical::Change;
pub use decision::{DecisionRecord, Verdict, effect_sentence};
pub use health::{HealthRecord, State};
pub use judge::{EffectRecord, Span};
pub use looks::{BoundaryPoint, LookRecord};
pub use plan::{PlanRecord, Registered, plan};
pub use segments::{SegmentRecord, SegmentsRecord};
pub use size::{LookRow, SizeRecord, SizeRow};

use crate::ProjectError;
use crate::file::{ExperimentSection, Project};

/// The experiment called `name`, or the only one.
///
/// # Errors
/// [`ProjectError::NoSuchSection`] with the nearest name.
pub fn find<'p>(project: &'p Project, name: Option<&str>) -> Result<&'p ExperimentSection, ProjectError> {
    let known = || {
        project
            .experiments
            .iter()
            .map(|section| section.name.value.as_str())
    };
    let found = match (name, project.experiments.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(name), sections) => sections.iter().find(|section| section.name.value == name),
    };
    found.ok_or_else(|| ProjectError::NoSuchSection {
        kind: "experiment",
        name: name.map(str::to_owned),
        found: table::quoted_list(known(), 12),
        nearest: name
            .and_then(|name| table::nearest(name, known()))
            .map(str::to_owned),
    })
}
