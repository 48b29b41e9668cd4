//! `spanwise run`

use super::{ProjectArguments, say};
use crate::exit::End;
use crate::print::Shell;
use crate::progress::Progress;
use anyhow::Error;
use project::file::Project;
use project::{RunRecord, SystemClock};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let project = arguments.project.load()?;
    let record = run_project(&project, shell)?;
    report(&record, shell)?;
    Ok(End::Done)
}

pub(crate) fn run_project(project: &Project, shell: &Shell) -> Result<RunRecord, Error> {
    let progress = Progress::new(shell);
    Ok(project::run(project, &progress, &SystemClock)?)
}

/// The record as JSON or as text.
pub(crate) fn report(record: &RunRecord, shell: &Shell) -> Result<(), Error> {
    for (name, table) in &record.tables {
        for complaint in &table.source.complaints {
            shell.warning(&format!("table `{name}`: {}", complaint.sentence));
        }
        table
            .source
            .notes
            .iter()
            .for_each(|note| shell.note(&format!("table `{name}`: {note}")));
        for breach in table.contract.iter().flat_map(|contract| &contract.breaches) {
            let first = breach.rows.first().copied().unwrap_or_default();
            shell.warning(&format!(
                "table `{name}`: {} rows {}: column `{}` breaks {} (first: row {first})",
                breach.n_rows, breach.action, breach.column, breach.rule
            ));
        }
        if let Some(path) = &table.quarantine {
            shell.note(&format!(
                "table `{name}`: broken rows and reasons in {}",
                path.display()
            ));
        }
    }
    record
        .notes
        .iter()
        .for_each(|note| shell.note(&format!("hint: {note}")));
    if shell.json {
        return shell.object(record);
    }
    text(record, shell)
}

fn text(record: &RunRecord, shell: &Shell) -> Result<(), Error> {
    if record.fresh.is_empty() {
        shell.line(&format!(
            "nothing to do: all {} steps are known",
            record.cached.len()
        ))?;
    }
    for question in &record.questions {
        shell.line(&format!(
            "question {}: {}",
            question.name,
            project::answer_sentence(question)
        ))?;
    }
    for change in &record.changes {
        shell.line(&format!("why {}: {}", change.name, project::why::answer(change)))?;
    }
    for (name, model) in &record.models {
        shell.line(&format!("\nmodel {name}: {} by {}", model.trainer, model.method))?;
        if let Some(search) = &model.search {
            shell.line(&format!("  {}", search.sentence()))?;
        }
        let rows: Vec<Vec<String>> = model
            .metrics
            .iter()
            .map(|(metric, interval)| {
                vec![
                    format!("  {metric}"),
                    format!("{:.4}", interval.value),
                    format!("[{:.4}, {:.4}]", interval.low, interval.high),
                ]
            })
            .collect();
        say(shell, &rows)?;
        let champion = if model.bundle.champion { ", champion" } else { "" };
        shell.line(&format!(
            "  bundle {} (version {}{champion}, {})",
            model.bundle.path.display(),
            model.bundle.version,
            &model.bundle.hash[..12]
        ))?;
        if !model.bundle.champion {
            shell.note(&format!("hint: another version is the champion; compare, then `spanwise promote {name}@{} --why \"...\"`", model.bundle.version));
        }
    }
    if !record.findings.is_empty() {
        shell.line("\nwhat stands out")?;
        record
            .findings
            .iter()
            .take(8)
            .try_for_each(|finding| shell.line(&format!("  {}", finding.sentence)))?;
    }
    record.stories.iter().try_for_each(|(name, path)| {
        shell.line(&format!("\nstory {}{}", path.display(), issue(record, name)))
    })
}

/// Which issue a story is, from the second on, and how to see what changed.
fn issue(record: &RunRecord, story: &str) -> String {
    match record.issues.get(story) {
        Some(issue @ 2..) => {
            format!(" (issue {issue}; what changed: `spanwise report {story} --against last`)")
        }
        _ => String::new(),
    }
}
