//! Questions: the test that fits the columns, the answer as a sentence, and what it rests on.

mod asked;
mod asking;
mod classes;
mod each_pair;
mod groups;
mod numbers;
mod paired;
mod record;
mod relation;
#[cfg(test)]
mod tests;

pub use asked::{ALTERNATIVES, Asked, LEVEL, Method, Refusal};
pub(crate) use asking::answers;
pub use asking::of_project;
pub(crate) use groups::{Groups, groups};
pub use record::{EffectRecord, GroupRecord, PairRecord, PairsRecord, QuestionRecord, Unit};

use crate::ProjectError;
use crate::file::{Problem, Project, Question};
use crate::lineage::Lineage;
use groups::{distinct, is_day, is_measured, texts};
use prepare::recipe::MIN_SEEN;
use record::Found;
use table::arrow::array::Array;
use table::{Kind, Table};

/// A number, day or time with so few values is a category where it makes groups.
const MAX_CODES: usize = 10;

/// Whether a column has two groups or more that a question can compare.
pub(crate) fn has_groups(table: &Table, column: &str) -> bool {
    groups(table, column).is_ok_and(|groups| 1 < groups.names.len())
}

/// Answers one question of a project, without naming values of private columns.
pub(crate) fn answer(
    project: &Project,
    question: &Question,
    lineage: &Lineage,
    table: &Table,
) -> Result<QuestionRecord, ProjectError> {
    let private = lineage.private(project, &question.data.value);
    let hides = private.contains(&question.asked.outcome);
    let case = Case {
        asked: &question.asked,
        table,
        seed: project.seed,
        hides_outcome: hides,
        refuse: &|refusal| refuse(project, question, refusal),
    };
    let name = &question.name.value;
    let mut record = case.record(name, &question.ask).map_err(|error| match error {
        // The number that a test refuses is somebody's.
        ProjectError::Stats(_) if hides => case.refused(
            "outcome",
            "values that the test does not take (the column is private)",
            "numbers below 1e140 that differ",
        ),
        error => error,
    })?;
    if record.by.as_ref().is_some_and(|by| private.contains(by)) {
        hide_groups(&mut record);
    }
    if private.contains(&record.outcome) {
        record.positive = record.positive.map(|_| "a private value".to_owned());
    }
    Ok(record)
}

/// Answers a question about a table at hand; `ask` is the question in words, or made from its columns.
///
/// The same as a section `[question.*]` of a project would, over all rows; `seed` is for permutations.
///
/// # Errors
/// What the caller makes of a [`Refusal`] by `refuse`; [`ProjectError::Stats`] where the test is not defined.
pub fn ask(
    asked: &Asked,
    ask: Option<&str>,
    table: &Table,
    seed: u64,
    refuse: &dyn Fn(Refusal) -> ProjectError,
) -> Result<QuestionRecord, ProjectError> {
    asked.check().map_err(refuse)?;
    let case = Case {
        asked,
        table,
        seed,
        hides_outcome: false,
        refuse,
    };
    let sentence = ask.map_or_else(|| asked.sentence(), str::to_owned);
    case.record("asked", &sentence)
}

/// Corrects the p-values of all answers by Holm's method.
///
/// # Errors
/// [`ProjectError::Stats`] if one is no probability.
pub fn correct(records: &mut [QuestionRecord]) -> Result<(), ProjectError> {
    let p_values: Vec<f64> = records.iter().map(|record| record.p_value).collect();
    let adjusted = stats::multiplicity::holm(&p_values)?;
    records
        .iter_mut()
        .zip(adjusted)
        .for_each(|(record, p)| record.p_adjusted = p);
    Ok(())
}

/// A question, the table it is about, and how a refusal is told.
struct Case<'c> {
    asked: &'c Asked,
    table: &'c Table,
    seed: u64,
    /// Whether no value of the outcome may be told, not in a refusal either.
    hides_outcome: bool,
    refuse: &'c dyn Fn(Refusal) -> ProjectError,
}

impl Case<'_> {
    fn record(&self, name: &str, ask: &str) -> Result<QuestionRecord, ProjectError> {
        let mut found = self.answer()?;
        let names: Vec<String> = found.groups.iter().map(|group| group.name.clone()).collect();
        found.name_groups(&names);
        let data = self.table.hash().to_hex();
        Ok(QuestionRecord::new(name, ask, self.asked, found, data))
    }

    fn answer(&self) -> Result<Found, ProjectError> {
        let outcome = &self.asked.outcome;
        let columns = [Some(outcome), self.asked.by.as_ref(), self.asked.paired.as_ref()];
        for column in columns.into_iter().flatten() {
            self.table.column(column)?;
        }
        let values = texts(self.table, outcome)?;
        let counts = distinct(&values);
        if counts.len() < 2 && self.asked.against.is_none() {
            return Err(self.refused(
                "outcome",
                format!("{} different values", counts.len()),
                "at least two",
            ));
        }
        let kind = self.table.kind(outcome).unwrap_or(Kind::Text);
        // Zeros and ones are shares; two other numbers are compared as numbers where that is asked for.
        let is_flag = counts
            .keys()
            .all(|text| matches!(text.as_str(), "0" | "1" | "0.0" | "1.0"));
        let means_asked = matches!(
            self.asked.method,
            Method::Welch | Method::Student | Method::Ranks | Method::Permutation
        );
        let as_numbers = 2 < counts.len() || means_asked || (!is_flag && self.asked.against.is_some());
        let are_numbers = is_day(kind) || (is_measured(kind) && as_numbers);
        if self.asked.method.is_relation() {
            relation::answer(self, kind)
        } else if are_numbers && !self.asked.method.is_of_counts() {
            if self.asked.positive.is_some() {
                let found = format!("a column of {kind} with {} different values", counts.len());
                let expected = "no `positive`: the means are compared, not the share of one value";
                return Err(self.refused("positive", found, expected));
            }
            numbers::answer(self, kind)
        } else {
            classes::answer(self, &counts, &values)
        }
    }

    fn refused(
        &self,
        key: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> ProjectError {
        (self.refuse)(Refusal::new(key, found, expected))
    }

    /// The groups of `by` with rows enough whose outcome is known.
    fn known_groups(&self, by: &str) -> Result<Groups, ProjectError> {
        let outcome = self.table.column(&self.asked.outcome)?;
        Ok(groups(self.table, by)?.of_enough(|row| outcome.is_valid(row), MIN_SEEN))
    }

    /// The same, two at least.
    fn groups(&self, by: &str) -> Result<Groups, ProjectError> {
        let groups = self.known_groups(by)?;
        if groups.names.len() < 2 {
            let found = groups.names.first().map_or("no group", |_| "only one group");
            let expected = "at least two groups of 10 rows and more in which the outcome is known";
            return Err(self.refused("by", found, expected));
        }
        Ok(groups)
    }

    /// Refuses what only two groups have.
    fn needs_two(&self, key: &'static str, n_groups: usize) -> Result<(), ProjectError> {
        match n_groups {
            2 => Ok(()),
            n => Err(self.refused(
                key,
                format!("{n} groups"),
                "two groups, of which the first is compared with the second",
            )),
        }
    }
}

/// A refusal that points at a key of the question.
fn refuse(project: &Project, question: &Question, refusal: Refusal) -> ProjectError {
    let Refusal { key, found, expected } = refusal;
    let offender = format!("[question.{}].{key}", question.name.value);
    let problem = Problem::new(offender, found, expected, question.place(key));
    ProjectError::File(project.problems(vec![problem]))
}

fn hide_groups(record: &mut QuestionRecord) {
    let hidden = |name: &str, groups: &[GroupRecord]| {
        let position = groups.iter().position(|group| group.name == name);
        format!("group {}", position.map_or(0, |position| position + 1))
    };
    if let Some(pairs) = &mut record.pairs {
        for pair in &mut pairs.pairs {
            pair.first = hidden(&pair.first, &record.groups);
            pair.second = hidden(&pair.second, &record.groups);
        }
    }
    let names: Vec<String> = record.groups.iter().map(|group| group.name.clone()).collect();
    let hidden_names: Vec<String> = (1..=names.len())
        .map(|number| format!("group {number}"))
        .collect();
    for (name, hidden) in names.iter().zip(&hidden_names) {
        record.why = record.why.replace(&format!("group `{name}`"), hidden);
        for (_, _, detail) in &mut record.assumptions {
            *detail = detail.replace(&format!("group `{name}`"), hidden);
        }
    }
    record
        .groups
        .iter_mut()
        .zip(hidden_names)
        .for_each(|(group, hidden)| group.name = hidden);
}
