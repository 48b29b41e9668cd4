//! What a model predicts.

use serde::{Deserialize, Serialize};

use crate::Link;

/// What the model predicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// One of two classes; one margin, which tells the probability of the second.
    Binary {
        /// The column predicted.
        target: String,
        /// The class that is not asked for.
        negative: String,
        /// The class whose probability is given.
        positive: String,
    },
    /// One of three classes or more; a margin each.
    Classes {
        /// The column predicted.
        target: String,
        /// The classes in the order of the margins.
        classes: Vec<String>,
    },
    /// A number.
    Regression {
        /// The column predicted.
        target: String,
    },
    /// Quantiles of a number; a margin each.
    ///
    /// Margins of a row may cross where levels were learnt apart. Its answers are the same numbers in rising order: no
    /// quantile loss grows by that (Chernozhukov, Fernández-Val, Galichon 2010, Econometrica 78).
    Quantiles {
        /// The column predicted.
        target: String,
        /// The levels in the order of the margins: rising, above 0 and below 1.
        levels: Vec<f64>,
    },
    /// The order of the rows of a query: the larger the margin, the earlier.
    Ranking {
        /// The column that says how well a row answers its query.
        target: String,
        /// The column that names the query.
        query: String,
    },
    /// How unlike the training rows a row is: a score in (0, 1), one half for an ordinary row.
    Anomaly,
}

impl Task {
    /// The column predicted; empty for anomalies, which have none.
    pub fn target(&self) -> &str {
        match self {
            Task::Binary { target, .. }
            | Task::Classes { target, .. }
            | Task::Regression { target }
            | Task::Quantiles { target, .. }
            | Task::Ranking { target, .. } => target,
            Task::Anomaly => "",
        }
    }

    /// The same task with classes that are only numbered, for pages that must not name them.
    #[must_use]
    pub fn unnamed(&self) -> Task {
        let number = |position: usize| format!("class {}", position + 1);
        match self {
            Task::Binary { target, .. } => Task::Binary {
                target: target.clone(),
                negative: number(0),
                positive: number(1),
            },
            Task::Classes { target, classes } => Task::Classes {
                target: target.clone(),
                classes: (0..classes.len()).map(number).collect(),
            },
            task => task.clone(),
        }
    }

    /// Margins per row.
    pub fn n_outputs(&self) -> usize {
        match self {
            Task::Classes { classes, .. } => classes.len(),
            Task::Quantiles { levels, .. } => levels.len(),
            _ => 1,
        }
    }

    /// What is decided for, in order: `[negative, positive]` for two classes, `[normal, anomaly]` for anomalies;
    /// nothing for numbers and orders.
    pub fn classes(&self) -> Vec<&str> {
        match self {
            Task::Binary {
                negative, positive, ..
            } => vec![negative, positive],
            Task::Classes { classes, .. } => classes.iter().map(String::as_str).collect(),
            Task::Anomaly => vec!["normal", "anomaly"],
            Task::Regression { .. } | Task::Quantiles { .. } | Task::Ranking { .. } => Vec::new(),
        }
    }

    /// The class at a position among [`Task::classes`]; `None` beyond them.
    pub fn class(&self, position: usize) -> Option<&str> {
        match self {
            Task::Binary {
                negative, positive, ..
            } => [negative, positive].get(position).map(|class| class.as_str()),
            Task::Classes { classes, .. } => classes.get(position).map(String::as_str),
            Task::Anomaly => ["normal", "anomaly"].get(position).copied(),
            Task::Regression { .. } | Task::Quantiles { .. } | Task::Ranking { .. } => None,
        }
    }

    /// The word for the task in project files.
    pub fn word(&self) -> &'static str {
        match self {
            Task::Binary { .. } | Task::Classes { .. } => "classification",
            Task::Regression { .. } | Task::Quantiles { .. } => "regression",
            Task::Ranking { .. } => "ranking",
            Task::Anomaly => "anomaly",
        }
    }

    /// What a margin of this task means unless the model says otherwise.
    pub fn link(&self) -> Link {
        match self {
            Task::Binary { .. } => Link::Sigmoid { slope: 1.0 },
            Task::Classes { .. } => Link::Softmax,
            Task::Regression { .. } | Task::Quantiles { .. } | Task::Ranking { .. } => Link::Identity,
            Task::Anomaly => Link::Exp2,
        }
    }

    /// What of the task cannot be, if anything: found and expected.
    pub(crate) fn fault(&self) -> Option<(String, &'static str)> {
        match self {
            Task::Classes { classes, .. } if classes.len() < 3 => {
                Some(("fewer than 3 classes".to_owned(), "a binary task"))
            }
            Task::Quantiles { levels, .. } => {
                let are_within = levels.iter().all(|level| 0.0 < *level && *level < 1.0);
                let are_sound = !levels.is_empty() && are_within && levels.is_sorted_by(|a, b| a < b);
                let expected = "rising levels above 0 and below 1";
                (!are_sound).then(|| (format!("levels {levels:?}"), expected))
            }
            _ => None,
        }
    }
}
