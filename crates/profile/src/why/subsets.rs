//! Sets of dimensions.

/// All sets of one to `most` of `n` things, in order.
pub(super) fn subsets(n: usize, most: usize) -> Vec<Vec<usize>> {
    let mut sets: Vec<Vec<usize>> = (0..n).map(|first| vec![first]).collect();
    let mut from = 0;
    for _ in 1..most {
        let until = sets.len();
        for k in from..until {
            for next in sets[k].last().map_or(0, |last| last + 1)..n {
                let mut set = sets[k].clone();
                set.push(next);
                sets.push(set);
            }
        }
        from = until;
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::subsets;

    #[test]
    fn sets_come_in_order_of_their_size() {
        let sets = subsets(4, 3);
        assert_eq!(
            (sets.len(), &sets[4], &sets[13]),
            (14, &vec![0, 1], &vec![1, 2, 3])
        );
        assert!(subsets(0, 3).is_empty() && subsets(1, 3) == [[0]]);
    }
}
