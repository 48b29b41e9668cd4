//! Prediction intervals fitted to what models said of rows that they had not learnt from (cross-conformal), and checked.
//!
//! Scores of all folds are pooled, and the model that serves learns from all rows: its errors are, if anything, a little
//! smaller than those of the folds' models. Nothing proves the promise then; it is checked instead, each fold's rows
//! against intervals fitted on other folds.

use std::collections::{BTreeMap, BTreeSet};

use bundle::intervals::MAX_GROUPS;
use bundle::{GroupCheck, IntervalCheck, IntervalGroup, IntervalGroups, IntervalMethod, Intervals, Link};
use prepare::recipe::MIN_SEEN;
use stats::calibration::conformal::{needed_weight, weighted_quantile};
use stats::interval::weighted_mean_t;
use stats::{StatsError, metric};

use crate::judge::{LEVEL, named};
use crate::{LearnError, OutOfFold, Target};

/// What intervals are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The share of rows to hold, in (0, 1).
    pub level: f64,
    /// The groups that have a quantile of their own where they are seen often enough.
    pub by: Option<Grouping<'a>>,
    /// Whether folds go forward in time: rows are then only met by intervals fitted on earlier folds.
    pub goes_forward: bool,
}

/// The groups of rows.
#[derive(Clone, Copy, Debug)]
pub struct Grouping<'a> {
    /// The column that they come from.
    pub column: &'a str,
    /// The group of each row, `(n_rows,)`.
    pub of_row: &'a [Option<String>],
}

/// Fits intervals to all rows that were tested, and checks them on the folds.
///
/// A row counts by its weight, as so many rows; one of weight zero does not. A group has a quantile of its own if it is
/// seen at least [`MIN_SEEN`] times, in rows and in weight, and often enough for the level.
///
/// # Errors
/// [`LearnError::Intervals`] if other folds hold too few rows for the level, [`LearnError::Target`] if no number is told,
/// or one quantile alone, [`LearnError::TooMany`] groups, [`LearnError::Stats`] for a level out of range.
///
/// # Reference
/// V. Vovk (2015), Cross-conformal predictors, Annals of Mathematics and AI 74; R. Foygel Barber et al. (2021),
/// Predictive inference with the jackknife+, Annals of Statistics 49.
pub fn fit(
    out_of_fold: &OutOfFold,
    target: &Target,
    weights: Option<&[f64]>,
    wish: &Wish<'_>,
) -> Result<(Intervals, IntervalCheck), LearnError> {
    let scored = Scored::of(out_of_fold, target, weights, wish)?;
    let all: Vec<usize> = (0..scored.truths.len()).collect();
    let judged = scored.judged(wish)?;
    let reach = scored.reach(&all, wish.level)?;
    let reach = reach.ok_or_else(|| scored.too_few(&[all], wish.level))?;
    let by = wish.by.map(|by| scored.groups(by.column, &reach)).transpose()?;
    let check = scored.check(&judged, by.as_ref(), wish.level)?;
    let intervals = Intervals {
        level: wish.level,
        method: scored.method,
        quantile: reach.overall,
        by,
    };
    Ok((intervals, check))
}

/// How far intervals reach.
struct Reach {
    overall: f64,
    /// By group; none where a group is too small.
    of_group: Vec<Option<f64>>,
}

/// An interval that a row met, and that was not fitted on it.
struct Judged {
    row: usize,
    interval: [f64; 2],
}

/// The tested rows that count, and how strange their truths were.
struct Scored<'a> {
    method: IntervalMethod,
    /// By which the bundle holds intervals where truths can lie.
    link: Link,
    truths: Vec<f64>,
    /// What was told of each row.
    told: Vec<Vec<f64>>,
    scores: Vec<f64>,
    weights: Option<Vec<f64>>,
    folds: Vec<usize>,
    /// The group of each row among `names`.
    groups: Vec<Option<usize>>,
    names: Vec<&'a str>,
}

impl<'a> Scored<'a> {
    fn of(
        out_of_fold: &OutOfFold,
        target: &Target,
        weights: Option<&[f64]>,
        wish: &Wish<'a>,
    ) -> Result<Scored<'a>, LearnError> {
        let Target::Number(values) = target else {
            return Err(refuse(target.kind()));
        };
        let method = match out_of_fold.levels.len() {
            0 => IntervalMethod::Split,
            1 => return Err(refuse("a single quantile")),
            _ => IntervalMethod::Cqr,
        };
        let mut rows = out_of_fold.tested_rows();
        rows.retain(|row| weights.is_none_or(|weights| 0.0 < weights[*row]));
        let told: Vec<Vec<f64>> = rows.iter().map(|row| told(out_of_fold, *row)).collect();
        let truths: Vec<f64> = rows.iter().map(|row| values[*row]).collect();
        let scores = truths.iter().zip(&told).map(|(y, told)| method.score(*y, told));
        let text = |row: &usize| wish.by.and_then(|by| by.of_row[*row].as_deref());
        let names: Vec<&str> = rows
            .iter()
            .filter_map(text)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let numbers: BTreeMap<&str, usize> = names.iter().copied().zip(0..).collect();
        Ok(Scored {
            method,
            link: out_of_fold.link,
            scores: scores.collect(),
            weights: weights.map(|weights| rows.iter().map(|row| weights[*row]).collect()),
            folds: rows
                .iter()
                .map(|row| out_of_fold.fold_of_row[*row].unwrap_or_default())
                .collect(),
            groups: rows
                .iter()
                .map(|row| text(row).map(|name| numbers[name]))
                .collect(),
            names,
            truths,
            told,
        })
    }

    fn weights_of(&self, rows: &[usize]) -> Option<Vec<f64>> {
        let weights = self.weights.as_ref()?;
        Some(rows.iter().map(|row| weights[*row]).collect())
    }

    fn weight_of(&self, rows: &[usize]) -> f64 {
        let weights = self.weights_of(rows);
        weights.map_or(rows.len() as f64, |weights| stats::sum::in_order(&weights))
    }

    /// How far intervals reach by these rows; none if there are too few for the level.
    fn reach(&self, rows: &[usize], level: f64) -> Result<Option<Reach>, StatsError> {
        let quantile = |rows: &[usize]| {
            let scores: Vec<f64> = rows.iter().map(|row| self.scores[*row]).collect();
            let quantile = weighted_quantile(&scores, self.weights_of(rows).as_deref(), level)?;
            Ok::<_, StatsError>(Some(quantile).filter(|quantile| quantile.is_finite()))
        };
        let overall = match rows {
            [] => None,
            rows => quantile(rows)?,
        };
        let Some(overall) = overall else { return Ok(None) };
        let mut of_group = Vec::with_capacity(self.names.len());
        for rows in self.by_group(rows) {
            let is_seen = MIN_SEEN as usize <= rows.len() && MIN_SEEN as f64 <= self.weight_of(&rows);
            of_group.push(if is_seen { quantile(&rows)? } else { None });
        }
        Ok(Some(Reach { overall, of_group }))
    }

    fn by_group(&self, rows: &[usize]) -> Vec<Vec<usize>> {
        let mut by_group = vec![Vec::new(); self.names.len()];
        for &row in rows {
            if let Some(group) = self.groups[row] {
                by_group[group].push(row);
            }
        }
        by_group
    }

    /// Every row with an interval fitted on other folds; folds whose others are too few are left out.
    fn judged(&self, wish: &Wish<'_>) -> Result<Vec<Judged>, LearnError> {
        let n_folds = self.folds.iter().max().map_or(0, |last| last + 1);
        let mut judged = Vec::new();
        let mut others = Vec::with_capacity(n_folds);
        for fold in 0..n_folds {
            let (within, without): (Vec<usize>, Vec<usize>) =
                (0..self.folds.len()).partition(|row| self.folds[*row] == fold);
            let is_before = |row: &usize| !wish.goes_forward || self.folds[*row] < fold;
            let fitted_on: Vec<usize> = without.into_iter().filter(is_before).collect();
            if let Some(reach) = self.reach(&fitted_on, wish.level)? {
                let interval = |row: usize| self.method.interval(&self.told[row], self.of_row(&reach, row));
                judged.extend(within.into_iter().map(|row| Judged {
                    row,
                    interval: self.link.within_range(interval(row)),
                }));
            }
            others.push(fitted_on);
        }
        match judged.is_empty() {
            true => Err(self.too_few(&others, wish.level)),
            false => Ok(judged),
        }
    }

    fn of_row(&self, reach: &Reach, row: usize) -> f64 {
        let own = self.groups[row].and_then(|group| reach.of_group[group]);
        own.unwrap_or(reach.overall)
    }

    fn too_few(&self, tried: &[Vec<usize>], level: f64) -> LearnError {
        LearnError::Intervals {
            level,
            found: tried.iter().map(|rows| self.weight_of(rows)).fold(0.0, f64::max),
            needed: needed_weight(level).unwrap_or(f64::INFINITY),
        }
    }

    fn groups(&self, column: &str, reach: &Reach) -> Result<IntervalGroups, LearnError> {
        let own = self.names.iter().zip(&reach.of_group);
        let groups: Vec<IntervalGroup> = own
            .filter_map(|(name, quantile)| {
                Some(IntervalGroup {
                    value: (*name).to_owned(),
                    quantile: (*quantile)?,
                })
            })
            .collect();
        if MAX_GROUPS < groups.len() {
            return Err(LearnError::TooMany {
                trainer: "a bundle's intervals",
                what: "groups",
                found: groups.len(),
                most: MAX_GROUPS,
            });
        }
        Ok(IntervalGroups {
            column: column.to_owned(),
            groups,
        })
    }

    fn check(
        &self,
        judged: &[Judged],
        by: Option<&IntervalGroups>,
        level: f64,
    ) -> Result<IntervalCheck, StatsError> {
        let own = by.map_or(&[][..], |by| &by.groups);
        // So that none of the groups' intervals is wrong with a probability of 95 %.
        let of_groups = 1.0 - (1.0 - LEVEL) / own.len().max(1) as f64;
        let mut groups = Vec::with_capacity(own.len());
        for group in own {
            let position = self.names.binary_search(&group.value.as_str()).ok();
            let is_member = |met: &&Judged| position.is_some() && self.groups[met.row] == position;
            let members: Vec<&Judged> = judged.iter().filter(is_member).collect();
            if members.is_empty() {
                continue;
            }
            let widths: Vec<f64> = members.iter().map(|met| met.width()).collect();
            groups.push(GroupCheck {
                value: group.value.clone(),
                n_rows: members.len() as u64,
                coverage: named(
                    &format!("interval_coverage_{level}"),
                    self.held(&members, of_groups)?,
                ),
                width: stats::sum::mean(&widths),
            });
        }
        let all: Vec<&Judged> = judged.iter().collect();
        let rows: Vec<usize> = judged.iter().map(|met| met.row).collect();
        let widths: Vec<f64> = judged.iter().map(Judged::width).collect();
        let width = weighted_mean_t(&widths, self.weights_of(&rows).as_deref(), LEVEL)?;
        let mut width = named(&format!("interval_width_{level}"), width);
        width.low = width.low.max(0.0);
        Ok(IntervalCheck {
            n_rows: judged.len() as u64,
            coverage: named(&format!("interval_coverage_{level}"), self.held(&all, LEVEL)?),
            width,
            groups,
        })
    }

    /// The share of truths within the intervals that they met, `confidence` being that of its own interval.
    fn held(&self, judged: &[&Judged], confidence: f64) -> Result<stats::Estimate, StatsError> {
        let rows: Vec<usize> = judged.iter().map(|met| met.row).collect();
        let truths: Vec<f64> = rows.iter().map(|row| self.truths[*row]).collect();
        let [low, high] = [0, 1].map(|end| judged.iter().map(|met| met.interval[end]).collect::<Vec<f64>>());
        metric::coverage(
            &truths,
            &low,
            &high,
            self.weights_of(&rows).as_deref(),
            confidence,
        )
    }
}

impl Judged {
    fn width(&self) -> f64 {
        self.interval[1] - self.interval[0]
    }
}

/// What a bundle would tell at the margins of a row: the number, or the quantiles rising.
fn told(out_of_fold: &OutOfFold, row: usize) -> Vec<f64> {
    let n = out_of_fold.n_outputs;
    let mut told = out_of_fold.margins[row * n..][..n].to_vec();
    match out_of_fold.levels.is_empty() {
        true => told
            .iter_mut()
            .for_each(|told| *told = out_of_fold.link.answer(*told)),
        false => told.sort_unstable_by(f64::total_cmp),
    }
    told
}

fn refuse(found: &'static str) -> LearnError {
    LearnError::Target {
        trainer: "intervals",
        found,
        expected: "a number, or two quantiles and more",
    }
}

#[cfg(test)]
mod tests;
