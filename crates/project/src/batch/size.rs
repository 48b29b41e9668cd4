//! How large is large: what is read at once or by blocks, what is scored alone, and how much is held at a time.

use std::path::Path;
use table::file::{is_packed, told_unpacked_bytes};
use table::read::Format;

/// A file of more bytes is scored block by block where it is the only one, and with all threads among others.
const LARGE_BYTES: u64 = 64 << 20;
/// Files up to this size are read at once: several of them are under way at a time.
const AT_ONCE_BYTES: u64 = 16 << 20;
/// The same of Parquet, where a byte may be many cells.
const AT_ONCE_PARQUET_BYTES: u64 = 1 << 20;
/// What files under way at a time may weigh together, unless one is alone.
pub(super) const BUDGET_BYTES: u64 = 512 << 20;
/// So many times its length weighs what is packed, if it does not say that it is more.
const PACKED_TIMES: u64 = 8;

/// Whether a file is scored block by block although it is the only one.
#[must_use]
pub fn is_large(path: &Path) -> bool {
    let least = match Format::of(path) {
        Ok(Format::Parquet) => AT_ONCE_PARQUET_BYTES,
        _ => LARGE_BYTES,
    };
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && least < found.len())
}

/// Whether a file among others is scored alone, with all threads.
pub(super) fn takes_all_threads(n_bytes: u64) -> bool {
    LARGE_BYTES <= n_bytes
}

/// Files of this format up to this size are read at once.
pub(super) fn at_once_bytes(path: &Path) -> u64 {
    match Format::of(path) {
        Ok(Format::Parquet) => AT_ONCE_PARQUET_BYTES,
        _ => AT_ONCE_BYTES,
    }
}

/// About how many bytes of a file are held while it is scored: a few blocks of what is read by blocks, else all of them,
/// unpacked.
pub(super) fn weight(path: &Path, n_bytes: u64) -> u64 {
    let unpacked = |told: Option<u64>| n_bytes.saturating_mul(PACKED_TIMES).max(told.unwrap_or(0));
    match Format::of(path) {
        _ if is_packed(path) => unpacked(told_unpacked_bytes(path)),
        // both may be packed within
        Ok(Format::Xlsx | Format::Arrow) => unpacked(None),
        Ok(Format::Csv | Format::Tsv | Format::Parquet) => n_bytes.min(AT_ONCE_BYTES),
        _ => n_bytes,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_read_at_once_weighs_what_it_unpacks_to() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| weight(&folder.path().join(name), 20 << 20);
        assert_eq!((of("a.csv"), of("a.parquet")), (16 << 20, 16 << 20));
        assert_eq!((of("a.jsonl"), of("a.xlsx")), (20 << 20, 160 << 20));
        assert_eq!((of("a.csv.gz"), of("a.parquet.zst")), (160 << 20, 160 << 20));
        // gzip says how much it holds, modulo 4 GiB
        let says_more = [&[0x1f, 0x8b, 8, 0][..], &(900u32 << 20).to_le_bytes()].concat();
        std::fs::write(folder.path().join("a.csv.gz"), says_more).unwrap();
        assert_eq!(of("a.csv.gz"), 900 << 20);
    }

    #[test]
    fn parquet_is_large_before_others_whatever_its_ending_looks_like() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str, n_bytes: u64| {
            let path = folder.path().join(name);
            std::fs::File::create(&path).unwrap().set_len(n_bytes).unwrap();
            is_large(&path)
        };
        assert!(of("a.parquet", 2 << 20) && of("a.PQ", 2 << 20) && of("a.csv", 65 << 20));
        assert!(!of("a.csv", 2 << 20) && !of("b.parquet", 1 << 20));
    }
}
