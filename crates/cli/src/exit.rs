//! The one place that chooses exit codes.
//!
//! 0 done · 1 our bug or an unknown failure · 2 the command line, the project file or a name in the registry ·
//! 3 the data or a bundle · 4 the machine: files, memory, ports · 5 a monitor's alarm, or an
//! experiment or an audit log that cannot be trusted · 130 interrupted.

use crate::print::Shell;
use anyhow::Error;
use project::ProjectError;
use std::io::ErrorKind;
use std::process::ExitCode;

/// What a verb may end with besides an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All is well.
    Done,
    /// A monitor, an experiment or a check of an audit log found a reason to look.
    Alarm,
    /// Some of the data were refused, and named; the rest is done.
    Partly,
}

/// What the parser of the command line found; with `--json`, errors are an object as well.
pub(crate) fn usage(error: &clap::Error, shell: &Shell) -> ExitCode {
    // Writing to a closed pipe is no failure of ours.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    shell.refusal(first.trim_start_matches("error: "), 2);
    ExitCode::from(2)
}

pub(crate) fn code(result: Result<End, Error>, shell: &Shell) -> ExitCode {
    match result {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Alarm) => ExitCode::from(5),
        Ok(End::Partly) => ExitCode::from(3),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let code = classify(&error);
            shell.error(&error, code);
            ExitCode::from(code)
        }
    }
}

fn is_broken_pipe(error: &Error) -> bool {
    let io = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| io.kind() == ErrorKind::BrokenPipe)
}

fn classify(error: &Error) -> u8 {
    error.chain().find_map(of_cause).unwrap_or(1)
}

fn of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if let Some(error) = cause.downcast_ref::<ProjectError>() {
        return of_project(error);
    }
    if let Some(error) = cause.downcast_ref::<table::TableError>() {
        return Some(of_table(error));
    }
    if let Some(error) = cause.downcast_ref::<query::QueryError>() {
        return Some(of_query(error));
    }
    if let Some(error) = cause.downcast_ref::<bundle::BundleError>() {
        return Some(of_bundle(error));
    }
    if let Some(error) = cause.downcast_ref::<serve::ServeError>() {
        return Some(of_serve(error));
    }
    if let Some(error) = cause.downcast_ref::<registry::RegistryError>() {
        return Some(of_registry(error));
    }
    if cause.is::<std::io::Error>() {
        return Some(4);
    }
    if cause.is::<monitor::MonitorError>() || cause.is::<profile::ProfileError>() {
        return Some(3);
    }
    cause.is::<crate::print::Usage>().then_some(2)
}

fn of_project(error: &ProjectError) -> Option<u8> {
    match error {
        ProjectError::File(_)
        | ProjectError::NoSuchData { .. }
        | ProjectError::NoLogFolder { .. }
        | ProjectError::Unfit { .. }
        | ProjectError::NoSuchSection { .. }
        | ProjectError::NoPlan { .. }
        | ProjectError::PlanChanged { .. }
        | ProjectError::Target { .. } => Some(2),
        ProjectError::Interrupted { .. } | ProjectError::Stopped => Some(130),
        ProjectError::Unfinished { source, .. } => of_project(source),
        ProjectError::Table(error) => Some(of_table(error)),
        ProjectError::Query(error) => Some(of_query(error)),
        ProjectError::Bundle(error) => Some(of_bundle(error)),
        ProjectError::Step { source, .. } => {
            let mut source: Option<&(dyn std::error::Error + 'static)> = Some(source.as_ref());
            while let Some(cause) = source {
                if let Some(code) = of_cause(cause) {
                    return Some(code);
                }
                source = cause.source();
            }
            Some(3)
        }
        ProjectError::Registry(error) => Some(of_registry(error)),
        ProjectError::Serve(error) => Some(of_serve(error)),
        ProjectError::Store(_) | ProjectError::Damaged { .. } | ProjectError::Paper { .. } => Some(4),
        _ => Some(3),
    }
}

fn of_registry(error: &registry::RegistryError) -> u8 {
    use registry::RegistryError;
    match error {
        RegistryError::NoModel { .. }
        | RegistryError::NoVersion { .. }
        | RegistryError::NoIssue { .. }
        | RegistryError::NothingBefore { .. }
        | RegistryError::Name { .. }
        | RegistryError::NoReason { .. } => 2,
        RegistryError::Table(error) => of_table(error),
        RegistryError::Database { .. } => 4,
        // The ledger or a bundle is not what was written.
        _ => 3,
    }
}

fn of_serve(error: &serve::ServeError) -> u8 {
    use serve::ServeError;
    match error {
        ServeError::NoModels
        | ServeError::NoContainerModel { .. }
        | ServeError::Role { .. }
        | ServeError::SameModel { .. }
        | ServeError::NoKeys { .. }
        | ServeError::NoTaker
        | ServeError::Otlp { .. }
        | ServeError::Sample { .. }
        | ServeError::Mask { .. }
        | ServeError::Limit { .. } => 2,
        ServeError::Keys { .. } | ServeError::Tls { .. } => 3,
        ServeError::Bundle { source, .. } => of_bundle(source),
        ServeError::Log { source, .. } => of_table(source),
        _ => 4,
    }
}

fn of_table(error: &table::TableError) -> u8 {
    match error {
        table::TableError::File { .. } => 4,
        table::TableError::UnknownFormat { .. } | table::TableError::Option { .. } => 2,
        _ => 3,
    }
}

fn of_query(error: &query::QueryError) -> u8 {
    match error {
        query::QueryError::Memory { .. } | query::QueryError::Start { .. } => 4,
        query::QueryError::Plan { .. } | query::QueryError::NotRepeatable { .. } => 2,
        query::QueryError::Table(error) => of_table(error),
        _ => 3,
    }
}

fn of_bundle(error: &bundle::BundleError) -> u8 {
    match error {
        bundle::BundleError::Table(error) => of_table(error),
        bundle::BundleError::Threads { .. } => 4,
        _ => 3,
    }
}
