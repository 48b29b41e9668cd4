//! What LightGBM's objectives make of margins.

use super::ImportError;
use super::assemble::{Answer, Objective};
use super::lightgbm::Block;
use crate::Link;

/// The objective that the header names; without one (a custom objective) the margin is the answer.
pub(super) fn read(header: &Block, n_outputs: usize) -> Result<Objective, ImportError> {
    let text = header.maybe("objective").unwrap_or("custom");
    let mut words = text.split_ascii_whitespace();
    let name = words.next().unwrap_or("custom");
    let words: Vec<&str> = words.collect();
    let slope = || match words.iter().find_map(|word| word.strip_prefix("sigmoid:")) {
        None => Ok(1.0),
        Some(slope) => slope
            .parse()
            .map_err(|_| header.wrong("objective", text, "a number behind `sigmoid:`")),
    };
    let (answer, link) = match name {
        "binary" => (Answer::Binary, Link::Sigmoid { slope: slope()? }),
        "multiclass" | "softmax" => (Answer::Classes(n_outputs), Link::Softmax),
        "multiclassova" | "multiclass_ova" | "ova" | "ovr" => {
            (Answer::Classes(n_outputs), Link::Sigmoid { slope: slope()? })
        }
        "poisson" | "gamma" | "tweedie" => (Answer::Number, Link::Exp),
        "cross_entropy" | "xentropy" => (Answer::Number, Link::Sigmoid { slope: 1.0 }),
        "cross_entropy_lambda" | "xentlambda" => (Answer::Number, Link::Softplus),
        "regression" | "regression_l1" | "l1" | "l2" | "huber" | "fair" | "quantile" | "mape" => {
            let link = match words.contains(&"sqrt") {
                true => Link::SignedSquare,
                false => Link::Identity,
            };
            (Answer::Number, link)
        }
        "lambdarank" | "rank_xendcg" | "custom" | "none" => (Answer::Number, Link::Identity),
        other => {
            return Err(ImportError::unsupported(
                header.place("objective"),
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
            header.place("objective"),
            format!("the objective `{name}` with {n_outputs} outputs"),
            "classes need three outputs or more (train two classes with `binary`), everything else one",
        ));
    }
    Ok(Objective {
        name: text.to_owned(),
        answer,
        link,
    })
}
