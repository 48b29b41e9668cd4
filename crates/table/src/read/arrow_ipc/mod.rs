//! Arrow IPC files and streams. Lengths that a file states are compared with its size, and with what is allowed, before
//! anything is made of them.

mod claims;
mod stream;

use super::budget::Budget;
use super::caught::caught;
use super::{Options, Read};
use crate::normalise::normalise;
use crate::{Complaints, Table, TableError};
use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileDecoder, read_footer_length};
use arrow::ipc::{Block, convert::fb_to_schema, root_as_footer, root_as_message};
use claims::Claims;
use std::sync::Arc;

pub use stream::ArrowStream;

const EXPECTED: &str = "an Arrow IPC file or stream";

/// Reads an Arrow IPC file or stream.
pub(super) fn read(bytes: &[u8], name: &str, options: &Options) -> Result<Read, TableError> {
    let claims = Claims::new(name, EXPECTED, options.max_rows, options.max_bytes);
    let (schema, mut batches) = decoded(bytes, claims)?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    read_of(batches.into_iter(), &mut Budget::new(name, options.max_bytes))
}

/// The rows of batches, each cast to the kinds that there are.
fn read_of(batches: impl Iterator<Item = RecordBatch>, budget: &mut Budget) -> Result<Read, TableError> {
    let mut complaints = Complaints::default();
    let mut tables = Vec::new();
    for batch in batches {
        budget.take(&batch)?;
        tables.push(normalise(&batch, &mut complaints)?);
    }
    Ok(Read {
        table: Table::concat(&tables)?,
        complaints,
        guesses: Vec::new(),
        dialect: None,
    })
}

/// The batches of a file or stream as they were written; `expected` says what it should have been.
pub(crate) fn batches(
    bytes: &[u8],
    name: &str,
    expected: &'static str,
) -> Result<(SchemaRef, Vec<RecordBatch>), TableError> {
    decoded(bytes, Claims::new(name, expected, u64::MAX, u64::MAX))
}

fn decoded(bytes: &[u8], mut claims: Claims) -> Result<(SchemaRef, Vec<RecordBatch>), TableError> {
    if !bytes.starts_with(b"ARROW1") {
        return stream::Messages::new(claims).all(bytes);
    }
    let buffer = Buffer::from(bytes);
    let mut refused = None;
    let file = caught(|| of_file(&buffer, &mut claims, &mut refused));
    match (refused, file) {
        (Some(refused), _) => Err(refused),
        (None, file) => file
            .map_err(|found| claims.broken(found))?
            .map_err(|error| claims.broken(error)),
    }
}

fn of_file(
    buffer: &Buffer,
    claims: &mut Claims,
    refused: &mut Option<TableError>,
) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    let broken = |what: &str| ArrowError::IpcError(what.to_owned());
    let tail = buffer.last_chunk::<10>().ok_or_else(|| broken("no footer"))?;
    let length = read_footer_length(*tail)?;
    let start = (buffer.len() - tail.len())
        .checked_sub(length)
        .ok_or_else(|| broken("a footer longer than the file"))?;
    let footer = root_as_footer(&buffer[start..start + length])
        .map_err(|error| broken(&format!("a footer that cannot be read: {error}")))?;
    let schema = footer.schema().ok_or_else(|| broken("no schema"))?;
    let schema: SchemaRef = Arc::new(fb_to_schema(schema));
    let mut decoder = FileDecoder::new(Arc::clone(&schema), footer.version());
    let mut checked = |block: &Block| {
        let part = part(buffer, block)?;
        check(&part, block, claims).map_err(|refusal| {
            *refused = Some(refusal);
            broken("refused")
        })?;
        Ok::<Buffer, ArrowError>(part)
    };
    for block in footer.dictionaries().iter().flatten() {
        decoder.read_dictionary(block, &checked(block)?)?;
    }
    let mut batches = Vec::new();
    for block in footer.recordBatches().iter().flatten() {
        batches.extend(decoder.read_record_batch(block, &checked(block)?)?);
    }
    Ok((schema, batches))
}

/// Checks the message that a block stands for.
fn check(part: &[u8], block: &Block, claims: &mut Claims) -> Result<(), TableError> {
    let (head, body) = part.split_at(block.metaDataLength() as usize);
    let head = match head.split_first_chunk::<4>() {
        Some(([0xff, 0xff, 0xff, 0xff], rest)) => rest.get(4..),
        Some((_, rest)) => Some(rest),
        None => None,
    };
    let head = head.ok_or_else(|| claims.broken("a block without a message"))?;
    let message = root_as_message(head).map_err(|error| claims.broken(error))?;
    claims.check(&message, body)
}

/// The bytes that a block stands for.
fn part(buffer: &Buffer, block: &Block) -> Result<Buffer, ArrowError> {
    let [start, head, body] = [
        usize::try_from(block.offset()),
        usize::try_from(block.metaDataLength()),
        usize::try_from(block.bodyLength()),
    ]
    .map(Result::ok);
    let length = head.zip(body).and_then(|(head, body)| head.checked_add(body));
    let inside = start
        .zip(length)
        .filter(|(start, length)| start.checked_add(*length).is_some_and(|end| end <= buffer.len()));
    let (start, length) =
        inside.ok_or_else(|| ArrowError::IpcError("a block that reaches beyond the file".to_owned()))?;
    Ok(buffer.slice_with_length(start, length))
}

#[cfg(test)]
mod tests;
