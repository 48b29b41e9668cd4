//! Refusals of the registry.

/// A refusal by the registry crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The database refused.
    #[error("the registry `{path}` failed: {found}")]
    Database {
        /// The database file.
        path: String,
        /// What it said.
        found: String,
    },
    /// There is no such model.
    #[error("no model `{model}` in the registry; found {found}{}", hint(nearest))]
    NoModel {
        /// The name asked for.
        model: String,
        /// The names that exist.
        found: String,
        /// The nearest of them.
        nearest: Option<String>,
    },
    /// There is no such version or alias.
    #[error(
        "no version or alias `{asked}` of model `{model}`; found {found}{}",
        hint(nearest)
    )]
    NoVersion {
        /// The model.
        model: String,
        /// What was asked for.
        asked: String,
        /// The versions and aliases that exist.
        found: String,
        /// The nearest of them.
        nearest: Option<String>,
    },
    /// An alias has never pointed elsewhere.
    #[error("`{model}@{alias}` has no version before this one to go back to")]
    NothingBefore {
        /// The model.
        model: String,
        /// The alias.
        alias: String,
    },
    /// A name cannot be used.
    #[error(
        "the name `{name}` is not usable: expected 1 to 100 letters, digits, `_`, `-` or `.`, and an alias that is no number"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// The ledger was changed behind the registry's back.
    #[error("the ledger was changed: entry {entry} does not carry the hash of what stands before it")]
    Tampered {
        /// The first entry that does not fit.
        entry: i64,
    },
    /// A bundle's bytes are not those of its hash.
    #[error("the bundle has the hash {found}, expected {expected}")]
    Hash {
        /// The hash of the bytes.
        found: String,
        /// The hash given.
        expected: String,
    },
    /// A file could not be written.
    #[error(transparent)]
    Table(#[from] table::TableError),
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}
