//! Ranks with ties.

/// Midranks from 1, in the order of `values` (no NaN), and `sum(t^3 - t)` over groups of `t` tied values.
pub(crate) fn midranks(values: &[f64]) -> (Vec<f64>, f64) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let (mut n_before, mut ties) = (0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let t = tied.len() as f64;
        for &i in tied {
            ranks[i] = n_before + 0.5 * (t + 1.0);
        }
        n_before += t;
        ties += t * t * t - t;
    }
    (ranks, ties)
}

#[cfg(test)]
mod tests {
    #[test]
    fn ties_share_their_mean_rank() {
        let (ranks, ties) = super::midranks(&[3.0, 1.0, 3.0, -0.0, 0.0, 3.0]);
        assert_eq!(ranks, [5.0, 3.0, 5.0, 1.5, 1.5, 5.0]);
        assert_eq!(ties, 24.0 + 6.0);
    }
}
