use crate::interval::two_sided_normal;
use crate::math::sqrt;
use crate::rank::midranks;
use crate::special::ln_normal_sf;
use crate::test::pairwise::{check_pairs, pairs_of};
use crate::test::sample::Groups;
use crate::test::{Alternative, Assumption, Pair, Pairwise};
use crate::{StatsError, check};

/// Dunn's test: which groups differ after [`kruskal`](crate::test::kruskal)? Mean ranks of every pair, by normal approximation.
///
/// # Shapes and units
/// As [`anova`](crate::test::anova). Differences are mean ranks of the second group less the first, over all values together.
/// P-values and intervals are of each pair alone: correct the p-values by [`holm`](crate::multiplicity::holm) or its kin.
///
/// # Assumptions
/// Independent draws, about 5 values per group.
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty group, [`StatsError::Constant`] if all values are equal.
///
/// # Reference
/// O. J. Dunn (1964), Technometrics 6, 241-252, with the correction for ties. Checked against scikit-posthocs
/// `posthoc_dunn`.
pub fn dunn(values: &[f64], groups: &[u32], n_groups: usize, level: f64) -> Result<Pairwise, StatsError> {
    check::level(level)?;
    check_pairs(n_groups)?;
    let groups = Groups::split(values, groups, n_groups, 1)?;
    let all: Vec<f64> = groups.values.concat();
    let (ranks, ties) = midranks(&all);
    let n = all.len() as f64;
    if ties >= n * n * n - n {
        return Err(StatsError::Constant {
            what: "values".to_owned(),
        });
    }
    let mut at = 0;
    let mut means = Vec::with_capacity(n_groups);
    for group in &groups.values {
        let sum: f64 = ranks[at..at + group.len()].iter().sum();
        means.push(sum / group.len() as f64);
        at += group.len();
    }
    let rank_variance = n * (n + 1.0) / 12.0 - ties / (12.0 * (n - 1.0));
    let size = |g: usize| groups.values[g].len() as f64;
    let quantile = two_sided_normal(level);
    let pair = |(i, j): (usize, usize)| {
        let se = sqrt(rank_variance * (1.0 / size(i) + 1.0 / size(j)));
        let difference = means[j] - means[i];
        let z = difference / se;
        let ln_p = Alternative::TwoSided.ln_p(z, ln_normal_sf);
        Pair::new((i, j), difference, quantile * se, z, f64::INFINITY, ln_p)
    };
    let n_least = groups.values.iter().map(|group| group.len()).min().unwrap_or(0);
    Ok(Pairwise {
        method: "Dunn's test",
        statistic_name: "z",
        difference_name: "difference of mean ranks",
        simultaneous: false,
        pairs: pairs_of(n_groups).map(pair).collect(),
        n_used: groups.n,
        n_dropped: groups.n_dropped,
        assumptions: vec![Assumption {
            name: "groups are large enough",
            holds: n_least >= 5,
            detail: format!("the smallest group has {n_least} values"),
        }],
    })
}
