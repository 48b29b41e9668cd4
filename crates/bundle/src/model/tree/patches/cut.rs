//! Cutting trees into patches.

use stats::wide::{Wide, on_wide_vectors};

use super::super::layout::{Layout, Tree};
use super::super::questions::Questions;
use super::sheet::Sheet;
use super::{ENDS, MASK_BITS, MISSING_LEFT, MOST_BYTES, N_POSITIONS, Patch, Patches, WINDOW, Window};
use crate::aside;

/// Trees that are worth a thread of their own.
const LEAST_SHARE: usize = 32;

/// Cuts an ensemble of which each node asks a question and has a cover; nothing if there are more windows than bytes, or
/// more values than positions.
pub(super) fn cut(layout: &Layout, questions: &Questions, asked: &[u16], cover: &[f64]) -> Option<Patches> {
    let (windows, asks) = windows(questions)?;
    let trees = layout.trees();
    // A patch without leaves may stand behind the last value.
    if N_POSITIONS <= trees.iter().map(Tree::n_leaves).sum() {
        return None;
    }
    let share = trees.len().div_ceil(aside::n_threads()).max(LEAST_SHARE);
    let cut_some = |trees| {
        let cutting = Cutting {
            layout,
            questions,
            asked,
            asks: &asks,
            cover,
            root: 0,
            weights: Vec::new(),
            firsts: Vec::new(),
            others: Vec::new(),
            values: Vec::new(),
            open: Vec::new(),
        };
        on_wide_vectors(CutAll { cutting, trees })
    };
    let cut: Vec<Cutting> = aside::each(trees.chunks(share).collect(), cut_some);
    let n_others = cut.iter().map(|cut| cut.others.len()).sum::<usize>();
    let mut firsts = Vec::with_capacity(trees.len());
    let mut others = Vec::with_capacity(n_others + ENDS);
    let mut values = Vec::with_capacity(cut.iter().map(|cut| cut.values.len()).sum());
    for cut in &cut {
        let (n_patches, n_values) = (others.len(), values.len());
        let moved = |patch: &Patch| patch.moved(n_patches, n_values);
        firsts.extend(cut.firsts.iter().map(moved));
        others.extend(cut.others.iter().map(moved));
        values.extend_from_slice(&cut.values);
    }
    Some(Patches {
        windows,
        sheet: Sheet::new(&firsts, others)?,
        values,
        n_trees: trees.len(),
    })
}

/// The windows of all questions, and per question what splits of its first window ask for.
fn windows(questions: &Questions) -> Option<(Vec<Window>, Vec<u8>)> {
    let mut asks = vec![0; questions.len()];
    let mut windows = Vec::new();
    for question in (0..questions.len()).filter(|question| questions.twin(*question).is_none()) {
        asks[question] = windows.len() as u8;
        windows.extend(
            (0..=questions.largest_rank(question) / WINDOW).map(|number| Window {
                question: question as u16,
                first: number * WINDOW,
            }),
        );
        if MOST_BYTES < windows.len() {
            return None;
        }
    }
    for question in 0..questions.len() {
        if let Some(twin) = questions.twin(question) {
            asks[question] = asks[usize::from(twin)] | MISSING_LEFT;
        }
    }
    Some((windows, asks))
}

impl Patch {
    /// The patch where others and values stand further back.
    fn moved(mut self, n_patches: usize, n_values: usize) -> Patch {
        self.first += n_patches as u32;
        self.leaves += (n_values as u32) << MASK_BITS;
        self
    }
}

/// Trees being cut.
struct Cutting<'a> {
    layout: &'a Layout,
    questions: &'a Questions,
    /// Per node its question.
    asked: &'a [u16],
    /// Per question what splits of its first window ask for.
    asks: &'a [u8],
    /// Per node the weight of the training rows that reached it.
    cover: &'a [f64],
    /// Of the tree that is cut its first node, and per node what the leaves below it cover: where nothing is known of rows,
    /// each leaf covers as much.
    root: usize,
    weights: Vec<f64>,
    /// Where trees begin.
    firsts: Vec<Patch>,
    others: Vec<Patch>,
    values: Vec<f64>,
    /// Patches that are to be filled, and the nodes at their tops.
    open: Vec<(usize, usize)>,
}

struct CutAll<'a> {
    cutting: Cutting<'a>,
    trees: &'a [Tree],
}

impl<'a> Wide for CutAll<'a> {
    type Found = Cutting<'a>;

    #[inline(always)]
    fn run(self) -> Cutting<'a> {
        let CutAll { mut cutting, trees } = self;
        let n_leaves: usize = trees.iter().map(Tree::n_leaves).sum();
        cutting.values.reserve(n_leaves);
        cutting.others.reserve(n_leaves / 4);
        for tree in trees {
            cutting.weigh(tree);
            let first = cutting.cut(tree.root());
            cutting.firsts.push(first);
            while let Some((patch, top)) = cutting.open.pop() {
                cutting.others[patch] = cutting.cut(top);
            }
        }
        cutting
    }
}

impl Cutting<'_> {
    #[inline(always)]
    fn weigh(&mut self, tree: &Tree) {
        self.root = tree.root();
        self.weights.clear();
        self.weights
            .extend_from_slice(&self.cover[self.root..self.root + tree.n_nodes()]);
        // Children stand behind their parents.
        for node in (0..tree.n_nodes()).rev() {
            if let Some(asked) = self.layout.question(self.root + node) {
                let left = asked.left - self.root;
                self.weights[node] = self.weights[left] + self.weights[left + 1];
            }
        }
    }

    /// The patch below a node; room is made for those that follow it.
    #[inline(always)]
    fn cut(&mut self, top: usize) -> Patch {
        let (mut patch, ends, n_ends) = self.spread(top);
        patch.first = self.others.len() as u32;
        patch.leaves |= (self.values.len() as u32) << MASK_BITS;
        for (number, &end) in ends[..n_ends].iter().enumerate() {
            if self.layout.question(end).is_some() {
                patch.leaves ^= 1 << number;
                self.open.push((self.others.len(), end));
                self.others.push(Patch::EMPTY);
            } else {
                self.values.push(self.layout.value(end));
            }
        }
        patch
    }

    /// The splits of a patch and the nodes of its ends: whichever end most rows reach is split next, so that few rows have
    /// to go on to another patch.
    #[inline(always)]
    fn spread(&self, top: usize) -> (Patch, [usize; ENDS], usize) {
        let mut patch = Patch::EMPTY;
        let (mut ends, mut n_ends) = ([top; ENDS], 1);
        let reached = |end: usize| Some((self.weights[end - self.root], self.layout.question(end)?));
        // Per split the first end on its left, and the first that is not.
        let mut spans = [(0, 0); ENDS - 1];
        while n_ends < ENDS {
            let splits = (0..n_ends).filter_map(|end| Some((end, reached(ends[end])?)));
            let most = splits.reduce(|most, next| if most.1.0 < next.1.0 { next } else { most });
            let Some((largest, (_, asked))) = most else {
                break;
            };
            let node = ends[largest];
            let split = n_ends - 1;
            for (from, to) in &mut spans[..split] {
                *from += usize::from(largest < *from);
                *to += usize::from(largest < *to);
            }
            spans[split] = (largest, largest + 1);
            let question = self.asked[node];
            let (rank, asks) = (
                self.questions.rank(question, &asked),
                self.asks[usize::from(question)],
            );
            patch.asks[split] = asks + (rank / WINDOW) as u8;
            let sent_left = u8::from(asks & MISSING_LEFT != 0);
            patch.most[split] = ((rank % WINDOW) as u8 + sent_left) as i8 ^ i8::MIN;
            ends.copy_within(largest + 1..n_ends, largest + 2);
            (ends[largest], ends[largest + 1]) = (asked.left, asked.left + 1);
            n_ends += 1;
        }
        for (rules_out, (from, to)) in patch.rules_out.iter_mut().zip(&spans[..n_ends - 1]) {
            *rules_out = (((1_u32 << (to - from)) - 1) << from) as u8;
        }
        (patch, ends, n_ends)
    }
}
