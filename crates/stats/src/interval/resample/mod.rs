//! The bootstrap of summaries that we know by name, which needs no call and no copy for each resample.
//!
//! What is drawn are units: rows, clusters of rows, or blocks of neighbouring rows. Means and their kin are functions of sums,
//! so a resample is a sum over drawn units; quantiles of rows are order statistics, whose places are drawn outright. Resample
//! number `i` depends on seed and `i` alone, so threads change nothing.

mod drawn;
mod ends;
mod order;
mod sums;

use super::{Estimate, Resampling};
use crate::sum::Compensated;
use crate::threads::in_parts;
use crate::{StatsError, check};
use order::Ordered;

/// Resamples drawn from one stream, so that generators are seeded rarely.
const BLOCK: usize = 32;

/// What is computed of each resample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Summary {
    /// The mean of one column.
    Mean,
    /// The standard deviation of one column, `n - 1` in the denominator.
    StandardDeviation,
    /// The variance of one column, `n - 1` in the denominator.
    Variance,
    /// A quantile of one column at this share in (0, 1), numpy's interpolation; of rows alone.
    Quantile(f64),
    /// Pearson's correlation of two columns.
    Correlation,
    /// The sum of the first column over the sum of the second.
    Ratio,
}

/// What is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Units<'a> {
    /// Single rows, which are independent.
    #[default]
    Rows,
    /// All rows of a cluster at once: a code for each row. For rows that depend on each other within clusters.
    Clusters(&'a [u32]),
    /// Blocks of so many neighbouring rows, the first following the last. For series; H. R. Künsch (1989), Annals of Statistics
    /// 17, 1217-1241; D. N. Politis, J. P. Romano (1992), on circular blocks.
    Blocks(usize),
}

/// How an interval is made of resamples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BootstrapMethod {
    /// Bias-corrected and accelerated (B. Efron (1987), JASA 82, 171-185), with the whole jackknife.
    #[default]
    Bca,
    /// Quantiles of the resamples.
    Percentile,
    /// The percentile interval mirrored at the estimate.
    Basic,
}

/// What a bootstrap found.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrapped {
    /// The summary of the data with its interval.
    pub estimate: Estimate,
    /// The standard deviation of the resamples.
    pub standard_error: f64,
    /// The sorted values of the resamples on which the summary is defined.
    pub resamples: Vec<f64>,
    /// Rows used.
    pub n_used: usize,
    /// Rows dropped for a missing number.
    pub n_dropped: usize,
}

/// The bootstrap interval of a summary, or of the difference of the summaries of two independent samples.
///
/// # Shapes and units
/// `samples` holds one sample or two (then `first - second`), each one column or, for [`Summary::Correlation`] and
/// [`Summary::Ratio`], two, of `(n_rows,)`; a row with NaN is dropped and counted. `units` holds for one sample; the codes of
/// clusters are `(n_rows,)`.
///
/// # Assumptions
/// Independent units. Too narrow below about 20 units, and for blocks shorter than the dependence. The jackknife of quantiles
/// says little: prefer [`BootstrapMethod::Percentile`] for them.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 units or 20 resamples, [`StatsError::Undefined`] for a summary without a value on the
/// data or on half of the resamples, quantiles of clusters or blocks; lengths, infinities, a share outside (0, 1).
///
/// # Reference
/// B. Efron, R. Tibshirani (1993), An introduction to the bootstrap, chapters 8, 13, 14. Checked against scipy `bootstrap`.
pub fn bootstrap(
    samples: &[&[&[f64]]],
    summary: Summary,
    units: Units<'_>,
    method: BootstrapMethod,
    resampling: &Resampling,
    n_threads: usize,
) -> Result<Bootstrapped, StatsError> {
    resampling.check()?;
    if !(1..=2).contains(&samples.len()) || (samples.len() == 2 && units != Units::Rows) {
        return Err(StatsError::OutOfRange {
            what: "number of samples",
            found: samples.len() as f64,
            expected: "1, or 2 of independent rows",
        });
    }
    let sides = samples
        .iter()
        .map(|columns| Side::new(columns, summary, units))
        .collect::<Result<Vec<_>, _>>()?;
    let undefined = |reason| StatsError::Undefined {
        what: "bootstrapped summary",
        reason,
    };
    let value = difference(sides.iter().map(|side| side.law.value()));
    let value = value.ok_or_else(|| undefined("no value on the data"))?;
    let resamples = resamples(&sides, resampling, n_threads);
    if 2 * resamples.len() < resampling.n_resamples {
        return Err(undefined("no value on more than half of the resamples"));
    }
    Ok(Bootstrapped {
        estimate: ends::interval(&sides, value, &resamples, method, resampling.level),
        standard_error: ends::spread(&resamples),
        resamples,
        n_used: sides.iter().map(|side| side.n_used).sum(),
        n_dropped: sides.iter().map(|side| side.n_dropped).sum(),
    })
}

fn resamples(sides: &[Side], resampling: &Resampling, n_threads: usize) -> Vec<f64> {
    let (n, seed) = (resampling.n_resamples, resampling.seed);
    let parts = in_parts(n.div_ceil(BLOCK), n_threads, |part| {
        let of = |block: usize| {
            let size = BLOCK.min(n - block * BLOCK);
            let stream = |side: usize| (sides.len() * block + side) as u64;
            let drawn = sides.iter().enumerate();
            let drawn: Vec<_> = drawn
                .map(|(k, side)| side.law.resampled(seed, stream(k), size))
                .collect();
            (0..size).filter_map(move |resample| difference(drawn.iter().map(|side| side[resample])))
        };
        let resamples: Vec<f64> = part.flat_map(of).collect();
        crate::rank::sorted(&resamples)
    });
    let mut resamples = parts.concat();
    // the stable sort merges runs, which the parts are
    resamples.sort_by(f64::total_cmp);
    resamples
}

/// The first, or the first minus the second, where all are numbers.
fn difference(mut values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let first = values.next()??;
    let value = values.try_fold(first, |rest, value| value.map(|value| rest - value))?;
    value.is_finite().then_some(value)
}

/// One sample.
struct Side {
    law: Box<dyn Law>,
    n_used: usize,
    n_dropped: usize,
}

/// A sample that can be resampled.
trait Law: Sync {
    /// The summary of the data.
    fn value(&self) -> Option<f64>;
    /// The summaries of `n` resamples, which follow from the stream and their order in it.
    fn resampled(&self, seed: u64, stream: u64, n: usize) -> Vec<Option<f64>>;
    /// The summaries of the data without each unit in turn.
    fn without_each(&self) -> Vec<f64>;
}

impl Side {
    fn new(columns: &[&[f64]], summary: Summary, units: Units<'_>) -> Result<Self, StatsError> {
        let n_columns = match summary {
            Summary::Correlation | Summary::Ratio => 2,
            _ => 1,
        };
        check::same_length("columns", columns.len(), n_columns)?;
        let n_rows = columns[0].len();
        for column in columns {
            check::same_length("a column", column.len(), n_rows)?;
            crate::test::clean("a column", column, 0)?;
        }
        let whole = |row: &usize| columns.iter().all(|column| !column[*row].is_nan());
        let rows: Vec<usize> = (0..n_rows).filter(whole).collect();
        check::at_least("a sample", rows.len(), 2)?;
        let pick = |column: &&[f64]| rows.iter().map(|&row| column[row]).collect::<Vec<f64>>();
        let kept: Vec<Vec<f64>> = columns.iter().map(pick).collect();
        let law: Box<dyn Law> = match (summary, units) {
            (Summary::Quantile(share), Units::Rows) => Box::new(Ordered::new(kept, share)?),
            (Summary::Quantile(_), _) => {
                return Err(StatsError::Undefined {
                    what: "bootstrap of a quantile",
                    reason: "clusters and blocks are drawn for means, deviations, correlations and ratios alone",
                });
            }
            (_, Units::Clusters(codes)) => {
                check::same_length("clusters", codes.len(), n_rows)?;
                let codes: Vec<u32> = rows.iter().map(|&row| codes[row]).collect();
                sums::boxed(&kept, summary, sums::Grouping::Clusters(&codes))?
            }
            (_, Units::Blocks(length)) => sums::boxed(&kept, summary, sums::Grouping::Blocks(length))?,
            (_, Units::Rows) => sums::boxed(&kept, summary, sums::Grouping::Rows)?,
        };
        Ok(Self {
            law,
            n_used: rows.len(),
            n_dropped: n_rows - rows.len(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[allow(clippy::type_complexity, reason = "tables of cases")]
mod tests;
