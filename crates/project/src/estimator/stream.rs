//! Learning from rows that are never held together: they are gone through again for each thing that must be known of
//! them, and what is kept is the target and a byte a cell.

use super::assemble::{self, CellHash, Learnt, MAX_SUMMARISED, Made, n_explained};
use super::rows::check_features;
use super::{Aim, Categories, Estimator, MIN_MEAN_WEIGHT, check_table};
use crate::ProjectError;
use bundle::{Bundle, Decision, DecisionRule, Model};
use learn::{Context, LearnError, Parts};
use prepare::Features;
use prepare::recipe::{Recipe, RecipeBuilder};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use table::arrow::array::{Array, AsArray, RecordBatch};
use table::arrow::compute::cast;
use table::arrow::datatypes::{DataType, Float64Type};
use table::{Hash, Kind, Table};

/// Rows that can be gone through again and again, batch after batch, the same each time.
pub trait Passes: Sync {
    /// Hands out the batches in the order of rows; what `take` refuses ends it.
    ///
    /// # Errors
    /// What `take` says, or why a batch cannot be had.
    fn pass(
        &self,
        take: &mut dyn FnMut(&RecordBatch) -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError>;
}

/// What is to be told of rows that come batch after batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Told {
    /// Classes if the target is text or truths, numbers otherwise.
    #[default]
    ByType,
    /// One of the values that there are.
    Classes,
    /// A number.
    Numbers,
}

/// What to learn from, batch after batch.
pub struct Stream<'a> {
    /// The rows; all columns are features but the target and the weight.
    pub passes: &'a dyn Passes,
    /// The column to tell.
    pub target: String,
    /// The column of weights, if rows have any: zero or more, a whole number equals repeated rows.
    pub weight: Option<String>,
    /// What to tell of it.
    pub told: Told,
    /// Which columns are categories.
    pub categories: Categories,
    /// What the bundle is called.
    pub name: String,
    /// The bundle that training goes on from: its recipe is kept, and says which columns are categories.
    pub before: Option<Arc<Bundle>>,
}

impl std::fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

impl Estimator {
    /// Learns from rows that are never held together, and makes a bundle: the one that [`Estimator::fit`] makes of the same
    /// rows, bit for bit, if the number of rounds is given; chosen ones are found by a tenth of the rows, held out.
    ///
    /// The rows are gone through four times, six with a bundle to go on from. Held are the target, weights, a byte a cell, and some rows.
    ///
    /// # Errors
    /// As [`Estimator::fit`]; [`ProjectError::Data`] if a column is missing, a target or weight is, or the rows are others
    /// the next time; what [`Passes::pass`] says.
    pub fn fit_stream(&self, stream: &Stream<'_>, context: &Context<'_>) -> Result<Bundle, ProjectError> {
        stream.check()?;
        let seen = Seen::of(stream)?;
        let (aim, weights) = (seen.aim, seen.weights);
        let target = aim.target(seen.n_rows);
        let going_on = match &stream.before {
            None => None,
            Some(before) => Some(self.going_on(before, &aim, &target)?),
        };
        let trainer = going_on.as_deref().unwrap_or(&*self.trainer);
        let names = crate::train::names(&seen.recipe);
        let parts = FeatureParts {
            stream,
            recipe: &seen.recipe,
            columns: seen.columns,
            n_rows: seen.n_rows,
            cells: Mutex::new(None),
            refused: Mutex::new(None),
        };
        let model = trainer.fit_in_parts(&parts, &target, weights.as_deref(), &names, context);
        // Why a batch could not be had says more than that the training ended.
        let refused = parts.refused.lock().ok().and_then(|mut refused| refused.take());
        let model = match refused {
            Some(refused) => return Err(refused),
            None => model?,
        };
        let learnt = parts.learnt(seen.n_rows, &model)?;
        let is_binary = matches!(&aim, Aim::Classes { names, .. } if names.len() == 2);
        let made = Made {
            target: stream.target.clone(),
            name: stream.name.clone(),
            learnt,
            link: self.trainer.link(&target),
            decision: is_binary.then(|| Decision {
                threshold: 0.5_f64.next_up(),
                rule: DecisionRule::Half,
            }),
            intervals: None,
            before: stream.before.as_deref(),
            seed: context.seed,
            model,
            aim: &aim,
        };
        assemble::bundle(self, made)
    }
}

impl Stream<'_> {
    fn table(&self, batch: &RecordBatch) -> Result<Table, ProjectError> {
        let schema = batch.schema();
        let fields = schema.fields().iter().enumerate();
        let kept: Vec<usize> = fields
            .filter(|(_, field)| !is_index(field.name()))
            .map(|(place, _)| place)
            .collect();
        let categories = match &self.before {
            None => self.categories.clone(),
            Some(before) => Categories::Named(self.texts(before, batch)),
        };
        match kept.len() < schema.fields().len() {
            true => categories.table(&batch.project(&kept).unwrap_or_else(|_| batch.clone())),
            false => categories.table(batch),
        }
    }

    /// The columns of text, by the bundle before or their type: those of the target are classes.
    fn texts(&self, before: &Bundle, batch: &RecordBatch) -> Vec<String> {
        let mut texts = super::before::texts(&before.recipe);
        let is_there = |name: &String| batch.column_by_name(name).is_some();
        let target = batch.column_by_name(&self.target);
        let of_target = target.filter(|cells| matches!(cells.data_type(), DataType::Dictionary(..)));
        texts.extend(of_target.map(|_| self.target.clone()));
        texts.retain(is_there);
        texts
    }

    /// The columns that are features.
    fn features(&self, table: &Table) -> Vec<String> {
        let is_feature = |name: &String| *name != self.target && Some(name) != self.weight.as_ref();
        table.names().into_iter().filter(is_feature).collect()
    }

    fn check(&self) -> Result<(), ProjectError> {
        match self.weight.as_ref() == Some(&self.target) {
            true => Err(ProjectError::data(
                "the weight",
                format!("`{}`, which is the target", self.target),
                "another column",
            )),
            false => Ok(()),
        }
    }
}

/// Whether a column is what pandas writes of a frame's index without a name: it says where a row stood.
pub fn is_index(name: &str) -> bool {
    let number = name
        .strip_prefix("__index_level_")
        .and_then(|rest| rest.strip_suffix("__"));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// What must be known of all rows before any is learnt from.
struct Seen {
    n_rows: usize,
    recipe: Recipe,
    /// The features without rows.
    columns: Features,
    aim: Aim,
    weights: Option<Vec<f64>>,
}

impl Seen {
    fn of(stream: &Stream<'_>) -> Result<Seen, ProjectError> {
        let builder = RecipeBuilder {
            excluded: [Some(&stream.target), stream.weight.as_ref()]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            keep_all: true,
            ..RecipeBuilder::default()
        };
        let mut looking = builder.looking();
        let mut targets = Targets::default();
        let mut weights: Vec<f64> = Vec::new();
        let (mut n_rows, mut empty) = (0, None);
        stream.passes.pass(&mut |batch| {
            let table = stream.table(batch)?;
            targets.take(&table, stream, n_rows)?;
            let of_batch = weights_of(&table, stream, n_rows)?;
            match &stream.before {
                None => looking.look_at(&table, of_batch.as_deref())?,
                Some(before) => check_table(before, &stream.features(&table), &Categories::ByType)?,
            }
            weights.extend(of_batch.unwrap_or_default());
            n_rows += table.n_rows();
            empty.get_or_insert_with(|| table.slice(0, 0));
            Ok(())
        })?;
        let empty = empty.ok_or(ProjectError::Learn(LearnError::NoRows))?;
        let recipe = match &stream.before {
            None => looking.fitted()?.recipe,
            Some(before) => before.recipe.clone(),
        };
        check_features(&recipe)?;
        Ok(Seen {
            n_rows,
            columns: recipe.apply(&empty)?,
            aim: targets.aim(stream)?,
            weights: countable(weights),
            recipe,
        })
    }
}

/// Weights as an estimator counts them; none where all are one.
fn countable(mut weights: Vec<f64>) -> Option<Vec<f64>> {
    let mean = stats::sum::mean(&weights);
    if 0.0 < mean && mean < MIN_MEAN_WEIGHT {
        weights.iter_mut().for_each(|weight| *weight /= mean);
    }
    weights.iter().any(|weight| *weight != 1.0).then_some(weights)
}

fn weights_of(table: &Table, stream: &Stream<'_>, first: usize) -> Result<Option<Vec<f64>>, ProjectError> {
    let Some(name) = &stream.weight else {
        return Ok(None);
    };
    numbers_of(table, name, first, "a weight of zero or more").map(Some)
}

/// The numbers of a column, all of which must be there.
fn numbers_of(table: &Table, name: &str, first: usize, expected: &str) -> Result<Vec<f64>, ProjectError> {
    let cells = table.column(name)?;
    let kind = table.kind(name).unwrap_or(Kind::Text);
    if !kind.is_numeric() && kind != Kind::Boolean {
        return Err(ProjectError::data(
            format!("the column `{name}`"),
            kind.to_string(),
            "numbers",
        ));
    }
    check_present(cells.as_ref(), name, first, expected)?;
    let cells = cast(&cells, &DataType::Float64).map_err(|source| table::TableError::Arrow {
        name: name.to_owned(),
        source,
    })?;
    Ok(cells.as_primitive::<Float64Type>().values().to_vec())
}

fn check_present(cells: &dyn Array, name: &str, first: usize, expected: &str) -> Result<(), ProjectError> {
    match (0..cells.len()).find(|&row| cells.is_null(row)) {
        None => Ok(()),
        Some(row) => Err(ProjectError::data(
            format!("the column `{name}`"),
            format!("nothing in row {}", first + row),
            expected,
        )),
    }
}

/// Classes that are numbers are whole.
fn check_whole(values: &[f64], name: &str, first: usize) -> Result<(), ProjectError> {
    match values.iter().position(|value| value.fract() != 0.0) {
        None => Ok(()),
        Some(row) => Err(ProjectError::data(
            format!("the column `{name}`"),
            format!("{} in row {}", values[row], first + row),
            "classes: text, truths or whole numbers",
        )),
    }
}

/// The target of the rows so far.
#[derive(Default)]
struct Targets {
    /// Whether classes are told; known from the first rows on.
    are_classes: Option<bool>,
    numbers: Vec<f64>,
    /// Classes are numbered as they come.
    codes: Vec<u32>,
    code_of: HashMap<String, u32>,
}

impl Targets {
    fn take(&mut self, table: &Table, stream: &Stream<'_>, first: usize) -> Result<(), ProjectError> {
        let name = &stream.target;
        let cells = table.column(name)?;
        let kind = table.kind(name).unwrap_or(Kind::Text);
        let are_classes = *self.are_classes.get_or_insert(match stream.told {
            Told::ByType => matches!(kind, Kind::Text | Kind::Boolean),
            told => told == Told::Classes,
        });
        if !are_classes {
            self.numbers
                .extend(numbers_of(table, name, first, "a number in every row")?);
            return Ok(());
        }
        check_present(cells.as_ref(), name, first, "a class in every row")?;
        if kind == Kind::Number {
            check_whole(
                &numbers_of(table, name, first, "a class in every row")?,
                name,
                first,
            )?;
        }
        for row in 0..cells.len() {
            let text = table::write::cell_text(cells.as_ref(), row).unwrap_or_default();
            let next = self.code_of.len() as u32;
            self.codes.push(*self.code_of.entry(text).or_insert(next));
        }
        Ok(())
    }

    /// Classes stand in the order of their names, or of their numbers if all are whole numbers.
    fn aim(self, stream: &Stream<'_>) -> Result<Aim, ProjectError> {
        if self.are_classes != Some(true) {
            return Ok(Aim::Numbers(self.numbers));
        }
        let mut names: Vec<String> = self.code_of.keys().cloned().collect();
        names.sort();
        let wholes: Option<Vec<i64>> = names.iter().map(|name| whole(name)).collect();
        if wholes.is_some() {
            names.sort_by_key(|name| name.parse::<i64>().unwrap_or_default());
        }
        if names.len() < 2 {
            return Err(ProjectError::data(
                format!("the target `{}`", stream.target),
                format!(
                    "only one class, {}",
                    names.first().map_or("of no name", String::as_str)
                ),
                "rows of at least two classes",
            ));
        }
        let mut place_of_code = vec![0; names.len()];
        let places = names.iter().zip(0..);
        places.for_each(|(name, place)| place_of_code[self.code_of[name] as usize] = place);
        let codes = self
            .codes
            .iter()
            .map(|&code| place_of_code[code as usize])
            .collect();
        Ok(Aim::Classes { names, codes })
    }
}

/// The number that a text is, written as numbers are.
fn whole(name: &str) -> Option<i64> {
    name.parse()
        .ok()
        .filter(|number: &i64| number.to_string() == name)
}

/// The features of the rows, batch after batch.
struct FeatureParts<'a> {
    stream: &'a Stream<'a>,
    recipe: &'a Recipe,
    /// The features without rows.
    columns: Features,
    n_rows: usize,
    /// The hash of all cells, from the first pass on.
    cells: Mutex<Option<Hash>>,
    /// Why the last pass ended early, unless the training ended it.
    refused: Mutex<Option<ProjectError>>,
}

impl Parts for FeatureParts<'_> {
    fn columns(&self) -> Features {
        self.columns.clone()
    }

    fn each(&self, take: &mut dyn FnMut(&Features) -> Result<(), LearnError>) -> Result<(), LearnError> {
        let (mut cells, mut n_rows) = (CellHash::new(self.columns.columns.len()), 0);
        let passed = self.stream.passes.pass(&mut |batch| {
            let features = self.recipe.apply(&self.stream.table(batch)?)?;
            cells.take(&features);
            n_rows += features.n_rows;
            take(&features).map_err(ProjectError::Learn)
        });
        let passed = passed.and_then(|()| self.check(cells.hash(), n_rows));
        match passed {
            Ok(()) => Ok(()),
            Err(ProjectError::Learn(error)) => Err(error),
            Err(other) => {
                let problem = format!("end early: {other}");
                if let Ok(mut refused) = self.refused.lock() {
                    *refused = Some(other);
                }
                Err(LearnError::Parts { problem })
            }
        }
    }
}

impl FeatureParts<'_> {
    /// Refuses other cells than those of the first pass.
    fn check(&self, hash: Hash, n_rows: usize) -> Result<(), ProjectError> {
        let first = self.cells.lock().ok().map(|mut first| *first.get_or_insert(hash));
        match first == Some(hash) && n_rows == self.n_rows {
            true => Ok(()),
            false => Err(ProjectError::data(
                "the source",
                format!(
                    "other rows when it was gone through again, {n_rows} instead of {}",
                    self.n_rows
                ),
                "the same rows in the same order each time: files, a table, or a function that returns the same stream anew",
            )),
        }
    }

    /// What the bundle keeps of the rows.
    fn learnt(&self, n_rows: usize, model: &Model) -> Result<Learnt, ProjectError> {
        let step = |n: usize| n_rows.div_ceil(n).max(1);
        let (of_summary, of_drivers) = (step(MAX_SUMMARISED), step(n_explained(model)));
        let mut learnt = Learnt {
            recipe: self.recipe.clone(),
            n_rows,
            summarised: self.columns.clone(),
            explained: self.columns.clone(),
            data: CellHash::new(0).hash(),
        };
        let mut first = 0;
        self.each(&mut |features| {
            for (sample, step) in [
                (&mut learnt.summarised, of_summary),
                (&mut learnt.explained, of_drivers),
            ] {
                let rows = (0..features.n_rows).filter(|row| (first + row) % step == 0);
                sample.append(features.take(&rows.collect::<Vec<_>>()));
            }
            first += features.n_rows;
            Ok(())
        })?;
        learnt.data = self
            .cells
            .lock()
            .ok()
            .and_then(|cells| *cells)
            .unwrap_or(learnt.data);
        Ok(learnt)
    }
}
