use super::*;
use crate::Draw;

fn of(values: &[f64], capacity: usize) -> Quantiles {
    let mut sketch = Quantiles::with_capacity(capacity);
    sketch.extend(values);
    sketch
}

/// The largest distance of the sketch's distribution function from the true one.
fn worst_error(sketch: &Quantiles, values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let view = sketch.sorted();
    let n = sorted.len() as f64;
    let error = |x: &f64| (view.cdf(*x).unwrap() - sorted.partition_point(|v| v <= x) as f64 / n).abs();
    sorted.iter().map(error).fold(0.0, f64::max)
}

#[test]
fn exact_while_small_and_as_numpy() {
    // numpy 2.4.6 numpy.quantile([7, 1, 4, 9], [0.1, 0.25, 0.9])
    let sketch = of(&[7.0, 1.0, f64::NAN, 4.0, 9.0], 8);
    for (q, expected) in [(0.0, 1.0), (0.1, 1.9), (0.25, 3.25), (0.9, 8.4), (1.0, 9.0)] {
        assert!((sketch.quantile(q).unwrap() - expected).abs() < 1e-12, "{q}");
    }
    assert_eq!(
        (sketch.n(), sketch.cdf(4.0), sketch.cdf(0.0)),
        (4, Some(0.5), Some(0.0))
    );
    assert_eq!(sketch.rank_error(), 0.0);
    assert_eq!(sketch.quantile(1.1), None);
    assert_eq!(Quantiles::default().quantile(0.5), None);
    assert_eq!(Quantiles::default().cdf(0.5), None);
}

#[test]
fn the_error_stays_below_its_bound() {
    let mut draw = Draw::new(1, 0);
    let n = 60_000;
    let random: Vec<f64> = (0..n).map(|_| draw.normal()).collect();
    let sorted: Vec<f64> = (0..n).map(f64::from).collect();
    let reversed: Vec<f64> = sorted.iter().rev().copied().collect();
    let zigzag: Vec<f64> = (0..n)
        .map(|i| if i % 2 == 0 { f64::from(i) } else { f64::from(-i) })
        .collect();
    let few: Vec<f64> = (0..n).map(|i| f64::from(i % 3)).collect();
    for values in [random, sorted, reversed, zigzag, few] {
        for capacity in [16, 128] {
            let sketch = of(&values, capacity);
            let (bound, error) = (sketch.rank_error(), worst_error(&sketch, &values));
            assert!(
                error <= bound && bound < 7.0 / capacity as f64,
                "{error} {bound} {capacity}"
            );
            assert_eq!(sketch.n(), values.len() as u64);
        }
    }
}

#[test]
fn merging_keeps_the_bound_and_the_count() {
    let mut draw = Draw::new(2, 0);
    let values: Vec<f64> = (0..50_000).map(|_| draw.normal()).collect();
    let mut merged = Quantiles::with_capacity(128);
    for chunk in values.chunks(777) {
        merged.merge(&of(chunk, 128)).unwrap();
    }
    assert_eq!(merged.n(), 50_000);
    assert!(worst_error(&merged, &values) <= merged.rank_error());
    assert!(merged.rank_error() < 0.08, "{}", merged.rank_error());
    assert!(merged.merge(&Quantiles::with_capacity(16)).is_err());
}

#[test]
fn parts_round_trip_and_go_on_alike() {
    let mut draw = Draw::new(3, 0);
    let values: Vec<f64> = (0..5000).map(|_| draw.normal()).collect();
    let mut sketch = of(&values, 64);
    let mut restored = Quantiles::from_parts(sketch.parts()).unwrap();
    sketch.extend(&values);
    restored.extend(&values);
    assert_eq!(sketch.parts(), restored.parts());
    assert_eq!(
        Quantiles::from_parts(Quantiles::default().parts()).unwrap(),
        Quantiles::default()
    );
}

#[test]
fn hostile_parts_are_refused() {
    let values: Vec<f64> = (0..100).map(f64::from).collect();
    let good = of(&values, 16).parts();
    let change = |f: &dyn Fn(&mut QuantilesParts)| {
        let mut parts = good.clone();
        f(&mut parts);
        Quantiles::from_parts(parts)
    };
    assert!(change(&|_| ()).is_ok());
    assert!(change(&|p| p.capacity = 7).is_err());
    assert!(change(&|p| p.n += 1).is_err());
    let filled = good.levels.iter().position(|level| level.len() > 1).unwrap();
    assert!(change(&|p| p.levels[filled][0] = f64::NAN).is_err());
    assert!(change(&|p| p.levels[filled].reverse()).is_err());
    assert!(change(&|p| p.max = 1.0).is_err());
    assert!(change(&|p| p.levels = vec![vec![0.0]; 64]).is_err());
    assert!(change(&|p| p.n_kept_lower = vec![]).is_err());
    assert!(change(&|p| p.n_kept_upper[0] = u64::MAX).is_err());
    assert!(change(&|p| p.levels[0] = vec![1.0; 1000]).is_err());
}
