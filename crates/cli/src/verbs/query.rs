//! `spanwise query`

use super::ProjectArguments;
use crate::exit::End;
use crate::print::{Shell, Usage};
use crate::progress::Progress;
use anyhow::Error;
use project::file::Project;
use std::path::PathBuf;
use table::read::Format;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A SELECT; names keep their case. `predict('churn@champion')` tells what a model says of each row, `decide(...)` what
    /// it decides; `predict('x.bundle', a, b)` names the columns.
    sql: String,
    /// A file, or what a URI names, to ask; known by its name without the ending, or as NAME=FILE; without any, the
    /// project's tables.
    #[arg(long, short = 'f', value_name = "[NAME=]FILE")]
    file: Vec<String>,
    /// Where to write the answer; the ending names the format. Standard output as CSV if left out.
    #[arg(long, short)]
    out: Option<PathBuf>,
    #[command(flatten)]
    project: ProjectArguments,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let answer = if arguments.file.is_empty() {
        let project = arguments.project.load()?;
        if let Some(out) = &arguments.out {
            super::refuse_over(out, project.data.iter().filter_map(|data| data.file()))?;
        }
        project::query::of_project(&project, &arguments.sql, &Progress::new(shell))?
    } else {
        let files: Result<Vec<(String, PathBuf)>, Usage> =
            arguments.file.iter().map(|file| named(file)).collect();
        let files = files?;
        if let Some(out) = &arguments.out {
            super::refuse_over(out, files.iter().map(|(_, file)| file.as_path()))?;
        }
        let project = models_of(arguments)?;
        project::query::of_files(&files, project.as_ref(), &arguments.sql)?
    };
    answer.notes.iter().for_each(|note| shell.note(note));
    if let Some(path) = &arguments.out {
        table::write::save(&answer.table, path)?;
    }
    match (&arguments.out, shell.json) {
        (out, true) => {
            let rows = match out {
                Some(_) => None,
                None => Some(super::rows(&answer.table)?),
            };
            shell.object(&serde_json::json!({
                "columns": answer.table.names(),
                "n_rows": answer.table.n_rows(),
                "rows": rows,
                "out": out,
                "notes": answer.notes,
            }))?;
        }
        (Some(path), false) => shell.note(&format!(
            "wrote {} rows to {}",
            answer.table.n_rows(),
            path.display()
        )),
        (None, false) => shell.bytes(&table::write::to_bytes(&answer.table, Format::Csv)?)?,
    }
    Ok(End::Done)
}

/// The project whose models the query may ask by name, if it asks any and there is one.
fn models_of(arguments: &Arguments) -> Result<Option<Project>, Error> {
    let sql = arguments.sql.to_lowercase();
    let asks = sql.contains("predict") || sql.contains("decide");
    let path = &arguments.project.path;
    let is_there = path.is_file() || path.join("spanwise.toml").is_file();
    match asks && is_there {
        true => Ok(Some(arguments.project.load()?)),
        false => Ok(None),
    }
}

fn named(file: &str) -> Result<(String, PathBuf), Usage> {
    // The parameters of a URI have such signs, too.
    if let Some((name, path)) = file.split_once('=')
        && !name.contains([':', '/', '?'])
    {
        return Ok((name.to_owned(), PathBuf::from(path)));
    }
    let path = PathBuf::from(file);
    let name = project::sources::title(&path);
    let stem = name.split('.').next().filter(|stem| !stem.is_empty());
    let stem = stem.ok_or_else(|| Usage(format!("`{file}` has no name; say NAME=FILE")))?;
    Ok((stem.to_owned(), path))
}
