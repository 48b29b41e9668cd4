//! The file as it is read: once from front to end, each size checked before it is believed.

use super::container::{ALIGN, Envelope, Section, push_sections};
use super::head::Head;
use super::{Array, Manifest};
use crate::BundleError;
use serde::de::IgnoredAny;
use std::io::{self, Read};
use table::{Hash, Hashing};

const MAX_SECTIONS: usize = 256;
/// So many bytes are read at a time.
const PIECE_BYTES: usize = 64 << 10;

/// What stands in a file.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) front: Front,
    pub(crate) version: u32,
    pub(crate) manifest: Manifest,
    pub(crate) arrays: Vec<(String, Array)>,
    /// Of the whole file.
    pub(crate) hash: Hash,
}

/// Head and manifest as they stand in the file: what follows is made of the model again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Front(Vec<u8>);

impl Front {
    /// The file, given the lists of its model in any order.
    pub(crate) fn with_sections(&self, arrays: &[(String, Array)]) -> Vec<u8> {
        let text = &self.0[Head::N_BYTES..];
        let envelope: Envelope<IgnoredAny> = serde_json::from_slice(text).expect("it was read before");
        let of_section = |section: &Section| arrays.iter().find(|(name, _)| *name == section.name);
        let listed = envelope.sections.iter().filter_map(of_section);
        let n_bytes = envelope
            .sections
            .last()
            .map_or(0, |last| last.offset + last.size_bytes);
        let mut file = Vec::with_capacity(self.0.len() + ALIGN + n_bytes as usize);
        file.extend(&self.0);
        push_sections(&mut file, listed.map(|(_, array)| array));
        file
    }
}

/// Reads a file of `n_bytes`; `failed` says what became of the reading, `name` is for refusals.
///
/// # Errors
/// The first thing that is not as it must be.
pub(crate) fn read(
    bytes: impl Read,
    n_bytes: u64,
    name: &str,
    failed: impl Fn(io::Error) -> BundleError,
) -> Result<Opened, BundleError> {
    let mut source = Source {
        bytes,
        left: n_bytes,
        hashing: Hashing::default(),
        failed,
        name,
    };
    let mut front = source.some(Head::N_BYTES)?;
    let head = Head::read(&front, name)?;
    front.extend(source.some(head.n_manifest())?);
    let text = head.manifest(&front[Head::N_BYTES..], name)?;
    let envelope: Envelope<Manifest> = serde_json::from_slice(text)
        .map_err(|error| BundleError::format(name, "the manifest", error, "what docs/format.md describes"))?;
    let padding = front.len().next_multiple_of(ALIGN) - front.len();
    source.zeros(padding, "the first section")?;
    let arrays = source.sections(&envelope.sections)?;
    Ok(Opened {
        front: Front(front),
        version: head.version(),
        manifest: envelope.manifest,
        arrays,
        hash: source.hashing.hash(),
    })
}

/// Bytes that are hashed as they come.
struct Source<'n, R, F> {
    bytes: R,
    /// How many are still to come, by the file's size.
    left: u64,
    hashing: Hashing,
    failed: F,
    name: &'n str,
}

impl<R: Read, F: Fn(io::Error) -> BundleError> Source<'_, R, F> {
    /// The next bytes, of which there are as many left.
    fn fill(&mut self, piece: &mut [u8]) -> Result<(), BundleError> {
        self.bytes.read_exact(piece).map_err(&self.failed)?;
        self.hashing.update(piece);
        self.left -= piece.len() as u64;
        Ok(())
    }

    /// So many of the next bytes, or what there is.
    fn some(&mut self, n: usize) -> Result<Vec<u8>, BundleError> {
        let mut some = vec![0; n.min(usize::try_from(self.left).unwrap_or(n))];
        self.fill(&mut some)?;
        Ok(some)
    }

    /// The next bytes, which must be so many zeros in front of what begins at a multiple of [`ALIGN`].
    fn zeros(&mut self, n: usize, part: &str) -> Result<(), BundleError> {
        let some = self.some(n)?;
        if some.len() < n {
            let found = format!("the end of the file {} bytes in front of it", n - some.len());
            return Err(self.refusal(part, found, "a whole file"));
        }
        match some.iter().all(|byte| *byte == 0) {
            true => Ok(()),
            false => Err(self.refusal(part, "bytes in front of it", "zeros")),
        }
    }

    /// Sections must stand one behind the other, aligned, without gaps, overlaps or a rest.
    fn sections(&mut self, sections: &[Section]) -> Result<Vec<(String, Array)>, BundleError> {
        if MAX_SECTIONS < sections.len() {
            let most = format!("at most {MAX_SECTIONS}");
            return Err(self.refusal("the sections", sections.len(), most));
        }
        let mut arrays: Vec<(String, Array)> = Vec::with_capacity(sections.len());
        let (mut piece, mut end) = (Vec::new(), 0);
        for section in sections {
            let start = self.begin(section, end)?;
            if arrays.iter().any(|(other, _)| *other == section.name) {
                return Err(self.refusal_of(section, "the name twice", "each name once"));
            }
            end = start + section.size_bytes;
            arrays.push((section.name.clone(), self.array(section, &mut piece)?));
        }
        match self.left {
            0 => Ok(arrays),
            left => Err(self.refusal("the end", format!("{left} bytes more"), "none")),
        }
    }

    /// Where a section begins, given where the one before it ends: there now.
    fn begin(&mut self, section: &Section, end: u64) -> Result<u64, BundleError> {
        let start = end.next_multiple_of(ALIGN as u64);
        if section.offset != start {
            return Err(self.refusal_of(section, format!("offset {}", section.offset), start));
        }
        self.zeros((start - end) as usize, &part_of(section))?;
        if self.left < section.size_bytes {
            let found = format!("{} bytes", section.size_bytes);
            return Err(self.refusal_of(section, found, format!("at most {}", self.left)));
        }
        Ok(start)
    }

    /// The list of a section, of which as many bytes are left.
    fn array(&mut self, section: &Section, piece: &mut Vec<u8>) -> Result<Array, BundleError> {
        let Some(mut array) = Array::with_room(&section.element, section.size_bytes) else {
            let found = format!("{} bytes of `{}`", section.size_bytes, section.element);
            return Err(self.refusal_of(section, found, "whole u8, u32, i64 or f64"));
        };
        let (mut left, mut hashing) = (section.size_bytes as usize, Hashing::default());
        while 0 < left {
            piece.resize(left.min(PIECE_BYTES), 0);
            self.fill(piece)?;
            hashing.update(piece);
            array.push(piece);
            left -= piece.len();
        }
        match hashing.hash().to_hex() == section.hash {
            true => Ok(array),
            false => Err(self.refusal_of(section, "another hash", "the hash in the manifest")),
        }
    }

    fn refusal(&self, part: &str, found: impl ToString, expected: impl ToString) -> BundleError {
        BundleError::format(self.name, part, found, expected)
    }

    fn refusal_of(&self, section: &Section, found: impl ToString, expected: impl ToString) -> BundleError {
        self.refusal(&part_of(section), found, expected)
    }
}

fn part_of(section: &Section) -> String {
    format!("section `{}`", section.name)
}
