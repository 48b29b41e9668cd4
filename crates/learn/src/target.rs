use bundle::Link;

use crate::LearnError;

/// What a model shall learn to tell, one entry per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Yes or no; the margin is the log-odds of yes, or what the trainer's link says.
    Binary(Vec<bool>),
    /// One of several classes; one margin per class, up to a constant the log of its probability, or what the
    /// trainer's link says.
    Classes {
        /// A class per row, in `0..n_classes`.
        codes: Vec<u32>,
        /// How many classes there are, at least 2.
        n_classes: u32,
    },
    /// A finite number; the margin is its mean, or what the trainer's link and loss say.
    Number(Vec<f64>),
    /// How well each row answers its query; the margin puts the rows of a query in order.
    Ranks {
        /// Zero or more, at most 31; a gain of `2^relevance - 1`.
        relevance: Vec<f64>,
        /// The query of each row.
        query: Vec<u32>,
    },
    /// Nothing, of so many rows: what is learnt is what rows are like.
    Nothing(usize),
}

impl Target {
    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Target::Binary(labels) => labels.len(),
            Target::Classes { codes, .. } => codes.len(),
            Target::Number(values) => values.len(),
            Target::Ranks { relevance, .. } => relevance.len(),
            Target::Nothing(n_rows) => *n_rows,
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The margins that a model of this target has per row.
    pub fn n_outputs(&self) -> usize {
        match self {
            Target::Classes { n_classes, .. } => *n_classes as usize,
            _ => 1,
        }
    }

    /// How many classes there are; none for numbers, ranks and nothing.
    pub fn n_classes(&self) -> usize {
        match self {
            Target::Binary(_) => 2,
            Target::Classes { n_classes, .. } => *n_classes as usize,
            Target::Number(_) | Target::Ranks { .. } | Target::Nothing(_) => 0,
        }
    }

    /// What a margin means unless the trainer says otherwise.
    pub fn link(&self) -> Link {
        match self {
            Target::Binary(_) => Link::Sigmoid { slope: 1.0 },
            Target::Classes { .. } => Link::Softmax,
            Target::Number(_) | Target::Ranks { .. } | Target::Nothing(_) => Link::Identity,
        }
    }

    /// The rows at `rows`, in that order.
    ///
    /// # Panics
    /// If a position is out of range, which is an error of the caller.
    pub fn take(&self, rows: &[usize]) -> Target {
        match self {
            Target::Binary(labels) => Target::Binary(rows.iter().map(|&row| labels[row]).collect()),
            Target::Classes { codes, n_classes } => {
                let codes = rows.iter().map(|&row| codes[row]).collect();
                Target::Classes {
                    codes,
                    n_classes: *n_classes,
                }
            }
            Target::Number(values) => Target::Number(rows.iter().map(|&row| values[row]).collect()),
            Target::Ranks { relevance, query } => Target::Ranks {
                relevance: rows.iter().map(|&row| relevance[row]).collect(),
                query: rows.iter().map(|&row| query[row]).collect(),
            },
            Target::Nothing(_) => Target::Nothing(rows.len()),
        }
    }

    /// The class of a row, if the target has classes; yes is 1.
    pub(crate) fn class(&self, row: usize) -> Option<u32> {
        match self {
            Target::Binary(labels) => Some(u32::from(labels[row])),
            Target::Classes { codes, .. } => Some(codes[row]),
            Target::Number(_) | Target::Ranks { .. } | Target::Nothing(_) => None,
        }
    }

    /// A word for it in errors.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Target::Binary(_) => "yes and no",
            Target::Classes { .. } => "classes",
            Target::Number(_) => "numbers",
            Target::Ranks { .. } => "ranks",
            Target::Nothing(_) => "nothing",
        }
    }

    /// Checks that every entry is one that can be learnt.
    ///
    /// # Errors
    /// [`LearnError::Value`] with the first row that is not, [`LearnError::TooMany`] classes.
    pub(crate) fn check(&self) -> Result<(), LearnError> {
        match self {
            Target::Binary(_) | Target::Nothing(_) => Ok(()),
            Target::Classes { codes, n_classes } => check_classes(codes, *n_classes),
            Target::Number(values) => check_numbers(values),
            Target::Ranks { relevance, query } => check_ranks(relevance, query),
        }
    }
}

fn check_classes(codes: &[u32], n_classes: u32) -> Result<(), LearnError> {
    let most = bundle::model::MAX_OUTPUTS;
    if most < n_classes as usize {
        let found = n_classes as usize;
        return Err(LearnError::TooMany {
            trainer: "a model",
            what: "classes",
            found,
            most,
        });
    }
    match codes.iter().position(|&code| n_classes <= code) {
        None => Ok(()),
        Some(row) => {
            let (found, expected) = (f64::from(codes[row]), "a class below `n_classes`");
            Err(LearnError::Value {
                what: "target",
                row,
                found,
                expected,
            })
        }
    }
}

fn check_ranks(relevance: &[f64], query: &[u32]) -> Result<(), LearnError> {
    if relevance.len() != query.len() {
        return Err(LearnError::Length {
            what: "query",
            found: query.len(),
            expected: relevance.len(),
        });
    }
    match relevance.iter().position(|value| !(0.0..=31.0).contains(value)) {
        None => Ok(()),
        Some(row) => Err(LearnError::Value {
            what: "target",
            row,
            found: relevance[row],
            expected: "a relevance from 0 to 31",
        }),
    }
}

fn check_numbers(values: &[f64]) -> Result<(), LearnError> {
    // Beyond 1e150 squares overflow.
    let fits = |value: &f64| value.abs() <= 1e150;
    match values.iter().position(|value| !fits(value)) {
        None => Ok(()),
        Some(row) => {
            let expected = "a number within ±1e150";
            Err(LearnError::Value {
                what: "target",
                row,
                found: values[row],
                expected,
            })
        }
    }
}
