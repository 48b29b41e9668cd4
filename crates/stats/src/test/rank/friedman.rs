use crate::distribution::{ChiSquare, noncentral_chi_square_cdf, noncentrality_interval};
use crate::interval::Estimate;
use crate::rank::midranks;
use crate::test::sample::not_too_large;
use crate::test::{Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// Friedman's test: do treatments differ, when every block (person, day, machine) got each of them?
///
/// # Shapes and units
/// `values` is `(n_blocks, n_treatments)`, block after block. A block with a missing value (NaN) is dropped and counted whole.
/// The effect is Kendall's W, the agreement of the blocks on the order of the treatments, in [0, 1]; its interval
/// inverts the noncentral chi-square distribution.
///
/// # Assumptions
/// Independent blocks. The chi-square p-value is rough below about 10 blocks or 3 treatments.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 treatments or 2 complete blocks, [`StatsError::LengthMismatch`] if the last block
/// is not full, [`StatsError::Constant`] if every block is constant.
///
/// # Reference
/// M. Friedman (1937), JASA 32, 675-701, with the correction for ties. Checked against scipy `friedmanchisquare`.
pub fn friedman(values: &[f64], n_treatments: usize, level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    check::at_least("treatments", n_treatments, 2)?;
    not_too_large("values", values)?;
    let blocks = values.chunks(n_treatments);
    check::same_length(
        "values",
        values.len(),
        values.len().div_ceil(n_treatments) * n_treatments,
    )?;
    check::at_least("blocks", blocks.len(), 2)?;
    let (k, n_given) = (n_treatments as f64, blocks.len());
    let mut sums = vec![0.0; n_treatments];
    let (mut n_blocks, mut ties) = (0, 0.0);
    for block in blocks.filter(|block| !block.iter().any(|v| v.is_nan())) {
        let (ranks, tied) = midranks(block);
        for (sum, rank) in sums.iter_mut().zip(&ranks) {
            *sum += rank;
        }
        n_blocks += 1;
        ties += tied;
    }
    check::at_least("complete blocks", n_blocks, 2)?;
    let n = n_blocks as f64;
    let untied = 1.0 - ties / (n * (k * k * k - k));
    if untied <= 0.0 {
        return Err(StatsError::Constant {
            what: "every block".to_owned(),
        });
    }
    let expected = 0.5 * n * (k + 1.0);
    let between: f64 = sums.iter().map(|sum| (sum - expected) * (sum - expected)).sum();
    let statistic = 12.0 * between / (n * k * (k + 1.0)) / untied;
    let df = k - 1.0;
    let effect = Effect {
        name: "Kendall's W",
        estimate: kendall_w(statistic, df, n, level),
    };
    let ln_p = ChiSquare::new(df)?.ln_sf(statistic);
    let result = TestResult::new("Friedman test", "chi-square", statistic, ln_p, effect);
    Ok(TestResult {
        df: vec![df],
        n_used: n_blocks,
        n_dropped: n_given - n_blocks,
        assumptions: vec![Assumption {
            name: "enough blocks for the chi-square law",
            holds: n_blocks >= 10 && n_treatments >= 3,
            detail: format!("{n_blocks} blocks of {n_treatments} treatments"),
        }],
        ..result
    })
}

fn kendall_w(statistic: f64, df: f64, n: f64, level: f64) -> Estimate {
    let (low, high) = noncentrality_interval(
        |nc| noncentral_chi_square_cdf(statistic, df, nc),
        statistic - df,
        level,
    );
    let value = (statistic / (n * df)).min(1.0);
    Estimate {
        value,
        low: (low / (n * df)).min(value),
        high: (high / (n * df)).clamp(value, 1.0),
    }
}
