//! Everything that must hold before parts become a linear model.

use super::{LinearParts, number_term};
use crate::Grid;
use crate::fixed::MAX_UNITS;
use crate::model::constant::{check_base, check_outputs};
use crate::model::{MAX_FEATURES, ModelError};

pub(super) fn check(parts: &LinearParts, grid: Grid) -> Result<(), ModelError> {
    check_outputs(parts.intercept.len())?;
    check_base(&parts.intercept)?;
    check_lengths(parts)?;
    check_numbers(parts)?;
    check_sums(parts, grid)
}

fn check_lengths(parts: &LinearParts) -> Result<(), ModelError> {
    let (n_features, n_outputs) = (parts.feature_levels.len(), parts.intercept.len());
    if MAX_FEATURES < n_features {
        return Err(ModelError::Count {
            count: "n_features",
            found: n_features,
            least: 0,
            most: MAX_FEATURES,
        });
    }
    let n_numbers = parts.feature_levels.iter().filter(|&&levels| levels == 0).count();
    // At most 2^24 features of 2^32 levels: this sum cannot overflow 64 bits.
    let n_levels: usize = parts.feature_levels.iter().map(|&levels| levels as usize).sum();
    for (list, found, expected) in [
        ("center", parts.center.len(), n_numbers),
        ("scale", parts.scale.len(), n_numbers),
        ("low", parts.low.len(), n_numbers),
        ("high", parts.high.len(), n_numbers),
        ("coefficient", parts.coefficient.len(), n_numbers * n_outputs),
        ("level", parts.level.len(), n_levels.saturating_mul(n_outputs)),
        ("missing", parts.missing.len(), n_features * n_outputs),
        ("mean", parts.mean.len(), n_features * n_outputs),
    ] {
        if found != expected {
            return Err(ModelError::Length {
                list,
                found,
                expected,
            });
        }
    }
    Ok(())
}

fn check_numbers(parts: &LinearParts) -> Result<(), ModelError> {
    let finite = "a finite number";
    for (list, numbers) in [
        ("center", &parts.center),
        ("scale", &parts.scale),
        ("low", &parts.low),
        ("high", &parts.high),
        ("coefficient", &parts.coefficient),
    ] {
        if let Some(position) = numbers.iter().position(|number| !number.is_finite()) {
            return Err(ModelError::Value {
                list,
                position,
                found: numbers[position],
                expected: finite,
            });
        }
    }
    if let Some(position) = parts.scale.iter().position(|&scale| scale <= 0.0) {
        let (found, expected) = (parts.scale[position], "a positive number");
        return Err(ModelError::Value {
            list: "scale",
            position,
            found,
            expected,
        });
    }
    if let Some(position) = parts
        .low
        .iter()
        .zip(&parts.high)
        .position(|(low, high)| high < low)
    {
        let (found, expected) = (parts.low[position], "at most the upper bound");
        return Err(ModelError::Value {
            list: "low",
            position,
            found,
            expected,
        });
    }
    Ok(())
}

/// The largest sum of terms that any row could meet must stay where sums are exact. A term is monotone in its
/// number, so a number's largest is at one of its bounds.
fn check_sums(parts: &LinearParts, grid: Grid) -> Result<(), ModelError> {
    let n_outputs = parts.intercept.len();
    for output in 0..n_outputs {
        let mut sum = size(parts.intercept[output]);
        let (mut number, mut first_level) = (0, 0);
        for (feature, &n_levels) in parts.feature_levels.iter().enumerate() {
            let missing = size(parts.missing[feature * n_outputs + output]);
            let mean = size(parts.mean[feature * n_outputs + output]);
            let levels = first_level..first_level + n_levels as usize;
            let mut largest = missing.max(mean);
            for level in levels {
                largest = largest.max(size(parts.level[level * n_outputs + output]));
            }
            if n_levels == 0 {
                for bound in [parts.low[number], parts.high[number]] {
                    largest = largest.max(size(number_term(parts, grid, number, output, bound)));
                }
                number += 1;
            }
            first_level += n_levels as usize;
            sum += largest;
        }
        if i128::from(MAX_UNITS) <= sum {
            return Err(ModelError::Overflow { output, found: sum });
        }
    }
    Ok(())
}

fn size(units: i64) -> i128 {
    i128::from(units).abs()
}
