//! What a message says of its sizes, compared with what it has and with what is allowed, before anything is made of it.

use super::super::lz4;
use crate::TableError;
use arrow::ipc::{CompressionType, Message, RecordBatch};
use std::collections::BTreeMap;

/// What was promised so far, and how much may be.
#[derive(Debug)]
pub(super) struct Claims {
    name: String,
    expected: &'static str,
    max_rows: u64,
    max_bytes: u64,
    n_rows: u64,
    /// Bytes of batches.
    n_bytes: u64,
    /// Bytes of each dictionary that is kept.
    dictionaries: BTreeMap<i64, u64>,
}

impl Claims {
    pub(super) fn new(name: &str, expected: &'static str, max_rows: u64, max_bytes: u64) -> Claims {
        Claims {
            name: name.to_owned(),
            expected,
            max_rows,
            max_bytes,
            n_rows: 0,
            n_bytes: 0,
            dictionaries: BTreeMap::new(),
        }
    }

    pub(super) fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    /// Forgets the batches so far: the limits are those of the next one.
    pub(super) fn forget_batches(&mut self) {
        (self.n_rows, self.n_bytes) = (0, 0);
    }

    /// Checks a message with its body.
    pub(super) fn check(&mut self, message: &Message<'_>, body: &[u8]) -> Result<(), TableError> {
        if let Some(batch) = message.header_as_record_batch() {
            let n_rows =
                u64::try_from(batch.length()).map_err(|_| self.broken("a batch of less than no rows"))?;
            self.n_rows = self.n_rows.saturating_add(n_rows);
            if self.max_rows < self.n_rows {
                return Err(TableError::TooManyRows {
                    name: self.name.clone(),
                    limit: self.max_rows,
                });
            }
            self.n_bytes = self.n_bytes.saturating_add(self.decoded_bytes(&batch, body)?);
        } else if let Some(dictionary) = message.header_as_dictionary_batch()
            && let Some(values) = dictionary.data()
        {
            let n_bytes = self.decoded_bytes(&values, body)?;
            let kept = self.dictionaries.entry(dictionary.id()).or_default();
            *kept = n_bytes.saturating_add(if dictionary.isDelta() { *kept } else { 0 });
        }
        let kept = self
            .dictionaries
            .values()
            .fold(0, |sum: u64, bytes| sum.saturating_add(*bytes));
        self.check_bytes(self.n_bytes.saturating_add(kept))
    }

    /// Refuses a size beyond the limit.
    pub(super) fn check_bytes(&self, n_bytes: u64) -> Result<(), TableError> {
        if n_bytes <= self.max_bytes {
            return Ok(());
        }
        Err(TableError::TooLarge {
            name: self.name.clone(),
            limit_bytes: self.max_bytes,
        })
    }

    pub(super) fn broken(&self, found: impl ToString) -> TableError {
        TableError::NotThatFormat {
            name: self.name.clone(),
            expected: self.expected,
            found: found.to_string(),
        }
    }

    /// The bytes of a batch's buffers once none is compressed.
    fn decoded_bytes(&self, batch: &RecordBatch<'_>, body: &[u8]) -> Result<u64, TableError> {
        let codec = batch.compression().map(|compression| compression.codec());
        let (mut held, mut decoded) = (0, 0u64);
        for buffer in batch.buffers().iter().flatten() {
            let start = usize::try_from(buffer.offset()).ok();
            let length = usize::try_from(buffer.length()).ok();
            let part = start
                .zip(length)
                .and_then(|(start, length)| body.get(start..start.checked_add(length)?))
                .ok_or_else(|| self.broken("a buffer that reaches beyond its message"))?;
            held += part.len();
            decoded = decoded.saturating_add(match codec {
                None => part.len() as u64,
                Some(codec) => self.unpacked_bytes(codec, part)?,
            });
        }
        match held <= body.len() {
            true => Ok(decoded),
            // each would be copied where it is not aligned
            false => Err(self.broken("buffers that overlap")),
        }
    }

    /// What a compressed buffer says it holds, which is put in front of it.
    fn unpacked_bytes(&self, codec: CompressionType, part: &[u8]) -> Result<u64, TableError> {
        let Some((length, packed)) = part.split_first_chunk::<8>() else {
            return match part.is_empty() {
                true => Ok(0),
                false => Err(self.broken("a compressed buffer without its length")),
            };
        };
        let length = match i64::from_le_bytes(*length) {
            -1 => return Ok(packed.len() as u64),
            length => {
                u64::try_from(length).map_err(|_| self.broken("a compressed buffer of less than no bytes"))?
            }
        };
        self.check_bytes(length)?;
        if codec == CompressionType::LZ4_FRAME && 0 < length && !lz4::frame_fits(packed, length) {
            return Err(self.broken("a compressed buffer that holds more than it says"));
        }
        Ok(length)
    }
}
