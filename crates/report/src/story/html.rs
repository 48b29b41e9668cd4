//! A story as HTML.

use super::{Evidence, Fact, Section, Standing, Story};
use crate::Chart;
use crate::page::{shell, table};
use crate::text::{Safe, Words};
use maud::{Markup, PreEscaped, html};

/// Sections from which a table of contents helps.
const CONTENTS_FROM: usize = 4;

pub(super) fn page(story: &Story) -> Markup {
    let ids = ids(&story.sections);
    let body = html! {
        header {
            h1 { (Safe(&story.title)) }
            @if !story.subtitle.is_empty() { p.stand { (Safe(&story.subtitle)) } }
        }
        main #main {
            @match &story.standing {
                Some(standing) => (stands(standing, &story.lead)),
                None => (findings(&story.lead)),
            }
            @if story.sections.len() >= CONTENTS_FROM { (contents(&story.sections, &ids)) }
            @for (part, id) in story.sections.iter().zip(&ids) { (section(part, id)) }
            @if !story.appendix.is_empty() { (appendix(&story.appendix)) }
        }
        @if !story.foot.is_empty() {
            footer { @for line in &story.foot { p { (Words(line)) } } }
        }
    };
    shell(&story.title, &body)
}

/// A chart with its words: drawn for screens and again for phones, of which one is shown.
pub(crate) fn figure(chart: &Chart) -> Markup {
    let [wide, narrow] = chart.to_fragments();
    html! {
        figure {
            (caption(&chart.title, &chart.caption))
            div.wide { (PreEscaped(wide)) }
            div.narrow { (PreEscaped(narrow)) }
        }
    }
}

fn caption(title: &str, more: &str) -> Markup {
    html! {
        @if !title.is_empty() || !more.is_empty() {
            figcaption {
                @if !title.is_empty() { strong { (Safe(title)) } }
                @if !more.is_empty() { span.caption { (Safe(more)) } }
            }
        }
    }
}

fn findings(lead: &[String]) -> Markup {
    html! {
        @if let Some((first, rest)) = lead.split_first() {
            div.findings {
                p.lead { (Words(first)) }
                @if !rest.is_empty() {
                    ul { @for sentence in rest { li { (Words(sentence)) } } }
                }
            }
        }
    }
}

/// The first finding under its word; the others as they always are.
fn stands(standing: &Standing, lead: &[String]) -> Markup {
    html! {
        div class={ "status " (standing.tone.class()) } {
            span class={ "state " (standing.tone.class()) } { span aria-hidden="true" { (standing.tone.sign()) " " } (Safe(&standing.word)) }
            @if let Some(first) = lead.first() { p.verdict { (Words(first)) } }
            @if !standing.facts.is_empty() {
                dl.window { @for (name, value) in &standing.facts { div { dt { (Safe(name)) } dd { (Safe(value)) } } } }
            }
        }
        @if lead.len() > 1 {
            div class="findings more" { ul { @for sentence in &lead[1..] { li { (Words(sentence)) } } } }
        }
    }
}

fn contents(sections: &[Section], ids: &[String]) -> Markup {
    html! {
        nav.contents aria-label="Questions" {
            h2 { "The questions" }
            ol {
                @for (section, id) in sections.iter().zip(ids) {
                    li { a href={ "#" (id) } { (Safe(&section.question)) } }
                }
            }
        }
    }
}

fn section(section: &Section, id: &str) -> Markup {
    html! {
        section #(id) aria-labelledby={ (id) "-q" } {
            h2 id={ (id) "-q" } { (Safe(&section.question)) }
            @if !section.answer.is_empty() { p.answer { (Words(&section.answer)) } }
            @for evidence in &section.evidence {
                @match evidence {
                    Evidence::Chart(chart) => (figure(chart)),
                    Evidence::Table { caption: words, header, rows } => figure {
                        (caption(words, ""))
                        (table(header, rows))
                    },
                    Evidence::Folded { caption, header, rows } => details.folded {
                        summary { (Safe(caption)) }
                        (table(header, rows))
                    },
                    Evidence::Text(text) => p { (Words(text)) },
                }
            }
            @if !section.caveats.is_empty() {
                div.caveats {
                    h3 { "What this does not say" }
                    ul { @for caveat in &section.caveats { li { (Words(caveat)) } } }
                }
            }
            @if let Some(next) = &section.next_step {
                div.next { h3 { "Next step" } p { (Words(next)) } }
            }
        }
    }
}

fn appendix(facts: &[Fact]) -> Markup {
    html! {
        details {
            summary { "How every number was made (" (facts.len()) ")" }
            dl.facts {
                @for fact in facts {
                    div {
                        dt { (Safe(&fact.name)) }
                        dd.value { (Safe(&fact.value)) }
                        @if !fact.method.is_empty() { dd { (Safe(&fact.method)) } }
                        @if let Some(query) = &fact.query { dd { pre { (Lines(query)) } } }
                        @if !fact.data_hash.is_empty() { dd { "Data " code { (Safe(&fact.data_hash)) } } }
                    }
                }
            }
        }
    }
}

/// Text whose line ends are kept.
struct Lines<'a>(&'a str);

impl maud::Render for Lines<'_> {
    fn render_to(&self, buffer: &mut String) {
        for (place, line) in self.0.lines().enumerate() {
            if place > 0 {
                buffer.push('\n');
            }
            Safe(line).render_to(buffer);
        }
    }
}

/// An anchor for each section: letters, digits and hyphens, each once.
fn ids(sections: &[Section]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::with_capacity(sections.len());
    for section in sections {
        let wanted = if section.id.is_empty() {
            &section.question
        } else {
            &section.id
        };
        let base = format!("q-{}", slug(wanted));
        let mut id = base.clone();
        let mut n = 1;
        while ids.contains(&id) {
            n += 1;
            id = format!("{base}-{n}");
        }
        ids.push(id);
    }
    ids
}

fn slug(text: &str) -> String {
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .take(8)
        .map(|word| word.chars().take(24).collect::<String>().to_ascii_lowercase())
        .collect::<Vec<_>>()
        .join("-")
}
