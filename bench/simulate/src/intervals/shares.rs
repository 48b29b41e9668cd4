use stats::Alternative::{Greater, TwoSided};
use stats::effect::table::cramers_v;
use stats::interval::{
    Estimate, agresti_caffo, agresti_coull, clopper_pearson, jeffreys, newcombe, odds_ratio, risk_ratio,
    wald, wald_difference, wilson,
};
use stats::test::{McNemarMethod, binomial_test, cochran_mantel_haenszel, mcnemar};
use stats::{StatsError, fisher_exact_2x2};

use crate::data::{counts, successes};
use crate::study::Limit::{Close, Off, Rough, Safe};
use crate::study::{Limit, Study};

const LEVEL: f64 = 0.95;

pub(super) fn studies() -> Vec<Study> {
    [one_share(), two_shares(), ratios(), tables()]
        .into_iter()
        .flatten()
        .collect()
}

type OneShare = fn(f64, f64, f64) -> Result<Estimate, StatsError>;
type TwoShares = fn(f64, f64, f64, f64, f64) -> Result<Estimate, StatsError>;

fn one_share() -> Vec<Study> {
    let study = |what: &str, n: u64, chance: f64, limit: Limit, interval: OneShare| {
        Study::coverage(what, format!("n = {n}, share {chance}"), limit, move |draw| {
            let k = successes(draw, n, chance) as f64;
            Some(interval(k, n as f64, LEVEL).ok()?.covers(chance))
        })
    };
    vec![
        study("share, Wilson", 20, 0.1, Rough, wilson),
        study("share, Wilson", 100, 0.3, Rough, wilson),
        study("share, Wilson", 2_000, 0.3, Close, wilson),
        study("share, Clopper-Pearson", 20, 0.1, Safe, clopper_pearson),
        study("share, Clopper-Pearson", 100, 0.02, Safe, clopper_pearson),
        study("share, Agresti-Coull", 20, 0.1, Rough, agresti_coull),
        study("share, Jeffreys", 100, 0.3, Rough, jeffreys),
        study("share, Wald", 20, 0.1, Off(0.08, 0.20), wald)
            .note("few successes: Wilson's or Clopper and Pearson's is right"),
        study("share, Wald", 2_000, 0.3, Close, wald),
        Study::coverage(
            "share of the binomial test, greater",
            "n = 50, share 0.1",
            Safe,
            |draw| {
                let found = binomial_test(successes(draw, 50, 0.1), 50, 0.5, Greater, LEVEL).ok()?;
                Some(found.effect.estimate.covers(0.1))
            },
        ),
    ]
}

fn two_shares() -> Vec<Study> {
    let study = |what: &str, n: [u64; 2], chances: [f64; 2], limit: Limit, interval: TwoShares| {
        let scenario = format!(
            "n = {} and {}, shares {} and {}",
            n[0], n[1], chances[0], chances[1]
        );
        Study::coverage(what, scenario, limit, move |draw| {
            let k = [0, 1].map(|side| successes(draw, n[side], chances[side]) as f64);
            let found = interval(k[0], n[0] as f64, k[1], n[1] as f64, LEVEL).ok()?;
            Some(found.covers(chances[0] - chances[1]))
        })
    };
    vec![
        study(
            "difference of shares, Newcombe",
            [30, 50],
            [0.3, 0.1],
            Rough,
            newcombe,
        ),
        study(
            "difference of shares, Newcombe",
            [1_000, 1_000],
            [0.3, 0.25],
            Close,
            newcombe,
        ),
        study(
            "difference of shares, Agresti-Caffo",
            [30, 50],
            [0.3, 0.1],
            Rough,
            agresti_caffo,
        ),
        study(
            "difference of shares, Wald",
            [20, 20],
            [0.1, 0.05],
            Off(0.05, 0.20),
            wald_difference,
        )
        .note("few successes: Newcombe's is right"),
        study(
            "difference of shares, Wald",
            [1_000, 1_000],
            [0.3, 0.25],
            Close,
            wald_difference,
        ),
    ]
}

fn ratios() -> Vec<Study> {
    let study = |what: &str, n: u64, chances: [f64; 2], limit: Limit, interval: TwoShares, truth: f64| {
        let scenario = format!("n = {n} each, shares {} and {}", chances[0], chances[1]);
        Study::coverage(what, scenario, limit, move |draw| {
            let k = chances.map(|chance| successes(draw, n, chance) as f64);
            Some(
                interval(k[0], n as f64, k[1], n as f64, LEVEL)
                    .ok()?
                    .covers(truth),
            )
        })
    };
    vec![
        study("ratio of shares, Katz", 50, [0.4, 0.2], Safe, risk_ratio, 2.0),
        study("ratio of shares, Katz", 1_000, [0.4, 0.2], Close, risk_ratio, 2.0),
        study("odds ratio, Woolf", 50, [0.5, 0.2], Safe, odds_ratio, 4.0),
        study("odds ratio, Woolf", 1_000, [0.5, 0.2], Close, odds_ratio, 4.0),
        Study::coverage(
            "odds ratio, Fisher's exact",
            "n = 20 each, shares 0.5 and 0.2",
            Safe,
            |draw| {
                let k = [0.5, 0.2].map(|chance| successes(draw, 20, chance));
                let found = fisher_exact_2x2([[k[0], 20 - k[0]], [k[1], 20 - k[1]]], TwoSided, LEVEL).ok()?;
                Some(found.effect.estimate.covers(4.0))
            },
        ),
        Study::coverage(
            "common odds ratio, Mantel-Haenszel",
            "5 strata of 60",
            Close,
            |draw| {
                // odds of 0.5 to 1.3, four times as high on the other side
                let mut tables = Vec::new();
                for stratum in 0..5 {
                    let odds = 0.5 + 0.2 * f64::from(stratum);
                    tables.push([4.0 * odds, odds].map(|odds| {
                        let k = successes(draw, 30, odds / (1.0 + odds));
                        [k, 30 - k]
                    }));
                }
                Some(
                    cochran_mantel_haenszel(&tables, false, LEVEL)
                        .ok()?
                        .effect
                        .estimate
                        .covers(4.0),
                )
            },
        ),
    ]
}

fn tables() -> Vec<Study> {
    vec![
        Study::coverage("ratio of changes, McNemar's exact", "60 pairs", Safe, |draw| {
            let k = counts(draw, 60, &[0.5, 0.2, 0.1, 0.2]);
            let found = mcnemar([[k[0], k[1]], [k[2], k[3]]], McNemarMethod::Exact, LEVEL).ok()?;
            Some(found.effect.estimate.covers(2.0))
        }),
        Study::coverage("difference of paired shares, Wald", "200 pairs", Close, |draw| {
            let k = counts(draw, 200, &[0.5, 0.2, 0.1, 0.2]);
            let found = mcnemar([[k[0], k[1]], [k[2], k[3]]], McNemarMethod::Exact, LEVEL).ok()?;
            Some(found.more_effects.first()?.estimate.covers(0.1))
        }),
        Study::coverage("Cramér's V", "3 x 3, n = 200, V 0.3", Rough, |draw| {
            // every row and column a third, cells off by `2 v` and `-v`: the mean square contingency is `2 v²`
            let v = 0.3;
            let shares: Vec<f64> = (0..9)
                .map(|cell| (1.0 + if cell % 4 == 0 { 2.0 * v } else { -v }) / 9.0)
                .collect();
            Some(cramers_v(&counts(draw, 200, &shares), 3, LEVEL).ok()?.covers(v))
        }),
    ]
}
