//! The file as it is written: head, manifest and aligned sections.

use super::head::{Head, MAGIC};
use super::{Array, Manifest};
use crate::BundleError;
use serde::{Deserialize, Serialize};
use table::Hash;

/// Sections begin at multiples of this.
pub(crate) const ALIGN: usize = 64;

/// Where a section stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Section {
    pub(crate) name: String,
    pub(crate) element: String,
    pub(crate) offset: u64,
    pub(crate) size_bytes: u64,
    pub(crate) hash: String,
}

/// What stands around the manifest proper: the list of sections, offsets counted from the first section.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Envelope<M> {
    pub(crate) manifest: M,
    pub(crate) sections: Vec<Section>,
}

/// The bytes of the file that holds these.
///
/// # Errors
/// [`BundleError::Format`]: the manifest holds what JSON cannot.
pub(crate) fn to_bytes(manifest: &Manifest, arrays: &[(String, Array)]) -> Result<Vec<u8>, BundleError> {
    let mut body = Vec::new();
    let written = arrays.iter().map(|(name, array)| {
        let offset = begin(&mut body);
        array.write(&mut body);
        Section {
            name: name.clone(),
            element: array.element().to_owned(),
            offset: offset as u64,
            size_bytes: (body.len() - offset) as u64,
            hash: Hash::of(&body[offset..]).to_hex(),
        }
    });
    let sections = written.collect();
    let text = serde_json::to_vec(&Envelope { manifest, sections }).map_err(|error| {
        BundleError::format(&manifest.name, "the manifest", error, "values that JSON can hold")
    })?;
    let mut file = Vec::with_capacity(Head::N_BYTES + text.len() + ALIGN + body.len());
    file.extend(MAGIC);
    file.extend(manifest.version().to_le_bytes());
    file.extend((text.len() as u32).to_le_bytes());
    file.extend(blake3::hash(&text).as_bytes());
    file.resize(Head::N_BYTES, 0);
    file.extend(&text);
    begin(&mut file);
    file.extend(body);
    Ok(file)
}

/// Adds the sections of these lists to what stands in front of them.
pub(crate) fn push_sections<'a>(file: &mut Vec<u8>, arrays: impl Iterator<Item = &'a Array>) {
    begin(file);
    for array in arrays {
        // sections are counted from the first, which is aligned itself
        begin(file);
        array.write(file);
    }
}

/// Where the next section begins: there now.
fn begin(bytes: &mut Vec<u8>) -> usize {
    bytes.resize(bytes.len().next_multiple_of(ALIGN), 0);
    bytes.len()
}
