//! Runs, versions of bundles, aliases, the ledger, plans of experiments and issues of stories: *what was made, and what served when and
//! why?*
//!
//! The main type is [`Registry`]: a SQLite file and a folder of bundles named by their hash. Time is passed in.
//! Several processes may use one registry at once. The ledger is append-only, and each entry carries the hash of the
//! one before, so that [`Registry::verify_ledger`] notices what was changed behind its back.

mod aliases;
mod error;
mod issues;
mod ledger;
mod plans;
mod runs;
mod store;
#[cfg(test)]
mod tests;
mod versions;

pub use error::RegistryError;
pub use issues::Issue;
pub use ledger::{Decision, LedgerEntry};
pub use plans::{Look, Plan};
pub use runs::Run;
pub use store::Registry;
pub use versions::{Resolved, Version};
