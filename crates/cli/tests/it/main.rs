//! The binary from outside: an empty folder and a command per test.
#![allow(clippy::unwrap_used, clippy::print_stderr, missing_docs)]

mod asked;
mod broken;
mod demo;
mod experiments;
mod explained;
mod followed;
mod generated_pages;
mod objects;
mod old_bundles;
mod parity;
mod planned;
mod privacy;
mod regressions;
mod support;
mod telco;
mod trained;
mod watched;
mod weak;
mod workflow;
