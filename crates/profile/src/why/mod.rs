//! *Why did the number change?*
//!
//! [`why`](why()) compares a metric in two periods (or groups) of one table, [`why_between`] in two tables. The change is split
//! over every dimension into volume, mix and rate ([`DimensionEffects`]), and told by the few segments that moved beyond what
//! the rest of the table did ([`Finding`]), by what everything did ([`Shift`]), and by one line for everything else.
//!
//! # What a finding is
//! A segment is a conjunction of up to three levels of different columns. It is a finding if its share of rows (volume for
//! totals, mix for means), or its own rate beyond what its composition explains, moved differently from the rest of the table
//! *given all other findings*. So a movement of everything is no finding but a [`Shift`]; a segment inside a larger one
//! that moved is told only if it moved differently; and a parent that moved because of its child gives way to the child.
//!
//! # How they are found, and what their p-values mean
//! Shares are a regression of the period on segments; rates are a regression of the metric's residual on the period's residual
//! within segments (Robinson 1988), both residuals taken from main effects of all columns, so that a mix that moved is not
//! mistaken for a rate that moved. Segments enter one by one, are tried against their neighbours, and leave if they no longer
//! hold (`search.rs`). Each is tested given the others; its p-value is multiplied by the number of segments of as many
//! conditions that were looked at, by the number of kinds of movement, and by a share for its number of conditions (Bonferroni
//! with weights). That holds under any dependence between overlapping segments: the chance of *any* false finding while
//! nothing moved is at most `alpha`, and with it the share of false ones among findings is controlled. A split of the sample
//! would cost half of the rows, a permutation of the periods hundreds of scans; and permuting periods tests that *nothing*
//! moved, where a movement of everything must be allowed.
//!
//! # Reference
//! E. M. Kitagawa (1955), JASA 50, 1168-1194; P. M. Robinson (1988), Econometrica 56, 931-954. Others at the same question:
//! R. Bhagwan et al. (2014), Adtributor, NSDI (one dimension, no test); Y. Sun et al. (2018), HotSpot, IEEE Access 6; Z. Li et
//! al. (2019), Squeeze, ISSRE (leaves of sums against a forecast, no test); Y. Chung et al. (2019), Slice Finder, ICDE
//! (alpha-investing over slices, which may overlap).

mod answer;
mod axes;
mod caveat;
mod channel;
mod coding;
mod dimension;
mod effects;
mod error;
mod expect;
mod lines;
mod measure;
mod movement;
mod question;
mod resampled;
mod rows;
mod scan;
mod search;
mod segment;
mod story;
mod tables;
mod twins;
mod work;

pub use answer::{
    Cells, Condition, DimensionEffects, Effect, Finding, LevelEffects, Period, Shift, ShiftScale, Why,
};
pub use caveat::Caveat;
pub use error::WhyError;
pub use question::{Metric, Options};
pub use tables::why_between;

use axes::Axes;
use effects::Split;
use movement::{Rates, of_shares, scales};
use resampled::Resampler;
use rows::Rows;
use search::{Field, Found, search};
use stats::change::Grid;
use stats::math::ln;
use story::{Holds, Story};
use table::Table;

/// Fewest rows of a segment.
const FEWEST_ROWS: f64 = 30.0;

/// Explains the change of `metric` between the rows before (`Some(false)`) and after (`Some(true)`) of one table.
///
/// # Shapes and units
/// `period` is `(n_rows,)`; rows with `None` are left out, as are rows without the metric, its denominator or the weight.
/// Missing is a level of its own. Effects are in the metric's unit, shares and p-values in [0, 1]. Levels with fewer than 10
/// rows are never named. Tried up to 1M rows and 10 dimensions.
///
/// # Errors
/// [`WhyError`]: a column that is not there or has no numbers, negative weights or denominators, a period with fewer than 30
/// usable rows, a setting outside its range.
pub fn why(
    table: &Table,
    period: &[Option<bool>],
    metric: &Metric,
    options: &Options,
) -> Result<Why, WhyError> {
    options.check()?;
    let (rows, mut caveats) = Rows::of(table, period, metric, options)?;
    let mut axes = Axes::of(table, metric, options, &rows)?;
    caveats.append(&mut axes.caveats);
    let explained = Explained::of(&rows, &axes, metric, options, &mut caveats);
    Ok(explained.answer(&rows, &axes, metric, options, caveats))
}

/// Segments whose rates moved, on the scale on which the fewest have to be told; of equals on the more natural one.
fn on_the_simplest_scale(
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
            is_any_enough: true,
            ..*field
        };
        let found = look(*scale, &fewer);
        if !found.1.is_cut {
            best = found;
        }
    }
    best
}

/// What was found, before it is told.
struct Explained {
    holds: Vec<Holds>,
    scale: ShiftScale,
    n_looked_at: f64,
}

impl Explained {
    fn of(
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
            is_any_enough: false,
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
            let (scale, found) = on_the_simplest_scale(rows, metric, &field, &told);
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

    fn answer(
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
        if self.drop_without_effect(&story, axes, options, &mut caveats) {
            story = tell(&self.holds, self.scale);
        }
        let split = |dimension: &_| Split::of(rows, dimension, metric.is_total(), &resampler);
        let splits = work::in_order(&axes.dimensions, options.n_threads, split);
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

    /// What moved without moving the metric for sure is no finding, but worth a word.
    fn drop_without_effect(
        &mut self,
        story: &Story,
        axes: &Axes,
        options: &Options,
        caveats: &mut Vec<Caveat>,
    ) -> bool {
        let has_effect = story.has_effect(options.level, options.smallest_effect);
        let labels: Vec<String> = (self.holds.iter().zip(&has_effect))
            .filter(|(_, has_effect)| !**has_effect)
            .map(|(one, _)| one.moved.segment.label(&axes.dimensions))
            .collect();
        let mut keeps = has_effect.into_iter();
        self.holds.retain(|_| keeps.next().unwrap_or(true));
        let is_any = !labels.is_empty();
        if is_any {
            caveats.push(Caveat::NoEffect { labels });
        }
        is_any
    }
}
