//! Where outputs must not lie: over what is read, over each other, over what is nobody's of these runs.

use super::task::Task;
use super::{JOURNAL, Job, QUARANTINE_ENDING};
use crate::ProjectError;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The places of a task's output and of the rows kept out.
fn names(task: &Task) -> [String; 2] {
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
