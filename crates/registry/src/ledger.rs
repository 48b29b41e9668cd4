//! The ledger's entries and the chain of their hashes.

use crate::RegistryError;
use std::collections::BTreeMap;
use table::Hash;

/// One change of an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Its number, rising from 1.
    pub entry: i64,
    /// When, in microseconds since 1970-01-01 UTC.
    pub time_micros: i64,
    /// The model.
    pub model: String,
    /// The alias.
    pub alias: String,
    /// The version that the alias points to from then on.
    pub version: u64,
    /// The hash of that version's bundle.
    pub bundle_hash: String,
    /// Why.
    pub why: String,
    /// Whether the alias went back to the version before, rather than forward to another one.
    pub is_rollback: bool,
    /// What it was decided from, as JSON, if a guard decided.
    pub evidence: Option<String>,
    /// The hash of this entry and the one before.
    pub hash: String,
}

/// An alias that moves only if nothing has moved meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision<'a> {
    /// The model.
    pub model: &'a str,
    /// The alias.
    pub alias: &'a str,
    /// The version that it is to point to.
    pub version: u64,
    /// Where aliases of the model point for it to be done.
    pub expected: &'a [(&'a str, u64)],
    /// Why.
    pub why: &'a str,
    /// What it was decided from, as JSON.
    pub evidence: &'a str,
}

impl LedgerEntry {
    /// The hash that the entry must carry behind one with the hash `before` (empty for the first).
    pub(crate) fn expected_hash(&self, before: &str) -> String {
        let (time, version) = (self.time_micros.to_string(), self.version.to_string());
        let parts: [&str; 7] = [
            before,
            &time,
            &self.model,
            &self.alias,
            &version,
            &self.bundle_hash,
            &self.why,
        ];
        // Promotions carry the hash that they carried before rollbacks were told apart.
        let parts = parts.into_iter().chain(self.is_rollback.then_some("rollback"));
        // So do entries without evidence.
        let evidence = self.evidence.as_deref().map(|evidence| ["evidence", evidence]);
        let parts = parts.chain(evidence.into_iter().flatten());
        Hash::of_parts(parts.map(str::as_bytes)).to_hex()
    }
}

/// The version that an alias pointed to before: promotions are steps forward, rollbacks take the last one away.
pub(crate) fn version_before(entries: &[LedgerEntry], alias: &str) -> Option<u64> {
    let mut steps: Vec<u64> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.alias == alias) {
        if entry.is_rollback {
            steps.pop();
        }
        if steps.last() != Some(&entry.version) {
            steps.push(entry.version);
        }
    }
    steps.len().checked_sub(2).map(|position| steps[position])
}

/// Whether each alias points where its last entry says, and no other alias is there.
pub(crate) fn verify_aliases(
    entries: &[LedgerEntry],
    aliases: &BTreeMap<(String, String), u64>,
) -> Result<(), RegistryError> {
    let mut expected: BTreeMap<(String, String), u64> = BTreeMap::new();
    for entry in entries {
        expected.insert((entry.model.clone(), entry.alias.clone()), entry.version);
    }
    let version = |versions: &BTreeMap<(String, String), u64>, key| {
        versions
            .get(key)
            .map_or("none".to_owned(), |version: &u64| version.to_string())
    };
    let differs = |key: &&(String, String)| expected.get(*key) != aliases.get(*key);
    match expected.keys().chain(aliases.keys()).find(differs) {
        None => Ok(()),
        Some(key) => Err(RegistryError::Moved {
            model: key.0.clone(),
            alias: key.1.clone(),
            found: version(aliases, key),
            expected: version(&expected, key),
        }),
    }
}

/// Whether each entry carries the hash of what stands before it.
pub(crate) fn verify(entries: &[LedgerEntry]) -> Result<(), RegistryError> {
    let mut before = String::new();
    for (position, entry) in entries.iter().enumerate() {
        let in_row = entry.entry == position as i64 + 1;
        if !in_row || entry.hash != entry.expected_hash(&before) {
            return Err(RegistryError::Tampered { entry: entry.entry });
        }
        before.clone_from(&entry.hash);
    }
    Ok(())
}
