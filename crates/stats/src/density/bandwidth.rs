//! How wide kernels are.

use super::{check_bandwidth, check_values};
use crate::interval::sorted_quantile;
use crate::linalg::power_of_two;
use crate::math::{exp, pow, sqrt};
use crate::{StatsError, check};

/// Cells in which distances of pairs are counted.
const N_CELLS: usize = 1024;
/// Values farther from the quartiles than so many times the middle half are in no pair that matters.
const FAR: f64 = 10.0;
/// The middle half of a normal distribution, in its standard deviations.
const MIDDLE_HALF: f64 = 1.348_979_500_392_163_4;
/// Values below which a bandwidth is not chosen from pairs.
const FEWEST: usize = 10;
const N_HALVINGS: usize = 60;

/// How the width of kernels is chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bandwidth {
    /// This standard deviation, in the unit of the values.
    Fixed(f64),
    /// `0.9 min(sd, iqr / 1.349) n^(-1/5)`, best for one hump.
    Silverman,
    /// What makes the expected squared error least, with the density's bends told by the pairs of values.
    SheatherJones,
}

impl Bandwidth {
    /// The rule's usual name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Bandwidth::Fixed(_) => "fixed",
            Bandwidth::Silverman => "silverman",
            Bandwidth::SheatherJones => "sheather-jones",
        }
    }
}

/// The width of kernels for some values, and the rule by which it came about.
///
/// Sheather and Jones's rule solves for the width; distances of pairs are counted in 1024 cells. Silverman's rule stands in
/// for it where it has no meaning: below 10 values, with weights, where fewer than half of the values are different (rounded
/// numbers have no density, and their widths shrink to nothing), and where no width solves the equation.
///
/// # Shapes and units
/// `values` is `(n,)` without missing values, `weights` `(n,)` or none; the width is in the unit of the values.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 values, [`StatsError::Constant`], [`StatsError::NotFinite`],
/// [`StatsError::OutOfRange`] for a fixed width that is not above 0 and for weights.
///
/// # Reference
/// S. J. Sheather, M. C. Jones (1991), A reliable data-based bandwidth selection method for kernel density estimation, Journal
/// of the Royal Statistical Society B 53, 683-690, equation 12; B. W. Silverman (1986), Density estimation, equation 3.31.
pub fn bandwidth(
    values: &[f64],
    weights: Option<&[f64]>,
    rule: Bandwidth,
) -> Result<(f64, Bandwidth), StatsError> {
    if let Bandwidth::Fixed(width) = rule {
        check_bandwidth(width)?;
        return Ok((width, rule));
    }
    check_values(values, weights)?;
    check::at_least("values", values.len(), 2)?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    // divided by a power of two, squares can neither vanish nor overflow; wild values do not choose it
    let middle = sorted_quantile(&sorted, 0.75) - sorted_quantile(&sorted, 0.25);
    let unit = power_of_two(if 0.0 < middle {
        std::slice::from_ref(&middle)
    } else {
        values
    });
    let scaled = |values: &[f64]| -> Vec<f64> { values.iter().map(|v| v / unit).collect() };
    let (width, rule) = chosen(&scaled(values), weights, &scaled(&sorted), rule)?;
    Ok((width * unit, rule))
}

fn chosen(
    values: &[f64],
    weights: Option<&[f64]>,
    sorted: &[f64],
    rule: Bandwidth,
) -> Result<(f64, Bandwidth), StatsError> {
    let scale = scale(values, weights, sorted)?;
    if rule == Bandwidth::SheatherJones && weights.is_none() && is_dense(sorted) {
        let pairs = Pairs::of(sorted);
        if let Some(width) = pairs.solve(scale.robust) {
            return Ok((width, rule));
        }
    }
    Ok((0.9 * scale.robust * pow(scale.n, -0.2), Bandwidth::Silverman))
}

/// Whether most values are different.
fn is_dense(sorted: &[f64]) -> bool {
    let n_different = 1 + sorted.windows(2).filter(|pair| pair[0] < pair[1]).count();
    FEWEST <= sorted.len() && sorted.len() <= 2 * n_different
}

struct Scale {
    /// The smaller of two standard deviations: of all values, and of the normal distribution with the same middle half.
    robust: f64,
    /// Kish's effective number of values.
    n: f64,
}

fn scale(values: &[f64], weights: Option<&[f64]>, sorted: &[f64]) -> Result<Scale, StatsError> {
    let (total, n) = check::effective((0..values.len()).map(|row| check::weight(weights, row)));
    let weighted = |f: &dyn Fn(f64) -> f64| {
        let terms: Vec<f64> = (0..values.len())
            .map(|row| check::weight(weights, row) * f(values[row]))
            .collect();
        crate::sum::in_order(&terms) / total
    };
    let mean = weighted(&|x| x);
    let variance = weighted(&|x| (x - mean) * (x - mean)) * n / (n - 1.0);
    let sd = sqrt(variance);
    let middle = (sorted_quantile(sorted, 0.75) - sorted_quantile(sorted, 0.25)) / MIDDLE_HALF;
    // quartiles know nothing of weights
    let robust = if 0.0 < middle && weights.is_none() {
        sd.min(middle)
    } else {
        sd
    };
    if sorted.first() == sorted.last() || !(0.0 < robust && robust.is_finite()) {
        return Err(StatsError::Constant {
            what: "values".to_owned(),
        });
    }
    Ok(Scale { robust, n })
}

/// Distances of pairs of values, counted in cells.
struct Pairs {
    n: f64,
    /// The width of a cell.
    cell: f64,
    /// Pairs that lie so many cells apart.
    counts: Vec<f64>,
}

impl Pairs {
    fn of(sorted: &[f64]) -> Pairs {
        let [first, third] = [0.25, 0.75].map(|share| sorted_quantile(sorted, share));
        let far = FAR * (third - first);
        let is_near = |x: &&f64| far == 0.0 || (first - far <= **x && **x <= third + far);
        let kept: Vec<f64> = sorted.iter().filter(is_near).copied().collect();
        let (low, high) = (kept[0], kept[kept.len() - 1]);
        let cell = (high - low) * (1.0 + 1e-9) / N_CELLS as f64;
        let mut cells = vec![0.0; N_CELLS];
        for x in &kept {
            cells[(((x - low) / cell) as usize).min(N_CELLS - 1)] += 1.0;
        }
        let apart = |lag: usize| -> f64 {
            let pairs = cells.iter().zip(&cells[lag..]);
            // counts are whole numbers: their sums are exact in any order
            pairs.map(|(a, b)| a * b).sum()
        };
        let within = |count: &f64| 0.5 * count * (count - 1.0);
        let mut counts: Vec<f64> = (0..N_CELLS).map(apart).collect();
        counts[0] = cells.iter().map(within).sum();
        Pairs {
            n: sorted.len() as f64,
            cell,
            counts,
        }
    }

    /// The mean of a derivative of the kernel over all pairs, each value with itself among them.
    fn mean(&self, width: f64, at_zero: f64, polynomial: impl Fn(f64) -> f64) -> f64 {
        let mut sum = 0.0;
        for (lag, count) in self.counts.iter().enumerate() {
            let away = lag as f64 * self.cell / width;
            let square = away * away;
            if 1000.0 <= square {
                break;
            }
            sum += count * exp(-0.5 * square) * polynomial(square);
        }
        (2.0 * sum + self.n * at_zero) / (self.n * (self.n - 1.0) * sqrt(std::f64::consts::TAU))
    }

    /// The integral of the squared second derivative.
    fn fourth(&self, width: f64) -> f64 {
        self.mean(width, 3.0, |z| z * z - 6.0 * z + 3.0) / pow(width, 5.0)
    }

    /// The integral of the squared third derivative.
    fn sixth(&self, width: f64) -> f64 {
        -self.mean(width, -15.0, |z| z * z * z - 15.0 * z * z + 45.0 * z - 15.0) / pow(width, 7.0)
    }

    /// The width that is the best one for the bends that it tells itself; `None` if there is none.
    fn solve(&self, scale: f64) -> Option<f64> {
        // pilots of the paper are multiples of the middle half
        let pilot = |factor: f64, power: f64| factor * MIDDLE_HALF * scale * pow(self.n, power);
        let bends = self.fourth(pilot(0.920, -1.0 / 7.0)) / self.sixth(pilot(0.912, -1.0 / 9.0));
        if !(bends.is_finite() && 0.0 < bends) {
            return None;
        }
        let factor = 1.357 * pow(bends, 1.0 / 7.0);
        let best = 1.0 / (2.0 * sqrt(std::f64::consts::PI) * self.n);
        let lacks = |width: f64| {
            let fourth = self.fourth(factor * pow(width, 5.0 / 7.0));
            (0.0 < fourth).then(|| pow(best / fourth, 0.2) - width)
        };
        let most = 1.144 * scale * pow(self.n, -0.2);
        let (mut low, mut high) = (0.02 * most, 1.5 * most);
        if lacks(low)? <= 0.0 || 0.0 <= lacks(high)? {
            return None;
        }
        for _ in 0..N_HALVINGS {
            let middle = 0.5 * (low + high);
            match 0.0 < lacks(middle)? {
                true => low = middle,
                false => high = middle,
            }
        }
        Some(0.5 * (low + high))
    }
}
