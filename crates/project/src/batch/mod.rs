//! Files and folders scored, of any size: each output appears whole, once, and is not made again.
//!
//! A journal in the folder of outputs says what was asked and what became of each file, so that a run that ended early goes on
//! where it stopped. What a file's scores are does not depend on threads, on how it was cut, or on how often the run was begun.

mod before;
mod blocks;
mod inputs;
mod journal;
mod lanes;
mod pieces;
mod places;
mod record;
mod run;
mod size;
mod task;
#[cfg(test)]
mod tests;
mod writing;

pub use blocks::{Failed, Scored, Scorer, Watching, score_blocks};
pub use inputs::{Input, find, is_pattern};
pub use journal::JOURNAL;
pub use record::{FileRecord, Identity, Kept};
pub use size::is_large;

use crate::ProjectError;
use crate::file::{Project, ScoreSection};
use journal::{Asked, Journal};
use run::Run;
use std::path::{Path, PathBuf};
use task::{Task, tasks};

/// What stands behind an output's name in that of the rows kept out.
pub const QUARANTINE_ENDING: &str = ".quarantine.csv";
/// The formats of outputs.
pub const FORMATS: [&str; 5] = ["csv", "tsv", "jsonl", "parquet", "arrow"];

/// What is to be scored into which folder.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// How rows are scored; its threads are not heeded.
    pub scorer: Scorer<'a>,
    /// Files, folders and patterns.
    pub inputs: Vec<PathBuf>,
    /// The folder of outputs.
    pub out: PathBuf,
    /// The ending of all outputs, such as `parquet`; that of each input if `None`, and `csv` for workbooks.
    pub format: Option<String>,
    /// How many threads may work; nothing depends on it.
    pub n_threads: usize,
    /// Whether what was done is made anew.
    pub again: bool,
}

/// What a run is about, told before its first file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// All files.
    pub n_files: usize,
    /// Those whose outputs were there.
    pub n_done: usize,
    /// The bytes of the others.
    pub n_bytes: u64,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoFar {
    /// Files that are done or refused, those of earlier runs too.
    pub n_files: usize,
    /// Rows written in this run.
    pub n_rows: u64,
    /// Bytes of inputs that were read in this run.
    pub n_bytes: u64,
}

/// Who watches a run.
pub trait Watch: Sync {
    /// Before the first file.
    fn planned(&self, _: &Plan) {}
    /// After some rows.
    fn seen(&self, _: &SoFar) {}
    /// A file is done, or refused.
    fn finished(&self, _: &FileRecord) {}
    /// Whether to stop.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// What came of a run: a record for each file, in the order of names.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The records.
    pub files: Vec<FileRecord>,
    /// How many of them earlier runs had done.
    pub n_done_before: usize,
}

/// Scores files into a folder, and goes on where an earlier run of the same stopped. A file that is refused is recorded as
/// such, and does not keep the others back.
///
/// # Errors
/// [`ProjectError::Data`]: nothing to score, the folder is another run's, another run writes to it, or an output there is
/// that of another file; [`ProjectError::Stopped`] before anything was made;
/// [`ProjectError::Unfinished`]: stopped, or the disk is full: what is done is kept.
pub fn score_files(job: &Job<'_>, watch: &dyn Watch) -> Result<Outcome, ProjectError> {
    let tasks = tasks(job)?;
    places::refuse_strangers(job, &tasks)?;
    let (journal, known) = Journal::open(&job.out, &asked(job)?, job.again)?;
    sweep(job, &tasks);
    let (mut done, left) = before::parted(job, watch, tasks, &known)?;
    let n_done_before = done.len();
    watch.planned(&Plan {
        n_files: n_done_before + left.len(),
        n_done: n_done_before,
        n_bytes: left.iter().map(|task| task.n_bytes).sum(),
    });
    let n_all = n_done_before + left.len();
    let (records, ended) = Run::new(job, &journal, watch, n_done_before).all(left);
    done.extend(records);
    if let Some(source) = ended {
        return Err(ProjectError::Unfinished {
            n_done: done.iter().filter(|record| record.error.is_none()).count(),
            n_files: n_all,
            source: Box::new(source),
        });
    }
    done.sort_by(|a, b| a.input.cmp(&b.input));
    Ok(Outcome {
        files: done,
        n_done_before,
    })
}

/// The section of files to be scored called `name`, its paths where the project lies.
///
/// # Errors
/// [`ProjectError::NoSuchSection`] with the nearest name.
pub fn section(project: &Project, name: &str) -> Result<ScoreSection, ProjectError> {
    let known = || project.scores.iter().map(|section| section.name.value.as_str());
    let found = project.scores.iter().find(|section| section.name.value == name);
    let found = found.ok_or_else(|| ProjectError::NoSuchSection {
        kind: "score",
        name: Some(name.to_owned()),
        found: table::quoted_list(known(), 12),
        nearest: table::nearest(name, known()).map(str::to_owned),
    })?;
    let root = project.root();
    Ok(ScoreSection {
        inputs: found.inputs.iter().map(|input| root.join(input)).collect(),
        out: root.join(&found.out),
        ..found.clone()
    })
}

/// The ending of outputs that was asked for, if one was.
///
/// # Errors
/// [`ProjectError::Data`]: no tables are written in that format.
pub fn format_of(word: Option<&str>) -> Result<Option<String>, ProjectError> {
    match word {
        Some(word) if !FORMATS.contains(&word) => {
            let nearest = table::nearest(word, FORMATS.into_iter());
            let hint = nearest.map_or(String::new(), |word| format!("; did you mean `{word}`?"));
            let expected = table::quoted_list(FORMATS.into_iter(), FORMATS.len());
            Err(ProjectError::data(
                "`format`",
                format!("`{word}`"),
                format!("one of {expected}{hint}"),
            ))
        }
        word => Ok(word.map(str::to_owned)),
    }
}

fn asked(job: &Job<'_>) -> Result<Asked, ProjectError> {
    Ok(Asked {
        journal: Asked::version(),
        bundle: job.scorer.bundle.hash().to_hex(),
        format: job.format.clone(),
        keep: job.scorer.keep.map(<[String]>::to_vec),
        reasons: job.scorer.options.n_reasons,
        interactions: job.scorer.why.n_pairs,
        background: job.scorer.why.background.map(|rows| rows.hash().to_hex()),
    })
}

/// Removes what runs that were killed left half written.
fn sweep(job: &Job<'_>, tasks: &[Task]) {
    let folder = |task: &Task| job.out.join(&task.out).parent().map(Path::to_owned);
    let mut folders: Vec<PathBuf> = tasks.iter().filter_map(folder).collect();
    folders.dedup();
    // the journal's own
    folders.push(job.out.clone());
    folders.iter().for_each(|folder| table::file::sweep(folder));
}
