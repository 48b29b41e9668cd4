use super::correlation::{Pairs, correlation};
use crate::StatsError;
use crate::interval::{Estimate, two_sided_normal};
use crate::math::{atanh, exp, ln, sqrt, tanh};
use crate::rank::midranks;
use crate::special::ln_gamma;
use crate::test::{Effect, TestResult};

/// All orders are tried up to this many pairs.
const EXACT_UP_TO: usize = 9;

/// Spearman's rank correlation, tested against 0.
///
/// Pearson's correlation of midranks: sees any rising or falling relation. Shapes and missing values as
/// [`pearson`](super::pearson).
///
/// # Methods
/// Up to 9 pairs the p-value is exact: twice the share of all orders of one side that lie at least as far out, ties as they
/// are. Beyond it is that of the t approximation, but never below `2 / n!`, what the two most extreme orders have. The
/// interval is Fisher's with Bonett and Wright's variance, [-1, 1] below 4 pairs; around a perfect correlation it is that of
/// one half a swap of neighbours away, up to the end.
///
/// # Errors
/// As [`pearson`](super::pearson).
///
/// # Reference
/// C. Spearman (1904); M. G. Kendall, S. F. H. Kendall, B. Babington Smith (1939), Biometrika 30, 251-273; D. G. Bonett,
/// T. A. Wright (2000), Psychometrika 65, 23-28. Checked against scipy `spearmanr` and, exact, R `cor.test`.
pub fn spearman(x: &[f64], y: &[f64], level: f64) -> Result<TestResult, StatsError> {
    let pairs = Pairs::new(x, y, level)?;
    let (ranks_x, ranks_y) = (midranks(&pairs.x).0, midranks(&pairs.y).0);
    let rho = match correlation(&ranks_x, &ranks_y)? {
        _ if ranks_x == ranks_y => 1.0,
        _ if are_mirrored(&ranks_x, &ranks_y) => -1.0,
        rho => rho,
    };
    let n = pairs.x.len();
    let found = pairs.result("Spearman rank correlation", "rho", rho, 1.0, level)?;
    let ln_p_value = if n <= EXACT_UP_TO {
        exact_ln_p(&ranks_x, &ranks_y)
    } else {
        let least = std::f64::consts::LN_2 - ln_gamma(n as f64 + 1.0);
        found.ln_p_value.max(least)
    };
    Ok(TestResult {
        p_value: exp(ln_p_value),
        ln_p_value,
        df: if n <= EXACT_UP_TO { Vec::new() } else { found.df },
        effect: Effect {
            name: "correlation",
            estimate: interval(rho, n as f64, level),
        },
        ..found
    })
}

/// Whether one order is the other from its end.
fn are_mirrored(x: &[f64], y: &[f64]) -> bool {
    let ends = x.len() as f64 + 1.0;
    x.iter().zip(y).all(|(x, y)| x + y == ends)
}

fn interval(rho: f64, n: f64, level: f64) -> Estimate {
    // a swap of neighbours takes 12 / (n^3 - n)
    let inner = rho.clamp(-1.0, 1.0)
        * (1.0
            - if rho.abs() < 1.0 {
                0.0
            } else {
                6.0 / (n * n * n - n)
            });
    let half = if n > 3.0 {
        sqrt(1.0 + 0.5 * inner * inner) * two_sided_normal(level) / sqrt(n - 3.0)
    } else {
        f64::INFINITY
    };
    Estimate {
        value: rho,
        low: if rho <= -1.0 {
            -1.0
        } else {
            tanh(atanh(inner) - half)
        },
        high: if rho >= 1.0 {
            1.0
        } else {
            tanh(atanh(inner) + half)
        },
    }
}

/// Twice the smaller tail over all orders of `y`.
fn exact_ln_p(x: &[f64], y: &[f64]) -> f64 {
    // ranks are whole halves
    let doubled = |ranks: &[f64]| ranks.iter().map(|rank| (2.0 * rank) as u32).collect::<Vec<u32>>();
    let (x, mut y) = (doubled(x), doubled(y));
    let observed = x.iter().zip(&y).map(|(x, y)| x * y).sum();
    let mut tails = [0, 0];
    count_orders(&x, &mut y, 0, observed, &mut tails);
    let n_orders: u64 = (1..=x.len() as u64).product();
    ln((2.0 * tails[0].min(tails[1]) as f64 / n_orders as f64).min(1.0))
}

/// Counts the orders whose sum of products is at most and at least the observed one.
fn count_orders(x: &[u32], y: &mut [u32], sum: u32, observed: u32, tails: &mut [u64; 2]) {
    let Some((first, rest)) = x.split_first() else {
        tails[0] += u64::from(sum <= observed);
        tails[1] += u64::from(observed <= sum);
        return;
    };
    for other in 0..y.len() {
        y.swap(0, other);
        let sum = sum + first * y[0];
        count_orders(rest, &mut y[1..], sum, observed, tails);
        y.swap(0, other);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::association::reference::{CYLINDERS, MPG, SPEARMAN};

    fn close(got: f64, expected: f64, tolerance: f64) {
        assert!(
            (got - expected).abs() <= tolerance * expected.abs(),
            "{got:e} is not {expected:e}"
        );
    }

    #[test]
    fn many_pairs_match_scipy() {
        let result = spearman(MPG, CYLINDERS, 0.95).unwrap();
        close(result.statistic, SPEARMAN[0], 1e-12);
        close(result.p_value, SPEARMAN[1], 1e-9);
    }

    #[test]
    fn few_pairs_have_the_exact_law() {
        // scipy 1.17.1 permutation_test(pairings) of spearmanr over all orders
        for (y, expected) in [
            (&[1.0, 2.0, 3.0][..], 1.0 / 3.0),
            (&[3.0, 1.0, 2.0], 1.0),
            (&[1.0, 2.0, 3.0, 4.0], 2.0 / 24.0),
            (&[2.0, 1.0, 4.0, 3.0, 7.0, 5.0, 6.0], EXACT[0]),
            (&[2.0, 1.0, 4.0, 3.0, 7.0, 5.0, 6.0, 9.0, 8.0], EXACT[1]),
            (&[1.0, 1.0, 2.0, 5.0, 5.0, 3.0], EXACT[2]),
        ] {
            let x: Vec<f64> = (0..y.len()).map(|i| i as f64).collect();
            close(spearman(&x, y, 0.95).unwrap().p_value, expected, 1e-12);
        }
    }

    const EXACT: [f64; 3] = [0.034126984126984124, 0.0020282186948853615, 0.07777777777777778];

    #[test]
    fn perfect_order_is_no_certainty() {
        for n in [3, 4, 9, 10, 15, 60] {
            let x: Vec<f64> = (0..n).map(f64::from).collect();
            let falling: Vec<f64> = x.iter().map(|v| -v * v).collect();
            let (up, down) = (
                spearman(&x, &x, 0.95).unwrap(),
                spearman(&x, &falling, 0.95).unwrap(),
            );
            close(
                up.ln_p_value,
                std::f64::consts::LN_2 - ln_gamma(f64::from(n) + 1.0),
                1e-12,
            );
            assert_eq!((up.statistic, down.statistic), (1.0, -1.0));
            let (up, down) = (up.effect.estimate, down.effect.estimate);
            assert!(up.low < 1.0 && up.high == 1.0 && down.low == -1.0);
            close(down.high, -up.low, 1e-14);
        }
    }
}
