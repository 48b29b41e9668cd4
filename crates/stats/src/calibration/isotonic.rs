use crate::{StatsError, check};

/// A rising function through `(x, y)` points: linear between them, constant beyond.
#[derive(Debug, Clone, PartialEq)]
pub struct Isotonic {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Isotonic {
    /// The function through these points.
    ///
    /// # Errors
    /// [`StatsError::Corrupt`] unless `x` rises, `y` does not fall, both are finite, of one length and not empty.
    pub fn from_points(x: Vec<f64>, y: Vec<f64>) -> Result<Self, StatsError> {
        let corrupt = |reason| {
            Err(StatsError::Corrupt {
                what: "isotonic function",
                reason,
            })
        };
        if x.is_empty() || x.len() != y.len() {
            return corrupt("no points, or x and y of different length");
        }
        if x.iter().chain(&y).any(|v| !v.is_finite()) {
            return corrupt("a point is not finite");
        }
        if x.windows(2).any(|pair| pair[0] >= pair[1]) || y.windows(2).any(|pair| pair[0] > pair[1]) {
            return corrupt("points do not rise");
        }
        Ok(Self { x, y })
    }

    /// The points, `x` ascending.
    #[must_use]
    pub fn points(&self) -> (&[f64], &[f64]) {
        (&self.x, &self.y)
    }

    /// The value at `x`; NaN for NaN.
    #[must_use]
    pub fn apply(&self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        let above = self.x.partition_point(|point| *point < x);
        if above == 0 {
            return self.y[0];
        }
        if above == self.x.len() {
            return self.y[above - 1];
        }
        let (x0, x1, y0, y1) = (self.x[above - 1], self.x[above], self.y[above - 1], self.y[above]);
        if y0 == y1 {
            y1
        } else {
            (y0 + (y1 - y0) * ((x - x0) / (x1 - x0))).clamp(y0, y1)
        }
    }
}

/// The rising function of the scores that is nearest to the targets in weighted squares (pool adjacent violators).
///
/// # Shapes and units
/// `scores`, `targets` and `weights` are `(n_rows,)`; targets of 0 and 1 give probabilities. Rows with equal scores are
/// averaged first. Points inside a constant stretch are left out.
///
/// # Assumptions
/// Overfits below some hundred rows: prefer [`platt`](super::platt()) there.
///
/// # Errors
/// [`StatsError::TooFewValues`] without rows; lengths, NaN and weights as for metrics.
///
/// # Reference
/// M. Ayer et al. (1955), Annals of Mathematical Statistics 26, 641-647. Checked against scikit-learn `IsotonicRegression`.
pub fn isotonic(scores: &[f64], targets: &[f64], weights: Option<&[f64]>) -> Result<Isotonic, StatsError> {
    check::at_least("scores", scores.len(), 1)?;
    check::same_length("targets", targets.len(), scores.len())?;
    check::finite("scores", scores)?;
    check::finite("targets", targets)?;
    check::weights(weights, scores.len())?;
    let mut blocks: Vec<Block> = Vec::new();
    for point in averaged(scores, targets, weights) {
        blocks.push(point);
        while let [.., before, last] = blocks.as_slice() {
            if before.mean() < last.mean() {
                break;
            }
            let merged = Block {
                first: before.first,
                last: last.last,
                weight: before.weight + last.weight,
                sum: before.sum + last.sum,
            };
            blocks.truncate(blocks.len() - 2);
            blocks.push(merged);
        }
    }
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for block in &blocks {
        x.push(block.first);
        y.push(block.mean());
        if block.last > block.first {
            x.push(block.last);
            y.push(block.mean());
        }
    }
    Isotonic::from_points(x, y)
}

#[derive(Clone)]
struct Block {
    first: f64,
    last: f64,
    weight: f64,
    sum: f64,
}

impl Block {
    fn mean(&self) -> f64 {
        self.sum / self.weight
    }
}

/// One block per distinct score with weight, by rising score.
fn averaged(scores: &[f64], targets: &[f64], weights: Option<&[f64]>) -> Vec<Block> {
    let mut order: Vec<usize> = (0..scores.len())
        .filter(|&row| check::weight(weights, row) > 0.0)
        .collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let tied = order.chunk_by(|&a, &b| scores[a] == scores[b]);
    let block = |rows: &[usize]| {
        let weight = rows.iter().map(|&row| check::weight(weights, row)).sum();
        let sum = rows
            .iter()
            .map(|&row| check::weight(weights, row) * targets[row])
            .sum();
        let at = scores[rows[0]] + 0.0;
        Block {
            first: at,
            last: at,
            weight,
            sum,
        }
    };
    tied.map(block).collect()
}
