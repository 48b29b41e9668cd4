//! What an estimator is to tell.

use super::Lesson;
use crate::ProjectError;
use bundle::Task;
use learn::{LearnError, Target};

/// What to tell, an entry per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Aim {
    /// One of some classes.
    Classes {
        /// The classes' names, in the order of their codes.
        names: Vec<String>,
        /// A code per row.
        codes: Vec<u32>,
    },
    /// A finite number.
    Numbers(Vec<f64>),
    /// How well rows answer their query.
    Ranks {
        /// From 0 to 31.
        relevance: Vec<f64>,
        /// The query of each row.
        query: Vec<u32>,
    },
    /// How unlike the others a row is; nothing is told of the rows learnt from.
    Anomalies,
}

impl Aim {
    /// The rows at `rows`, in that order.
    pub(super) fn take(&self, rows: &[usize]) -> Aim {
        let codes_at = |codes: &[u32]| rows.iter().map(|row| codes[*row]).collect();
        let numbers_at = |numbers: &[f64]| rows.iter().map(|row| numbers[*row]).collect();
        match self {
            Aim::Classes { names, codes } => Aim::Classes {
                names: names.clone(),
                codes: codes_at(codes),
            },
            Aim::Numbers(values) => Aim::Numbers(numbers_at(values)),
            Aim::Ranks { relevance, query } => Aim::Ranks {
                relevance: numbers_at(relevance),
                query: codes_at(query),
            },
            Aim::Anomalies => Aim::Anomalies,
        }
    }

    /// What a trainer learns from `n_rows`.
    pub(super) fn target(&self, n_rows: usize) -> Target {
        match self {
            Aim::Classes { names, codes } if names.len() == 2 => {
                Target::Binary(codes.iter().map(|code| *code == 1).collect())
            }
            Aim::Classes { names, codes } => Target::Classes {
                codes: codes.clone(),
                n_classes: names.len() as u32,
            },
            Aim::Numbers(values) => Target::Number(values.clone()),
            Aim::Ranks { relevance, query } => Target::Ranks {
                relevance: relevance.clone(),
                query: query.clone(),
            },
            Aim::Anomalies => Target::Nothing(n_rows),
        }
    }

    /// What a bundle says that it tells; `levels` are those of quantiles, if that is what the trainer tells.
    pub(super) fn task(&self, target: &str, levels: &[f64]) -> Task {
        let target = target.to_owned();
        match self {
            Aim::Classes { names, .. } => match names.as_slice() {
                [negative, positive] => Task::Binary {
                    target,
                    negative: negative.clone(),
                    positive: positive.clone(),
                },
                names => Task::Classes {
                    target,
                    classes: names.to_vec(),
                },
            },
            Aim::Numbers(_) if levels.is_empty() => Task::Regression { target },
            Aim::Numbers(_) => Task::Quantiles {
                target,
                levels: levels.to_vec(),
            },
            Aim::Ranks { .. } => Task::Ranking {
                target,
                query: "query".to_owned(),
            },
            Aim::Anomalies => Task::Anomaly,
        }
    }

    /// Refuses no rows, other numbers of entries than rows, and fewer than two classes among the rows learnt from.
    pub(super) fn check(&self, lesson: &Lesson) -> Result<(), ProjectError> {
        let n_rows = lesson.rows.features.n_rows;
        let n_learnt = n_rows.saturating_sub(lesson.n_held_out);
        if n_learnt == 0 {
            return Err(ProjectError::Learn(LearnError::NoRows));
        }
        let Aim::Classes { names, codes } = self else {
            return Ok(());
        };
        let first = codes.first();
        let is_one_class = codes.iter().take(n_learnt).all(|code| Some(code) == first);
        if is_one_class {
            let name = first.and_then(|code| names.get(*code as usize));
            return Err(ProjectError::data(
                format!("the target `{}`", lesson.target),
                format!("only one class, {}", name.map_or("of no name", String::as_str)),
                "rows of at least two classes with a positive weight",
            ));
        }
        Ok(())
    }
}
