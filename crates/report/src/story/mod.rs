//! Stories: question, answer, evidence, caveats, next step.

mod html;

pub(crate) use html::figure;

use crate::{Chart, Verdict};

/// A report that a stakeholder reads from the top and may stop reading anywhere.
///
/// In sentences, words `` `between back-ticks` `` are set as code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// What it is about, such as `Why customers leave`.
    pub title: String,
    /// Which data and time it rests on; may be empty.
    pub subtitle: String,
    /// What follows, in a word; none where a story decides nothing.
    pub standing: Option<Standing>,
    /// The findings, most important first: three to five sentences.
    pub lead: Vec<String>,
    /// The questions in the order in which a reader asks them.
    pub sections: Vec<Section>,
    /// What a checker needs: every number with its query, data and method.
    pub appendix: Vec<Fact>,
    /// Lines at the end: who made it from what.
    pub foot: Vec<String>,
}

/// What follows from a [`Story`]: a word above its first finding, and facts below it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// How urgent it is.
    pub tone: Verdict,
    /// The word, such as `Ship`.
    pub word: String,
    /// Facts that a reader looks for first: name and value.
    pub facts: Vec<(String, String)>,
}

/// One question of a [`Story`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Anchor within the page; taken from the question where it is empty, and made unique.
    pub id: String,
    /// The question, as it was asked.
    pub question: String,
    /// Its answer in a sentence or two.
    pub answer: String,
    /// What the answer rests on.
    pub evidence: Vec<Evidence>,
    /// What the evidence does not say.
    pub caveats: Vec<String>,
    /// What to do about it.
    pub next_step: Option<String>,
}

/// What an answer rests on.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a story holds a few dozen of these, and callers write them by hand"
)]
pub enum Evidence {
    /// A picture.
    Chart(Chart),
    /// Numbers in rows; the first 40 rows are shown.
    Table {
        /// What the table holds; may be empty.
        caption: String,
        /// Names of the columns.
        header: Vec<String>,
        /// Cells as they are to be read, each row as long as the header.
        rows: Vec<Vec<String>>,
    },
    /// A table that is folded away behind its caption: what a checker wants, and most readers do not.
    Folded {
        /// What the table holds.
        caption: String,
        /// Names of the columns.
        header: Vec<String>,
        /// Cells as they are to be read, each row as long as the header.
        rows: Vec<Vec<String>>,
    },
    /// A paragraph.
    Text(String),
}

/// One number of the appendix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// Its value, as it is to be read.
    pub value: String,
    /// The query that computed it.
    pub query: Option<String>,
    /// Hash of the data that it was computed from; may be empty.
    pub data_hash: String,
    /// The method, such as `Welch's t-test`; may be empty.
    pub method: String,
}

impl Story {
    /// The story as one HTML file: no script, no outside address, readable in light, dark, print and on a phone.
    #[must_use]
    pub fn to_html(&self) -> String {
        html::page(self).into_string()
    }

    /// Every picture in the order of the page, by the name of its section; from the second of a section on with a number.
    #[must_use]
    pub fn charts(&self) -> Vec<(String, Chart)> {
        let mut charts = Vec::new();
        for section in &self.sections {
            let name = match section.id.as_str() {
                "" => section.question.as_str(),
                id => id,
            };
            let pictures = section.evidence.iter().filter_map(|evidence| match evidence {
                Evidence::Chart(chart) => Some(chart.clone()),
                _ => None,
            });
            let named = pictures.enumerate().map(|(place, chart)| match place {
                0 => (name.to_owned(), chart),
                place => (format!("{name}-{}", place + 1), chart),
            });
            charts.extend(named);
        }
        charts
    }
}

#[cfg(test)]
mod tests;
