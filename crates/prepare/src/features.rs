//! What a model sees: columns of numbers and category codes, one entry per row.

/// The code of a missing category value.
pub const MISSING_CODE: u32 = u32::MAX;

/// One model input, `(n_rows,)`.
#[derive(Clone, Debug, PartialEq)]
pub enum FeatureColumn {
    /// Numbers; missing is `NaN`, infinities do not occur.
    Number(Vec<f64>),
    /// Codes in `0..n_levels`, or [`MISSING_CODE`]. The last level, `n_levels - 1`, is always "other": levels
    /// that were too rare in training to be named, and every level never seen there.
    Category {
        /// One code a row.
        codes: Vec<u32>,
        /// How many codes there are, "other" included.
        n_levels: u32,
    },
}

/// The inputs of a model, `(n_rows, n_features)` column by column, as a fitted recipe makes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// How many rows each column has.
    pub n_rows: usize,
    /// The columns in the order of the recipe's features.
    pub columns: Vec<FeatureColumn>,
}

impl FeatureColumn {
    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            FeatureColumn::Number(values) => values.len(),
            FeatureColumn::Category { codes, .. } => codes.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts the rows of another column of the same kind behind these.
    ///
    /// # Panics
    /// If the kinds differ, which is an error of the caller.
    pub fn append(&mut self, other: FeatureColumn) {
        match (self, other) {
            (FeatureColumn::Number(values), FeatureColumn::Number(others)) => values.extend(others),
            (FeatureColumn::Category { codes, .. }, FeatureColumn::Category { codes: others, .. }) => {
                codes.extend(others);
            }
            _ => panic!("numbers and categories do not stand in one column"),
        }
    }

    /// The rows at `rows`, in that order.
    ///
    /// # Panics
    /// If a position is out of range, which is an error of the caller.
    pub fn take(&self, rows: &[usize]) -> FeatureColumn {
        match self {
            FeatureColumn::Number(values) => {
                FeatureColumn::Number(rows.iter().map(|&row| values[row]).collect())
            }
            FeatureColumn::Category { codes, n_levels } => FeatureColumn::Category {
                codes: rows.iter().map(|&row| codes[row]).collect(),
                n_levels: *n_levels,
            },
        }
    }
}

impl Features {
    /// Puts rows of the same columns behind.
    ///
    /// # Panics
    /// If a column is of another kind, which is an error of the caller.
    pub fn append(&mut self, other: Features) {
        self.n_rows += other.n_rows;
        let columns = self.columns.iter_mut().zip(other.columns);
        columns.for_each(|(column, more)| column.append(more));
    }

    /// The rows at `rows`, in that order.
    ///
    /// # Panics
    /// If a position is out of range, which is an error of the caller.
    pub fn take(&self, rows: &[usize]) -> Features {
        Features {
            n_rows: rows.len(),
            columns: self.columns.iter().map(|column| column.take(rows)).collect(),
        }
    }
}
