use super::*;
use crate::Draw;
use crate::sketch::Quantiles;

include!("reference.rs");

fn sketch(values: &[f64]) -> Quantiles {
    let mut sketch = Quantiles::default();
    sketch.extend(values);
    sketch
}

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!(
        (got - expected).abs() <= tolerance * expected.abs(),
        "{got} is not {expected}"
    );
}

#[test]
fn numbers_match_scipy() {
    let (before, after) = (sketch(BEFORE), sketch(AFTER));
    let result = ks(&before, &after).unwrap();
    close(result.statistic, KS, 1e-12);
    close(result.p_value.unwrap(), KS_P, 0.05); // limit law against the exact one
    close(
        wasserstein(&before, &after).unwrap().statistic,
        WASSERSTEIN,
        1e-12,
    );
}

#[test]
fn stability_index_matches_its_definition() {
    for (before, after, expected, edges) in [
        (NUM_SCALE_BEFORE, NUM_SCALE_AFTER, NUM_SCALE_PSI, NUM_SCALE_EDGES),
        (
            NUM_FEW_VALUES_BEFORE,
            NUM_FEW_VALUES_AFTER,
            NUM_FEW_VALUES_PSI,
            NUM_FEW_VALUES_EDGES,
        ),
    ] {
        let got = psi_edges(&sketch(before).sorted(), 10).unwrap();
        assert_eq!(got.len(), edges.len());
        got.iter().zip(edges).for_each(|(g, e)| close(*g, *e, 1e-12));
        close(
            psi(&sketch(before), &sketch(after), 10).unwrap().statistic,
            expected,
            1e-9,
        );
    }
}

#[test]
fn categories_match_scipy() {
    let (a, b) = (&LEVELS_BEFORE, &LEVELS_AFTER);
    let result = chi_square(a, b).unwrap();
    close(result.statistic, CATEGORY_CHI2_TWO_SAMPLE, 1e-9);
    close(result.p_value.unwrap(), CATEGORY_CHI2_TWO_SAMPLE_P, 1e-8);
    close(
        total_variation(a, b).unwrap().statistic,
        CATEGORY_TOTAL_VARIATION,
        1e-9,
    );
    close(
        jensen_shannon(a, b).unwrap().effect,
        CATEGORY_JENSEN_SHANNON_DISTANCE_BASE2,
        1e-9,
    );
    close(psi_counts(a, b).unwrap().statistic, CATEGORY_PSI, 1e-9);
}

/// Share of p-values below 0.05 over repeated samples without drift.
fn false_alarms(test: impl Fn(&mut Draw) -> Drift) -> f64 {
    let n = 800;
    let alarms = (0..n)
        .filter(|&seed| test(&mut Draw::new(seed, 5)).p_value.unwrap() < 0.05)
        .count();
    alarms as f64 / n as f64
}

#[test]
fn false_alarms_are_as_rare_as_stated() {
    let normal = |draw: &mut Draw, n: usize| sketch(&(0..n).map(|_| draw.normal()).collect::<Vec<_>>());
    let of_ks = false_alarms(|d| ks(&normal(d, 300), &normal(d, 200)).unwrap());
    assert!((0.02..0.07).contains(&of_ks), "{of_ks}");
    let of_psi = false_alarms(|d| psi(&normal(d, 900), &normal(d, 500), 10).unwrap());
    assert!((0.02..0.09).contains(&of_psi), "{of_psi}");
    let counts = |draw: &mut Draw, n: u64| {
        let mut counts = [0; 5];
        (0..n).for_each(|_| counts[draw.below(5) as usize] += 1);
        counts
    };
    for test in [chi_square, total_variation, jensen_shannon, psi_counts] {
        let share = false_alarms(|d| test(&counts(d, 400), &counts(d, 300)).unwrap());
        assert!((0.02..0.09).contains(&share), "{share}");
    }
    let missing = |draw: &mut Draw, n: u64| (0..n).filter(|_| draw.uniform() < 0.1).count() as u64;
    let of_missing = false_alarms(|d| missing_share(missing(d, 500), 500, missing(d, 300), 300).unwrap());
    assert!((0.02..0.08).contains(&of_missing), "{of_missing}");
}

#[test]
fn coarse_sketches_raise_no_false_alarm() {
    let mut draw = Draw::new(1, 0);
    let mut sides = [Quantiles::with_capacity(16), Quantiles::with_capacity(16)];
    for side in &mut sides {
        (0..200_000).for_each(|_| side.add(draw.normal()));
    }
    let result = ks(&sides[0], &sides[1]).unwrap();
    assert!(
        result.p_value.unwrap() > 0.5 && result.effect == 0.0,
        "{result:?}"
    );
}

#[test]
fn edges_and_refusals() {
    let (some, none) = (sketch(&[1.0, 2.0, 3.0]), sketch(&[]));
    assert!(
        ks(&some, &none).is_err() && psi(&none, &some, 10).is_err() && wasserstein(&some, &none).is_err()
    );
    assert!(wasserstein(&sketch(&[2.0; 5]), &some).is_err());
    assert!(psi(&sketch(&[2.0; 5]), &some, 10).is_err());
    assert!(wasserstein(&some, &sketch(&[f64::INFINITY])).is_err());
    assert!(chi_square(&[1, 2], &[1]).is_err() && chi_square(&[0, 0], &[1, 2]).is_err());
    assert_eq!(chi_square(&[10], &[7]).unwrap().p_value, Some(1.0));
    assert_eq!(missing_share(0, 10, 0, 20).unwrap().p_value, Some(1.0));
    assert!(missing_share(11, 10, 0, 20).is_err());
    let rare = sketch(&[vec![0.0; 99], vec![1.0]].concat());
    let common = sketch(&[vec![0.0; 50], vec![1.0; 50]].concat());
    assert!(psi(&rare, &common, 10).unwrap().effect > 0.25);
}
