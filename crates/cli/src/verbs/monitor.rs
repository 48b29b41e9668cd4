//! `spanwise monitor`

use super::say;
use crate::exit::End;
use crate::print::{Shell, Usage};
use anyhow::Error;
use project::SystemClock;
use project::file::{Monitor, Overrides, Project, load};
use project::watching::{self, WatchRecord};
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A monitor of the project; the only one if left out.
    name: Option<String>,
    /// Compare this table instead of the log.
    #[arg(long)]
    table: Option<PathBuf>,
    /// The project's folder or file.
    #[arg(default_value = ".", long = "project", short = 'p')]
    project: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let project = load(&arguments.project, &Overrides::default())?;
    let monitor = monitor(&project, arguments.name.as_deref())?;
    let rows = match &arguments.table {
        Some(path) => {
            let read = watching::read_table(&project, monitor, path)?;
            read.complaints
                .iter()
                .for_each(|complaint| shell.warning(&complaint.to_string()));
            Some(read.table)
        }
        None => None,
    };
    let record = watching::watch(&project, monitor, rows.as_ref(), &SystemClock)?;
    if shell.json {
        shell.object(&record)?;
    } else {
        text(&record, shell)?;
    }
    Ok(if record.is_alarm() { End::Alarm } else { End::Done })
}

fn text(record: &WatchRecord, shell: &Shell) -> Result<(), Error> {
    shell.line(&format!("{}: {}", record.verdict, record.sentence))?;
    let p = |p: Option<f64>| p.map_or("-".to_owned(), report::format_p_value);
    let mut rows = vec![
        ["column", "check", "p", "corrected", "effect", "floor", "state"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(
        record
            .checks
            .iter()
            .filter(|check| check.state != "calm")
            .map(|check| {
                vec![
                    check.column.clone(),
                    format!("{}: {}", check.kind, check.method),
                    p(check.p_value),
                    p(check.p_adjusted),
                    format!("{:.3}", check.effect),
                    format!("{}", check.floor),
                    check.state.clone(),
                ]
            }),
    );
    if 1 < rows.len() {
        say(shell, &rows)?;
    }
    let n_calm = record.checks.iter().filter(|check| check.state == "calm").count();
    shell.line(&format!(
        "{n_calm} of {} checks are calm; {} rows, {} refused; page {}",
        record.checks.len(),
        record.n_rows,
        record.n_refused,
        record.page.display()
    ))
}

fn monitor<'p>(project: &'p Project, name: Option<&str>) -> Result<&'p Monitor, Error> {
    let known = || project.monitors.iter().map(|monitor| monitor.name.value.as_str());
    match (name, project.monitors.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => Err(Usage(format!(
            "found {} monitors ({}), expected the name of one",
            project.monitors.len(),
            table::quoted_list(known(), 12)
        ))
        .into()),
        (Some(name), monitors) => monitors
            .iter()
            .find(|monitor| monitor.name.value == name)
            .ok_or_else(|| {
                let hint = table::nearest(name, known())
                    .map(|name| format!("; did you mean `{name}`?"))
                    .unwrap_or_default();
                Usage(format!(
                    "no `[monitor.{name}]`, found {}{hint}",
                    table::quoted_list(known(), 12)
                ))
                .into()
            }),
    }
}
