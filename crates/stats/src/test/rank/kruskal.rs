use crate::distribution::{ChiSquare, noncentral_chi_square_cdf, noncentrality_interval};
use crate::interval::Estimate;
use crate::rank::midranks;
use crate::test::sample::Groups;
use crate::test::{Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// The Kruskal-Wallis test: do the values of some groups tend to lie above those of others?
///
/// # Shapes and units
/// As [`anova`](crate::test::anova). The effect is epsilon squared, `H / (n - 1)`, the share of the rank variance between the
/// groups; its interval inverts the noncentral chi-square distribution.
///
/// # Assumptions
/// Independent draws. The chi-square p-value is rough below about 5 values per group.
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty group, [`StatsError::Constant`] if all values are equal.
///
/// # Reference
/// W. H. Kruskal, W. A. Wallis (1952), JASA 47, 583-621. Checked against scipy `kruskal`.
pub fn kruskal(
    values: &[f64],
    groups: &[u32],
    n_groups: usize,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    of_groups(&Groups::split(values, groups, n_groups, 1)?, level)
}

/// [`kruskal`] of groups that lie apart, each `(n_group,)`.
///
/// # Errors
/// As [`kruskal`].
pub fn kruskal_of(samples: &[&[f64]], level: f64) -> Result<TestResult, StatsError> {
    check::level(level)?;
    of_groups(&Groups::of(samples, 1)?, level)
}

fn of_groups(groups: &Groups<'_>, level: f64) -> Result<TestResult, StatsError> {
    let all: Vec<f64> = groups.values.concat();
    let (ranks, ties) = midranks(&all);
    let n = all.len() as f64;
    if ties >= n * n * n - n {
        return Err(StatsError::Constant {
            what: "values".to_owned(),
        });
    }
    let mut at = 0;
    let mut between = 0.0;
    for group in &groups.values {
        let sum: f64 = ranks[at..at + group.len()].iter().sum();
        let distance = sum - 0.5 * (n + 1.0) * group.len() as f64;
        between += distance * distance / group.len() as f64;
        at += group.len();
    }
    let h = 12.0 / (n * (n + 1.0)) * between / (1.0 - ties / (n * n * n - n));
    let df = groups.values.len() as f64 - 1.0;
    let effect = Effect {
        name: "epsilon squared",
        estimate: epsilon_squared(h, df, n, level),
    };
    let result = TestResult::new(
        "Kruskal-Wallis test",
        "H",
        h,
        ChiSquare::new(df)?.ln_sf(h),
        effect,
    );
    let n_least = groups.values.iter().map(|group| group.len()).min().unwrap_or(0);
    Ok(TestResult {
        df: vec![df],
        n_used: groups.n,
        n_dropped: groups.n_dropped,
        assumptions: vec![Assumption {
            name: "groups are large enough",
            holds: n_least >= 5,
            detail: format!("the smallest group has {n_least} values"),
        }],
        ..result
    })
}

pub(in crate::test) fn epsilon_squared(h: f64, df: f64, n: f64, level: f64) -> Estimate {
    let (low, high) = noncentrality_interval(|nc| noncentral_chi_square_cdf(h, df, nc), h - df, level);
    let value = h / (n - 1.0);
    Estimate {
        value,
        low: (low / (n - 1.0)).min(value),
        high: (high / (n - 1.0)).clamp(value, 1.0_f64.max(value)),
    }
}
