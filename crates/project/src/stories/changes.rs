//! What changed between two issues of a story, for machines and for the page.

use serde::Serialize;

/// What changed between two issues.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Changes {
    /// The parts that changed, in the order of the later issue; those that are gone at the end.
    pub parts: Vec<PartChange>,
    /// Questions and answers that stayed as they were.
    pub same_parts: Vec<(String, String)>,
    /// The numbers of the appendix that changed.
    pub facts: Vec<NumberChange>,
    /// Names and values of those that stayed as they were.
    pub same_facts: Vec<(String, String)>,
}

/// A part that changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PartChange {
    /// Its question.
    pub question: String,
    /// Whether only the later issue has it.
    pub is_new: bool,
    /// Whether only the earlier issue has it.
    pub is_gone: bool,
    /// Sentences that changed: then and now.
    pub sentences: Vec<(Option<String>, Option<String>)>,
    /// Numbers of its tables that changed.
    pub numbers: Vec<NumberChange>,
    /// Its pictures that changed.
    pub pictures: Vec<PictureChange>,
    /// Hashes of the data behind it, then.
    pub data_before: Vec<String>,
    /// Hashes of the data behind it, now.
    pub data_after: Vec<String>,
}

/// A number that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NumberChange {
    /// What it is.
    pub name: String,
    /// What it was, if it was there.
    pub before: Option<String>,
    /// What it is, if it is there.
    pub after: Option<String>,
    /// By how much it changed, as it is to be read.
    pub change: Option<String>,
    /// Whether it lies outside of the interval that it had.
    pub is_outside: Option<bool>,
    /// The hash of the data behind it, then.
    pub data_before: String,
    /// The hash of the data behind it, now.
    pub data_after: String,
}

/// A picture that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PictureChange {
    /// What it shows.
    pub title: String,
    /// Its numbers in words, then.
    pub before: Option<String>,
    /// Its numbers in words, now.
    pub after: Option<String>,
    #[serde(skip)]
    pub(super) markup: [Option<String>; 2],
}

impl PartChange {
    /// Whether nothing changed in it.
    pub(super) fn is_empty(&self) -> bool {
        !self.is_new
            && !self.is_gone
            && self.sentences.is_empty()
            && self.numbers.is_empty()
            && self.pictures.is_empty()
    }
}
