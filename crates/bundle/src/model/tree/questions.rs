//! What an ensemble asks of rows, and the ranks that answer it.
//!
//! A row's numbers become *ranks*: how many of a feature's thresholds a number exceeds. A split then compares two small
//! whole numbers. A category's split is a question of its own, whose rank is 1 where a level goes right; splits on the
//! same levels share it.

use std::collections::HashMap;

use super::edges::Edges;
use super::layout::{Layout, Question};
use stats::wide::{Wide, on_wide_vectors};

/// The questions of an ensemble at most.
pub(super) const MOST_QUESTIONS: usize = 2048;
/// The levels of a category at most: a byte is taken for each in each question.
const MOST_LEVELS: usize = 4096;
/// The rank of missing where it goes left, and where it goes right.
const MISSING: [u16; 2] = [0, MISSING_RIGHT];
/// That of missing where it goes right.
pub(super) const MISSING_RIGHT: u16 = u16::MAX - 1;

/// The ranks of a row, per question. Of a fixed length, so that no node need be checked.
pub(super) type Ranks = [u16; MOST_QUESTIONS];

/// The questions of an ensemble.
#[derive(Clone, Debug)]
pub(super) struct Questions {
    numbers: Vec<Number>,
    sets: Vec<Set>,
    /// Per question the number that it is about, nothing for a set.
    about: Vec<Option<u32>>,
}

/// The thresholds of one slot.
#[derive(Clone, Debug)]
struct Number {
    slot: usize,
    edges: Edges,
    /// The questions by where missing goes, if any asks so: left, right.
    questions: [Option<u16>; 2],
}

/// The levels that a category's splits send right.
#[derive(Clone, Debug)]
struct Set {
    question: u16,
    slot: usize,
    goes_right: Vec<bool>,
    missing_right: bool,
}

impl Questions {
    /// The questions of an ensemble, and the one of each node, if there are not too many; leaves have any.
    pub(super) fn of(layout: &Layout) -> Option<(Questions, Vec<u16>)> {
        let mut number_of = vec![None; layout.reader().slots().len()];
        let mut questions = Questions {
            numbers: Vec::new(),
            sets: Vec::new(),
            about: Vec::new(),
        };
        for (slot, thresholds) in layout.thresholds().into_iter().enumerate() {
            if usize::from(MISSING_RIGHT) <= thresholds.len() {
                return None;
            }
            if !thresholds.is_empty() {
                questions.numbers.push(Number {
                    slot,
                    edges: Edges::new(&thresholds),
                    questions: [None; 2],
                });
            }
        }
        for (position, number) in questions.numbers.iter().enumerate() {
            number_of[number.slot] = Some(position);
        }
        let mut set_of = HashMap::new();
        let mut asked = Vec::with_capacity(layout.n_nodes());
        for node in 0..layout.n_nodes() {
            asked.push(match layout.question(node) {
                None => 0,
                Some(question) if question.threshold.is_some() => {
                    questions.about(number_of[question.slot]?, question.missing_right)?
                }
                Some(question) => questions.set(layout, node, &question, &mut set_of)?,
            });
        }
        Some((questions, asked))
    }

    fn push(&mut self, about: Option<u32>) -> Option<u16> {
        self.about.push(about);
        (self.about.len() <= MOST_QUESTIONS).then_some(self.about.len() as u16 - 1)
    }

    #[inline]
    fn about(&mut self, number: usize, missing_right: bool) -> Option<u16> {
        let side = usize::from(missing_right);
        if self.numbers[number].questions[side].is_none() {
            self.numbers[number].questions[side] = Some(self.push(Some(number as u32))?);
        }
        self.numbers[number].questions[side]
    }

    fn set(
        &mut self,
        layout: &Layout,
        node: usize,
        asked: &Question,
        set_of: &mut HashMap<(usize, Vec<bool>, bool), u16>,
    ) -> Option<u16> {
        let n_levels = layout.reader().slots()[asked.slot].n_levels as usize;
        if MOST_LEVELS < n_levels {
            return None;
        }
        let goes_right: Vec<bool> = (0..n_levels)
            .map(|level| layout.level_goes_right(node, level))
            .collect();
        let key = (asked.slot, goes_right, asked.missing_right);
        if let Some(&question) = set_of.get(&key) {
            return Some(question);
        }
        let question = self.push(None)?;
        let goes_right = key.1.clone();
        set_of.insert(key, question);
        self.sets.push(Set {
            question,
            slot: asked.slot,
            goes_right,
            missing_right: asked.missing_right,
        });
        Some(question)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.about.len()
    }

    /// The largest rank that goes left where a node asks `question`.
    #[inline(always)]
    pub(super) fn rank(&self, question: u16, asked: &Question) -> u16 {
        match (self.about[usize::from(question)], asked.threshold) {
            (Some(number), Some(threshold)) => self.numbers[number as usize].edges.n_below(threshold) as u16,
            _ => 0,
        }
    }

    /// The largest rank that any node compares with.
    pub(super) fn largest_rank(&self, question: usize) -> u16 {
        self.about[question].map_or(0, |number| self.numbers[number as usize].edges.len() as u16 - 1)
    }

    /// Another question that differs from this one in sending missing right, if there is one.
    pub(super) fn twin(&self, question: usize) -> Option<u16> {
        match self.numbers[self.about[question]? as usize].questions {
            [Some(left), right] if usize::from(left) == question => right,
            _ => None,
        }
    }

    /// Finds the ranks of a row, given what its slots hold.
    pub(super) fn answer(&self, row: &[f64], ranks: &mut Ranks) {
        on_wide_vectors(OfNumbers {
            numbers: &self.numbers,
            row,
            ranks,
        });
        for set in &self.sets {
            let value = row[set.slot];
            let right = match value.is_nan() {
                true => set.missing_right,
                false => set.goes_right[value as usize],
            };
            ranks[usize::from(set.question)] = u16::from(right);
        }
    }
}

/// The ranks of a row's numbers.
struct OfNumbers<'a> {
    numbers: &'a [Number],
    row: &'a [f64],
    ranks: &'a mut Ranks,
}

impl Wide for OfNumbers<'_> {
    type Found = ();

    #[inline(always)]
    fn run(self) {
        for number in self.numbers {
            let value = self.row[number.slot];
            let below = number.edges.n_below(value);
            for (question, missing) in number.questions.iter().zip(MISSING) {
                if let Some(question) = question {
                    self.ranks[usize::from(*question)] = if value.is_nan() { missing } else { below as u16 };
                }
            }
        }
    }
}
