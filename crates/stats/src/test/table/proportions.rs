use crate::interval::{Estimate, newcombe, risk_ratio, wald, wald_difference, wilson};
use crate::math::sqrt;
use crate::special::ln_normal_sf;
use crate::test::{Alternative, Assumption, Effect, TestResult};
use crate::{StatsError, check};

/// Where the variance of a proportion is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProportionVariance {
    /// At the proportion of the null hypothesis.
    #[default]
    Null,
    /// At the observed proportion.
    Sample,
}

/// The z test of one proportion: is the chance of success `p`?
///
/// # Shapes and units
/// `successes` out of `n`. The effect is the proportion with the interval that the test inverts: Wilson's for the variance
/// under the null, Wald's for that of the sample.
///
/// # Assumptions
/// Independent trials; about 5 expected successes and failures, else use
/// [`binomial_test`](crate::test::binomial_test).
///
/// # Errors
/// [`StatsError::TooFewValues`] without a trial, [`StatsError::OutOfRange`] for more successes than trials or `p` outside (0, 1),
/// [`StatsError::Constant`] for the variance of a sample whose trials all end alike.
///
/// # Reference
/// Checked against statsmodels `proportions_ztest(prop_var=...)` and R `prop.test`.
pub fn one_proportion(
    successes: u64,
    n: u64,
    p: f64,
    variance: ProportionVariance,
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    check::open_unit("p", p)?;
    check::at_least("trials", usize::from(n > 0), 1)?;
    let (x, trials) = (successes as f64, n as f64);
    let central_level = alternative.central_level(level).max(1e-9);
    let (central, at) = match variance {
        ProportionVariance::Null => (wilson(x, trials, central_level)?, p),
        ProportionVariance::Sample => (wald(x, trials, central_level)?, x / trials),
    };
    let z = (x / trials - p) / sqrt(varied(at)? / trials);
    let effect = Effect {
        name: "proportion",
        estimate: alternative.open(central, 0.0, 1.0),
    };
    let ln_p = alternative.ln_p(z, ln_normal_sf);
    let least = p.min(1.0 - p) * trials;
    Ok(TestResult {
        n_used: n as usize,
        assumptions: vec![enough(least, "take the exact binomial test")],
        alternative: Some(alternative),
        ..TestResult::new("z-test of one proportion", "z", z, ln_p, effect)
    })
}

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
    let sides = [successes_a, n_a, successes_b, n_b];
    of_two_sides(sides, true, alternative, level)
}

/// The z test of two proportions, each with its own variance.
///
/// As [`two_proportions`]; the interval is Wald's, which the test inverts. Less exact than the pooled test.
///
/// # Errors
/// As [`two_proportions`]; [`StatsError::Constant`] also if each side's trials end alike.
///
/// # Reference
/// Checked against statsmodels `test_proportions_2indep(method="wald")`.
pub fn two_proportions_unpooled(
    successes_a: u64,
    n_a: u64,
    successes_b: u64,
    n_b: u64,
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    let sides = [successes_a, n_a, successes_b, n_b];
    of_two_sides(sides, false, alternative, level)
}

fn of_two_sides(
    sides: [u64; 4],
    pooled: bool,
    alternative: Alternative,
    level: f64,
) -> Result<TestResult, StatsError> {
    check::level(level)?;
    let [_, n_a, _, n_b] = sides;
    check::at_least("a", usize::from(n_a > 0), 1)?;
    check::at_least("b", usize::from(n_b > 0), 1)?;
    let [x, n, y, m] = sides.map(|count| count as f64);
    let interval = if pooled { newcombe } else { wald_difference };
    let central = interval(x, n, y, m, alternative.central_level(level).max(1e-9))?;
    let share = (x + y) / (n + m);
    let variance = if pooled {
        varied(share)? * (1.0 / n + 1.0 / m)
    } else {
        let (a, b) = (x / n, y / m);
        let sum = a * (1.0 - a) / n + b * (1.0 - b) / m;
        if sum > 0.0 { sum } else { varied(0.0)? }
    };
    let z = central.value / sqrt(variance);
    let ratio = (x > 0.0 && y > 0.0).then(|| risk_ratio(x, n, y, m, level));
    let effect = Effect {
        name: "difference of proportions",
        estimate: alternative.open(central, -1.0, 1.0),
    };
    let least = share.min(1.0 - share) * n.min(m);
    let method = "z-test of two proportions";
    let result = TestResult::new(method, "z", z, alternative.ln_p(z, ln_normal_sf), effect);
    Ok(TestResult {
        more_effects: ratio.transpose()?.map(named_ratio).into_iter().collect(),
        n_used: (n_a.saturating_add(n_b)) as usize,
        assumptions: vec![enough(least, "take Fisher's exact test")],
        alternative: Some(alternative),
        ..result
    })
}

/// The variance of one trial, refused where trials do not vary.
fn varied(p: f64) -> Result<f64, StatsError> {
    if p <= 0.0 || p >= 1.0 {
        return Err(StatsError::Constant {
            what: "trials".to_owned(),
        });
    }
    Ok(p * (1.0 - p))
}

fn enough(least: f64, instead: &str) -> Assumption {
    let otherwise = if least < 5.0 {
        format!("; {instead}")
    } else {
        String::new()
    };
    Assumption {
        name: "enough successes and failures",
        holds: least >= 5.0,
        detail: format!("the smallest expected count is {least:.1}{otherwise}"),
    }
}

fn named_ratio(estimate: Estimate) -> Effect {
    Effect {
        name: "risk ratio",
        estimate,
    }
}
