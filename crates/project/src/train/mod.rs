//! From a training table to a bundle: target, folds, candidates, verdict, final fit.

mod assemble;
mod candidates;
mod evaluate;
mod folds;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use assemble::assemble;
pub(crate) use candidates::candidates;
pub(crate) use evaluate::{OutOfFoldRecord, evaluate};
pub(crate) use target::Lesson;
