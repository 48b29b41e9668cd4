//! SQL over the tables of a project, or over files.

mod models;

use crate::file::Project;
use crate::run::Places;
use crate::{ProjectError, steps};
use ::query::source::{Local, Source};
use ::query::{Answer, Config, Engine};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use table::Table;
use table::read::Format;
use workflow::{Observer, Outcome, Store};

pub use ::query::{Parameter, tables_of};

/// Answers one SELECT over the tables of a project, their contracts applied; tables are made first if they are not known.
///
/// # Errors
/// [`ProjectError`].
pub fn of_project(project: &Project, sql: &str, observer: &dyn Observer) -> Result<Answer, ProjectError> {
    crate::run::healing(|| of_project_once(project, sql, observer))
}

fn of_project_once(project: &Project, sql: &str, observer: &dyn Observer) -> Result<Answer, ProjectError> {
    let outcome = steps::tables(project)?.run(&Store::new(&Places::of(project).cache()), observer)?;
    let mut engine = Engine::new(&Config {
        memory_bytes: project.memory_bytes,
        n_threads: project.n_threads,
        spill_folder: None,
    })?;
    engine.ask_models(models::models(Some(project)));
    for data in &project.data {
        register_of(&engine, project, &outcome, &data.name.value)?;
    }
    Ok(engine.query(sql)?)
}

/// Answers one SELECT over files known by names; `project` has the models that `predict('NAME')` may ask. Parquet is read a piece at a time; other files are read whole, and share
/// what one file may take.
///
/// # Errors
/// [`ProjectError`].
pub fn of_files(
    files: &[(String, PathBuf)],
    project: Option<&Project>,
    sql: &str,
) -> Result<Answer, ProjectError> {
    let mut engine = Engine::new(&Config::default())?;
    engine.ask_models(models::models(project));
    let mut notes = Vec::new();
    let mut options = table::read::Options::default();
    // What was fetched stays until the query is answered.
    let mut held = Vec::with_capacity(files.len());
    for (name, path) in files {
        let local = Source::of_path(path)?.fetch(&options)?;
        let found = register(&engine, name, &local, &mut options)?;
        held.push(local);
        notes.extend(told(path, found));
    }
    let mut answer = engine.query(sql)?;
    answer.notes.splice(0..0, notes);
    Ok(answer)
}

/// Answers one SELECT over tables in memory, files, and those tables of a project that the query names besides; `$name`
/// stands for the parameter of that name.
///
/// # Errors
/// [`ProjectError`].
pub fn of_tables(
    tables: &[(String, Given)],
    project: Option<(&Project, &dyn Observer)>,
    sql: &str,
    parameters: &BTreeMap<String, Parameter>,
) -> Result<Answer, ProjectError> {
    let mut engine = Engine::new(&Config::default())?;
    engine.ask_models(models::models(project.map(|(project, _)| project)));
    let mut options = table::read::Options::default();
    let mut notes = Vec::new();
    // What was fetched stays until the query is answered.
    let mut held = Vec::with_capacity(tables.len());
    for (name, given) in tables {
        match given {
            Given::Table(table) => engine.register(name, table)?,
            Given::File(path) => {
                let local = Source::of_path(path)?.fetch(&options)?;
                let found = register(&engine, name, &local, &mut options)?;
                held.push(local);
                notes.extend(told(path, found));
            }
        }
    }
    if let Some((project, observer)) = project {
        let given = |name: &str| tables.iter().any(|(given, _)| given == name);
        let asked = ::query::tables_of(sql);
        let is_asked = |name: &str| asked.iter().any(|asked| asked == name) && !given(name);
        crate::run::healing(|| register_project(&engine, project, observer, &is_asked))?;
    }
    let mut answer = engine.query_with(sql, parameters)?;
    answer.notes.splice(0..0, notes);
    Ok(answer)
}

/// Sentences about a file or source, by its name.
fn told(path: &Path, found: Vec<String>) -> impl Iterator<Item = String> {
    let title = crate::sources::title(path);
    found.into_iter().map(move |found| format!("`{title}`: {found}"))
}

/// A table that a caller of [`of_tables`] has.
#[derive(Clone, Debug)]
pub enum Given {
    /// Rows in memory.
    Table(Table),
    /// A file.
    File(PathBuf),
}

/// Makes those tables of a project known that are asked for, their contracts applied.
fn register_project(
    engine: &Engine,
    project: &Project,
    observer: &dyn Observer,
    is_asked: &dyn Fn(&str) -> bool,
) -> Result<(), ProjectError> {
    let asked: Vec<&str> = project.data.iter().map(|data| data.name.value.as_str()).collect();
    if !asked.iter().any(|name| is_asked(name)) {
        return Ok(());
    }
    let outcome = steps::tables(project)?.run(&Store::new(&Places::of(project).cache()), observer)?;
    let asked = asked.into_iter().filter(|name| is_asked(name));
    asked
        .into_iter()
        .try_for_each(|name| register_of(engine, project, &outcome, name))
}

/// Makes a table of a project known, with what it declares of its times.
fn register_of(
    engine: &Engine,
    project: &Project,
    outcome: &Outcome,
    name: &str,
) -> Result<(), ProjectError> {
    let table = steps::read_outcome_table(outcome, &steps::table_step(project, name))?;
    engine.register(name, &table)?;
    let step = format!("table {name}");
    let moments = outcome.read(&step, crate::moments::PART)?;
    Ok(engine.declare(name, &crate::moments::from_bytes(&moments, &step)?)?)
}

/// Makes a file known, and gives a sentence for each thing that was repaired or left out.
fn register(
    engine: &Engine,
    name: &str,
    local: &Local,
    options: &mut table::read::Options,
) -> Result<Vec<String>, ProjectError> {
    let path = local.path();
    let is_packed = path
        .extension()
        .is_some_and(|ending| ending == "gz" || ending == "zst");
    let mut notes = local.notes();
    if Format::of(path)? == Format::Parquet && path.is_file() && !is_packed {
        notes.extend(engine.register_parquet(name, path)?);
        return Ok(notes);
    }
    let read = local.open(options)?;
    engine.register(name, &read.table)?;
    let n_bytes = read.table.batch().get_array_memory_size() as u64;
    options.max_bytes = options.max_bytes.saturating_sub(n_bytes);
    for complaint in read.complaints.iter().map(ToString::to_string) {
        if !notes.contains(&complaint) {
            notes.push(complaint);
        }
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_repaired_on_the_way_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let shop = folder.path().join("shop.db");
        std::fs::write(&shop, include_bytes!("../../tests/data/odd.db")).unwrap();
        let rows = folder.path().join("rows.csv");
        std::fs::write(&rows, "a,b\n1,2\n3,4,5\n6,7\n").unwrap();
        let given = [
            (
                "s".to_owned(),
                PathBuf::from(format!("sqlite:///{}?table=orders", shop.display())),
            ),
            ("r".to_owned(), rows.clone()),
        ];
        let sql = "SELECT s.odd, r.a FROM s JOIN r ON s.id = r.a";
        let tables: Vec<(String, Given)> = given
            .iter()
            .map(|(name, path)| (name.clone(), Given::File(path.clone())))
            .collect();
        for notes in [
            of_files(&given, None, sql).unwrap().notes,
            of_tables(&tables, None, sql, &BTreeMap::new()).unwrap().notes,
        ] {
            let told = |of: &str, found: &str| {
                let is_it = |note: &String| note.starts_with(&format!("`{of}`: ")) && note.contains(found);
                assert!(notes.iter().any(is_it), "{found}: {notes:?}");
            };
            told("orders", "1 texts among 1 numbers");
            told("rows.csv", "");
        }
    }
}
