//! Can the data be trusted?

use super::n_codes;
use crate::array::Array;
use crate::numbers::{Codes, Numbers};
use crate::tidy::{Record, Tidy, flat, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::experiment;

result_class! {
    /// Whether as many units came to each arm as were to come.
    "spanwise.experiment" SampleRatio {
        /// Whether the counts may be chance: a p-value of 0.001 or more.
        sound: bool,
        /// The chi-square statistic, or the Bayes factor against the planned split.
        statistic: f64,
        /// The probability of counts at least as far off if the split were right.
        p_value: f64,
        /// Its natural logarithm.
        ln_p_value: f64,
        /// The units that were to come to each arm.
        expected: Vec<f64>,
        /// The arm that is farthest off.
        worst_arm: usize,
        /// By how much, as a fraction of the number expected.
        worst_excess: f64,
    }

    fn __repr__(&self) -> String {
        let sound = if self.sound { "sound" } else { "not sound" };
        format!("<SampleRatio: {sound}, p = {:?}>", self.p_value)
    }
}

/// A row for each arm.
impl Tidy for SampleRatio {
    fn rows(&self) -> Vec<Record> {
        let arms = self.expected.iter().enumerate();
        arms.map(|(arm, expected)| {
            row([
                ("arm", (arm as u64).into()),
                ("expected", (*expected).into()),
                ("is_worst", (arm == self.worst_arm).into()),
                ("sound", self.sound.into()),
                ("statistic", self.statistic.into()),
                ("p_value", self.p_value.into()),
                ("ln_p_value", self.ln_p_value.into()),
            ])
        })
        .collect()
    }
}

/// The sample-ratio mismatch check; with ``any_time=True`` valid at every look.
///
/// ``concentration`` says how near to the plan the splits lie against which the any-time check is strongest, in units.
///
/// Shapes: counts, shares (n_arms,); shares need not sum to 1.
/// Missing: refused.
/// Errors: ``SpanwiseError`` for fewer than 2 arms, no units, a share that is not above 0.
/// Source: A. Fabijan et al. (2019), KDD; M. Lindon, A. Malek (2022), NeurIPS 35; gbstats ``check_srm``.
#[pyfunction]
#[pyo3(signature = (counts, shares, *, any_time = false, concentration = 10_000.0))]
fn sample_ratio(
    counts: Vec<u64>,
    shares: Numbers,
    any_time: bool,
    concentration: f64,
) -> PyResult<SampleRatio> {
    let found = computed(|| match any_time {
        true => experiment::sample_ratio_any_time(&counts, &shares, concentration),
        false => experiment::sample_ratio(&counts, &shares),
    })?;
    Ok(SampleRatio {
        sound: found.sound,
        statistic: found.statistic,
        p_value: found.p_value,
        ln_p_value: found.ln_p_value,
        expected: found.expected,
        worst_arm: found.worst_arm,
        worst_excess: found.worst_excess,
    })
}

result_class! {
    /// Rows of an exposure log looked through unit by unit.
    "spanwise.experiment" Exposures {
        /// Units that occur.
        n_units: u64,
        /// Units that were seen in two arms or more.
        n_in_several_arms: u64,
        /// Up to ten of their codes.
        in_several_arms: Vec<u32>,
        /// Units with more than one row.
        n_repeated: u64,
        /// The most rows that one unit has.
        most_rows: u64,
        /// Units of each arm, without those in several.
        counts: Vec<u64>,
    }

    fn __repr__(&self) -> String {
        let several = self.n_in_several_arms;
        format!("<Exposures of {} units, {several} in several arms>", self.n_units)
    }
}

/// A row for each arm.
impl Tidy for Exposures {
    fn rows(&self) -> Vec<Record> {
        use crate::tidy::Fields;
        let arms = self.counts.iter().enumerate();
        arms.map(|(arm, count)| {
            let mut cells = row([("arm", (arm as u64).into()), ("count", (*count).into())]);
            cells.extend(flat(self.record()));
            cells
        })
        .collect()
    }
}

/// Looks for units in several arms and for repeated exposure; ``units`` and ``arms`` hold codes from 0 up, a row each.
///
/// Shapes: units, arms (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for other lengths, codes below 0.
/// Source: A. Fabijan et al. (2019), Diagnosing sample ratio mismatch, KDD.
#[pyfunction]
fn exposures(units: Codes, arms: Codes) -> PyResult<Exposures> {
    let found = computed(|| experiment::exposures(&units, n_codes(&units), &arms, n_codes(&arms)))?;
    Ok(Exposures {
        n_units: found.n_units,
        n_in_several_arms: found.n_in_several_arms,
        in_several_arms: found.in_several_arms,
        n_repeated: found.n_repeated,
        most_rows: found.most_rows,
        counts: found.counts,
    })
}

/// How many rows show something else than was assigned, and the counts by assigned (down) and shown (across).
///
/// Shapes: assigned, shown (n_rows,).
/// Missing: refused.
/// Errors: ``SpanwiseError`` for other lengths, more than a thousand arms.
/// Source: A. Fabijan et al. (2019), Diagnosing sample ratio mismatch, KDD.
#[pyfunction]
fn assignment_mismatch(assigned: Codes, shown: Codes) -> PyResult<(u64, Array)> {
    let n_arms = n_codes(&assigned).max(n_codes(&shown));
    let found = computed(|| experiment::assignment_mismatch(&assigned, &shown, n_arms))?;
    let counts = found.counts.iter().map(|&count| count as i64).collect();
    Ok((found.n_mismatched, Array::whole(counts, &[n_arms, n_arms])))
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<SampleRatio>()?;
    module.add_class::<Exposures>()?;
    add_functions!(module, sample_ratio, exposures, assignment_mismatch);
    Ok(())
}
