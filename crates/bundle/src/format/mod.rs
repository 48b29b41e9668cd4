//! The file: a checked JSON manifest and aligned sections of plain numbers, as `docs/format.md` describes it.
//!
//! One way to write, one way to read. Nothing in a bundle can run; every size is checked before it is believed.

mod array;
mod container;
mod head;
mod manifest;
mod model;
mod named;
mod opened;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use array::Array;
pub(crate) use container::to_bytes;
pub(crate) use manifest::{FloatHeader, Manifest, ModelHeader};
pub(crate) use model::{read as read_model, write as write_model};
pub(crate) use opened::{Front, Opened, read};

pub(crate) use head::Head;
pub use head::{MAGIC, VERSION};
pub use named::Named;
