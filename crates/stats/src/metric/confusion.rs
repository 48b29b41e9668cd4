use super::check_binary;
use super::probability::square;
use crate::interval::{Estimate, two_sided_normal, wilson};
use crate::math::{atanh, sqrt, tanh};
use crate::{StatsError, check};

/// Weights of the four outcomes at a threshold, and the metrics that follow from them.
///
/// All intervals scale counts down to the effective number of rows where weights differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confusion {
    /// Positives predicted positive.
    pub true_positive: f64,
    /// Negatives predicted positive.
    pub false_positive: f64,
    /// Negatives predicted negative.
    pub true_negative: f64,
    /// Positives predicted negative.
    pub false_negative: f64,
    /// Effective rows per unit of weight; 1 without weights.
    pub rows_per_weight: f64,
}

impl Confusion {
    /// Counts the outcomes when rows with `score >= threshold` are predicted positive.
    ///
    /// # Errors
    /// Lengths, NaN and weights as for every metric. One class alone is fine here.
    pub fn at_threshold(
        labels: &[bool],
        scores: &[f64],
        weights: Option<&[f64]>,
        threshold: f64,
    ) -> Result<Self, StatsError> {
        check_binary(labels, scores, weights)?;
        let mut cells = [0.0; 4];
        for (row, (&label, &score)) in labels.iter().zip(scores).enumerate() {
            cells[2 * usize::from(label) + usize::from(score >= threshold)] += check::weight(weights, row);
        }
        let (total, n) = check::effective((0..labels.len()).map(|row| check::weight(weights, row)));
        let [true_negative, false_positive, false_negative, true_positive] = cells;
        Ok(Self {
            true_positive,
            false_positive,
            true_negative,
            false_negative,
            rows_per_weight: n / total,
        })
    }

    /// Share of rows predicted rightly, with Wilson's interval.
    ///
    /// # Errors
    /// A level outside (0, 1).
    pub fn accuracy(&self, level: f64) -> Result<Estimate, StatsError> {
        let right = self.true_positive + self.true_negative;
        self.share(
            "accuracy",
            right,
            self.false_positive + self.false_negative,
            "there are no rows",
            level,
        )
    }

    /// Share of predicted positives that are positive, with Wilson's interval.
    ///
    /// # Errors
    /// [`StatsError::Undefined`] when nothing is predicted positive.
    pub fn precision(&self, level: f64) -> Result<Estimate, StatsError> {
        self.share(
            "precision",
            self.true_positive,
            self.false_positive,
            "no row is predicted positive",
            level,
        )
    }

    /// Share of positives that are predicted positive, with Wilson's interval.
    ///
    /// # Errors
    /// [`StatsError::Undefined`] without positive rows.
    pub fn recall(&self, level: f64) -> Result<Estimate, StatsError> {
        self.share(
            "recall",
            self.true_positive,
            self.false_negative,
            "no row is positive",
            level,
        )
    }

    /// Share of negatives that are predicted negative, with Wilson's interval.
    ///
    /// # Errors
    /// [`StatsError::Undefined`] without negative rows.
    pub fn specificity(&self, level: f64) -> Result<Estimate, StatsError> {
        self.share(
            "specificity",
            self.true_negative,
            self.false_positive,
            "no row is negative",
            level,
        )
    }

    /// Mean of recall and specificity; the interval combines their Wilson intervals as Newcombe does.
    ///
    /// # Errors
    /// [`StatsError::Undefined`] unless both classes occur.
    pub fn balanced_accuracy(&self, level: f64) -> Result<Estimate, StatsError> {
        let (a, b) = (self.recall(level)?, self.specificity(level)?);
        let value = 0.5 * (a.value + b.value);
        let down = 0.5 * sqrt(square(a.value - a.low) + square(b.value - b.low));
        let up = 0.5 * sqrt(square(a.high - a.value) + square(b.high - b.value));
        Ok(Estimate {
            value,
            low: value - down,
            high: value + up,
        }
        .within(0.0, 1.0))
    }

    /// Harmonic mean of precision and recall.
    ///
    /// `F1 = 2J / (1 + J)` with `J = TP / (TP + FP + FN)`, a proportion: its Wilson interval is carried over.
    ///
    /// # Errors
    /// [`StatsError::Undefined`] when no row is positive and none is predicted so.
    pub fn f1(&self, level: f64) -> Result<Estimate, StatsError> {
        let missed = self.false_positive + self.false_negative;
        let reason = "no row is positive and none is predicted positive";
        Ok(self
            .share("f1", self.true_positive, missed, reason, level)?
            .map(|j| 2.0 * j / (1.0 + j)))
    }

    /// Matthews' correlation of prediction and label, in [-1, 1]; delta-method interval on Fisher's z scale.
    ///
    /// # Errors
    /// [`StatsError::Undefined`] unless both classes occur and both are predicted.
    pub fn mcc(&self, level: f64) -> Result<Estimate, StatsError> {
        check::level(level)?;
        let (tp, fp, tn, false_n) = (
            self.true_positive,
            self.false_positive,
            self.true_negative,
            self.false_negative,
        );
        let margins = [tp + fp, tp + false_n, tn + fp, tn + false_n];
        if margins.contains(&0.0) {
            let reason = "a class does not occur or is never predicted";
            return Err(StatsError::Undefined { what: "mcc", reason });
        }
        let scale = sqrt(margins[0]) * sqrt(margins[1]) * sqrt(margins[2]) * sqrt(margins[3]);
        let value = ((tp * tn - fp * false_n) / scale).clamp(-1.0, 1.0);
        if value.abs() >= 1.0 {
            return self.perfect_mcc(value, level);
        }
        // derivatives by each cell; they sum to 0 over the rows, so the variance is the sum of squares
        let slope = |partner: f64, m: f64, k: f64| partner / scale - 0.5 * value * (1.0 / m + 1.0 / k);
        let variance = tp * square(slope(tn, margins[0], margins[1]))
            + fp * square(slope(-false_n, margins[0], margins[2]))
            + tn * square(slope(tp, margins[2], margins[3]))
            + false_n * square(slope(-fp, margins[1], margins[3]));
        let se = sqrt(variance / self.rows_per_weight);
        let half = two_sided_normal(level) * se / (1.0 - value * value);
        Ok(Estimate {
            value,
            low: tanh(atanh(value) - half),
            high: tanh(atanh(value) + half),
        })
    }

    /// Without a mistake the delta method gives no width; Wilson's interval of the accuracy takes its place.
    fn perfect_mcc(&self, value: f64, level: f64) -> Result<Estimate, StatsError> {
        let accuracy = self.accuracy(level)?.map(|a| 2.0 * a - 1.0);
        Ok(Estimate { value, ..accuracy })
    }

    fn share(
        &self,
        what: &'static str,
        hits: f64,
        misses: f64,
        reason: &'static str,
        level: f64,
    ) -> Result<Estimate, StatsError> {
        let n = hits + misses;
        if n <= 0.0 {
            return Err(StatsError::Undefined { what, reason });
        }
        let n_rows = n * self.rows_per_weight;
        let interval = wilson((hits * self.rows_per_weight).min(n_rows), n_rows, level)?;
        Ok(Estimate {
            value: hits / n,
            ..interval
        })
    }
}

macro_rules! at_threshold {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        ///
        /// Rows with `score >= threshold` are predicted positive.
        ///
        /// # Errors
        /// As the method of the same name of [`Confusion`], which gives several metrics for one pass.
        pub fn $name(
            labels: &[bool],
            scores: &[f64],
            weights: Option<&[f64]>,
            threshold: f64,
            level: f64,
        ) -> Result<Estimate, StatsError> {
            Confusion::at_threshold(labels, scores, weights, threshold)?.$name(level)
        }
    )*};
}

at_threshold! {
    /// Share of rows predicted rightly.
    accuracy,
    /// Mean of recall and specificity.
    balanced_accuracy,
    /// Share of predicted positives that are positive.
    precision,
    /// Share of positives that are predicted positive.
    recall,
    /// Harmonic mean of precision and recall.
    f1,
    /// Matthews' correlation of prediction and label.
    mcc,
}
