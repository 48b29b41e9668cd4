//! Findings told with their effects.

use super::answer::{Condition, Effect, Finding, Shift, ShiftScale};
use super::dimension::Dimension;
use super::lines::{Plan, Told};
use super::resampled::{Bagged, Resampler};
use super::rows::Rows;
use super::search::Moved;
use super::twins::twins;
use super::{Axes, Options};
use stats::Estimate;
use stats::change::{Grid, Level, interval_of};
use stats::math::exp;

/// A segment that holds, and how it moved.
#[derive(Debug, Clone)]
pub(super) struct Holds {
    pub(super) moved: Moved,
    pub(super) effect: Effect,
}

/// The lines of the change, as they are and resampled.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) told: Told,
    resampled: Vec<Told>,
    plan: Plan,
    lines: Vec<Level>,
}

impl Story {
    /// Splits the rows into lines and tells their change; everything moved only where that holds.
    pub(super) fn of(
        rows: &Rows,
        holds: &[Holds],
        is_total: bool,
        scale: ShiftScale,
        resampler: &Resampler,
        level: f64,
    ) -> Story {
        let (codes, line_of, n_lines) = lines(rows.n(), holds);
        let bagged = resampler.bagged(rows, &codes, n_lines);
        let mut plan = Plan {
            is_total,
            scale,
            volume_moved: is_total,
            rate_moved: true,
            findings: line_of
                .into_iter()
                .zip(holds.iter().map(|one| one.effect))
                .collect(),
        };
        let story = Story::told(plan.clone(), resampler, &bagged);
        let sure = |of: fn(&Told) -> f64| !story.estimate(of(&story.told), of, level).covers(0.0);
        let (volume_moved, rate_moved) = (is_total && sure(|told| told.volume), sure(|told| told.rate));
        if (volume_moved, rate_moved) == (plan.volume_moved, plan.rate_moved) {
            return story;
        }
        (plan.volume_moved, plan.rate_moved) = (volume_moved, rate_moved);
        Story::told(plan, resampler, &bagged)
    }

    fn told(plan: Plan, resampler: &Resampler, bagged: &Bagged) -> Story {
        let lines = resampler.as_is(bagged);
        Story {
            told: plan.tell(&lines),
            resampled: resampler
                .resamples(bagged)
                .map(|drawn| plan.tell(&drawn))
                .collect(),
            plan,
            lines,
        }
    }

    /// A value with the interval of what it is in the resamples.
    pub(super) fn estimate(&self, value: f64, of: impl Fn(&Told) -> f64, level: f64) -> Estimate {
        interval_of(value, &mut self.resampled.iter().map(of).collect(), level)
    }

    /// All parts, for a grid that holds them.
    pub(super) fn parts(&self) -> Vec<f64> {
        let told = &self.told;
        let mut parts = vec![
            told.metric[0],
            told.metric[1],
            told.volume,
            told.rate,
            told.everything_else(),
        ];
        parts.extend(&told.findings);
        parts
    }

    /// Which findings have an effect that is not 0 beyond chance, corrected for how many there are, and not below a share of
    /// the change or of the largest effect.
    pub(super) fn has_effect(&self, level: f64, smallest: f64) -> Vec<bool> {
        let n = self.plan.findings.len().max(1) as f64;
        let strict = 1.0 - (1.0 - level) / n;
        let told = &self.told;
        let effects = told.findings.iter().chain([&told.volume, &told.rate]);
        let least = smallest * effects.fold(told.change().abs(), |most, effect| most.max(effect.abs()));
        let sure = |k: usize| {
            !self
                .estimate(told.findings[k], |told| told.findings[k], strict)
                .covers(0.0)
        };
        (0..self.plan.findings.len())
            .map(|k| told.findings[k].abs() >= least && sure(k))
            .collect()
    }

    pub(super) fn shifts(&self, grid: &Grid, level: f64) -> Vec<Shift> {
        let odds_or_factor = |middle_ratio: f64| (2.0 + middle_ratio) / (2.0 - middle_ratio) - 1.0;
        let mut shifts = Vec::new();
        if self.plan.volume_moved {
            shifts.push(Shift {
                effect_kind: Effect::Volume,
                scale: ShiftScale::Proportional,
                effect: self.estimate(grid.place(self.told.volume), |told| told.volume, level),
                amount: odds_or_factor(self.told.growth),
            });
        }
        if self.plan.rate_moved {
            let shift = self.told.shift;
            shifts.push(Shift {
                effect_kind: Effect::Rate,
                scale: self.plan.scale,
                effect: self.estimate(grid.place(self.told.rate), |told| told.rate, level),
                amount: match self.plan.scale {
                    ShiftScale::Additive => shift,
                    ShiftScale::Proportional => odds_or_factor(shift),
                    ShiftScale::Odds => odds_factor(&self.lines),
                },
            });
        }
        shifts
    }

    /// Findings on the grid, largest effect first.
    pub(super) fn findings(
        &self,
        rows: &Rows,
        axes: &Axes,
        holds: &[Holds],
        grid: &Grid,
        change: f64,
        options: &Options,
    ) -> Vec<Finding> {
        let finding = |(k, one): (usize, &Holds)| {
            let value = grid.place(self.told.findings[k]);
            let effect = self.estimate(value, |told| told.findings[k], options.level);
            finding(rows, axes, one, effect, change)
        };
        let mut findings: Vec<Finding> = holds.iter().enumerate().map(finding).collect();
        findings.sort_by(|a, b| {
            let size = b.effect.value.abs().total_cmp(&a.effect.value.abs());
            size.then_with(|| a.label.cmp(&b.label))
                .then(a.effect_kind.cmp(&b.effect_kind))
        });
        findings
    }
}

/// The factor of the odds of the rows outside all findings, less 1.
fn odds_factor(lines: &[Level]) -> f64 {
    let [before, after] = lines.last().copied().unwrap_or_default().rates();
    let odds = |rate: f64| rate / (1.0 - rate);
    odds(after) / odds(before) - 1.0
}

/// The line of each row, the line of each finding, and how many lines there are. A row belongs to the smallest of its
/// segments; the last line is of rows outside all of them.
fn lines(n: usize, holds: &[Holds]) -> (Vec<u8>, Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..holds.len()).collect();
    order.sort_by_key(|k| (holds[*k].moved.rows.len(), holds[*k].moved.segment.clone()));
    let mut line_of = vec![0; holds.len()];
    let mut n_lines = 0;
    for (place, k) in order.iter().enumerate() {
        let earlier = order[..place]
            .iter()
            .find(|j| holds[**j].moved.segment == holds[*k].moved.segment);
        line_of[*k] = earlier.map_or(n_lines, |j| line_of[*j]);
        n_lines += usize::from(earlier.is_none());
    }
    let mut codes = vec![n_lines as u8; n];
    for k in order.iter().rev() {
        holds[*k]
            .moved
            .rows
            .iter()
            .for_each(|row| codes[*row as usize] = line_of[*k] as u8);
    }
    (codes, line_of, n_lines + 1)
}

fn finding(rows: &Rows, axes: &Axes, one: &Holds, effect: Estimate, change: f64) -> Finding {
    let Holds { moved, effect: kind } = one;
    let dimensions: &[Dimension] = &axes.dimensions;
    let words = |condition: &super::segment::Condition| {
        let axis = &dimensions[condition.dimension];
        let level = &axis.levels[condition.level as usize];
        Condition {
            column: axis.column.clone(),
            words: level.words.clone(),
            cells: level.cells.clone(),
        }
    };
    let all = sums(rows, 0..rows.n());
    let own = sums(rows, moved.rows.iter().map(|row| *row as usize));
    Finding {
        label: moved.segment.label(dimensions),
        conditions: moved.segment.0.iter().map(words).collect(),
        effect_kind: *kind,
        n_rows: own.0,
        share: [0, 1].map(|p| own.1.size[p] / all.1.size[p]),
        rate: [0, 1].map(|p| (own.1.size[p] > 0.0).then(|| own.1.sum[p] / own.1.size[p])),
        effect,
        share_of_change: (change != 0.0).then(|| effect.value / change),
        p_value: exp(moved.measured.ln_p),
        p_adjusted: exp(moved.ln_adjusted),
        twins: twins(axes, &moved.segment, &moved.rows),
    }
}

/// Rows and sums by period.
fn sums(rows: &Rows, of: impl Iterator<Item = usize>) -> ([u64; 2], Level) {
    let (mut n, mut level) = ([0; 2], Level::default());
    for row in of {
        let period = rows.period[row] as usize;
        n[period] += 1;
        level.size[period] += rows.size[row];
        level.sum[period] += rows.sum[row];
    }
    (n, level)
}
