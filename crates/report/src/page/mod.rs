//! What every page shares: the frame with its safety policy, and tables.

mod changes;
mod monitor;
mod profile;

pub use changes::{Beside, ChangedNumber, ChangedPart, ChangesPage, Fate};
pub use monitor::{MonitorPage, MonitorRow, Verdict};
pub use profile::{ColumnCard, ProfilePage, Sides};

use crate::look::PAGE_STYLE;
use crate::text::Safe;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Nothing may be loaded or run; only the page's own style applies.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/// Rows of a table that are shown; a page's size does not depend on the data's.
const MOST_ROWS: usize = 40;

/// A whole HTML file around `body`, whose main part has the id `main`.
pub(crate) fn shell(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (Safe(title)) }
                style { (PreEscaped(PAGE_STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to the findings" }
                (body)
            }
        }
    }
}

/// A table that scrolls on its own where the page is narrow; columns of numbers stand right.
pub(crate) fn table(header: &[String], rows: &[Vec<String>]) -> Markup {
    let shown = &rows[..rows.len().min(MOST_ROWS)];
    let numeric: Vec<bool> = (0..header.len())
        .map(|column| is_numeric(shown, column))
        .collect();
    let class = |column: usize| numeric.get(column).copied().unwrap_or(false).then_some("num");
    html! {
        div.scroll tabindex="0" role="group" aria-label="Table" {
            table {
                thead { tr {
                    @for (column, name) in header.iter().enumerate() {
                        th scope="col" class=[class(column)] { (Safe(name)) }
                    }
                } }
                tbody {
                    @for row in shown {
                        tr { @for (column, cell) in row.iter().enumerate() { td class=[class(column)] { (Safe(cell)) } } }
                    }
                }
            }
        }
        @if rows.len() > shown.len() {
            p.caption { (crate::format_count((rows.len() - shown.len()) as u64)) " more rows not shown" }
        }
    }
}

/// Whether the column's cells read as numbers.
fn is_numeric(rows: &[Vec<String>], column: usize) -> bool {
    let mut cells = rows
        .iter()
        .filter_map(|row| row.get(column))
        .map(|cell| cell.trim())
        .filter(|cell| !cell.is_empty());
    let is_number = |cell: &str| cell.chars().any(|c| c.is_ascii_digit()) || matches!(cell, "–" | "-");
    let has_words = |cell: &str| {
        cell.split_whitespace()
            .any(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 3)
    };
    let mut any = false;
    cells.all(|cell| {
        any = true;
        let starts = cell.trim_start_matches(['<', '>', '+', '−', '-', '–', '€', '$', '£', ' ']);
        is_number(cell)
            && !has_words(cell)
            && (starts.is_empty() || starts.starts_with(|c: char| c.is_ascii_digit()))
    }) && any
}
