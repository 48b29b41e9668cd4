//! Expectations that follow from a profile, as lines of a project file.

use profile::{ColumnProfile, Meaning, Profile};
use table::Kind;

/// Levels that become a list of what is allowed.
const MOST_LEVELS: usize = 12;

/// `[expect.NAME]`: what every row has kept so far, as rules to be read and changed.
///
/// Ranges reach the values seen; levels seen fewer than 10 times are not named, and then there is no list of levels.
pub(super) fn plan(found: &Profile, name: &str) -> String {
    let rows: Vec<String> = found
        .columns
        .iter()
        .filter_map(|column| rule(column, found))
        .collect();
    format!("[expect.{}]\n{}", key(name), rows.concat())
}

fn rule(column: &ColumnProfile, found: &Profile) -> Option<String> {
    let mut parts = Vec::new();
    if column.n_missing == 0 && 0 < column.n {
        parts.push("required = true".to_owned());
    }
    if found
        .relations
        .keys
        .iter()
        .any(|names| *names == [column.name.clone()])
        && column.meaning == Meaning::Identifier
    {
        parts.push("unique = true".to_owned());
    }
    let is_number = matches!(column.kind, Kind::Integer | Kind::Number);
    if let Some(numbers) = column
        .numbers
        .as_ref()
        .filter(|_| is_number && column.meaning != Meaning::Identifier)
    {
        parts.push(format!("min = {}", number(numbers.min)));
        parts.push(format!("max = {}", number(numbers.max)));
    }
    parts.extend(levels(column));
    (!parts.is_empty()).then(|| format!("{} = {{ {} }}\n", key(&column.name), parts.join(", ")))
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
fn number(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e15 {
        format!("{x:.0}")
    } else {
        format!("{x:?}")
    }
}

/// A key as TOML writes it: bare where it can be.
fn key(name: &str) -> String {
    let is_bare = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_bare { name.to_owned() } else { quoted(name) }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
