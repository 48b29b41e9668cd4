//! What a row's levels foretell of its metric, or of its period.

use super::answer::ShiftScale;
use super::dimension::Dimension;

/// Passes over all dimensions.
const SWEEPS: usize = 4;
/// Rows' worth of nothing moved that each level has besides its own rows.
const CAUTION: f64 = 5.0;
/// Rates are kept this share of their mean away from 0 (and odds from 1).
const FLOOR: f64 = 0.02;
/// No rate or odds are expected to move by a larger factor than this, in `ln`.
const MOST_MOVED: f64 = 5.0;

/// The expected rate of each row before, `(n_rows,)`: levels add up, multiply, or multiply the odds, by `scale`, and so does
/// the `lift` of each row since ([`ShiftScale::lift`]; that of 0 for rows before).
///
/// Each level in turn is fitted to what the others leave over, a few times over; rare levels are drawn towards nothing.
///
/// # Reference
/// A. Buja, T. Hastie, R. Tibshirani (1989), Annals of Statistics 17, 453-510.
pub(super) fn expected(
    scale: ShiftScale,
    sum: &[f64],
    size: &[f64],
    dimensions: &[Dimension],
    told: &[&[u32]],
    lift: &[f64],
) -> Vec<f64> {
    let total = |of: &[f64]| of.iter().sum::<f64>();
    let mean = total(sum) / total(size);
    let fit = Fit {
        scale,
        sum,
        size,
        lift,
        mean,
        caution: CAUTION * total(size) / size.len() as f64,
    };
    let mut rates = vec![mean; sum.len()];
    let flags: Vec<Vec<u8>> = told.iter().map(|rows| flags(rows, sum.len())).collect();
    for _ in 0..SWEEPS {
        for dimension in dimensions {
            fit.improve(&mut rates, &dimension.codes, dimension.levels.len());
        }
        for flags in &flags {
            fit.improve(&mut rates, flags, 2);
        }
    }
    rates
}

fn flags(rows: &[u32], n: usize) -> Vec<u8> {
    let mut flags = vec![0; n];
    rows.iter().for_each(|row| flags[*row as usize] = 1);
    flags
}

struct Fit<'a> {
    scale: ShiftScale,
    sum: &'a [f64],
    size: &'a [f64],
    lift: &'a [f64],
    mean: f64,
    caution: f64,
}

impl Fit<'_> {
    fn improve(&self, rates: &mut [f64], codes: &[u8], n_levels: usize) {
        let mut cells = vec![[0.0_f64; 2]; n_levels];
        for (row, code) in codes.iter().enumerate() {
            let (rate, size) = (self.scale.lifted(rates[row], self.lift[row]), self.size[row]);
            let cell = &mut cells[*code as usize];
            cell[0] += self.sum[row] - size * rate;
            cell[1] += size * self.scale.slope(rate);
        }
        let caution = self.caution * self.scale.slope(self.mean);
        let steps: Vec<f64> = cells.iter().map(|[gap, slope]| gap / (slope + caution)).collect();
        match self.scale {
            ShiftScale::Additive => {
                for (rate, code) in rates.iter_mut().zip(codes) {
                    *rate += steps[*code as usize];
                }
            }
            ShiftScale::Proportional => {
                let least = FLOOR * self.mean;
                for (rate, code) in rates.iter_mut().zip(codes) {
                    *rate = (*rate * (1.0 + steps[*code as usize])).max(least);
                }
            }
            ShiftScale::Odds => {
                let factors: Vec<f64> = steps
                    .iter()
                    .map(|step| stats::math::exp(step.clamp(-1.0, 1.0)))
                    .collect();
                let (least, most) = (FLOOR * self.mean, 1.0 - FLOOR * (1.0 - self.mean));
                for (rate, code) in rates.iter_mut().zip(codes) {
                    let odds = *rate * factors[*code as usize];
                    *rate = (odds / (1.0 - *rate + odds)).clamp(least, most);
                }
            }
        }
    }
}

impl ShiftScale {
    /// How much a rate gives way to a step.
    #[inline]
    pub(super) fn slope(self, rate: f64) -> f64 {
        match self {
            ShiftScale::Additive => 1.0,
            ShiftScale::Proportional => rate,
            ShiftScale::Odds => rate * (1.0 - rate),
        }
    }

    /// A movement as what it does to a rate: an amount, or a factor of it or of its odds.
    pub(super) fn lift(self, by: f64) -> f64 {
        match self {
            ShiftScale::Additive => by,
            _ if by == 0.0 => 1.0,
            _ => stats::math::exp(by.clamp(-MOST_MOVED, MOST_MOVED)),
        }
    }

    /// A rate that was lifted.
    #[inline]
    pub(super) fn lifted(self, rate: f64, lift: f64) -> f64 {
        match self {
            ShiftScale::Additive => rate + lift,
            ShiftScale::Proportional => rate * lift,
            ShiftScale::Odds => rate * lift / (1.0 - rate + rate * lift),
        }
    }
}
