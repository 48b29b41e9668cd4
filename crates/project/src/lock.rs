//! `spanwise.lock`: what a run decided, in words that can be compared and committed.

use crate::ProjectError;
use crate::file::Project;
use crate::run::RunRecord;
use std::fmt::Write;
use table::file::write_atomic;

/// Writes the lock beside the project file if it changed.
pub(crate) fn write(project: &Project, record: &RunRecord) -> Result<(), ProjectError> {
    let text = text(project, record);
    let path = project.root().join("spanwise.lock");
    if std::fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    Ok(write_atomic(&path, text.as_bytes())?)
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
    }
    text
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
