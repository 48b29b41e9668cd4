//! Which version serves, and why.

use crate::file::Project;
use crate::run::Places;
use crate::{Clock, ProjectError};
use registry::{Registry, Resolved};
use serde::Serialize;

/// Where an alias points now.
#[derive(Clone, Debug, Serialize)]
pub struct Promoted {
    /// The model.
    pub model: String,
    /// The alias.
    pub alias: String,
    /// The version.
    pub version: u64,
    /// The bundle's hash.
    pub hash: String,
}

/// A model's versions and ledger.
#[derive(Clone, Debug, Serialize)]
pub struct History {
    /// The versions, oldest first.
    pub versions: Vec<VersionRecord>,
    /// What was promoted when and why, oldest first.
    pub ledger: Vec<LedgerRecord>,
}

/// One version.
#[derive(Clone, Debug, Serialize)]
pub struct VersionRecord {
    /// Its number.
    pub version: u64,
    /// The bundle's hash.
    pub hash: String,
    /// The aliases that point to it.
    pub aliases: Vec<String>,
}

/// One entry of the ledger.
#[derive(Clone, Debug, Serialize)]
pub struct LedgerRecord {
    /// When, in ISO 8601, UTC.
    pub time: String,
    /// The alias.
    pub alias: String,
    /// The version that it points to from then on.
    pub version: u64,
    /// Why.
    pub why: String,
    /// Whether it went back to the version before.
    pub is_rollback: bool,
    /// What a guard decided it from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<serde_json::Value>,
}

fn open(project: &Project) -> Result<Registry, ProjectError> {
    let places = Places::of(project);
    places.was_run("the project")?;
    Ok(Registry::open(&places.registry())?)
}

/// Points `alias` of `model` to `version` (a number or another alias).
///
/// # Errors
/// [`ProjectError::Registry`] with the nearest name.
pub fn promote(
    project: &Project,
    model: &str,
    version: &str,
    alias: &str,
    why: &str,
    clock: &dyn Clock,
) -> Result<Promoted, ProjectError> {
    let registry = open(project)?;
    let found = registry.resolve(&format!("{model}@{version}"))?;
    registry.set_alias(model, alias, found.version, clock.now_micros(), why)?;
    Ok(promoted(found, alias))
}

/// Points `alias` of `model` back to the version before.
///
/// # Errors
/// [`ProjectError::Registry`].
pub fn rollback(
    project: &Project,
    model: &str,
    alias: &str,
    why: &str,
    clock: &dyn Clock,
) -> Result<Promoted, ProjectError> {
    let found = open(project)?.rollback(model, alias, clock.now_micros(), why)?;
    Ok(promoted(found, alias))
}

fn promoted(found: Resolved, alias: &str) -> Promoted {
    Promoted {
        model: found.model,
        alias: alias.to_owned(),
        version: found.version,
        hash: found.hash,
    }
}

/// A model's versions and ledger; the ledger is verified first.
///
/// # Errors
/// [`ProjectError::Registry`], also if the ledger was changed.
pub fn history(project: &Project, model: &str) -> Result<History, ProjectError> {
    let registry = Places::of(project).registry_for_reading("the project")?;
    registry.verify_ledger()?;
    let versions = registry.versions(model)?;
    let ledger = registry.ledger(Some(model))?;
    Ok(History {
        versions: versions
            .into_iter()
            .map(|v| VersionRecord {
                version: v.version,
                hash: v.hash,
                aliases: v.aliases,
            })
            .collect(),
        ledger: ledger
            .into_iter()
            .map(|entry| LedgerRecord {
                time: iso(entry.time_micros),
                alias: entry.alias,
                version: entry.version,
                why: entry.why,
                is_rollback: entry.is_rollback,
                evidence: entry.evidence.and_then(|text| serde_json::from_str(&text).ok()),
            })
            .collect(),
    })
}

/// An instant in ISO 8601.
pub(crate) fn iso(micros: i64) -> String {
    let array = table::arrow::array::TimestampMicrosecondArray::from(vec![micros]);
    table::write::cell_text(&array, 0).unwrap_or_default()
}
