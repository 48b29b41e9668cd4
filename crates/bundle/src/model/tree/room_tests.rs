//! A row is scored without room of its own: every allocation of a test's thread is counted.
#![allow(clippy::unwrap_used)]
// A global allocator is unsafe to implement; this one hands everything on to the system's.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use super::tests::{Random, random_ensemble, random_features};
use crate::model::{SplitRule, TreeEnsemble, TreeNode, TreeParts};
use prepare::{FeatureColumn, MISSING_CODE};

struct Counting;

thread_local! {
    static N_ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: all is handed on to the system's allocator; counting allocates nothing and never panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that is ending has no counter any more.
        let _ = N_ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
        // SAFETY: the caller's promises are the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the system's.
        unsafe { System.dealloc(place, layout) }
    }
}

fn n_allocations(of: impl FnOnce()) -> usize {
    let before = N_ALLOCATIONS.get();
    of();
    N_ALLOCATIONS.get() - before
}

#[test]
fn one_row_needs_no_allocation() {
    let mut random = Random(5);
    let features = random_features(&mut random, 100);
    let cell = |column: &FeatureColumn, row: usize| match column {
        FeatureColumn::Number(values) => values[row],
        FeatureColumn::Category { codes, .. } if codes[row] == MISSING_CODE => f64::NAN,
        FeatureColumn::Category { codes, .. } => f64::from(codes[row]),
    };
    let row = |row: usize| -> Vec<f64> { features.columns.iter().map(|column| cell(column, row)).collect() };
    let rows: Vec<Vec<f64>> = (0..features.n_rows).map(row).collect();
    for (n_outputs, n_splits) in [(1, 0), (1, 30), (3, 7), (1, 254), (1, 400)] {
        let model = random_ensemble(&mut random, n_outputs, 40 * n_outputs, n_splits);
        let mut out = vec![0.0; n_outputs as usize];
        // What a model makes for single rows, and what the first of them makes, is used again.
        model.lay_out();
        model.margins_of_row(&rows[0], &mut out).unwrap();
        let n = n_allocations(|| {
            for row in &rows {
                model.margins_of_row(row, &mut out).unwrap();
            }
        });
        assert_eq!(n, 0, "{n_outputs} outputs, {n_splits} splits");
    }
    assert_eq!(n_allocations(|| drop(std::hint::black_box(vec![1u8; 10]))), 1);
}

#[test]
fn one_row_needs_no_allocation_in_patches() {
    let mut parts = TreeParts::new(0, vec![0, 0], vec![0]);
    for number in 0..300 {
        // a chain of thirty splits
        let mut nodes = Vec::new();
        for split in 0..30 {
            let left = nodes.len() + 1;
            nodes.push(TreeNode::Split {
                feature: split % 2,
                rule: SplitRule::AtMost(f64::from(number % 7 * split)),
                missing_left: true,
                left,
                right: left + 1,
                cover: 1.0,
            });
            nodes.push(TreeNode::Leaf { value: 1, cover: 1.0 });
        }
        nodes.push(TreeNode::Leaf { value: 2, cover: 1.0 });
        parts.push_tree(0, &nodes).unwrap();
    }
    let model = TreeEnsemble::from_parts(parts).unwrap();
    model.lay_out();
    assert_eq!(model.laid_out().unwrap().is_cut(), stats::wide::are_there());
    let n = n_allocations(|| {
        for number in 0..100 {
            let mut out = [0.0];
            model
                .margins_of_row(&[f64::from(number), 50.0], &mut out)
                .unwrap();
            assert!(300.0 <= out[0]);
        }
    });
    assert_eq!(n, 0);
}
