//! Robust random cut forest on a stream: trees of the last rows, in which a row is odd if leaving it out moves many others.
//!
//! S. Guha, N. Mishra, G. Roy, O. Schrijvers (2016), Robust random cut forest based anomaly detection on streams, ICML 48.

use stats::Draw;

/// The size of a forest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Forest {
    pub(crate) n_trees: usize,
    /// How many rows a tree holds.
    pub(crate) n_rows: usize,
    /// How many values make a row.
    pub(crate) shingle: usize,
}

const NONE: usize = usize::MAX;

#[derive(Debug, Clone)]
struct Node {
    parent: usize,
    /// Both children, [`NONE`] of a leaf.
    children: [usize; 2],
    axis: usize,
    cut: f64,
    n: usize,
    low: Vec<f64>,
    high: Vec<f64>,
}

struct Tree {
    nodes: Vec<Node>,
    free: Vec<usize>,
    root: usize,
    draw: Draw,
}

impl Forest {
    /// The mean collusive displacement of each row when it comes, whatever comes later.
    pub(crate) fn scores(&self, values: &[f64], seed: u64) -> Vec<f64> {
        let mut trees: Vec<Tree> = (0..self.n_trees as u64)
            .map(|i| Tree::new(Draw::new(seed, i)))
            .collect();
        let mut leaves: Vec<Vec<usize>> = vec![Vec::new(); self.n_trees];
        let mut scores = vec![0.0; values.len().min(self.shingle - 1)];
        for (i, point) in values.windows(self.shingle).enumerate() {
            let mut sum = 0.0;
            for (tree, leaves) in trees.iter_mut().zip(&mut leaves) {
                if let Some(&oldest) = i.checked_sub(self.n_rows).and_then(|old| leaves.get(old)) {
                    tree.forget(oldest);
                }
                let leaf = tree.insert(point);
                leaves.push(leaf);
                sum += tree.displacement(leaf);
            }
            scores.push(sum / self.n_trees as f64);
        }
        scores
    }
}

impl Tree {
    fn new(draw: Draw) -> Self {
        Self {
            nodes: Vec::new(),
            free: Vec::new(),
            root: NONE,
            draw,
        }
    }

    fn add(&mut self, node: Node) -> usize {
        if let Some(i) = self.free.pop() {
            self.nodes[i] = node;
            return i;
        }
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn insert(&mut self, point: &[f64]) -> usize {
        let leaf = self.add(Node {
            parent: NONE,
            children: [NONE; 2],
            axis: 0,
            cut: 0.0,
            n: 1,
            low: point.to_vec(),
            high: point.to_vec(),
        });
        if self.root == NONE {
            self.root = leaf;
            return leaf;
        }
        let mut at = self.root;
        loop {
            let is_leaf = self.nodes[at].children[0] == NONE;
            if let Some((axis, cut)) = self.cut(at, point, is_leaf) {
                self.split(at, leaf, axis, cut);
                return leaf;
            }
            let node = &self.nodes[at];
            at = node.children[usize::from(point[node.axis] > node.cut)];
        }
    }

    /// A random cut of the box around a node and the point, if it parts them; equal rows are parted by nothing, and side by
    /// side below a cut of no width.
    fn cut(&mut self, at: usize, point: &[f64], is_leaf: bool) -> Option<(usize, f64)> {
        let node = &self.nodes[at];
        let side = |axis: usize| (node.low[axis].min(point[axis]), node.high[axis].max(point[axis]));
        let total: f64 = (0..point.len()).map(|axis| side(axis).1 - side(axis).0).sum();
        if total <= 0.0 {
            return is_leaf.then_some((0, point[0]));
        }
        let mut rest = self.draw.uniform() * total;
        for axis in 0..point.len() {
            let (low, high) = side(axis);
            if rest < high - low || axis + 1 == point.len() {
                let cut = low + rest.min(high - low);
                let parts = (point[axis] <= cut && cut < node.low[axis])
                    || (point[axis] > cut && cut >= node.high[axis]);
                return (parts || is_leaf).then_some((axis, cut));
            }
            rest -= high - low;
        }
        None
    }

    fn split(&mut self, at: usize, leaf: usize, axis: usize, cut: f64) {
        let (node, point) = (&self.nodes[at], &self.nodes[leaf].low);
        let merged =
            |f: fn(f64, f64) -> f64, of: &[f64]| of.iter().zip(point).map(|(a, b)| f(*a, *b)).collect();
        let parent = node.parent;
        let goes_right = point[axis] > cut;
        let new = Node {
            parent,
            children: if goes_right { [at, leaf] } else { [leaf, at] },
            axis,
            cut,
            n: node.n,
            low: merged(f64::min, &node.low),
            high: merged(f64::max, &node.high),
        };
        let new = self.add(new);
        self.hang(parent, at, new);
        (self.nodes[at].parent, self.nodes[leaf].parent) = (new, new);
        let mut up = new;
        while up != NONE {
            self.nodes[up].n += 1;
            self.refit(up);
            up = self.nodes[up].parent;
        }
    }

    fn hang(&mut self, parent: usize, old: usize, new: usize) {
        match parent {
            NONE => self.root = new,
            _ => {
                let side = usize::from(self.nodes[parent].children[1] == old);
                self.nodes[parent].children[side] = new;
            }
        }
        self.nodes[new].parent = parent;
    }

    fn refit(&mut self, at: usize) {
        let [left, right] = self.nodes[at].children;
        for axis in 0..self.nodes[at].low.len() {
            self.nodes[at].low[axis] = self.nodes[left].low[axis].min(self.nodes[right].low[axis]);
            self.nodes[at].high[axis] = self.nodes[left].high[axis].max(self.nodes[right].high[axis]);
        }
    }

    fn forget(&mut self, leaf: usize) {
        let parent = self.nodes[leaf].parent;
        self.free.push(leaf);
        if parent == NONE {
            self.root = NONE;
            return;
        }
        let [left, right] = self.nodes[parent].children;
        let sibling = if left == leaf { right } else { left };
        let above = self.nodes[parent].parent;
        self.hang(above, parent, sibling);
        self.free.push(parent);
        let mut up = above;
        while up != NONE {
            self.nodes[up].n -= 1;
            self.refit(up);
            up = self.nodes[up].parent;
        }
    }

    /// The most rows beside a branch that holds the leaf, for each row in it.
    fn displacement(&self, leaf: usize) -> f64 {
        let (mut at, mut most) = (leaf, 0.0_f64);
        while self.nodes[at].parent != NONE {
            let parent = &self.nodes[self.nodes[at].parent];
            let n = self.nodes[at].n as f64;
            most = most.max((parent.n as f64 - n) / n);
            at = self.nodes[at].parent;
        }
        most
    }
}
