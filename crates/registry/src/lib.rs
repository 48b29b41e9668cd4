//! Runs, versions of bundles, aliases, and the ledger: *what was made, and what served when and why?*
//!
//! The main type is [`Registry`]: a SQLite file and a folder of bundles named by their hash. Time is passed in.
//! Several processes may use one registry at once. The ledger is append-only, and each entry carries the hash of the
//! one before, so that [`Registry::verify_ledger`] notices what was changed behind its back.

mod error;
mod ledger;
mod store;
#[cfg(test)]
mod tests;

pub use error::RegistryError;
pub use ledger::LedgerEntry;
pub use store::{Registry, Resolved, Run, Version};
