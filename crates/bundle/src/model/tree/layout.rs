//! Trees laid out for scoring: sixteen bytes a node, children side by side.

use super::parts::n_words;
use super::read::Reader;
use super::{LEAF, MAX_DEPTH, TreeParts};
use crate::Grid;
use crate::model::ModelError;
use stats::wide::{Wide, on_wide_vectors};

const CATEGORY: u32 = 1 << 31;
const MISSING_RIGHT: u32 = 1 << 30;
const SLOT: u32 = MISSING_RIGHT - 1;

/// All trees in one list of nodes.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    nodes: Vec<Node>,
    /// Leaf values at the positions of their nodes, zero at splits. Multiples of a grid's unit are exact in `f64`, and
    /// so are their sums: one arithmetic serves all ensembles.
    values: Vec<f64>,
    trees: Vec<Tree>,
    category_words: Vec<u32>,
    has_categories: bool,
    reader: Reader,
}

/// Where a tree stands in the list of nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree {
    root: u32,
    n_nodes: u32,
    depth: u32,
    output: u32,
}

/// One node. A leaf sends every row to itself, so that a walk may take the same number of steps for each row.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The threshold, or for a category the position of its words.
    threshold: f64,
    slot: u32,
    left: u32,
}

/// What a split asks of a slot, for those who lay trees out anew.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) slot: usize,
    pub(crate) left: usize,
    /// The largest number that goes left; nothing for a category.
    pub(crate) threshold: Option<f64>,
    pub(crate) missing_right: bool,
}

impl Tree {
    /// Its first node in the list of all nodes.
    pub(crate) fn root(&self) -> usize {
        self.root as usize
    }

    /// Its nodes.
    pub(crate) fn n_nodes(&self) -> usize {
        self.n_nodes as usize
    }

    /// Its ends.
    pub(crate) fn n_leaves(&self) -> usize {
        self.n_nodes().div_ceil(2)
    }

    /// The depth of its deepest leaf.
    pub(crate) fn depth(&self) -> usize {
        self.depth as usize
    }

    /// The output that it adds to.
    pub(crate) fn output(&self) -> usize {
        self.output as usize
    }
}

impl Layout {
    /// Lays out parts whose lists were checked, and checks the shape of each tree.
    pub(super) fn build(parts: &TreeParts, grid: Grid) -> Result<Layout, ModelError> {
        let n_nodes = parts.feature.len();
        let levels = &parts.feature_levels;
        let mut layout = Layout {
            has_categories: levels.iter().any(|&n_levels| 0 < n_levels),
            reader: Reader::new(parts),
            nodes: Vec::with_capacity(n_nodes),
            values: Vec::with_capacity(n_nodes),
            trees: Vec::with_capacity(parts.tree_output.len()),
            category_words: parts.category_words.clone(),
        };
        let mut cursor = Cursor::new(grid);
        let mut depths = Vec::new();
        for (tree, (&output, &n_nodes)) in parts.tree_output.iter().zip(&parts.tree_n_nodes).enumerate() {
            let root = layout.nodes.len() as u32;
            depths.clear();
            layout.push_tree(parts, &mut cursor, tree, n_nodes as usize, &mut depths)?;
            let depth = depths.iter().copied().max().unwrap_or(0);
            layout.trees.push(Tree {
                root,
                n_nodes,
                depth,
                output,
            });
        }
        Ok(layout)
    }

    fn push_tree(
        &mut self,
        parts: &TreeParts,
        cursor: &mut Cursor,
        tree: usize,
        n_nodes: usize,
        depths: &mut Vec<u32>,
    ) -> Result<(), ModelError> {
        let shape = |node, problem| ModelError::Shape { tree, node, problem };
        let root = self.nodes.len();
        // Depths are written when a parent is met; a node met before that has no parent.
        depths.push(0);
        for node in 0..n_nodes {
            let Some(&depth) = depths.get(node) else {
                return Err(shape(node, "a node has no parent before it"));
            };
            if MAX_DEPTH < depth as usize {
                return Err(shape(node, "the tree is too deep"));
            }
            let feature = parts.feature[root + node];
            if feature == LEAF {
                self.push_leaf(cursor.next_value(parts));
            } else {
                let left = root + depths.len();
                depths.extend([depth + 1, depth + 1]);
                self.push_split(parts, cursor, feature, left as u32);
            }
        }
        if depths.len() != n_nodes {
            return Err(shape(
                n_nodes,
                "the tree has not as many nodes as its splits need",
            ));
        }
        Ok(())
    }

    fn push_leaf(&mut self, value: f64) {
        let left = self.nodes.len() as u32;
        self.nodes.push(Node {
            threshold: f64::INFINITY,
            slot: 0,
            left,
        });
        self.values.push(value);
    }

    fn push_split(&mut self, parts: &TreeParts, cursor: &mut Cursor, feature: u32, left: u32) {
        let n_levels = parts.feature_levels[feature as usize];
        let (threshold, missing) = cursor.next_split(parts);
        let slot = self.reader.slot_of(feature, 1 < missing);
        let (threshold, kind) = match n_levels {
            0 => (threshold, 0),
            levels => (cursor.next_words(levels), CATEGORY),
        };
        let missing_right = if missing & 1 == 1 { 0 } else { MISSING_RIGHT };
        self.nodes.push(Node {
            threshold,
            slot: slot | kind | missing_right,
            left,
        });
        self.values.push(0.0);
    }

    /// The nodes of all trees.
    pub(super) fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Per slot of numbers its thresholds, rising, each once.
    pub(super) fn thresholds(&self) -> Vec<Vec<f64>> {
        let mut thresholds = vec![Vec::new(); self.reader.slots().len()];
        for question in (0..self.n_nodes()).filter_map(|node| self.question(node)) {
            thresholds[question.slot].extend(question.threshold);
        }
        for thresholds in &mut thresholds {
            thresholds.sort_unstable_by(f64::total_cmp);
            // Zeros of both signs compare as one.
            thresholds.dedup();
        }
        thresholds
    }

    /// The trees in order.
    pub(crate) fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// How rows are read.
    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Whether any feature has levels.
    pub(super) fn has_categories(&self) -> bool {
        self.has_categories
    }

    /// The leaf value at `node`, zero at a split.
    #[inline(always)]
    pub(crate) fn value(&self, node: usize) -> f64 {
        self.values[node]
    }

    /// The node after `node` for a row that the [`Reader`] has read; a leaf's is itself.
    #[inline(always)]
    pub(crate) fn next(&self, node: usize, row: &[f64]) -> usize {
        self.nodes[node].left as usize + usize::from(self.goes_right(node, row))
    }

    /// [`Layout::next`] where it is known that there is no category.
    #[inline(always)]
    pub(super) fn next_by_number(&self, node: usize, row: &[f64]) -> usize {
        let node = &self.nodes[node];
        node.left as usize + usize::from(number_goes_right(node, row[(node.slot & SLOT) as usize]))
    }

    /// Whether a row goes right at a split.
    #[inline(always)]
    pub(crate) fn goes_right(&self, node: usize, row: &[f64]) -> bool {
        let node = &self.nodes[node];
        let value = row[(node.slot & SLOT) as usize];
        if node.slot & CATEGORY == 0 {
            number_goes_right(node, value)
        } else {
            self.level_of_row_goes_right(node, value)
        }
    }

    /// The feature and the left child of a node; the right child follows it. `None` at a leaf.
    pub(crate) fn split(&self, node: usize) -> Option<(usize, usize)> {
        let question = self.question(node)?;
        Some((self.reader.slots()[question.slot].feature, question.left))
    }

    /// What a node asks; `None` at a leaf.
    pub(crate) fn question(&self, node: usize) -> Option<Question> {
        let Node {
            threshold,
            slot,
            left,
        } = self.nodes[node];
        (left as usize != node).then_some(Question {
            slot: (slot & SLOT) as usize,
            left: left as usize,
            threshold: (slot & CATEGORY == 0).then_some(threshold),
            missing_right: slot & MISSING_RIGHT != 0,
        })
    }

    /// Whether a level goes right at a category's split.
    pub(crate) fn level_goes_right(&self, node: usize, level: usize) -> bool {
        !self.is_listed(self.nodes[node].threshold as usize, level)
    }

    /// Which rows go right at a split, given what its slot holds of them.
    pub(crate) fn sides(&self, node: usize, question: &Question, column: &[f64], goes_right: &mut [u8]) {
        let node = &self.nodes[node];
        match question.threshold {
            Some(_) => on_wide_vectors(Sides {
                node,
                column,
                goes_right,
            }),
            None => column.iter().zip(goes_right).for_each(|(&value, right)| {
                *right = u8::from(self.level_of_row_goes_right(node, value));
            }),
        }
    }

    #[inline(always)]
    fn level_of_row_goes_right(&self, node: &Node, value: f64) -> bool {
        if value.is_nan() {
            node.slot & MISSING_RIGHT != 0
        } else {
            !self.is_listed(node.threshold as usize, value as usize)
        }
    }

    #[inline(always)]
    fn is_listed(&self, words: usize, level: usize) -> bool {
        self.category_words[words + level / 32] >> (level % 32) & 1 == 1
    }
}

/// Every comparison with `NaN` is false.
#[inline(always)]
fn number_goes_right(node: &Node, value: f64) -> bool {
    (value > node.threshold) | (value.is_nan() & (node.slot & MISSING_RIGHT != 0))
}

/// Which rows go right at a number's split.
struct Sides<'a> {
    node: &'a Node,
    column: &'a [f64],
    goes_right: &'a mut [u8],
}

impl Wide for Sides<'_> {
    type Found = ();

    #[inline(always)]
    fn run(self) {
        for (right, &value) in self.goes_right.iter_mut().zip(self.column) {
            *right = u8::from(number_goes_right(self.node, value));
        }
    }
}

/// How far the lists of splits, leaves and words have been read.
struct Cursor {
    grid: Grid,
    split: usize,
    leaf: usize,
    word: usize,
}

impl Cursor {
    fn new(grid: Grid) -> Cursor {
        let (split, leaf, word) = (0, 0, 0);
        Cursor {
            grid,
            split,
            leaf,
            word,
        }
    }

    fn next_value(&mut self, parts: &TreeParts) -> f64 {
        self.leaf += 1;
        match &parts.floats {
            Some(floats) => floats.value[self.leaf - 1],
            None => self.grid.value(parts.value[self.leaf - 1]),
        }
    }

    fn next_split(&mut self, parts: &TreeParts) -> (f64, u8) {
        self.split += 1;
        (
            parts.threshold[self.split - 1],
            parts.missing_left[self.split - 1],
        )
    }

    fn next_words(&mut self, n_levels: u32) -> f64 {
        let start = self.word;
        self.word += n_words(n_levels);
        start as f64
    }
}
