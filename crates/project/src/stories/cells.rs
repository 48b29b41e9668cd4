//! The numbers of tables, cell by cell.

use super::changes::NumberChange;
use super::numbers::{change, is_outside};
use super::record::{PartRecord, Shown};
use std::collections::BTreeMap;

/// A cell under its name: which row and column it is, and which of those of that name.
struct Cell<'r> {
    name: String,
    text: &'r str,
}

fn cells_of(part: &PartRecord) -> Vec<Cell<'_>> {
    let mut cells: Vec<Cell<'_>> = Vec::new();
    for shown in &part.shown {
        let Shown::Table { header, rows, .. } = shown else {
            continue;
        };
        for row in rows {
            let key = row.first().map_or("", String::as_str);
            for (column, text) in row.iter().enumerate().skip(1) {
                let heading = header.get(column).map_or("", String::as_str);
                let name = match header.len() {
                    ..=2 => key.to_owned(),
                    _ => format!("{key}: {heading}"),
                };
                cells.push(Cell { name, text });
            }
        }
    }
    let names = numbered(cells.iter().map(|cell| cell.name.clone()));
    cells
        .iter_mut()
        .zip(names)
        .for_each(|(cell, name)| cell.name = name);
    cells
}

/// The same names, each once: the second `a` is `a (2)`.
pub(super) fn numbered(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let number = |name: String| {
        let n = seen.entry(name.clone()).or_default();
        *n += 1;
        match *n {
            1 => name,
            n => format!("{name} ({n})"),
        }
    };
    names.map(number).collect()
}

/// The cells of tables that changed.
pub(super) fn changed(then: &PartRecord, now: &PartRecord) -> Vec<NumberChange> {
    let (before, after) = (cells_of(then), cells_of(now));
    let of = |cells: &[Cell<'_>], name: &str| {
        let found = cells.iter().find(|cell| cell.name == name);
        found.map(|cell| cell.text.to_owned())
    };
    let data = |part: &PartRecord| part.data.join(", ");
    let come = after
        .iter()
        .map(|cell| (&cell.name, of(&before, &cell.name), Some(cell.text.to_owned())));
    let gone = before
        .iter()
        .filter(|cell| after.iter().all(|other| other.name != cell.name))
        .map(|cell| (&cell.name, Some(cell.text.to_owned()), None));
    come.chain(gone)
        .filter(|(_, before, after)| before != after)
        .map(|(name, before, after)| number(name, before, after, [data(then), data(now)]))
        .collect()
}

/// A number then and now.
pub(super) fn number(
    name: &str,
    before: Option<String>,
    after: Option<String>,
    data: [String; 2],
) -> NumberChange {
    let both = before.as_deref().zip(after.as_deref());
    let [data_before, data_after] = data;
    NumberChange {
        name: name.to_owned(),
        change: both.and_then(|(before, after)| change(before, after)),
        is_outside: both.and_then(|(before, after)| is_outside(before, after)),
        before,
        after,
        data_before,
        data_after,
    }
}
