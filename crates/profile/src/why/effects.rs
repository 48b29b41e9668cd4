//! The change over the levels of one dimension.

use super::answer::{DimensionEffects, LevelEffects};
use super::dimension::Dimension;
use super::resampled::Resampler;
use super::rows::Rows;
use stats::Estimate;
use stats::change::{Effects, Grid, Level, interval_of, mean_effects, total_effects};

/// Effects of a dimension before they stand on a grid.
#[derive(Debug)]
pub(super) struct Split {
    levels: Vec<Level>,
    effects: Vec<Effects>,
    /// By level and, last, of all: volume, mix and rate in each resample.
    resampled: Vec<[Vec<f64>; 3]>,
}

impl Split {
    pub(super) fn of(rows: &Rows, dimension: &Dimension, is_total: bool, resampler: &Resampler) -> Split {
        let bagged = resampler.bagged(rows, &dimension.codes, dimension.levels.len());
        let levels = resampler.as_is(&bagged);
        let mut resampled = vec![<[Vec<f64>; 3]>::default(); levels.len() + 1];
        for drawn in resampler.resamples(&bagged) {
            let effects = effects(&drawn, is_total);
            let of_all = effects.iter().fold([0.0; 3], |all, one| {
                [all[0] + one.volume, all[1] + one.mix, all[2] + one.rate]
            });
            let each = effects.iter().map(|one| [one.volume, one.mix, one.rate]);
            for (place, parts) in each.chain([of_all]).enumerate() {
                (0..3).for_each(|k| resampled[place][k].push(parts[k]));
            }
        }
        Split {
            effects: effects(&levels, is_total),
            levels,
            resampled,
        }
    }

    /// All parts, for a grid that holds them.
    pub(super) fn parts(&self) -> Vec<f64> {
        self.effects
            .iter()
            .flat_map(|one| [one.volume, one.mix, one.rate])
            .collect()
    }

    /// The parts on the grid, so that they add up to `change`.
    pub(super) fn on_grid(
        mut self,
        dimension: &Dimension,
        grid: &Grid,
        change: f64,
        level: f64,
    ) -> DimensionEffects {
        let mut parts = self.parts();
        grid.share_out(&mut parts, change);
        let all = [0, 1, 2].map(|k| parts.iter().skip(k).step_by(3).sum::<f64>());
        let mut resampled = std::mem::take(&mut self.resampled).into_iter();
        let mut estimates = |values: [f64; 3]| {
            let mut drawn = resampled.next().unwrap_or_default();
            [0, 1, 2].map(|k| interval_of(values[k], &mut drawn[k], level))
        };
        let size = [0, 1].map(|p| self.levels.iter().map(|level| level.size[p]).sum::<f64>());
        let mut levels = Vec::with_capacity(self.levels.len());
        for (place, one) in self.levels.iter().enumerate() {
            let values = [parts[3 * place], parts[3 * place + 1], parts[3 * place + 2]];
            levels.push(told(dimension, place, one, size, estimates(values)));
        }
        let [volume, mix, rate] = estimates(all);
        DimensionEffects {
            column: dimension.column.clone(),
            volume,
            mix,
            rate,
            levels,
        }
    }
}

fn told(
    dimension: &Dimension,
    place: usize,
    level: &Level,
    size: [f64; 2],
    [volume, mix, rate]: [Estimate; 3],
) -> LevelEffects {
    LevelEffects {
        label: dimension.label(place as u8),
        n_rows: dimension.levels[place].n,
        share: [0, 1].map(|p| level.size[p] / size[p]),
        rate_within: [0, 1].map(|p| (level.size[p] > 0.0).then(|| level.sum[p] / level.size[p])),
        volume,
        mix,
        rate,
    }
}

/// Of means, a level's share matters as far as its rate differs from the mean of both periods' metrics.
fn effects(levels: &[Level], is_total: bool) -> Vec<Effects> {
    if is_total {
        return total_effects(levels);
    }
    let sum = |of: fn(&Level) -> [f64; 2], p: usize| levels.iter().map(|level| of(level)[p]).sum::<f64>();
    let mean = |p: usize| sum(|level| level.sum, p) / sum(|level| level.size, p);
    mean_effects(levels, 0.5 * (mean(0) + mean(1)))
}
