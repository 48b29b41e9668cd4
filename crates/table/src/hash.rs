//! Content hashes of bytes and tables.

use crate::{Kind, Table};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use std::fmt;
use std::io::{ErrorKind, Read};

/// Bytes of a file that are hashed between two looks at whether to go on.
const PIECE_BYTES: usize = 1 << 20;

/// A BLAKE3 hash of 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(*blake3::hash(bytes).as_bytes())
    }

    /// The hash of several parts; where one part ends matters.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Hash {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Hash(*hasher.finalize().as_bytes())
    }

    /// The hash of a file's content, read in pieces.
    ///
    /// # Errors
    /// [`crate::TableError::File`].
    pub fn of_file(path: &std::path::Path) -> Result<Hash, crate::TableError> {
        let mut file = std::fs::File::open(path).map_err(crate::TableError::file("read", path))?;
        let mut hasher = blake3::Hasher::new();
        hasher
            .update_reader(&mut file)
            .map_err(crate::TableError::file("read", path))?;
        Ok(Hash(*hasher.finalize().as_bytes()))
    }

    /// As [`Hash::of_file`], asking before each piece whether to go on; `None` if not.
    ///
    /// # Errors
    /// [`crate::TableError::File`].
    pub fn of_file_while(
        path: &std::path::Path,
        goes_on: impl Fn() -> bool,
    ) -> Result<Option<Hash>, crate::TableError> {
        let mut file = std::fs::File::open(path).map_err(crate::TableError::file("read", path))?;
        let mut hashing = Hashing::default();
        let mut piece = vec![0; PIECE_BYTES];
        while goes_on() {
            match file.read(&mut piece) {
                Ok(0) => return Ok(Some(hashing.hash())),
                Ok(n) => hashing.update(&piece[..n]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(crate::TableError::file("read", path)(error)),
            }
        }
        Ok(None)
    }

    /// The 64 hexadecimal digits.
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first 12 hexadecimal digits, for people.
    pub fn short(self) -> String {
        self.to_hex()[..12].to_owned()
    }

    /// The hash written as 64 hexadecimal digits, if `hex` is that.
    pub fn from_hex(hex: &str) -> Option<Hash> {
        let mut bytes = [0u8; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Hash(bytes))
    }
}

/// The hash of bytes that come one after the other: where one piece ends does not matter.
#[derive(Clone, Debug, Default)]
pub struct Hashing(blake3::Hasher);

impl Hashing {
    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all bytes so far.
    pub fn hash(&self) -> Hash {
        Hash(*self.0.finalize().as_bytes())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({})", self.short())
    }
}

pub(crate) fn of_table(table: &Table) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(table.n_rows() as u64).to_le_bytes());
    for ((name, kind), array) in table.columns().into_iter().zip(table.batch().columns()) {
        hasher.update(&(name.len() as u64).to_le_bytes());
        hasher.update(name.as_bytes());
        hasher.update(kind.name().as_bytes());
        hash_cells(&mut hasher, kind, array.as_ref());
    }
    Hash(*hasher.finalize().as_bytes())
}

fn hash_cells(hasher: &mut blake3::Hasher, kind: Kind, array: &dyn Array) {
    let mut bytes = Vec::with_capacity(array.len() * 9);
    for row in 0..array.len() {
        if array.is_null(row) {
            bytes.push(0);
            continue;
        }
        bytes.push(1);
        match kind {
            Kind::Boolean => bytes.push(u8::from(array.as_boolean().value(row))),
            Kind::Integer => bytes.extend(array.as_primitive::<Int64Type>().value(row).to_le_bytes()),
            Kind::Number => bytes.extend(
                array
                    .as_primitive::<Float64Type>()
                    .value(row)
                    .to_bits()
                    .to_le_bytes(),
            ),
            Kind::Date => bytes.extend(array.as_primitive::<Date32Type>().value(row).to_le_bytes()),
            Kind::Time => {
                bytes.extend(
                    array
                        .as_primitive::<TimestampMicrosecondType>()
                        .value(row)
                        .to_le_bytes(),
                );
            }
            Kind::Text => {
                let text = array.as_string::<i32>().value(row);
                bytes.extend((text.len() as u64).to_le_bytes());
                bytes.extend(text.as_bytes());
            }
        }
    }
    hasher.update(&bytes);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_file_is_hashed_in_pieces_for_as_long_as_it_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, vec![7; 3 * PIECE_BYTES + 5]).unwrap();
        let n_asked = Cell::new(0);
        let up_to = |most: usize| {
            n_asked.set(0);
            let goes_on = || n_asked.replace(n_asked.get() + 1) < most;
            Hash::of_file_while(&path, goes_on).unwrap()
        };
        assert_eq!(up_to(usize::MAX), Some(Hash::of_file(&path).unwrap()));
        assert!(4 < n_asked.get());
        assert_eq!((up_to(2), n_asked.get()), (None, 3));
    }
}
