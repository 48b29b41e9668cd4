//! What moved, and what it did to the metric.

use super::Caveat;
use super::answer::{DimensionEffects, Effect, Period, ShiftScale, Why};
use super::axes::Axes;
use super::effects::Split;
use super::movement::{Rates, of_shares, scales};
use super::question::{Metric, Options};
use super::resampled::Resampler;
use super::rows::Rows;
use super::search::{Field, Found, search};
use super::story::{Holds, Story};
use crate::work::in_order;
use stats::change::Grid;
use stats::math::ln;

/// A scale is as good as another if it explains this share of what that does.
const AS_GOOD: f64 = 0.9;
/// Fewest rows of a segment.
const FEWEST_ROWS: f64 = 30.0;

/// Segments whose rates moved, on the scale on which the fewest have to be told, if these and what everything did explain as much
/// as on the more natural one. That one is asked first, and alone if nothing moved beyond everything there.
fn on_the_best_scale(
    rows: &Rows,
    metric: &Metric,
    field: &Field<'_>,
    told: &[&[u32]],
) -> (ShiftScale, Found) {
    let rates = Rates::new(rows, metric, field.dimensions, told.to_vec());
    let look =
        |scale: ShiftScale, field: &Field<'_>| (scale, search(|moves| rates.channel(scale, moves), field));
    let (natural, others) = scales(rows, metric)
        .split_first()
        .expect("there is always a scale");
    let mut best = look(*natural, field);
    for scale in others {
        let n_told = best.1.moved.len();
        if n_told == 0 {
            break;
        }
        let fewer = Field {
            most_findings: n_told - 1,
            is_more_enough: true,
            ..*field
        };
        let found = look(*scale, &fewer);
        if !found.1.is_cut && found.1.evidence >= AS_GOOD * best.1.evidence {
            best = found;
        }
    }
    best
}

/// What was found, before it is told.
pub(super) struct Explained {
    holds: Vec<Holds>,
    scale: ShiftScale,
    n_looked_at: f64,
}

impl Explained {
    pub(super) fn of(
        rows: &Rows,
        axes: &Axes,
        metric: &Metric,
        options: &Options,
        caveats: &mut Vec<Caveat>,
    ) -> Explained {
        let fewest = FEWEST_ROWS.max((options.smallest_share * rows.n() as f64).ceil());
        caveats.push(Caveat::Smallest { n: fewest as u64 });
        let has_rate = *metric != Metric::Count;
        let n_kinds = if has_rate { 2.0 } else { 1.0 };
        let field = Field {
            dimensions: &axes.dimensions,
            fewest,
            most_conditions: options.most_conditions,
            most_findings: options.most_findings,
            is_more_enough: false,
            alpha: options.alpha / n_kinds,
            n_threads: options.n_threads,
        };
        let share_kind = if metric.is_total() {
            Effect::Volume
        } else {
            Effect::Mix
        };
        let mut explained = Explained {
            holds: Vec::new(),
            scale: ShiftScale::Additive,
            n_looked_at: 0.0,
        };
        let found = search(|moves| of_shares(rows, moves), &field);
        explained.take(found, share_kind, n_kinds, caveats);
        if has_rate {
            let told: Vec<&[u32]> = explained
                .holds
                .iter()
                .map(|one| one.moved.rows.as_slice())
                .collect();
            let (scale, found) = on_the_best_scale(rows, metric, &field, &told);
            explained.scale = scale;
            explained.take(found, Effect::Rate, n_kinds, caveats);
        }
        explained
    }

    fn take(&mut self, found: Found, effect: Effect, n_kinds: f64, caveats: &mut Vec<Caveat>) {
        let Found {
            moved,
            n_of_depth,
            is_cut,
            ..
        } = found;
        self.n_looked_at = self.n_looked_at.max(n_of_depth.iter().sum());
        if is_cut {
            caveats.push(Caveat::MoreMoved {
                told: moved.len(),
                kind: effect.name(),
            });
        }
        self.holds.extend(moved.into_iter().map(|mut moved| {
            moved.ln_adjusted = (moved.ln_adjusted + ln(n_kinds)).min(0.0);
            Holds { moved, effect }
        }));
    }

    pub(super) fn answer(
        mut self,
        rows: &Rows,
        axes: &Axes,
        metric: &Metric,
        options: &Options,
        mut caveats: Vec<Caveat>,
    ) -> Why {
        let resampler = Resampler::new(rows, options.n_resamples, options.seed);
        let tell = |holds: &[Holds], scale| {
            Story::of(rows, holds, metric.is_total(), scale, &resampler, options.level)
        };
        let mut story = tell(&self.holds, self.scale);
        let mut dropped = Vec::new();
        while self.drop_without_effect(&story, axes, options, &mut dropped) {
            story = tell(&self.holds, self.scale);
        }
        if !dropped.is_empty() {
            caveats.push(Caveat::NoEffect { labels: dropped });
        }
        let split = |dimension: &_| Split::of(rows, dimension, metric.is_total(), &resampler);
        let splits = in_order(&axes.dimensions, options.n_threads, split);
        let parts = story
            .parts()
            .into_iter()
            .chain(splits.iter().flat_map(Split::parts));
        let grid = Grid::holding(parts);
        let metric = story.told.metric.map(|value| grid.place(value));
        let change = metric[1] - metric[0];
        let everything_moved = story.shifts(&grid, options.level);
        let findings = story.findings(rows, axes, &self.holds, &grid, change, options);
        let told: f64 = everything_moved
            .iter()
            .map(|shift| shift.effect.value)
            .sum::<f64>()
            + findings.iter().map(|finding| finding.effect.value).sum::<f64>();
        let mut dimensions: Vec<DimensionEffects> = (splits.into_iter().zip(&axes.dimensions))
            .map(|(split, dimension)| split.on_grid(dimension, &grid, change, options.level))
            .collect();
        dimensions.sort_by(|a, b| b.mix.value.abs().total_cmp(&a.mix.value.abs()));
        let period = |k: usize| Period {
            n_rows: rows.period.iter().filter(|period| **period as usize == k).count() as u64,
            metric: story.estimate(metric[k], |told| told.metric[k], options.level),
        };
        Why {
            before: period(0),
            after: period(1),
            change: story.estimate(change, |told| told.change(), options.level),
            everything_else: story.estimate(change - told, |told| told.everything_else(), options.level),
            everything_moved,
            findings,
            dimensions,
            n_looked_at: self.n_looked_at as u64,
            caveats,
        }
    }

    /// What moved without moving the metric for sure is no finding, but worth a word. Whether anything was dropped.
    fn drop_without_effect(
        &mut self,
        story: &Story,
        axes: &Axes,
        options: &Options,
        dropped: &mut Vec<String>,
    ) -> bool {
        let n = self.holds.len();
        let mut has_effect = story
            .has_effect(options.level, options.smallest_effect)
            .into_iter();
        self.holds.retain(|one| {
            let keeps = has_effect.next().unwrap_or(true);
            if !keeps {
                dropped.push(one.moved.segment.label(&axes.dimensions));
            }
            keeps
        });
        self.holds.len() < n
    }
}
