use super::*;
use crate::Draw;
use Alternative::{Greater, Less, TwoSided};

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got:e} is not {expected:e}"
    );
}

const PLAIN: RankMethod = RankMethod::Asymptotic { continuity: false };

#[test]
fn tau_matches_scipy() {
    // scipy 1.17.1 kendalltau
    let (x, y) = (
        [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
        [2.0, 1.0, 4.0, 3.0, 7.0, 5.0, 6.0],
    );
    for (side, exact, asymptotic) in [
        (TwoSided, 0.06904761904761905, 0.05088574121639127),
        (Less, 0.984920634920635, 0.9745571293918044),
        (Greater, 0.034523809523809526, 0.025442870608195636),
    ] {
        let result = kendall(&x, &y, side, RankMethod::Auto, 0.95).unwrap();
        close(result.statistic, 0.6190476190476191, 1e-14);
        close(result.p_value, exact, 1e-12);
        close(
            kendall(&x, &y, side, PLAIN, 0.95).unwrap().p_value,
            asymptotic,
            1e-11,
        );
    }
    let (x, y) = (
        [12.0, 2.0, 1.0, 12.0, 2.0, 2.0, 5.0, 7.0, 7.0],
        [1.0, 4.0, 7.0, 1.0, 0.0, 4.0, 4.0, 2.0, 9.0],
    );
    let result = kendall(&x, &y, TwoSided, RankMethod::Auto, 0.95).unwrap();
    close(result.statistic, -0.3492503492505239, 1e-14);
    close(result.more_effects[0].estimate.value, -0.3395061728395062, 1e-14);
    close(result.p_value, 0.2251123932529019, 1e-11);
    assert!(kendall(&x, &y, TwoSided, RankMethod::Exact, 0.95).is_err());
}

#[test]
fn quick_counting_equals_all_pairs() {
    let mut draw = Draw::new(7, 0);
    let x: Vec<f64> = (0..200).map(|_| (4.0 * draw.normal()).round()).collect();
    let y: Vec<f64> = x.iter().map(|v| (v + 6.0 * draw.normal()).round()).collect();
    let counts = Counts::of(&x, &y);
    let (mut difference, mut ties_x, mut ties_y) = (0.0, 0.0, 0.0);
    for i in 0..200 {
        for j in 0..i {
            let product = (x[i] - x[j]) * (y[i] - y[j]);
            difference += if product == 0.0 { 0.0 } else { product.signum() };
            ties_x += f64::from(u8::from(x[i] == x[j]));
            ties_y += f64::from(u8::from(y[i] == y[j]));
        }
    }
    assert_eq!(
        (counts.difference(), counts.ties_x.pairs, counts.ties_y.pairs),
        (difference, ties_x, ties_y)
    );
}

#[test]
fn the_exact_law_sums_to_one_and_keeps_its_tail() {
    let sum: f64 = inversions(40).iter().sum();
    close(sum, 1.0, 1e-13);
    // a rising line: 1 / n! one-sided
    let line: Vec<f64> = (0..40).map(f64::from).collect();
    let result = kendall(&line, &line, Greater, RankMethod::Exact, 0.95).unwrap();
    close(result.ln_p_value, -crate::special::ln_gamma(41.0), 1e-12);
    assert_eq!(result.statistic, 1.0);
}

#[test]
fn edges() {
    let up = [1.0, 2.0, 3.0];
    close(
        kendall(&up, &[1.0, 3.0, 2.0], TwoSided, PLAIN, 0.95)
            .unwrap()
            .p_value,
        0.6015081344405899,
        1e-11,
    );
    assert!(kendall(&up, &[1.0; 3], TwoSided, PLAIN, 0.95).is_err());
    assert!(kendall(&up[..2], &up[..2], TwoSided, PLAIN, 0.95).is_err());
    assert!(kendall(&up, &[1.0, 2.0, f64::INFINITY], TwoSided, PLAIN, 0.95).is_err());
    let dropped = kendall(
        &[1.0, 2.0, 3.0, f64::NAN],
        &[3.0, 1.0, 2.0, 9.0],
        TwoSided,
        PLAIN,
        0.95,
    )
    .unwrap();
    assert_eq!((dropped.n_used, dropped.n_dropped), (3, 1));
    assert_eq!(
        (dropped.effect.estimate.low, dropped.effect.estimate.high),
        (-1.0, 1.0)
    );
    let zeros = kendall(
        &[0.0, -0.0, 1.0, 2.0],
        &[1.0, 2.0, 3.0, 4.0],
        TwoSided,
        PLAIN,
        0.95,
    )
    .unwrap();
    assert!(zeros.statistic < 1.0);
}
