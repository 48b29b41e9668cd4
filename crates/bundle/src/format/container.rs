//! Head, manifest and sections: where the bytes stand, and the checks before they are believed.

use super::Array;
use crate::BundleError;
use serde::{Deserialize, Serialize};
use table::Hash;

/// The first bytes of every bundle.
pub const MAGIC: &[u8; 8] = b"SPANWISE";
/// The newest version of the format that this build reads and writes; a bundle is written in the oldest version that
/// can hold it.
pub const VERSION: u32 = 5;

const HEAD_BYTES: usize = 64;
const ALIGN: usize = 64;
const MAX_MANIFEST_BYTES: usize = 64 << 20;
const MAX_SECTIONS: usize = 256;

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

/// A manifest's text and named lists.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Container {
    pub(crate) version: u32,
    pub(crate) manifest: Vec<u8>,
    pub(crate) arrays: Vec<(String, Array)>,
}

/// What stands around the manifest proper: the list of sections, offsets counted from the first section.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<M> {
    manifest: M,
    sections: Vec<Section>,
}

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
    pub(crate) const N_BYTES: usize = HEAD_BYTES;

    /// Reads what `bytes` begin with.
    pub(crate) fn read(bytes: &[u8], name: &str) -> Result<Head, BundleError> {
        let refuse =
            |part: &str, found: String, expected: String| BundleError::format(name, part, found, expected);
        let head = bytes.first_chunk::<HEAD_BYTES>().ok_or_else(|| {
            refuse(
                "the head",
                format!("{} bytes", bytes.len()),
                format!("at least {HEAD_BYTES}"),
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
                format!("a file of {} bytes", HEAD_BYTES + behind.len()),
                format!("{} bytes of manifest", self.n_manifest),
            )
        })?;
        if blake3::hash(text) != self.hash {
            return Err(refuse("another hash".into(), "the hash in the head".into()));
        }
        Ok(text)
    }
}

impl Container {
    /// The bytes of the file.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut sections = Vec::with_capacity(self.arrays.len());
        let mut body = Vec::new();
        for (name, array) in &self.arrays {
            let bytes = array.to_bytes();
            pad(&mut body);
            sections.push(Section {
                name: name.clone(),
                element: array.element().to_owned(),
                offset: body.len() as u64,
                size_bytes: bytes.len() as u64,
                hash: Hash::of(&bytes).to_hex(),
            });
            body.extend(bytes);
        }
        let manifest: &serde_json::value::RawValue =
            serde_json::from_slice(&self.manifest).expect("the manifest was just written as JSON");
        let envelope =
            serde_json::to_vec(&Envelope { manifest, sections }).expect("strings and numbers are JSON");
        let mut file = Vec::with_capacity(HEAD_BYTES + envelope.len() + ALIGN + body.len());
        file.extend(MAGIC);
        file.extend(self.version.to_le_bytes());
        file.extend((envelope.len() as u32).to_le_bytes());
        file.extend(blake3::hash(&envelope).as_bytes());
        file.resize(HEAD_BYTES, 0);
        file.extend(&envelope);
        pad(&mut file);
        file.extend(body);
        file
    }

    /// The parts of a file, or the first thing that is not as it must be.
    pub(crate) fn from_bytes(bytes: &[u8], name: &str) -> Result<Container, BundleError> {
        let refuse =
            |part: &str, found: String, expected: String| BundleError::format(name, part, found, expected);
        let head = Head::read(bytes, name)?;
        let (version, length) = (head.version, head.n_manifest);
        let text = head.manifest(bytes.get(HEAD_BYTES..).unwrap_or_default(), name)?;
        let envelope: Envelope<&serde_json::value::RawValue> = serde_json::from_slice(text)
            .map_err(|error| refuse("the manifest", error.to_string(), "the list of sections".into()))?;
        let body_start = (HEAD_BYTES + length).next_multiple_of(ALIGN);
        let body = bytes.get(body_start..).unwrap_or_default();
        if bytes[HEAD_BYTES + length..body_start.min(bytes.len())]
            .iter()
            .any(|byte| *byte != 0)
        {
            return Err(refuse(
                "the padding",
                "bytes between the parts".into(),
                "zeros".into(),
            ));
        }
        let arrays = read_sections(&envelope.sections, body, name)?;
        Ok(Container {
            version,
            manifest: envelope.manifest.get().as_bytes().to_vec(),
            arrays,
        })
    }
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(ALIGN), 0);
}

/// Sections must stand one behind the other, aligned, without gaps, overlaps or a rest.
fn read_sections(sections: &[Section], body: &[u8], name: &str) -> Result<Vec<(String, Array)>, BundleError> {
    let refuse = |section: &Section, found: String, expected: String| {
        BundleError::format(name, format!("section `{}`", section.name), found, expected)
    };
    if MAX_SECTIONS < sections.len() {
        return Err(BundleError::format(
            name,
            "the sections",
            sections.len(),
            format!("at most {MAX_SECTIONS}"),
        ));
    }
    let mut arrays: Vec<(String, Array)> = Vec::with_capacity(sections.len());
    let mut end = 0u64;
    for section in sections {
        let before = end;
        let start = before.next_multiple_of(ALIGN as u64);
        if section.offset != start {
            return Err(refuse(
                section,
                format!("offset {}", section.offset),
                start.to_string(),
            ));
        }
        end = start
            .checked_add(section.size_bytes)
            .filter(|end| *end <= body.len() as u64)
            .ok_or_else(|| {
                refuse(
                    section,
                    format!("{} bytes", section.size_bytes),
                    format!("at most {}", (body.len() as u64).saturating_sub(start)),
                )
            })?;
        if body[before as usize..start as usize]
            .iter()
            .any(|byte| *byte != 0)
        {
            return Err(refuse(section, "bytes in front of it".into(), "zeros".into()));
        }
        let bytes = &body[start as usize..end as usize];
        if Hash::of(bytes).to_hex() != section.hash {
            return Err(refuse(
                section,
                "another hash".into(),
                "the hash in the manifest".into(),
            ));
        }
        if arrays.iter().any(|(other, _)| *other == section.name) {
            return Err(refuse(section, "the name twice".into(), "each name once".into()));
        }
        let array = Array::from_bytes(&section.element, bytes).ok_or_else(|| {
            refuse(
                section,
                format!("{} bytes of `{}`", section.size_bytes, section.element),
                "whole u8, u32, i64 or f64".into(),
            )
        })?;
        arrays.push((section.name.clone(), array));
    }
    if end != body.len() as u64 {
        return Err(BundleError::format(
            name,
            "the end",
            format!("{} bytes more", body.len() as u64 - end),
            "none",
        ));
    }
    Ok(arrays)
}
