//! The stories of a project by name, their issues, and what changed between two.
//!
//! A run that tells a story otherwise than before makes another issue of it; what each issue said is kept in the
//! registry.

mod cells;
mod changes;
mod compare;
mod numbers;
mod page;
mod record;
mod sentences;
mod words;

pub use changes::{Changes, NumberChange, PartChange, PictureChange};
pub use page::page;
pub use record::{FactRecord, IssueRecord, PartRecord, Shown};

use crate::ProjectError;
use crate::file::Project;
use crate::promotion::iso;
use crate::records::from_json;
use crate::run::Places;
use crate::story::names;
use registry::Registry;
use serde::Serialize;
use std::path::PathBuf;

/// When an issue was made, and what it was about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// Its number, from 1.
    pub issue: u64,
    /// When, in ISO 8601, UTC.
    pub made: String,
    /// The hash of what it said.
    pub hash: String,
    /// Its rows and tables.
    pub subtitle: String,
}

impl Stamp {
    /// When it was made, to the minute: `2026-11-29 14:11 UTC`.
    #[must_use]
    pub fn time(&self) -> String {
        let minute: String = self.made.chars().take(16).collect();
        format!("{} UTC", minute.replace('T', " "))
    }
}

/// Two issues of a story beside each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// The story.
    pub story: String,
    /// Its title now.
    pub title: String,
    /// The earlier issue.
    pub before: Stamp,
    /// The later issue.
    pub after: Stamp,
    /// How much changed, in a sentence.
    pub sentence: String,
    /// What changed.
    #[serde(flatten)]
    pub changes: Changes,
}

/// Which issue another is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The one before it.
    Last,
    /// The one of this number.
    Issue(u64),
}

impl Against {
    /// Reads `last` or a number.
    ///
    /// # Errors
    /// [`ProjectError::Data`] for anything else.
    pub fn from_text(text: &str) -> Result<Against, ProjectError> {
        match (text, text.parse()) {
            ("last", _) => Ok(Against::Last),
            (_, Ok(number)) => Ok(Against::Issue(number)),
            _ => Err(ProjectError::data(
                "the issue to compare with",
                format!("`{text}`"),
                "`last` or the number of an issue",
            )),
        }
    }
}

/// The story called `name`, or all stories.
///
/// # Errors
/// [`ProjectError::NoSuchSection`] if there is no such story.
pub fn named(project: &Project, name: Option<&str>) -> Result<Vec<String>, ProjectError> {
    let all = names(project);
    let Some(name) = name else { return Ok(all) };
    if all.iter().any(|story| story == name) {
        return Ok(vec![name.to_owned()]);
    }
    Err(ProjectError::NoSuchSection {
        kind: "report",
        name: Some(name.to_owned()),
        found: table::quoted_list(all.iter().map(String::as_str), 12),
        nearest: table::nearest(name, all.iter().map(String::as_str)).map(str::to_owned),
    })
}

/// The issues of a story, oldest first; what they were about is left out.
///
/// # Errors
/// [`ProjectError::Data`] if the project was never run, [`ProjectError::Registry`].
pub fn issues(project: &Project, story: &str) -> Result<Vec<Stamp>, ProjectError> {
    let registry = Places::of(project).registry_for_reading("the project")?;
    let issues = registry.issues(story)?;
    Ok(issues.iter().map(|issue| stamp(issue, "")).collect())
}

/// Compares an issue of a story, the newest if none is named, with another: the later of the two is told as it is now,
/// whichever is named first.
///
/// # Errors
/// [`ProjectError::Data`] if there is nothing to compare with, [`ProjectError::Registry`] if there is no such issue.
pub fn compare(
    project: &Project,
    story: &str,
    issue: Option<u64>,
    against: Against,
) -> Result<Comparison, ProjectError> {
    let registry = Places::of(project).registry_for_reading("the project")?;
    let newest = registry.issues(story)?.last().map(|newest| newest.issue);
    let now = issue.or(newest).unwrap_or(0);
    let then = match against {
        Against::Issue(number) => number,
        Against::Last if now < 2 => {
            let found = format!("{} issues", newest.unwrap_or(0));
            let expected = "an issue before; a run that tells it otherwise makes another one";
            return Err(ProjectError::data(format!("story `{story}`"), found, expected));
        }
        Against::Last => now - 1,
    };
    // what was made later is what it is now, whichever of them was named first
    let (before, old) = read(&registry, story, then.min(now))?;
    let (after, new) = read(&registry, story, then.max(now))?;
    let changes = compare::compare(&old, &new);
    Ok(Comparison {
        story: story.to_owned(),
        title: new.title.clone(),
        sentence: sentence(&changes),
        before,
        after,
        changes,
    })
}

/// Where the page of a comparison goes.
#[must_use]
pub fn page_path(project: &Project, story: &str) -> PathBuf {
    Places::of(project).out().join(format!("{story}-changes.html"))
}

fn read(registry: &Registry, story: &str, number: u64) -> Result<(Stamp, IssueRecord), ProjectError> {
    let (issue, bytes) = registry.issue(story, number)?;
    let record: IssueRecord = from_json(&bytes, &format!("issue {number} of {story}"))?;
    Ok((stamp(&issue, &record.subtitle), record))
}

fn stamp(issue: &registry::Issue, subtitle: &str) -> Stamp {
    Stamp {
        issue: issue.issue,
        made: iso(issue.made_micros),
        hash: issue.hash.clone(),
        subtitle: subtitle.to_owned(),
    }
}

fn sentence(changes: &Changes) -> String {
    let is_question = |part: &&PartChange| part.question != compare::FINDINGS;
    let (n_parts, n_facts) = (
        changes.parts.iter().filter(is_question).count(),
        changes.facts.len(),
    );
    let (all_parts, all_facts) = (
        n_parts + changes.same_parts.len(),
        n_facts + changes.same_facts.len(),
    );
    if changes.parts.is_empty() && n_facts == 0 {
        return "Nothing changed.".to_owned();
    }
    let n_outside = changes
        .facts
        .iter()
        .filter(|fact| fact.is_outside == Some(true))
        .count();
    let outside = match n_outside {
        0 => "none of them beyond the interval that it had".to_owned(),
        1 => "1 of them beyond the interval that it had".to_owned(),
        n => format!("{n} of them beyond the interval that they had"),
    };
    format!("{n_parts} of {all_parts} answers changed, and {n_facts} of {all_facts} numbers, {outside}.")
}
