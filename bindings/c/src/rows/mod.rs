//! Rows of the caller become a table.

pub(crate) mod arrow;
mod claims;
pub(crate) mod columns;

use crate::border::Fault;
use prepare::recipe::Recipe;
use table::{Kind, TableError, nearest, quoted_list};

/// The number of a kind in the ABI.
pub(crate) fn code_of(kind: Kind) -> u32 {
    match kind {
        Kind::Boolean => 1,
        Kind::Integer => 2,
        Kind::Number => 3,
        Kind::Text => 4,
        Kind::Date => 5,
        Kind::Time => 6,
    }
}

/// Refuses rows without all inputs while all names that came are still known, so that a slip finds its name.
fn check_inputs(recipe: &Recipe, names: &[&str]) -> Result<(), Fault> {
    let names = || names.iter().copied();
    let missing = |name: &str| !names().any(|other| other == name);
    match recipe.inputs.iter().find(|input| missing(&input.name)) {
        None => Ok(()),
        Some(input) => Err(Fault::rows(TableError::NoColumn {
            column: input.name.clone(),
            found: quoted_list(names(), 12),
            nearest: nearest(&input.name, names()).map(str::to_owned),
        })),
    }
}
