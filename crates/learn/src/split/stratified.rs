use stats::random::Draw;

use super::{Fold, check_n_folds, folds, held_out, refuse};
use crate::{LearnError, Target};

/// Folds with nearly the same share of each class, or for numbers of each part of their range.
///
/// # Shapes and units
/// Each row is tested once; the sizes of folds differ by one at most, for classes also within a class.
///
/// # Errors
/// [`LearnError::Folds`] with fewer than 2 folds, or fewer rows, or rows of a class that occurs, than folds.
pub fn stratified(target: &Target, n_folds: usize, seed: u64) -> Result<Vec<Fold>, LearnError> {
    check_n_folds(n_folds)?;
    target.check()?;
    if target.len() < n_folds {
        return Err(refuse(n_folds, format!("there are {} rows", target.len())));
    }
    let strata = strata(target);
    let too_small = |(class, rows): &(Option<u32>, Vec<usize>)| (rows.len() < n_folds).then_some((*class)?);
    if let Some(class) = strata.iter().find_map(too_small) {
        let n_rows = (0..target.len())
            .filter(|&row| target.class(row) == Some(class))
            .count();
        return Err(refuse(n_folds, format!("class {class} has {n_rows} rows")));
    }
    let mut draw = Draw::new(seed, 0);
    let mut fold_of_row = vec![0; target.len()];
    // Dealing goes on where the last class ended, so that folds stay of one size.
    let mut next = 0;
    for (class, mut rows) in strata {
        // Numbers are shuffled among as many neighbours as there are folds.
        let part = if class.is_some() { rows.len() } else { n_folds };
        rows.chunks_mut(part).for_each(|part| draw.shuffle(part));
        for row in rows {
            fold_of_row[row] = next % n_folds;
            next += 1;
        }
    }
    Ok(folds(&fold_of_row, n_folds))
}

/// A holdout of `share` of the rows of each class, or for numbers of each part of their range.
///
/// # Errors
/// [`LearnError::HoldOut`] if the share is not between 0 and 1, or a class that occurs has one row only.
pub fn stratified_holdout(target: &Target, share: f64, seed: u64) -> Result<Fold, LearnError> {
    target.check()?;
    let mut draw = Draw::new(seed, 1);
    let mut is_test = vec![0; target.len()];
    held_out(share, target.len(), "rows")?;
    for (class, mut rows) in strata(target) {
        let what = class.map_or("rows".to_owned(), |class| format!("rows of class {class}"));
        let n_test = held_out(share, rows.len(), &what)?;
        if class.is_some() {
            draw.shuffle(&mut rows);
        }
        // One row of each of `n_test` parts; for classes the order is drawn already, so that any will do.
        for part in 0..n_test {
            let part = &rows[part * rows.len() / n_test..(part + 1) * rows.len() / n_test];
            is_test[part[draw.below(part.len() as u64) as usize]] = 1;
        }
    }
    Ok(folds(&is_test, 2).swap_remove(1))
}

/// The rows class by class, or all rows in the order of their numbers.
fn strata(target: &Target) -> Vec<(Option<u32>, Vec<usize>)> {
    let mut rows: Vec<usize> = (0..target.len()).collect();
    if let Target::Number(values) = target {
        rows.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
        return vec![(None, rows)];
    }
    rows.sort_by_key(|&row| (target.class(row), row));
    let classes = rows.chunk_by(|&a, &b| target.class(a) == target.class(b));
    classes
        .map(|rows| (target.class(rows[0]), rows.to_vec()))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn classes(n: usize) -> Target {
        Target::Classes {
            codes: (0..n as u32)
                .map(|i| u32::from(i % 7 == 0) + u32::from(i % 3 == 0))
                .collect(),
            n_classes: 4,
        }
    }

    #[test]
    fn classes_are_spread_evenly_and_each_row_is_tested_once() {
        let target = classes(103);
        let folds = stratified(&target, 5, 9).unwrap();
        let mut tested: Vec<usize> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
        tested.sort_unstable();
        assert!(tested.iter().copied().eq(0..103));
        for class in 0..3 {
            let count = |rows: &[usize]| {
                rows.iter()
                    .filter(|&&row| target.class(row) == Some(class))
                    .count()
            };
            let counts: Vec<usize> = folds.iter().map(|fold| count(&fold.test)).collect();
            assert!(
                counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1,
                "{counts:?}"
            );
        }
        for fold in &folds {
            assert!((20..=21).contains(&fold.test.len()));
            assert_eq!(fold.train.len() + fold.test.len(), 103);
            assert!(fold.train.is_sorted() && fold.test.is_sorted());
        }
        assert_eq!(folds, stratified(&target, 5, 9).unwrap());
        assert_ne!(folds, stratified(&target, 5, 10).unwrap());
    }

    #[test]
    fn numbers_are_spread_over_their_range() {
        let target = Target::Number((0..100).map(|i| f64::from(i * 37 % 100)).collect());
        for fold in stratified(&target, 4, 1).unwrap() {
            let Target::Number(values) = target.take(&fold.test) else {
                unreachable!()
            };
            let mean = values.iter().sum::<f64>() / 25.0;
            assert!((mean - 49.5).abs() < 2.0, "{mean}");
        }
        let holdout = stratified_holdout(&target, 0.2, 1).unwrap();
        let Target::Number(values) = target.take(&holdout.test) else {
            unreachable!()
        };
        assert_eq!(values.len(), 20);
        assert!((values.iter().sum::<f64>() / 20.0 - 49.5).abs() < 3.0);
    }

    #[test]
    fn a_holdout_keeps_shares() {
        let target = Target::Binary((0..100).map(|i| i % 10 == 0).collect());
        let holdout = stratified_holdout(&target, 0.3, 4).unwrap();
        assert_eq!(holdout.test.iter().filter(|&&row| row % 10 == 0).count(), 3);
        assert_eq!((holdout.test.len(), holdout.train.len()), (30, 70));
    }

    #[test]
    fn splits_that_cannot_be_made_say_why() {
        let target = Target::Binary(vec![true, true, false, false, false, false]);
        let error = stratified(&target, 3, 0).unwrap_err();
        assert_eq!(error.to_string(), "cannot make 3 folds: class 1 has 2 rows");
        assert!(stratified(&target, 1, 0).is_err());
        assert!(stratified(&Target::Number(vec![1.0]), 2, 0).is_err());
        assert!(stratified_holdout(&target, 1.0, 0).is_err());
        assert!(stratified_holdout(&target, f64::NAN, 0).is_err());
        let error = stratified_holdout(&Target::Binary(vec![true, false, false]), 0.5, 0).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("there are 1 rows of class 1, at least 2 are needed"),
            "{error}"
        );
    }
}
