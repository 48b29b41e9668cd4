//! Where outputs must not lie: over what is read, over each other, over what is nobody's of these runs.

use super::task::Task;
use super::{JOURNAL, Job, QUARANTINE_ENDING};
use crate::ProjectError;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use table::TableError;

/// What stands behind the name of an output of an earlier run whose file was refused since.
const STALE_ENDING: &str = ".stale";

/// The names of a task's output and of the rows kept out.
pub(super) fn names(task: &Task) -> [String; 2] {
    [task.out.clone(), format!("{}{QUARANTINE_ENDING}", task.out)]
}

/// Refuses outputs that two files would share, and such as are inputs, under whatever name.
pub(super) fn check(out: &Path, tasks: &[Task]) -> Result<(), ProjectError> {
    let mut owners: BTreeMap<String, &Task> = BTreeMap::new();
    let inputs: BTreeSet<PathBuf> = tasks
        .iter()
        .filter_map(|task| task.input.path.canonicalize().ok())
        .collect();
    for task in tasks {
        for name in names(task) {
            let is_input = |path: PathBuf| path.canonicalize().is_ok_and(|path| inputs.contains(&path));
            if is_input(out.join(&name)) {
                return Err(ProjectError::data(
                    format!("the output `{}`", out.join(&name).display()),
                    "a file that is read",
                    "another folder",
                ));
            }
            if let Some(other) = owners.insert(name.clone(), task) {
                return Err(ProjectError::data(
                    "the outputs",
                    format!(
                        "`{name}` of both `{}` and `{}`",
                        other.input.name, task.input.name
                    ),
                    "names that differ; hint: score them into two folders, or leave the format as it is",
                ));
            }
        }
    }
    Ok(())
}

/// Refuses to replace what lies in a folder that no run has written to yet, unless all is to be made anew.
pub(super) fn refuse_strangers(job: &Job<'_>, tasks: &[Task]) -> Result<(), ProjectError> {
    if job.again || job.out.join(JOURNAL).exists() {
        return Ok(());
    }
    let places = tasks.iter().flat_map(names).map(|name| job.out.join(name));
    match places.into_iter().find(|place| place.exists()) {
        None => Ok(()),
        Some(place) => Err(ProjectError::data(
            format!("the output `{}`", place.display()),
            "a file that no run has written",
            "no file there; hint: choose another folder, or `--again` replaces it",
        )),
    }
}

/// Renames the outputs of an earlier run of a file that was refused, so that nobody takes them for the scores of what it is
/// now: their new names, which nothing had.
pub(super) fn set_aside(out: &Path, task: &Task) -> Result<Vec<String>, ProjectError> {
    let aside = names(task).into_iter().map(|name| set_one_aside(out, &name));
    let aside: Vec<Option<String>> = aside.collect::<Result<_, _>>()?;
    Ok(aside.into_iter().flatten().collect())
}

/// Renames one output, if it is there: its new name.
pub(super) fn set_one_aside(out: &Path, name: &str) -> Result<Option<String>, ProjectError> {
    if !out.join(name).is_file() {
        return Ok(None);
    }
    let numbered = |number: usize| match number {
        1 => format!("{name}{STALE_ENDING}"),
        _ => format!("{name}{STALE_ENDING}-{number}"),
    };
    let mut free = (1..).map(numbered).filter(|name| !out.join(name).exists());
    let new = free.next().unwrap_or_default();
    match std::fs::rename(out.join(name), out.join(&new)) {
        Ok(()) => Ok(Some(new)),
        Err(source) => Err(ProjectError::from(TableError::File {
            action: "rename",
            path: out.join(name),
            source,
        })),
    }
}
