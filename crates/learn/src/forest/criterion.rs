//! What the rows of a node are summed as, and how good an answer to them is.

use crate::trees::Limits;

/// What a tree drew of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    /// The number to tell in units, or the class.
    pub(super) target: i64,
    /// The units of weight, as often as the row was drawn.
    pub(super) weight: i64,
}

/// Sums of rows as whole numbers, so that no order can change them, and how good a node of such rows is.
pub(super) trait Criterion: Sync {
    /// The sums of some rows.
    type Sum: AsRef<[i64]> + AsMut<[i64]> + Clone + Send;

    /// The sums of no rows; as many numbers stand in each cell of a histogram.
    fn zero(&self) -> Self::Sum;
    fn add(&self, row: Drawn, sum: &mut [i64]);
    fn weight(&self, sum: &[i64]) -> i64;
    /// What the best answer takes off the loss, up to what all splits of a node have in common; larger is better.
    fn score(&self, sum: &[i64]) -> f64;
    /// The number of a sum that, over the weight, is the mean along which levels are ordered and directions are kept.
    fn leading(&self, sum: &[i64]) -> usize;
}

/// The squared error of a number about its mean: two sums, of the number and of weights.
pub(super) struct Mean;

/// Gini's impurity: a sum of weights for each class; `K` is 2, or 0 for as many as are said.
pub(super) struct Shares<const K: usize> {
    pub(super) n_classes: usize,
}

impl Criterion for Mean {
    type Sum = [i64; 2];

    fn zero(&self) -> [i64; 2] {
        [0; 2]
    }

    #[inline(always)]
    fn add(&self, row: Drawn, sum: &mut [i64]) {
        if let [target, weight] = sum {
            *target += row.target * row.weight;
            *weight += row.weight;
        }
    }

    #[inline(always)]
    fn weight(&self, sum: &[i64]) -> i64 {
        sum[1]
    }

    #[inline(always)]
    fn score(&self, sum: &[i64]) -> f64 {
        let target = sum[0] as f64;
        target * target / sum[1] as f64
    }

    fn leading(&self, _sum: &[i64]) -> usize {
        0
    }
}

macro_rules! shares {
    ($k:literal, $sum:ty, $zero:expr) => {
        impl Criterion for Shares<$k> {
            type Sum = $sum;

            fn zero(&self) -> $sum {
                $zero(self.n_classes)
            }

            #[inline(always)]
            fn add(&self, row: Drawn, sum: &mut [i64]) {
                sum[row.target as usize] += row.weight;
            }

            #[inline(always)]
            fn weight(&self, sum: &[i64]) -> i64 {
                sum.iter().sum()
            }

            #[inline(always)]
            fn score(&self, sum: &[i64]) -> f64 {
                let (mut squares, mut weight) = (0.0, 0.0);
                for &class in sum {
                    let class = class as f64;
                    squares += class * class;
                    weight += class;
                }
                squares / weight
            }

            /// Yes of two classes, else the heaviest.
            fn leading(&self, sum: &[i64]) -> usize {
                match sum.len() {
                    2 => 1,
                    _ => heaviest(sum),
                }
            }
        }
    };
}

shares!(2, [i64; 2], |_| [0; 2]);
shares!(0, Vec<i64>, |n_classes| vec![0; n_classes]);

/// The first of the largest.
fn heaviest(sum: &[i64]) -> usize {
    let larger = |best: usize, next: usize| if sum[best] < sum[next] { next } else { best };
    (0..sum.len()).reduce(larger).unwrap_or(0)
}

/// How leaves answer in whole units of the margin, so that trees need only be added up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Answer {
    /// The mean of a number, of which a unit of the target is worth so many units of the margin.
    Number(f64),
    /// The share of yes, of so many units for certainty.
    Yes(i64),
    /// The shares of classes, which add up to so many units.
    Classes(i64),
}

impl Answer {
    /// Appends the answer to rows that sum to `sum`, an entry per output; it is held within limits.
    pub(super) fn push(self, sum: &[i64], limits: &Limits, out: &mut Vec<i64>) {
        match self {
            Answer::Number(units) => {
                let mean = limits.hold(sum[0] as f64 / sum[1] as f64);
                out.push((mean * units).round_ties_even() as i64);
            }
            Answer::Yes(units) => {
                let share = limits.hold(sum[1] as f64 / (sum[0] + sum[1]) as f64);
                out.push((share * units as f64).round_ties_even() as i64);
            }
            Answer::Classes(units) => {
                let total: i128 = sum.iter().map(|&weight| i128::from(weight)).sum();
                let share = |&weight: &i64| (i128::from(weight) * i128::from(units) / total) as i64;
                let first = out.len();
                out.extend(sum.iter().map(share));
                // What rounding left over goes to the heaviest class.
                let rest = units - out[first..].iter().sum::<i64>();
                out[first + heaviest(sum)] += rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_classes_add_up() {
        let mut out = vec![];
        Answer::Classes(1000).push(&[1, 1, 1], &Limits::default(), &mut out);
        assert_eq!(out, [334, 333, 333]);
        Answer::Yes(1000).push(&[1, 3], &Limits::default(), &mut out);
        assert_eq!(out[3], 750);
    }

    #[test]
    fn purer_sides_score_better() {
        let gini = Shares::<2> { n_classes: 2 };
        let apart = gini.score(&[5, 0]) + gini.score(&[0, 5]);
        let mixed = gini.score(&[3, 2]) + gini.score(&[2, 3]);
        assert!(mixed < apart && apart == 10.0);
        assert!(Mean.score(&[0, 4]) < Mean.score(&[-6, 2]) + Mean.score(&[6, 2]));
    }
}
