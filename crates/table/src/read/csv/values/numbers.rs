//! Columns of numbers with marks.

use super::{GLANCE, Texts};
use crate::Kind;
use crate::read::Options;
use crate::read::csv::figure::{Figure, Unit, figure};
use crate::read::csv::notes::Notes;
use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};
use std::sync::Arc;

impl Texts<'_> {
    pub(super) fn numbers(
        &self,
        options: &Options,
        notes: &mut Notes,
        guesses: &mut Vec<String>,
    ) -> Option<ArrayRef> {
        let all = ['.', ','];
        let decimals: &[char] = match options.decimal {
            Some(asked) => &[asked],
            None => &all,
        };
        let read = |cell: &str, decimal: char| figure(cell, decimal, options.thousands);
        let fits: Vec<char> = decimals
            .iter()
            .copied()
            .filter(|decimal| self.holds(|cell| read(cell, *decimal).is_some()))
            .collect();
        let decimal = match fits.as_slice() {
            [] => return None,
            [decimal] => *decimal,
            _ if self.is_comma_free && self.have_fractions(&read) => ',',
            _ => '.',
        };
        let figures: Vec<Option<Figure>> = self
            .cells
            .iter()
            .map(|cell| cell.and_then(|cell| read(cell, decimal)))
            .collect();
        let Some(unit) = one_unit(&figures) else {
            guesses.push(format!(
                "column `{}`: numbers with different units, read as text",
                self.name
            ));
            return None;
        };
        if unit == Unit::None && self.asked.is_none() && are_codes(self.cells, &figures) {
            return None;
        }
        if 1 < fits.len()
            && figures
                .iter()
                .flatten()
                .any(|figure| 0 < figure.n_groups || figure.has_fraction)
        {
            let meaning = if decimal == '.' { "thousands" } else { "decimals" };
            guesses.push(format!(
                "column `{}`: a comma may mean thousands or decimals, read as {meaning}",
                self.name
            ));
        }
        self.tell_figures(&figures, decimal, unit, guesses);
        self.note_misfits(notes, |row| figures[row].is_some());
        let is_whole = |figure: &Figure| !figure.has_fraction && figure.value.abs() < 9e15;
        let wants_whole = match self.asked {
            Some(asked) => asked == Kind::Integer,
            None => unit != Unit::Percent && figures.iter().flatten().all(is_whole),
        };
        Some(match wants_whole {
            true => {
                let whole =
                    |figure: &Option<Figure>| figure.filter(is_whole).map(|figure| figure.value as i64);
                Arc::new(figures.iter().map(whole).collect::<Int64Array>())
            }
            false => Arc::new(
                figures
                    .iter()
                    .map(|figure| figure.map(|figure| figure.value))
                    .collect::<Float64Array>(),
            ),
        })
    }

    /// Whether a comma as the decimal sign gives fractions.
    fn have_fractions(&self, read: &impl Fn(&str, char) -> Option<Figure>) -> bool {
        let mut first = self.present().take(GLANCE);
        first.any(|(_, cell)| read(cell, ',').is_some_and(|figure| figure.has_fraction))
    }

    fn tell_figures(&self, figures: &[Option<Figure>], decimal: char, unit: Unit, guesses: &mut Vec<String>) {
        let mut told = Vec::new();
        if decimal == ',' {
            told.push("a comma begins the decimals".to_owned());
        }
        if figures.iter().flatten().any(|figure| 0 < figure.n_groups) {
            told.push("marks of thousands were left out".to_owned());
        }
        match unit {
            Unit::Percent => told.push("percent signs were left out: `5%` is 5".to_owned()),
            Unit::Currency(currency) => told.push(format!("`{currency}` was left out")),
            Unit::None => {}
        }
        if !told.is_empty() {
            guesses.push(format!("column `{}`: {}", self.name, told.join("; ")));
        }
    }
}

/// The unit of all figures, where some may lack a currency; `None` if there are several.
fn one_unit(figures: &[Option<Figure>]) -> Option<Unit> {
    let mut unit: Option<Unit> = None;
    let mut n_plain = 0usize;
    for figure in figures.iter().flatten() {
        match (figure.unit, unit) {
            (Unit::None, _) => n_plain += 1,
            (found, None) => unit = Some(found),
            (found, Some(known)) if found != known => return None,
            _ => {}
        }
    }
    match unit {
        Some(Unit::Percent) if 0 < n_plain => None,
        Some(unit) => Some(unit),
        None => Some(Unit::None),
    }
}

/// Whether digits in groups of one form alone look like telephone numbers and codes.
fn are_codes(cells: &StringArray, figures: &[Option<Figure>]) -> bool {
    let has_blank = |cell: &str| cell.trim().contains([' ', '\u{a0}']);
    if !cells.iter().flatten().any(has_blank) {
        return false;
    }
    let mut groups: Vec<usize> = figures.iter().flatten().map(|figure| figure.n_groups).collect();
    groups.dedup();
    groups.len() < 2 && !figures.iter().flatten().any(|figure| figure.has_fraction)
}
