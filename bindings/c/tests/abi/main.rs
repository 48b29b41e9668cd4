//! The ABI from outside: called as C calls it, and as it must not be.

#![allow(clippy::unwrap_used, unsafe_code)]

mod answers;
mod arrays;
mod caller;
mod header;
mod lies;
