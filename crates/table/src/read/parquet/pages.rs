//! What the pages of a Parquet file say of their sizes, compared with what they have and with what is allowed, before one
//! is decompressed: readers make room for what a page says, and some read a compressed one to its end whatever it says.

use super::super::lz4;
use super::page_header::{PageHeader, PageKind};
use crate::TableError;
use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use std::io::Read;

/// Refuses a file that says, or hides, that it has more rows or bytes than allowed in the columns at `roots`.
pub(super) fn check(
    bytes: &[u8],
    metadata: &ParquetMetaData,
    roots: &[usize],
    max_rows: u64,
    max_bytes: u64,
    name: &str,
) -> Result<(), TableError> {
    let limit_of_rows = || TableError::TooManyRows {
        name: name.to_owned(),
        limit: max_rows,
    };
    let (mut n_rows, mut n_bytes) = (0u64, 0u64);
    for group in metadata.row_groups() {
        let of_group = u64::try_from(group.num_rows()).map_err(|_| limit_of_rows())?;
        n_rows = n_rows.saturating_add(of_group);
        if max_rows < n_rows {
            return Err(limit_of_rows());
        }
        for (leaf, chunk) in group.columns().iter().enumerate() {
            let root = metadata.file_metadata().schema_descr().get_column_root_idx(leaf);
            if roots.contains(&root) {
                let pages = Pages::new(bytes, chunk, of_group).ok_or_else(|| damaged(name))?;
                pages.check(&mut n_bytes, max_bytes, name)?;
            }
        }
    }
    Ok(())
}

/// The pages of one column in one row group.
struct Pages<'a> {
    bytes: &'a [u8],
    compression: Compression,
    n_rows: u64,
}

impl<'a> Pages<'a> {
    /// `None` if they do not lie in the file.
    fn new(bytes: &'a [u8], chunk: &ColumnChunkMetaData, n_rows: u64) -> Option<Pages<'a>> {
        let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
        let start = usize::try_from(start).ok()?;
        let end = start.checked_add(usize::try_from(chunk.compressed_size()).ok()?)?;
        Some(Pages {
            bytes: bytes.get(start..end)?,
            compression: chunk.compression(),
            n_rows,
        })
    }

    /// Adds the bytes of every page once decompressed to `n_bytes`.
    fn check(mut self, n_bytes: &mut u64, max_bytes: u64, name: &str) -> Result<(), TableError> {
        while !self.bytes.is_empty() {
            let (header, rest) = PageHeader::read(self.bytes).ok_or_else(|| damaged(name))?;
            let (page, rest) = rest
                .split_at_checked(header.compressed)
                .ok_or_else(|| damaged(name))?;
            *n_bytes = n_bytes.saturating_add(header.uncompressed as u64);
            if max_bytes < *n_bytes {
                return Err(TableError::TooLarge {
                    name: name.to_owned(),
                    limit_bytes: max_bytes,
                });
            }
            if !self.is_honest(&header, page) {
                return Err(damaged(name));
            }
            self.bytes = rest;
        }
        Ok(())
    }

    /// Whether a page holds no more values and bytes than it says, as far as a decoder would believe it.
    fn is_honest(&self, header: &PageHeader, page: &[u8]) -> bool {
        let most_values = match header.kind {
            // a value takes a byte at least
            PageKind::Dictionary => header.uncompressed as u64,
            PageKind::Data => self.n_rows,
            PageKind::Other => u64::MAX,
        };
        let packed = page.get(header.levels..).unwrap_or_default();
        let room = (header.uncompressed as u64).saturating_sub(header.levels as u64);
        let fits = match self.compression {
            _ if !header.is_compressed => true,
            Compression::GZIP(_) => inflated_bytes(packed, room) <= room,
            Compression::LZ4 if lz4::is_frame(packed) => lz4::frame_fits(packed, room),
            _ => true,
        };
        fits && header.n_values <= most_values
    }
}

/// How many bytes come out, counted to one beyond `room`; what is no stream is left to the decoder to refuse.
fn inflated_bytes(packed: &[u8], room: u64) -> u64 {
    let mut reader = MultiGzDecoder::new(packed).take(room.saturating_add(1));
    std::io::copy(&mut reader, &mut std::io::sink()).unwrap_or(0)
}

fn damaged(name: &str) -> TableError {
    super::broken(name)("damaged content (pages that are not what they say)".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::read::{Format, Options, from_bytes};
    use crate::{Table, TableError};
    use arrow::array::Float64Array;
    use parquet::arrow::ArrowWriter;
    use parquet::basic::{Compression, GzipLevel};
    use parquet::file::properties::WriterProperties;
    use std::sync::Arc;

    const N_ROWS: usize = 50_000;

    fn file(compression: Compression) -> Vec<u8> {
        let cells = Arc::new(Float64Array::from(vec![0.5; N_ROWS]));
        let table = Table::new(vec![("x".to_owned(), cells)]).unwrap();
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_dictionary_enabled(false)
            .set_data_page_row_count_limit(usize::MAX)
            .build();
        let mut writer = ArrowWriter::try_new(Vec::new(), table.batch().schema(), Some(properties)).unwrap();
        writer.write(table.batch()).unwrap();
        writer.into_inner().unwrap()
    }

    fn read(bytes: &[u8], max_rows: u64, max_bytes: u64) -> Result<usize, TableError> {
        let options = Options {
            max_rows,
            max_bytes,
            ..Options::default()
        };
        from_bytes(bytes, Format::Parquet, "t", &options).map(|read| read.table.n_rows())
    }

    #[test]
    fn what_pages_say_is_held_against_limits_and_against_them() {
        let n_rows = N_ROWS as u64;
        for compression in [
            Compression::GZIP(GzipLevel::default()),
            Compression::SNAPPY,
            Compression::LZ4_RAW,
        ] {
            let bytes = file(compression);
            assert!(bytes.len() < 50_000, "it is a bomb");
            assert_eq!(read(&bytes, n_rows, 1 << 20).unwrap(), N_ROWS);
            assert!(matches!(
                read(&bytes, n_rows - 1, 1 << 20),
                Err(TableError::TooManyRows { limit: 49_999, .. })
            ));
            assert!(matches!(
                read(&bytes, n_rows, 300_000),
                Err(TableError::TooLarge { .. })
            ));
        }
        // the first page is of 400,000 bytes and a few; it will say that it is of 20,000
        let mut bytes = file(Compression::GZIP(GzipLevel::default()));
        let at = 4 + 3;
        assert_eq!(
            (bytes[4], bytes[6], bytes[at + 2] & 0x80),
            (0x15, 0x15, 0),
            "type and size of a page"
        );
        bytes[at..at + 3].copy_from_slice(&[0xc0, 0xb8, 0x02]);
        let found = read(&bytes, n_rows, 1 << 20).unwrap_err().to_string();
        assert!(found.contains("pages that are not what they say"), "{found}");
    }
}
