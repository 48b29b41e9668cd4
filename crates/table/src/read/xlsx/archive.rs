//! What a workbook's archive holds, unpacked once to be weighed: what it says of its own sizes is not believed.

use super::refused;
use crate::TableError;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// The most files in the archive of a workbook.
const MAX_FILES: usize = 20_000;
/// What a workbook's reader holds for each byte unpacked: measured 4.8 for shared texts of nothing.
const HELD: u64 = 5;
/// How older workbooks and those with a password begin.
const COMPOUND_FILE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0];

/// Refuses what is no archive, is damaged, or would take more than `limit_bytes` once read.
pub(super) fn weigh(bytes: &[u8], name: &str, limit_bytes: u64) -> Result<(), TableError> {
    if bytes.starts_with(COMPOUND_FILE) {
        let found =
            "an older workbook (.xls) or one with a password; hint: save it as .xlsx without a password";
        return Err(refused(name, found));
    }
    let broken = |error: zip::result::ZipError| refused(name, error);
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if MAX_FILES < archive.len() {
        let found = format!(
            "an archive of {} files, expected at most {MAX_FILES}",
            archive.len()
        );
        return Err(refused(name, found));
    }
    let mut room = limit_bytes / HELD;
    for position in 0..archive.len() {
        let file = archive.by_index(position).map_err(broken)?;
        let unpacked = std::io::copy(&mut file.take(room.saturating_add(1)), &mut std::io::sink());
        let n = unpacked.map_err(|error| refused(name, error))?;
        room = room.checked_sub(n).ok_or_else(|| TableError::TooLarge {
            name: name.to_owned(),
            limit_bytes,
        })?;
    }
    Ok(())
}
