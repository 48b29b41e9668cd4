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
    /// There is no such issue of a story.
    #[error("no issue {asked} of the story `{story}`; found {found}")]
    NoIssue {
        /// The story.
        story: String,
        /// The number asked for.
        asked: u64,
        /// The numbers that exist.
        found: String,
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
    /// The ledger lacks entries at its end.
    #[error("the ledger was changed: found {found} entries, expected {expected}")]
    Cut {
        /// The last entry found.
        found: i64,
        /// The last entry written.
        expected: i64,
    },
    /// An alias does not point where the ledger says.
    #[error("`{model}@{alias}` was moved without the ledger: found version {found}, expected {expected}")]
    Moved {
        /// The model.
        model: String,
        /// The alias.
        alias: String,
        /// The version that the alias points to; `none` if the alias is gone.
        found: String,
        /// The version that the ledger's last entry names; `none` if it names none.
        expected: String,
    },
    /// A registered plan was changed behind the registry's back.
    #[error("version {version} of the plan of experiment `{experiment}` is not as it was registered")]
    TamperedPlan {
        /// The experiment.
        experiment: String,
        /// The first version that does not fit.
        version: u64,
    },
    /// Something is to be written into the ledger without a reason.
    #[error("found no reason for the ledger, expected why `{model}@{alias}` moves")]
    NoReason {
        /// The model.
        model: String,
        /// The alias.
        alias: String,
    },
    /// The bytes of a bundle, or of an issue of a story, are not those of its hash.
    #[error("{what} has the hash {found}, expected {expected}; it was changed or is damaged")]
    Hash {
        /// What has them, such as `the bundle`.
        what: String,
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
