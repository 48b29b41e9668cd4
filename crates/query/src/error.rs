//! Refusals of the query engine.

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use table::{nearest, quoted_list};

/// A refusal by the query crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The query is not valid or cannot be planned.
    #[error("cannot plan the query: {found}")]
    Plan {
        /// What is wrong, with the nearest right name where there is one.
        found: String,
    },
    /// The query failed while it ran.
    #[error("the query failed: {found}")]
    Run {
        /// What went wrong.
        found: String,
    },
    /// The query needs more memory than it may use.
    #[error(
        "the query needs more than {limit_bytes} bytes of memory, also with sort-merge joins that spill to disk: {found}; hint: raise `memory` in `[project]`"
    )]
    Memory {
        /// The limit.
        limit_bytes: u64,
        /// What the engine said.
        found: String,
    },
    /// A function whose answer may differ from run to run stands in a training query.
    #[error("`{function}` cannot be used in a training query: {reason}")]
    NotRepeatable {
        /// The function.
        function: String,
        /// Why.
        reason: &'static str,
    },
    /// The engine could not be set up.
    #[error("cannot start the query engine: {found}")]
    Start {
        /// What went wrong.
        found: String,
    },
    /// A source of a table cannot be read.
    #[error("`{name}`: found {found}, expected {expected}")]
    Source {
        /// The source, without its secrets.
        name: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// The answer is not a table that Spanwise can hold.
    #[error(transparent)]
    Table(#[from] table::TableError),
}

impl QueryError {
    pub(crate) fn source(name: &str, found: impl ToString, expected: &str) -> QueryError {
        QueryError::Source {
            name: name.to_owned(),
            found: found.to_string(),
            expected: expected.to_owned(),
        }
    }

    pub(crate) fn plan(error: &DataFusionError, tables: &[String]) -> QueryError {
        QueryError::Plan {
            found: describe(error, tables),
        }
    }
}

/// The error in our words where we know better ones.
fn describe(error: &DataFusionError, tables: &[String]) -> String {
    let root = error.find_root();
    if let DataFusionError::SchemaError(schema, _) = root
        && let SchemaError::FieldNotFound { field, valid_fields } = schema.as_ref()
    {
        let names: Vec<&str> = valid_fields.iter().map(|field| field.name()).collect();
        let hint =
            nearest(field.name(), names.iter().copied()).map(|name| format!("; did you mean `{name}`?"));
        let found = quoted_list(names.iter().copied(), 12);
        return format!(
            "no column `{}`; found {found}{}",
            field.name(),
            hint.unwrap_or_default()
        );
    }
    let text = root.strip_backtrace();
    if let Some(name) = text
        .split("table '")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
    {
        let name = ["datafusion.", "public."]
            .iter()
            .fold(name, |name, schema| name.strip_prefix(schema).unwrap_or(name));
        let known = || tables.iter().map(String::as_str);
        let hint = nearest(name, known()).map(|name| format!("; did you mean `{name}`?"));
        return format!(
            "no table `{name}`; found {}{}",
            quoted_list(known(), 12),
            hint.unwrap_or_default()
        );
    }
    let text = text
        .trim_start_matches("Error during planning: ")
        .trim_start_matches("SQL error: ");
    text.lines().next().unwrap_or_default().to_owned()
}
