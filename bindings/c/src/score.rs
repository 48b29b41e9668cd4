//! Rows scored, and their scores put where the caller wants them.

// The functions of the ABI take addresses of the caller; each use says what it relies on.
#![allow(unsafe_code)]

use crate::border::{Code, Fault, answered, check_address};
use crate::handles;
use crate::rows::arrow::{Answer, ArrowArray, ArrowSchema, Taken};
use crate::rows::columns::{self, SpanwiseColumn};
use bundle::{Bundle, ScoreOptions, Scores};
use prepare::contract::Action;
use std::ffi::c_int;
use std::sync::Arc;
use table::Table;
use table::arrow::array::BooleanArray;
use table::arrow::compute::nullif;

/// How to score, as the header describes it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanwiseOptions {
    /// Threads; 0 is one.
    pub n_threads: u32,
    /// How many reasons with each row; only as Arrow.
    pub n_reasons: u32,
    /// What becomes of rows that break the contract: [`BrokenRows`].
    pub broken_rows: u32,
}

/// Where scores go, as the header describes it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SpanwiseScores {
    /// Row by row, as many as there are outputs.
    pub margins: *mut f64,
    /// How many there is place for.
    pub n_margins: usize,
    /// Probabilities, or the numbers predicted.
    pub answers: *mut f64,
    /// How many there is place for.
    pub n_answers: usize,
    /// Positions of classes.
    pub decisions: *mut i32,
    /// How many there is place for.
    pub n_decisions: usize,
    /// Low and high of each row.
    pub intervals: *mut f64,
    /// How many there is place for.
    pub n_intervals: usize,
    /// 0 for rows that break the contract.
    pub kept: *mut u8,
    /// How many there is place for.
    pub n_kept: usize,
}

/// What becomes of rows that break a rule of the contract that is more than a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BrokenRows {
    /// The call is refused.
    Refuse,
    /// They get no score.
    LeaveOut,
    /// They are scored as if nothing were.
    Score,
}

/// What a caller asks for, checked.
#[derive(Clone, Copy, Debug)]
struct Wish {
    options: ScoreOptions,
    broken_rows: BrokenRows,
}

impl Wish {
    /// # Safety
    /// `options` is null or leads to options.
    unsafe fn at(options: *const SpanwiseOptions) -> Result<Wish, Fault> {
        let options = match options.is_null() {
            true => SpanwiseOptions::default(),
            false => {
                check_address(options, "options")?;
                // SAFETY: neither null nor unaligned, and vouched for by the caller.
                unsafe { *options }
            }
        };
        let broken_rows = match options.broken_rows {
            0 => BrokenRows::Refuse,
            1 => BrokenRows::LeaveOut,
            2 => BrokenRows::Score,
            other => {
                return Err(wrong_option(&format!(
                    "`broken_rows` is {other}, expected 0, 1 or 2"
                )));
            }
        };
        let options = ScoreOptions {
            n_threads: options.n_threads.clamp(1, 1024) as usize,
            n_reasons: options.n_reasons as usize,
            ..ScoreOptions::default()
        };
        Ok(Wish { options, broken_rows })
    }
}

/// Scores rows that come as columns; nothing is written unless all of it can be.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_score_columns(
    bundle: u64,
    columns: *const SpanwiseColumn,
    n_columns: usize,
    n_rows: usize,
    options: *const SpanwiseOptions,
    scores: *const SpanwiseScores,
) -> c_int {
    answered(|| {
        let bundle = handles::find(bundle)?;
        check_address(scores, "scores")?;
        // SAFETY: the caller vouches for all of it, as the header asks.
        let (wish, places) = unsafe { (Wish::at(options)?, Places::of(&bundle, &*scores, n_rows)?) };
        if 0 < wish.options.n_reasons {
            return Err(wrong_option(
                "`n_reasons` is for `spanwise_score_arrow` alone, expected 0",
            ));
        }
        // SAFETY: as above.
        let rows = unsafe { columns::table_of(&bundle.recipe, columns, n_columns, n_rows) }?;
        let (mut found, kept) = scored(&bundle, &rows, &wish)?;
        if wish.broken_rows == BrokenRows::LeaveOut {
            leave_out(&mut found, &kept);
        }
        places.put(&found, &kept)
    })
}

/// Scores rows that come as a struct of the Arrow C data interface, and answers with another.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_score_arrow(
    bundle: u64,
    schema: *const ArrowSchema,
    array: *mut ArrowArray,
    options: *const SpanwiseOptions,
    answer_schema: *mut ArrowSchema,
    answer: *mut ArrowArray,
) -> c_int {
    answered(|| {
        // SAFETY: the caller vouches for all of it, as the header asks. The array is taken before anything is refused.
        let taken = unsafe { Taken::from(array) }?;
        let bundle = handles::find(bundle)?;
        // SAFETY: as above.
        let (wish, place) = unsafe { (Wish::at(options)?, Answer::at(answer_schema, answer)?) };
        // SAFETY: as above.
        let rows = unsafe { taken.table(&bundle.recipe, schema) }?;
        let (found, kept) = scored(&bundle, &rows, &wish)?;
        let table = found
            .to_table(&bundle.task)
            .map_err(|error| Fault::of_scoring(&error))?;
        place.put(&with_kept(&table, kept, wish.broken_rows)?)
    })
}

/// The scores of the rows, and which of them keep the contract.
fn scored(bundle: &Bundle, rows: &Table, wish: &Wish) -> Result<(Scores, Vec<bool>), Fault> {
    let found = bundle
        .score(rows, &wish.options)
        .map_err(|error| Fault::of_scoring(&error))?;
    let kept = found.kept();
    match wish.broken_rows {
        BrokenRows::Refuse if kept.contains(&false) => Err(broken(&found)),
        _ => Ok((found, kept)),
    }
}

fn broken(scores: &Scores) -> Fault {
    let breaches = scores.report.breaches.iter();
    let sentences = breaches
        .filter(|breach| Action::Flag < breach.action)
        .map(|breach| {
            format!(
                "column `{}` breaks {}: found {} in row {} (counted from 0), {} rows in all",
                breach.column,
                breach.rule,
                breach.found,
                breach.rows.first().unwrap_or(&0),
                breach.rows.len()
            )
        });
    Fault::new(Code::BrokenContract, sentences.collect::<Vec<_>>().join("; "))
}

/// Rows that are not kept have no number and no class.
fn leave_out(scores: &mut Scores, kept: &[bool]) {
    let n = scores.n_outputs;
    for row in (0..kept.len()).filter(|row| !kept[*row]) {
        for values in [
            &mut scores.margins,
            &mut scores.probabilities,
            &mut scores.predictions,
        ] {
            let of_row = values.get_mut(row * n..(row + 1) * n);
            of_row.into_iter().flatten().for_each(|value| *value = f64::NAN);
        }
        let interval = scores
            .intervals
            .as_mut()
            .and_then(|intervals| intervals.get_mut(row));
        interval
            .into_iter()
            .for_each(|interval| *interval = [f64::NAN; 2]);
        let decision = scores.decisions.get_mut(row);
        decision.into_iter().for_each(|decision| *decision = u32::MAX);
    }
}

/// An answer with `kept` behind its columns, if the caller must look at it.
fn with_kept(table: &Table, kept: Vec<bool>, broken_rows: BrokenRows) -> Result<Table, Fault> {
    let left_out: BooleanArray = kept.iter().map(|kept| Some(!kept)).collect();
    let mut answer = table.clone();
    if broken_rows == BrokenRows::LeaveOut {
        let columns = table.names().into_iter().zip(table.batch().columns());
        let without = columns.map(|(name, cells)| Ok((name, nullif(cells, &left_out).map_err(Fault::rows)?)));
        answer = Table::new(without.collect::<Result<_, Fault>>()?).map_err(Fault::rows)?;
    }
    match broken_rows {
        BrokenRows::Refuse => Ok(answer),
        _ => answer
            .with_column("kept", Arc::new(BooleanArray::from(kept)))
            .map_err(Fault::rows),
    }
}

/// The caller's buffers, each as long as it must be.
struct Places {
    n_rows: usize,
    margins: Option<Buffer<f64>>,
    answers: Option<Buffer<f64>>,
    decisions: Option<Buffer<i32>>,
    intervals: Option<Buffer<f64>>,
    kept: Option<Buffer<u8>>,
}

struct Buffer<T> {
    address: *mut T,
    n: usize,
}

impl Places {
    /// # Safety
    /// Each buffer is null or valid for writing as many values as it says until this is dropped.
    unsafe fn of(bundle: &Bundle, scores: &SpanwiseScores, n_rows: usize) -> Result<Places, Fault> {
        let times = |n: usize| n_rows.checked_mul(n).unwrap_or(usize::MAX);
        let all = times(bundle.model.n_outputs());
        let decisions = (!bundle.task.classes().is_empty()).then_some(n_rows);
        let intervals = bundle.intervals.as_ref().map(|_| times(2));
        // SAFETY: vouched for by the caller.
        unsafe {
            Ok(Places {
                n_rows,
                margins: Buffer::at(scores.margins, scores.n_margins, Some(all), "margins")?,
                answers: Buffer::at(scores.answers, scores.n_answers, Some(all), "answers")?,
                decisions: Buffer::at(scores.decisions, scores.n_decisions, decisions, "decisions")?,
                intervals: Buffer::at(scores.intervals, scores.n_intervals, intervals, "intervals")?,
                kept: Buffer::at(scores.kept, scores.n_kept, Some(n_rows), "kept")?,
            })
        }
    }

    fn put(self, scores: &Scores, kept: &[bool]) -> Result<(), Fault> {
        // A bundle without inputs cannot tell how many rows there are.
        if scores.n_rows != self.n_rows {
            let sentence = format!(
                "the columns hold {} rows, expected {}",
                scores.n_rows, self.n_rows
            );
            return Err(Fault::new(Code::WrongSize, sentence));
        }
        let answers = match scores.probabilities.is_empty() {
            true => &scores.predictions,
            false => &scores.probabilities,
        };
        // No class is -1.
        let decisions: Vec<i32> = scores.decisions.iter().map(|class| class.cast_signed()).collect();
        let intervals = scores.intervals.as_deref().unwrap_or_default().as_flattened();
        let kept: Vec<u8> = kept.iter().map(|kept| u8::from(*kept)).collect();
        put(self.margins, &scores.margins)?;
        put(self.answers, answers)?;
        put(self.decisions, &decisions)?;
        put(self.intervals, intervals)?;
        put(self.kept, &kept)
    }
}

impl<T> Buffer<T> {
    /// `None` for what is not wanted; `expected` is `None` where the bundle has none of it.
    ///
    /// # Safety
    /// `address` is null or valid for writing `n` values.
    unsafe fn at(
        address: *mut T,
        n: usize,
        expected: Option<usize>,
        what: &str,
    ) -> Result<Option<Buffer<T>>, Fault> {
        if address.is_null() && n == 0 {
            return Ok(None);
        }
        let Some(expected) = expected else {
            return Err(wrong_option(&format!(
                "`{what}` are wanted, and this bundle has none"
            )));
        };
        if n != expected {
            let sentence = format!("`{what}` has place for {n}, expected {expected}");
            return Err(Fault::new(Code::WrongSize, sentence));
        }
        check_address(address.cast_const(), what)?;
        Ok(Some(Buffer { address, n }))
    }
}

/// Copies the values to where they are wanted, if they are.
fn put<T: Copy>(buffer: Option<Buffer<T>>, values: &[T]) -> Result<(), Fault> {
    let Some(buffer) = buffer else { return Ok(()) };
    if buffer.n != values.len() {
        return Err(Fault::new(
            Code::Internal,
            "a fault in the library: scores of another length",
        ));
    }
    // SAFETY: neither null nor unaligned, vouched for and as long as the values, which are ours and overlap with nothing.
    unsafe {
        buffer
            .address
            .copy_from_nonoverlapping(values.as_ptr(), values.len())
    };
    Ok(())
}

fn wrong_option(sentence: &str) -> Fault {
    Fault::new(Code::WrongOption, sentence)
}
