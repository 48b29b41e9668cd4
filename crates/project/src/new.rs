//! A first project file around a data file.

use crate::ProjectError;
use crate::file::{self, Overrides};
use crate::lineage::Lineage;
use crate::train::Lesson;
use profile::Options;
use std::path::{Component, Path, PathBuf};
use table::file::write_atomic;
use table::{Kind, Table};

/// Writes a project file into `folder` for the data at `data`; `target` is the column to predict.
///
/// # Errors
/// [`ProjectError`]: the data cannot be read, there is no such column, it cannot be predicted, or a project file is there
/// already.
pub fn new_project(data: &Path, target: Option<&str>, folder: &Path) -> Result<PathBuf, ProjectError> {
    let path = folder.join("spanwise.toml");
    if path.exists() {
        return Err(ProjectError::data(
            format!("the folder `{}`", folder.display()),
            "a `spanwise.toml`",
            "none",
        ));
    }
    let table = crate::sources::open(data, &table::read::Options::default())?.table;
    if let Some(target) = target {
        table.column(target)?;
    }
    let text = project_text(&table, &beside(data, folder), &table_name(data), target)?;
    check(&path, &text, &table)?;
    write_atomic(&path, text.as_bytes())?;
    Ok(path)
}

/// Refuses a project that a run would refuse because of its target.
fn check(path: &Path, text: &str, table: &Table) -> Result<(), ProjectError> {
    let project = file::parse(path, text, &Overrides::default(), &|_| None)?;
    for section in &project.models {
        if let Err(ProjectError::File(problems)) = Lesson::new(&project, section, &Lineage::default(), table)
            && let Some(problem) = problems.list.into_iter().next()
        {
            return Err(ProjectError::Target {
                target: section
                    .target
                    .as_ref()
                    .map(|column| column.value.clone())
                    .unwrap_or_default(),
                found: problem.found,
                expected: problem.expected,
            });
        }
    }
    Ok(())
}

/// How a project file in `folder` names a data file: one beside it as such, so that the folder can be moved. A URI stays
/// what it is, but for a password, which belongs into the environment.
#[must_use]
pub fn beside(data: &Path, folder: &Path) -> String {
    let text = data.display().to_string();
    if text.contains("://") || text.starts_with("sqlite:") {
        let has_password = text
            .split_once("://")
            .is_some_and(|(_, rest)| rest.contains('@') && rest.contains(':'));
        return if has_password {
            crate::sources::title(data)
        } else {
            text
        };
    }
    let absolute = |path: &Path| {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        absolute
            .components()
            .filter(|part| *part != Component::CurDir)
            .collect::<PathBuf>()
    };
    let source = match absolute(data).strip_prefix(absolute(folder)) {
        Ok(beside) => beside.to_owned(),
        Err(_) => absolute(data),
    };
    source.display().to_string()
}

/// The name of the table in a data file: its stem, with `_` for what is neither letter nor digit.
#[must_use]
pub fn table_name(data: &Path) -> String {
    let stem = crate::sources::stem(data);
    // `a.csv.gz` is about `a`
    let stem = stem.strip_suffix(".csv").unwrap_or(&stem);
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    match stem.chars().map(plain).collect::<String>() {
        name if name.is_empty() => "table".to_owned(),
        name => name,
    }
}

fn project_text(
    table: &Table,
    source: &str,
    name: &str,
    target: Option<&str>,
) -> Result<String, ProjectError> {
    let options = Options {
        target: target.map(str::to_owned),
        ..Options::default()
    };
    let profile = profile::profile(table, &options)?;
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut text = format!(
        "[project]\nname = {}\nseed = 7\n\n[data.{name}]\nsource = {}\n",
        quoted(name),
        quoted(source)
    );
    let key = profile
        .columns
        .iter()
        .find(|column| column.meaning == profile::Meaning::Identifier && column.n_missing == 0);
    if let Some(key) = key {
        text.push_str(&format!("key = {}\n", quoted(&key.name)));
    }
    let Some(target) = target else { return Ok(text) };
    let names_rows = |column: &&profile::ColumnProfile| {
        column.name == target && column.meaning == profile::Meaning::Identifier
    };
    if let Some(column) = profile.columns.iter().find(names_rows) {
        return Err(ProjectError::Target {
            target: target.to_owned(),
            found: format!(
                "a column that names rows ({} in {} rows)",
                column.distinct.value.round(),
                column.n
            ),
            expected: "a number or a class to predict".to_owned(),
        });
    }
    text.push_str(&format!("\n[model.{name}]\ntarget = {}\n", quoted(target)));
    let strongest = profile.columns.iter().filter(|column| {
        column.name != target
            && column.meaning.has_levels(column.kind)
            && crate::question::has_groups(table, &column.name)
    });
    let strongest = strongest.max_by(|a, b| strength(a).total_cmp(&strength(b)));
    if let (Some(column), true) = (strongest, table.kind(target) != Some(Kind::Number)) {
        text.push_str(&format!(
            "\n[question.first]\noutcome = {}\nby = {}\n",
            quoted(target),
            quoted(&column.name)
        ));
    }
    text.push_str(&format!("\n[report.{name}]\ntitle = {}\n\n[service.{name}]\nmodel = \"{name}@champion\"\n\n[monitor.{name}]\nmodel = \"{name}@champion\"\n", quoted(&format!("What drives {target}"))));
    Ok(text)
}

fn strength(column: &profile::ColumnProfile) -> f64 {
    column
        .association
        .as_ref()
        .map_or(0.0, |association| association.estimate.value.abs())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_target_that_a_run_would_refuse_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let rows: String = (0..200)
            .map(|i| {
                format!(
                    "K{i:04},20{:02}-01-{:02},same,note {i} of {},{}\n",
                    10 + i % 9,
                    1 + i % 28,
                    i * 7 % 11,
                    ["yes", "no"][i % 2]
                )
            })
            .collect();
        let data = folder.path().join("rows.csv");
        std::fs::write(&data, format!("id,day,one,note,y\n{rows}")).unwrap();
        for target in ["id", "day", "one", "note"] {
            let error = new_project(&data, Some(target), folder.path()).unwrap_err();
            assert!(
                matches!(&error, ProjectError::Target { target: found, .. } if found == target),
                "{error}"
            );
            assert!(!folder.path().join("spanwise.toml").exists());
        }
        new_project(&data, Some("y"), folder.path()).unwrap();
    }
}
