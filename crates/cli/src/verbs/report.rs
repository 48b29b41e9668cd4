//! `spanwise report`

use super::{ProjectArguments, refuse_over};
use crate::exit::End;
use crate::print::{Shell, Usage};
use anyhow::{Context, Error};
use project::file::Project;
use project::stories::{self, Against, Comparison, Stamp};
use project::{RunRecord, paper};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Issues told of each story, the newest ones; `--json` prints all.
const TOLD: usize = 8;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A story of the project, or a page that Spanwise wrote (`.html`); all stories if none is named.
    #[arg(value_name = "STORY|PAGE")]
    name: Option<String>,
    /// Say what changed since another issue: its number, or `last` for the one before. The older of the two is `then`.
    #[arg(long, value_name = "ISSUE")]
    against: Option<String>,
    /// The other issue of the two; the newest if not said.
    #[arg(long, requires = "against")]
    issue: Option<u64>,
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
    if let Some(page) = arguments.name.as_ref().filter(|name| name.ends_with(".html")) {
        if !arguments.pdf || arguments.against.is_some() {
            let found = if arguments.pdf {
                "`--against`"
            } else {
                "no `--pdf`"
            };
            return Err(Usage(format!(
                "`{page}`: found {found}, expected `--pdf` alone with a page"
            ))
            .into());
        }
        let path = PathBuf::from(page);
        return tell(
            &[Page {
                name: page.clone(),
                path,
            }],
            arguments,
            shell,
        );
    }
    let project = arguments.project.load()?;
    let names = stories::named(&project, arguments.name.as_deref())?;
    let record = super::run::run_project(&project, shell)?;
    match (&arguments.against, arguments.pdf) {
        (Some(against), _) => compare(&project, &names, Against::from_text(against)?, arguments, shell),
        (None, true) => tell(&pages(&names, &record), arguments, shell),
        (None, false) => list(&project, &pages(&names, &record), shell),
    }
}

fn pages(names: &[String], record: &RunRecord) -> Vec<Page> {
    let page = |name: &String| {
        Some(Page {
            name: name.clone(),
            path: record.stories.get(name)?.clone(),
        })
    };
    names.iter().filter_map(page).collect()
}

/// Prints pages to PDF and says where they are.
fn tell(pages: &[Page], arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    one_for_out(pages.len(), arguments)?;
    let print = |page: &Page| print(&page.path, arguments.out.as_deref());
    let written = pages.iter().map(print).collect::<Result<Vec<PathBuf>, Error>>()?;
    let names = pages.iter().map(|page| &page.name);
    if shell.json {
        shell.object(&names.zip(&written).collect::<BTreeMap<_, _>>())?;
        return Ok(End::Done);
    }
    for (name, path) in names.zip(&written) {
        shell.line(&format!("{name}  {}", path.display()))?;
    }
    Ok(End::Done)
}

fn one_for_out(n_pages: usize, arguments: &Arguments) -> Result<(), Usage> {
    match (&arguments.out, n_pages) {
        (None, _) | (_, 1) => Ok(()),
        (Some(_), found) => Err(Usage(format!(
            "`--out` names one file: found {found} pages, expected one"
        ))),
    }
}

fn print(page: &Path, out: Option<&Path>) -> Result<PathBuf, Error> {
    let pdf = out.map_or_else(|| paper::beside(page), Path::to_path_buf);
    refuse_over(&pdf, [page])?;
    refuse_other(&pdf)?;
    paper::print(page, &pdf)?;
    Ok(pdf)
}

/// A page or PDF may be written anew; nothing else is written over.
fn refuse_other(path: &Path) -> Result<(), Usage> {
    let mut start = Vec::new();
    let there = std::fs::File::open(path).map(|file| file.take(16).read_to_end(&mut start));
    let is_ours = start.starts_with(b"<!DOCTYPE html>") || start.starts_with(b"%PDF-");
    match there.is_err() || is_ours || start.is_empty() {
        true => Ok(()),
        false => Err(Usage(format!(
            "`{}` is there and neither a page nor a PDF; expected another file for `--out`",
            path.display()
        ))),
    }
}

/// Where the stories are, and their issues.
fn list(project: &Project, pages: &[Page], shell: &Shell) -> Result<End, Error> {
    let mut listed = Vec::new();
    for page in pages {
        listed.push((page, stories::issues(project, &page.name)?));
    }
    if shell.json {
        let entry = |(page, issues): &(&Page, Vec<Stamp>)| {
            let about = serde_json::json!({ "page": page.path, "issues": issues });
            (page.name.clone(), about)
        };
        shell.object(&listed.iter().map(entry).collect::<BTreeMap<_, _>>())?;
        return Ok(End::Done);
    }
    for (page, issues) in &listed {
        shell.line(&format!("{}  {}", page.name, page.path.display()))?;
        let rows = issues.iter().rev().take(TOLD).map(|stamp| {
            vec![
                format!("  issue {}", stamp.issue),
                stamp.time(),
                stamp.hash.chars().take(12).collect(),
            ]
        });
        super::say(shell, &rows.collect::<Vec<_>>())?;
    }
    Ok(End::Done)
}

/// Says what changed in stories and writes a page for each.
fn compare(
    project: &Project,
    names: &[String],
    against: Against,
    arguments: &Arguments,
    shell: &Shell,
) -> Result<End, Error> {
    one_for_out(names.len(), arguments)?;
    let mut found = Vec::new();
    for name in names {
        let comparison = stories::compare(project, name, arguments.issue, against)?;
        let path = write(project, &comparison, arguments)?;
        found.push((comparison, path));
    }
    if shell.json {
        let by_name = found
            .iter()
            .map(|(comparison, _)| (&comparison.story, comparison));
        shell.object(&by_name.collect::<BTreeMap<_, _>>())?;
        return Ok(End::Done);
    }
    for (comparison, path) in &found {
        text(comparison, shell)?;
        shell.note(&format!("page: {}", path.display()));
    }
    Ok(End::Done)
}

/// The page of a comparison, as PDF where that is asked for.
fn write(project: &Project, comparison: &Comparison, arguments: &Arguments) -> Result<PathBuf, Error> {
    let page = stories::page(comparison);
    let default = stories::page_path(project, &comparison.story);
    let default = if arguments.pdf {
        paper::beside(&default)
    } else {
        default
    };
    let path = arguments.out.clone().unwrap_or(default);
    refuse_other(&path)?;
    let bytes = match arguments.pdf {
        true => paper::print_bytes(page.as_bytes(), &comparison.story)?,
        false => page.into_bytes(),
    };
    table::file::write_atomic(&path, &bytes).with_context(|| format!("the page `{}`", path.display()))?;
    Ok(path)
}

fn text(comparison: &Comparison, shell: &Shell) -> Result<(), Error> {
    let (before, after) = (&comparison.before, &comparison.after);
    shell.line(&format!(
        "{}: issue {} ({}) against issue {} ({})",
        comparison.story,
        after.issue,
        after.time(),
        before.issue,
        before.time()
    ))?;
    shell.line(&comparison.sentence)?;
    for part in &comparison.changes.parts {
        shell.line(&format!("\n{}", part.question))?;
        for (before, after) in &part.sentences {
            let sides = [("-", before), ("+", after)];
            for (sign, sentence) in sides
                .iter()
                .filter_map(|(sign, text)| Some((sign, text.as_ref()?)))
            {
                shell.line(&format!("  {sign} {sentence}"))?;
            }
        }
        part.pictures
            .iter()
            .try_for_each(|picture| shell.line(&format!("  chart: {}", picture.title)))?;
    }
    if comparison.changes.facts.is_empty() {
        return Ok(());
    }
    shell.line("\nnumbers that changed")?;
    let rows = comparison.changes.facts.iter().map(|fact| {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        vec![
            format!("  {}", fact.name),
            or_none(&fact.before),
            or_none(&fact.after),
            fact.change.clone().unwrap_or_default(),
            data(&fact.data_before, &fact.data_after),
        ]
    });
    super::say(shell, &rows.collect::<Vec<_>>())
}

/// The data behind a number, then and now.
fn data(before: &str, after: &str) -> String {
    match (before.is_empty(), after.is_empty()) {
        (true, _) => format!("data {after}"),
        (_, true) => format!("data {before} before"),
        _ if before == after => format!("the same data {after}"),
        _ => format!("data {before} → {after}"),
    }
}
