//! Row-wise expressions: a small subset of SQL, parsed once, stored as a tree, evaluated by the same code everywhere.
//!
//! Whole numbers and numbers are both 64-bit floats inside expressions; `/` is never whole-number division; missing
//! in gives missing out (`AND`, `OR`, `CASE`, `COALESCE` follow SQL's three-valued logic); a result that is not
//! finite (division by zero, logarithm of nothing) is missing.

mod check;
mod evaluate;
mod function;
mod parse;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use table::Kind;

pub use check::columns_of;
pub use evaluate::{DatePart, evaluate};
pub use function::{FUNCTIONS, Function, FunctionSpec};
pub use parse::parse;

/// An expression over the columns of one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// The value of a column.
    Column(String),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// True or false.
    Boolean(bool),
    /// Missing.
    Null,
    /// A sign or `NOT`.
    Unary(Unary, Box<Expression>),
    /// An operator between two expressions.
    Binary(Binary, Box<Expression>, Box<Expression>),
    /// `x IS NULL`.
    IsNull(Box<Expression>),
    /// `x IN (...)`.
    In(Box<Expression>, Vec<Expression>),
    /// `x LIKE 'pattern'` with `%` and `_`.
    Like(Box<Expression>, String),
    /// `CASE WHEN condition THEN value ... ELSE otherwise END`.
    Case(Vec<(Expression, Expression)>, Box<Expression>),
    /// `CAST(x AS kind)`; what cannot be read as that kind is missing.
    Cast(Box<Expression>, CastTo),
    /// A function of its arguments.
    Call(Function, Vec<Expression>),
}

/// Operators with one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unary {
    /// `-x`
    Negate,
    /// `NOT x`
    Not,
}

/// Operators with two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binary {
    /// `+`; a day plus a number is a day.
    Add,
    /// `-`; a day minus a day is a number of days.
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`, with the sign of the left side.
    Remainder,
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `AND`
    And,
    /// `OR`
    Or,
    /// `||`
    Concat,
}

/// The kinds that `CAST` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CastTo {
    /// A number.
    Number,
    /// A whole number; fractions are cut off, towards zero.
    Whole,
    /// A text.
    Text,
    /// True or false.
    Boolean,
}

impl Expression {
    /// The kind of the result for columns of the given kinds.
    ///
    /// # Errors
    /// [`crate::PrepareError`]: an unknown column (with the nearest name) or operands that do not fit.
    pub fn kind(&self, columns: &[(String, Kind)]) -> Result<Kind, crate::PrepareError> {
        check::kind(self, columns)
    }
}
