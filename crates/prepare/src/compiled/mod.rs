//! Contract and recipe laid out for rows that come one by one: what a table's columns would be asked for again with every
//! request is settled once.
//!
//! A compiled recipe gives the features, bit for bit, that [`Recipe::apply`](crate::recipe::Recipe::apply) gives; a compiled
//! contract only says whether a row keeps every rule, and leaves what is broken to [`check_rows`](crate::contract::check_rows).

mod contract;
mod recipe;
#[cfg(test)]
mod tests;

pub use contract::CompiledContract;
pub use recipe::CompiledRecipe;

/// A cell of an input as [`Recipe::align`](crate::recipe::Recipe::align) leaves it: whole numbers are numbers, blank texts
/// and NaN are missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Missing,
    /// A finite number.
    Number(f64),
    /// A truth.
    Truth(bool),
    /// A text that is not blank.
    Text(&'a str),
    /// Days since 1970-01-01.
    Day(i32),
    /// Microseconds since 1970-01-01 UTC.
    Time(i64),
}
