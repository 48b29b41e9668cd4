//! Refusals of a project, and the exit code that each deserves.

use crate::file::Problems;

/// A refusal while a project is read, run, scored, served or watched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// The project file is wrong.
    #[error(transparent)]
    File(#[from] Problems),
    /// A table was refused.
    #[error(transparent)]
    Table(#[from] table::TableError),
    /// A query was refused.
    #[error(transparent)]
    Query(#[from] query::QueryError),
    /// Rows could not be prepared.
    #[error(transparent)]
    Prepare(#[from] prepare::PrepareError),
    /// A bundle was refused.
    #[error(transparent)]
    Bundle(#[from] bundle::BundleError),
    /// Nothing could be learnt.
    #[error(transparent)]
    Learn(#[from] learn::LearnError),
    /// A statistic is not defined.
    #[error(transparent)]
    Stats(#[from] stats::StatsError),
    /// The data break their contract.
    #[error("table `{table}` breaks its contract: {found}")]
    Contract {
        /// The table.
        table: String,
        /// What is broken.
        found: String,
    },
    /// What is asked of the data cannot be had from them.
    #[error("{what}: found {found}, expected {expected}")]
    Data {
        /// What it is about.
        what: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A step of the workflow failed.
    #[error("{step}: {source}")]
    Step {
        /// The step.
        step: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The registry refused.
    #[error(transparent)]
    Registry(#[from] registry::RegistryError),
    /// A table could not be described.
    #[error(transparent)]
    Profile(#[from] profile::ProfileError),
    /// A change cannot be explained.
    #[error(transparent)]
    Why(profile::why::WhyError),
    /// A window could not be compared.
    #[error(transparent)]
    Monitor(#[from] monitor::MonitorError),
    /// The service could not be started.
    #[error(transparent)]
    Serve(#[from] serve::ServeError),
    /// Somebody asked to stop.
    #[error("stopped before {step} was done; finished steps are kept, run again to go on")]
    Interrupted {
        /// The step that was next, or was being done.
        step: String,
    },
    /// Somebody asked to stop.
    #[error("stopped")]
    Stopped,
    /// Scoring of files ended before all were done.
    #[error("{source}; {n_done} of {n_files} files are done and kept, run the same again to go on")]
    Unfinished {
        /// How many outputs are whole.
        n_done: usize,
        /// How many there are to be.
        n_files: usize,
        /// Why.
        source: Box<ProjectError>,
    },
    /// The command line or caller names a table that the project does not have.
    #[error("`--data {name}=...`: no `[data.{name}]`, found {found}{}", hint(nearest))]
    NoSuchData {
        /// The name.
        name: String,
        /// The names that exist.
        found: String,
        /// The nearest of them.
        nearest: Option<String>,
    },
    /// The command line or caller names a section that the project does not have.
    #[error("{}, found {found}{}", no_section(kind, name), hint(nearest))]
    NoSuchSection {
        /// What it would be, such as `experiment`.
        kind: &'static str,
        /// The name, if there is one.
        name: Option<String>,
        /// The names that exist.
        found: String,
        /// The nearest of them.
        nearest: Option<String>,
    },
    /// An experiment is to be analysed that was not planned.
    #[error(
        "experiment `{experiment}`: found no registered plan, expected one before data are read; hint: `spanwise experiment plan {experiment}`"
    )]
    NoPlan {
        /// The experiment.
        experiment: String,
    },
    /// An experiment's section is not what was registered.
    #[error(
        "experiment `{experiment}` is not what version {version} of its plan says: {found}; hint: go back to it, or register another version with `spanwise experiment plan {experiment}`"
    )]
    PlanChanged {
        /// The experiment.
        experiment: String,
        /// The version registered last.
        version: u64,
        /// The keys that differ, with their values then and now.
        found: String,
    },
    /// A new project is asked for around a column that no model can predict.
    #[error("`--target {target}`: found {found}, expected {expected}")]
    Target {
        /// The column.
        target: String,
        /// What it is.
        found: String,
        /// What would do.
        expected: String,
    },
    /// A log is asked for, and nowhere to put it.
    #[error("`--log {mode}` of a bundle file: found no folder, expected `--log-folder FOLDER`")]
    NoLogFolder {
        /// `audit` or `sampled`.
        mode: String,
    },
    /// An option would say nothing of what is served.
    #[error("`{option}`: found {found}, expected {expected}")]
    Unfit {
        /// The option, such as `--share 0.1`.
        option: String,
        /// What it is beside.
        found: String,
        /// What it needs.
        expected: String,
    },
    /// A kept result is damaged; it was forgotten, so that running again makes it anew.
    #[error("the result of `{step}` is damaged and was forgotten; run again")]
    Damaged {
        /// The step.
        step: String,
    },
    /// A page cannot be printed.
    #[error("cannot print: found {found}, expected {expected}")]
    Paper {
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// The store of results failed.
    #[error("cannot keep results: {0}")]
    Store(String),
}

impl ProjectError {
    /// What cannot be used of the data: the offender, what was found, and what was expected.
    pub fn data(
        what: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> ProjectError {
        ProjectError::Data {
            what: what.into(),
            found: found.into(),
            expected: expected.into(),
        }
    }
}

fn no_section(kind: &str, name: &Option<String>) -> String {
    match name {
        Some(name) => format!("no `[{kind}.{name}]`"),
        None => format!("several {kind}s or none and no name"),
    }
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

impl From<workflow::WorkflowError> for ProjectError {
    fn from(error: workflow::WorkflowError) -> ProjectError {
        match error {
            workflow::WorkflowError::Step { step, source } => match source.downcast::<ProjectError>() {
                // What names its place itself needs no step in front.
                Ok(inner) => match *inner {
                    told @ (ProjectError::File(_) | ProjectError::Interrupted { .. }) => told,
                    inner => ProjectError::Step {
                        step,
                        source: Box::new(inner),
                    },
                },
                Err(source) => match source.downcast::<workflow::WorkflowError>() {
                    Ok(inner) => ProjectError::from(*inner),
                    Err(source) => ProjectError::Step { step, source },
                },
            },
            workflow::WorkflowError::Damaged { step, .. } => ProjectError::Damaged { step },
            workflow::WorkflowError::Interrupted { step } => ProjectError::Interrupted { step },
            other => ProjectError::Store(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ProjectError;

    #[test]
    fn a_step_that_is_interrupted_interrupts_the_run() {
        let step = "search churn".to_owned();
        let source = Box::new(ProjectError::Interrupted { step: step.clone() });
        let error = ProjectError::from(workflow::WorkflowError::Step { step, source });
        assert!(matches!(error, ProjectError::Interrupted { .. }));
        assert_eq!(
            error.to_string(),
            "stopped before search churn was done; finished steps are kept, run again to go on"
        );
    }
}
