//! What is to be made of which file.

use super::inputs::{Input, find};
use super::size::weight;
use super::{Job, places};
use crate::ProjectError;

/// A file and the name of its output.
pub(super) struct Task {
    pub(super) input: Input,
    pub(super) out: String,
    pub(super) n_bytes: u64,
    /// About what is held of it at a time, in bytes.
    pub(super) weight: u64,
}

impl Task {
    /// Where its file is, links resolved.
    pub(super) fn place(&self) -> String {
        let path = &self.input.path;
        let resolved = path.canonicalize().unwrap_or_else(|_| path.clone());
        resolved.to_string_lossy().into_owned()
    }
}

pub(super) fn tasks(job: &Job<'_>) -> Result<Vec<Task>, ProjectError> {
    let task = |input: Input| {
        let n_bytes = std::fs::metadata(&input.path).map_or(0, |found| found.len());
        Task {
            out: output_name(&input.name, job.format.as_deref()),
            n_bytes,
            weight: weight(&input.path, n_bytes),
            input,
        }
    };
    let mut tasks: Vec<Task> = find(&job.inputs, &job.out)?.into_iter().map(task).collect();
    tasks.sort_by(|a, b| a.out.cmp(&b.out));
    places::check(&job.out, &tasks)?;
    Ok(tasks)
}

/// `a/b.csv.gz` as it is, or with the ending that was asked for in place of its own.
fn output_name(input: &str, format: Option<&str>) -> String {
    let (folder, file) = input
        .rsplit_once('/')
        .map_or(("", input), |(folder, file)| (folder, file));
    let unpacked = file
        .strip_suffix(".gz")
        .or_else(|| file.strip_suffix(".zst"))
        .unwrap_or(file);
    let (stem, ending) = unpacked.rsplit_once('.').unwrap_or((unpacked, ""));
    let is_workbook = ["xlsx", "xlsm"].contains(&ending.to_lowercase().as_str());
    let file = match format {
        Some(format) => format!("{stem}.{format}"),
        None if is_workbook => format!("{stem}.csv"),
        None => file.to_owned(),
    };
    if folder.is_empty() {
        file
    } else {
        format!("{folder}/{file}")
    }
}

#[cfg(test)]
mod tests {
    use super::output_name;

    #[test]
    fn outputs_are_named_after_their_inputs() {
        assert_eq!(output_name("a/b.csv.gz", None), "a/b.csv.gz");
        assert_eq!(output_name("a/b.CSV.zst", Some("parquet")), "a/b.parquet");
        assert_eq!(output_name("b.xlsx", None), "b.csv");
        assert_eq!(output_name("v1.2/b.jsonl", Some("arrow")), "v1.2/b.arrow");
    }
}
