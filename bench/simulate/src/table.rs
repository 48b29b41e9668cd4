//! What was found, as Markdown.

use crate::run::Found;
use crate::study::{Counted, Limit, Promise, Study};

/// The title of a part and the head of its table.
pub(crate) fn heading(part: &str) -> String {
    format!(
        "\n### {part}\n\n| what | scenario | promised, % | found, % | ± | limits | held | |\n\
         |---|---|---|---|---|---|---|---|"
    )
}

/// The line under all tables.
#[derive(Debug, Default)]
pub(crate) struct Closing {
    n_rows: usize,
    n_shares: usize,
    n_second: usize,
    pub(crate) n_outside: usize,
}

impl Closing {
    pub(crate) fn count(&mut self, study: &Study, found: &Found) {
        self.n_rows += 1;
        self.n_shares += study.promises.len();
        self.n_second += usize::from(found.is_second);
        self.n_outside += usize::from(!study.holds(found));
    }
}

impl std::fmt::Display for Closing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            n_rows,
            n_shares,
            n_second,
            n_outside,
        } = self;
        write!(
            f,
            "{n_rows} rows with {n_shares} shares; {n_second} rows were drawn a second time; {n_outside} fell outside \
             their limits."
        )
    }
}

/// A row of the table.
pub(crate) fn row(study: &Study, found: &Found) -> String {
    let joined = |of: &dyn Fn(usize) -> String| {
        let cells: Vec<String> = (0..study.promises.len()).map(of).collect();
        cells.join(" · ")
    };
    let promised = joined(&|k| percent(study.promises[k].nominal));
    let error = joined(&|k| format!("{:.2}", 100.0 * found.shares[k].error));
    let held = if study.holds(found) { "yes" } else { "**no**" };
    format!(
        "| {} | {} | {promised} | {} | {error} | {} | {held} | {} |",
        study.what,
        study.scenario,
        shares(study, found),
        limits(&study.promises),
        notes(study, found)
    )
}

/// The shares found, in percent.
pub(crate) fn shares(study: &Study, found: &Found) -> String {
    let cells: Vec<String> = (0..study.promises.len())
        .map(|k| format!("{:.2}", 100.0 * found.shares[k].share))
        .collect();
    cells.join(" · ")
}

fn limits(promises: &[Promise]) -> String {
    let first = promises[0];
    match (first.limit, first.counted) {
        (Limit::Exact, _) => "exact".to_owned(),
        (Limit::Safe, Counted::Covered) => "at least".to_owned(),
        (Limit::Safe, _) => "at most".to_owned(),
        (Limit::Close, _) => "close".to_owned(),
        (Limit::Rough, _) => "rough".to_owned(),
        (Limit::Off(..), _) => {
            let ranges = promises.iter().map(|promise| {
                let (low, high) = promise.range();
                format!("{} to {}", percent(low), percent(high))
            });
            ranges.collect::<Vec<_>>().join(" · ")
        }
    }
}

fn notes(study: &Study, found: &Found) -> String {
    let mut notes = Vec::new();
    if !study.note.is_empty() {
        notes.push(study.note.to_owned());
    }
    if found.is_second || study.divisor > 1 {
        notes.push(format!("{} replications", thousands(found.n)));
    }
    if found.n_undefined > 0 {
        let share = 100.0 * found.n_undefined as f64 / found.n as f64;
        notes.push(format!("no answer in {share:.2} %"));
    }
    notes.join("; ")
}

fn percent(share: f64) -> String {
    let text = format!("{:.2}", 100.0 * share);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn thousands(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        _ => format!("{},{:03}", n / 1_000, n % 1_000),
    }
}
