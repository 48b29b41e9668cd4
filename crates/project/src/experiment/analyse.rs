//! The analysis: the plan in force, the data's health, the effects, the decision, the page.

use super::decision::{DecisionRecord, Facts, Verdict};
use super::health::{HealthRecord, checks};
use super::judge::{EffectRecord, Method, correct};
use super::looks::{self, BoundaryPoint, LookRecord};
use super::measured::Measured;
use super::page;
use super::plan::{Registered, in_force, registered, size_of};
use super::segments::{SegmentsRecord, of_units, segmented};
use super::size::SizeRecord;
use super::units::Units;
use crate::file::{ExperimentSection, MonitoringWord, Project};
use crate::lineage::Lineage;
use crate::run::{Places, check_tables, healing};
use crate::{Clock, ProjectError, columns, steps};
use registry::{Look, Registry};
use serde::Serialize;
use std::path::PathBuf;
use table::Table;
use table::file::write_atomic;
use workflow::{Observer, Store};

/// What analysing an experiment gives, as `spanwise experiment analyse --json` prints it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnalysisRecord {
    /// The experiment.
    pub experiment: String,
    /// What to do.
    pub decision: DecisionRecord,
    /// Whether the data can be trusted.
    pub health: Vec<HealthRecord>,
    /// The effects, the primary metric first.
    pub effects: Vec<EffectRecord>,
    /// The primary effects of other ways to treat units that were mixed up.
    pub sensitivity: Vec<EffectRecord>,
    /// For whom.
    pub segments: Vec<SegmentsRecord>,
    /// Rows read.
    pub n_rows: u64,
    /// Units found.
    pub n_units: u64,
    /// Units left out because they were seen in several arms or shown what was not theirs.
    pub n_mixed: u64,
    /// Units analysed.
    pub n_analysed: u64,
    /// The share of the planned units.
    pub information: f64,
    /// All looks taken, this one last.
    pub looks: Vec<LookRecord>,
    /// The boundary of each treatment.
    pub boundaries: Vec<(String, Vec<BoundaryPoint>)>,
    /// The plan in force.
    pub plan: Registered,
    /// Its sizes.
    pub size: SizeRecord,
    /// What a reader must know, in sentences.
    pub caveats: Vec<String>,
    /// The hash of the data.
    pub data: String,
    /// The page.
    pub page: PathBuf,
}

impl AnalysisRecord {
    /// Whether somebody should look before anything is done.
    pub fn is_alarm(&self) -> bool {
        self.decision.verdict == Verdict::CannotBeTrusted
    }
}

/// Analyses an experiment by its registered plan, records the look and writes the page.
///
/// With `is_final` no more units will come: what is there decides.
///
/// # Errors
/// [`ProjectError::NoPlan`] and [`ProjectError::PlanChanged`] before any data are read; [`ProjectError`].
pub fn analyse(
    project: &Project,
    section: &ExperimentSection,
    is_final: bool,
    observer: &dyn Observer,
    clock: &dyn Clock,
) -> Result<AnalysisRecord, ProjectError> {
    let places = Places::of(project);
    let registry = Registry::open(&places.registry())?;
    let plans = in_force(&registry, project, section)?;
    let (table, private) = healing(|| read(project, section, observer, clock))?;
    let plan = plans.last().map(registered).ok_or_else(|| ProjectError::NoPlan {
        experiment: section.name.value.clone(),
    })?;
    let size = plans
        .last()
        .map(size_of)
        .transpose()?
        .ok_or_else(|| ProjectError::NoPlan {
            experiment: section.name.value.clone(),
        })?;
    let desk = Desk {
        project,
        section,
        table: &table,
        private: &private,
        size: &size,
        is_final,
        looks: registry.looks(&section.name.value)?,
        version: plan.version,
        data_hash: table.hash().to_hex(),
    };
    let mut record = desk.record(
        plan.clone(),
        places
            .out()
            .join(format!("experiment-{}.html", section.name.value)),
    )?;
    let left = looks::left(record.n_analysed, &record.effects);
    registry.record_look(&Look {
        experiment: section.name.value.clone(),
        plan_version: plan.version,
        look: 0,
        data_hash: desk.data_hash.clone(),
        information: desk.information(record.n_analysed),
        record: serde_json::to_string(&left).unwrap_or_default(),
        taken_micros: clock.now_micros(),
    })?;
    record.looks = looks::records(&registry.looks(&section.name.value)?);
    write_atomic(
        &record.page,
        page::page(project, section, &record).to_html().as_bytes(),
    )?;
    Ok(record)
}

/// The pictures of an analysis, by the names of the parts of its page: `effect`, `looks`, `guardrails`, `segments`.
#[must_use]
pub fn charts(
    project: &Project,
    section: &ExperimentSection,
    record: &AnalysisRecord,
) -> Vec<(String, report::Chart)> {
    page::page(project, section, record).charts()
}

/// The table and its private columns.
fn read(
    project: &Project,
    section: &ExperimentSection,
    observer: &dyn Observer,
    clock: &dyn Clock,
) -> Result<(Table, Vec<String>), ProjectError> {
    let store = Store::new(&Places::of(project).cache());
    let outcome = steps::tables(project)?.run(&store, observer)?;
    let lineage = Lineage::of(project, &outcome)?;
    columns::check(project, &lineage)?;
    check_tables(project, &outcome, clock.now_micros())?;
    let data = &section.data.value;
    let table = steps::read_outcome_table(&outcome, &steps::table_step(project, data))?;
    Ok((table, lineage.private(project, data).into_iter().collect()))
}

struct Desk<'d> {
    project: &'d Project,
    section: &'d ExperimentSection,
    table: &'d Table,
    private: &'d [String],
    size: &'d SizeRecord,
    is_final: bool,
    looks: Vec<Look>,
    version: u64,
    data_hash: String,
}

impl Desk<'_> {
    fn information(&self, n_units: u64) -> f64 {
        match self.is_final {
            true => 1.0,
            false => n_units as f64 / self.size.total.max(1) as f64,
        }
    }

    fn record(&self, plan: Registered, page: PathBuf) -> Result<AnalysisRecord, ProjectError> {
        let section = self.section;
        let units = Units::of(self.project, section, self.table)?;
        let measured = section
            .metrics
            .iter()
            .map(|metric| Measured::of(section, metric, &units, self.table))
            .collect::<Result<Vec<_>, _>>()?;
        let primary = &measured[section.primary];
        let health = checks(section, &units, primary)?;
        let kept = |unit: usize, arm: usize| !units.is_mixed[unit] && units.arms[unit] as usize == arm;
        let n_mixed = units.is_mixed.iter().filter(|mixed| **mixed).count() as u64;
        let n_analysed = units.n() as u64 - n_mixed;
        let strata = self.strata(&units)?;
        let method = self.method(n_analysed)?;
        let mut effects = self.effects(&method, &measured, &kept, strata.as_deref())?;
        let mut sensitivity = Vec::new();
        if 0 < n_mixed {
            let first = |unit: usize, arm: usize| units.arms[unit] as usize == arm;
            sensitivity = self.effects(&method, std::slice::from_ref(primary), &first, strata.as_deref())?;
        }
        let mut health = health;
        health.extend(agreement(&effects, &sensitivity, n_mixed));
        effects.sort_by_key(|effect| !effect.is_primary);
        let decision = Facts {
            section,
            size: self.size,
            health: &health,
            effects: &effects,
            n_units: n_analysed,
            is_final: self.is_final,
        }
        .decide();
        let boundaries = effects.iter().filter(|effect| effect.is_primary);
        Ok(AnalysisRecord {
            experiment: section.name.value.clone(),
            boundaries: boundaries
                .map(|effect| {
                    (
                        effect.treatment.clone(),
                        looks::boundary(section, self.size, effect, n_analysed),
                    )
                })
                .collect(),
            segments: self.segments(&method, primary, &units, &kept)?,
            n_rows: self.table.n_rows() as u64,
            n_units: units.n() as u64,
            n_mixed,
            n_analysed,
            information: n_analysed as f64 / self.size.total.max(1) as f64,
            looks: Vec::new(),
            caveats: self.caveats(&plan, &effects, (n_mixed, n_analysed)),
            plan,
            size: self.size.clone(),
            data: self.data_hash.clone(),
            decision,
            health,
            effects,
            sensitivity,
            page,
        })
    }

    fn method(&self, n_analysed: u64) -> Result<Method<'_>, ProjectError> {
        let same_plan = self.looks.iter().filter(|look| look.plan_version == self.version);
        let earlier: Vec<Look> = same_plan.cloned().collect();
        let times = looks::times(
            self.section,
            &earlier,
            &self.data_hash,
            self.information(n_analysed),
        )?;
        let tuning = self.size.tuning.unwrap_or(self.size.total as f64);
        Ok(Method::new(self.section, tuning, times))
    }

    /// The primary metric's treatments are one family, and all other comparisons another.
    fn effects(
        &self,
        method: &Method<'_>,
        measured: &[Measured<'_>],
        is_in: &dyn Fn(usize, usize) -> bool,
        strata: Option<&[u32]>,
    ) -> Result<Vec<EffectRecord>, ProjectError> {
        let n_treatments = self.section.treatments().len();
        let n_others = measured.len().saturating_sub(1) * n_treatments;
        let mut effects = Vec::new();
        for one in measured {
            let is_primary = one.metric.name.value == self.section.primary().name.value;
            let asked = method.each(if is_primary { n_treatments } else { n_others })?;
            for treatment in 1..self.section.arms.len() {
                effects.push(asked.effect(one, treatment, is_in, strata)?);
            }
        }
        for is_primary in [true, false] {
            let mut family: Vec<&mut EffectRecord> = effects
                .iter_mut()
                .filter(|effect| effect.is_primary == is_primary)
                .collect();
            if !family.is_empty() {
                correct(self.section, &mut family)?;
            }
        }
        Ok(effects)
    }

    fn strata(&self, units: &Units) -> Result<Option<Vec<u32>>, ProjectError> {
        let Some(column) = &self.section.strata else {
            return Ok(None);
        };
        let found = of_units(units, self.table, &column.value)?;
        // units without a value are a stratum of their own
        let rest = found.names.len() as u32;
        Ok(Some(
            found.codes.into_iter().map(|code| code.unwrap_or(rest)).collect(),
        ))
    }

    fn segments(
        &self,
        method: &Method<'_>,
        primary: &Measured<'_>,
        units: &Units,
        is_in: &dyn Fn(usize, usize) -> bool,
    ) -> Result<Vec<SegmentsRecord>, ProjectError> {
        let asked = method.each(1)?;
        let mut records = Vec::new();
        for column in &self.section.segments {
            let mut found = of_units(units, self.table, &column.value)?;
            if self.private.contains(&column.value) {
                let n = found.names.len();
                found.names = (1..=n).map(|number| format!("group {number}")).collect();
            }
            for (treatment, name) in self.section.arms.iter().enumerate().skip(1) {
                let of = (column.value.as_str(), &found);
                let to = (treatment, name.value.as_str());
                records.extend(segmented(&asked, primary, of, to, is_in, self.section.alpha)?);
            }
        }
        Ok(records)
    }

    fn caveats(
        &self,
        plan: &Registered,
        effects: &[EffectRecord],
        (n_mixed, n_analysed): (u64, u64),
    ) -> Vec<String> {
        let mut caveats = Vec::new();
        if plan.had_data {
            caveats.push("The data were there already when the plan was registered; nothing shows that nobody had looked.".to_owned());
        }
        if self.looks.iter().any(|look| look.plan_version < self.version) {
            caveats.push("The plan was changed after data had been analysed under an earlier version: the error rates hold for the first plan only.".to_owned());
        }
        if self.is_final && self.size.total > n_analysed {
            caveats.push("The experiment ended below its planned size: that it ended must not have been decided by what it showed.".to_owned());
        }
        if matches!(self.section.monitoring, MonitoringWord::Fixed) && self.was_seen_before() {
            caveats.push("The data were looked at several times, but the plan says once: the error is larger than planned. Plan `always-valid` or looks.".to_owned());
        }
        if 0 < n_mixed {
            caveats.push("Units that were mixed up are left out; those that remain are comparable only if being mixed up was chance.".to_owned());
        }
        let mut told: Vec<&String> = effects.iter().flat_map(|effect| &effect.caveats).collect();
        told.sort();
        told.dedup();
        caveats.extend(told.into_iter().map(|caveat| sentence(caveat)));
        caveats
    }

    /// Whether other data of the experiment were looked at before.
    fn was_seen_before(&self) -> bool {
        self.looks.iter().any(|look| look.data_hash != self.data_hash)
    }
}

/// A clause as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", rest.as_str().trim_end_matches('.'))
}

/// Whether the primary finding is the same if mixed units count where they were seen first.
fn agreement(effects: &[EffectRecord], others: &[EffectRecord], n_mixed: u64) -> Option<HealthRecord> {
    let pairs = || {
        others.iter().filter_map(|other| {
            let same = |effect: &&EffectRecord| effect.is_primary && effect.treatment == other.treatment;
            Some((effects.iter().find(same)?, other))
        })
    };
    pairs().next()?;
    let agrees = pairs().all(|(effect, other)| {
        (effect.is_better(), effect.is_worse()) == (other.is_better(), other.is_worse())
    });
    let (state, words) = match agrees {
        true => (super::State::Sound, "the same"),
        false => (super::State::Broken, "another one"),
    };
    Some(HealthRecord {
        name: "mixed units do not decide".to_owned(),
        state,
        sentence: format!(
            "{} mixed units are left out; counted where they were seen first, the finding is {words}.",
            report::format_count(n_mixed)
        ),
        n: n_mixed,
        p_value: None,
    })
}
