//! What XGBoost's objectives make of margins, and of the base score before them.

use stats::math;

use super::ImportError;
use super::assemble::{Answer, Objective};
use super::value::Place;
use crate::Link;

/// The objective of a learner.
pub(super) fn read(learner: &Place, n_outputs: usize) -> Result<Objective, ImportError> {
    let place = learner.key("objective")?.key("name")?;
    let name = place.text()?;
    let (answer, link) = match name {
        // The raw margin of `logitraw` is that of a probability all the same.
        "binary:logistic" | "binary:logitraw" => (Answer::Binary, Link::Sigmoid { slope: 1.0 }),
        "reg:logistic" => (Answer::Number, Link::Sigmoid { slope: 1.0 }),
        "multi:softprob" | "multi:softmax" => (Answer::Classes(n_outputs), Link::Softmax),
        "count:poisson" | "reg:gamma" | "reg:tweedie" | "survival:cox" | "survival:aft" => {
            (Answer::Number, Link::Exp)
        }
        "reg:squarederror"
        | "reg:linear"
        | "reg:squaredlogerror"
        | "reg:absoluteerror"
        | "reg:pseudohubererror"
        | "reg:quantileerror"
        | "reg:expectileerror"
        | "rank:ndcg"
        | "rank:map"
        | "rank:pairwise" => (Answer::Number, Link::Identity),
        other => {
            return Err(ImportError::unsupported(
                place.path(),
                format!("the objective `{other}`"),
                "train with one of the library's own objectives for numbers, two or more classes, or ranking",
            ));
        }
    };
    let fits = match answer {
        Answer::Classes(n_classes) => 3 <= n_classes,
        Answer::Binary | Answer::Number => n_outputs == 1,
    };
    if !fits {
        return Err(ImportError::unsupported(
            place.path(),
            format!("the objective `{name}` with {n_outputs} outputs"),
            "classes need three outputs or more (train two classes with `binary:logistic`), everything else one",
        ));
    }
    Ok(Objective {
        name: name.to_owned(),
        answer,
        link,
    })
}

/// The margin that every row starts from, `(n_outputs,)`: the base score, `5E-1` or `[5E-1]` or one for each output,
/// through the inverse of the link.
pub(super) fn base(parameters: &Place, objective: &str, n_outputs: usize) -> Result<Vec<f64>, ImportError> {
    let place = parameters.key("base_score")?;
    let text = place.text()?;
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let scores: Option<Vec<f32>> = inner
        .unwrap_or(text)
        .split(',')
        .map(|score| score.trim().parse().ok())
        .collect();
    let scores = scores.filter(|scores| scores.len() == 1 || scores.len() == n_outputs);
    let scores = scores.ok_or_else(|| place.wrong(format!("1 or {n_outputs} numbers")))?;
    let margins: Vec<f64> = scores
        .iter()
        .map(|&score| f64::from(margin(objective, score)))
        .collect();
    if let Some(wrong) = margins.iter().position(|margin| !margin.is_finite()) {
        return Err(ImportError::malformed(
            place.path(),
            scores[wrong],
            format!("a number that `{objective}` has a margin for"),
        ));
    }
    Ok(match margins[..] {
        [margin] => vec![margin; n_outputs],
        _ => margins,
    })
}

/// The margin of a base score, rounded to `f32` step by step as XGBoost does.
fn margin(objective: &str, score: f32) -> f32 {
    let ln = |x: f32| math::ln(f64::from(x)) as f32;
    match objective {
        "binary:logistic" | "reg:logistic" => -ln(1.0 / score - 1.0),
        "count:poisson" | "reg:gamma" | "reg:tweedie" | "survival:cox" | "survival:aft" => ln(score),
        _ => score,
    }
}
