//! `spanwise guard`

use super::say;
use super::serve::service;
use crate::exit::End;
use crate::print::Shell;
use anyhow::Error;
use project::SystemClock;
use project::file::{Overrides, Service, load};
use project::guarding::{self, GuardRecord, RailRecord, Verdict};
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A service of the project with a guard; the only service if left out.
    service: Option<String>,
    /// Do what is decided: make the challenger champion, or take its requests away.
    #[arg(long)]
    act: bool,
    /// The project's folder or file.
    #[arg(default_value = ".", long = "project", short = 'p')]
    project: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let project = load(&arguments.project, &Overrides::default())?;
    let service = service(&project, arguments.service.as_deref())?;
    let (record, is_done) = guarding::state(&project, service, arguments.act, &SystemClock)?;
    if let Some(difference) = difference(&record, service) {
        shell.note(&difference);
    }
    if shell.json {
        let mut object = serde_json::to_value(&record)?;
        object["is_done"] = is_done.into();
        shell.object(&object)?;
    } else {
        text(&record, is_done, shell)?;
    }
    let is_alarm = matches!(record.verdict, Verdict::Rollback | Verdict::Mistrust);
    Ok(if is_alarm { End::Alarm } else { End::Done })
}

/// What the service was started with, where its section says something else.
fn difference(record: &GuardRecord, service: &Service) -> Option<String> {
    let own = service.challenger.as_ref()?.value.as_str();
    let (name, share) = (record.names[1].as_str(), record.share.expected);
    let differs = name != own || share != service.share;
    differs.then(|| {
        format!(
            "compared is `{name}` with a share of {share}, as the service was started last; `[service.{}]` says `{own}` with {}",
            service.name.value, service.share
        )
    })
}

fn text(record: &GuardRecord, is_done: bool, shell: &Shell) -> Result<(), Error> {
    let [champion, challenger] = record
        .versions
        .each_ref()
        .map(|version| format!("version {version}"));
    let head = [
        "guardrail",
        champion.as_str(),
        challenger.as_str(),
        "difference",
        "low",
        "high",
        "limit",
        "verdict",
        "to come",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(record.guardrails.iter().map(row));
    say(shell, &rows)?;
    let word = match record.verdict {
        Verdict::Promote => "promote",
        Verdict::Rollback => "rollback",
        Verdict::Wait => "wait",
        Verdict::Mistrust => "mistrust",
    };
    let done = if is_done { " (done)" } else { "" };
    shell.line(&format!("{word}{done}: {}", record.sentence))
}

fn row(rail: &RailRecord) -> Vec<String> {
    let show = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.5}"));
    vec![
        rail.name.to_owned(),
        show(rail.champion),
        show(rail.challenger),
        show(rail.difference),
        show(rail.low),
        show(rail.high),
        rail.limit.to_string(),
        rail.verdict.to_owned(),
        rail.requests_to_come.map_or("-".to_owned(), |n| n.to_string()),
    ]
}
