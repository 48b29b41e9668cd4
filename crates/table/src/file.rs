//! Files written whole or not at all, and compressed bytes unpacked within a limit.

use crate::TableError;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The most bytes of a zstd frame's header.
const ZSTD_HEAD: u64 = 18;

/// Writes `bytes` to `path` so that a reader sees the old content or the new, never a part: write beside, sync, rename.
///
/// Missing folders are made.
///
/// # Errors
/// [`TableError::File`]; what was at `path` before is untouched then.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), TableError> {
    write_atomic_with(path, |file| file.write_all(bytes))
}

/// As [`write_atomic`], with a function that writes.
///
/// # Errors
/// [`TableError::File`]; what was at `path` before is untouched then.
pub fn write_atomic_with(
    path: &Path,
    write: impl FnOnce(&mut std::fs::File) -> std::io::Result<()>,
) -> Result<(), TableError> {
    make_folder(path.parent().unwrap_or(Path::new(".")))?;
    if path.is_dir() {
        return Err(TableError::IsFolder {
            path: path.to_owned(),
        });
    }
    let beside = beside(path);
    let result = std::fs::File::create(&beside).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all()
    });
    let result = result.and_then(|()| std::fs::rename(&beside, path));
    if result.is_err() {
        // The error to report is the one above; a left-over temporary file is only untidy.
        let _ = std::fs::remove_file(&beside);
    }
    result.map_err(TableError::file("write", path))
}

/// Makes a folder and those above it.
///
/// # Errors
/// [`TableError::File`] with the operating system's reason, for instance a file in the folder's place.
pub fn make_folder(path: &Path) -> Result<(), TableError> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(path).map_err(TableError::file("make the folder", path))
}

/// A name beside `path` that no other process or thread uses.
pub(crate) fn beside(path: &Path) -> PathBuf {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}-{number}.part", std::process::id()))
}

/// The content of `path`, decompressed if it is gzip or zstd, at most `limit_bytes` long.
///
/// # Errors
/// [`TableError::File`], [`TableError::IsFolder`], [`TableError::TooLarge`].
pub fn read_whole(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, TableError> {
    let raw = read_raw(path, limit_bytes)?;
    decompress(raw, limit_bytes, &path.display().to_string())
}

/// The bytes of `path` as they are, at most one more than `limit_bytes`.
pub(crate) fn read_raw(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, TableError> {
    if path.is_dir() {
        return Err(TableError::IsFolder {
            path: path.to_owned(),
        });
    }
    let file = std::fs::File::open(path).map_err(TableError::file("read", path))?;
    let mut raw = Vec::new();
    (&file)
        .take(limit_bytes.saturating_add(1))
        .read_to_end(&mut raw)
        .map_err(TableError::file("read", path))?;
    Ok(raw)
}

/// Removes what writers that were killed left in `folder` and, two levels down, below it.
///
/// Temporary files of processes that still run are left alone.
pub fn sweep(folder: &Path) {
    sweep_to(folder, 2);
}

fn sweep_to(folder: &Path, depth: usize) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && 0 < depth {
            sweep_to(&path, depth - 1);
        } else if !is_folder && writer_of(&path).is_some_and(|process| !is_running(process)) {
            // Untidy, and no more, if it cannot be removed.
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// The process that made a temporary file, by the name that [`beside`] gave it.
fn writer_of(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?.strip_prefix('.')?;
    let (process, number) = name.strip_suffix(".part")?.rsplit_once('.')?.1.split_once('-')?;
    number.parse::<u64>().ok()?;
    process.parse().ok()
}

#[cfg(target_os = "linux")]
fn is_running(process: u32) -> bool {
    Path::new("/proc").join(process.to_string()).exists()
}

/// Nobody can be asked here.
#[cfg(not(target_os = "linux"))]
fn is_running(_: u32) -> bool {
    true
}

/// Whether the name of `path` says that its bytes are packed with gzip or zstd.
#[must_use]
pub fn is_packed(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    ["gz", "zst"].contains(&ending.to_lowercase().as_str())
}

/// How many bytes a packed file says that it holds; `None` where it says nothing or is not packed.
///
/// A hint: gzip counts modulo 4 GiB and of its last part alone, and whoever made the file may lie.
#[must_use]
pub fn told_unpacked_bytes(path: &Path) -> Option<u64> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut head = Vec::new();
    (&file).take(ZSTD_HEAD).read_to_end(&mut head).ok()?;
    if head.starts_with(&GZIP) {
        let mut length = [0; 4];
        file.seek(SeekFrom::End(-4)).ok()?;
        file.read_exact(&mut length).ok()?;
        return Some(u32::from_le_bytes(length).into());
    }
    zstd::zstd_safe::get_frame_content_size(&head).ok()?
}

/// `bytes` as they are, or unpacked if they begin like gzip or zstd.
///
/// # Errors
/// [`TableError::TooLarge`] past `limit_bytes`, [`TableError::NotThatFormat`] if the stream is broken.
pub fn decompress(bytes: Vec<u8>, limit_bytes: u64, name: &str) -> Result<Vec<u8>, TableError> {
    let too_large = || TableError::TooLarge {
        name: name.to_owned(),
        limit_bytes,
    };
    let mut out = Vec::new();
    let broken = |expected| {
        move |error: std::io::Error| TableError::NotThatFormat {
            name: name.to_owned(),
            expected,
            found: error.to_string(),
        }
    };
    if bytes.starts_with(&GZIP) {
        let reader = flate2::read::MultiGzDecoder::new(bytes.as_slice());
        reader
            .take(limit_bytes + 1)
            .read_to_end(&mut out)
            .map_err(broken("a whole gzip stream"))?;
    } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let reader = zstd::stream::read::Decoder::new(bytes.as_slice());
        let reader = reader.map_err(broken("a zstd stream"))?;
        reader
            .take(limit_bytes + 1)
            .read_to_end(&mut out)
            .map_err(broken("a whole zstd stream"))?;
    } else {
        out = bytes;
    }
    if limit_bytes < out.len() as u64 {
        Err(too_large())
    } else {
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_killed_writers_left_is_swept_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| {
            let path = folder.path().join(name);
            make_folder(path.parent().unwrap()).unwrap();
            std::fs::write(&path, b"x").unwrap();
            path
        };
        // No process has the greatest number.
        let dead = [".a.csv.4294967295-0.part", "x/y/.b.4294967295-17.part"].map(place);
        let own = format!(".a.csv.{}-0.part", std::process::id());
        let kept = [".part", "a.4294967295-0.part", ".a.csv.me-0.part", "a.csv", &own].map(place);
        sweep(folder.path());
        assert!(dead.iter().all(|path| !path.exists()));
        assert!(kept.iter().all(|path| path.exists()));
    }

    #[test]
    fn packed_files_say_what_they_hold() {
        let folder = tempfile::tempdir().unwrap();
        let told = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            (is_packed(&path), told_unpacked_bytes(&path))
        };
        let text = vec![b'x'; 70_000];
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(&text).unwrap();
        assert_eq!(told("a.csv.gz", &gzip.finish().unwrap()), (true, Some(70_000)));
        let packed = zstd::bulk::compress(&text, 3).unwrap();
        assert_eq!(told("a.CSV.ZST", &packed), (true, Some(70_000)));
        // whoever packs a stream does not know its length
        let packed = zstd::stream::encode_all(text.as_slice(), 3).unwrap();
        assert_eq!(told("b.csv.zst", &packed), (true, None));
        assert_eq!(told("c.csv.gz", &GZIP), (true, None));
        assert_eq!(told("d.csv", b"a,b\n1,2\n"), (false, None));
        assert_eq!(told("e.csv", b""), (false, None));
    }
}
