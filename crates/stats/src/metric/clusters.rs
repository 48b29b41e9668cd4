//! How well groups agree with known ones, or with distances alone.

use crate::math::{exp, ln, sqrt};
use crate::special::ln_gamma;
use crate::{StatsError, check};

/// How two partitions of the same rows agree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// The share of pairs of rows on which both agree, beyond chance (Hubert and Arabie's adjusted Rand index).
    pub adjusted_rand: f64,
    /// The information that they share, by the mean of what each holds.
    pub normalised_information: f64,
    /// The same beyond chance.
    pub adjusted_information: f64,
    /// How pure the told groups are.
    pub homogeneity: f64,
    /// How whole the true groups stay.
    pub completeness: f64,
    /// The harmonic mean of both.
    pub v_measure: f64,
    /// The geometric mean of the pairwise precision and recall (Fowlkes and Mallows).
    pub fowlkes_mallows: f64,
}

/// Compares two partitions by their codes, `(n_rows,)` each; which code stands for which group does not matter.
///
/// # Errors
/// [`StatsError::TooFewValues`] without rows, [`StatsError::LengthMismatch`].
///
/// # Reference
/// L. Hubert, P. Arabie (1985), Journal of Classification 2, 193-218; N. X. Vinh, J. Epps, J. Bailey (2010), JMLR 11,
/// 2837-2854 (mean of entropies); A. Rosenberg, J. Hirschberg (2007), EMNLP; E. B. Fowlkes, C. L. Mallows (1983), JASA 78.
pub fn agreement(truth: &[u32], told: &[u32]) -> Result<Agreement, StatsError> {
    check::at_least("truth", truth.len(), 1)?;
    check::same_length("told", told.len(), truth.len())?;
    let table = Contingency::new(truth, told);
    let (of_truth, of_told, shared) = (
        entropy(&table.rows, table.n),
        entropy(&table.columns, table.n),
        table.shared(),
    );
    let or_one = |part: f64, whole: f64| if whole == 0.0 { 1.0 } else { part / whole };
    let (homogeneity, completeness) = (or_one(shared, of_truth), or_one(shared, of_told));
    let both = homogeneity + completeness;
    let v_measure = if both == 0.0 {
        0.0
    } else {
        2.0 * homogeneity * completeness / both
    };
    Ok(Agreement {
        adjusted_rand: table.adjusted_rand(),
        normalised_information: normalised(&table, shared, of_truth, of_told),
        adjusted_information: adjusted(&table, shared, of_truth, of_told),
        homogeneity,
        completeness,
        v_measure,
        fowlkes_mallows: table.fowlkes_mallows(),
    })
}

/// Counts of rows by both partitions, without empty groups.
struct Contingency {
    n: f64,
    cells: Vec<(usize, usize, f64)>,
    rows: Vec<f64>,
    columns: Vec<f64>,
}

impl Contingency {
    fn new(truth: &[u32], told: &[u32]) -> Self {
        let positions = |codes: &[u32]| -> (Vec<usize>, usize) {
            let mut known = codes.to_vec();
            known.sort_unstable();
            known.dedup();
            let at = |code: &u32| known.partition_point(|other| other < code);
            (codes.iter().map(at).collect(), known.len())
        };
        let ((truth, n_rows), (told, n_columns)) = (positions(truth), positions(told));
        let mut pairs: Vec<(usize, usize)> = truth.iter().copied().zip(told.iter().copied()).collect();
        pairs.sort_unstable();
        let counted = pairs
            .chunk_by(|a, b| a == b)
            .map(|same| (same[0].0, same[0].1, same.len() as f64));
        let count = |codes: &[usize], n: usize| {
            let mut counts = vec![0.0; n];
            codes.iter().for_each(|&code| counts[code] += 1.0);
            counts
        };
        Self {
            n: truth.len() as f64,
            cells: counted.collect(),
            rows: count(&truth, n_rows),
            columns: count(&told, n_columns),
        }
    }

    /// The mutual information in nats.
    fn shared(&self) -> f64 {
        let term = |&(row, column, count): &(usize, usize, f64)| {
            count / self.n * (ln(self.n * count) - ln(self.rows[row] * self.columns[column]))
        };
        self.cells.iter().map(term).sum::<f64>().max(0.0)
    }

    /// Pairs of rows together in both partitions, in the true one, in the told one.
    fn pairs(&self) -> [f64; 3] {
        let pairs = |count: f64| 0.5 * count * (count - 1.0);
        [
            self.cells.iter().map(|cell| pairs(cell.2)).sum(),
            self.rows.iter().map(|count| pairs(*count)).sum(),
            self.columns.iter().map(|count| pairs(*count)).sum(),
        ]
    }

    fn adjusted_rand(&self) -> f64 {
        let [both, in_truth, in_told] = self.pairs();
        let all = 0.5 * self.n * (self.n - 1.0);
        let by_chance = if all > 0.0 { in_truth * in_told / all } else { 0.0 };
        let most = 0.5 * (in_truth + in_told);
        if most == by_chance {
            1.0
        } else {
            (both - by_chance) / (most - by_chance)
        }
    }

    fn fowlkes_mallows(&self) -> f64 {
        let [both, in_truth, in_told] = self.pairs();
        if both == 0.0 {
            0.0
        } else {
            sqrt(both / in_told) * sqrt(both / in_truth)
        }
    }

    fn is_trivial(&self) -> bool {
        let n_groups = (self.rows.len(), self.columns.len());
        let n = self.n as usize;
        n_groups == (1, 1) || n_groups == (n, n)
    }

    /// The mutual information to be expected of random partitions into groups of these sizes.
    fn expected(&self) -> f64 {
        let ln_factorial: Vec<f64> = (0..=self.n as usize)
            .map(|count| ln_gamma(count as f64 + 1.0))
            .collect();
        let f = |count: f64| ln_factorial[count as usize];
        let n = self.n;
        let mut sum = crate::sum::Compensated::default();
        for &a in &self.rows {
            for &b in &self.columns {
                let mut both = (a + b - n).max(1.0);
                while both <= a.min(b) {
                    let ln_p = f(a) + f(b) + f(n - a) + f(n - b)
                        - f(n)
                        - f(both)
                        - f(a - both)
                        - f(b - both)
                        - f(n - a - b + both);
                    sum.add(both / n * (ln(n * both) - ln(a * b)) * exp(ln_p));
                    both += 1.0;
                }
            }
        }
        sum.value()
    }
}

fn entropy(counts: &[f64], n: f64) -> f64 {
    if counts.len() == 1 {
        return 0.0;
    }
    counts.iter().map(|count| -count / n * (ln(*count) - ln(n))).sum()
}

fn normalised(table: &Contingency, shared: f64, of_truth: f64, of_told: f64) -> f64 {
    if table.rows.len() == 1 && table.columns.len() == 1 {
        return 1.0;
    }
    if shared <= f64::EPSILON {
        return 0.0;
    }
    shared / (0.5 * (of_truth + of_told))
}

fn adjusted(table: &Contingency, shared: f64, of_truth: f64, of_told: f64) -> f64 {
    if table.is_trivial() {
        return 1.0;
    }
    let expected = table.expected();
    let room = 0.5 * (of_truth + of_told) - expected;
    // Room for less than rounding says nothing either way.
    let room = if room < 0.0 {
        room.min(-f64::EPSILON)
    } else {
        room.max(f64::EPSILON)
    };
    (shared - expected) / room
}

/// How groups stand apart, by distances alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Separation {
    /// The mean over rows of `(b - a) / max(a, b)`: `a` the mean distance to its own group, `b` to the nearest other.
    pub silhouette: f64,
    /// The spread between groups by the spread within, each by its degrees of freedom.
    pub calinski_harabasz: f64,
    /// The mean over groups of the worst ratio of both widths to the distance of the centres; less is better.
    pub davies_bouldin: f64,
}

/// Looks at groups of points, `(n_rows, n_columns)` in row order; time grows with the square of the rows.
///
/// # Errors
/// [`StatsError::OutOfRange`] unless there are 2 to `n_rows - 1` groups; lengths and NaN as for metrics.
///
/// # Reference
/// P. J. Rousseeuw (1987), J. Comp. Appl. Math. 20, 53-65; T. Caliński, J. Harabasz (1974), Comm. Stat. 3, 1-27;
/// D. L. Davies, D. W. Bouldin (1979), IEEE PAMI 1, 224-227. Checked against scikit-learn.
pub fn separation(points: &[f64], n_columns: usize, groups: &[u32]) -> Result<Separation, StatsError> {
    check::at_least("columns", n_columns, 1)?;
    check::same_length("points", points.len(), groups.len().saturating_mul(n_columns))?;
    check::finite("points", points)?;
    let table = Contingency::new(groups, groups);
    let n_groups = table.rows.len();
    if n_groups < 2 || groups.len() <= n_groups {
        return Err(StatsError::OutOfRange {
            what: "the number of groups",
            found: n_groups as f64,
            expected: "from 2 to one less than the rows",
        });
    }
    let mut known = groups.to_vec();
    known.sort_unstable();
    known.dedup();
    let codes: Vec<usize> = groups
        .iter()
        .map(|group| known.partition_point(|other| other < group))
        .collect();
    let scene = Scene {
        points,
        n_columns,
        codes: &codes,
        counts: &table.rows,
        centres: centres(points, n_columns, &codes, &table.rows),
    };
    Ok(Separation {
        silhouette: scene.silhouette(),
        calinski_harabasz: scene.calinski_harabasz(),
        davies_bouldin: scene.davies_bouldin(),
    })
}

struct Scene<'a> {
    points: &'a [f64],
    n_columns: usize,
    codes: &'a [usize],
    counts: &'a [f64],
    centres: Vec<f64>,
}

fn centres(points: &[f64], n_columns: usize, codes: &[usize], counts: &[f64]) -> Vec<f64> {
    let mut centres = vec![0.0; counts.len() * n_columns];
    for (point, &code) in points.chunks_exact(n_columns).zip(codes) {
        let centre = &mut centres[code * n_columns..][..n_columns];
        centre
            .iter_mut()
            .zip(point)
            .for_each(|(sum, value)| *sum += value / counts[code]);
    }
    centres
}

fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

impl Scene<'_> {
    fn point(&self, row: usize) -> &[f64] {
        &self.points[row * self.n_columns..][..self.n_columns]
    }

    fn centre(&self, group: usize) -> &[f64] {
        &self.centres[group * self.n_columns..][..self.n_columns]
    }

    fn silhouette(&self) -> f64 {
        let n_rows = self.codes.len();
        let widths: Vec<f64> = (0..n_rows).map(|row| self.silhouette_of(row)).collect();
        crate::sum::mean(&widths)
    }

    fn silhouette_of(&self, row: usize) -> f64 {
        let own = self.codes[row];
        if self.counts[own] == 1.0 {
            return 0.0;
        }
        let mut sums = vec![0.0; self.counts.len()];
        for (other, &group) in self.codes.iter().enumerate() {
            sums[group] += sqrt(square_distance(self.point(row), self.point(other)));
        }
        let a = sums[own] / (self.counts[own] - 1.0);
        let others = (0..sums.len()).filter(|&group| group != own);
        let b = others
            .map(|group| sums[group] / self.counts[group])
            .fold(f64::INFINITY, f64::min);
        if a.max(b) > 0.0 { (b - a) / a.max(b) } else { 0.0 }
    }

    fn calinski_harabasz(&self) -> f64 {
        let (n, k) = (self.codes.len() as f64, self.counts.len() as f64);
        let all = centres(self.points, self.n_columns, &vec![0; self.codes.len()], &[n]);
        let groups = 0..self.counts.len();
        let between: f64 = groups
            .map(|group| self.counts[group] * square_distance(self.centre(group), &all))
            .sum();
        let rows = 0..self.codes.len();
        let within: f64 = rows
            .map(|row| square_distance(self.point(row), self.centre(self.codes[row])))
            .sum();
        if within == 0.0 {
            1.0
        } else {
            between * (n - k) / (within * (k - 1.0))
        }
    }

    fn davies_bouldin(&self) -> f64 {
        let n_groups = self.counts.len();
        let mut widths = vec![0.0; n_groups];
        for (row, &group) in self.codes.iter().enumerate() {
            widths[group] += sqrt(square_distance(self.point(row), self.centre(group))) / self.counts[group];
        }
        let ratio = |a: usize, b: usize| {
            let apart = sqrt(square_distance(self.centre(a), self.centre(b)));
            if apart > 0.0 {
                (widths[a] + widths[b]) / apart
            } else {
                0.0
            }
        };
        let worst = |a: usize| {
            (0..n_groups)
                .filter(|&b| b != a)
                .map(|b| ratio(a, b))
                .fold(0.0, f64::max)
        };
        (0..n_groups).map(worst).sum::<f64>() / n_groups as f64
    }
}
