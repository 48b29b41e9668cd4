//! Tables whose movements are known, and what `profile::why` says of them.

mod axes;
mod case;
mod draws;
mod judge;
mod print;
mod run;
mod segments;
mod signal;

pub use case::{Case, Measure, Sort};
pub use judge::{Judged, Target, judge};
pub use print::tables;
pub use run::run;
pub use segments::Move;
