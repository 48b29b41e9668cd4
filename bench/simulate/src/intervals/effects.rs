use stats::Alternative::TwoSided;
use stats::RankMethod;
use stats::effect::{
    SmallSample, cohen_d, cohen_d_paired, glass_delta, hedges_g, probability_of_superiority,
};
use stats::math::sqrt;
use stats::special::normal_cdf;
use stats::test::{Zeros, anova_of, wilcoxon_signed_rank};
use stats::{Effect, kendall, mann_whitney, pearson, spearman};

use crate::data::{normals, pairs};
use crate::study::Limit::{Close, Exact, Off, Rough};
use crate::study::{Limit, Study};

const LEVEL: f64 = 0.95;

pub(super) fn studies() -> Vec<Study> {
    [standardised(), explained(), ranks(), correlations()]
        .into_iter()
        .flatten()
        .collect()
}

fn standardised() -> Vec<Study> {
    let mut studies = Vec::new();
    for n in [20, 50] {
        for size in [0.0, 0.5, 1.0] {
            let scenario = format!("normal, n = {n} each, effect {size}");
            let samples = move |draw: &mut _| (normals(draw, n, size, 1.0), normals(draw, n, 0.0, 1.0));
            studies.push(Study::coverage(
                "Cohen's d",
                scenario.clone(),
                Exact,
                move |draw| {
                    let (a, b) = samples(draw);
                    Some(cohen_d(&a, &b, LEVEL).ok()?.estimate.covers(size))
                },
            ));
            studies.push(Study::coverage("Hedges' g", scenario, Close, move |draw| {
                let (a, b) = samples(draw);
                Some(
                    hedges_g(&a, &b, SmallSample::Exact, LEVEL)
                        .ok()?
                        .estimate
                        .covers(size),
                )
            }));
        }
    }
    studies.push(Study::coverage(
        "Glass's delta",
        "normal, n = 50 each, effect 0.5",
        Close,
        |draw| {
            let (control, treated) = (normals(draw, 50, 0.5, 1.0), normals(draw, 50, 0.0, 1.0));
            Some(glass_delta(&control, &treated, LEVEL).ok()?.estimate.covers(0.5))
        },
    ));
    studies.push(Study::coverage(
        "Cohen's d of pairs",
        "normal, 20 pairs, effect 0.5",
        Exact,
        |draw| {
            let (a, b) = (normals(draw, 20, 0.5, 1.0), vec![0.0; 20]);
            Some(cohen_d_paired(&a, &b, LEVEL).ok()?.estimate.covers(0.5))
        },
    ));
    studies
}

/// Three groups of normal values with means `-shift, 0, shift`: `eta² = f² / (1 + f²)` with `f² = 2 shift² / 3`.
fn explained() -> Vec<Study> {
    let study = |what: &'static str, scenario: &str, limit: Limit, n: usize, shift: f64| {
        Study::coverage(what, scenario, limit, move |draw| {
            let samples = [-shift, 0.0, shift].map(|mean| normals(draw, n, mean, 1.0));
            let found = anova_of(&[&samples[0], &samples[1], &samples[2]], LEVEL).ok()?;
            let f2 = 2.0 * shift * shift / 3.0;
            let effects = [&found.effect].into_iter().chain(&found.more_effects);
            let effect = effects.into_iter().find(|effect| effect.name == what)?;
            Some(effect.estimate.covers(f2 / (1.0 + f2)))
        })
    };
    vec![
        study("eta squared", "normal, 3 groups of 20, eta² 0.14", Close, 20, 0.5),
        study(
            "eta squared",
            "normal, 3 groups of 100, eta² 0.03",
            Close,
            100,
            0.2,
        ),
        study(
            "omega squared",
            "normal, 3 groups of 20, eta² 0.14",
            Close,
            20,
            0.5,
        ),
    ]
}

fn ranks() -> Vec<Study> {
    let superiority = |scenario: &str, limit: Limit, n: usize, shift: f64| {
        Study::coverage("probability of superiority", scenario, limit, move |draw| {
            let (a, b) = (normals(draw, n, shift, 1.0), normals(draw, n, 0.0, 1.0));
            let found = probability_of_superiority(&a, &b, LEVEL).ok()?;
            Some(found.estimate.covers(normal_cdf(shift / sqrt(2.0))))
        })
    };
    let named = |effects: &[Effect], name: &str| {
        effects
            .iter()
            .find(|effect| effect.name == name)
            .map(|effect| effect.estimate)
    };
    vec![
        superiority("normal, n = 20 each, 0.5", Rough, 20, 0.0),
        superiority("normal, n = 20 each, 0.76", Rough, 20, 1.0),
        superiority("normal, n = 100 each, 0.76", Close, 100, 1.0),
        Study::coverage(
            "rank-biserial correlation",
            "normal, n = 50 each, 0.28",
            Close,
            move |draw| {
                let (a, b) = (normals(draw, 50, 0.5, 1.0), normals(draw, 50, 0.0, 1.0));
                let found = mann_whitney(&a, &b, TwoSided, RankMethod::Auto, LEVEL).ok()?;
                let truth = 2.0 * normal_cdf(0.5 / sqrt(2.0)) - 1.0;
                Some(named(&found.more_effects, "rank-biserial correlation")?.covers(truth))
            },
        ),
        Study::coverage(
            "rank-biserial correlation of pairs",
            "normal, 50 pairs, 0",
            Rough,
            |draw| {
                let (a, b) = (normals(draw, 50, 0.0, 1.0), normals(draw, 50, 0.0, 1.0));
                let found =
                    wilcoxon_signed_rank(&a, &b, TwoSided, Zeros::Drop, RankMethod::Auto, LEVEL).ok()?;
                Some(found.effect.estimate.covers(0.0))
            },
        ),
    ]
}

fn correlations() -> Vec<Study> {
    let pearsons = |scenario: &str, limit: Limit, n: usize, rho: f64| {
        Study::coverage("correlation, Fisher's z", scenario, limit, move |draw| {
            let [x, y] = pairs(draw, n, rho);
            Some(pearson(&x, &y, LEVEL).ok()?.effect.estimate.covers(rho))
        })
    };
    // of normal pairs: rho_s = 6 asin(rho / 2) / pi, tau = 2 asin(rho) / pi
    let asin = stats::math::asin;
    let (rank_half, tau_half) = (
        6.0 / std::f64::consts::PI * asin(0.25),
        2.0 / std::f64::consts::PI * asin(0.5),
    );
    vec![
        pearsons("normal, n = 10, 0.5", Close, 10, 0.5),
        pearsons("normal, n = 50, 0.8", Close, 50, 0.8),
        Study::coverage(
            "correlation, Fisher's z",
            "heavy tails, n = 100, 0",
            Off(0.03, 0.15),
            |draw| {
                // one spread for both sides of a pair: uncorrelated, not independent
                let [mut x, mut y] = pairs(draw, 100, 0.0);
                for row in 0..100 {
                    let spread = 1.0 + 2.0 * stats::math::sqrt(crate::data::exponential(draw));
                    x[row] *= spread;
                    y[row] *= spread;
                }
                Some(pearson(&x, &y, LEVEL).ok()?.effect.estimate.covers(0.0))
            },
        )
        .note("not normal: the bootstrap, or a rank correlation"),
        Study::coverage(
            "rank correlation, Spearman",
            "normal, n = 50, 0.48",
            Close,
            move |draw| {
                let [x, y] = pairs(draw, 50, 0.5);
                Some(spearman(&x, &y, LEVEL).ok()?.effect.estimate.covers(rank_half))
            },
        ),
        Study::coverage(
            "rank correlation, Kendall",
            "normal, n = 50, 0.33",
            Close,
            move |draw| {
                let [x, y] = pairs(draw, 50, 0.5);
                let found = kendall(&x, &y, TwoSided, RankMethod::Auto, LEVEL).ok()?;
                Some(found.effect.estimate.covers(tau_half))
            },
        ),
    ]
}
