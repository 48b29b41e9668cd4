//! Mix, rate and volume.

/// One level of a dimension in both periods: before, then after.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Level {
    /// Rows, weights or denominators, at least 0.
    pub size: [f64; 2],
    /// Sum of the metric's values or numerators.
    pub sum: [f64; 2],
}

/// What a level did to the change of the metric, in the metric's unit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Effects {
    /// Its part of the growth of everything; 0 for means.
    pub volume: f64,
    /// From its share of all.
    pub mix: f64,
    /// From its own rate.
    pub rate: f64,
}

impl Effects {
    /// All three together.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.volume + self.mix + self.rate
    }
}

impl Level {
    /// Rates before and after. A level that is absent in one period has there the rate of the other, so that its coming or
    /// going is mix alone; 0 without rows in both.
    #[must_use]
    pub fn rates(&self) -> [f64; 2] {
        let rate = |period: usize| (self.size[period] > 0.0).then(|| self.sum[period] / self.size[period]);
        match (rate(0), rate(1)) {
            (Some(before), Some(after)) => [before, after],
            (Some(only), None) | (None, Some(only)) => [only; 2],
            (None, None) => [0.0; 2],
        }
    }

    /// This level and another as one.
    #[must_use]
    pub fn with(&self, other: &Level) -> Level {
        let add = |a: [f64; 2], b: [f64; 2]| [a[0] + b[0], a[1] + b[1]];
        Level {
            size: add(self.size, other.size),
            sum: add(self.sum, other.sum),
        }
    }
}

/// The change of a mean `sum / size` over all levels, level by level: with shares `s` and rates `r`,
/// `mix = (s1 - s0) ((r0 + r1) / 2 - reference)` and `rate = (s0 + s1) / 2 (r1 - r0)`.
///
/// Mix and rate of all levels add up to the change of the mean, whatever the `reference`, because shares add up to 1 in both
/// periods. Neither period is the base, and there is no interaction left over. `reference` is a rate that a level must differ
/// from for its share to matter: the mean of both periods' means, or the rate of a part that did not move.
///
/// # Shapes and units
/// `(n_levels,)` in and out. All 0 if a period is empty.
///
/// # Reference
/// E. M. Kitagawa (1955), JASA 50, 1168-1194; P. Das Gupta (1993), Standardization and decomposition of rates, US Census
/// P23-186. The totals are those of the Oaxaca-Blinder decomposition on indicators with weights of one half (Reimers 1983).
#[must_use]
pub fn mean_effects(levels: &[Level], reference: f64) -> Vec<Effects> {
    let size = sizes(levels);
    if size[0] <= 0.0 || size[1] <= 0.0 {
        return vec![Effects::default(); levels.len()];
    }
    let effects = |level: &Level| {
        let shares = [level.size[0] / size[0], level.size[1] / size[1]];
        let rates = level.rates();
        let rate = 0.5 * (shares[0] + shares[1]) * (rates[1] - rates[0]);
        // Of a level without a size the sum still counts: what is not rate is mix.
        let moved = level.sum[1] / size[1] - level.sum[0] / size[0];
        let mix = moved - reference * (shares[1] - shares[0]) - rate;
        Effects {
            volume: 0.0,
            mix,
            rate,
        }
    };
    levels.iter().map(effects).collect()
}

/// The change of a total over all levels, level by level: with sizes `n = N s` and rates `r`,
/// `volume = (N1 - N0) (s0 + s1) / 2 r`, `mix = (N0 + N1) / 2 (s1 - s0) r` and `rate = (n0 + n1) / 2 (r1 - r0)`, where `r`
/// is the mean of both periods' rates.
///
/// The three add up to `sum1 - sum0` of each level. Sizes alone are explained by sums that equal them.
///
/// # Shapes and units
/// `(n_levels,)` in and out. A period that is empty has the shares of the other.
///
/// # Reference
/// As [`mean_effects`], applied to the sizes and then to their rates.
#[must_use]
pub fn total_effects(levels: &[Level]) -> Vec<Effects> {
    let size = sizes(levels);
    let effects = |level: &Level| {
        let share = |period: usize| {
            let of = if size[period] > 0.0 { period } else { 1 - period };
            if size[of] > 0.0 {
                level.size[of] / size[of]
            } else {
                0.0
            }
        };
        let (rates, shares) = (level.rates(), [share(0), share(1)]);
        let between = 0.5 * (rates[0] + rates[1]);
        let volume = (size[1] - size[0]) * 0.5 * (shares[0] + shares[1]) * between;
        let rate = 0.5 * (level.size[0] + level.size[1]) * (rates[1] - rates[0]);
        let mix = (level.sum[1] - level.sum[0]) - rate - volume;
        Effects { volume, mix, rate }
    };
    levels.iter().map(effects).collect()
}

fn sizes(levels: &[Level]) -> [f64; 2] {
    [0, 1].map(|period| levels.iter().map(|level| level.size[period]).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(size: [f64; 2], sum: [f64; 2]) -> Level {
        Level { size, sum }
    }

    fn example() -> Vec<Level> {
        vec![
            level([40.0, 90.0], [8.0, 27.0]),
            level([35.0, 30.0], [21.0, 15.0]),
            level([25.0, 60.0], [20.0, 57.0]),
        ]
    }

    #[test]
    fn totals_match_statsmodels() {
        // statsmodels 0.15.0 OaxacaBlinder(...).two_fold(two_fold_type="reimers"): `bench/why/reference.py`
        let effects = mean_effects(&example(), 0.0);
        let total = |of: fn(&Effects) -> f64| effects.iter().map(of).sum::<f64>();
        assert!((total(|e| e.mix) - MIX).abs() < 1e-12, "{}", total(|e| e.mix));
        assert!((total(|e| e.rate) - RATE).abs() < 1e-12, "{}", total(|e| e.rate));
        assert!((total(Effects::total) - (99.0 / 180.0 - 49.0 / 100.0)).abs() < 1e-15);
    }

    #[test]
    fn a_reference_moves_mix_between_levels_only() {
        let plain = mean_effects(&example(), 0.0);
        let centred = mean_effects(&example(), 0.52);
        let mix = |of: &[Effects]| of.iter().map(|e| e.mix).sum::<f64>();
        assert!((mix(&plain) - mix(&centred)).abs() < 1e-14);
        assert!(plain.iter().zip(&centred).all(|(a, b)| a.rate == b.rate));
    }

    #[test]
    fn the_three_parts_of_a_level_are_its_change() {
        for (level, effects) in example().iter().zip(total_effects(&example())) {
            assert!((effects.total() - (level.sum[1] - level.sum[0])).abs() < 1e-12);
        }
        // Everything doubled: volume alone.
        let doubled = [level([10.0, 20.0], [5.0, 10.0]), level([6.0, 12.0], [9.0, 18.0])];
        for (level, effects) in doubled.iter().zip(total_effects(&doubled)) {
            assert!((effects.volume - level.sum[0]).abs() < 1e-12);
            assert!(effects.mix.abs() < 1e-12 && effects.rate.abs() < 1e-12);
        }
    }

    #[test]
    fn levels_that_come_or_go_are_mix() {
        let levels = [level([50.0, 50.0], [25.0, 25.0]), level([0.0, 50.0], [0.0, 50.0])];
        let effects = mean_effects(&levels, 0.5);
        assert_eq!((effects[1].rate, effects[1].mix), (0.0, 0.25));
        assert_eq!(
            mean_effects(&[level([0.0, 1.0], [0.0, 1.0])], 0.0),
            [Effects::default()]
        );
    }

    const MIX: f64 = -0.0029166666666666785;
    const RATE: f64 = 0.06291666666666648;
}
