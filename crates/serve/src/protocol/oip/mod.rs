//! The Open Inference Protocol over HTTP and gRPC, with Triton's binary tensors, repository and statistics.
//!
//! A model has one input tensor per raw column of its bundle, shape `[-1]`: numbers FP64, whole numbers INT64,
//! truths BOOL, texts, days and times BYTES. Other datatypes are taken where no value is lost, and `[n, 1]` for
//! `[n]`. Outputs are the bundle's (FP64, the decision BYTES); `reasons` and `broken` (BYTES) are given only to those
//! who list them, as many reasons as the request's parameter `n_reasons` says (3 unless it does).

mod datatype;
mod describe;
pub(crate) mod grpc;
mod infer;
mod outputs;
mod refusal;
mod tensors;

pub(super) use describe::{
    model_config, model_metadata, model_names, model_stats, repository_index, server_metadata,
};
pub(super) use infer::infer;
pub(super) use refusal::{refused, status};
