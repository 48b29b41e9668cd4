//! Rows as columns: Parquet files, Arrow IPC files and streams.
//!
//! What they say of their sizes is compared with what they have and with the limits before anything is made of it; their
//! readers count what they decode.

use super::inputs::{inputs_of, refusal_of};
use crate::config::Limits;
use crate::models::Loaded;
use crate::refusal::Refusal;
use bytes::Bytes;
use table::Table;
use table::read::{ArrowStream, Format, Options};

/// Rows of a Parquet file.
pub(crate) fn from_parquet(model: &Loaded, body: &Bytes, limits: &Limits) -> Result<Table, Refusal> {
    let options = Options {
        only: Some(model.inputs.iter().map(|(name, _)| name.clone()).collect()),
        ..options(limits)
    };
    from(Format::Parquet, model, body, limits, &options)
}

/// Rows of an Arrow IPC file or stream.
pub(crate) fn from_arrow(model: &Loaded, body: &Bytes, limits: &Limits) -> Result<Table, Refusal> {
    from(Format::Arrow, model, body, limits, &options(limits))
}

fn from(
    format: Format,
    model: &Loaded,
    body: &Bytes,
    limits: &Limits,
    options: &Options,
) -> Result<Table, Refusal> {
    let read = table::read::from_bytes(body, format, "the body", options).map_err(refusal_of)?;
    inputs_of(model, &read, limits.max_rows)
}

fn options(limits: &Limits) -> Options {
    Options {
        max_bytes: limits.max_body_bytes as u64,
        max_rows: limits.max_rows as u64,
        ..Options::default()
    }
}

/// The rows of an Arrow IPC stream, batch by batch as its bytes come.
#[derive(Debug)]
pub(crate) struct ArrowBatches {
    stream: ArrowStream,
    max_rows: usize,
}

impl ArrowBatches {
    /// Limits are those of one batch.
    pub(crate) fn new(limits: &Limits) -> ArrowBatches {
        ArrowBatches {
            stream: ArrowStream::new("the body", &options(limits)),
            max_rows: limits.max_rows,
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.stream.push(bytes);
    }

    pub(crate) fn end(&mut self) {
        self.stream.end();
    }

    /// The next rows; `None` if more bytes are needed. A batch without rows is passed over.
    pub(crate) fn next(&mut self, model: &Loaded) -> Result<Option<Table>, Refusal> {
        while let Some(read) = self.stream.next_batch().map_err(refusal_of)? {
            if 0 < read.table.n_rows() {
                return inputs_of(model, &read, self.max_rows).map(Some);
            }
        }
        Ok(None)
    }
}
