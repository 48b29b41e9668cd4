//! Scoring tables: find the bundle, keep the contract, put scores beside the rows.

mod refusal;

use crate::ProjectError;
use crate::file::{Overrides, load};
use crate::records::{BreachRecord, ContractRecord};
use crate::run::Places;
use bundle::{Bundle, ScoreOptions, Scores};
use prepare::contract::{Action, RowReport};
pub(crate) use refusal::Refusal;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, StringArray, UInt32Array, new_empty_array};
use table::arrow::compute::take;
use table::{Kind, Table, TableError, quoted_list};

/// Scored rows, and rows that were not scored.
#[derive(Clone, Debug)]
pub struct Scoring {
    /// The rows with their scores behind them.
    pub table: Table,
    /// Rows that break the contract, with `_reason`.
    pub quarantine: Table,
    /// Rows that were scored though a learnt or flagging rule was broken.
    pub n_flagged: usize,
    /// The rules broken.
    pub breaches: Vec<BreachRecord>,
}

/// Rows to be scored, and how many of their file are before them, for messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a> {
    pub(crate) table: &'a Table,
    /// How many rows of the file are before them.
    pub(crate) n_before: u64,
}

/// What else is to be said of why rows are scored as they are, beside the reasons that [`ScoreOptions`] ask for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Why<'a> {
    /// Rows from which an unknown feature takes its values in reasons (interventional); without them, the shares of
    /// training rows in the trees stand for it (path-dependent).
    pub background: Option<&'a Table>,
    /// How many pairs of features that act together to name with each row.
    pub n_pairs: usize,
}

/// The bundle at a path, or of a model such as `churn@champion` of the project at `project`; and its version there.
///
/// # Errors
/// [`ProjectError`]: neither a file nor a model of the project.
pub fn find_bundle(name: &str, project: &Path) -> Result<(Bundle, Option<u64>), ProjectError> {
    let path = Path::new(name);
    if path.exists() || name.contains(['/', '\\']) || name.ends_with(".bundle") {
        return Ok((Bundle::load(path)?, None));
    }
    let project = load(project, &Overrides::default())?;
    let places = Places::of(&project);
    let resolved = places
        .registry_for_reading(&format!("model `{name}`"))?
        .resolve(name)?;
    Ok((Bundle::load(&resolved.path)?, Some(resolved.version)))
}

/// How to read a file for a bundle: its inputs in their kinds, everything else as it comes.
pub fn options_for(bundle: &Bundle) -> table::read::Options {
    let mut options = table::read::Options::default();
    for input in &bundle.recipe.inputs {
        let kind = match input.kind() {
            // A fraction where whole numbers were expected is a number to be scored, not a gap.
            Some(Kind::Integer) => Some(Kind::Number),
            kind => kind,
        };
        if let Some(kind) = kind {
            options.kinds.insert(input.name.clone(), kind);
        }
    }
    options
}

/// Scores the rows of `table`; `keep` names the columns to carry along, all if `None`.
///
/// A rule that refuses refuses the table; a rule that quarantines keeps its rows out, with the reason.
///
/// # Errors
/// [`ProjectError`]: columns are missing or mistyped, a refusing rule is broken, or a column has the name of a score.
pub fn score(
    bundle: &Bundle,
    table: &Table,
    keep: Option<&[String]>,
    options: &ScoreOptions,
    why: &Why<'_>,
) -> Result<Scoring, ProjectError> {
    let report = checked(bundle, table)?;
    if let Some(refusal) = Refusal::all(&report, 0).first() {
        return Err(refusal.error(report.n_rows as u64));
    }
    score_checked(bundle, Rows { table, n_before: 0 }, &report, keep, options, why)
}

/// What rows break of the bundle's contract.
///
/// # Errors
/// [`ProjectError`]: columns are missing or mistyped.
pub(crate) fn checked(bundle: &Bundle, table: &Table) -> Result<RowReport, ProjectError> {
    let aligned = bundle.recipe.align(table)?;
    Ok(prepare::contract::check_rows(&bundle.contract, &aligned)?)
}

/// Scores rows of a file that break no rule that refuses; they are named by their places in the file.
///
/// # Errors
/// As [`score`].
pub(crate) fn score_checked(
    bundle: &Bundle,
    rows: Rows<'_>,
    report: &RowReport,
    keep: Option<&[String]>,
    options: &ScoreOptions,
    why: &Why<'_>,
) -> Result<Scoring, ProjectError> {
    let Rows { table, n_before } = rows;
    let reasons = report.reasons(Action::Quarantine);
    let kept: Vec<usize> = (0..table.n_rows())
        .filter(|row| !reasons.contains_key(row))
        .collect();
    let broken: Vec<usize> = reasons.keys().copied().collect();
    let rows = if broken.is_empty() {
        table.clone()
    } else {
        table.take(&kept)?
    };
    let scores = explained(bundle, &rows, options, why)?;
    let texts: StringArray = reasons.values().map(Some).collect();
    let flagged = report.reasons(Action::Flag);
    Ok(Scoring {
        table: beside(&rows, keep, bundle, &scores)?,
        quarantine: table.take(&broken)?.with_column("_reason", Arc::new(texts))?,
        n_flagged: flagged.keys().filter(|row| !reasons.contains_key(row)).count(),
        breaches: ContractRecord::new(report, broken.len() as u64)
            .behind(n_before)
            .breaches,
    })
}

/// The scores of rows with all that is to be said of why.
fn explained(
    bundle: &Bundle,
    rows: &Table,
    options: &ScoreOptions,
    why: &Why<'_>,
) -> Result<Scores, ProjectError> {
    let of_trees = ScoreOptions {
        n_reasons: if why.background.is_some() {
            0
        } else {
            options.n_reasons
        },
        ..*options
    };
    let mut scores = bundle.score(rows, &of_trees)?;
    if let Some(background) = why.background {
        scores.reasons = Some(bundle.reasons_against(rows, background, &scores.decisions, options)?);
    }
    if 0 < why.n_pairs {
        scores.pairs = Some(bundle.strongest_pairs(rows, &scores.decisions, why.n_pairs, options)?);
    }
    Ok(scores)
}

/// Scores the rows of `table` in their places: as many rows come back, and those that break a declared rule with an
/// action beyond flagging are named with the reason. If `keeps_out`, these have no scores.
///
/// # Errors
/// [`ProjectError`]: columns are missing or mistyped.
pub fn score_in_place(
    bundle: &Bundle,
    table: &Table,
    keeps_out: bool,
    options: &ScoreOptions,
) -> Result<(Table, BTreeMap<usize, String>), ProjectError> {
    let report = checked(bundle, table)?;
    let broken = report.reasons(Action::Quarantine);
    if broken.is_empty() || !keeps_out {
        return Ok((bundle.score(table, options)?.to_table(&bundle.task)?, broken));
    }
    let kept: Vec<usize> = (0..table.n_rows())
        .filter(|row| !broken.contains_key(row))
        .collect();
    let scored = bundle
        .score(&table.take(&kept)?, options)?
        .to_table(&bundle.task)?;
    let mut places = vec![None; table.n_rows()];
    kept.iter()
        .zip(0u32..)
        .for_each(|(row, place)| places[*row] = Some(place));
    let places = UInt32Array::from(places);
    let columns: Result<Vec<(String, ArrayRef)>, ProjectError> = scored
        .names()
        .into_iter()
        .map(|name| {
            let cells = take(&scored.column(&name)?, &places, None).map_err(|source| TableError::Arrow {
                name: name.clone(),
                source,
            })?;
            Ok((name, cells))
        })
        .collect();
    Ok((Table::new(columns?)?, broken))
}

fn beside(
    rows: &Table,
    keep: Option<&[String]>,
    bundle: &Bundle,
    scores: &Scores,
) -> Result<Table, ProjectError> {
    let mut joined = carried(rows, keep)?;
    let scored = scores.to_table(&bundle.task)?;
    refuse_clashes(&joined.names(), &scored.names())?;
    if joined.n_columns() == 0 {
        return Ok(scored);
    }
    for name in scored.names() {
        joined = joined.with_column(&name, scored.column(&name)?)?;
    }
    Ok(joined)
}

/// The columns to carry along.
fn carried(rows: &Table, keep: Option<&[String]>) -> Result<Table, TableError> {
    match keep {
        None => Ok(rows.clone()),
        Some(names) => rows.select(&names.iter().map(String::as_str).collect::<Vec<_>>()),
    }
}

fn refuse_clashes(carried: &[String], scored: &[String]) -> Result<(), ProjectError> {
    let clashes = || scored.iter().filter(|name| carried.contains(name));
    if clashes().next().is_none() {
        return Ok(());
    }
    let found = quoted_list(clashes().map(String::as_str), 5);
    Err(ProjectError::data(
        "the table to be scored",
        format!("columns named like scores: {found}"),
        "other names; hint: choose columns with --keep",
    ))
}

/// Refuses columns that cannot be scored whatever stands in them: inputs or columns to carry along are missing, or a column
/// has the name of a score.
///
/// # Errors
/// [`ProjectError`].
pub(crate) fn check_columns(
    bundle: &Bundle,
    columns: &[(String, Kind)],
    keep: Option<&[String]>,
) -> Result<(), ProjectError> {
    let empty = |(name, kind): &(String, Kind)| (name.clone(), new_empty_array(&kind.data_type()));
    let table = Table::new(columns.iter().map(empty).collect())?;
    bundle.recipe.align(&table)?;
    refuse_clashes(&carried(&table, keep)?.names(), &bundle.output_names())
}
