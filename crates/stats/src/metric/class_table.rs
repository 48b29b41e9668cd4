use crate::math::sqrt;
use crate::{StatsError, check};

/// How often each class was taken for each: the confusion matrix of labels, weighted.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassTable {
    n_classes: usize,
    /// `(n_classes, n_classes)`, truth by row, prediction by column.
    cells: Vec<f64>,
}

/// How the classes' numbers become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// All rows together.
    Micro,
    /// The mean of the classes.
    Macro,
    /// The mean of the classes, each by the weight of its rows.
    Weighted,
    /// One class alone.
    Only(usize),
}

/// Precision, recall and their weighted harmonic mean; 0 where a denominator is empty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrecisionRecall {
    /// The share of what was told to be of a class that is.
    pub precision: f64,
    /// The share of a class that was found.
    pub recall: f64,
    /// `(1 + beta^2) precision recall / (beta^2 precision + recall)`.
    pub f_beta: f64,
}

/// What it costs to take one class for another, in kappa.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disagreement {
    /// The same for all.
    Equal,
    /// The distance of the codes.
    Linear,
    /// Its square.
    Quadratic,
}

impl ClassTable {
    /// Counts pairs of codes in `0..n_classes`, `(n_rows,)` each.
    ///
    /// # Errors
    /// [`StatsError::TooFewValues`] without rows, [`StatsError::LengthMismatch`], [`StatsError::OutOfRange`] for codes
    /// and weights.
    pub fn new(
        labels: &[u32],
        predictions: &[u32],
        n_classes: usize,
        weights: Option<&[f64]>,
    ) -> Result<Self, StatsError> {
        check::at_least("labels", labels.len(), 1)?;
        check::same_length("predictions", predictions.len(), labels.len())?;
        check::weights(weights, labels.len())?;
        check::cells("table of classes", n_classes, n_classes)?;
        let mut cells = vec![0.0; n_classes * n_classes];
        for (row, (&label, &prediction)) in labels.iter().zip(predictions).enumerate() {
            let code = label.max(prediction);
            if n_classes <= code as usize {
                return Err(StatsError::OutOfRange {
                    what: "codes",
                    found: f64::from(code),
                    expected: "below n_classes",
                });
            }
            cells[label as usize * n_classes + prediction as usize] += check::weight(weights, row);
        }
        Ok(Self { n_classes, cells })
    }

    /// The weights, `(n_classes, n_classes)`, truth by row.
    #[must_use]
    pub fn cells(&self) -> &[f64] {
        &self.cells
    }

    fn right(&self, class: usize) -> f64 {
        self.cells[class * self.n_classes + class]
    }

    /// The weight of a class's rows.
    fn of_truth(&self, class: usize) -> f64 {
        self.cells[class * self.n_classes..][..self.n_classes]
            .iter()
            .sum()
    }

    /// The weight of the rows told to be of a class.
    fn of_told(&self, class: usize) -> f64 {
        self.cells.iter().skip(class).step_by(self.n_classes).sum()
    }

    fn total(&self) -> f64 {
        self.cells.iter().sum()
    }

    fn classes(&self) -> std::ops::Range<usize> {
        0..self.n_classes
    }

    /// The share of rows told rightly.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.classes().map(|class| self.right(class)).sum::<f64>() / self.total()
    }

    /// The mean recall of the classes that occur.
    #[must_use]
    pub fn balanced_accuracy(&self) -> f64 {
        let occurring: Vec<usize> = self
            .classes()
            .filter(|&class| self.of_truth(class) > 0.0)
            .collect();
        let recalls = occurring
            .iter()
            .map(|&class| self.right(class) / self.of_truth(class));
        recalls.sum::<f64>() / occurring.len() as f64
    }

    /// Precision, recall and F of classes that occur or are told; classes that do neither are left out.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] for a `beta` that is not above 0 or a class that there is not.
    pub fn precision_recall(&self, average: Average, beta: f64) -> Result<PrecisionRecall, StatsError> {
        if !(beta > 0.0 && beta.is_finite()) {
            return Err(StatsError::OutOfRange {
                what: "beta",
                found: beta,
                expected: "above 0 and finite",
            });
        }
        let of = |class: usize| ratios(self.right(class), self.of_told(class), self.of_truth(class), beta);
        match average {
            Average::Micro => {
                let (right, total) = (self.accuracy() * self.total(), self.total());
                Ok(ratios(right, total, total, beta))
            }
            Average::Only(class) if class < self.n_classes => Ok(of(class)),
            Average::Only(class) => Err(StatsError::OutOfRange {
                what: "the class",
                found: class as f64,
                expected: "below n_classes",
            }),
            Average::Macro | Average::Weighted => {
                let used = self
                    .classes()
                    .filter(|&class| self.of_truth(class) + self.of_told(class) > 0.0);
                let parts = used.map(|class| {
                    let weight = if average == Average::Macro {
                        1.0
                    } else {
                        self.of_truth(class)
                    };
                    (weight, of(class))
                });
                Ok(mean_of(parts))
            }
        }
    }

    /// Cohen's kappa: the agreement beyond what chance gives, 1 for complete agreement.
    ///
    /// # Errors
    /// [`StatsError::Undefined`] where chance agrees completely, as with one class.
    ///
    /// # Reference
    /// J. Cohen (1960), Educational and Psychological Measurement 20, 37-46; weighted: (1968), Psychological Bulletin 70.
    pub fn kappa(&self, disagreement: Disagreement) -> Result<f64, StatsError> {
        let cost = |truth: usize, told: usize| {
            let distance = truth.abs_diff(told) as f64;
            match disagreement {
                Disagreement::Equal => f64::from(truth != told),
                Disagreement::Linear => distance,
                Disagreement::Quadratic => distance * distance,
            }
        };
        let truth: Vec<f64> = self.classes().map(|class| self.of_truth(class)).collect();
        let told: Vec<f64> = self.classes().map(|class| self.of_told(class)).collect();
        let (mut found, mut by_chance) = (0.0, 0.0);
        for (row, in_truth) in truth.iter().enumerate() {
            for (column, in_told) in told.iter().enumerate() {
                let cost = cost(row, column);
                found += cost * self.cells[row * self.n_classes + column];
                by_chance += cost * in_truth * in_told / self.total();
            }
        }
        if by_chance == 0.0 {
            return Err(StatsError::Undefined {
                what: "kappa",
                reason: "chance agrees completely",
            });
        }
        Ok(1.0 - found / by_chance)
    }

    /// The correlation of truth and prediction (Matthews'; Gorodkin's for several classes); 0 if either is constant.
    ///
    /// # Reference
    /// J. Gorodkin (2004), Computational Biology and Chemistry 28, 367-374.
    #[must_use]
    pub fn correlation(&self) -> f64 {
        let (truth, told): (Vec<f64>, Vec<f64>) = self
            .classes()
            .map(|class| (self.of_truth(class), self.of_told(class)))
            .unzip();
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let total = self.total();
        let right = self.accuracy() * total;
        let spread = |of: &[f64]| total * total - product(of, of);
        let scale = sqrt(spread(&truth) * spread(&told));
        if scale > 0.0 {
            (right * total - product(&truth, &told)) / scale
        } else {
            0.0
        }
    }

    /// The mean over classes of what truth and prediction have in common by what either has; classes in neither left out.
    #[must_use]
    pub fn mean_jaccard(&self) -> f64 {
        let shares: Vec<f64> = self
            .classes()
            .map(|class| (self.right(class), self.of_truth(class) + self.of_told(class)))
            .filter(|(_, either)| *either > 0.0)
            .map(|(right, both)| right / (both - right))
            .collect();
        shares.iter().sum::<f64>() / shares.len() as f64
    }
}

fn ratios(right: f64, told: f64, truth: f64, beta: f64) -> PrecisionRecall {
    let or_zero = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
    let square = beta * beta;
    PrecisionRecall {
        precision: or_zero(right, told),
        recall: or_zero(right, truth),
        f_beta: or_zero((1.0 + square) * right, square * truth + told),
    }
}

fn mean_of(parts: impl Iterator<Item = (f64, PrecisionRecall)>) -> PrecisionRecall {
    let (mut total, mut sums) = (0.0, [0.0; 3]);
    for (weight, part) in parts {
        total += weight;
        let values = [part.precision, part.recall, part.f_beta];
        sums.iter_mut()
            .zip(values)
            .for_each(|(sum, value)| *sum += weight * value);
    }
    let [precision, recall, f_beta] = sums.map(|sum| if total > 0.0 { sum / total } else { 0.0 });
    PrecisionRecall {
        precision,
        recall,
        f_beta,
    }
}
