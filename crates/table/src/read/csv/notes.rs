//! What was met on the way, before it is known where: complaints in the making.

use crate::ComplaintKind;

/// The most places kept of one complaint in one column.
const MAX_PLACES: usize = 5;

/// How often something was met in one column or in whole rows, and where first.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) kind: ComplaintKind,
    pub(super) column: Option<usize>,
    pub(super) count: u64,
    /// Rows from 0 within the table, and what was found.
    pub(super) places: Vec<Place>,
}

#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The row, counted from 0 within its part until the parts are put together.
    pub(super) row: usize,
    /// Where its record begins.
    pub(super) at: usize,
    pub(super) found: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Notes(pub(super) Vec<Note>);

impl Notes {
    pub(super) fn add(
        &mut self,
        kind: ComplaintKind,
        column: Option<usize>,
        row: usize,
        at: usize,
        found: &str,
    ) {
        let position = self
            .0
            .iter()
            .position(|note| note.kind == kind && note.column == column);
        let note = match position {
            Some(position) => &mut self.0[position],
            None => {
                self.0.push(Note {
                    kind,
                    column,
                    count: 0,
                    places: Vec::new(),
                });
                self.0.last_mut().expect("one was just pushed")
            }
        };
        note.count += 1;
        if note.places.len() < MAX_PLACES {
            let found = crate::clip(found);
            note.places.push(Place { row, at, found });
        }
    }

    /// Adds those of a later part, whose first row is `offset`.
    pub(super) fn extend(&mut self, later: Notes, offset: usize) {
        for mut note in later.0 {
            note.places.iter_mut().for_each(|place| place.row += offset);
            let mine = self
                .0
                .iter_mut()
                .find(|mine| mine.kind == note.kind && mine.column == note.column);
            match mine {
                Some(mine) => {
                    mine.count += note.count;
                    let room = MAX_PLACES.saturating_sub(mine.places.len());
                    mine.places.extend(note.places.into_iter().take(room));
                }
                None => self.0.push(note),
            }
        }
    }
}
