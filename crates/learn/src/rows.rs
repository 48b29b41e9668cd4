//! What some rows have of what all have.

use std::borrow::Cow;
use std::ops::Range;

/// Rows, which ascend, as a range if they have no gap.
pub(crate) fn without_gaps(rows: &[u32]) -> Option<Range<usize>> {
    let [first, last] = [*rows.first()?, *rows.last()?].map(|row| row as usize);
    (last.checked_sub(first)? + 1 == rows.len()).then_some(first..last + 1)
}

/// What some rows, which ascend, have of values; where they have no gap, nothing is copied.
pub(crate) fn of_rows<'v, T: Copy>(values: &'v [T], rows: &[u32]) -> Cow<'v, [T]> {
    match without_gaps(rows) {
        Some(rows) => Cow::Borrowed(&values[rows]),
        None => Cow::Owned(rows.iter().map(|&row| values[row as usize]).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_rows() {
        let values: Vec<u32> = (0..100).map(|i| i * i).collect();
        for rows in [vec![], vec![7], vec![3, 4, 5], vec![3, 5, 6], vec![98, 99]] {
            let found = of_rows(&values, &rows);
            assert!(
                found.iter().copied().eq(rows.iter().map(|row| row * row)),
                "{rows:?}"
            );
        }
        assert_eq!(without_gaps(&[3, 4, 5]), Some(3..6));
        assert_eq!(without_gaps(&[3, 5]), None);
    }
}
