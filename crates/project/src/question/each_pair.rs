//! Every two groups beside each other, with p-values that allow for their number.

use super::classes::{Counts, of_counts};
use super::numbers::Split;
use super::record::{PairRecord, PairsRecord, ends};
use super::{Case, Method};
use crate::ProjectError;
use stats::multiplicity::holm;
use stats::test::{Alternative, dunn, games_howell, tukey_hsd, two_proportions};

pub(super) fn of_numbers(case: &Case<'_>, split: &Split, by_rank: bool) -> Result<PairsRecord, ProjectError> {
    let (k, level) = (split.names.len(), case.asked.level);
    let found = match (by_rank, case.asked.method) {
        (true, _) => dunn(&split.values, &split.codes, k, level)?,
        (false, Method::Student) => tukey_hsd(&split.values, &split.codes, k, level)?,
        (false, _) => games_howell(&split.values, &split.codes, k, level)?,
    };
    let p_values: Vec<f64> = found.pairs.iter().map(|pair| pair.p_value).collect();
    let (method, p_values) = match found.simultaneous {
        true => (found.method.to_owned(), p_values),
        false => (
            format!("{} with Holm's correction", found.method),
            holm(&p_values)?,
        ),
    };
    let pairs = found
        .pairs
        .iter()
        .zip(p_values)
        .map(|(pair, p_adjusted)| PairRecord {
            first: split.names[pair.first].clone(),
            second: split.names[pair.second].clone(),
            difference: ends(pair.difference),
            p_adjusted,
        });
    Ok(PairsRecord {
        method,
        difference_name: found.difference_name.to_owned(),
        pairs: pairs.collect(),
    })
}

pub(super) fn of_classes(
    case: &Case<'_>,
    names: &[String],
    counts: &Counts,
) -> Result<PairsRecord, ProjectError> {
    let mut pairs = Vec::new();
    let mut p_values = Vec::new();
    for first in 0..names.len() {
        for second in first + 1..names.len() {
            let (p_value, difference) = two(case, counts, first, second)?;
            p_values.push(p_value);
            pairs.push(PairRecord {
                first: names[first].clone(),
                second: names[second].clone(),
                difference,
                p_adjusted: p_value,
            });
        }
    }
    pairs
        .iter_mut()
        .zip(holm(&p_values)?)
        .for_each(|(pair, p)| pair.p_adjusted = p);
    Ok(PairsRecord {
        method: "tests of each two groups with Holm's correction".to_owned(),
        difference_name: "difference of shares".to_owned(),
        pairs,
    })
}

/// The p-value of two groups, and the share of the second less that of the first.
fn two(
    case: &Case<'_>,
    counts: &Counts,
    first: usize,
    second: usize,
) -> Result<(f64, [Option<f64>; 3]), ProjectError> {
    let both = counts.of_groups(&[first, second]);
    if !both.differ() {
        // all rows of both are of one class: nothing speaks for a difference, and its interval is not known
        return Ok((1.0, [Some(0.0), None, None]));
    }
    let [(a, n_a), (b, n_b)] = [second, first].map(|group| counts.of_positive(group));
    let difference = two_proportions(a, n_a, b, n_b, Alternative::TwoSided, case.asked.level);
    let difference = difference.map_or([None; 3], |found| ends(found.effect.estimate));
    Ok((of_counts(case, &both)?.result.p_value, difference))
}
