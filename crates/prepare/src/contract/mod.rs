//! The contract: what a table and each of its rows must be, declared or learnt; frozen into the bundle.

mod check;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use table::Kind;

pub use check::{Breach, RowReport, TableBreach, check_rows, check_table};

/// What is expected of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Rules for columns; a column may appear more than once.
    pub columns: Vec<ColumnRule>,
    /// Rules for the table as a whole.
    pub table: Vec<TableRule>,
}

/// One rule for one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnRule {
    /// The column.
    pub column: String,
    /// What each cell must be.
    pub rule: Rule,
    /// What happens to a row that breaks it.
    pub action: Action,
    /// Whether somebody declared it; learnt rules only flag.
    pub declared: bool,
}

/// What each cell of a column must be; missing cells pass every rule but [`Rule::Required`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Of this kind; checked on whole columns.
    Kind(String),
    /// Not missing.
    Required,
    /// At least this number.
    Min(f64),
    /// At most this number.
    Max(f64),
    /// One of these texts; in a column of numbers, one of the numbers that they spell.
    OneOf(Vec<String>),
    /// Matched as a whole by this regular expression.
    Matches(String),
}

/// What happens to a row that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Only said.
    Flag,
    /// Left out and written to a file with the reason; online the same as `Refuse`.
    Quarantine,
    /// The whole request or table is refused.
    Refuse,
    /// `Quarantine` in batch, `Refuse` online.
    Default,
}

/// What a table as a whole, or a monitor's window of it, must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TableRule {
    /// At most this share of a column's cells is missing, in [0, 1].
    NullShare {
        /// The column.
        column: String,
        /// The largest share.
        at_most: f64,
    },
    /// No value of the column appears twice.
    Unique {
        /// The column.
        column: String,
    },
    /// At least this many rows.
    MinRows(u64),
    /// At most this many rows.
    MaxRows(u64),
    /// The newest value of a date or time column is at most so old.
    Fresh {
        /// The column.
        column: String,
        /// The greatest age in seconds.
        within_s: u64,
    },
}

impl TableRule {
    /// The column that the rule is about; none for the number of rows.
    pub fn column(&self) -> Option<&str> {
        match self {
            TableRule::NullShare { column, .. }
            | TableRule::Unique { column }
            | TableRule::Fresh { column, .. } => Some(column),
            TableRule::MinRows(_) | TableRule::MaxRows(_) => None,
        }
    }

    /// The same rule about the column called `name`, if it is about one.
    pub fn about(mut self, name: &str) -> TableRule {
        match &mut self {
            TableRule::NullShare { column, .. }
            | TableRule::Unique { column }
            | TableRule::Fresh { column, .. } => *column = name.to_owned(),
            TableRule::MinRows(_) | TableRule::MaxRows(_) => {}
        }
        self
    }
}

impl Rule {
    /// The rule as it stands in a project file.
    pub fn text(&self) -> String {
        match self {
            Rule::Kind(kind) => format!("type = {kind:?}"),
            Rule::Required => "required = true".to_owned(),
            Rule::Min(least) => format!("min = {least}"),
            Rule::Max(most) => format!("max = {most}"),
            Rule::OneOf(values) => format!("one_of = {values:?}"),
            Rule::Matches(pattern) => format!("matches = {pattern:?}"),
        }
    }

    /// Whether the rule can be applied to a column of `kind`.
    pub fn fits(&self, kind: Kind) -> bool {
        match self {
            Rule::Kind(_) | Rule::Required => true,
            Rule::Min(_) | Rule::Max(_) => kind.is_numeric(),
            // A scored row's whole numbers come as numbers.
            Rule::OneOf(_) => matches!(kind, Kind::Text | Kind::Boolean | Kind::Integer | Kind::Number),
            Rule::Matches(_) => kind == Kind::Text,
        }
    }
}

impl Contract {
    /// The rules about the columns called `names` alone, as a bundle keeps them.
    pub fn restricted_to(&self, names: &[String]) -> Contract {
        let columns = self
            .columns
            .iter()
            .filter(|rule| names.contains(&rule.column))
            .cloned()
            .collect();
        let about = |rule: &&TableRule| match rule {
            TableRule::NullShare { column, .. }
            | TableRule::Unique { column }
            | TableRule::Fresh { column, .. } => names.contains(column),
            TableRule::MinRows(_) | TableRule::MaxRows(_) => false,
        };
        Contract {
            columns,
            table: self.table.iter().filter(about).cloned().collect(),
        }
    }
}
