//! The monitor's page: is the service still seeing and saying what it should?

use super::shell;
use crate::story::figure;
use crate::text::{Safe, Words};
use crate::{Chart, format_number, format_p_value};
use maud::{Markup, html};

/// Rows shown, most urgent first; the rest is counted.
const MOST_ROWS: usize = 60;

/// What a window of a service's traffic shows against its baseline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MonitorPage {
    /// Which service, such as `churn@champion`.
    pub title: String,
    /// The one thing to know.
    pub verdict: Verdict,
    /// The verdict in a sentence.
    pub sentence: String,
    /// Names and values that describe the window: from, to, rows, bundle.
    pub facts: Vec<(String, String)>,
    /// The checks made; those that need attention are shown first.
    pub rows: Vec<MonitorRow>,
    /// Pictures of what changed.
    pub charts: Vec<Chart>,
    /// What to know about the method: false-alarm rate, what was not checked.
    pub notes: Vec<String>,
}

/// How urgent a finding is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing to do.
    #[default]
    Calm,
    /// Worth a look.
    Watch,
    /// Act now.
    Alarm,
}

impl Verdict {
    /// The word shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Calm => "Calm",
            Verdict::Watch => "Watch",
            Verdict::Alarm => "Alarm",
        }
    }

    pub(crate) fn class(self) -> &'static str {
        match self {
            Verdict::Calm => "calm",
            Verdict::Watch => "watch",
            Verdict::Alarm => "alarm",
        }
    }

    /// A sign that differs in shape, not only in colour.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Verdict::Calm => "●",
            Verdict::Watch => "◆",
            Verdict::Alarm => "▲",
        }
    }
}

/// One check of one feature.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MonitorRow {
    /// The feature, or what else was checked.
    pub feature: String,
    /// The check, such as `population stability`.
    pub check: String,
    /// Its p-value, where it has one.
    pub p_value: Option<f64>,
    /// The p-value corrected for all checks of the window.
    pub p_adjusted: Option<f64>,
    /// How large the change is.
    pub effect: f64,
    /// The effect below which a change does not matter.
    pub floor: f64,
    /// What follows.
    pub state: Verdict,
}

impl MonitorPage {
    /// The page as one HTML file: no script, no outside address.
    #[must_use]
    pub fn to_html(&self) -> String {
        let body = html! {
            header { h1 { (Safe(&self.title)) } }
            main #main {
                div class={ "status " (self.verdict.class()) } {
                    (state(self.verdict))
                    p.verdict { (Words(&self.sentence)) }
                    @if !self.facts.is_empty() {
                        dl.window {
                            @for (name, value) in &self.facts { div { dt { (Safe(name)) } dd { (Safe(value)) } } }
                        }
                    }
                }
                @if !self.rows.is_empty() { div.block { h2 { "Checks" } (checks(&self.rows)) } }
                @if !self.charts.is_empty() {
                    div.block { h2 { "Then and now" } @for chart in &self.charts { (figure(chart)) } }
                }
                @if !self.notes.is_empty() {
                    div.block { h2 { "How to read this" } ul { @for note in &self.notes { li { (Words(note)) } } } }
                }
            }
        };
        shell(&format!("{}: {}", self.verdict.name(), self.title), &body).into_string()
    }
}

fn state(verdict: Verdict) -> Markup {
    html! {
        span class={ "state " (verdict.class()) } {
            span aria-hidden="true" { (verdict.sign()) " " } (verdict.name())
        }
    }
}

fn checks(rows: &[MonitorRow]) -> Markup {
    let mut sorted: Vec<&MonitorRow> = rows.iter().collect();
    sorted.sort_by_key(|row| std::cmp::Reverse(row.state));
    let shown = &sorted[..sorted.len().min(MOST_ROWS)];
    let p_value = |p: Option<f64>| p.map_or("–".to_owned(), format_p_value);
    html! {
        div.scroll tabindex="0" role="group" aria-label="Checks" {
            table {
                thead { tr {
                    th scope="col" { "Feature" } th scope="col" { "State" }
                    th.num scope="col" { "Change" } th.num scope="col" { "Matters from" }
                    th.num scope="col" { "p, corrected" } th.num scope="col" { "p" }
                } }
                tbody {
                    @for row in shown {
                        tr {
                            th.name scope="row" { (Safe(&row.feature)) span.check { (Safe(&row.check)) } }
                            td { (state(row.state)) }
                            td.num { (format_number(row.effect)) }
                            td.num { (format_number(row.floor)) }
                            td.num { (p_value(row.p_adjusted)) }
                            td.num { (p_value(row.p_value)) }
                        }
                    }
                }
            }
        }
        @if sorted.len() > shown.len() {
            p.caption { (crate::format_count((sorted.len() - shown.len()) as u64)) " more checks not shown" }
        }
    }
}
