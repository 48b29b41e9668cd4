//! From a training table to a bundle: target, folds, candidates, verdict, final fit.

mod assemble;
mod candidates;
mod evaluate;
mod folds;
mod intervals;
mod search;
mod target;
#[cfg(test)]
mod tests;
mod weak;

pub(crate) use assemble::{assemble, hide, learnt_rules, shows_any};
pub(crate) use candidates::{candidates, named, names};
pub(crate) use evaluate::{OutOfFoldRecord, evaluate};
pub use search::SearchRecord;
pub(crate) use search::{Order, search};
pub(crate) use target::Lesson;
pub(crate) use weak::weak_of_folds;
