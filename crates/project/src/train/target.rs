//! What a model's section says of a table: rows with a target, their weights, and what is predicted.

use super::candidates::levels;
use super::intervals;
use super::search::SearchRecord;
use crate::ProjectError;
use crate::continuing::{Obstacle, check};
use crate::file::{ClassWeight, Located, ModelSection, Problem, Project, SplitBy, TaskWord};
use crate::lineage::Lineage;
use bundle::{Bundle, DecisionRule, Task};
use learn::Target;
use prepare::recipe::{Fitted, MIN_SEEN, RecipeBuilder};
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
    /// How much each row counts in the judgement.
    pub(crate) weights: Option<Vec<f64>>,
    /// How much each row counts in training: the weights, times those of classes.
    pub(crate) training_weights: Option<Vec<f64>>,
    /// The bundle that training goes on from.
    pub(crate) before: Option<Bundle>,
    /// The parameters of boosted trees that a search decided, beside those of the section.
    pub(crate) decided: Vec<(String, learn::Value)>,
    recipe: RecipeBuilder,
}

impl<'p> Lesson<'p> {
    /// Reads the section against the table.
    pub(crate) fn new(
        project: &'p Project,
        section: &'p ModelSection,
        lineage: &Lineage,
        table: &Table,
    ) -> Result<Lesson<'p>, ProjectError> {
        let rows = with_target(section, table)?;
        let n_without_target = table.n_rows() - rows.n_rows();
        let (task, target) = target_of(project, section, &rows)?;
        intervals::check(project, section, lineage, &task, &rows)?;
        let weights = section
            .weight
            .as_ref()
            .map(|column| weights_of(&rows, &column.value))
            .transpose()?;
        let training_weights = class_weighted(project, section, &task, &target, weights.as_deref())?;
        let before = before(project, section, &task)?;
        let recipe = RecipeBuilder {
            excluded: excluded(project, section, lineage),
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
            training_weights,
            before,
            decided: Vec::new(),
            recipe,
        })
    }

    /// The lesson with what a search decided, if one did.
    pub(crate) fn deciding(self, search: Option<&SearchRecord>) -> Lesson<'p> {
        Lesson {
            decided: search.map_or(Vec::new(), SearchRecord::settings),
            ..self
        }
    }

    /// The recipe fitted to some rows, or that of the bundle before.
    pub(crate) fn fit_recipe(&self, rows: &Table, weights: Option<&[f64]>) -> Result<Fitted, ProjectError> {
        match &self.before {
            None => Ok(self.recipe.fit(rows, weights)?),
            Some(before) => Ok(Fitted {
                recipe: before.recipe.clone(),
                dropped: Vec::new(),
            }),
        }
    }

    /// The rule behind decisions.
    pub(crate) fn decision_rule(&self) -> DecisionRule {
        if let Some(share) = self.section.contamination {
            return DecisionRule::Capacity { share };
        }
        match self.section.decide {
            crate::file::Decide::Half => DecisionRule::Half,
            crate::file::Decide::Money { gain, cost } => DecisionRule::Money { gain, cost },
            crate::file::Decide::Capacity { share } => DecisionRule::Capacity { share },
        }
    }
}

fn excluded(project: &Project, section: &ModelSection, lineage: &Lineage) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = section.exclude.iter().map(|name| name.value.clone()).collect();
    names.extend(
        section
            .target
            .iter()
            .chain(&section.query)
            .map(|column| column.value.clone()),
    );
    names.extend(section.weight.as_ref().map(|column| column.value.clone()));
    names.extend(lineage.keys(project, &section.data.value));
    match &section.split {
        SplitBy::Group(column) | SplitBy::Time(column) => {
            names.insert(column.value.clone());
        }
        SplitBy::Target => {}
    }
    names
}

/// The rows that have a target, and a query if there are any.
fn with_target(section: &ModelSection, table: &Table) -> Result<Table, ProjectError> {
    let mut present: Vec<usize> = (0..table.n_rows()).collect();
    for column in section.target.iter().chain(&section.query) {
        let cells = table.column(&column.value)?;
        present.retain(|row| cells.is_valid(*row));
    }
    Ok(match present.len() == table.n_rows() {
        true => table.clone(),
        false => table.take(&present)?,
    })
}

fn target_of(
    project: &Project,
    section: &ModelSection,
    rows: &Table,
) -> Result<(Task, Target), ProjectError> {
    let Some(target) = &section.target else {
        return Ok((Task::Anomaly, Target::Nothing(rows.n_rows())));
    };
    let name = &target.value;
    let kind = rows.kind(name).expect("the column was just read");
    let refuse = |found: String, expected: &str| {
        let problem = Problem::new(
            format!("[model.{}].target", section.name.value),
            found,
            expected,
            target.span.clone(),
        );
        ProjectError::File(project.problems(vec![problem]))
    };
    if let Some(query) = &section.query {
        if !kind.is_numeric() {
            return Err(refuse(
                format!("a column of {kind}"),
                "how well a row answers, from 0 to 31",
            ));
        }
        return ranks(rows, name, &query.value);
    }
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
        let (target, levels) = (name.clone(), levels(section));
        let task = match levels.is_empty() {
            true => Task::Regression { target },
            false => Task::Quantiles { target, levels },
        };
        return Ok((task, Target::Number(numbers)));
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

/// The relevance of rows, and their queries numbered in the order in which they first appear.
fn ranks(rows: &Table, target: &str, query: &str) -> Result<(Task, Target), ProjectError> {
    let relevance = bundle::baseline::numbers(rows, target)?;
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let number = |text: String| {
        let next = numbers.len() as u32;
        *numbers.entry(text).or_insert(next)
    };
    let queries = texts(rows, query)?.into_iter().map(number).collect();
    Ok((
        Task::Ranking {
            target: target.to_owned(),
            query: query.to_owned(),
        },
        Target::Ranks {
            relevance,
            query: queries,
        },
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

/// Training weights where classes are weighted, else the weights themselves.
fn class_weighted(
    project: &Project,
    section: &ModelSection,
    task: &Task,
    target: &Target,
    weights: Option<&[f64]>,
) -> Result<Option<Vec<f64>>, ProjectError> {
    let Some(class_weight) = &section.class_weight else {
        return Ok(weights.map(<[f64]>::to_vec));
    };
    let classes = task.classes();
    let refuse = |found: String, expected: String, span| {
        let offender = format!("[model.{}].class_weight", section.name.value);
        ProjectError::File(project.problems(vec![Problem::new(offender, found, expected, span)]))
    };
    if target.n_classes() == 0 {
        let found = format!("a {} task", task.word());
        return Err(refuse(
            found,
            "a class to weigh".to_owned(),
            section.name.span.clone(),
        ));
    }
    let of_class = match class_weight {
        ClassWeight::Balanced => learn::balanced(target, weights),
        ClassWeight::Named(named) => {
            let mut of_class = vec![1.0; classes.len()];
            for (class, weight) in named {
                match classes.iter().position(|known| *known == class.value) {
                    Some(position) => of_class[position] = *weight,
                    None => {
                        let expected = format!("one of {}", table::quoted_list(classes.iter().copied(), 10));
                        return Err(refuse(format!("`{}`", class.value), expected, class.span.clone()));
                    }
                }
            }
            of_class
        }
    };
    Ok(Some(learn::class_weighted(target, weights, &of_class)))
}

/// The bundle that training goes on from, if it can be gone on from.
fn before(project: &Project, section: &ModelSection, task: &Task) -> Result<Option<Bundle>, ProjectError> {
    let Some(path) = &section.continue_from else {
        return Ok(None);
    };
    let before = Bundle::load(&project.root().join(&path.value))?;
    check(&before, task).map_err(|Obstacle { found, expected }| {
        let offender = format!("[model.{}].continue_from", section.name.value);
        ProjectError::File(project.problems(vec![Problem::new(offender, found, expected, path.span.clone())]))
    })?;
    keeps_recipe(project, section, &before)?;
    Ok(Some(before))
}

/// The recipe of the bundle before is kept: it must see no excluded column, and compute the same features.
fn keeps_recipe(project: &Project, section: &ModelSection, before: &Bundle) -> Result<(), ProjectError> {
    let is_seen = |column: &&Located<String>| {
        before
            .recipe
            .inputs
            .iter()
            .any(|input| input.name == column.value)
    };
    let mut problems = Vec::new();
    for column in section.exclude.iter().filter(is_seen) {
        problems.push(Problem::new(
            format!("[model.{}].exclude", section.name.value),
            format!("`{}`, which the bundle of `continue_from` sees", column.value),
            "columns that it does not see, because its recipe is kept",
            column.span.clone(),
        ));
    }
    for (name, derived) in &section.features {
        if !before.recipe.derived.contains(derived) {
            problems.push(Problem::new(
                format!("[model.{}].features.{}", section.name.value, name.value),
                "a feature that the bundle of `continue_from` does not have",
                "its features, because its recipe is kept",
                name.span.clone(),
            ));
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(ProjectError::File(project.problems(problems))),
    }
}
