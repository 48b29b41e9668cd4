//! The plan: sized from what is known before, and registered before the experiment's data are read.

use super::canonical::{Change, changes, lines_of, parsed, text_of};
use super::measured::Measured;
use super::size::{Known, SizeRecord, sizes};
use super::units::Units;
use crate::file::{BaselineSection, ExperimentSection, Problem, Project};
use crate::promotion::iso;
use crate::run::Places;
use crate::steps::{self, sources_of};
use crate::{Clock, ProjectError};
use registry::{Plan, Registry};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use workflow::{Observer, Store};

/// The line of a plan that holds its sizes.
const SIZE: &str = "planned.size";

/// What planning an experiment gives, as `spanwise experiment plan --json` prints it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanRecord {
    /// The experiment.
    pub experiment: String,
    /// The registered plan.
    pub plan: Registered,
    /// Whether this call registered it; else it was known.
    pub is_new: bool,
    /// What differs from the version before.
    pub changes: Vec<Change>,
    /// Sizes.
    pub size: SizeRecord,
    /// The primary metric.
    pub primary: String,
    /// The chance of a finding where there is no effect.
    pub alpha: f64,
    /// The chance of finding the smallest effect of interest.
    pub power: f64,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// A registered plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Its version, from 1.
    pub version: u64,
    /// Its hash.
    pub hash: String,
    /// When it was registered.
    pub registered: String,
    /// Whether the data were there already.
    pub had_data: bool,
    /// Its lines.
    pub lines: BTreeMap<String, String>,
}

/// Sizes an experiment and registers its plan; the data of the experiment are not read.
///
/// # Errors
/// [`ProjectError`]: a baseline that does not fit the metric or cannot be read, sizes that have no answer, the registry.
pub fn plan(
    project: &Project,
    section: &ExperimentSection,
    observer: &dyn Observer,
    clock: &dyn Clock,
) -> Result<PlanRecord, ProjectError> {
    let known = match Known::of_section(project, section)? {
        Some(known) => known,
        None => crate::run::healing(|| of_earlier(project, section, observer))?,
    };
    let size = sizes(section, known)?;
    let mut lines = lines_of(project, section);
    lines.insert(SIZE.to_owned(), serde_json::to_string(&size).unwrap_or_default());
    let registry = Registry::open(&Places::of(project).registry())?;
    let name = &section.name.value;
    let before = registry.plans(name)?.pop();
    let had_data = has_data(project, section);
    let (plan, is_new) = registry.register_plan(name, &text_of(&lines), had_data, clock.now_micros())?;
    let differs = match &before {
        Some(before) if is_new => changes(&parsed(&before.text), &lines),
        _ => Vec::new(),
    };
    let notes = notes(section, &registry, &plan)?;
    Ok(PlanRecord {
        experiment: name.clone(),
        plan: registered(&plan),
        is_new,
        changes: differs,
        size,
        primary: section.primary().name.value.clone(),
        alpha: section.alpha,
        power: section.power,
        notes,
    })
}

pub(super) fn registered(plan: &Plan) -> Registered {
    let mut lines = parsed(&plan.text);
    lines.remove(SIZE);
    Registered {
        version: plan.version,
        hash: plan.hash.clone(),
        registered: iso(plan.registered_micros),
        had_data: plan.had_data,
        lines,
    }
}

/// The sizes of a registered plan.
pub(super) fn size_of(plan: &Plan) -> Result<SizeRecord, ProjectError> {
    let text = parsed(&plan.text).remove(SIZE).unwrap_or_default();
    serde_json::from_str(&text).map_err(|error| {
        ProjectError::data(
            format!("version {} of the plan of `{}`", plan.version, plan.experiment),
            error.to_string(),
            "sizes as this version of Spanwise writes them; register the plan anew",
        )
    })
}

/// The registered plan that the section must still say.
pub(super) fn in_force(
    registry: &Registry,
    project: &Project,
    section: &ExperimentSection,
) -> Result<Vec<Plan>, ProjectError> {
    let name = &section.name.value;
    let plans = registry.plans(name)?;
    let Some(newest) = plans.last() else {
        return Err(ProjectError::NoPlan {
            experiment: name.clone(),
        });
    };
    let found = changes(&parsed(&newest.text), &lines_of(project, section));
    let told = |change: &&Change| !change.key.starts_with("planned.");
    let found: Vec<String> = found.iter().filter(told).map(ToString::to_string).collect();
    if found.is_empty() {
        return Ok(plans);
    }
    Err(ProjectError::PlanChanged {
        experiment: name.clone(),
        version: newest.version,
        found: found.join("; "),
    })
}

/// Whether a file behind the experiment's table is there already.
fn has_data(project: &Project, section: &ExperimentSection) -> bool {
    let sources = sources_of(project, &section.data.value);
    let files = project
        .data
        .iter()
        .filter(|data| sources.contains(&data.name.value));
    files.filter_map(|data| data.file()).any(std::path::Path::exists)
}

fn notes(section: &ExperimentSection, registry: &Registry, plan: &Plan) -> Result<Vec<String>, ProjectError> {
    let mut notes = Vec::new();
    if plan.had_data {
        notes.push("the data were there already when this plan was registered: the registry cannot vouch that nobody had looked".to_owned());
    }
    if registry
        .looks(&section.name.value)?
        .iter()
        .any(|look| look.plan_version < plan.version)
    {
        notes.push(
            "the data were analysed under an earlier version of the plan; every page says so from now on"
                .to_owned(),
        );
    }
    if section.unit.is_none() {
        notes.push("no `unit`: each row counts as a unit of its own".to_owned());
    }
    Ok(notes)
}

/// The primary metric in a table of earlier rows.
fn of_earlier(
    project: &Project,
    section: &ExperimentSection,
    observer: &dyn Observer,
) -> Result<Known, ProjectError> {
    let BaselineSection::Data(data) = &section.baseline.value else {
        return Err(ProjectError::data(
            "a baseline",
            "no table",
            "a table of earlier rows",
        ));
    };
    let sources = sources_of(project, data);
    if sources.contains(&section.data.value) || sources_of(project, &section.data.value).contains(data) {
        let offender = format!("[experiment.{}].baseline.data", section.name.value);
        let found = format!("`{data}`, which has the experiment's rows in it");
        let problem = Problem::new(
            offender,
            found,
            "a table of earlier rows alone",
            section.baseline.span.clone(),
        );
        return Err(project.problems(vec![problem]).into());
    }
    let places = Places::of(project);
    let outcome = steps::tables_among(project, &sources)?.run(&Store::new(&places.cache()), observer)?;
    let table = steps::read_outcome_table(&outcome, &steps::table_step(project, data))?;
    let units = Units::without_arms(section, &table)?;
    let measured = Measured::of(section, section.primary(), &units, &table)?;
    let arm = measured.arm(&|_| true)?;
    let all: super::measured::Select<'_> = &|_| true;
    let variance_factor = measured.pair(all, all, None)?.variance_ratio.unwrap_or(1.0);
    Ok(Known {
        value: arm.value,
        variance: arm.variance,
        variance_factor,
    })
}
