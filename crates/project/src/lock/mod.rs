//! `spanwise.lock`: what a run decided, in words that can be compared and committed.

mod read;

use crate::ProjectError;
use crate::file::Project;
use crate::run::RunRecord;
use crate::train::SearchRecord;
use std::fmt::Write;
use std::path::PathBuf;
use table::file::write_atomic;

pub(crate) use read::searches;

/// Writes the lock beside the project file if it changed.
pub(crate) fn write(project: &Project, record: &RunRecord) -> Result<(), ProjectError> {
    let text = text(project, record);
    let path = path(project);
    if std::fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    Ok(write_atomic(&path, text.as_bytes())?)
}

fn path(project: &Project) -> PathBuf {
    project.root().join("spanwise.lock")
}

/// Nothing here depends on a clock, a path or a machine.
fn text(project: &Project, record: &RunRecord) -> String {
    let mut text =
        String::from("# What the last run decided; written by Spanwise. Commit it beside spanwise.toml.\n");
    let quoted = |value: &str| serde_json::Value::from(value).to_string();
    let mut line = |key: &str, value: String| {
        writeln!(text, "{key} = {value}").expect("writing to a string cannot fail");
    };
    line("spanwise", quoted(env!("CARGO_PKG_VERSION")));
    line("seed", project.seed.to_string());
    for (name, model) in &record.models {
        line(
            &format!("\n[model.{}]\ntrainer", key(name)),
            quoted(&model.trainer),
        );
        line("folds", quoted(&model.method));
        line("bundle", quoted(&model.bundle.hash));
        if let Some(search) = &model.search {
            search_lines(name, &search.record, &mut line);
        }
    }
    text
}

/// What a search decided; `read` takes it from here.
fn search_lines(name: &str, search: &SearchRecord, line: &mut dyn FnMut(&str, String)) {
    let quoted = |value: &str| serde_json::Value::from(value).to_string();
    line(&format!("\n[model.{}.search]\nof", key(name)), quoted(&search.of));
    line("trials", search.trials.to_string());
    line("winner", search.winner.to_string());
    line("rounds", search.rounds.to_string());
    let params = search
        .params
        .iter()
        .map(|(name, number)| format!("{} = {number}", key(name)));
    line(
        "params",
        format!("{{ {} }}", params.collect::<Vec<_>>().join(", ")),
    );
    line("is_short", search.is_short.to_string());
}

/// A bare key if it can be one.
fn key(name: &str) -> String {
    let bare = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare {
        name.to_owned()
    } else {
        serde_json::Value::from(name).to_string()
    }
}
