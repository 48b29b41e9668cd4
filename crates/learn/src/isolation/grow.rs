//! One tree of random questions.

use bundle::model::{SplitRule, TreeNode};
use prepare::{FeatureColumn, Features, MISSING_CODE};
use stats::random::Draw;

/// The mean number of questions that set one of `n` ordinary rows apart: that of a failed search in a binary search
/// tree.
pub(super) fn expected_path(n: usize) -> f64 {
    match n {
        0 | 1 => 0.0,
        n => {
            let harmonic: f64 = (1..n).map(|i| 1.0 / i as f64).sum();
            2.0 * harmonic - 2.0 * (n - 1) as f64 / n as f64
        }
    }
}

/// What a node asks.
struct Question {
    feature: usize,
    rule: SplitRule,
    missing_left: bool,
}

/// A node that is still to be split or to become a leaf.
struct Open {
    node: usize,
    rows: Vec<usize>,
    depth: usize,
}

/// Grows a tree on some rows, drawing among features in this order; the value of a leaf is `value` of the questions that set its rows apart.
pub(super) fn grow(
    features: &Features,
    order: &[usize],
    rows: Vec<usize>,
    max_depth: usize,
    draw: &mut Draw,
    value: impl Fn(f64) -> i64,
) -> Vec<TreeNode> {
    let empty = || TreeNode::Leaf { value: 0, cover: 1.0 };
    let mut nodes = vec![empty()];
    let mut order = order.to_vec();
    let mut open = vec![Open {
        node: 0,
        rows,
        depth: 0,
    }];
    while let Some(Open { node, rows, depth }) = open.pop() {
        let cover = rows.len() as f64;
        let is_end = rows.len() < 2 || max_depth <= depth;
        let question = if is_end {
            None
        } else {
            ask(features, &rows, &mut order, draw)
        };
        let Some(question) = question else {
            let value = value(depth as f64 + expected_path(rows.len()));
            nodes[node] = TreeNode::Leaf { value, cover };
            continue;
        };
        let is_left = |&row: &usize| question.is_left(&features.columns[question.feature], row);
        let (left_rows, right_rows): (Vec<usize>, Vec<usize>) = rows.iter().partition(|row| is_left(row));
        let missing_left = match has_missing(&features.columns[question.feature], &rows) {
            true => question.missing_left,
            // A missing value goes where most rows went.
            false => right_rows.len() <= left_rows.len(),
        };
        let left = nodes.len();
        nodes.extend([empty(), empty()]);
        nodes[node] = TreeNode::Split {
            feature: question.feature as u32,
            rule: question.rule,
            missing_left,
            left,
            right: left + 1,
            cover,
        };
        let child = |side: usize, rows| Open {
            node: left + side,
            rows,
            depth: depth + 1,
        };
        open.extend([child(1, right_rows), child(0, left_rows)]);
    }
    nodes
}

/// A question about a feature that is drawn among those that vary.
fn ask(features: &Features, rows: &[usize], order: &mut [usize], draw: &mut Draw) -> Option<Question> {
    for place in 0..order.len() {
        let other = place + draw.below((order.len() - place) as u64) as usize;
        order.swap(place, other);
        let feature = order[place];
        let found = match &features.columns[feature] {
            FeatureColumn::Number(values) => ask_number(values, rows, draw),
            FeatureColumn::Category { codes, n_levels } => ask_levels(codes, *n_levels, rows, draw),
        };
        if let Some((rule, missing_left)) = found {
            return Some(Question {
                feature,
                rule,
                missing_left,
            });
        }
    }
    None
}

/// A threshold between the least and the greatest number, and a side for missing ones.
fn ask_number(values: &[f64], rows: &[usize], draw: &mut Draw) -> Option<(SplitRule, bool)> {
    let present = || {
        rows.iter()
            .map(|&row| values[row])
            .filter(|value| !value.is_nan())
    };
    let (low, high) = (
        present().fold(f64::INFINITY, f64::min),
        present().fold(f64::NEG_INFINITY, f64::max),
    );
    let missing = present().count() < rows.len();
    if low < high {
        let share = draw.uniform();
        let threshold = (low * (1.0 - share) + high * share).max(low);
        // Rounding must not reach the greatest, or nothing would be right of it.
        let threshold = if threshold < high { threshold } else { low };
        return Some((SplitRule::AtMost(threshold), missing && draw.below(2) == 0));
    }
    (missing && low == high).then_some((SplitRule::AtMost(f64::MAX), false))
}

/// A side for each level that is met and for missing ones, at least one on either.
fn ask_levels(codes: &[u32], n_levels: u32, rows: &[usize], draw: &mut Draw) -> Option<(SplitRule, bool)> {
    let level = |&row: &usize| match codes[row] {
        MISSING_CODE => MISSING_CODE,
        code => code.min(n_levels - 1),
    };
    let mut levels: Vec<u32> = rows.iter().map(level).collect();
    levels.sort_unstable();
    levels.dedup();
    if levels.len() < 2 {
        return None;
    }
    let sure = draw.below(levels.len() as u64) as usize;
    let other = (sure + 1 + draw.below(levels.len() as u64 - 1) as usize) % levels.len();
    let mut left = vec![];
    for (place, &level) in levels.iter().enumerate() {
        let is_left = draw.below(2) == 0;
        if place == sure || (is_left && place != other) {
            left.push(level);
        }
    }
    let missing_left = left.last() == Some(&MISSING_CODE);
    left.retain(|&level| level != MISSING_CODE);
    Some((SplitRule::AnyOf(left), missing_left))
}

fn has_missing(column: &FeatureColumn, rows: &[usize]) -> bool {
    match column {
        FeatureColumn::Number(values) => rows.iter().any(|&row| values[row].is_nan()),
        FeatureColumn::Category { codes, .. } => rows.iter().any(|&row| codes[row] == MISSING_CODE),
    }
}

impl Question {
    fn is_left(&self, column: &FeatureColumn, row: usize) -> bool {
        match (column, &self.rule) {
            (FeatureColumn::Number(values), SplitRule::AtMost(threshold)) => match values[row] {
                value if value.is_nan() => self.missing_left,
                value => value <= *threshold,
            },
            (FeatureColumn::Category { codes, n_levels }, SplitRule::AnyOf(left)) => match codes[row] {
                MISSING_CODE => self.missing_left,
                code => left.contains(&code.min(n_levels - 1)),
            },
            _ => unreachable!("a question is of the kind of its feature"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_paths_are_those_of_search_trees() {
        assert_eq!([0, 1, 2].map(expected_path), [0.0, 0.0, 1.0]);
        // 2 (1 + 1/2) - 4/3; and c(256), 10.2448 where the harmonic number is taken as ln(255) + 0.5772.
        assert!((expected_path(3) - 5.0 / 3.0).abs() < 1e-15);
        assert!((expected_path(256) - 10.248_690).abs() < 1e-6);
    }
}
