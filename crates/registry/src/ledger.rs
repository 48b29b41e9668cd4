//! The ledger's entries and the chain of their hashes.

use crate::RegistryError;
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
    /// The hash of this entry and the one before.
    pub hash: String,
}

impl LedgerEntry {
    /// The hash that the entry must carry behind one with the hash `before` (empty for the first).
    pub(crate) fn expected_hash(&self, before: &str) -> String {
        let (time, version) = (self.time_micros.to_string(), self.version.to_string());
        let parts = [
            before,
            &time,
            &self.model,
            &self.alias,
            &version,
            &self.bundle_hash,
            &self.why,
        ];
        Hash::of_parts(parts.iter().map(|part| part.as_bytes())).to_hex()
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
