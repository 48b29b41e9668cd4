//! An Arrow IPC stream whose bytes come in pieces.

use super::super::budget::Budget;
use super::super::caught::caught;
use super::super::{Options, Read};
use super::claims::Claims;
use super::{EXPECTED, read_of};
use crate::TableError;
use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamDecoder;
use arrow::ipc::root_as_message;
use bytes::BytesMut;
use std::collections::VecDeque;

/// The longest description of a message.
const MAX_HEAD: usize = 64 << 20;
const END: [u8; 8] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// The batches of an Arrow IPC stream, read as its bytes come. It holds the bytes of one message, the batches of what was
/// pushed, and the stream's dictionaries; the limits of [`Options`] are those of one batch with the dictionaries.
#[derive(Debug)]
pub struct ArrowStream {
    name: String,
    messages: Messages,
}

/// What a stream is made of.
#[derive(Debug)]
pub(super) struct Messages {
    claims: Claims,
    decoder: StreamDecoder,
    pending: BytesMut,
    /// How many bytes must be there before it is worth looking again.
    awaited: usize,
    batches: VecDeque<RecordBatch>,
    /// Whether the stream said that it ends.
    is_over: bool,
    /// Whether no more bytes come.
    is_ended: bool,
}

impl ArrowStream {
    /// A stream without a byte so far; `name` is for messages, of `options` only `max_rows` and `max_bytes` count.
    pub fn new(name: &str, options: &Options) -> ArrowStream {
        let claims = Claims::new(name, EXPECTED, options.max_rows, options.max_bytes);
        ArrowStream {
            name: name.to_owned(),
            messages: Messages::new(claims),
        }
    }

    /// Adds bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        self.messages.pending.extend_from_slice(bytes);
    }

    /// The next batch, `None` if more bytes are needed for one.
    ///
    /// # Errors
    /// [`TableError`]: the bytes are not of a stream, or a batch is past a limit. There is nothing more to be had then.
    pub fn next_batch(&mut self) -> Result<Option<Read>, TableError> {
        self.messages.claims.forget_batches();
        let Some(batch) = self.messages.next()? else {
            return Ok(None);
        };
        let mut budget = Budget::new(&self.name, self.messages.claims.max_bytes());
        read_of(std::iter::once(batch), &mut budget).map(Some)
    }

    /// Says that no more bytes come: a stream that ends early is refused when its next batch is asked for.
    pub fn end(&mut self) {
        self.messages.is_ended = true;
    }
}

impl Messages {
    pub(super) fn new(claims: Claims) -> Messages {
        Messages {
            claims,
            decoder: StreamDecoder::new(),
            pending: BytesMut::new(),
            awaited: 0,
            batches: VecDeque::new(),
            is_over: false,
            is_ended: false,
        }
    }

    /// Every batch of a whole stream.
    pub(super) fn all(mut self, bytes: &[u8]) -> Result<(SchemaRef, Vec<RecordBatch>), TableError> {
        self.pending.extend_from_slice(bytes);
        self.is_ended = true;
        let mut batches = Vec::new();
        while let Some(batch) = self.next()? {
            batches.push(batch);
        }
        let schema = self.decoder.schema();
        schema
            .ok_or_else(|| self.claims.broken("no schema"))
            .map(|schema| (schema, batches))
    }

    fn next(&mut self) -> Result<Option<RecordBatch>, TableError> {
        while self.batches.is_empty() && self.awaited <= self.pending.len() {
            let Some(message) = self.message()? else { break };
            self.decode(Buffer::from(message))?;
        }
        if self.batches.is_empty() && self.is_ended {
            self.finish()?;
        }
        Ok(self.batches.pop_front())
    }

    fn finish(&mut self) -> Result<(), TableError> {
        if !self.pending.is_empty() {
            return Err(self.claims.broken("it ends within a message"));
        }
        if !self.is_over {
            // what came last is decoded when something follows it
            self.decode(Buffer::from(END.to_vec()))?;
            self.is_over = true;
        }
        Ok(())
    }

    fn decode(&mut self, mut message: Buffer) -> Result<(), TableError> {
        let (decoder, batches) = (&mut self.decoder, &mut self.batches);
        let decoded = caught(|| {
            while !message.is_empty() {
                batches.extend(decoder.decode(&mut message)?);
            }
            Ok::<(), arrow::error::ArrowError>(())
        });
        decoded
            .map_err(|found| self.claims.broken(found))?
            .map_err(|error| self.claims.broken(error))
    }

    /// The bytes of the next message, checked; `None` if they are not all there.
    fn message(&mut self) -> Result<Option<bytes::Bytes>, TableError> {
        let Some((start, length)) = prefix(&self.pending) else {
            self.awaited = self.pending.len() + 1;
            return Ok(None);
        };
        if self.is_over {
            return Err(self.claims.broken("bytes behind its end"));
        }
        if MAX_HEAD < length {
            return Err(self
                .claims
                .broken("the description of a message that is longer than 64 MiB"));
        }
        self.is_over = length == 0;
        let Some(head) = self.pending.get(start..start + length) else {
            self.awaited = start + length;
            return Ok(None);
        };
        let n_bytes = start + length + if length == 0 { 0 } else { self.body_bytes(head)? };
        if self.pending.len() < n_bytes {
            self.awaited = n_bytes;
            return Ok(None);
        }
        if 0 < length {
            let message = root_as_message(head).map_err(|error| self.claims.broken(error))?;
            self.claims
                .check(&message, &self.pending[start + length..n_bytes])?;
        }
        self.awaited = 0;
        Ok(Some(self.pending.split_to(n_bytes).freeze()))
    }

    fn body_bytes(&self, head: &[u8]) -> Result<usize, TableError> {
        let message = root_as_message(head).map_err(|error| self.claims.broken(error))?;
        let n_bytes = usize::try_from(message.bodyLength());
        let n_bytes = n_bytes.map_err(|_| self.claims.broken("a message of less than no bytes"))?;
        self.claims.check_bytes(n_bytes as u64).map(|()| n_bytes)
    }
}

/// Where the description of the first message begins, and how long it is: 0 at the stream's end.
fn prefix(bytes: &[u8]) -> Option<(usize, usize)> {
    let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    // streams of before Arrow 0.15 do without the mark
    let (start, length) = match word(0)? {
        u32::MAX => (8, word(4)?),
        length => (4, length),
    };
    Some((start, length as usize))
}
