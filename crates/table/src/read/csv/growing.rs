//! Columns that grow record after record.

use super::mend::{Mender, after_line, line_of};
use super::notes::Notes;
use super::part::Plan;
use super::{Cells, ColumnBuilder, Inference};
use crate::ComplaintKind;

/// Records of a part that are mended with all means; the rest in the plainest way.
const MAX_MENDED: usize = 5000;

pub(super) struct Growing<'p, 't> {
    plan: &'p Plan<'t>,
    pub(super) builders: Vec<Option<ColumnBuilder>>,
    pub(super) seen: Vec<Inference>,
    pub(super) rows: Vec<usize>,
    pub(super) notes: Notes,
    n_mended: usize,
}

impl<'p, 't> Growing<'p, 't> {
    pub(super) fn new(plan: &'p Plan<'t>, n_rows: usize) -> Growing<'p, 't> {
        Growing {
            plan,
            builders: plan
                .kinds
                .iter()
                .map(|kind| kind.map(|kind| ColumnBuilder::with_rows(kind, n_rows)))
                .collect(),
            seen: vec![Inference::default(); plan.kinds.len()],
            rows: Vec::new(),
            notes: Notes::default(),
            n_mended: 0,
        }
    }

    /// Adds the record at `at`, if it is a row, and tells where the next begins.
    pub(super) fn record(&mut self, at: usize, cells: &mut Cells<'t>) -> usize {
        let plan = self.plan;
        if plan.is_comment_asked && self.is_comment(at) {
            return self.comment(at);
        }
        let mut next = plan.tokenizer.record(at, cells);
        let row = self.rows.len();
        if cells.len() != plan.width || cells.fault.is_some() {
            if !cells.is_blank() && self.is_comment(at) {
                return self.comment(at);
            }
            match self.odd(at, next, cells) {
                Some(after) => next = after,
                None => return next,
            }
        } else if cells.len() == 1 && cells.is_blank() {
            self.notes.add(ComplaintKind::BlankLine, None, row, at, "");
            return next;
        }
        if self.is_header(cells) {
            let found = line_of(&plan.tokenizer, at);
            self.notes
                .add(ComplaintKind::RepeatedHeader, None, row, at, found);
            return next;
        }
        self.rows.push(at);
        for (position, builder) in self.builders.iter_mut().enumerate() {
            let Some(builder) = builder else { continue };
            let text = cells.get(position);
            let seen = &mut self.seen[position];
            if let Some(kind) = builder.push_seen(plan.cells, text, seen) {
                self.notes.add(kind, Some(position), row, at, text);
            }
        }
        next
    }

    fn is_comment(&self, at: usize) -> bool {
        let mark = self.plan.tokenizer.dialect().comment.byte();
        mark.is_some() && mark == self.plan.tokenizer.text().as_bytes().get(at).copied()
    }

    fn comment(&mut self, at: usize) -> usize {
        let line = line_of(&self.plan.tokenizer, at);
        self.notes
            .add(ComplaintKind::CommentLine, None, self.rows.len(), at, line);
        after_line(&self.plan.tokenizer, at)
    }

    /// A record that is not as the others: mended, or left out (`None`).
    fn odd(&mut self, at: usize, next: usize, cells: &mut Cells<'t>) -> Option<usize> {
        let plan = self.plan;
        let row = self.rows.len();
        if cells.is_blank() {
            self.notes.add(ComplaintKind::BlankLine, None, row, at, "");
            return None;
        }
        let mender = Mender {
            width: plan.width,
            forms: plan.forms,
            is_thorough: plan.is_mended && self.n_mended < MAX_MENDED,
        };
        self.n_mended += 1;
        let mended = mender.mend(&plan.tokenizer, at, next, cells);
        if let Some((kind, found)) = mended.note {
            self.notes.add(kind, None, row, at, &found);
        }
        Some(mended.next)
    }

    fn is_header(&self, cells: &Cells<'_>) -> bool {
        let header = self.plan.header;
        let is_first = header.first().is_some_and(|name| name == cells.get(0).trim());
        is_first
            && header
                .iter()
                .enumerate()
                .all(|(position, name)| name == cells.get(position).trim())
    }
}
