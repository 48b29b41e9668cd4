//! Arrow IPC files and streams. Lengths that a file states are compared with its size before anything is made of them.

use super::budget::Budget;
use super::caught::caught;
use super::{Options, Read};
use crate::normalise::normalise;
use crate::{Complaints, Table, TableError};
use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileDecoder, StreamDecoder, read_footer_length};
use arrow::ipc::{Block, convert::fb_to_schema, root_as_footer};
use std::sync::Arc;

/// Reads an Arrow IPC file or stream.
pub(super) fn read(bytes: &[u8], name: &str, options: &Options) -> Result<Read, TableError> {
    let (schema, batches) = batches(bytes, name, "an Arrow IPC file or stream")?;
    let mut budget = Budget::new(name, options.max_bytes);
    let mut complaints = Complaints::default();
    let mut tables = Vec::with_capacity(batches.len());
    for batch in batches {
        budget.take(&batch)?;
        tables.push(normalise(&batch, &mut complaints)?);
    }
    if tables.is_empty() {
        tables.push(normalise(&RecordBatch::new_empty(schema), &mut complaints)?);
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
    let broken = |found: String| TableError::NotThatFormat {
        name: name.to_owned(),
        expected,
        found,
    };
    let decode = || {
        let buffer = Buffer::from(bytes);
        if bytes.starts_with(b"ARROW1") {
            of_file(&buffer)
        } else {
            of_stream(buffer)
        }
    };
    caught(decode)
        .map_err(broken)?
        .map_err(|error| broken(error.to_string()))
}

fn of_stream(mut buffer: Buffer) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    let mut decoder = StreamDecoder::new();
    let mut batches = Vec::new();
    while let Some(batch) = decoder.decode(&mut buffer)? {
        batches.push(batch);
    }
    decoder.finish()?;
    let schema = decoder
        .schema()
        .ok_or_else(|| ArrowError::IpcError("no schema".to_owned()))?;
    Ok((schema, batches))
}

fn of_file(buffer: &Buffer) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
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
    for block in footer.dictionaries().iter().flatten() {
        decoder.read_dictionary(block, &part(buffer, block)?)?;
    }
    let mut batches = Vec::new();
    for block in footer.recordBatches().iter().flatten() {
        batches.extend(decoder.read_record_batch(block, &part(buffer, block)?)?);
    }
    Ok((schema, batches))
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
