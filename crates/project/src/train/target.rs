//! What a model's section says of a table: rows with a target, their weights, and what is predicted.

use crate::ProjectError;
use crate::file::{ModelSection, Problem, Project, SplitBy, TaskWord};
use bundle::{DecisionRule, Task};
use learn::Target;
use prepare::recipe::{MIN_SEEN, RecipeBuilder};
use std::collections::{BTreeMap, BTreeSet};
use table::arrow::array::Array;
use table::write::cell_text;
use table::{Kind, Table};

/// More different values of a whole number than this, and it is a number to predict, not a class.
const MAX_CLASSES: usize = 50;

/// Everything needed to learn one model.
#[derive(Clone, Debug)]
pub(crate) struct Lesson<'p> {
    pub(crate) section: &'p ModelSection,
    pub(crate) seed: u64,
    pub(crate) n_threads: usize,
    /// The rows that have a target.
    pub(crate) rows: Table,
    /// Rows left out because their target is missing.
    pub(crate) n_without_target: usize,
    pub(crate) task: Task,
    pub(crate) target: Target,
    pub(crate) weights: Option<Vec<f64>>,
    pub(crate) recipe: RecipeBuilder,
}

impl<'p> Lesson<'p> {
    /// Reads the section against the table.
    pub(crate) fn new(
        project: &'p Project,
        section: &'p ModelSection,
        table: &Table,
    ) -> Result<Lesson<'p>, ProjectError> {
        let cells = table.column(&section.target.value)?;
        let present: Vec<usize> = (0..table.n_rows()).filter(|row| cells.is_valid(*row)).collect();
        let n_without_target = table.n_rows() - present.len();
        let rows = if n_without_target == 0 {
            table.clone()
        } else {
            table.take(&present)?
        };
        let (task, target) = target_of(project, section, &rows)?;
        let weights = section
            .weight
            .as_ref()
            .map(|column| weights_of(&rows, &column.value))
            .transpose()?;
        let recipe = RecipeBuilder {
            excluded: excluded(project, section),
            derived: section
                .features
                .iter()
                .map(|(_, derived)| derived.clone())
                .collect(),
            keep_identifiers: false,
            keep_all: false,
        };
        Ok(Lesson {
            section,
            seed: project.seed,
            n_threads: project.n_threads,
            rows,
            n_without_target,
            task,
            target,
            weights,
            recipe,
        })
    }

    /// The rule behind decisions.
    pub(crate) fn decision_rule(&self) -> DecisionRule {
        match self.section.decide {
            crate::file::Decide::Half => DecisionRule::Half,
            crate::file::Decide::Money { gain, cost } => DecisionRule::Money { gain, cost },
            crate::file::Decide::Capacity { share } => DecisionRule::Capacity { share },
        }
    }
}

fn excluded(project: &Project, section: &ModelSection) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = section.exclude.iter().map(|name| name.value.clone()).collect();
    names.insert(section.target.value.clone());
    names.extend(section.weight.as_ref().map(|column| column.value.clone()));
    // The key of any table names rows, wherever a query carried it.
    names.extend(
        project
            .data
            .iter()
            .filter_map(|data| Some(data.key.as_ref()?.value.clone())),
    );
    match &section.split {
        SplitBy::Group(column) | SplitBy::Time(column) => {
            names.insert(column.value.clone());
        }
        SplitBy::Target => {}
    }
    names
}

fn target_of(
    project: &Project,
    section: &ModelSection,
    rows: &Table,
) -> Result<(Task, Target), ProjectError> {
    let name = &section.target.value;
    let kind = rows.kind(name).expect("the column was just read");
    let refuse = |found: String, expected: &str| {
        let problem = Problem::new(
            format!("[model.{}].target", section.name.value),
            found,
            expected,
            section.target.span.clone(),
        );
        ProjectError::File(project.problems(vec![problem]))
    };
    let counts = value_counts(rows, name)?;
    let looks_like_classes = match kind {
        Kind::Text | Kind::Boolean => true,
        Kind::Integer => counts.len() <= 2,
        _ => false,
    };
    let classify = section
        .task
        .map_or(looks_like_classes, |task| task == TaskWord::Classification);
    if counts.len() < 2 {
        let only = counts
            .keys()
            .next()
            .map_or("no value".to_owned(), |value| format!("the one value `{value}`"));
        return Err(refuse(
            format!("{only} in {} rows", rows.n_rows()),
            "at least two different values",
        ));
    }
    if !classify {
        if !kind.is_numeric() {
            return Err(refuse(format!("a column of {kind}"), "a number for a regression"));
        }
        let numbers = bundle::baseline::numbers(rows, name)?;
        return Ok((Task::Regression { target: name.clone() }, Target::Number(numbers)));
    }
    if MAX_CLASSES < counts.len() {
        return Err(refuse(
            format!("{} different values", counts.len()),
            "at most 50 classes; say task = \"regression\" for a number",
        ));
    }
    if let Some((rare, n)) = unnamed_rare_class(section, &counts) {
        return Err(refuse(
            format!("the class `{rare}` in {n} rows"),
            &format!(
                "at least {MIN_SEEN} rows of each class, or the bundle would name a value of a few people; join rare classes or leave their rows out in `[data.*].sql`, or name the class in `positive`"
            ),
        ));
    }
    let texts = texts(rows, name)?;
    if counts.len() == 2 {
        let positive = positive(project, section, &counts, kind)?;
        let negative = counts
            .keys()
            .find(|value| **value != positive)
            .cloned()
            .unwrap_or_default();
        let labels = texts.iter().map(|text| *text == positive).collect();
        return Ok((
            Task::Binary {
                target: name.clone(),
                negative,
                positive,
            },
            Target::Binary(labels),
        ));
    }
    let classes: Vec<String> = counts.keys().cloned().collect();
    let code = |text: &String| classes.binary_search(text).unwrap_or(0) as u32;
    let codes = texts.iter().map(code).collect();
    let n_classes = classes.len() as u32;
    Ok((
        Task::Classes {
            target: name.clone(),
            classes,
        },
        Target::Classes { codes, n_classes },
    ))
}

/// A class that a bundle would name though it was hardly seen, and the project does not name either.
fn unnamed_rare_class<'c>(
    section: &ModelSection,
    counts: &'c BTreeMap<String, usize>,
) -> Option<(&'c String, usize)> {
    let is_named = |class: &String| {
        section
            .positive
            .as_ref()
            .is_some_and(|named| named.value == *class)
    };
    counts
        .iter()
        .find(|(class, n)| (**n as u64) < MIN_SEEN && !is_named(class))
        .map(|(class, n)| (class, *n))
}

/// The class asked for: as said, else `true`, else the rarer one.
fn positive(
    project: &Project,
    section: &ModelSection,
    counts: &BTreeMap<String, usize>,
    kind: Kind,
) -> Result<String, ProjectError> {
    if let Some(positive) = &section.positive {
        if counts.contains_key(&positive.value) {
            return Ok(positive.value.clone());
        }
        let known = || counts.keys().map(String::as_str);
        let problem = Problem::new(
            format!("[model.{}].positive", section.name.value),
            format!("`{}`", positive.value),
            format!("one of {}", table::quoted_list(known(), 10)),
            positive.span.clone(),
        );
        return Err(ProjectError::File(
            project.problems(vec![problem.did_you_mean(&positive.value, known())]),
        ));
    }
    if kind == Kind::Boolean {
        return Ok("true".to_owned());
    }
    let rarest = counts.iter().min_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
    Ok(rarest.map(|(value, _)| value.clone()).unwrap_or_default())
}

pub(super) fn texts(rows: &Table, name: &str) -> Result<Vec<String>, ProjectError> {
    let cells = rows.column(name)?;
    Ok((0..cells.len())
        .map(|row| cell_text(cells.as_ref(), row).unwrap_or_default())
        .collect())
}

fn value_counts(rows: &Table, name: &str) -> Result<BTreeMap<String, usize>, ProjectError> {
    let mut counts = BTreeMap::new();
    texts(rows, name)?
        .into_iter()
        .for_each(|text| *counts.entry(text).or_default() += 1);
    Ok(counts)
}

fn weights_of(rows: &Table, name: &str) -> Result<Vec<f64>, ProjectError> {
    let weights = bundle::baseline::numbers(rows, name)?;
    if weights.len() != rows.n_rows() {
        let missing = rows.n_rows() - weights.len();
        return Err(ProjectError::data(
            format!("the weights `{name}`"),
            format!("{missing} missing"),
            "a number in each row",
        ));
    }
    if let Some(negative) = weights.iter().find(|weight| **weight < 0.0) {
        return Err(ProjectError::data(
            format!("the weights `{name}`"),
            negative.to_string(),
            "zero or more",
        ));
    }
    Ok(weights)
}
