//! What a model said of each row beside the truth: losses, what was told, what was observed.

use crate::ProjectError;
use bundle::{Bundle, Task};
use stats::{math, metric};
use table::Table;
use table::write::cell_text;

/// What the loss of quantiles is called.
pub(super) const PINBALL: &str = "pinball loss";

/// Rows judged one by one; every vector is `(n_rows,)`.
pub(super) struct Judged {
    pub(super) loss_name: &'static str,
    pub(super) losses: Vec<f64>,
    /// What was told: a probability, a number, the probability of the likeliest class, the level of the middle quantile.
    pub(super) told: Vec<f64>,
    /// What was observed of it: 1 or 0, or the truth.
    pub(super) observed: Vec<f64>,
    /// For classes: the loss that the probabilities themselves expect, their entropy.
    pub(super) expected: Option<Vec<f64>>,
    /// Whether told and observed are shares.
    pub(super) is_share: bool,
    /// The class whose probability is told, of two.
    pub(super) positive: Option<String>,
}

/// Refuses a model that has no truth row by row.
pub(super) fn check(bundle: &Bundle) -> Result<(), ProjectError> {
    match bundle.task {
        Task::Ranking { .. } | Task::Anomaly => Err(ProjectError::data(
            format!("the model `{}`", bundle.name),
            format!("a model of {}", bundle.task.word()),
            "one of classes, numbers or quantiles, whose rows can be judged one by one",
        )),
        _ => Ok(()),
    }
}

impl Judged {
    /// Judges rows that all have a truth by their margins, `(n_rows, n_outputs)`.
    pub(super) fn of(bundle: &Bundle, rows: &Table, margins: &[f64]) -> Result<Judged, ProjectError> {
        check(bundle)?;
        let probabilities = bundle.probabilities(margins);
        let predictions = bundle.predictions(margins);
        match &bundle.task {
            Task::Binary {
                target,
                negative,
                positive,
            } => {
                let classes = [negative.clone(), positive.clone()];
                let labels: Vec<bool> = codes(rows, target, &classes)?
                    .iter()
                    .map(|code| *code == 1)
                    .collect();
                of_two(&labels, probabilities, positive)
            }
            Task::Classes { target, classes } => {
                of_classes(&codes(rows, target, classes)?, &probabilities, classes.len())
            }
            Task::Quantiles { target, levels } => of_quantiles(&numbers(rows, target)?, &predictions, levels),
            task => Ok(of_numbers(
                &numbers(rows, task.target())?,
                predictions,
                by_absolute_error(bundle),
            )),
        }
    }

    /// Told minus observed: above 0 where the model tells too much.
    pub(super) fn errors(&self) -> Vec<f64> {
        // More truths below a quantile than promised: it is too high.
        let sign = if self.are_quantiles() { -1.0 } else { 1.0 };
        let pairs = self.told.iter().zip(&self.observed);
        pairs.map(|(told, observed)| sign * (told - observed)).collect()
    }

    fn are_quantiles(&self) -> bool {
        self.loss_name == PINBALL
    }
}

fn of_two(labels: &[bool], told: Vec<f64>, positive: &str) -> Result<Judged, ProjectError> {
    Ok(Judged {
        loss_name: "log loss",
        losses: metric::row_log_losses(labels, &told)?,
        expected: Some(told.iter().map(|p| entropy(&[*p, 1.0 - p])).collect()),
        observed: labels.iter().map(|label| f64::from(u8::from(*label))).collect(),
        told,
        is_share: true,
        positive: Some(positive.to_owned()),
    })
}

fn of_classes(codes: &[u32], probabilities: &[f64], n_classes: usize) -> Result<Judged, ProjectError> {
    let rows = || probabilities.chunks_exact(n_classes);
    let likeliest: Vec<usize> = rows().map(metric::most_probable).collect();
    let is_right = |(code, said): (&u32, &usize)| f64::from(u8::from(*code as usize == *said));
    Ok(Judged {
        loss_name: "log loss",
        losses: metric::row_multiclass_log_losses(codes, probabilities, n_classes)?,
        told: rows().zip(&likeliest).map(|(row, said)| row[*said]).collect(),
        observed: codes.iter().zip(&likeliest).map(is_right).collect(),
        expected: Some(rows().map(entropy).collect()),
        is_share: true,
        positive: None,
    })
}

fn of_numbers(truths: &[f64], told: Vec<f64>, is_absolute: bool) -> Judged {
    let loss = |(truth, told): (&f64, &f64)| match is_absolute {
        true => (truth - told).abs(),
        false => (truth - told) * (truth - told),
    };
    Judged {
        loss_name: if is_absolute {
            "absolute error"
        } else {
            "squared error"
        },
        losses: truths.iter().zip(&told).map(loss).collect(),
        observed: truths.to_vec(),
        told,
        expected: None,
        is_share: false,
        positive: None,
    }
}

/// The quantile nearest the median is the one whose share of smaller truths is compared with its level.
fn of_quantiles(truths: &[f64], told: &[f64], levels: &[f64]) -> Result<Judged, ProjectError> {
    let column = |place: usize| {
        told.iter()
            .skip(place)
            .step_by(levels.len())
            .copied()
            .collect::<Vec<f64>>()
    };
    let mut losses = vec![0.0; truths.len()];
    for (place, level) in levels.iter().enumerate() {
        let of_level = metric::row_pinball_losses(truths, &column(place), *level)?;
        losses
            .iter_mut()
            .zip(of_level)
            .for_each(|(sum, loss)| *sum += loss / levels.len() as f64);
    }
    let from_middle = |place: &usize| (levels[*place] - 0.5).abs();
    let middle = (0..levels.len())
        .min_by(|a, b| from_middle(a).total_cmp(&from_middle(b)))
        .unwrap_or(0);
    let is_below = |(truth, told): (&f64, &f64)| f64::from(u8::from(truth <= told));
    Ok(Judged {
        loss_name: PINBALL,
        losses,
        told: vec![levels[middle]; truths.len()],
        observed: truths.iter().zip(&column(middle)).map(is_below).collect(),
        expected: None,
        is_share: true,
        positive: None,
    })
}

fn entropy(probabilities: &[f64]) -> f64 {
    let part = |p: &f64| if 0.0 < *p { -p * math::ln(*p) } else { 0.0 };
    probabilities.iter().map(part).sum()
}

/// Whether the model learnt by absolute errors, or by a loss between them and squared ones.
fn by_absolute_error(bundle: &Bundle) -> bool {
    let robust = ["absolute", "huber"];
    let parameters = &bundle.lineage.parameters;
    parameters
        .iter()
        .any(|(name, value)| name == "loss" && robust.contains(&value.trim_matches('"')))
}

fn numbers(rows: &Table, target: &str) -> Result<Vec<f64>, ProjectError> {
    let found = match rows.kind(target) {
        Some(kind) if kind.is_numeric() => bundle::baseline::numbers(rows, target)?,
        kind => {
            let found = kind.map_or("nothing".to_owned(), |kind| format!("a column of {kind}"));
            return Err(ProjectError::data(
                format!("`{target}`"),
                found,
                "the numbers that the model tells",
            ));
        }
    };
    match found.len() == rows.n_rows() && found.iter().all(|x| x.is_finite()) {
        true => Ok(found),
        false => Err(ProjectError::data(
            format!("`{target}`"),
            "numbers that are not finite",
            "finite numbers",
        )),
    }
}

/// The class of each row; classes that are not the model's are counted, never named.
fn codes(rows: &Table, target: &str, classes: &[String]) -> Result<Vec<u32>, ProjectError> {
    let cells = rows.column(target)?;
    let code = |row: usize| {
        let text = cell_text(cells.as_ref(), row)?;
        // A class of whole numbers may be read as a number: 1.0 is the class 1.
        let plain = table::plain_category(&text);
        let is_it = |class: &String| *class == text || plain == Some(class.as_str());
        classes.iter().position(is_it).map(|place| place as u32)
    };
    let found: Vec<Option<u32>> = (0..rows.n_rows()).map(code).collect();
    match found.iter().filter(|code| code.is_none()).count() {
        0 => Ok(found.into_iter().flatten().collect()),
        n => Err(ProjectError::data(
            format!("`{target}`"),
            format!(
                "other values in {} of {} rows",
                report::format_count(n as u64),
                report::format_count(rows.n_rows() as u64)
            ),
            format!(
                "the classes of the model: {}",
                table::quoted_list(classes.iter().map(String::as_str), 12)
            ),
        )),
    }
}
