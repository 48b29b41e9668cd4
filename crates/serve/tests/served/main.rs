//! A server on loopback, asked by a plain client.
#![allow(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    clippy::unwrap_used
)]

mod client;
mod crowds;
mod flowing;
mod forms;
mod kept;
mod logged;
mod mlflow;
mod native;
mod oip;
mod parity;
mod plain;
mod platforms;
mod room;
mod safety;
mod sample;
mod telling;
mod traced;
mod v1;
mod versions;
