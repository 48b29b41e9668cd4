//! How strongly a column belongs to the target.

use crate::Meaning;
use crate::cells::{Cells, Codes};
use crate::target::Target;
use stats::test::{RankMethod, mann_whitney};
use stats::{Alternative, Estimate, TestResult, correlation_ratio, cramers_v, metric, spearman};

/// The relation of one column with the target.
#[derive(Clone, Debug, PartialEq)]
pub struct Association {
    /// `AUC` (0.5 is none), `Cramér's V`, `correlation ratio` (0 is none) or `rank correlation`.
    pub measure: &'static str,
    /// Its size with the interval at the profile's level.
    pub estimate: Estimate,
    /// Probability of at least this much if column and target had nothing to do with each other; one column's, uncorrected.
    pub p_value: f64,
}

impl Association {
    /// How strong the relation is, from 0 to 1 for every measure and either direction.
    #[must_use]
    pub fn strength(&self) -> f64 {
        match self.measure {
            "AUC" => (self.estimate.value - 0.5).abs() * 2.0,
            _ => self.estimate.value.abs(),
        }
    }

    /// How close it comes to telling the target outright, 1 being just that; an AUC counts from either side.
    pub(crate) fn tells(&self) -> f64 {
        match self.measure {
            "AUC" => self.estimate.value.max(1.0 - self.estimate.value),
            _ => self.estimate.value.abs(),
        }
    }

    fn of(measure: &'static str, result: &TestResult) -> Association {
        Association {
            measure,
            estimate: result.effect.estimate,
            p_value: result.p_value,
        }
    }
}

/// The association that suits both kinds; `None` where it is undefined, such as for a constant.
pub(crate) fn associate(cells: &Cells, meaning: Meaning, target: &Target, level: f64) -> Option<Association> {
    match (cells, meaning) {
        (
            _,
            Meaning::Identifier
            | Meaning::Constant
            | Meaning::AllMissing
            | Meaning::FreeText
            | Meaning::Target,
        ) => None,
        (Cells::Numbers(numbers), _) => of_numbers(numbers, target, level),
        (Cells::Texts(_), _) => of_codes(&cells.codes(), target, level),
    }
}

/// How far the mere presence of a value tells the target.
pub(crate) fn associate_missing(cells: &Cells, target: &Target, level: f64) -> Option<Association> {
    let codes = (0..cells.len())
        .map(|row| u32::from(cells.is_missing(row)))
        .collect();
    of_codes(&Codes { codes, n: 2 }, target, level)
}

fn of_numbers(numbers: &[f64], target: &Target, level: f64) -> Option<Association> {
    match target {
        Target::Flag(flags) => {
            let pairs = || {
                flags
                    .iter()
                    .zip(numbers)
                    .filter_map(|(flag, x)| flag.map(|is| (is, *x)))
            };
            let (labels, scores): (Vec<bool>, Vec<f64>) = pairs().filter(|(_, x)| !x.is_nan()).unzip();
            let estimate = metric::auc(&labels, &scores, None, level).ok()?;
            let side = |which| {
                pairs()
                    .filter(|(is, _)| *is == which)
                    .map(|(_, x)| x)
                    .collect::<Vec<f64>>()
            };
            let test = mann_whitney(
                &side(true),
                &side(false),
                Alternative::TwoSided,
                RankMethod::Auto,
                level,
            )
            .ok()?;
            Some(Association {
                measure: "AUC",
                estimate,
                p_value: test.p_value,
            })
        }
        Target::Numbers(target) => spearman(numbers, target, level)
            .ok()
            .map(|result| Association::of("rank correlation", &result)),
        Target::Classes { codes, missing } => {
            let (numbers, groups) = present(numbers, missing, &codes.codes);
            let result = correlation_ratio(&numbers, &groups, codes.n, level).ok()?;
            Some(Association::of("correlation ratio", &result))
        }
    }
}

fn of_codes(codes: &Codes, target: &Target, level: f64) -> Option<Association> {
    let missing = target.missing();
    match target {
        Target::Numbers(target) => {
            let result = correlation_ratio(target, &codes.codes, codes.n, level).ok()?;
            Some(Association::of("correlation ratio", &result))
        }
        Target::Flag(flags) => {
            let flags: Vec<u32> = flags.iter().map(|flag| u32::from(*flag == Some(true))).collect();
            let (a, b) = present(&codes.codes, &missing, &flags);
            of_pairs(&a, codes.n, &b, 2, level)
        }
        Target::Classes { codes: classes, .. } => {
            let (a, b) = present(&codes.codes, &missing, &classes.codes);
            of_pairs(&a, codes.n, &b, classes.n, level)
        }
    }
}

fn of_pairs(a: &[u32], n_a: usize, b: &[u32], n_b: usize, level: f64) -> Option<Association> {
    let (a, n_a) = without_gaps(a, n_a);
    let (b, n_b) = without_gaps(b, n_b);
    cramers_v(&a, n_a, &b, n_b, level)
        .ok()
        .map(|result| Association::of("Cramér's V", &result))
}

/// Both columns in the rows that are not `missing`.
fn present<A: Copy, B: Copy>(a: &[A], missing: &[bool], b: &[B]) -> (Vec<A>, Vec<B>) {
    let rows = a
        .iter()
        .zip(b)
        .zip(missing)
        .filter(|(_, is_missing)| !**is_missing);
    rows.map(|((a, b), _)| (*a, *b)).unzip()
}

/// Codes counted anew over those that occur.
fn without_gaps(codes: &[u32], n: usize) -> (Vec<u32>, usize) {
    let mut used = vec![false; n];
    for code in codes {
        used[*code as usize] = true;
    }
    let mut next = 0;
    let new_code: Vec<u32> = used
        .iter()
        .map(|is_used| {
            let code = next;
            next += u32::from(*is_used);
            code
        })
        .collect();
    (
        codes.iter().map(|code| new_code[*code as usize]).collect(),
        next as usize,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn flags(n: usize) -> Target {
        Target::Flag((0..n).map(|row| Some(row % 2 == 0)).collect())
    }

    #[test]
    fn numbers_that_follow_the_target_have_a_high_auc() {
        let follows = Cells::Numbers(
            (0..100)
                .map(|row| f64::from(u8::from(row % 2 == 0)) + f64::from(row) * 1e-3)
                .collect(),
        );
        let found = associate(&follows, Meaning::Amount, &flags(100), 0.95).unwrap();
        assert_eq!((found.measure, found.estimate.value), ("AUC", 1.0));
        assert!(found.p_value < 1e-10);
        let against = Cells::Numbers((0..100).map(|row| -f64::from(u8::from(row % 2 == 0))).collect());
        let found = associate(&against, Meaning::Amount, &flags(100), 0.95).unwrap();
        assert_eq!(
            (found.estimate.value, found.tells(), found.strength()),
            (0.0, 1.0, 1.0)
        );
    }

    #[test]
    fn presence_alone_may_tell_the_target() {
        let reasons = Cells::Texts(
            (0..100)
                .map(|row| (row % 2 == 0).then(|| format!("reason {}", row % 5)))
                .collect(),
        );
        assert!(associate_missing(&reasons, &flags(100), 0.95).unwrap().tells() > 0.98);
    }

    #[test]
    fn undefined_relations_are_none() {
        let constant = Cells::Texts(vec![Some("a".to_owned()); 100]);
        assert_eq!(associate(&constant, Meaning::Category, &flags(100), 0.95), None);
        let none = Cells::Numbers(vec![f64::NAN; 100]);
        assert_eq!(associate(&none, Meaning::Amount, &flags(100), 0.95), None);
    }

    #[test]
    fn categories_explain_numbers() {
        let target = Target::Numbers(
            (0..90)
                .map(|row| f64::from(row % 3) + f64::from(row) * 1e-4)
                .collect(),
        );
        let codes = Cells::Texts(
            (0..90)
                .map(|row| Some(["a", "b", "c"][row % 3].to_owned()))
                .collect(),
        );
        let found = associate(&codes, Meaning::Category, &target, 0.95).unwrap();
        assert_eq!(found.measure, "correlation ratio");
        assert!(found.strength() > 0.99);
    }
}
