//! Two issues of a story beside each other: what changed since, by how much, and from which data?

use super::{shell, table};
use crate::Drawing;
use crate::text::{Safe, Words};
use maud::{Markup, PreEscaped, html};

/// What changed between two issues of a story.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangesPage {
    /// What it is about.
    pub title: String,
    /// How much changed, in a sentence.
    pub sentence: String,
    /// Names and values that tell the two issues: when, from which data.
    pub facts: Vec<(String, String)>,
    /// What changed, in the order of the story.
    pub parts: Vec<ChangedPart>,
    /// The numbers of the appendix that changed.
    pub numbers: Vec<ChangedNumber>,
    /// What stayed as it was: heading and answer.
    pub same: Vec<(String, String)>,
    /// The numbers of the appendix that stayed as they were: name and value.
    pub same_numbers: Vec<(String, String)>,
    /// How to read it.
    pub notes: Vec<String>,
}

/// A part of the story that changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangedPart {
    /// Its question.
    pub heading: String,
    /// What happened to it.
    pub fate: Fate,
    /// Its sentences that changed, word by word.
    pub sentences: Vec<Vec<(Fate, String)>>,
    /// Which data stood behind it and stand now, in a sentence; may be empty.
    pub data: String,
    /// Its numbers that changed.
    pub numbers: Vec<ChangedNumber>,
    /// Its pictures that changed: title, then, now.
    pub pictures: Vec<Beside>,
}

/// What happened to a part, or to words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// As it was.
    #[default]
    Same,
    /// In both issues, and not alike.
    Changed,
    /// In the later issue alone.
    New,
    /// In the earlier issue alone.
    Gone,
}

/// A number that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedNumber {
    /// What it is.
    pub name: String,
    /// What it was; empty if it is new.
    pub before: String,
    /// What it is; empty if it is gone.
    pub after: String,
    /// By how much it changed, as it is to be read; may be empty.
    pub change: String,
    /// The data behind it, then and now; may be empty.
    pub data: String,
}

/// A picture then and now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// What it shows.
    pub title: String,
    /// As it was; none if it is new.
    pub before: Option<Drawing>,
    /// As it is; none if it is gone.
    pub after: Option<Drawing>,
}

impl Fate {
    /// The word shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Fate::Same => "Same",
            Fate::Changed => "Changed",
            Fate::New => "New",
            Fate::Gone => "Gone",
        }
    }
}

impl ChangesPage {
    /// The page as one HTML file: no script, no outside address.
    #[must_use]
    pub fn to_html(&self) -> String {
        let body = html! {
            header { h1 { (Safe(&self.title)) } }
            main #main {
                div.findings {
                    p.lead { (Words(&self.sentence)) }
                    dl.window { @for (name, value) in &self.facts { div { dt { (Safe(name)) } dd { (Safe(value)) } } } }
                }
                @for changed in &self.parts { (part(changed)) }
                @if !self.numbers.is_empty() {
                    div.block { h2 { "Every number that changed" } (numbers(&self.numbers)) }
                }
                (same(self))
                @if !self.notes.is_empty() {
                    div.block { h2 { "How to read this" } ul { @for note in &self.notes { li { (Words(note)) } } } }
                }
            }
        };
        shell(&self.title, &body).into_string()
    }
}

fn part(part: &ChangedPart) -> Markup {
    html! {
        div.block {
            p.fate { (part.fate.name()) }
            h2 { (Safe(&part.heading)) }
            @for sentence in &part.sentences { p.told { @for (fate, words) in sentence { (run(*fate, words)) } } }
            @if !part.data.is_empty() { p.caption { (Words(&part.data)) } }
            @if !part.numbers.is_empty() { (numbers(&part.numbers)) }
            @for picture in &part.pictures { (beside(picture)) }
        }
    }
}

/// Words that came, went or stayed; what went is struck out, what came is underlined.
fn run(fate: Fate, words: &str) -> Markup {
    html! {
        @match fate {
            Fate::Gone => { del { (Safe(words)) } " " }
            Fate::New => { ins { (Safe(words)) } " " }
            Fate::Same | Fate::Changed => { (Safe(words)) " " }
        }
    }
}

fn numbers(numbers: &[ChangedNumber]) -> Markup {
    let has_data = numbers.iter().any(|number| !number.data.is_empty());
    let header = ["Number", "Before", "Now", "Change", "Data"];
    let n_shown = header.len() - usize::from(!has_data);
    let rows: Vec<Vec<String>> = numbers
        .iter()
        .map(|number| {
            let or_none = |text: &str| {
                if text.is_empty() {
                    "–".to_owned()
                } else {
                    text.to_owned()
                }
            };
            let cells = [
                &number.name,
                &number.before,
                &number.after,
                &number.change,
                &number.data,
            ];
            cells.iter().take(n_shown).map(|text| or_none(text)).collect()
        })
        .collect();
    let header: Vec<String> = header.iter().take(n_shown).map(|&name| name.to_owned()).collect();
    table(&header, &rows)
}

fn beside(picture: &Beside) -> Markup {
    html! {
        figure.beside {
            figcaption { strong { (Safe(&picture.title)) } }
            div {
                (side("Before", picture.before.as_ref()))
                (side("Now", picture.after.as_ref()))
            }
        }
    }
}

fn side(word: &str, drawing: Option<&Drawing>) -> Markup {
    html! {
        div {
            p.side { (word) }
            @match drawing {
                Some(drawing) => (PreEscaped(drawing.markup())),
                None => p.caption { "not there" },
            }
        }
    }
}

/// What stayed as it was, folded away.
fn same(page: &ChangesPage) -> Markup {
    let pairs = |pairs: &[(String, String)]| {
        html! { dl.facts { @for (name, value) in pairs { div { dt { (Safe(name)) } dd { (Words(value)) } } } } }
    };
    html! {
        @if !page.same.is_empty() {
            details { summary { "Answers as they were (" (page.same.len()) ")" } (pairs(&page.same)) }
        }
        @if !page.same_numbers.is_empty() {
            details { summary { "Numbers as they were (" (page.same_numbers.len()) ")" } (pairs(&page.same_numbers)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bar, Bars, Chart};

    #[test]
    fn a_page_shows_what_went_and_what_came() {
        let bars = Bars {
            items: vec![Bar::new("a", 1.0)],
            ..Bars::default()
        };
        let words = |fate, text: &str| (fate, text.to_owned());
        let page = ChangesPage {
            title: "What changed".to_owned(),
            parts: vec![ChangedPart {
                heading: "Why <b>?".to_owned(),
                fate: Fate::Changed,
                sentences: vec![vec![
                    words(Fate::Same, "It is"),
                    words(Fate::Gone, "40%"),
                    words(Fate::New, "<i>42%"),
                ]],
                numbers: vec![ChangedNumber {
                    name: "share".to_owned(),
                    before: "40%".to_owned(),
                    ..ChangedNumber::default()
                }],
                pictures: vec![Beside {
                    title: "t".to_owned(),
                    before: Some(Drawing::of(&Chart::new("t", bars))),
                    after: None,
                }],
                ..ChangedPart::default()
            }],
            same: vec![("Who?".to_owned(), "Nobody.".to_owned())],
            ..ChangesPage::default()
        };
        let html = page.to_html();
        assert!(
            html.contains("It is <del>40%</del> <ins>&lt;i&gt;42%</ins>"),
            "{html}"
        );
        assert!(
            html.contains("not there")
                && html.contains("Answers as they were (1)")
                && html.contains("<svg class=\"chart\"")
        );
        assert!(!html.contains("<b>") && !html.contains("<i>") && !html.contains("<th scope=\"col\">Data"));
    }
}
