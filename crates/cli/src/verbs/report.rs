//! `spanwise report`

use super::{ProjectArguments, refuse_over};
use crate::exit::End;
use crate::print::{Shell, Usage};
use anyhow::Error;
use project::paper;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A story of the project, or a page that Spanwise wrote (`.html`); all stories if none is named.
    #[arg(value_name = "STORY|PAGE")]
    name: Option<String>,
    /// Print to PDF, through the Chromium, Chrome or Edge that is here; `SPANWISE_BROWSER` may name it.
    #[arg(long)]
    pdf: bool,
    /// Where the result goes; beside the page if not said.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    project: ProjectArguments,
}

/// A page, under the name that it is told by.
struct Page {
    name: String,
    path: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let pages = pages(arguments, shell)?;
    if arguments.out.is_some() && !(arguments.pdf && pages.len() == 1) {
        let found = pages.len();
        return Err(Usage(format!(
            "`--out` names one file: found {found} pages, expected one, with `--pdf`"
        ))
        .into());
    }
    let written = pages.iter().map(|page| match arguments.pdf {
        true => print(page, arguments.out.as_deref()),
        false => Ok(page.path.clone()),
    });
    let written = written.collect::<Result<Vec<PathBuf>, Error>>()?;
    if shell.json {
        let by_name = pages.iter().map(|page| &page.name).zip(&written);
        shell.object(&by_name.collect::<std::collections::BTreeMap<_, _>>())?;
        return Ok(End::Done);
    }
    for (page, path) in pages.iter().zip(&written) {
        shell.line(&format!("{}  {}", page.name, path.display()))?;
    }
    Ok(End::Done)
}

/// The page named, or those of the project, which is run so that they are not old.
fn pages(arguments: &Arguments, shell: &Shell) -> Result<Vec<Page>, Error> {
    if let Some(name) = arguments.name.as_ref().filter(|name| name.ends_with(".html")) {
        let path = PathBuf::from(name);
        return Ok(vec![Page {
            name: name.clone(),
            path,
        }]);
    }
    let project = arguments.project.load()?;
    let names = project::stories::named(&project, arguments.name.as_deref())?;
    let mut record = super::run::run_project(&project, shell)?;
    let pages = names.into_iter().filter_map(|name| {
        let path = record.stories.remove(&name)?;
        Some(Page { name, path })
    });
    Ok(pages.collect())
}

fn print(page: &Page, out: Option<&Path>) -> Result<PathBuf, Error> {
    let pdf = out.map_or_else(|| paper::beside(&page.path), Path::to_path_buf);
    refuse_over(&pdf, [page.path.as_path()])?;
    paper::print(&page.path, &pdf)?;
    Ok(pdf)
}
