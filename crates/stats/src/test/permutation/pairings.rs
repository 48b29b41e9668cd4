use super::tails::{Observed, Tails};
use super::{Arrangements, PermutationTest};
use crate::association::{pearson, spearman};
use crate::math::ln;
use crate::random::{Below, Blocks, FEW, Place};
use crate::rank::midranks;
use crate::sum::mean;
use crate::test::{Alternative, TestResult};
use crate::{StatsError, check};

/// Places drawn at a time.
const CHUNK: usize = 1024;
/// Sums kept side by side, so that none waits for the one before.
const LANES: usize = 4;

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
    match Shuffle::<u16>::new(&x, &y).filter(|_| y.len() <= FEW) {
        Some(shuffle) => shuffle.tails(observed, arrangements),
        None => Shuffle::<u32>::new(&x, &y)
            .map_or_else(Tails::default, |shuffle| shuffle.tails(observed, arrangements)),
    }
}

/// The orders of `y` beside a fixed `x`, by Fisher and Yates from the last place down, with places drawn from the bits of `P`.
struct Shuffle<'a, P> {
    /// From the last place down.
    x: Vec<f64>,
    y: &'a [f64],
    /// How many places are open to each value, from the last one down.
    open: Vec<Below<P>>,
}

impl<'a, P: Place + Sync> Shuffle<'a, P> {
    fn new(x: &[f64], y: &'a [f64]) -> Option<Self> {
        let open = (1..=y.len()).rev().map(P::below).collect::<Option<_>>()?;
        let x = x.iter().rev().copied().collect();
        Some(Self { x, y, open })
    }

    fn tails(&self, observed: Observed, arrangements: &Arrangements) -> Tails {
        arrangements.drawn(observed, || {
            let mut y = self.y.to_vec();
            move |i| {
                y.copy_from_slice(self.y);
                self.products(&mut y, Blocks::new(arrangements.seed, i))
            }
        })
    }

    /// The sum of the products in a drawn order, each added when its place is settled.
    fn products(&self, y: &mut [f64], mut blocks: Blocks) -> f64 {
        let (mut places, mut sums) = ([P::default(); CHUNK], [0.0; LANES]);
        let mut n_open = y.len();
        for (x, open) in self.x.chunks(CHUNK).zip(self.open.chunks(CHUNK)) {
            let places = &mut places[..open.len()];
            blocks.places(places, open.iter().copied());
            let mut settle = |x: f64, place: P| {
                let open = &mut y[..n_open];
                n_open -= 1;
                let last = open[n_open];
                let mut place = place.index();
                while open.len() <= place {
                    place = blocks.place(self.open[self.open.len() - open.len()]).index();
                }
                x * std::mem::replace(&mut open[place], last)
            };
            let ((x, x_rest), (places, places_rest)) = (x.as_chunks::<LANES>(), places.as_chunks::<LANES>());
            for (x, places) in x.iter().zip(places) {
                for ((sum, x), place) in sums.iter_mut().zip(x).zip(places) {
                    *sum += settle(*x, *place);
                }
            }
            for ((sum, x), place) in sums.iter_mut().zip(x_rest).zip(places_rest) {
                *sum += settle(*x, *place);
            }
        }
        sums.iter().sum()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_drawn_as_often() {
        // sums that tell all 120 orders of five values apart
        let (x, y) = ([1.0, 10.0, 100.0, 1000.0, 10_000.0], [1.0, 2.0, 3.0, 4.0, 5.0]);
        fn counts<P: Place + Sync>(x: &[f64], y: &[f64]) -> Vec<f64> {
            let mut seen = std::collections::BTreeMap::new();
            if let Some(shuffle) = Shuffle::<P>::new(x, y) {
                for i in 0..120_000 {
                    let sum = shuffle.products(&mut y.to_vec(), Blocks::new(9, i));
                    *seen.entry(sum as u64).or_insert(0.0) += 1.0;
                }
            }
            seen.into_values().collect()
        }
        for counts in [counts::<u16>(&x, &y), counts::<u32>(&x, &y)] {
            let chi_square: f64 = counts.iter().map(|c| (c - 1000.0) * (c - 1000.0) / 1000.0).sum();
            assert_eq!(counts.len(), 120);
            // 119 degrees of freedom
            assert!((119.0 - 62.0..119.0 + 62.0).contains(&chi_square), "{chi_square}");
        }
    }

    #[test]
    fn a_long_column_is_shuffled_without_losing_or_repeating_a_value() {
        let n = 3000;
        let y: Vec<f64> = (0..n).map(f64::from).collect();
        let ones = vec![1.0; n as usize];
        // a sum of values and one of their squares
        let squares: Vec<f64> = y.iter().map(|v| v * v).collect();
        for values in [y, squares] {
            let total: f64 = values.iter().sum();
            let shuffled = |i| {
                let narrow = Shuffle::<u16>::new(&ones, &values)?;
                Some(narrow.products(&mut values.clone(), Blocks::new(1, i)))
            };
            assert!((0..50).all(|i| shuffled(i) == Some(total)));
        }
    }
}
