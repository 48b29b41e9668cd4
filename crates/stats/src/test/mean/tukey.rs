use super::anova::similar_variances;
use super::t::near_normal_mean;
use crate::distribution::StudentizedRange;
use crate::math::sqrt;
use crate::test::pairwise::{check_pairs, pairs_of};
use crate::test::sample::{Groups, Sample};
use crate::test::{Assumption, Pair, Pairwise};
use crate::{StatsError, check};

/// Tukey's HSD test: which means differ after [`anova`](crate::test::anova)? Every pair, with one level for all together.
///
/// # Shapes and units
/// As [`anova`](crate::test::anova). Differences are the second mean less the first, in the unit of the values; their
/// intervals cover all true differences together with probability `level`. The statistic is the studentized range q.
/// For groups of unequal size it is Kramer's form, which is slightly cautious.
///
/// # Assumptions
/// Independent draws, near normal means, equal variances: [`games_howell`] does without the last.
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty group or no spare value, [`StatsError::Constant`] if every group is constant.
///
/// # Reference
/// J. W. Tukey (1953); C. Y. Kramer (1956), Biometrics 12, 307-310. Checked against scipy `tukey_hsd` and R.
pub fn tukey_hsd(
    values: &[f64],
    groups: &[u32],
    n_groups: usize,
    level: f64,
) -> Result<Pairwise, StatsError> {
    check::level(level)?;
    check_pairs(n_groups)?;
    let groups = Groups::split(values, groups, n_groups, 1)?;
    let samples = groups.samples();
    let df = groups.n as f64 - n_groups as f64;
    check::at_least("values beyond one per group", df as usize, 1)?;
    let within: f64 = samples
        .iter()
        .filter(|s| s.n > 1.0)
        .map(|s| (s.n - 1.0) * s.variance)
        .sum();
    if within == 0.0 {
        return Err(StatsError::Constant {
            what: "every group".to_owned(),
        });
    }
    let law = StudentizedRange::new(n_groups, df)?;
    let quantile = law.upper_quantile(1.0 - level);
    let pair = |(i, j): (usize, usize)| {
        let (a, b) = (&samples[i], &samples[j]);
        let se = sqrt(0.5 * within / df * (1.0 / a.n + 1.0 / b.n));
        let difference = b.mean - a.mean;
        let q = difference / se;
        Pair::new((i, j), difference, quantile * se, q, df, law.ln_sf(q.abs()))
    };
    let mut assumptions = near_normal_means(&samples);
    assumptions.push(similar_variances(&samples));
    Ok(Pairwise {
        pairs: pairs_of(n_groups).map(pair).collect(),
        ..simultaneous("Tukey's HSD test", &groups, assumptions)
    })
}

/// The Games-Howell test: which means differ, when the variances may differ, too?
///
/// As [`tukey_hsd`], with each pair's own standard error and Welch's degrees of freedom.
///
/// # Errors
/// [`StatsError::TooFewValues`] below 2 values in a group, [`StatsError::Constant`] if two groups are constant.
///
/// # Reference
/// P. A. Games, J. F. Howell (1976), Journal of Educational Statistics 1, 113-125. Checked against pingouin
/// `pairwise_gameshowell`.
pub fn games_howell(
    values: &[f64],
    groups: &[u32],
    n_groups: usize,
    level: f64,
) -> Result<Pairwise, StatsError> {
    check::level(level)?;
    check_pairs(n_groups)?;
    let groups = Groups::split(values, groups, n_groups, 2)?;
    let samples = groups.samples();
    let pair = |(i, j): (usize, usize)| {
        let (a, b) = (&samples[i], &samples[j]);
        let (va, vb) = (a.variance / a.n, b.variance / b.n);
        if va + vb == 0.0 {
            return Err(StatsError::Constant {
                what: format!("group {i} and of group {j}"),
            });
        }
        // in shares of the sum, so that neither square underflows
        let (share_a, share_b) = (va / (va + vb), vb / (va + vb));
        let df = 1.0 / (share_a * share_a / (a.n - 1.0) + share_b * share_b / (b.n - 1.0));
        let law = StudentizedRange::new(n_groups, df)?;
        let se = sqrt(0.5 * (va + vb));
        let difference = b.mean - a.mean;
        let (q, half) = (difference / se, law.upper_quantile(1.0 - level) * se);
        Ok(Pair::new((i, j), difference, half, q, df, law.ln_sf(q.abs())))
    };
    Ok(Pairwise {
        pairs: pairs_of(n_groups).map(pair).collect::<Result<_, StatsError>>()?,
        ..simultaneous("Games-Howell test", &groups, near_normal_means(&samples))
    })
}

fn simultaneous(method: &'static str, groups: &Groups, assumptions: Vec<Assumption>) -> Pairwise {
    Pairwise {
        method,
        statistic_name: "q",
        difference_name: "mean difference",
        simultaneous: true,
        pairs: Vec::new(),
        n_used: groups.n,
        n_dropped: groups.n_dropped,
        assumptions,
    }
}

fn near_normal_means(samples: &[Sample]) -> Vec<Assumption> {
    let of_group = |(g, s)| near_normal_mean(&format!("group {g}"), s);
    samples.iter().enumerate().map(of_group).collect()
}
