//! Refusals while rows are checked or prepared.

/// A refusal by the prepare crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// The text of an expression is not valid.
    #[error("cannot read the expression `{expression}`: {found}")]
    Expression {
        /// The text.
        expression: String,
        /// What is wrong with it.
        found: String,
    },
    /// A column does not exist.
    #[error("no column `{column}`; found {found}{}", nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    UnknownColumn {
        /// The name.
        column: String,
        /// The names that exist.
        found: String,
        /// The nearest of them.
        nearest: Option<String>,
    },
    /// Operands of the wrong kind.
    #[error("`{operator}` found {found}, expected {expected}")]
    Operands {
        /// The operator or function.
        operator: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A column of a row to be scored has the wrong kind.
    #[error("column `{column}` is {found}, expected {expected}")]
    WrongKind {
        /// The column.
        column: String,
        /// The kind found.
        found: String,
        /// The kind expected.
        expected: String,
    },
    /// A rule of the contract cannot be applied.
    #[error("the rule `{rule}` of column `{column}` {found}")]
    Rule {
        /// The column.
        column: String,
        /// The rule.
        rule: String,
        /// Why not.
        found: String,
    },
    /// No column is left to learn from.
    #[error("no column is left to learn from: {dropped}")]
    NoFeatures {
        /// Which columns were left out and why.
        dropped: String,
    },
    /// A table could not be read.
    #[error(transparent)]
    Table(#[from] table::TableError),
}
