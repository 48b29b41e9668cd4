//! How a file is cut: into blocks that end where a row does.

use super::plan::Plan;
use crate::TableError;
use crate::read::csv;
use std::fs::File;
use std::io::{Read as _, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Files up to this size are read at once.
const SMALL: u64 = 64 << 20;
/// Bytes read at a time.
const BLOCK: usize = 16 << 20;
/// Blocks that one row may fill.
const MOST_HELD: usize = 8;

/// How a file is cut, and who counts along; nothing here changes a row.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a> {
    /// Files up to this size in bytes are read at once.
    pub small_bytes: u64,
    /// Bytes of separated values read at a time, at least 1.
    pub block_bytes: usize,
    /// The bytes of the file that were handed on so far; begins anew where reading does.
    pub n_read: Option<&'a AtomicU64>,
}

impl Default for Cut<'_> {
    fn default() -> Self {
        Cut {
            small_bytes: SMALL,
            block_bytes: BLOCK,
            n_read: None,
        }
    }
}

impl Cut<'_> {
    pub(super) fn begin(&self) {
        if let Some(n_read) = self.n_read {
            n_read.store(0, Relaxed);
        }
    }

    pub(super) fn add(&self, n_bytes: u64) {
        if let Some(n_read) = self.n_read {
            n_read.fetch_add(n_bytes, Relaxed);
        }
    }
}

/// Hands out blocks that end where a row does, and whether each is the last; false where that cannot be told, or a block is
/// not UTF-8, or holds characters NUL, which are taken out of whole texts.
pub(super) fn blocks<E: From<TableError>>(
    path: &Path,
    plan: &Plan,
    block_bytes: usize,
    see: &mut impl FnMut(&str, bool) -> Result<(), E>,
) -> Result<bool, E> {
    let broken = || TableError::file("read", path);
    let mut file = File::open(path).map_err(broken())?;
    let length = file.metadata().map_err(broken())?.len();
    file.seek(SeekFrom::Start(plan.header_bytes)).map_err(broken())?;
    let mut n_left = length.saturating_sub(plan.header_bytes);
    let mut held: Vec<u8> = Vec::new();
    loop {
        let wanted = block_bytes as u64;
        let n = file
            .by_ref()
            .take(wanted)
            .read_to_end(&mut held)
            .map_err(broken())?;
        n_left = n_left.saturating_sub(n as u64);
        let is_last = n == 0 || n_left == 0;
        let end = match row_end(&held, plan) {
            _ if is_last => held.len(),
            Some(end) => end,
            // a row longer than a block is waited for, one of eight is none
            None if held.len() < MOST_HELD * block_bytes => continue,
            None => return Ok(false),
        };
        let Ok(block) = std::str::from_utf8(&held[..end]) else {
            return Ok(false);
        };
        if memchr::memchr(0, block.as_bytes()).is_some() {
            return Ok(false);
        }
        if 0 < end {
            see(block, is_last)?;
        }
        if is_last {
            return Ok(true);
        }
        held.drain(..end);
    }
}

/// Where the last whole row ends: behind the last line end outside quotes, which open at the beginning of a cell alone.
fn row_end(bytes: &[u8], plan: &Plan) -> Option<usize> {
    let csv::Mark::Byte(quote) = plan.outline.dialect.quote else {
        return line_end(bytes, true).map(|at| at + 1);
    };
    let (mut is_quoted, mut last, mut passed) = (false, None, 0);
    for at in memchr::memchr2_iter(quote, b'\n', bytes) {
        if at < passed {
            continue;
        }
        let before = at.checked_sub(1).map_or(b'\n', |before| bytes[before]);
        match (bytes[at] == quote, is_quoted) {
            // doubled, it is a letter
            (true, true) if bytes.get(at + 1) == Some(&quote) => passed = at + 2,
            (true, true) => is_quoted = false,
            (true, false) => is_quoted = before == b'\n' || before == plan.separator_end,
            (false, false) => last = Some(at + 1),
            (false, true) => {}
        }
    }
    last
}

/// The first or the last line end.
pub(super) fn line_end(bytes: &[u8], is_last: bool) -> Option<usize> {
    match is_last {
        true => memchr::memrchr(b'\n', bytes),
        false => memchr::memchr(b'\n', bytes),
    }
}
