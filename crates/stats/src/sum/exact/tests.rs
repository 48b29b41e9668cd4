use super::*;
use crate::random::Draw;

fn sum_of(values: &[f64]) -> ExactSum {
    let mut sum = ExactSum::default();
    for &value in values {
        sum.add(value);
    }
    sum
}

fn wild(n: usize, seed: u64) -> Vec<f64> {
    let mut draw = Draw::new(seed, 0);
    (0..n)
        .map(|_| {
            let value = f64::from_bits(draw.next_u64());
            if value.is_finite() { value * 0.5 } else { 0.25 }
        })
        .collect()
}

#[test]
fn one_value_comes_back_unchanged() {
    for value in [
        0.0,
        1.0,
        -1.5,
        f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
        f64::MAX,
        f64::MIN,
        1.0 / 3.0,
    ] {
        assert_eq!(sum_of(&[value]).value(), value);
    }
    for value in wild(2000, 1) {
        assert_eq!(sum_of(&[value]).value(), value);
    }
}

#[test]
fn matches_python_fsum() {
    // Python 3 math.fsum, which rounds correctly
    assert_eq!(sum_of(&[0.1; 10]).value(), 1.0);
    assert_eq!(sum_of(&[1e16, 1.0, 1e-16]).value(), 10000000000000002.0);
    assert_eq!(sum_of(&[1e308, 1e308, -1e308]).value(), 1e308);
    assert_eq!(sum_of(&[1.0, 2f64.sqrt(), 1e-20, -1.0]).value(), 2f64.sqrt());
    assert_eq!(sum_of(&[f64::MAX, f64::MAX]).value(), f64::INFINITY);
    // half way between two neighbours goes to even, a crumb above goes up
    assert_eq!(sum_of(&[9007199254740992.0, 1.0]).value(), 9007199254740992.0);
    assert_eq!(
        sum_of(&[9007199254740992.0, 1.0, 5e-324]).value(),
        9007199254740994.0
    );
}

#[test]
fn order_and_cut_change_nothing() {
    let mut values = wild(5000, 2);
    let whole = sum_of(&values);
    Draw::new(3, 0).shuffle(&mut values);
    let shuffled = sum_of(&values);
    let mut merged = ExactSum::default();
    for chunk in values.chunks(37) {
        merged.merge(&sum_of(chunk));
    }
    assert_eq!(whole.parts(), shuffled.parts());
    assert_eq!(whole.parts(), merged.parts());
    let negated: Vec<f64> = values.iter().map(|v| -v).collect();
    merged.merge(&sum_of(&negated));
    assert_eq!(merged.parts(), ExactSumParts::default());
}

#[test]
fn many_negative_values_carry_right() {
    let mut sum = ExactSum::default();
    for _ in 0..100_000 {
        sum.add(-1.0e15 - 1.0);
    }
    assert_eq!(sum.value(), -1.0e20 - 100_000.0);
}

#[test]
fn products_keep_their_low_half() {
    let mut sum = ExactSum::default();
    let x = 1.0 + f64::EPSILON;
    sum.add_product(x, x);
    sum.add(-1.0);
    sum.add(-2.0 * f64::EPSILON);
    assert_eq!(sum.value(), f64::EPSILON * f64::EPSILON);
    let mut huge = ExactSum::default();
    huge.add_product(1e300, 1e300);
    assert_eq!(huge.value(), f64::INFINITY);
    huge.add_product(-1e300, 1e300);
    assert_eq!(huge.value(), 0.0);
}

#[test]
fn specials_follow_ieee() {
    assert_eq!(sum_of(&[f64::INFINITY, 1.0]).value(), f64::INFINITY);
    assert_eq!(sum_of(&[f64::NEG_INFINITY]).value(), f64::NEG_INFINITY);
    assert!(sum_of(&[f64::INFINITY, f64::NEG_INFINITY]).value().is_nan());
    assert!(sum_of(&[f64::NAN]).value().is_nan());
    let mut product = ExactSum::default();
    product.add_product(0.0, f64::INFINITY);
    assert!(product.value().is_nan());
}

#[test]
fn central_sum_survives_a_large_mean() {
    let (mut s, mut p) = (ExactSum::default(), ExactSum::default());
    for value in [1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0] {
        s.add(value);
        p.add_product(value, value);
    }
    assert_eq!(central_product_sum(&p, &s, &s, 4), 90.0);
}

#[test]
fn parts_round_trip_and_hostile_parts_are_refused() {
    let sum = sum_of(&wild(50, 4));
    assert_eq!(ExactSum::from_parts(sum.parts()), Ok(sum));
    let parts = |first_limb, limbs, negative| ExactSumParts {
        first_limb,
        limbs,
        negative,
        ..Default::default()
    };
    for hostile in [
        parts(u32::MAX, vec![1], false),
        parts(135, vec![1, 1], false),
        parts(0, vec![0, 1], false),
        parts(0, vec![1, 0], false),
        parts(0, vec![], true),
        parts(0, vec![1; 100_000], false),
    ] {
        assert!(ExactSum::from_parts(hostile).is_err());
    }
}

#[test]
fn what_is_subtracted_was_never_there() {
    let sum_of = |values: &[f64]| {
        let mut sum = ExactSum::default();
        values.iter().for_each(|value| sum.add(*value));
        sum
    };
    let mut sum = sum_of(&[1e300, 0.1, f64::NAN, f64::INFINITY, -3.0]);
    sum.subtract(&sum_of(&[1e300, f64::NAN, f64::INFINITY]));
    assert_eq!(sum.parts(), sum_of(&[-3.0, 0.1]).parts());
}

/// Values of many kinds, in blocks whole and cut.
fn kinds() -> Vec<Vec<f64>> {
    let mut draw = Draw::new(9, 1);
    let mut of =
        |n: usize, value: &dyn Fn(&mut Draw) -> f64| (0..n).map(|_| value(&mut draw)).collect::<Vec<f64>>();
    let normal = of(5000, &Draw::normal);
    let wide = of(3000, &|draw| {
        draw.normal() * libm::scalbn(1.0, draw.below(400) as i32 - 200)
    });
    let far = of(1025, &|draw| 1e9 + draw.uniform());
    let tiny = of(1024, &|draw| draw.normal() * 1e-310);
    let huge = of(100, &|draw| draw.normal() * 1e307);
    let whole = of(2047, &|draw| draw.below(1000) as f64);
    let one_large = [vec![1e200], of(1500, &Draw::normal)].concat();
    let specials = [normal[..1500].to_vec(), vec![f64::NAN, f64::INFINITY]].concat();
    let cancels = [normal.clone(), normal.iter().rev().map(|v| -v).collect()].concat();
    let edges = vec![
        f64::MAX,
        -5e-324,
        0.0,
        -0.0,
        f64::MIN_POSITIVE,
        1e290,
        1e-240,
        1e130,
        1e-130,
    ];
    vec![
        normal,
        wide,
        far,
        tiny,
        huge,
        whole,
        one_large,
        specials,
        cancels,
        edges,
        wild(3000, 4),
        vec![],
    ]
}

#[test]
fn blocks_add_what_single_values_add() {
    for values in kinds() {
        let mut sum = ExactSum::default();
        sum.extend(&values);
        assert_eq!(sum, sum_of(&values), "{:?}", values.first());
        let others: Vec<f64> = values.iter().rev().copied().collect();
        let (mut products, mut expected) = (ExactSum::default(), ExactSum::default());
        products.extend_products(&values, &others);
        products.extend_products(&values, &values);
        for other in [&others, &values] {
            values
                .iter()
                .zip(other)
                .for_each(|(x, y)| expected.add_product(*x, *y));
        }
        assert_eq!(products, expected, "{:?}", values.first());
    }
}
