//! Everything that must hold before parts become a model: files are hostile until this has passed.

use super::parts::n_words;
use super::{LEAF, Layout, TreeParts};
use crate::fixed::MAX_UNITS;
use crate::model::constant::{check_base, check_outputs};
use crate::model::{MAX_FEATURES, ModelError};

/// Checks lists one by one and against each other; the shape of each tree is checked as the layout is built.
pub(super) fn check(parts: &TreeParts) -> Result<(), ModelError> {
    check_outputs(parts.base.len())?;
    check_base(&parts.base)?;
    check_trees(parts)?;
    check_nodes(parts)?;
    check_numbers(parts)
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
    let n_outputs = parts.base.len();
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
    length("value", parts.value.len(), n_nodes - n_splits)
}

fn check_numbers(parts: &TreeParts) -> Result<(), ModelError> {
    // 1e300 leaves room for the sum of two.
    let cover = |&cover: &f64| 0.0 < cover && cover < 1e300;
    numbers("cover", &parts.cover, cover, "a positive number below 1e300")?;
    numbers(
        "threshold",
        &parts.threshold,
        |threshold| threshold.is_finite(),
        "a finite number",
    )?;
    if let Some(position) = parts.missing_left.iter().position(|&left| 1 < left) {
        let found = usize::from(parts.missing_left[position]);
        return Err(ModelError::Index {
            list: "missing_left",
            position,
            found,
            limit: 2,
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

/// The largest sum of leaf values that any row could meet must stay where sums are exact.
pub(super) fn check_sums(parts: &TreeParts, layout: &Layout) -> Result<(), ModelError> {
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
