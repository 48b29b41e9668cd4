//! Append-only segments of framed batches: what a kill leaves behind is a whole number of frames and a torn tail.
//!
//! A segment is the 8 bytes `SPANSEG1`, then frames. A frame is its payload's length (`u32`, little-endian), the
//! first 8 bytes of the payload's BLAKE3 hash, and the payload: one Arrow IPC stream. A reader takes frames until
//! one is cut short or does not match its hash, and says how many bytes it left.

use crate::{Complaints, Table, TableError, normalise};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"SPANSEG1";
const HEAD: usize = 12;
/// No frame is larger; a length beyond it is a torn or hostile file.
const MAX_FRAME_BYTES: usize = 256 << 20;
/// A larger frame does not keep its room.
const MAX_KEPT_BYTES: usize = 1 << 20;

/// Appends batches to one segment.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: File,
    size_bytes: u64,
    /// The frame that is written; kept for its room.
    frame: Vec<u8>,
}

/// What a segment held.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The batches in the order in which they were appended.
    pub tables: Vec<Table>,
    /// Bytes after the last whole frame; not 0 after a kill.
    pub torn_bytes: u64,
}

impl Writer {
    /// Opens the segment at `path` for appending; makes it if it is not there, and cuts off a torn tail.
    ///
    /// A tail that is more than torn (a frame damaged on disk, with others behind it) is set aside first, as `PATH.corrupt`.
    ///
    /// # Errors
    /// [`TableError::File`], or [`TableError::NotThatFormat`] if the file is something else.
    pub fn open(path: &Path) -> Result<Writer, TableError> {
        crate::file::make_folder(path.parent().unwrap_or(Path::new(".")))?;
        let fail = || TableError::file("write", path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(fail())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(fail())?;
        let mut size = 8;
        if bytes.is_empty() {
            file.write_all(MAGIC).map_err(fail())?;
        } else {
            check_magic(&bytes, path)?;
            size = 8 + frames(&bytes[8..])
                .map(|payload| (HEAD + payload.len()) as u64)
                .sum::<u64>();
            let rest = &bytes[size as usize..];
            if !is_torn(rest) {
                set_aside(path, rest)?;
            }
            file.set_len(size).map_err(fail())?;
        }
        file.seek(SeekFrom::Start(size)).map_err(fail())?;
        Ok(Writer {
            path: path.to_owned(),
            file,
            size_bytes: size,
            frame: Vec::new(),
        })
    }

    /// Appends one batch in one write; call [`Writer::sync`] before an acknowledgement that must outlive a power cut.
    ///
    /// # Errors
    /// [`TableError::File`], [`TableError::Arrow`], [`TableError::TooLarge`] for a batch that no reader would take. The
    /// segment is then as it was before.
    pub fn append(&mut self, table: &Table) -> Result<(), TableError> {
        self.frame.clear();
        self.frame.resize(HEAD, 0);
        encode(table, &mut self.frame)?;
        let (head, payload) = self.frame.split_at_mut(HEAD);
        if MAX_FRAME_BYTES < payload.len() {
            self.frame = Vec::new();
            return Err(TableError::TooLarge {
                name: self.path.display().to_string(),
                limit_bytes: MAX_FRAME_BYTES as u64,
            });
        }
        head[..4].copy_from_slice(&(payload.len() as u32).to_le_bytes());
        head[4..].copy_from_slice(&blake3::hash(payload).as_bytes()[..8]);
        let written = self.file.write_all(&self.frame);
        if let Err(error) = written {
            // Half a frame would hide all that is appended later. The error to report is the first one.
            let _ = self.file.set_len(self.size_bytes);
            let _ = self.file.seek(SeekFrom::Start(self.size_bytes));
            return Err(TableError::file("write", &self.path)(error));
        }
        self.size_bytes += self.frame.len() as u64;
        self.frame.clear();
        self.frame.shrink_to(MAX_KEPT_BYTES);
        Ok(())
    }

    /// Waits until everything appended is on disk.
    ///
    /// # Errors
    /// [`TableError::File`].
    pub fn sync(&mut self) -> Result<(), TableError> {
        self.file
            .sync_data()
            .map_err(TableError::file("write", &self.path))
    }

    /// The segment's size so far.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

/// Reads the whole frames of the segment at `path`.
///
/// # Errors
/// [`TableError::File`], [`TableError::NotThatFormat`] if the file does not begin like a segment.
pub fn read(path: &Path) -> Result<Segment, TableError> {
    from_bytes(
        &std::fs::read(path).map_err(TableError::file("read", path))?,
        path,
    )
}

/// Takes the whole frames of a segment's bytes; `path` is for messages.
///
/// # Errors
/// As [`read`], without [`TableError::File`].
pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Segment, TableError> {
    if bytes.is_empty() {
        return Ok(Segment {
            tables: Vec::new(),
            torn_bytes: 0,
        });
    }
    check_magic(bytes, path)?;
    let mut tables = Vec::new();
    let mut used = 8u64;
    for payload in frames(&bytes[8..]) {
        tables.push(decode(payload, path)?);
        used += (HEAD + payload.len()) as u64;
    }
    Ok(Segment {
        tables,
        torn_bytes: bytes.len() as u64 - used,
    })
}

fn check_magic(bytes: &[u8], path: &Path) -> Result<(), TableError> {
    if bytes.starts_with(MAGIC) {
        return Ok(());
    }
    Err(TableError::NotThatFormat {
        name: path.display().to_string(),
        expected: "a prediction log segment",
        found: "other first bytes".to_owned(),
    })
}

/// The payloads of whole frames that match their hashes, up to the first that does not.
fn frames(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let head = rest.get(..HEAD)?;
        let length = u32::from_le_bytes(head[..4].try_into().ok()?) as usize;
        let payload = rest.get(HEAD..HEAD + length.min(MAX_FRAME_BYTES + 1))?;
        let whole = payload.len() == length && blake3::hash(payload).as_bytes()[..8] == head[4..];
        rest = &rest[HEAD + payload.len()..];
        whole.then_some(payload)
    })
}

/// Whether `rest` is what a kill leaves of one frame: shorter than it says, and no whole frame in it.
fn is_torn(rest: &[u8]) -> bool {
    let cut_short = match rest.first_chunk::<4>() {
        None => true,
        Some(length) => {
            let length = u32::from_le_bytes(*length) as usize;
            length <= MAX_FRAME_BYTES && rest.len() < HEAD + length
        }
    };
    // A payload is an Arrow stream, which begins with this mark.
    let may_begin = |at: &usize| rest[*at..].get(HEAD..HEAD + 4) == Some(&[0xff; 4]);
    let holds_a_frame = |at: usize| frames(&rest[at..]).next().is_some();
    cut_short && !(1..rest.len()).filter(may_begin).any(holds_a_frame)
}

/// Keeps damaged bytes beside the segment, behind those kept before.
fn set_aside(path: &Path, rest: &[u8]) -> Result<(), TableError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".corrupt");
    let beside = PathBuf::from(name);
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&beside)
        .map_err(TableError::file("write", &beside))?;
    file.write_all(rest)
        .and_then(|()| file.sync_all())
        .map_err(TableError::file("write", &beside))
}

/// Puts a table behind what `out` holds.
fn encode(table: &Table, out: &mut Vec<u8>) -> Result<(), TableError> {
    let refuse = |source| TableError::Arrow {
        name: "segment".to_owned(),
        source,
    };
    let schema = table.batch().schema();
    let mut writer = arrow::ipc::writer::StreamWriter::try_new(out, &schema).map_err(refuse)?;
    writer.write(table.batch()).map_err(refuse)?;
    writer.finish().map_err(refuse)
}

fn decode(payload: &[u8], path: &Path) -> Result<Table, TableError> {
    let name = path.display().to_string();
    let (schema, batches) = crate::read::arrow_ipc::batches(payload, &name, "a prediction log segment")?;
    let batch = arrow::compute::concat_batches(&schema, &batches).map_err(TableError::arrow(&name))?;
    normalise(&batch, &mut Complaints::default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use arrow::array::Int64Array;
    use std::sync::Arc;

    fn table(values: &[i64]) -> Table {
        Table::new(vec![(
            "x".to_owned(),
            Arc::new(Int64Array::from(values.to_vec())) as _,
        )])
        .unwrap()
    }

    #[test]
    fn a_torn_tail_loses_only_the_last_frame_and_is_cut_on_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.seg");
        let mut writer = Writer::open(&path).unwrap();
        writer.append(&table(&[1, 2])).unwrap();
        let whole = writer.size_bytes();
        writer.append(&table(&[3])).unwrap();
        drop(writer);
        let bytes = std::fs::read(&path).unwrap();
        for cut in whole as usize + 1..bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let segment = read(&path).unwrap();
            assert_eq!(segment.tables, [table(&[1, 2])]);
            assert_eq!(segment.torn_bytes, cut as u64 - whole);
        }
        let mut writer = Writer::open(&path).unwrap();
        writer.append(&table(&[4])).unwrap();
        assert_eq!(read(&path).unwrap().tables, [table(&[1, 2]), table(&[4])]);
        assert_eq!(read(&path).unwrap().torn_bytes, 0);
    }

    #[test]
    fn a_damaged_frame_in_the_middle_is_set_aside_with_all_behind_it() {
        for damage in [20usize, 3] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.seg");
            let mut writer = Writer::open(&path).unwrap();
            writer.append(&table(&[1])).unwrap();
            let first = writer.size_bytes() as usize;
            writer.append(&table(&[2])).unwrap();
            writer.append(&table(&[3])).unwrap();
            drop(writer);
            let mut bytes = std::fs::read(&path).unwrap();
            // Once in the payload, once in the length, which then reaches beyond the file.
            bytes[first + damage] ^= 0x01;
            std::fs::write(&path, &bytes).unwrap();
            let mut writer = Writer::open(&path).unwrap();
            writer.append(&table(&[4])).unwrap();
            assert_eq!(read(&path).unwrap().tables, [table(&[1]), table(&[4])]);
            let kept = std::fs::read(folder.path().join("a.seg.corrupt")).unwrap();
            assert_eq!(kept, bytes[first..]);
        }
    }

    #[test]
    fn a_write_that_fails_leaves_no_half_frame() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.seg");
        let mut writer = Writer::open(&path).unwrap();
        writer.append(&table(&[1])).unwrap();
        let sound = std::mem::replace(&mut writer.file, File::open(&path).unwrap());
        assert!(writer.append(&table(&[2])).is_err());
        writer.file = sound;
        writer.append(&table(&[3])).unwrap();
        assert_eq!(read(&path).unwrap().tables, [table(&[1]), table(&[3])]);
    }
}
