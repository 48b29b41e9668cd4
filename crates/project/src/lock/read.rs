//! What the lock says of searches.

use crate::ProjectError;
use crate::file::Project;
use crate::train::SearchRecord;
use learn::boost::Params;
use std::collections::BTreeMap;
use toml::{Table, Value};

/// The searches that the lock beside the project file tells of, by model; none if there is no lock.
///
/// # Errors
/// [`ProjectError::Data`] if the lock cannot be read, or a search in it is not as one is written.
pub(crate) fn searches(project: &Project) -> Result<BTreeMap<String, SearchRecord>, ProjectError> {
    let path = super::path(project);
    if !path.is_file() {
        return Ok(BTreeMap::new());
    }
    let refuse = |found: String| {
        let expected = "what Spanwise wrote; hint: take it from version control, or delete it to search anew";
        ProjectError::data(format!("`{}`", path.display()), found, expected)
    };
    let bytes = table::file::read_whole(&path, 16 << 20)?;
    let text = String::from_utf8(bytes).map_err(|_| refuse("bytes that are no text".to_owned()))?;
    let lock: Table = text
        .parse()
        .map_err(|error: toml::de::Error| refuse(error.message().to_owned()))?;
    let models = lock.get("model").and_then(Value::as_table);
    let mut searches = BTreeMap::new();
    for (name, model) in models.into_iter().flatten() {
        if let Some(search) = model.get("search") {
            let record = search.as_table().and_then(record);
            let record = record.ok_or_else(|| refuse(format!("a changed `[model.{name}.search]`")))?;
            searches.insert(name.clone(), record);
        }
    }
    Ok(searches)
}

/// A search as the lock tells it; none if a key is missing or its value cannot be.
fn record(search: &Table) -> Option<SearchRecord> {
    let count = |key: &str| u32::try_from(search.get(key)?.as_integer()?).ok();
    let params: Option<BTreeMap<String, f64>> = search
        .get("params")?
        .as_table()?
        .iter()
        .map(|(name, value)| Some((name.clone(), number(value)?)))
        .collect();
    let record = SearchRecord {
        of: search.get("of")?.as_str()?.to_owned(),
        trials: count("trials")?,
        winner: count("winner")?,
        rounds: count("rounds")?,
        params: params?,
        is_short: search.get("is_short")?.as_bool()?,
    };
    is_possible(&record).then_some(record)
}

/// Whether a training can take the parameters.
fn is_possible(record: &SearchRecord) -> bool {
    let mut params = Params::default();
    let fits = |(name, value): &(String, learn::Value)| params.set(name, value).is_ok();
    let counts = (record.trials == 0) == (record.winner == 0) && record.winner <= record.trials;
    counts && record.settings().iter().all(fits)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(integer) => Some(*integer as f64),
        Value::Float(float) => Some(*float),
        _ => None,
    }
}
