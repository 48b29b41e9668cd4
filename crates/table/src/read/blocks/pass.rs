//! One going over of a file's blocks: what was read, and which columns turned out to be of another kind.

use super::plan::Plan;
use crate::read::Options;
use crate::{ComplaintKind, Complaints, Kind, Table, TableError};
use std::collections::BTreeMap;

/// A column stays of its kind although one cell in so many is not, as for files read at once.
const TOLERATED_ONE_IN: u64 = 100;

/// What has been read so far.
#[derive(Default)]
pub(super) struct Pass {
    /// What was repaired, and where in the file.
    pub(super) complaints: Complaints,
    n_rows: u64,
    n_lines: u64,
    /// Cells that are not of the kind of their column.
    n_odd: BTreeMap<String, u64>,
}

impl Pass {
    /// The rows of the next block, if there are any in it.
    pub(super) fn read(
        &mut self,
        block: &str,
        is_last: bool,
        plan: &Plan,
    ) -> Result<Option<Table>, TableError> {
        let kinds = plan.names.iter().cloned().zip(plan.kinds.iter().copied());
        let options = Options {
            kinds: kinds.collect(),
            ..plan.options.clone()
        };
        if block.bytes().all(|byte| byte.is_ascii_whitespace()) {
            return Ok(None);
        }
        let read = plan.outline.read(block, is_last, &plan.names, &options)?;
        let is_odd = |complaint: &&crate::Complaint| complaint.kind == ComplaintKind::NotOfKind;
        for complaint in read.complaints.iter().filter(is_odd) {
            if let Some(column) = &complaint.column {
                *self.n_odd.entry(column.clone()).or_default() += complaint.count;
            }
        }
        let n_header = u64::from(plan.header_bytes > 0);
        self.complaints
            .extend_behind(read.complaints, self.n_rows, self.n_lines + n_header);
        self.n_rows += read.table.n_rows() as u64;
        self.n_lines += memchr::memchr_iter(b'\n', block.as_bytes()).count() as u64;
        Ok(Some(read.table))
    }

    /// Whether more cells than are tolerated are not of the kind asked for: they may have it in another form.
    pub(super) fn is_other_than_asked(&self, plan: &Plan) -> bool {
        let is_other = |(name, kind): (&String, &Kind)| {
            let n_odd = self.n_odd.get(name).copied().unwrap_or(0);
            !matches!(kind, Kind::Text | Kind::Boolean) && self.n_rows < n_odd * TOLERATED_ONE_IN
        };
        plan.options.kinds.iter().any(is_other)
    }

    /// Makes columns wider whose kind did not fit and was not asked for; whether there were any.
    pub(super) fn widen(&self, plan: &mut Plan) -> bool {
        let mut is_wider = false;
        for (name, kind) in plan.names.iter().zip(&mut plan.kinds) {
            let is_asked = plan.options.kinds.contains_key(name);
            if let Some(wider) = self.wider(name, *kind).filter(|_| !is_asked) {
                *kind = wider;
                is_wider = true;
            }
        }
        is_wider
    }

    /// The kind that the cells of a column need instead, if they do.
    fn wider(&self, name: &str, kind: Kind) -> Option<Kind> {
        let n_odd = self.n_odd.get(name).copied().unwrap_or(0);
        match kind {
            Kind::Text => None,
            Kind::Integer => (0 < n_odd).then_some(Kind::Number),
            _ => (self.n_rows < n_odd * TOLERATED_ONE_IN).then_some(Kind::Text),
        }
    }
}
