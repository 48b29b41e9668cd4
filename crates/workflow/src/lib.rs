//! Steps in the order of their needs, cached by content: *what must be done again, and what is known already?*
//!
//! The main types are [`Graph`] (steps and what they need), [`Store`] (results on disk, named by their hash) and
//! [`Observer`] (told what happens). A step's key is the hash of what it is and of the *content* of what it needs, so
//! touching a step reruns it, and those behind it only if its result changed. A result is recorded after it is
//! written, so a killed run goes on where it was.
//!
//! What is absent: any knowledge of what a step does.

mod graph;
mod store;
#[cfg(test)]
mod tests;

pub use graph::{Graph, Inputs, Observer, Outcome, Outputs, Step, WorkflowError};
pub use store::Store;
