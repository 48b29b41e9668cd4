//! The first bytes of the file, and the manifest's text behind them.

use crate::BundleError;

/// The first bytes of every bundle.
pub const MAGIC: &[u8; 8] = b"SPANWISE";
/// The newest version of the format that this build reads and writes; a bundle is written in the oldest version that
/// can hold it.
pub const VERSION: u32 = 5;

const MAX_MANIFEST_BYTES: usize = 64 << 20;

/// The first bytes of a file, as far as they can be believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    version: u32,
    /// At most [`MAX_MANIFEST_BYTES`].
    n_manifest: usize,
    hash: [u8; 32],
}

impl Head {
    /// How many bytes it takes.
    pub(crate) const N_BYTES: usize = 64;

    /// Reads what `bytes` begin with.
    pub(crate) fn read(bytes: &[u8], name: &str) -> Result<Head, BundleError> {
        let refuse =
            |part: &str, found: String, expected: String| BundleError::format(name, part, found, expected);
        let head = bytes.first_chunk::<{ Head::N_BYTES }>().ok_or_else(|| {
            refuse(
                "the head",
                format!("{} bytes", bytes.len()),
                format!("at least {}", Head::N_BYTES),
            )
        })?;
        if &head[..8] != MAGIC {
            return Err(refuse(
                "the first bytes",
                "something else".into(),
                "`SPANWISE`".into(),
            ));
        }
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let version = number(8);
        if !(1..=VERSION).contains(&version) {
            return Err(refuse(
                "the format version",
                version.to_string(),
                format!("1 to {VERSION} (see docs/format.md)"),
            ));
        }
        if head[48..].iter().any(|byte| *byte != 0) {
            return Err(refuse("the head", "bytes after the hash".into(), "zeros".into()));
        }
        let n_manifest = number(12) as usize;
        if MAX_MANIFEST_BYTES < n_manifest {
            return Err(refuse(
                "the manifest",
                format!("{n_manifest} bytes"),
                format!("at most {MAX_MANIFEST_BYTES}"),
            ));
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(&head[16..48]);
        Ok(Head {
            version,
            n_manifest,
            hash,
        })
    }

    /// The version of the format.
    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// How many bytes of manifest follow.
    pub(crate) fn n_manifest(&self) -> usize {
        self.n_manifest
    }

    /// The manifest's text among the bytes `behind` the head.
    pub(crate) fn manifest<'b>(&self, behind: &'b [u8], name: &str) -> Result<&'b [u8], BundleError> {
        let refuse =
            |found: String, expected: String| BundleError::format(name, "the manifest", found, expected);
        let text = behind.get(..self.n_manifest).ok_or_else(|| {
            refuse(
                format!("a file of {} bytes", Head::N_BYTES + behind.len()),
                format!("{} bytes of manifest", self.n_manifest),
            )
        })?;
        if blake3::hash(text) != self.hash {
            return Err(refuse("another hash".into(), "the hash in the head".into()));
        }
        Ok(text)
    }
}
