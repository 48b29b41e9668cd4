//! Bundles behind a C ABI, for C++, Java and whatever else calls C: *what does the model say of this row, in my process?*
//!
//! `include/spanwise.h` is what callers read; `tests/abi/header.rs` holds it against this crate. Handles are numbers that
//! are looked up, never addresses: one that was closed or made up is refused. Every function gives a code and leaves a
//! sentence for [`spanwise_message`] on the calling thread; nothing unwinds into the caller, and no address of ours
//! is handed out, but for the arrays of the Arrow C data interface, which carry their own release.
//!
//! What is absent: training, serving, the registry, and any opinion on where rows come from.

mod about;
mod border;
mod handles;
mod rows;
mod score;
mod text;

pub use about::{
    spanwise_class, spanwise_close, spanwise_column, spanwise_hash, spanwise_input, spanwise_n_classes,
    spanwise_n_columns, spanwise_n_inputs, spanwise_n_outputs, spanwise_name, spanwise_open,
    spanwise_open_bytes, spanwise_task,
};
pub use border::{spanwise_abi, spanwise_message, spanwise_version};
pub use rows::arrow::{ArrowArray, ArrowSchema};
pub use rows::columns::SpanwiseColumn;
pub use score::{SpanwiseOptions, SpanwiseScores, spanwise_score_arrow, spanwise_score_columns};
