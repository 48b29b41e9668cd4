//! Two columns of numbers: do they go together?

use super::groups::{is_measured, measures};
use super::numbers::{Split, summary, unit};
use super::record::{Found, asked_for};
use super::{Case, Method};
use crate::ProjectError;
use stats::association::{kendall, pearson, spearman};
use stats::test::{Alternative, RankMethod};
use table::Kind;
use table::arrow::array::Array;

pub(super) fn answer(case: &Case<'_>, kind: Kind) -> Result<Found, ProjectError> {
    let asked = case.asked;
    let by = asked.by.as_deref().unwrap_or_default();
    for (key, column) in [("outcome", asked.outcome.as_str()), ("by", by)] {
        let kind = case.table.kind(column).unwrap_or(Kind::Text);
        if !is_measured(kind) {
            let expected = format!("numbers, days or times for `{}`", asked.method.word());
            return Err(case.refused(key, format!("`{column}`, a column of {kind}"), expected));
        }
    }
    if asked.alternative != Alternative::TwoSided && asked.method != Method::Kendall {
        let found = format!("`{}` of `{}`", asked.alternative.as_str(), asked.method.word());
        return Err(case.refused("alternative", found, "two-sided, or `method = \"kendall\"`"));
    }
    let (outcome, other) = (case.table.column(&asked.outcome)?, case.table.column(by)?);
    let both: Vec<usize> = (0..outcome.len())
        .filter(|row| outcome.is_valid(*row) && other.is_valid(*row))
        .collect();
    let rows = case.table.take(&both)?;
    let (x, y) = (measures(&rows, by)?, measures(&rows, &asked.outcome)?);
    let result = match asked.method {
        Method::Pearson => pearson(&x, &y, asked.level)?,
        Method::Spearman => spearman(&x, &y, asked.level)?,
        _ => kendall(&x, &y, asked.alternative, RankMethod::Auto, asked.level)?,
    };
    let by_rank = asked.method != Method::Pearson;
    let split = Split::new(case, case.known_groups(by)?)?;
    let shown = split.names.iter().zip(0..);
    Ok(Found {
        groups: shown
            .map(|(name, code)| summary(name, &split.of_group(code), by_rank, asked.level))
            .collect(),
        unit: unit(kind),
        positive: None,
        pairs: None,
        n_dropped: (outcome.len() - both.len()) as u64,
        choice: asked_for(result, by_rank),
    })
}
