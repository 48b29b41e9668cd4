//! Where the bytes of a growing file go: counted, hashed, packed, and the operating system's word kept.

use super::ZSTD_LEVEL;
use crate::Hashing;
use std::fs::File;
use std::io::{Error, Result, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// A file that is written from its beginning to its end.
///
/// Writers of formats tell what failed as a sentence; what the operating system said is kept here.
#[derive(Clone, Debug)]
pub(super) struct Tail(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    file: File,
    hashing: Hashing,
    n_bytes: u64,
    failed: Option<Error>,
}

impl Tail {
    pub(super) fn new(file: File) -> Tail {
        Tail(Arc::new(Mutex::new(State {
            file,
            hashing: Hashing::default(),
            n_bytes: 0,
            failed: None,
        })))
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the operating system refused, once.
    pub(super) fn failed(&self) -> Option<Error> {
        self.with(|state| state.failed.take())
    }

    /// Waits until the bytes are on the disk; their hash and number.
    pub(super) fn sync(&self) -> Result<(crate::Hash, u64)> {
        self.with(|state| {
            state.file.sync_all()?;
            Ok((state.hashing.hash(), state.n_bytes))
        })
    }
}

impl Write for Tail {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.with(|state| match state.file.write(bytes) {
            Ok(n) => {
                state.hashing.update(&bytes[..n]);
                state.n_bytes += n as u64;
                Ok(n)
            }
            Err(error) => {
                let told = Error::from(error.kind());
                state.failed = Some(error);
                Err(told)
            }
        })
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The bytes of a format, packed as the file's last ending says.
pub(super) enum Packed {
    Plain(Tail),
    Gzip(Box<flate2::write::GzEncoder<Tail>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, Tail>>),
}

impl Packed {
    pub(super) fn of(tail: Tail, packing: &str) -> Result<Packed> {
        Ok(match packing {
            "gz" => Packed::Gzip(Box::new(flate2::write::GzEncoder::new(
                tail,
                flate2::Compression::default(),
            ))),
            "zst" => Packed::Zstd(Box::new(zstd::stream::write::Encoder::new(tail, ZSTD_LEVEL)?)),
            _ => Packed::Plain(tail),
        })
    }

    pub(super) fn finish(self) -> Result<()> {
        match self {
            Packed::Plain(_) => Ok(()),
            Packed::Gzip(encoder) => encoder.finish().map(drop),
            Packed::Zstd(encoder) => encoder.finish().map(drop),
        }
    }
}

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match self {
            Packed::Plain(tail) => tail.write(bytes),
            Packed::Gzip(encoder) => encoder.write(bytes),
            Packed::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
