//! Cutting trees into patches.

use super::super::layout::Layout;
use super::super::ranked::{self, Node};
use super::{ABREAST, ENDS, LEAF, MISSING_LEFT, MOST_BYTES, Patch, Patches, WINDOW, Window};

/// Trees being cut.
pub(super) struct Cutting<'a> {
    layout: &'a Layout,
    nodes: &'a [Node],
    /// Per question its first window.
    first_window: Vec<u8>,
    windows: Vec<Window>,
    /// Per node the leaves below it.
    n_leaves: Vec<u32>,
    patches: Vec<Patch>,
    values: Vec<f64>,
    /// Patches that are to be filled, and the nodes at their tops.
    open: Vec<(usize, usize)>,
}

impl Cutting<'_> {
    /// Nothing if there are more windows than bytes.
    pub(super) fn new<'a>(
        layout: &'a Layout,
        nodes: &'a [Node],
        twins: &[Option<u16>],
    ) -> Option<Cutting<'a>> {
        let asked = |question: usize| usize::from(twins[question].unwrap_or(question as u16));
        let mut largest = vec![None; twins.len()];
        for node in nodes.iter().filter(|node| node.rank != ranked::LEAF) {
            let largest = &mut largest[asked(usize::from(node.question))];
            *largest = (*largest).max(Some(node.rank));
        }
        let mut first_window = vec![0; twins.len()];
        let mut windows = Vec::new();
        for (question, largest) in largest.into_iter().enumerate() {
            let Some(largest) = largest else { continue };
            first_window[question] = windows.len() as u8;
            windows.extend((0..=largest / WINDOW).map(|number| Window {
                question: question as u16,
                first: number * WINDOW,
            }));
            if MOST_BYTES < windows.len() {
                return None;
            }
        }
        for question in 0..twins.len() {
            if twins[question].is_some() {
                first_window[question] = first_window[asked(question)] | MISSING_LEFT;
            }
        }
        let mut n_leaves = vec![1; nodes.len()];
        // Children stand behind their parents.
        for (node, Node { left, .. }) in nodes
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, node)| node.rank != ranked::LEAF)
        {
            n_leaves[node] = n_leaves[*left as usize] + n_leaves[*left as usize + 1];
        }
        Some(Cutting {
            layout,
            nodes,
            first_window,
            windows,
            n_leaves,
            patches: Vec::new(),
            values: Vec::new(),
            open: Vec::new(),
        })
    }

    /// Cuts all trees.
    pub(super) fn patches(mut self) -> Patches {
        let trees = self.layout.trees();
        // The first patches of all trees stand side by side, because every row goes through them.
        self.open.extend(trees.iter().map(|tree| tree.root()).enumerate());
        self.patches
            .resize(trees.len().next_multiple_of(ABREAST), Patch::EMPTY);
        self.open.reverse();
        while let Some((patch, top)) = self.open.pop() {
            self.patches[patch] = self.cut(top);
        }
        Patches {
            windows: self.windows,
            patches: self.patches,
            values: self.values,
            n_trees: trees.len(),
        }
    }

    /// The patch below a node; room is made for those that follow it.
    fn cut(&mut self, top: usize) -> Patch {
        let (mut patch, ends) = self.spread(top);
        if ends.iter().all(|end| self.left(*end).is_none()) {
            patch.first = self.values.len() as u32 | LEAF;
            self.values
                .extend(ends.iter().map(|leaf| self.layout.value(*leaf)));
        } else {
            let first = self.patches.len();
            patch.first = first as u32;
            self.patches.resize(first + ends.len(), Patch::EMPTY);
            self.open.extend(
                ends.iter()
                    .enumerate()
                    .map(|(end, node)| (first + end, *node))
                    .rev(),
            );
        }
        patch
    }

    fn left(&self, node: usize) -> Option<usize> {
        let Node { left, rank, .. } = self.nodes[node];
        (rank != ranked::LEAF).then_some(left as usize)
    }

    /// The splits of a patch and the nodes of its ends: whichever end has most leaves is split next.
    fn spread(&self, top: usize) -> (Patch, Vec<usize>) {
        let mut patch = Patch::EMPTY;
        let mut ends = Vec::with_capacity(ENDS);
        ends.push(top);
        // Per split the first end on its left, and the first that is not.
        let mut spans: Vec<(usize, usize)> = Vec::with_capacity(ENDS);
        while ends.len() < ENDS {
            let Some(largest) = (0..ends.len()).max_by_key(|end| self.n_leaves[ends[*end]]) else {
                break;
            };
            let node = ends[largest];
            let Some(left) = self.left(node) else { break };
            for (from, to) in &mut spans {
                *from += usize::from(largest < *from);
                *to += usize::from(largest < *to);
            }
            let Node { question, rank, .. } = self.nodes[node];
            let split = spans.len();
            patch.asks[split] = self.first_window[usize::from(question)] + (rank / WINDOW) as u8;
            let sent_left = u8::from(patch.asks[split] & MISSING_LEFT != 0);
            patch.most[split] = ((rank % WINDOW) as u8 + sent_left) as i8 ^ i8::MIN;
            spans.push((largest, largest + 1));
            ends[largest] = left;
            ends.insert(largest + 1, left + 1);
        }
        for (rules_out, (from, to)) in patch.rules_out.iter_mut().zip(spans) {
            *rules_out = (((1_u32 << (to - from)) - 1) << from) as u8;
        }
        (patch, ends)
    }
}
