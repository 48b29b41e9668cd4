//! How a file is written: what separates cells, what quotes them, what ends a row.

/// What stands between two cells: one to four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separator {
    bytes: [u8; 4],
    length: u8,
}

impl Separator {
    /// The separator that `text` spells: one to four bytes without quotes and line ends; `None` for any other text.
    pub fn of(text: &str) -> Option<Separator> {
        let length = text.len();
        if length == 0 || 4 < length || text.contains(['"', '\n', '\r']) {
            return None;
        }
        let mut bytes = [0; 4];
        bytes[..length].copy_from_slice(text.as_bytes());
        Some(Separator {
            bytes,
            length: length as u8,
        })
    }

    /// The bytes, at least one.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl From<u8> for Separator {
    fn from(byte: u8) -> Separator {
        Separator {
            bytes: [byte, 0, 0, 0],
            length: 1,
        }
    }
}

impl std::fmt::Display for Separator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.as_bytes()))
    }
}

/// A byte with a meaning, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// No byte has this meaning.
    None,
    /// This one has.
    Byte(u8),
}

impl Mark {
    pub(super) fn byte(self) -> Option<u8> {
        match self {
            Mark::None => None,
            Mark::Byte(byte) => Some(byte),
        }
    }
}

/// How cells are separated, quoted and ended; a quote inside quotes is doubled, or follows `escape`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What stands between two cells.
    pub separator: Separator,
    /// What opens and closes a quoted cell.
    pub quote: Mark,
    /// What takes the meaning from a quote or separator behind it.
    pub escape: Mark,
    /// Lines that begin with it are no rows.
    pub comment: Mark,
    /// Whether blanks behind a separator belong to no cell.
    pub skips_blanks: bool,
    /// Whether rows end with a carriage return alone.
    pub ends_in_return: bool,
}

impl Dialect {
    /// Comma-separated values as RFC 4180 has them, with `separator`.
    pub fn plain(separator: Separator) -> Dialect {
        Dialect {
            separator,
            quote: Mark::Byte(b'"'),
            escape: Mark::None,
            comment: Mark::None,
            skips_blanks: false,
            ends_in_return: false,
        }
    }
}

/// The first row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its cells.
    pub names: Vec<String>,
}
