use crate::distribution::ChiSquare;
use crate::interval::{Estimate, two_sided_normal};
use crate::math::{exp, ln, sqrt};
use crate::test::{Effect, TestResult};
use crate::{StatsError, check};

/// The Cochran-Mantel-Haenszel test: are rows and columns of 2 x 2 tables related within strata?
///
/// # Shapes and units
/// `tables[stratum][row][column]` counts; strata of fewer than two are left out. `continuity` takes up to a half off the
/// distance. The effect is the common odds ratio of Mantel and Haenszel with the interval of Robins, Breslow and Greenland.
///
/// # Assumptions
/// Independent rows; one odds ratio in all strata, else opposite effects may cancel.
///
/// # Errors
/// [`StatsError::TooFewValues`] without a stratum of two counts, [`StatsError::OneClass`] if in each stratum a row or column is
/// empty.
///
/// # Reference
/// N. Mantel, W. Haenszel (1959), Journal of the National Cancer Institute 22, 719-748; J. Robins, N. Breslow, S. Greenland (1986),
/// Biometrics 42, 311-323. Checked against statsmodels `StratifiedTable`.
pub fn cochran_mantel_haenszel(
    tables: &[[[u64; 2]; 2]],
    continuity: bool,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let strata: Vec<Stratum> = tables.iter().map(Stratum::new).filter(|s| s.n >= 2.0).collect();
    check::at_least("strata of two counts", strata.len(), 1)?;
    let total = |of: &dyn Fn(&Stratum) -> f64| strata.iter().map(of).sum::<f64>();
    let variance = total(&Stratum::variance);
    if variance == 0.0 {
        return Err(StatsError::OneClass {
            what: "a row or column of each stratum",
            found: "without counts".to_owned(),
        });
    }
    let distance = total(&Stratum::excess).abs();
    let half = if continuity { distance.min(0.5) } else { 0.0 };
    let statistic = (distance - half) * (distance - half) / variance;
    let ln_p = ChiSquare::new(1.0)?.ln_sf(statistic);
    let effect = Effect {
        name: "common odds ratio",
        estimate: common_odds_ratio(&strata, level),
    };
    Ok(TestResult {
        df: vec![1.0],
        n_used: total(&|s| s.n) as usize,
        ..TestResult::new("Cochran-Mantel-Haenszel test", "χ²", statistic, ln_p, effect)
    })
}

struct Stratum {
    cells: [f64; 4],
    n: f64,
}

impl Stratum {
    fn new(table: &[[u64; 2]; 2]) -> Self {
        let [[a, b], [c, d]] = table.map(|row| row.map(|count| count as f64));
        Self {
            cells: [a, b, c, d],
            n: a + b + c + d,
        }
    }

    /// The first cell minus its expectation.
    fn excess(&self) -> f64 {
        let [a, b, c, _] = self.cells;
        a - (a + b) * (a + c) / self.n
    }

    fn variance(&self) -> f64 {
        let [a, b, c, d] = self.cells;
        (a + b) * (c + d) / self.n * (a + c) * (b + d) / (self.n * (self.n - 1.0))
    }
}

fn common_odds_ratio(strata: &[Stratum], level: f64) -> Estimate {
    let [mut above, mut below, mut pr, mut mixed, mut qs] = [0.0; 5];
    for Stratum {
        cells: [a, b, c, d],
        n,
    } in strata
    {
        let (p, q, r, s) = ((a + d) / n, (b + c) / n, a * d / n, b * c / n);
        above += r;
        below += s;
        pr += p * r;
        mixed += p * s + q * r;
        qs += q * s;
    }
    let value = above / below;
    let se = sqrt(pr / (2.0 * above * above) + mixed / (2.0 * above * below) + qs / (2.0 * below * below));
    let half = two_sided_normal(level) * se;
    if above == 0.0 || below == 0.0 {
        return Estimate {
            value,
            low: 0.0,
            high: f64::INFINITY,
        };
    }
    Estimate {
        value,
        low: exp(ln(value) - half),
        high: exp(ln(value) + half),
    }
}
