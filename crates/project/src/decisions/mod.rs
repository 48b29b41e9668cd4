//! What searches decide: taken from the lock where it fits, searched anew where it does not.

use crate::file::{ModelSection, Project};
use crate::lineage::Lineage;
use crate::records::from_json;
use crate::train::SearchRecord;
use crate::{Clock, Observer, ProjectError, lock, steps};
use serde::Serialize;
use std::collections::BTreeMap;
use table::Hash;
use workflow::{Outcome, Store};

/// A search of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Decision {
    /// What it decided.
    #[serde(flatten)]
    pub record: SearchRecord,
    /// Whether `spanwise.lock` said it, so that nothing was searched.
    pub from_lock: bool,
}

impl Decision {
    /// What was decided, for people.
    pub fn sentence(&self) -> String {
        let record = &self.record;
        let source = if self.from_lock {
            ", from spanwise.lock"
        } else {
            ""
        };
        if record.trials == 0 {
            return format!("search: too few different rows to try any parameters{source}");
        }
        let params = record
            .params
            .iter()
            .map(|(name, number)| format!("{name} {number}"));
        format!(
            "search: trial {} of {} won with {} rounds, {}{source}",
            record.winner,
            record.trials,
            record.rounds,
            params.collect::<Vec<_>>().join(", ")
        )
    }
}

/// All searches of a run.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    /// By model; sections without a budget have none.
    pub(crate) by_model: BTreeMap<String, SearchRecord>,
    /// The models whose search the lock told.
    from_lock: Vec<String>,
    /// Searches made anew.
    pub(crate) fresh: Vec<String>,
    /// What the user should know.
    pub(crate) notes: Vec<String>,
}

impl Decisions {
    /// What the run decided for a model.
    pub(crate) fn of(&self, model: &str) -> Option<Decision> {
        let record = self.by_model.get(model)?.clone();
        let from_lock = self.from_lock.iter().any(|name| name == model);
        Some(Decision { record, from_lock })
    }
}

/// Decides for each section that has a budget.
pub(crate) fn decide(
    project: &Project,
    lineage: &Lineage,
    tables: &Outcome,
    store: &Store,
    observer: &dyn Observer,
    clock: &dyn Clock,
) -> Result<Decisions, ProjectError> {
    let mut decisions = Decisions::default();
    let searched = project
        .models
        .iter()
        .filter_map(|section| Some((section, section.budget_s?)));
    let searched: Vec<(&ModelSection, u64)> = searched.collect();
    if searched.is_empty() {
        return Ok(decisions);
    }
    let known = lock::searches(project)?;
    let mut open = Vec::new();
    for (section, budget_s) in searched {
        let name = &section.name.value;
        let of = what(project, lineage, section, budget_s, tables)?;
        match known.get(name) {
            Some(record) if record.of == of => {
                decisions.by_model.insert(name.clone(), record.clone());
                decisions.from_lock.push(name.clone());
            }
            found => {
                if found.is_some() {
                    let note = format!(
                        "model `{name}`: the search in spanwise.lock was for another table, section, budget or seed, and was made anew"
                    );
                    decisions.notes.push(note);
                }
                open.push((section, budget_s, of));
            }
        }
    }
    if open.is_empty() {
        return Ok(decisions);
    }
    let outcome = steps::searches(project, lineage, &open, observer, clock)?.run(store, observer)?;
    for (section, _, _) in &open {
        let step = steps::search_step(section);
        let record: SearchRecord = from_json(&outcome.read(&step, "record")?, &step)?;
        decisions.by_model.insert(section.name.value.clone(), record);
    }
    decisions.fresh = outcome.fresh;
    Ok(decisions)
}

/// The hash of what a search depends on besides time: table, section, budget, and what the model may see.
fn what(
    project: &Project,
    lineage: &Lineage,
    section: &ModelSection,
    budget_s: u64,
    tables: &Outcome,
) -> Result<String, ProjectError> {
    let table = steps::read_outcome_table(tables, &steps::table_step(project, &section.data.value))?;
    let parts = [
        steps::model_meaning(project, section),
        format!("{:?}", lineage.keys(project, &section.data.value)),
        format!("{budget_s} s"),
        table.hash().to_hex(),
    ];
    Ok(Hash::of_parts(parts.iter().map(String::as_bytes)).to_hex())
}

#[cfg(test)]
mod tests;
