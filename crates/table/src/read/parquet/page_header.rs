//! The sizes in the header of a page: as much of Thrift's compact protocol as they need.
//!
//! Source: `parquet.thrift` of Parquet 2.11 (`PageHeader`) and "Thrift Compact protocol encoding".

/// Structures deeper than this are not read; those of a page's header are three deep.
const MAX_DEPTH: usize = 8;

/// What the header of a page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageHeader {
    pub(super) kind: PageKind,
    /// Bytes once decompressed.
    pub(super) uncompressed: usize,
    /// Bytes in the file.
    pub(super) compressed: usize,
    pub(super) n_values: u64,
    /// Bytes in front that are never compressed.
    pub(super) levels: usize,
    pub(super) is_compressed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageKind {
    Data,
    Dictionary,
    Other,
}

/// The numbers and truths found, by the path of their fields.
#[derive(Debug, Default)]
struct Found(Vec<([i16; 2], i64)>);

impl PageHeader {
    /// The header that `bytes` begin with, and what is behind it; `None` if there is none.
    pub(super) fn read(bytes: &[u8]) -> Option<(PageHeader, &[u8])> {
        let mut reader = Reader { rest: bytes };
        let mut found = Found::default();
        reader.structure([0, 0], 0, &mut found)?;
        let size = |path| usize::try_from(found.of(path)?).ok();
        // headers of data pages are fields 5 and, of their second version, 8; of dictionaries 7
        let data = [5, 8].into_iter().find(|field| found.of([*field, 1]).is_some());
        let (kind, field) = match (data, found.of([7, 1])) {
            (Some(field), _) => (PageKind::Data, field),
            (None, Some(_)) => (PageKind::Dictionary, 7),
            (None, None) => (PageKind::Other, 0),
        };
        let header = PageHeader {
            kind,
            uncompressed: size([2, 0])?,
            compressed: size([3, 0])?,
            n_values: match kind {
                PageKind::Other => 0,
                _ => u64::try_from(found.of([field, 1])?).ok()?,
            },
            levels: match field {
                8 => size([8, 5]).unwrap_or(0).checked_add(size([8, 6]).unwrap_or(0))?,
                _ => 0,
            },
            is_compressed: found.of([8, 7]) != Some(0),
        };
        Some((header, reader.rest))
    }
}

impl Found {
    fn of(&self, path: [i16; 2]) -> Option<i64> {
        self.0
            .iter()
            .find(|(found, _)| *found == path)
            .map(|(_, value)| *value)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    /// Reads fields to the end of a structure, which is the field `path`.
    fn structure(&mut self, path: [i16; 2], depth: usize, found: &mut Found) -> Option<()> {
        let mut field = 0i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            field = match head >> 4 {
                0 => i16::try_from(zigzag(self.varint()?)).ok()?,
                more => field.checked_add(i16::from(more))?,
            };
            let inner = match depth {
                0 => [field, 0],
                1 => [path[0], field],
                // statistics, which nobody asks for
                _ => [-1, -1],
            };
            self.value(head & 15, inner, depth, found)?;
        }
    }

    fn value(&mut self, kind: u8, path: [i16; 2], depth: usize, found: &mut Found) -> Option<()> {
        match kind {
            1 | 2 => found.0.push((path, i64::from(kind == 1))),
            3 => self.skip(1)?,
            4..=6 => {
                let value = zigzag(self.varint()?);
                found.0.push((path, value));
            }
            7 => self.skip(8)?,
            8 => {
                let length = usize::try_from(self.varint()?).ok()?;
                self.skip(length)?;
            }
            12 if depth < MAX_DEPTH => self.structure(path, depth + 1, found)?,
            // no page's header has lists, sets or maps
            _ => return None,
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn skip(&mut self, n: usize) -> Option<()> {
        self.rest = self.rest.get(n..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_what_is_cut_is_none() {
        // type 0, 300 bytes from 40, checksum left out, a data page of 7 values with three encodings
        let bytes = [
            0x15, 0, 0x15, 0xd8, 4, 0x15, 80, 0x2c, 0x15, 14, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0, 9,
        ];
        let (header, rest) = PageHeader::read(&bytes).expect("a header");
        let expected = PageHeader {
            kind: PageKind::Data,
            uncompressed: 300,
            compressed: 40,
            n_values: 7,
            levels: 0,
            is_compressed: true,
        };
        assert_eq!((header, rest), (expected, &[9u8][..]));
        assert!((0..bytes.len() - 1).all(|n| PageHeader::read(&bytes[..n]).is_none()));
        let negative = [0x15, 0, 0x15, 1, 0x15, 80, 0];
        assert_eq!(PageHeader::read(&negative), None);
    }
}
