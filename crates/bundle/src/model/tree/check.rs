//! Everything that must hold before parts become a model: files are hostile until this has passed.

use super::parts::n_words;
use super::{FloatParts, LEAF, Layout, Precision, TreeParts};
use crate::fixed::MAX_UNITS;
use crate::model::constant::{check_base, check_outputs};
use crate::model::{MAX_FEATURES, ModelError};

/// Checks lists one by one and against each other; the shape of each tree is checked as the layout is built.
pub(super) fn check(parts: &TreeParts) -> Result<(), ModelError> {
    check_outputs(parts.n_outputs())?;
    check_base(&parts.base)?;
    check_trees(parts)?;
    check_nodes(parts)?;
    check_numbers(parts)?;
    match &parts.floats {
        Some(floats) => check_floats(parts, floats),
        None => Ok(()),
    }
}

fn check_trees(parts: &TreeParts) -> Result<(), ModelError> {
    let (found, most) = (parts.feature_levels.len(), MAX_FEATURES);
    if most < found {
        return Err(ModelError::Count {
            count: "n_features",
            found,
            least: 0,
            most,
        });
    }
    let n_trees = parts.tree_output.len();
    length("tree_n_nodes", parts.tree_n_nodes.len(), n_trees)?;
    let n_outputs = parts.n_outputs();
    if let Some(position) = parts
        .tree_output
        .iter()
        .position(|&output| n_outputs <= output as usize)
    {
        let found = parts.tree_output[position] as usize;
        return Err(ModelError::Index {
            list: "tree_output",
            position,
            found,
            limit: n_outputs,
        });
    }
    if let Some(tree) = parts.tree_n_nodes.iter().position(|&n_nodes| n_nodes == 0) {
        return Err(ModelError::Shape {
            tree,
            node: 0,
            problem: "there is no node",
        });
    }
    Ok(())
}

fn check_nodes(parts: &TreeParts) -> Result<(), ModelError> {
    let n_nodes = parts
        .tree_n_nodes
        .iter()
        .map(|&n| n as usize)
        .try_fold(0, usize::checked_add);
    let n_nodes = n_nodes
        .filter(|&n| n <= i32::MAX as usize)
        .ok_or(ModelError::Count {
            count: "n_nodes",
            found: usize::MAX,
            least: 0,
            most: i32::MAX as usize,
        })?;
    length("feature", parts.feature.len(), n_nodes)?;
    length("cover", parts.cover.len(), n_nodes)?;
    let n_features = parts.feature_levels.len();
    let mut n_splits = 0;
    let mut n_category_words = 0;
    for (position, &feature) in parts
        .feature
        .iter()
        .enumerate()
        .filter(|&(_, &feature)| feature != LEAF)
    {
        let Some(&n_levels) = parts.feature_levels.get(feature as usize) else {
            let found = feature as usize;
            return Err(ModelError::Index {
                list: "feature",
                position,
                found,
                limit: n_features,
            });
        };
        n_splits += 1;
        n_category_words += n_words(n_levels);
    }
    length("threshold", parts.threshold.len(), n_splits)?;
    length("missing_left", parts.missing_left.len(), n_splits)?;
    length("category_words", parts.category_words.len(), n_category_words)?;
    let n_values = parts
        .floats
        .as_ref()
        .map_or(parts.value.len(), |floats| floats.value.len());
    length("value", n_values, n_nodes - n_splits)
}

fn check_numbers(parts: &TreeParts) -> Result<(), ModelError> {
    // 1e300 leaves room for the sum of two.
    // Other libraries count no row at some leaves, and hessians may be zero.
    let least = if parts.floats.is_some() {
        0.0
    } else {
        f64::MIN_POSITIVE
    };
    let cover = |&cover: &f64| least <= cover && cover < 1e300;
    numbers("cover", &parts.cover, cover, "a positive number below 1e300")?;
    numbers(
        "threshold",
        &parts.threshold,
        // LightGBM writes the largest number in fewer digits, which reads as infinity: all numbers go left there.
        |threshold| threshold.is_finite() || (parts.floats.is_some() && *threshold == f64::INFINITY),
        "a finite number",
    )?;
    let limit = if parts.floats.is_some() { 4 } else { 2 };
    if let Some(position) = parts.missing_left.iter().position(|&left| limit <= left) {
        let found = usize::from(parts.missing_left[position]);
        return Err(ModelError::Index {
            list: "missing_left",
            position,
            found,
            limit: usize::from(limit),
        });
    }
    check_levels(parts)
}

/// No bit may be set beyond the levels that a feature has.
fn check_levels(parts: &TreeParts) -> Result<(), ModelError> {
    let mut word = 0;
    for &feature in parts.feature.iter().filter(|&&feature| feature != LEAF) {
        let n_levels = parts.feature_levels[feature as usize];
        word += n_words(n_levels);
        let n_spare = n_words(n_levels) as u32 * 32 - n_levels;
        if 0 < n_spare && parts.category_words[word - 1].leading_zeros() < n_spare {
            let found = 32 * n_words(n_levels) - parts.category_words[word - 1].leading_zeros() as usize - 1;
            let (position, limit) = (word - 1, n_levels as usize);
            return Err(ModelError::Index {
                list: "category_words",
                position,
                found,
                limit,
            });
        }
    }
    Ok(())
}

/// What only imported ensembles have.
fn check_floats(parts: &TreeParts, floats: &FloatParts) -> Result<(), ModelError> {
    length("units of `base`", parts.base.len(), 0)?;
    length("units of `value`", parts.value.len(), 0)?;
    let fits = |number: &f64| match floats.precision {
        Precision::F64 => number.is_finite(),
        Precision::F32 => number.is_finite() && f64::from(*number as f32) == *number,
    };
    numbers("base", &floats.base, fits, "a finite number of its precision")?;
    numbers("value", &floats.value, fits, "a finite number of its precision")?;
    if floats.n_averaged == 0 {
        let (count, found, least, most) = ("n_averaged", 0, 1, u32::MAX as usize);
        return Err(ModelError::Count {
            count,
            found,
            least,
            most,
        });
    }
    check_codes(parts, floats)?;
    // Categories have no zero that could be missing.
    let splits = parts.feature.iter().filter(|feature| **feature != LEAF);
    let mut kinds = splits
        .zip(&parts.missing_left)
        .map(|(&feature, missing)| 0 < parts.feature_levels[feature as usize] && 1 < *missing);
    match kinds.position(|wrong| wrong) {
        Some(position) => Err(ModelError::Index {
            list: "missing_left",
            position,
            found: usize::from(parts.missing_left[position]),
            limit: 2,
        }),
        None => Ok(()),
    }
}

fn check_codes(parts: &TreeParts, floats: &FloatParts) -> Result<(), ModelError> {
    let categories = parts.feature_levels.iter().filter(|levels| 0 < **levels);
    let n_codes: usize = categories.clone().map(|&levels| levels as usize - 1).sum();
    length("codes", floats.codes.len(), n_codes)?;
    let mut start = 0;
    for &levels in categories {
        let end = start + levels as usize - 1;
        if let Some(at) = floats.codes[start..end]
            .windows(2)
            .position(|pair| pair[1] <= pair[0])
        {
            return Err(ModelError::Value {
                list: "codes",
                position: start + at + 1,
                found: f64::from(floats.codes[start + at + 1]),
                expected: "more than the one before",
            });
        }
        start = end;
    }
    Ok(())
}

/// The largest sum of leaf values that any row could meet must stay where sums are exact, or finite for floats.
pub(super) fn check_sums(parts: &TreeParts, layout: &Layout) -> Result<(), ModelError> {
    if let Some(floats) = &parts.floats {
        return check_float_sums(floats, layout);
    }
    let mut largest: Vec<i128> = parts.base.iter().map(|&units| i128::from(units).abs()).collect();
    let mut values = parts.value.iter();
    for tree in layout.trees() {
        let leaves = values.by_ref().take(tree.n_leaves());
        largest[tree.output()] += leaves.map(|&value| i128::from(value).abs()).max().unwrap_or(0);
    }
    match largest.iter().position(|&sum| i128::from(MAX_UNITS) <= sum) {
        Some(output) => Err(ModelError::Overflow {
            output,
            found: largest[output],
        }),
        None => Ok(()),
    }
}

fn check_float_sums(floats: &FloatParts, layout: &Layout) -> Result<(), ModelError> {
    let mut largest: Vec<f64> = floats.base.iter().map(|base| base.abs()).collect();
    let mut values = floats.value.iter();
    for tree in layout.trees() {
        let leaves = values.by_ref().take(tree.n_leaves());
        largest[tree.output()] += leaves.map(|value| value.abs()).fold(0.0, f64::max);
    }
    let most = match floats.precision {
        Precision::F64 => 1e280,
        Precision::F32 => 1e37,
    };
    match largest.iter().position(|sum| most <= *sum) {
        Some(output) => Err(ModelError::TooLarge {
            output,
            found: largest[output],
            most,
        }),
        None => Ok(()),
    }
}

fn length(list: &'static str, found: usize, expected: usize) -> Result<(), ModelError> {
    if found == expected {
        Ok(())
    } else {
        Err(ModelError::Length {
            list,
            found,
            expected,
        })
    }
}

fn numbers(
    list: &'static str,
    numbers: &[f64],
    fits: impl Fn(&f64) -> bool,
    expected: &'static str,
) -> Result<(), ModelError> {
    match numbers.iter().position(|number| !fits(number)) {
        Some(position) => Err(ModelError::Value {
            list,
            position,
            found: numbers[position],
            expected,
        }),
        None => Ok(()),
    }
}
