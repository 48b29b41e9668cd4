use super::tails::{Observed, Tails};
use super::{Arrangements, PermutationTest};
use crate::association::{pearson, spearman};
use crate::math::ln;
use crate::random::Draw;
use crate::rank::midranks;
use crate::sum::mean;
use crate::test::{Alternative, TestResult};
use crate::{StatsError, check};

/// Which correlation is tested.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PairingScore {
    /// Pearson's.
    #[default]
    Pearson,
    /// Spearman's, of ranks.
    Spearman,
}

/// A permutation test of a correlation: could the second column have stood in any order beside the first?
///
/// # Shapes and units
/// `x` and `y` are `(n,)`; a pair with a missing side is dropped and counted. Effect and interval are those of
/// [`pearson`] or [`spearman`]; for one-sided alternatives the interval stays two-sided.
///
/// # Errors
/// As [`pearson`]; [`StatsError::TooFewValues`] without resamples.
///
/// # Reference
/// E. J. G. Pitman (1937), Supplement to the JRSS 4, 225-232. Checked against scipy `permutation_test`.
pub fn permutation_correlation(
    x: &[f64],
    y: &[f64],
    score: PairingScore,
    alternative: Alternative,
    arrangements: &Arrangements,
    level: f64,
) -> Result<PermutationTest, StatsError> {
    check::level(level)?;
    arrangements.check()?;
    let usual = match score {
        PairingScore::Pearson => pearson(x, y, level)?,
        PairingScore::Spearman => spearman(x, y, level)?,
    };
    let is_whole = |(x, y): &(&f64, &f64)| !x.is_nan() && !y.is_nan();
    let (x, y): (Vec<f64>, Vec<f64>) = x.iter().zip(y).filter(is_whole).unzip();
    let tails = match score {
        PairingScore::Pearson => tails(centred(x), centred(y), arrangements),
        PairingScore::Spearman => tails(centred(midranks(&x).0), centred(midranks(&y).0), arrangements),
    };
    let p = tails.p_value(alternative);
    Ok(PermutationTest {
        result: TestResult {
            n_used: usual.n_used,
            n_dropped: usual.n_dropped,
            alternative: Some(alternative),
            ..TestResult::new(
                "permutation test of a correlation",
                usual.statistic_name,
                usual.effect.estimate.value,
                ln(p.value),
                usual.effect,
            )
        },
        n_arrangements: tails.n(),
        is_exact: tails.is_exact(),
        p_value_error: p.error,
    })
}

fn centred(mut values: Vec<f64>) -> Vec<f64> {
    let centre = mean(&values);
    values.iter_mut().for_each(|v| *v -= centre);
    values
}

/// Sums of products, with which the correlation rises, over all orders or drawn ones.
fn tails(x: Vec<f64>, y: Vec<f64>, arrangements: &Arrangements) -> Tails {
    let products = |y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let observed = Observed {
        value: products(&y),
        margin: 1e-14 * x.iter().zip(&y).map(|(x, y)| (x * y).abs()).sum::<f64>(),
    };
    let n_orders = (1..=y.len()).try_fold(1_usize, |n, k| n.checked_mul(k));
    if n_orders.is_some_and(|n| n <= arrangements.n_resamples) {
        let mut tails = Tails::exact();
        for_each_order(&mut y.clone(), |y| tails.count(products(y), observed));
        return tails;
    }
    arrangements.drawn(observed, || {
        let (x, start, mut y) = (&x, &y, y.clone());
        move |i| {
            y.copy_from_slice(start);
            shuffled_products(x, &mut y, &Draw::new(arrangements.seed, i))
        }
    })
}

/// Shuffles `y` by Fisher and Yates and sums the products on the way, each when its place is settled.
fn shuffled_products(x: &[f64], y: &mut [f64], draw: &Draw) -> f64 {
    let mut sum = 0.0;
    let mut draws = Halves::new(draw);
    for last in (1..y.len()).rev() {
        y.swap(last, draws.below(last as u32 + 1) as usize);
        sum += x[last] * y[last];
    }
    sum + x[0] * y[0]
}

/// Two whole numbers out of each draw.
struct Halves<'a> {
    draw: &'a Draw,
    index: u64,
    spare: Option<u32>,
}

impl<'a> Halves<'a> {
    fn new(draw: &'a Draw) -> Self {
        Self {
            draw,
            index: 0,
            spare: None,
        }
    }

    fn next(&mut self) -> u32 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let bits = self.draw.at(self.index);
        self.index += 1;
        self.spare = Some((bits >> 32) as u32);
        bits as u32
    }

    /// In `0..n` without bias, Lemire's way.
    fn below(&mut self, n: u32) -> u32 {
        loop {
            let product = u64::from(self.next()) * u64::from(n);
            let low = product as u32;
            if low >= n || low >= n.wrapping_neg() % n {
                return (product >> 32) as u32;
            }
        }
    }
}

/// Every order of the items once (B. R. Heap (1963), The Computer Journal 6, 293-298).
fn for_each_order(items: &mut [f64], mut visit: impl FnMut(&[f64])) {
    let mut turns = vec![0; items.len()];
    visit(items);
    let mut place = 1;
    while place < items.len() {
        if turns[place] < place {
            let other = if place % 2 == 0 { 0 } else { turns[place] };
            items.swap(other, place);
            visit(items);
            turns[place] += 1;
            place = 1;
        } else {
            turns[place] = 0;
            place += 1;
        }
    }
}
