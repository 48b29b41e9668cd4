//! Counts, sums and squares of an outcome in sets of rows: a test of two means costs one pass over the smaller set.

use super::bits::Bits;
use super::slices::{Design, Sought};
use stats::Estimate;
use stats::distribution::StudentT;
use stats::math::sqrt;

/// An outcome around its mean, so that squares keep their digits.
#[derive(Debug)]
pub(super) struct Centred<'a> {
    middle: f64,
    values: Vec<f64>,
    design: &'a Design,
    n_clusters: usize,
    /// Rows with an outcome that count.
    pub(super) present: Bits,
}

/// What is known of the outcome in some rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Moments {
    pub(super) n: f64,
    /// Sums of the weight, and of the weighted outcome.
    weight: f64,
    sum: f64,
    /// Sums of the squared weight, alone, with the outcome, and with its square.
    squared: [f64; 3],
    /// Where rows move together: of each cluster the sums of its rows.
    clusters: Option<Vec<Together>>,
}

/// The rows of a cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Together {
    n: u32,
    weight: f64,
    sum: f64,
}

/// Two means compared: how many standard errors apart, and the probability of that if they were one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Apart {
    pub(super) t: f64,
    pub(super) p_value: f64,
}

/// The variance of a difference, and its degrees of freedom.
type Variance = (f64, f64);

impl<'a> Centred<'a> {
    /// Values that are not finite are no outcome, and rows without a weight do not count.
    pub(super) fn of(outcome: &[f64], design: &'a Design) -> Centred<'a> {
        let counts = |(row, x): (usize, &f64)| x.is_finite() && 0.0 < design.weight(row);
        let present = Bits::of(outcome.iter().enumerate().map(counts));
        let weight = present.rows().map(|row| design.weight(row)).sum::<f64>();
        let sum = present
            .rows()
            .map(|row| design.weight(row) * outcome[row])
            .sum::<f64>();
        let middle = if weight > 0.0 { sum / weight } else { 0.0 };
        let clusters = design.clusters.as_ref();
        Centred {
            middle,
            values: outcome.iter().map(|x| x - middle).collect(),
            design,
            n_clusters: clusters
                .and_then(|of| of.iter().max())
                .map_or(0, |most| *most as usize + 1),
            present,
        }
    }

    /// The moments of rows that all have an outcome.
    pub(super) fn within(&self, rows: &Bits) -> Moments {
        let clusters = self.design.clusters.as_ref();
        let mut found = Moments {
            clusters: clusters.map(|_| vec![Together::default(); self.n_clusters]),
            ..Moments::default()
        };
        for row in rows.rows() {
            let (x, w) = (self.values[row], self.design.weight(row));
            found.n += 1.0;
            found.weight += w;
            found.sum += w * x;
            let squared = [w * w, w * w * x, w * w * x * x];
            found
                .squared
                .iter_mut()
                .zip(squared)
                .for_each(|(sum, more)| *sum += more);
            if let Some((of, all)) = clusters.zip(found.clusters.as_mut()) {
                let one = &mut all[of[row] as usize];
                (one.n, one.weight, one.sum) = (one.n + 1, one.weight + w, one.sum + w * x);
            }
        }
        found
    }

    pub(super) fn mean(&self, of: &Moments) -> f64 {
        self.middle + of.sum / of.weight
    }

    /// The mean with its interval; without width where nothing varies.
    pub(super) fn estimate(&self, of: &Moments, level: f64) -> Option<Estimate> {
        around(self.mean(of), (of.variance(), of.units() - 1.0), level)
    }

    /// The difference of two means with its interval.
    pub(super) fn difference(&self, of: &Moments, rest: &Moments, level: f64) -> Option<Estimate> {
        around(self.mean(of) - self.mean(rest), of.by_each(rest), level)
    }
}

fn around(value: f64, (variance, df): Variance, level: f64) -> Option<Estimate> {
    let law = StudentT::new(df).ok()?;
    let reach = law.quantile(0.5 + 0.5 * level) * sqrt(variance.max(0.0));
    reach.is_finite().then(|| Estimate {
        value,
        low: value - reach,
        high: value + reach,
    })
}

impl Moments {
    pub(super) fn without(&self, part: &Moments) -> Moments {
        let less = |(all, part): (&Together, &Together)| match all.n - part.n {
            // what is left of sums of weights is rounding
            0 => Together::default(),
            n => Together {
                n,
                weight: all.weight - part.weight,
                sum: all.sum - part.sum,
            },
        };
        let clusters = self.clusters.as_ref().zip(part.clusters.as_ref());
        Moments {
            n: self.n - part.n,
            weight: self.weight - part.weight,
            sum: self.sum - part.sum,
            squared: std::array::from_fn(|k| self.squared[k] - part.squared[k]),
            clusters: clusters.map(|(all, part)| all.iter().zip(part).map(less).collect()),
        }
    }

    /// How many rows of equal weight say as much of a mean; of clusters how many of those.
    ///
    /// # Reference
    /// L. Kish (1965), Survey Sampling, Wiley, 11.7.
    pub(super) fn units(&self) -> f64 {
        let squared = match &self.clusters {
            None => self.squared[0],
            Some(clusters) => clusters.iter().map(|one| one.weight * one.weight).sum(),
        };
        if squared > 0.0 {
            self.weight * self.weight / squared
        } else {
            0.0
        }
    }

    /// Clusters that have a row here; `None` where rows do not move together.
    pub(super) fn n_clusters(&self) -> Option<usize> {
        let clusters = self.clusters.as_ref()?;
        Some(clusters.iter().filter(|one| 0 < one.n).count())
    }

    /// Squares of what rows, or clusters, add to the mean beside it.
    fn spread(&self) -> f64 {
        let mean = self.sum / self.weight;
        let spread = match &self.clusters {
            None => self.squared[2] - 2.0 * mean * self.squared[1] + mean * mean * self.squared[0],
            Some(clusters) => clusters
                .iter()
                .map(|one| one.beside(mean) * one.beside(mean))
                .sum(),
        };
        spread.max(0.0)
    }

    /// The variance of the mean.
    fn variance(&self) -> f64 {
        let units = self.units();
        self.spread() / (self.weight * self.weight) * units / (units - 1.0)
    }

    /// Twice the covariance of two means: of clusters that have rows on both sides.
    fn shared(&self, rest: &Moments) -> f64 {
        let Some((here, there)) = self.clusters.as_ref().zip(rest.clusters.as_ref()) else {
            return 0.0;
        };
        let means = [self.sum / self.weight, rest.sum / rest.weight];
        let product = |(a, b): (&Together, &Together)| a.beside(means[0]) * b.beside(means[1]);
        2.0 * here.iter().zip(there).map(product).sum::<f64>() / (self.weight * rest.weight)
    }

    /// Welch's variance of the difference: each side has its own.
    fn by_each(&self, rest: &Moments) -> Variance {
        let [a, b] = [self.variance(), rest.variance()];
        let df = (a + b) * (a + b) / (a * a / (self.units() - 1.0) + b * b / (rest.units() - 1.0));
        (a + b - self.shared(rest), df)
    }

    /// Student's variance of the difference: one for both sides.
    fn by_all(&self, rest: &Moments) -> Variance {
        let sides = [self, rest];
        let units = self.units() + rest.units();
        let of_one = sides.map(Moments::spread).iter().sum::<f64>() / (self.squared[0] + rest.squared[0]);
        let sizes = sides.map(|side| side.squared[0] / (side.weight * side.weight));
        let variance = of_one * units / (units - 2.0) * (sizes[0] + sizes[1]);
        (variance - self.shared(rest), units - 2.0)
    }

    /// The difference to `rest`, judged by the more cautious of Welch's and Student's tests: the first knows that a weak
    /// slice varies more than the rest, the second that few rows of a skewed outcome can look as if they did not vary.
    /// Rows that move together count by what their clusters add to the means. Larger means alone count where only they are
    /// sought.
    ///
    /// # Reference
    /// K.-Y. Liang, S. L. Zeger (1986), Biometrika 73, 13-22 (clusters).
    pub(super) fn apart(&self, rest: &Moments, sought: Sought) -> Apart {
        let none = Apart { t: 0.0, p_value: 1.0 };
        if self.units() < 2.0 || rest.units() < 2.0 {
            return none;
        }
        let difference = self.sum / self.weight - rest.sum / rest.weight;
        let tests = [self.by_each(rest), self.by_all(rest)];
        let judged = tests.map(|(variance, df)| one(difference / sqrt(variance), df, sought));
        match judged {
            [Some(welch), Some(student)] if welch.p_value < student.p_value => student,
            [Some(welch), Some(_)] => welch,
            _ => none,
        }
    }
}

impl Together {
    /// What the cluster adds to the sum beyond a mean.
    fn beside(&self, mean: f64) -> f64 {
        self.sum - mean * self.weight
    }
}

fn one(t: f64, df: f64, sought: Sought) -> Option<Apart> {
    let law = StudentT::new(df).ok().filter(|_| t.is_finite())?;
    let (t, p_value) = match sought {
        Sought::Larger { .. } => (t, law.sf(t)),
        Sought::OffZero => (t.abs(), (2.0 * law.sf(t.abs())).min(1.0)),
    };
    Some(Apart { t, p_value })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use stats::{Alternative, student_t, welch_t};

    #[test]
    fn moments_test_means_as_the_samples_do() {
        let outcome: Vec<f64> = (0..200)
            .map(|i| {
                f64::from(i * 37 % 101)
                    + if i % 5 == 0 {
                        30.0 + f64::from(i % 7) * 9.0
                    } else {
                        0.0
                    }
            })
            .collect();
        let design = Design::default();
        let all = Centred::of(&outcome, &design);
        let rows = Bits::of((0..200).map(|i| i % 5 == 0));
        let inside = all.within(&rows);
        let outside = all.within(&all.present).without(&inside);
        let (a, b): (Vec<(usize, &f64)>, _) = outcome.iter().enumerate().partition(|(i, _)| i % 5 == 0);
        let [a, b] = [a, b].map(|side| side.into_iter().map(|(_, x)| *x).collect::<Vec<f64>>());
        let found = inside.apart(&outside, Sought::OffZero);
        let welch = welch_t(&a, &b, Alternative::TwoSided, 0.95).unwrap().p_value;
        let student = student_t(&a, &b, Alternative::TwoSided, 0.95).unwrap().p_value;
        assert!(
            (found.p_value / welch.max(student) - 1.0).abs() < 1e-9,
            "{found:?}"
        );
        let larger = inside.apart(&outside, Sought::Larger { by: 1.0 });
        assert!((2.0 * larger.p_value / found.p_value - 1.0).abs() < 1e-9);
        assert!(outside.apart(&inside, Sought::Larger { by: 1.0 }).p_value > 0.99);
    }

    /// Two hundred rows of values that come in fives.
    fn in_fives() -> Vec<f64> {
        (0..200).map(|i| f64::from(i / 5 * 37 % 101)).collect()
    }

    #[test]
    fn a_weight_of_two_is_a_row_twice_as_far_as_means_go() {
        let outcome = in_fives();
        let design = Design {
            weights: Some((0..200).map(|i| f64::from(1 + i % 2)).collect()),
            clusters: None,
        };
        let twice: Vec<f64> = (0..200).flat_map(|i| vec![outcome[i]; 1 + i % 2]).collect();
        let plain = Design::default();
        let (weighted, repeated) = (Centred::of(&outcome, &design), Centred::of(&twice, &plain));
        let means = [
            weighted.mean(&weighted.within(&weighted.present)),
            repeated.mean(&repeated.within(&repeated.present)),
        ];
        assert!((means[0] - means[1]).abs() < 1e-12, "{means:?}");
        // and weights that are all the same are none
        let same = Design {
            weights: Some(vec![3.0; 200]),
            clusters: None,
        };
        let test = |design: &Design| {
            let all = Centred::of(&outcome, design);
            let inside = all.within(&Bits::of((0..200).map(|i| i % 4 == 0)));
            inside
                .apart(&all.within(&all.present).without(&inside), Sought::OffZero)
                .p_value
        };
        assert!((test(&same) / test(&plain) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn copies_of_a_row_in_a_cluster_say_no_more_than_the_row() {
        let outcome = in_fives();
        let once: Vec<f64> = outcome.iter().copied().step_by(5).collect();
        let plain = Design::default();
        let clustered = Design {
            weights: None,
            clusters: Some((0..200).map(|i| i / 5).collect()),
        };
        let estimates = |outcome: &[f64], design: &Design, size: usize| {
            let all = Centred::of(outcome, design);
            let inside = all.within(&Bits::of((0..outcome.len()).map(|i| i / size % 3 == 0)));
            let rest = all.within(&all.present).without(&inside);
            let found = all.difference(&inside, &rest, 0.95).unwrap();
            (
                found.low,
                found.high,
                inside.apart(&rest, Sought::OffZero).p_value,
            )
        };
        let (a, b) = (estimates(&once, &plain, 1), estimates(&outcome, &clustered, 5));
        for (a, b) in [(a.0, b.0), (a.1, b.1), (a.2, b.2)] {
            assert!((a - b).abs() < 1e-9 * a.abs(), "{a} {b}");
        }
    }
}
