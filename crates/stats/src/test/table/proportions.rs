use crate::interval::{Estimate, newcombe, two_sided_normal};
use crate::math::{exp, sqrt};
use crate::special::ln_normal_sf;
use crate::test::{Alternative, Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// The z test of two proportions with the pooled variance.
///
/// # Shapes and units
/// `successes_a` out of `n_a` and `successes_b` out of `n_b`. The effect is `p_a - p_b` with Newcombe's interval; the risk
/// ratio with Katz's log interval stands in `more_effects` when both sides have successes.
///
/// # Assumptions
/// Independent trials; about 5 expected successes and failures on each side, else use
/// [`fisher_exact_2x2`](crate::test::fisher_exact_2x2).
///
/// # Errors
/// [`StatsError::TooFewValues`] for an empty side, [`StatsError::OutOfRange`] for more successes than trials,
/// [`StatsError::Constant`] if all trials end alike.
///
/// # Reference
/// R. G. Newcombe (1998), Statistics in Medicine 17, 873-890. Checked against statsmodels `proportions_ztest`.
pub fn two_proportions(
    successes_a: u64,
    n_a: u64,
    successes_b: u64,
    n_b: u64,
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    check::at_least("a", usize::from(n_a > 0), 1)?;
    check::at_least("b", usize::from(n_b > 0), 1)?;
    let (x, n, y, m) = (successes_a as f64, n_a as f64, successes_b as f64, n_b as f64);
    let central = newcombe(x, n, y, m, alternative.central_level(level).max(1e-9))?;
    let pooled = (x + y) / (n + m);
    if pooled <= 0.0 || pooled >= 1.0 {
        return Err(StatsError::Constant {
            what: "trials".to_owned(),
        });
    }
    let z = central.value / sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m));
    let effect = Effect {
        name: "difference of proportions",
        estimate: alternative.open(central, -1.0, 1.0),
    };
    let least = pooled.min(1.0 - pooled) * n.min(m);
    let result = TestResult::new(
        "z-test of two proportions",
        "z",
        z,
        alternative.ln_p(z, ln_normal_sf),
        effect,
    );
    Ok(TestResult {
        more_effects: risk_ratio(x, n, y, m, level).into_iter().collect(),
        n_used: (n_a.saturating_add(n_b)) as usize,
        assumptions: vec![Assumption {
            name: "enough successes and failures",
            holds: least >= 5.0,
            detail: format!("the smallest expected count is {least:.1}"),
        }],
        alternative: Some(alternative),
        ..result
    })
}

fn risk_ratio(x: f64, n: f64, y: f64, m: f64, level: f64) -> Option<Effect> {
    if x == 0.0 || y == 0.0 {
        return None;
    }
    let value = x / n / (y / m);
    let factor = exp(two_sided_normal(level) * sqrt(1.0 / x - 1.0 / n + 1.0 / y - 1.0 / m));
    Some(Effect {
        name: "risk ratio",
        estimate: Estimate {
            value,
            low: value / factor,
            high: value * factor,
        },
    })
}
