//! Results on disk: blobs named by their hash, and per step key the names of its blobs.

use crate::WorkflowError;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use table::{Hash, file};

/// A folder of blobs and records.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in `folder`, which is made when something is first written.
    pub fn new(folder: &Path) -> Store {
        Store {
            folder: folder.to_owned(),
        }
    }

    /// The file of a blob.
    pub fn path_of(&self, hash: Hash) -> PathBuf {
        let hex = hash.to_hex();
        self.folder.join("blobs").join(&hex[..2]).join(hex)
    }

    /// Keeps `bytes`; a damaged blob of that name is replaced.
    ///
    /// # Errors
    /// [`WorkflowError::Store`].
    pub fn put(&self, bytes: &[u8]) -> Result<Hash, WorkflowError> {
        let hash = Hash::of(bytes);
        if self.get(hash).is_none() {
            file::write_atomic(&self.path_of(hash), bytes).map_err(WorkflowError::store)?;
        }
        Ok(hash)
    }

    /// The blob called `hash`, if it is there and whole.
    pub fn get(&self, hash: Hash) -> Option<Vec<u8>> {
        let bytes = std::fs::read(self.path_of(hash)).ok()?;
        (Hash::of(&bytes) == hash).then_some(bytes)
    }

    /// The results of the step with `key`, if they were recorded and their blobs are there and whole.
    pub(crate) fn recorded(&self, key: Hash) -> Option<BTreeMap<String, Hash>> {
        let text = std::fs::read(self.record_path(key)).ok()?;
        let names: BTreeMap<String, String> = serde_json::from_slice(&text).ok()?;
        let hashes: Option<BTreeMap<String, Hash>> = names
            .into_iter()
            .map(|(name, hex)| Some((name, Hash::from_hex(&hex)?)))
            .collect();
        hashes.filter(|hashes| hashes.values().all(|hash| self.get(*hash).is_some()))
    }

    pub(crate) fn record(&self, key: Hash, outputs: &BTreeMap<String, Hash>) -> Result<(), WorkflowError> {
        let names: BTreeMap<&String, String> =
            outputs.iter().map(|(name, hash)| (name, hash.to_hex())).collect();
        let text = serde_json::to_vec(&names).expect("names and hashes are JSON");
        file::write_atomic(&self.record_path(key), &text).map_err(WorkflowError::store)
    }

    /// Forgets a step's results, because a blob turned out to be damaged.
    pub(crate) fn forget(&self, key: Hash) {
        // If it cannot be removed, the step is found damaged again and rerun again.
        let _ = std::fs::remove_file(self.record_path(key));
    }

    fn record_path(&self, key: Hash) -> PathBuf {
        self.folder.join("steps").join(format!("{}.json", key.to_hex()))
    }
}
