//! How many rounds, and the rounds themselves.

use bundle::{Model, TreeEnsemble};
use stats::sum::ExactSum;

use super::before::Earlier;
use super::draws::edge_rows;
use super::hold_out::{Parted, by_share, folds, last_rows};
use super::loss::loss_for;
use super::params::Params;
use super::problem::Problem;
use super::run::Run;
use super::settings::{Rounds, Settings};
use crate::crew::Crew;
use crate::identity::Identity;
use crate::parts::Parts;
use crate::trees::Bins;
use crate::weights::Weights;
use crate::{Context, LearnError, Progress, Training};

/// Learns from a table that is held, or from one that comes in parts: then `data` has its columns without rows.
pub(super) fn fit(
    params: &Params,
    data: &Training<'_>,
    weights: &Weights,
    n_held_out: usize,
    context: &Context<'_>,
    before: Option<&TreeEnsemble>,
    parts: Option<&dyn Parts>,
) -> Result<Model, LearnError> {
    let n_rows = data.target.len();
    if u32::MAX as usize <= n_rows {
        let (found, most) = (n_rows, u32::MAX as usize - 1);
        return Err(LearnError::TooMany {
            trainer: "boosted trees",
            what: "rows",
            found,
            most,
        });
    }
    let learnt = weights.of_first(n_rows.saturating_sub(n_held_out), n_rows)?;
    let settings = Settings::new(params, &learnt, data)?;
    let loss = loss_for(data.target, params, &learnt)?;
    let share = settings.held_out_share;
    let rows = match n_held_out {
        0 => by_share(data.target, &learnt, n_rows, share, context.seed),
        n_held_out => last_rows(weights, n_rows, n_held_out),
    };
    let edge_rows = edge_rows(&rows.learning, settings.packed, context.seed);
    let identity = match parts {
        None => Identity::of(data.features, data.target, &learnt, &edge_rows),
        Some(_) => Identity::of(data.features, data.target, &learnt, &[]),
    };
    let bins = match parts {
        None => Bins::new(data.features, &learnt, &edge_rows, &settings.bins()).in_order(&identity.order),
        Some(parts) => Bins::in_parts(
            parts,
            n_rows,
            &learnt,
            &edge_rows,
            &settings.bins(),
            |looked_at| Identity::of_taken(looked_at, data.target, &learnt, &edge_rows).order,
        )?,
    };
    let crew = Crew::new(context.n_threads)?;
    let earlier = before.map(|model| Earlier {
        model,
        features: data.features,
        parts,
        n_rows,
    });
    let problem = Problem::new(
        settings,
        data,
        &learnt,
        &*loss,
        bins,
        context.seed,
        earlier,
        &crew,
    )?;
    let rounds = match problem.settings.rounds {
        Rounds::Given(rounds) => rounds,
        // Held-out rows find the rounds on the way.
        Rounds::Chosen { .. } if !rows.held_out.is_empty() => problem.settings.max_rounds,
        Rounds::Chosen {
            n_folds,
            n_used,
            otherwise,
        } => {
            let folds = folds(data, &learnt, &identity, n_folds, context.seed);
            folds.map_or(Ok(otherwise), |folds| {
                choose_rounds(&problem, &folds[..n_used], context, &crew)
            })?
        }
    };
    let mut runs = [Run::new(&problem, rows)];
    let course = Course {
        n_rounds: rounds,
        patience: problem.settings.patience,
        choosing: false,
        is_over: &|| false,
    };
    let outcome = boost(&mut runs, &course, context, &crew)?;
    let [run] = runs;
    run.finish(data.feature_levels(), outcome.best.map(|(round, _)| round))
}

/// The rounds after which rows held out of the folds are told best.
fn choose_rounds(
    problem: &Problem<'_>,
    folds: &[Parted],
    context: &Context<'_>,
    crew: &Crew,
) -> Result<usize, LearnError> {
    let outcome = judge(problem, folds, &|| false, context, crew)?;
    Ok(outcome.best.map_or(1, |(round, _)| round))
}

/// Boosts on the learning rows of all folds side by side, judged by the rows held out of them together.
pub(super) fn judge(
    problem: &Problem<'_>,
    folds: &[Parted],
    is_over: &(dyn Fn() -> bool + Sync),
    context: &Context<'_>,
    crew: &Crew,
) -> Result<Outcome, LearnError> {
    let mut runs: Vec<Run<'_>> = folds.iter().map(|fold| Run::new(problem, fold.clone())).collect();
    let course = Course {
        n_rounds: problem.settings.max_rounds,
        patience: problem.settings.patience,
        choosing: true,
        is_over,
    };
    boost(&mut runs, &course, context, crew)
}

/// How long boosting may go on.
struct Course<'a> {
    n_rounds: usize,
    patience: usize,
    choosing: bool,
    /// Asked after each round.
    is_over: &'a (dyn Fn() -> bool + Sync),
}

/// What boosting came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    /// The best round by held-out rows and their mean loss, if there are any.
    pub(super) best: Option<(usize, f64)>,
    /// Whether it was stopped from outside.
    pub(super) is_cut: bool,
}

/// Boosts some runs side by side, judged by their held-out rows together.
fn boost(
    runs: &mut [Run<'_>],
    course: &Course<'_>,
    context: &Context<'_>,
    crew: &Crew,
) -> Result<Outcome, LearnError> {
    let mut best: Option<(usize, f64)> = None;
    for round in 1..=course.n_rounds {
        let losses = side_by_side(runs, crew);
        let held_out_loss = mean_loss(&losses);
        context.tell(Progress {
            round,
            n_rounds: course.n_rounds,
            held_out_loss,
            choosing: course.choosing,
        })?;
        if let Some(loss) = held_out_loss
            && best.is_none_or(|(_, best_loss)| loss < best_loss)
        {
            best = Some((round, loss));
        }
        let is_done = best.is_some_and(|(best_round, _)| course.patience <= round - best_round);
        if is_done || runs.iter().all(Run::is_idle) {
            break;
        }
        if (course.is_over)() {
            return Ok(Outcome { best, is_cut: true });
        }
    }
    Ok(Outcome { best, is_cut: false })
}

/// One round of each run and the loss of its held-out rows: each on one thread if there are as many as threads.
fn side_by_side(runs: &mut [Run<'_>], crew: &Crew) -> Vec<(ExactSum, i64)> {
    let round = |run: &mut Run<'_>, crew: &Crew| {
        run.round(crew);
        run.held_out_loss()
    };
    match runs.len() < crew.n_threads() {
        true => runs.iter_mut().map(|run| round(run, crew)).collect(),
        false => crew.map(runs, |_, run| round(run, &Crew::alone())),
    }
}

fn mean_loss(losses: &[(ExactSum, i64)]) -> Option<f64> {
    let mut sum = ExactSum::default();
    losses.iter().for_each(|(loss, _)| sum.merge(loss));
    let weight: i64 = losses.iter().map(|(_, weight)| weight).sum();
    (0 < weight).then(|| sum.value() / weight as f64)
}
