//! Which parameters are good: some are tried on held-out rows until the caller says that it is enough.

use super::fit::judge;
use super::hold_out::{Parted, by_fold, by_share, folds, last_rows};
use super::loss::loss_for;
use super::problem::Problem;
use super::proposals::{Place, Proposals};
use super::settings::{N_FOLDS, Settings, n_used_folds};
use super::{Boost, Params, draws};
use crate::crew::Crew;
use crate::identity::Identity;
use crate::split::Fold;
use crate::trees::Bins;
use crate::weights::Weights;
use crate::{Context, LearnError, Training, Value};
use prepare::FeatureColumn;

/// The trials of a search at most.
const MOST_TRIALS: usize = 200;

/// What a search is given besides table, parameters and seed.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// The rows that judge, and those that are learnt from meanwhile; if there are none, they are found as rounds are.
    pub folds: &'a [Fold],
    /// So many of the last rows judge instead, and are not learnt from.
    pub n_held_out: usize,
    /// Asked after each round; what the trial has come to by then still counts.
    pub is_over: &'a (dyn Fn() -> bool + Sync),
    /// Told of each trial when it ends.
    pub told: &'a (dyn Fn(&Trial) + Sync),
}

/// Parameters that were tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The parameters that were searched; those that the caller chose are not among them.
    pub settings: Vec<(String, Value)>,
    /// The rounds after which held-out rows were told best.
    pub rounds: u32,
    /// Their mean loss then.
    pub loss: f64,
    /// Whether the search was over before these parameters were at their best.
    pub is_cut: bool,
}

impl std::fmt::Debug for Search<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Search")
            .field("n_folds", &self.folds.len())
            .field("n_held_out", &self.n_held_out)
            .finish_non_exhaustive()
    }
}

impl Trial {
    /// The settings with the rounds among them: a training with these reads no held-out rows.
    pub fn decided(&self) -> Vec<(String, Value)> {
        let rounds = ("rounds".to_owned(), Value::Whole(i64::from(self.rounds)));
        self.settings.iter().cloned().chain([rounds]).collect()
    }
}

/// The trial that told held-out rows best, the earlier one of equals.
pub fn best(trials: &[Trial]) -> Option<usize> {
    (0..trials.len()).min_by(|a, b| trials[*a].loss.total_cmp(&trials[*b].loss))
}

impl Boost {
    /// Tries parameters beside those that were chosen: first the rule's, then a portfolio, then draws by the seed, most
    /// of them near the best.
    ///
    /// All are judged by the same held-out rows, whose loss also chooses each trial's rounds. The order of the trials and
    /// their losses depend on table, parameters and seed alone; only where the list ends is up to the caller.
    /// It is empty if there are too few different rows to hold any out.
    ///
    /// # Errors
    /// As [`Trainer::fit`](crate::Trainer::fit).
    pub fn search(
        &self,
        data: &Training<'_>,
        search: &Search<'_>,
        context: &Context<'_>,
    ) -> Result<Vec<Trial>, LearnError> {
        let weights = data.check()?;
        let learnt = weights.of_first(
            data.features.n_rows.saturating_sub(search.n_held_out),
            data.features.n_rows,
        )?;
        let work = || trials(self.params(), data, (&weights, &learnt), search, context);
        context.pool()?.install(work)
    }
}

fn trials(
    params: &Params,
    data: &Training<'_>,
    (weights, learnt): (&Weights, &Weights),
    search: &Search<'_>,
    context: &Context<'_>,
) -> Result<Vec<Trial>, LearnError> {
    let rule = Settings::new(params, learnt, data)?;
    let Some(folds) = judges(&rule, data, (weights, learnt), search, context.seed) else {
        return Ok(Vec::new());
    };
    let is_category = |column: &FeatureColumn| matches!(column, FeatureColumn::Category { .. });
    let has_categories = data.features.columns.iter().any(is_category);
    let mut proposals = Proposals::new(params, &rule, has_categories, context.seed);
    let crew = Crew::new(context.n_threads)?;
    let (mut trials, mut places): (Vec<Trial>, Vec<Place>) = (Vec::new(), Vec::new());
    while let Some(place) = proposals.next(best(&trials).map(|best| places[best])) {
        let settings = proposals.settings(&place);
        let tried = with(params, &settings);
        let loss = loss_for(data.target, &tried, learnt)?;
        let rule = Settings::new(&tried, learnt, data)?;
        let rows = folds.iter().flat_map(|fold| fold.learning.iter().copied());
        let mut rows: Vec<u32> = rows.collect();
        rows.sort_unstable();
        rows.dedup();
        let edge_rows = draws::edge_rows(&rows, rule.packed, context.seed);
        let identity = Identity::of(data.features, data.target, learnt, &edge_rows);
        let bins = Bins::new(data.features, learnt, &edge_rows, &rule.bins()).in_order(&identity.order);
        let problem = Problem::new(rule, data, learnt, &*loss, bins, context.seed, None, &crew)?;
        let outcome = judge(&problem, &folds, search.is_over, context, &crew)?;
        let Some((round, loss)) = outcome.best else {
            return Ok(trials);
        };
        let trial = Trial {
            settings,
            rounds: round as u32,
            loss,
            is_cut: outcome.is_cut,
        };
        (search.told)(&trial);
        trials.push(trial);
        places.push(place);
        if outcome.is_cut || MOST_TRIALS <= trials.len() || (search.is_over)() {
            break;
        }
    }
    Ok(trials)
}

/// The rows that judge and those that are learnt from meanwhile; none if there are too few different ones.
fn judges(
    rule: &Settings,
    data: &Training<'_>,
    (weights, learnt): (&Weights, &Weights),
    search: &Search<'_>,
    seed: u64,
) -> Option<Vec<Parted>> {
    let n_rows = data.features.n_rows;
    if 0 < search.n_held_out {
        return Some(vec![last_rows(weights, n_rows, search.n_held_out)]);
    }
    if 0.0 < rule.held_out_share {
        return Some(vec![by_share(
            data.target,
            learnt,
            n_rows,
            rule.held_out_share,
            seed,
        )]);
    }
    if !search.folds.is_empty() {
        return Some(search.folds.iter().map(|fold| by_fold(fold, learnt)).collect());
    }
    let rows: Vec<usize> = learnt.rows(n_rows).collect();
    let identity = Identity::of(data.features, data.target, learnt, &rows);
    let mut found = folds(data, learnt, &identity, N_FOLDS, seed)?;
    found.truncate(n_used_folds(learnt.total()));
    Some(found)
}

/// The parameters with some settings.
fn with(params: &Params, settings: &[(String, Value)]) -> Params {
    let mut params = params.clone();
    for (name, value) in settings {
        params.set(name, value).expect("proposals lie in their ranges");
    }
    params
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use prepare::Features;
    use stats::random::Draw;

    use super::*;
    use crate::Target;

    /// Two numbers whose product decides, and a category that says nothing.
    fn table(n_rows: usize) -> (Features, Target) {
        let mut draw = Draw::new(5, 0);
        let mut number = || -> Vec<f64> { (0..n_rows).map(|_| draw.normal()).collect() };
        let (a, b, noise) = (number(), number(), number());
        let is_yes = (0..n_rows).map(|row| 0.0 < a[row] * b[row] + 0.2 * noise[row]);
        let target = Target::Binary(is_yes.collect());
        let codes = (0..n_rows as u32).map(|row| row % 3).collect();
        let columns = vec![
            FeatureColumn::Number(a),
            FeatureColumn::Number(b),
            FeatureColumn::Category { codes, n_levels: 3 },
        ];
        (Features { n_rows, columns }, target)
    }

    fn searched(params: Params, n_rounds: usize, n_threads: usize, n_held_out: usize) -> Vec<Trial> {
        let (features, target) = table(400);
        let data = Training {
            features: &features,
            target: &target,
            weights: None,
            names: &[],
        };
        let seen = AtomicUsize::new(0);
        let is_over = || n_rounds <= seen.fetch_add(1, Ordering::Relaxed) + 1;
        let search = Search {
            folds: &[],
            n_held_out,
            is_over: &is_over,
            told: &|_| (),
        };
        let context = Context {
            n_threads,
            ..Context::new(3)
        };
        params.check().unwrap().search(&data, &search, &context).unwrap()
    }

    #[test]
    fn trials_follow_from_the_seed_on_any_threads_and_end_where_told() {
        let long = searched(Params::default(), 2500, 1, 0);
        assert_eq!(searched(Params::default(), 2500, 3, 0), long);
        let short = searched(Params::default(), 900, 2, 0);
        let n_whole = short.len() - 1;
        assert!(0 < n_whole && short.len() < long.len());
        assert_eq!(short[..n_whole], long[..n_whole]);
        assert!(short[n_whole].is_cut && short[n_whole].loss >= long[n_whole].loss);
        assert_eq!(searched(Params::default(), 1, 1, 0)[0].rounds, 1);
    }

    #[test]
    fn a_search_finds_what_the_rule_does_not_know() {
        let trials = searched(Params::default(), 6000, 1, 0);
        let winner = &trials[best(&trials).unwrap()];
        assert!(
            winner.loss < 0.99 * trials[0].loss,
            "{} {}",
            winner.loss,
            trials[0].loss
        );
        let settings = winner.decided();
        assert_eq!(settings.last().unwrap().0, "rounds");
    }

    #[test]
    fn what_the_caller_chose_is_not_searched_and_rounds_are_the_most() {
        let params = Params {
            max_leaves: Some(4),
            l2: Some(5.0),
            category_smoothing: 3.0,
            rounds: Some(30),
            ..Params::default()
        };
        let trials = searched(params, 1000, 1, 0);
        let names =
            |trial: &Trial| -> Vec<String> { trial.settings.iter().map(|pair| pair.0.clone()).collect() };
        assert!(trials.iter().all(|trial| trial.rounds <= 30));
        for fixed in ["max_leaves", "l2", "category_smoothing"] {
            assert!(
                !trials
                    .iter()
                    .any(|trial| names(trial).contains(&fixed.to_owned()))
            );
        }
        assert!(names(&trials[0]).contains(&"learning_rate".to_owned()));
    }

    #[test]
    fn the_first_trial_is_the_rule_and_the_last_rows_can_judge() {
        let (features, target) = table(400);
        let data = Training {
            features: &features,
            target: &target,
            weights: None,
            names: &[],
        };
        use crate::Trainer;
        let first = &searched(Params::default(), 400, 1, 100)[0];
        let model = Boost::default()
            .fit_holding_out(&data, 100, &Context::new(3))
            .unwrap();
        let bundle::Model::Trees(trees) = model else {
            panic!("trees")
        };
        assert_eq!(trees.n_trees(), first.rounds as usize);
    }

    #[test]
    fn a_search_that_nobody_ends_ends_and_tries_nothing_twice() {
        let params = Params {
            rounds: Some(1),
            ..Params::default()
        };
        let trials = searched(params, usize::MAX, 2, 0);
        assert_eq!(trials.len(), MOST_TRIALS);
        assert!(trials.iter().all(|trial| !trial.is_cut && trial.rounds == 1));
        let same = |a: usize| (0..a).any(|b| trials[a].settings == trials[b].settings);
        assert!(!(0..trials.len()).any(same));
    }

    #[test]
    fn the_earlier_of_equal_trials_is_the_best() {
        let trial = |loss| Trial {
            settings: vec![],
            rounds: 1,
            loss,
            is_cut: false,
        };
        assert_eq!(best(&[3.0, 1.0, 2.0, 1.0].map(trial)), Some(1));
        assert_eq!(best(&[]), None);
    }
}
