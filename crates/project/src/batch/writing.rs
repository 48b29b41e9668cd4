//! The outputs of one file in the making, and what was seen on the way.

use super::blocks::{Failed, Scored, Watching};
use super::pieces::{Judged, Order, Piece};
use crate::ProjectError;
use crate::records::BreachRecord;
use crate::scoring::{Refusal, Scoring};
use prepare::contract::Contract;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use table::read::Blocks;
use table::write::Output;
use table::{Complaints, Table, TableError};

/// Breaches name so many of their rows.
const MOST_ROWS: usize = 5;

/// The outputs of one file in the making.
pub(super) struct Writing<'a> {
    contract: &'a Contract,
    paths: [PathBuf; 2],
    /// Whether no pass is ever void.
    is_final: bool,
    pass: Pass,
}

/// What was seen since reading began, or began anew.
#[derive(Default)]
struct Pass {
    outputs: [Option<Output>; 2],
    n_rows: u64,
    n_flagged: u64,
    breaches: Vec<BreachRecord>,
    refusals: Vec<Refusal>,
    /// Why the first of the rows that could not be held against the contract could not.
    unchecked: Option<ProjectError>,
    /// Why the first of the rows that could not be scored could not.
    unscored: Option<ProjectError>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(contract: &'a Contract, paths: [&Path; 2], is_final: bool) -> Writing<'a> {
        Writing {
            contract,
            paths: paths.map(Path::to_owned),
            is_final,
            pass: Pass::default(),
        }
    }

    /// Takes everything that is to be written. What is wrong with rows waits for the end of their pass, which may be void.
    pub(super) fn receive(&mut self, orders: Receiver<Order>, watching: Watching<'_>) -> Result<(), Failed> {
        for order in orders {
            match order {
                Order::Begin => self.pass = Pass::default(),
                Order::Piece(n_rows, judged) => {
                    // A sender that is gone was dropped by a panic, which the scope passes on.
                    let judged = judged.recv().map_err(|_| Failed::Stopped)?;
                    self.take(n_rows as u64, judged)?;
                    if !(watching.goes_on)(n_rows as u64) {
                        return Err(Failed::Stopped);
                    }
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, n_rows: u64, judged: Judged) -> Result<(), Failed> {
        self.pass.n_rows += n_rows;
        match judged {
            Err(error) if self.is_final => return Err(error.into()),
            Err(error) => {
                self.pass.unchecked.get_or_insert(error);
            }
            Ok(Piece::Unscored(error)) => {
                self.pass.unscored.get_or_insert(error);
            }
            Ok(Piece::Refused(refusals)) => refusals.into_iter().for_each(|one| self.pass.refuse(one)),
            Ok(Piece::Scored(scored)) if self.pass.is_sound() => return self.write(scored),
            Ok(Piece::Scored(_)) => {}
        }
        // Nothing of the pass is kept: its disk is given back now.
        self.pass.outputs = [None, None];
        Ok(())
    }

    fn write(&mut self, scored: Scoring) -> Result<(), Failed> {
        self.push(0, &scored.table)?;
        if 0 < scored.quarantine.n_rows() {
            self.push(1, &scored.quarantine)?;
        }
        self.pass.n_flagged += scored.n_flagged as u64;
        scored
            .breaches
            .into_iter()
            .for_each(|breach| self.pass.note(breach));
        Ok(())
    }

    fn push(&mut self, which: usize, table: &Table) -> Result<(), Failed> {
        let output = match &mut self.pass.outputs[which] {
            Some(output) => output,
            none => none.insert(Output::begin(&self.paths[which], &table.columns()).map_err(writing)?),
        };
        output.push(table).map_err(writing)
    }

    /// Ends the outputs of the file at `path`; or what is told of rows that cannot be scored, as if it was read at once.
    pub(super) fn end(self, path: &Path, blocks: Blocks) -> Result<Made, Failed> {
        let Writing {
            contract, mut pass, ..
        } = self;
        if let Some(error) = pass.trouble(contract) {
            return Err(error.into());
        }
        let place = |breach: &BreachRecord| place(contract, &breach.column, &breach.rule);
        pass.breaches.sort_by_key(place);
        let [out, quarantine] = pass.outputs;
        let name = path.display().to_string();
        Ok(Made {
            out: out.ok_or(TableError::NoRows { name })?,
            quarantine,
            n_rows: pass.n_rows,
            n_flagged: pass.n_flagged,
            breaches: pass.breaches,
            complaints: blocks.complaints,
        })
    }
}

/// Outputs that have all their rows, beside their places until they are kept.
pub(super) struct Made {
    out: Output,
    quarantine: Option<Output>,
    n_rows: u64,
    n_flagged: u64,
    breaches: Vec<BreachRecord>,
    complaints: Complaints,
}

impl Made {
    /// Puts the outputs in their places.
    pub(super) fn keep(self) -> Result<Scored, Failed> {
        // Rows kept out are there before the others say that they are not among them.
        let quarantine = self.quarantine.map(Output::finish).transpose();
        let quarantine = quarantine.map_err(writing)?;
        Ok(Scored {
            n_rows: self.n_rows,
            n_flagged: self.n_flagged,
            breaches: self.breaches,
            complaints: self.complaints,
            written: self.out.finish().map_err(writing)?,
            quarantine,
        })
    }
}

impl Pass {
    fn is_sound(&self) -> bool {
        self.unchecked.is_none() && self.unscored.is_none() && self.refusals.is_empty()
    }

    /// Why the rows cannot be scored, in the order in which a file read at once is looked at.
    fn trouble(&mut self, contract: &Contract) -> Option<ProjectError> {
        let place = |refusal: &&Refusal| place(contract, &refusal.column, &refusal.rule);
        let refused = self.refusals.iter().min_by_key(place);
        let refused = refused.map(|refusal| refusal.error(self.n_rows));
        self.unchecked.take().or(refused).or(self.unscored.take())
    }

    /// A refusing rule broken in a piece.
    fn refuse(&mut self, refusal: Refusal) {
        if !self.refusals.iter_mut().any(|known| known.joins(&refusal)) {
            self.refusals.push(refusal);
        }
    }

    /// A rule broken in a piece.
    fn note(&mut self, breach: BreachRecord) {
        let is_same = |known: &&mut BreachRecord| {
            (&known.column, &known.rule, &known.action) == (&breach.column, &breach.rule, &breach.action)
        };
        match self.breaches.iter_mut().find(is_same) {
            None => self.breaches.push(breach),
            Some(known) => {
                known.n_rows += breach.n_rows;
                let room = MOST_ROWS.saturating_sub(known.rows.len());
                known.rows.extend(breach.rows.into_iter().take(room));
            }
        }
    }
}

/// A rule's place in the contract.
fn place(contract: &Contract, column: &str, rule: &str) -> Option<usize> {
    let mut rules = contract.columns.iter();
    rules.position(|known| known.column == column && known.rule.text() == rule)
}

fn writing(error: TableError) -> Failed {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let is_full = |kind| {
        matches!(
            kind,
            StorageFull | QuotaExceeded | FileTooLarge | ReadOnlyFilesystem
        )
    };
    match error {
        TableError::File { ref source, .. } if is_full(source.kind()) => Failed::Writing(error.into()),
        error => Failed::File(error.into()),
    }
}
