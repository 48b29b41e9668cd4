use super::{Fold, check_n_folds, held_out, refuse};
use crate::LearnError;

/// Folds in the order of time: each is tested on what comes next and learnt from all that went before.
///
/// Time is cut into `n_folds + 1` parts of about as many rows, rows of one instant staying together; the first part is
/// only learnt from. Rows less than `gap` before the first tested instant are left out, in the unit of `time`: use it
/// where a target is known only later.
///
/// # Errors
/// [`LearnError::Folds`] with fewer than 2 folds, too few instants, or a gap that leaves nothing to learn from.
pub fn expanding(time: &[i64], n_folds: usize, gap: u64) -> Result<Vec<Fold>, LearnError> {
    check_n_folds(n_folds)?;
    let starts = part_starts(time, n_folds + 1);
    if starts.len() < n_folds + 1 {
        let problem = format!(
            "there are {} instants in parts of about as many rows",
            starts.len()
        );
        return Err(refuse(n_folds, problem));
    }
    let ends = starts[2..].iter().copied().map(Some).chain([None]);
    let folds: Vec<Fold> = starts[1..]
        .iter()
        .zip(ends)
        .map(|(&start, end)| fold(time, start, end, gap))
        .collect();
    match folds.iter().any(|fold| fold.train.is_empty()) {
        true => Err(refuse(
            n_folds,
            format!("a gap of {gap} leaves nothing to learn from"),
        )),
        false => Ok(folds),
    }
}

/// A holdout of about the last `share` of the rows, rows of one instant staying together; `gap` as for [`expanding`].
///
/// # Errors
/// [`LearnError::HoldOut`] if the share is not between 0 and 1, there is one instant only, or the gap leaves nothing
/// to learn from.
pub fn latest_holdout(time: &[i64], share: f64, gap: u64) -> Result<Fold, LearnError> {
    let n_test = held_out(share, time.len(), "rows")?;
    let mut sorted = time.to_vec();
    sorted.sort_unstable();
    let refuse = |problem: String| LearnError::HoldOut { share, problem };
    // A cut within an instant moves to the nearer of its ends.
    let cut = sorted.len() - n_test;
    let (low, high) = (lower(&sorted, sorted[cut]), upper(&sorted, sorted[cut]));
    let nearer = if low != 0 && (high == sorted.len() || cut - low <= high - cut) {
        low
    } else {
        high
    };
    let start = *sorted
        .get(nearer)
        .ok_or_else(|| refuse("all rows are of one instant".to_owned()))?;
    let fold = fold(time, start, None, gap);
    match fold.train.is_empty() {
        true => Err(refuse(format!("a gap of {gap} leaves nothing to learn from"))),
        false => Ok(fold),
    }
}

/// Where parts of about as many rows begin: distinct instants, ascending.
fn part_starts(time: &[i64], n_parts: usize) -> Vec<i64> {
    let mut sorted = time.to_vec();
    sorted.sort_unstable();
    let mut starts: Vec<i64> = Vec::with_capacity(n_parts);
    let mut at = 0;
    for part in 0..n_parts {
        let Some(&instant) = sorted.get(at) else { break };
        starts.push(instant);
        let ideal = at + (sorted.len() - at).div_ceil(n_parts - part);
        // At least this instant, then whole instants while they bring the part nearer to its size.
        at = upper(&sorted, instant);
        while at < ideal {
            let next = upper(&sorted, sorted[at]);
            if ideal < next && ideal - at < next - ideal {
                break;
            }
            at = next;
        }
    }
    starts
}

fn fold(time: &[i64], start: i64, end: Option<i64>, gap: u64) -> Fold {
    let is_test = |&row: &usize| start <= time[row] && end.is_none_or(|end| time[row] < end);
    let is_train = |&row: &usize| time[row] < start && gap <= start.abs_diff(time[row]);
    Fold {
        train: (0..time.len()).filter(is_train).collect(),
        test: (0..time.len()).filter(is_test).collect(),
    }
}

fn lower(sorted: &[i64], instant: i64) -> usize {
    sorted.partition_point(|&other| other < instant)
}

fn upper(sorted: &[i64], instant: i64) -> usize {
    sorted.partition_point(|&other| other <= instant)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_fold_learns_from_all_that_went_before() {
        let time: Vec<i64> = (0..100).map(|i| i * 37 % 100 / 2).collect();
        let folds = expanding(&time, 4, 0).unwrap();
        let mut last = i64::MIN;
        for (k, fold) in folds.iter().enumerate() {
            let first = fold.test.iter().map(|&row| time[row]).min().unwrap();
            assert!(fold.train.iter().all(|&row| time[row] < first));
            assert_eq!((fold.train.len(), fold.test.len()), (20 * (k + 1), 20));
            assert!(last < first);
            last = fold.test.iter().map(|&row| time[row]).max().unwrap();
        }
        let gapped = expanding(&time, 4, 3).unwrap();
        let first = gapped[0].test.iter().map(|&row| time[row]).min().unwrap();
        assert!(gapped[0].train.iter().all(|&row| time[row] <= first - 3));
        assert_eq!(gapped[0].train.len(), 16);
    }

    #[test]
    fn instants_stay_together() {
        let time = [1, 1, 1, 1, 2, 3, 3, 3, 3, 3];
        let fold = latest_holdout(&time, 0.2, 0).unwrap();
        assert_eq!(fold.test, [5, 6, 7, 8, 9]);
        assert_eq!(latest_holdout(&[5, 5, 5, 5, 6], 0.5, 0).unwrap().test, [4]);
        let folds = expanding(&time, 2, 0).unwrap();
        assert_eq!(folds[0].test, [4]);
        assert_eq!(folds[1].train, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn too_few_instants_are_refused() {
        assert!(expanding(&[1, 1, 2, 2], 2, 0).is_err());
        assert!(expanding(&[], 2, 0).is_err());
        assert!(expanding(&[1, 2, 3], 2, 5).is_err());
        assert!(latest_holdout(&[1, 1, 1], 0.5, 0).is_err());
        assert!(latest_holdout(&[1, 2, 3], 0.5, 9).is_err());
        assert!(latest_holdout(&[i64::MIN, i64::MAX], 0.5, u64::MAX).is_ok());
    }
}
