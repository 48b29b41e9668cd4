//! Which odd stretches are told.

use super::Series;
use stats::multiplicity::benjamini_hochberg;
use std::collections::BTreeMap;

/// The place of an odd stretch among all series, and its p-value by itself.
type Place = (usize, usize, f64);

/// Keeps the odd stretches that hold, and corrects their p-values.
///
/// A shop that is shut on New Year's Day is odd in every year and in every series. Counted one by one, such days are so many
/// that one in twenty of them lets dozens of false ones in, and they crowd out everything else. So what is counted is the
/// finding: all stretches of one day of the year, over years, hours and series. Its p-value is Simes' of theirs; findings hold
/// by Benjamini and Hochberg over all of them, and within one that holds a stretch is told if it holds among the others of it
/// at the level times the share of findings that hold. Of the findings told one in twenty is chance, and of the stretches
/// within them, on average over findings, one in twenty is.
///
/// # Reference
/// R. J. Simes (1986), Biometrika 73, 751-754; Y. Benjamini, M. Bogomolov (2014), JRSS B 76, 297-318.
pub(super) fn hold(series: &mut [&mut Series], findings: &[i64], false_share: f64) {
    let mut families: BTreeMap<i64, Vec<Place>> = BTreeMap::new();
    for (of, one) in series.iter().enumerate() {
        for (at, odd) in one.odd.iter().enumerate() {
            let finding = findings.get(odd.index).copied().unwrap_or(-1);
            families
                .entry(finding)
                .or_default()
                .push((of, at, odd.p_adjusted));
        }
    }
    let within: Vec<Vec<f64>> = families
        .values()
        .map(|family| adjusted(family.iter().map(|place| place.2)))
        .collect();
    // the smallest adjusted p-value of a family is Simes'
    let of_families = adjusted(
        within
            .iter()
            .map(|family| family.iter().copied().fold(1.0, f64::min)),
    );
    let n_held = of_families.iter().filter(|p| **p <= false_share).count().max(1) as f64;
    let scale = of_families.len() as f64 / n_held;
    for ((family, within), of_family) in families.values().zip(&within).zip(&of_families) {
        for ((of, at, _), p) in family.iter().zip(within) {
            series[*of].odd[*at].p_adjusted = (p * scale).max(*of_family).min(1.0);
        }
    }
    for one in series {
        one.odd.retain(|odd| odd.p_adjusted <= false_share);
    }
}

fn adjusted(p_values: impl Iterator<Item = f64>) -> Vec<f64> {
    let raw: Vec<f64> = p_values.collect();
    benjamini_hochberg(&raw).unwrap_or_else(|_| vec![1.0; raw.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::Odd;

    fn series(p_values: &[f64]) -> Series {
        let odd = |(index, p): (usize, &f64)| Odd {
            index,
            expected: 0.0,
            interval: (0.0, 0.0),
            p_adjusted: *p,
        };
        Series {
            column: None,
            values: vec![0.0; p_values.len()],
            smooth: Vec::new(),
            expected: Vec::new(),
            seasons: Vec::new(),
            trend: None,
            changes: Vec::new(),
            odd: p_values.iter().enumerate().map(odd).collect(),
        }
    }

    fn told(one: &Series) -> Vec<usize> {
        one.odd.iter().map(|odd| odd.index).collect()
    }

    #[test]
    fn a_day_of_every_year_is_one_finding() {
        // two years of a hundred days: the first day is odd in both, in two series
        let p = |at: usize| {
            if at % 100 == 0 {
                1e-9
            } else {
                0.3 + 0.7 * (at % 100) as f64 / 100.0
            }
        };
        let p_values: Vec<f64> = (0..200).map(p).collect();
        let (mut a, mut b) = (series(&p_values), series(&p_values));
        let findings: Vec<i64> = (0..200).map(|at| at % 100).collect();
        hold(&mut [&mut a, &mut b], &findings, 0.05);
        assert_eq!((told(&a), told(&b)), (vec![0, 100], vec![0, 100]));
    }

    #[test]
    fn many_stretches_of_one_finding_do_not_let_others_in() {
        // forty odd stretches of one finding; alone a p-value of 0.004 would hold beside them (41 of 400 at 5%)
        let p = |at: usize| match at {
            0..40 => 1e-9,
            40 => 0.004,
            _ => 0.5,
        };
        let mut one = series(&(0..400).map(p).collect::<Vec<f64>>());
        let findings: Vec<i64> = (0..400).map(|at| (at as i64 - 39).max(0)).collect();
        hold(&mut [&mut one], &findings, 0.05);
        assert_eq!(told(&one), (0..40).collect::<Vec<_>>());
        let mut apart = series(&(0..400).map(p).collect::<Vec<f64>>());
        hold(&mut [&mut apart], &(0..400).collect::<Vec<i64>>(), 0.05);
        assert_eq!(told(&apart).len(), 41);
    }
}
