//! Losses and differences as they are read.

use super::record::WeakRecord;
use report::Format;

pub(super) fn is_squared(found: &WeakRecord) -> bool {
    found.loss_name == "squared error"
}

/// What a reader knows the loss by: squared errors by their root, in the unit of the target.
pub(super) fn loss_words(found: &WeakRecord) -> String {
    match is_squared(found) {
        true => "typical error (root mean square)".to_owned(),
        false => found.loss_name.clone(),
    }
}

pub(super) fn readable(found: &WeakRecord, x: f64) -> f64 {
    match is_squared(found) {
        true => stats::math::sqrt(x.max(0.0)),
        false => x,
    }
}

pub(super) fn loss(found: &WeakRecord, x: f64) -> String {
    Format::Number.value(readable(found, x))
}

pub(super) fn range(found: &WeakRecord, [_, low, high]: [f64; 3]) -> String {
    Format::Number.range(readable(found, low), readable(found, high))
}

pub(super) fn format(found: &WeakRecord) -> Format {
    if found.is_share {
        Format::Percent
    } else {
        Format::Number
    }
}

pub(super) fn difference(found: &WeakRecord, [value, low, high]: [f64; 3]) -> String {
    let format = if found.is_share {
        Format::Points
    } else {
        Format::Signed
    };
    format!("{} ({})", format.value(value), format.range(low, high))
}
