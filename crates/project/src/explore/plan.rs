//! Expectations that follow from a profile, as lines of a project file.

use profile::{ColumnProfile, Meaning, Profile};
use std::collections::BTreeSet;
use table::{Complaint, ComplaintKind, Complaints, Kind};

/// Levels that become a list of what is allowed.
const MOST_LEVELS: usize = 12;

/// Columns about which a rule would say too much, or what the file does not hold to.
#[derive(Clone, Debug, Default)]
pub(super) struct Spared {
    /// Columns whose values are not told.
    pub(super) private: BTreeSet<String>,
    /// Columns with a number that is read as missing.
    pub(super) with_sentinel: BTreeSet<String>,
}

/// `[expect.NAME]`: what every row has kept so far, as rules to be read and changed.
///
/// Ranges reach the values seen; levels seen fewer than 10 times are not named, and then there is no list of levels.
pub(super) fn expect(found: &Profile, name: &str, spared: &Spared) -> String {
    let rows: Vec<String> = found
        .columns
        .iter()
        .filter_map(|column| rule(column, found, spared))
        .collect();
    format!("[expect.{}]\n{}", key(name), rows.concat())
}

/// What a project needs to be told where two columns of the file have one name.
pub(super) fn renamed(complaints: &Complaints) -> Vec<String> {
    let is_renamed = |complaint: &&Complaint| complaint.kind == ComplaintKind::RepeatedName;
    let renamed = complaints.iter().filter(is_renamed);
    renamed.filter_map(|complaint| complaint.column.clone()).collect()
}

fn rule(column: &ColumnProfile, found: &Profile, spared: &Spared) -> Option<String> {
    let mut parts = Vec::new();
    let has_sentinel = spared.with_sentinel.contains(&column.name);
    if column.n_missing == 0 && 0 < column.n && !has_sentinel {
        parts.push("required = true".to_owned());
    }
    let is_key = |names: &Vec<String>| *names == [column.name.clone()];
    if found.relations.keys.iter().any(is_key) && column.meaning == Meaning::Identifier {
        parts.push("unique = true".to_owned());
    }
    if !has_sentinel && !spared.private.contains(&column.name) {
        parts.extend(ends(column));
        parts.extend(levels(column));
    }
    (!parts.is_empty()).then(|| format!("{} = {{ {} }}\n", key(&column.name), parts.join(", ")))
}

fn ends(column: &ColumnProfile) -> Vec<String> {
    let is_number =
        matches!(column.kind, Kind::Integer | Kind::Number) && column.meaning != Meaning::Identifier;
    match column.numbers.as_ref().filter(|_| is_number) {
        Some(numbers) => vec![
            format!("min = {}", number(numbers.min)),
            format!("max = {}", number(numbers.max)),
        ],
        None => Vec::new(),
    }
}

fn levels(column: &ColumnProfile) -> Option<String> {
    let levels = column.levels.as_ref().filter(|_| column.kind == Kind::Text)?;
    let are_all = levels.n_other == 0 && levels.max_error == 0 && levels.top.len() <= MOST_LEVELS;
    let are_frequent = levels.top.iter().all(|(_, n)| prepare::recipe::MIN_SEEN <= *n);
    let list = levels
        .top
        .iter()
        .map(|(text, _)| quoted(text))
        .collect::<Vec<_>>()
        .join(", ");
    (are_all && are_frequent && !levels.top.is_empty()).then(|| format!("one_of = [{list}]"))
}

/// A number as TOML writes it.
pub(super) fn number(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e15 {
        format!("{x:.0}")
    } else {
        format!("{x:?}")
    }
}

/// A key as TOML writes it: bare where it can be.
pub(super) fn key(name: &str) -> String {
    let is_bare = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_bare { name.to_owned() } else { quoted(name) }
}

pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
