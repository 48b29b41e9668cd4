//! From rows to scores: the bundle does it, the contract may refuse it.

use crate::call::Call;
use crate::models::Loaded;
use crate::refusal::Refusal;
use crate::rows::Rows;
use bundle::{ScoreOptions, Scores};
use prepare::contract::{Action, Breach};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// So many rows are scored cell by cell; more are worth a table.
const QUICK_ROWS: usize = 64;

/// Rows and what the bundle says of them.
#[derive(Debug)]
pub(crate) struct Scored {
    pub(crate) model: Arc<Loaded>,
    pub(crate) rows: Rows,
    pub(crate) scores: Scores,
}

/// Scores `rows`; a row that breaks a rule of the contract with an action beyond flagging refuses the request.
pub(crate) fn score(model: &Arc<Loaded>, rows: Rows, options: &ScoreOptions) -> Result<Box<Scored>, Refusal> {
    let started = Instant::now();
    let scores = match quick(model, &rows, options) {
        Some(scores) => scores,
        None => {
            // The rows have the inputs' names and kinds by now, so that what fails here is not the caller's.
            let scores = model.bundle.score(&rows.to_table(&model.inputs)?, options);
            scores.map_err(|_| Refusal::Internal)?
        }
    };
    model.counters.see_breaches(&scores.report);
    let refused: Vec<&Breach> = scores
        .report
        .breaches
        .iter()
        .filter(|breach| Action::Flag < breach.action)
        .collect();
    if !refused.is_empty() {
        let joined = |text: fn(&Breach) -> String| {
            let texts: Vec<String> = refused.iter().map(|breach| text(breach)).collect();
            texts.join("; ")
        };
        let rows: BTreeSet<usize> = refused.iter().flat_map(|breach| breach.rows.clone()).collect();
        return Err(Refusal::Broken {
            sentences: joined(sentence),
            rules: joined(rule),
            n_rows: rows.len() as u64,
        });
    }
    model.counters.see_scored(scores.n_rows, started.elapsed());
    Ok(Box::new(Scored {
        model: Arc::clone(model),
        rows,
        scores,
    }))
}

/// The same scores without a table between, where rows are few and nothing is to be told of them.
fn quick(model: &Loaded, rows: &Rows, options: &ScoreOptions) -> Option<Scores> {
    if QUICK_ROWS < rows.n_rows() || 0 < options.n_reasons || !rows.has_cells() {
        return None;
    }
    let quick = model.quick.as_ref()?;
    quick.score(&model.bundle, rows.n_rows(), |input, row| rows.cell(input, row))
}

/// Scores rows with as many reasons as wanted and with the contributions behind them; with neither for `None`.
pub(crate) fn score_explained(
    call: &Call,
    rows: Rows,
    n_reasons: Option<usize>,
) -> Result<Box<Scored>, Refusal> {
    // Reasons are cut afterwards: without any, the bundle would not explain.
    let options = call.options(n_reasons.map_or(0, |n| n.max(1)));
    let mut scored = score(&call.model, rows, &options)?;
    let reasons = scored.scores.reasons.iter_mut().flatten();
    reasons.for_each(|reasons| reasons.truncate(n_reasons.unwrap_or(0)));
    Ok(scored)
}

/// The rule's word alone: what it allows may be long.
fn rule(breach: &Breach) -> String {
    let word = breach.rule.split(" =").next().unwrap_or_default();
    format!("column `{}` breaks {word}", breach.column)
}

fn sentence(breach: &Breach) -> String {
    let first = breach.rows.first().copied().unwrap_or(0);
    let more = match breach.rows.len().saturating_sub(1) {
        0 => String::new(),
        n => format!(", and {n} more"),
    };
    format!(
        "column `{}` breaks {}: found {} in row {first} (counted from 0){more}",
        breach.column, breach.rule, breach.found
    )
}
