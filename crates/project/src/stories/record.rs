//! What an issue of a story said, kept to be compared with another.

use report::{Drawing, Evidence, Fact, Section, Story};
use serde::{Deserialize, Serialize};

/// What one issue of a story said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueRecord {
    /// Its title.
    pub title: String,
    /// The rows and tables that it was about.
    pub subtitle: String,
    /// Its findings.
    pub lead: Vec<String>,
    /// Its questions, in order.
    pub parts: Vec<PartRecord>,
    /// Its numbers, with the data behind each.
    pub facts: Vec<FactRecord>,
}

/// One question of a story.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRecord {
    /// What it is known by, in whatever words it is asked; the question where it has no name.
    pub id: String,
    /// The question.
    pub question: String,
    /// Its answer.
    pub answer: String,
    /// Hashes of the data behind it, 12 hexadecimal digits each.
    pub data: Vec<String>,
    /// What the answer rests on.
    pub shown: Vec<Shown>,
    /// What it does not say.
    pub caveats: Vec<String>,
    /// What to do about it.
    pub next_step: Option<String>,
}

/// What an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// A picture as it was drawn.
    Chart {
        /// What it shows.
        title: String,
        /// Its numbers in words.
        words: String,
        /// Its markup.
        markup: String,
    },
    /// Numbers in rows.
    Table {
        /// What the table holds.
        caption: String,
        /// Names of the columns.
        header: Vec<String>,
        /// Cells as they are read.
        rows: Vec<Vec<String>>,
    },
    /// A paragraph.
    Text(String),
}

/// One number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactRecord {
    /// What it is.
    pub name: String,
    /// Its value, as it is read.
    pub value: String,
    /// The method.
    pub method: String,
    /// The query that computed it.
    pub query: Option<String>,
    /// The hash of the data behind it.
    pub data: String,
}

impl IssueRecord {
    /// What `story` says; `behind` has the hashes of the data of each section.
    pub(crate) fn of(story: &Story, behind: &[Vec<String>]) -> IssueRecord {
        let parts = story.sections.iter().enumerate().map(|(position, section)| {
            let data = behind.get(position).cloned().unwrap_or_default();
            PartRecord::of(section, data)
        });
        IssueRecord {
            title: story.title.clone(),
            subtitle: story.subtitle.clone(),
            lead: story.lead.clone(),
            parts: parts.collect(),
            facts: story.appendix.iter().map(FactRecord::of).collect(),
        }
    }
}

impl PartRecord {
    fn of(section: &Section, data: Vec<String>) -> PartRecord {
        let id = match section.id.is_empty() {
            true => &section.question,
            false => &section.id,
        };
        PartRecord {
            id: id.clone(),
            question: section.question.clone(),
            answer: section.answer.clone(),
            data: data.iter().map(|hash| hash.chars().take(12).collect()).collect(),
            shown: section.evidence.iter().map(Shown::of).collect(),
            caveats: section.caveats.clone(),
            next_step: section.next_step.clone(),
        }
    }
}

impl Shown {
    fn of(evidence: &Evidence) -> Shown {
        match evidence {
            Evidence::Chart(chart) => {
                let drawing = Drawing::of(chart);
                Shown::Chart {
                    title: drawing.title.clone(),
                    words: drawing.words.clone(),
                    markup: drawing.markup().to_owned(),
                }
            }
            Evidence::Table {
                caption,
                header,
                rows,
            }
            | Evidence::Folded {
                caption,
                header,
                rows,
            } => Shown::Table {
                caption: caption.clone(),
                header: header.clone(),
                rows: rows.clone(),
            },
            Evidence::Text(text) => Shown::Text(text.clone()),
        }
    }
}

impl FactRecord {
    fn of(fact: &Fact) -> FactRecord {
        FactRecord {
            name: fact.name.clone(),
            value: fact.value.clone(),
            method: fact.method.clone(),
            query: fact.query.clone(),
            data: fact.data_hash.clone(),
        }
    }
}
