//! The forms that rows and answers have in every protocol that leaves the choice to its callers: as `Content-Type` says, and
//! as `Accept` asks.

mod accept;
mod answer;
mod content;
mod flow;

pub(super) use accept::{Form, accepted};
pub(super) use answer::{Style, write};
pub(super) use content::Content;
pub(super) use flow::{Pieces, Writer};
