//! What earlier runs left: files that are done, and outputs of other files.

use super::lanes::in_lanes;
use super::record::FileRecord;
use super::task::Task;
use super::{Job, Watch};
use crate::ProjectError;
use std::collections::BTreeMap;
use std::path::Path;

/// What earlier runs left of a task.
enum Before {
    Done(Box<FileRecord>),
    ToDo,
    /// Its output is that of the file at this place, which holds something else.
    Others(String),
}

/// The records of what is done, and what is left to do.
///
/// # Errors
/// [`ProjectError::Data`]: an output is that of another input; [`ProjectError::Stopped`].
pub(super) fn parted(
    job: &Job<'_>,
    watch: &dyn Watch,
    tasks: Vec<Task>,
    known: &BTreeMap<String, FileRecord>,
) -> Result<(Vec<FileRecord>, Vec<Task>), ProjectError> {
    let mut owners: BTreeMap<&str, Vec<&FileRecord>> = BTreeMap::new();
    for record in known.values() {
        let out = record.out.iter().map(|kept| kept.name.as_str());
        out.for_each(|name| owners.entry(name).or_default().push(record));
    }
    let goes_on = || !watch.is_stopped();
    let weightless = (u64::MAX, |_: &Task| 0);
    let before = in_lanes(job.n_threads, &tasks, weightless, |task| {
        let owners = owners.get(task.out.as_str()).map_or(&[][..], Vec::as_slice);
        before(job, task, known.get(&task.input.name), owners, &goes_on)
    });
    if !goes_on() {
        return Err(ProjectError::Stopped);
    }
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for (task, before) in tasks.into_iter().zip(before) {
        match before {
            Before::Done(record) => done.push(*record),
            Before::ToDo => left.push(task),
            Before::Others(place) => return Err(anothers(job, &task, &place)),
        }
    }
    Ok((done, left))
}

fn before(
    job: &Job<'_>,
    task: &Task,
    known: Option<&FileRecord>,
    owners: &[&FileRecord],
    goes_on: &dyn Fn() -> bool,
) -> Before {
    let input = &task.input.path;
    if let Some(record) = known.filter(|known| known.is_still(input, &job.out, &task.out, goes_on)) {
        return Before::Done(Box::new(record.clone()));
    }
    let place = task.place();
    let is_own = |owner: &&FileRecord| {
        // a place where nothing is any more is where it was before the folder moved
        owner.path.is_empty()
            || owner.path == place
            || !Path::new(&owner.path).exists()
            || owner.read.is_still(input, goes_on)
    };
    match owners.first() {
        Some(other) if job.out.join(&task.out).exists() && !owners.iter().any(is_own) => {
            Before::Others(other.path.clone())
        }
        _ => Before::ToDo,
    }
}

fn anothers(job: &Job<'_>, task: &Task, place: &str) -> ProjectError {
    ProjectError::data(
        format!("the output `{}`", job.out.join(&task.out).display()),
        format!("scores of `{place}`"),
        format!(
            "none, or those of `{}`; hint: choose another folder, or `--again` makes all anew",
            task.place()
        ),
    )
}
