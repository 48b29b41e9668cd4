//! What a bundle says of itself, for those who do not yet need the rest of it.

use super::head::Head;
use crate::BundleError;
use crate::bundle_type::read_failed;
use serde::Deserialize;
use std::io::{Read, Take};
use std::path::Path;

/// A bundle's name and its private columns, read from its manifest alone: the model behind it may still be unsound.
///
/// # Examples
/// ```no_run
/// let named = bundle::Named::read(std::path::Path::new("churn.bundle"))?;
/// println!("{}", named.name);
/// # Ok::<(), bundle::BundleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Named {
    /// The model's name.
    pub name: String,
    /// The inputs that nobody may be shown.
    #[serde(default)]
    pub private: Vec<String>,
}

#[derive(Deserialize)]
struct Envelope {
    manifest: Named,
}

impl Named {
    /// Reads the head and the manifest of the bundle at `path`.
    ///
    /// # Errors
    /// [`BundleError`]: the file cannot be read, or does not begin as a bundle does.
    pub fn read(path: &Path) -> Result<Named, BundleError> {
        let name = path.display().to_string();
        let failed = |source| read_failed(path, source);
        let file = std::fs::File::open(path).map_err(failed)?;
        let head = some(file.take(Head::N_BYTES as u64)).map_err(failed)?;
        let (file, head) = (head.1, Head::read(&head.0, &name)?);
        let behind = some(file.take(head.n_manifest() as u64)).map_err(failed)?;
        let text = head.manifest(&behind.0, &name)?;
        let envelope: Envelope = serde_json::from_slice(text).map_err(|error| {
            BundleError::format(&name, "the manifest", error, "what docs/format.md describes")
        })?;
        Ok(envelope.manifest)
    }
}

/// What is there of so many bytes, and what stands behind them: no room is made for what a head merely promises.
fn some<R: Read>(mut bytes: Take<R>) -> std::io::Result<(Vec<u8>, R)> {
    let mut read = Vec::new();
    bytes.read_to_end(&mut read)?;
    Ok((read, bytes.into_inner()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::format::tests::bundle;

    #[test]
    fn a_bundle_is_named_by_its_manifest_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bundle");
        let bundle = bundle();
        bundle.save(&path).unwrap();
        let named = Named::read(&path).unwrap();
        assert_eq!((&named.name, &named.private), (&bundle.name, &bundle.private));
        // what stands behind the manifest is not looked at
        let whole = bundle.to_bytes();
        let n_manifest = u32::from_le_bytes(whole[12..16].try_into().unwrap()) as usize;
        let end = Head::N_BYTES + n_manifest;
        std::fs::write(&path, &whole[..end]).unwrap();
        assert_eq!(Named::read(&path).unwrap(), named);
        assert!(crate::Bundle::load(&path).is_err());
        for (bytes, part) in [
            (&whole[..end - 1], "the manifest"),
            (&whole[..9], "the head"),
            (&b"x"[..], "the head"),
            (&[b'x'; 99][..], "the first bytes"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let refusal = Named::read(&path).unwrap_err().to_string();
            assert!(
                refusal.contains(part) && refusal.contains("a.bundle"),
                "{refusal}"
            );
        }
        let mut changed = whole.clone();
        changed[Head::N_BYTES + 5] ^= 1;
        std::fs::write(&path, changed).unwrap();
        assert!(
            Named::read(&path)
                .unwrap_err()
                .to_string()
                .contains("another hash")
        );
        assert!(
            Named::read(folder.path())
                .unwrap_err()
                .to_string()
                .contains("folder")
        );
        assert!(Named::read(&folder.path().join("none")).is_err());
    }
}
