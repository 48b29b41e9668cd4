//! The profile's page: what is in a table, and can I trust it?

use super::{Verdict, shell, table};
use crate::story::figure;
use crate::text::{Safe, Words};
use crate::{Chart, format_percent};
use maud::{Markup, PreEscaped, html};

/// Columns that are shown; a page's size does not depend on the data's.
const MOST_COLUMNS: usize = 300;

/// What a table holds, column by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfilePage {
    /// What was looked at, such as the file's name.
    pub title: String,
    /// The table in a sentence.
    pub sentence: String,
    /// Names and values that describe the table: rows, columns, repeated rows.
    pub facts: Vec<(String, String)>,
    /// What should not be believed, grave things first.
    pub looks: Vec<(Verdict, String)>,
    /// What was repaired or guessed while reading.
    pub reading: Vec<String>,
    /// The columns, in order.
    pub columns: Vec<ColumnCard>,
    /// Parts about columns side by side: a heading, words, and a picture or rows of a table with their header.
    pub sides: Vec<Sides>,
    /// How numbers were found and how far they may be off.
    pub notes: Vec<String>,
}

/// A part of the page about columns side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sides {
    /// Its heading.
    pub heading: String,
    /// What it says, one paragraph each.
    pub words: Vec<String>,
    /// Its picture.
    pub chart: Option<Chart>,
    /// Its table: names of columns and rows.
    pub table: Option<(Vec<String>, Vec<Vec<String>>)>,
}

/// A column in short.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnCard {
    /// Its name.
    pub name: String,
    /// What it is, such as `money, numbers`.
    pub what: String,
    /// Share of rows without a value, in [0, 1].
    pub missing: f64,
    /// Names and values.
    pub facts: Vec<(String, String)>,
    /// What to look at.
    pub notes: Vec<String>,
    /// How its values are spread.
    pub chart: Option<Chart>,
    /// How they are spread in each class of the target.
    pub by_class: Option<Chart>,
}

impl ProfilePage {
    /// The page as one HTML file: no script, no outside address.
    #[must_use]
    pub fn to_html(&self) -> String {
        let shown = &self.columns[..self.columns.len().min(MOST_COLUMNS)];
        let body = html! {
            header { h1 { (Safe(&self.title)) } }
            main #main {
                div.findings {
                    p.lead { (Words(&self.sentence)) }
                    dl.window { @for (name, value) in &self.facts { div { dt { (Safe(name)) } dd { (Safe(value)) } } } }
                }
                @if !self.looks.is_empty() { div.block { h2 { "Look at this first" } (looks(&self.looks)) } }
                @if !self.reading.is_empty() {
                    div.block { h2 { "How it was read" } ul { @for line in &self.reading { li { (Words(line)) } } } }
                }
                div.block {
                    h2 { "Columns" }
                    @if shown.len() > 8 {
                        ol.index { @for (n, card) in shown.iter().enumerate() { li { a href={ "#c" (n) } { (Safe(&card.name)) } } } }
                    }
                    @for (n, card) in shown.iter().enumerate() { (column(n, card)) }
                    @if self.columns.len() > shown.len() {
                        p.caption { (crate::format_count((self.columns.len() - shown.len()) as u64)) " more columns not shown" }
                    }
                }
                @for part in &self.sides { (side_by_side(part)) }
                @if !self.notes.is_empty() {
                    div.block { h2 { "How to read this" } ul { @for note in &self.notes { li { (Words(note)) } } } }
                }
            }
            footer {}
        };
        shell(&self.title, &body).into_string()
    }
}

fn looks(looks: &[(Verdict, String)]) -> Markup {
    html! {
        ul.looks {
            @for (verdict, text) in looks {
                li {
                    span class={ "state " (verdict.class()) } { span aria-hidden="true" { (verdict.sign()) } }
                    span { (Words(text)) }
                }
            }
        }
    }
}

fn column(n: usize, card: &ColumnCard) -> Markup {
    html! {
        div.card id={ "c" (n) } {
            div {
                h3 { (Safe(&card.name)) }
                p.what { (Safe(&card.what)) }
                (missing(card.missing))
                dl { @for (name, value) in &card.facts { div { dt { (Safe(name)) } dd { (Safe(value)) } } } }
                @for note in &card.notes { p.note { (Words(note)) } }
            }
            @if card.chart.is_some() || card.by_class.is_some() {
                div {
                    @for chart in card.chart.iter().chain(&card.by_class) { (PreEscaped(chart.to_card())) }
                }
            }
        }
    }
}

/// A thin bar of the share that is missing; nothing where every row has a value.
fn missing(share: f64) -> Markup {
    let width = (share * 100.0).clamp(0.0, 100.0);
    html! {
        @if share > 0.0 {
            svg.fill viewBox="0 0 100 1" preserveAspectRatio="none" role="img" {
                title { (format_percent(share)) " missing" }
                rect width=(format!("{width:.2}")) height="1" {}
            }
        }
    }
}

fn side_by_side(part: &Sides) -> Markup {
    html! {
        div.block {
            h2 { (Safe(&part.heading)) }
            @for words in &part.words { p { (Words(words)) } }
            @if let Some(chart) = &part.chart { (figure(chart)) }
            @if let Some((header, rows)) = &part.table { (table(header, rows)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_columns_and_escapes_them() {
        let page = ProfilePage {
            title: "a.csv".to_owned(),
            sentence: "Three rows.".to_owned(),
            columns: vec![ColumnCard {
                name: "<b>".to_owned(),
                missing: 0.25,
                ..ColumnCard::default()
            }],
            looks: vec![(Verdict::Alarm, "`<i>` tells the target".to_owned())],
            ..ProfilePage::default()
        };
        let html = page.to_html();
        assert!(
            html.contains("&lt;b&gt;") && html.contains("25.0% missing"),
            "{html}"
        );
        assert!(!html.contains("<b>") && !html.contains("<i>"));
    }
}
