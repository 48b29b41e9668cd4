//! A rule that refuses, broken: by the rows of a table, or of a file that comes in pieces.

use crate::ProjectError;
use prepare::contract::{Action, Breach, RowReport};

/// A rule that refuses, and the rows that broke it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) column: String,
    pub(crate) rule: String,
    n_rows: u64,
    /// The first of them, from 1 in its file.
    first: u64,
    /// What was found there.
    found: String,
}

impl Refusal {
    /// The refusing rules that rows broke, in the order of the contract; so many rows of the file are before them.
    pub(crate) fn all(report: &RowReport, n_before: u64) -> Vec<Refusal> {
        let refusal = |breach: &Breach| {
            let first = *breach.rows.first()?;
            Some(Refusal {
                column: breach.column.clone(),
                rule: breach.rule.clone(),
                n_rows: breach.rows.len() as u64,
                first: n_before + first as u64 + 1,
                found: breach.found.clone(),
            })
        };
        let breaches = report.breaches.iter();
        breaches
            .filter(|breach| breach.action == Action::Refuse)
            .filter_map(refusal)
            .collect()
    }

    /// Counts the rows of a later piece that broke the same rule; false if it is another's.
    pub(crate) fn joins(&mut self, later: &Refusal) -> bool {
        let is_same = (&self.column, &self.rule) == (&later.column, &later.rule);
        if is_same {
            self.n_rows += later.n_rows;
        }
        is_same
    }

    /// What is told of it, of all the rows that were looked at.
    pub(crate) fn error(&self, of_rows: u64) -> ProjectError {
        ProjectError::Contract {
            table: "to be scored".to_owned(),
            found: format!(
                "{} of {of_rows} rows break `{}` of column `{}` (first: row {}, found `{}`)",
                self.n_rows, self.rule, self.column, self.first, self.found
            ),
        }
    }
}
