//! Weights of classes, as weights of their rows.

use crate::Target;

/// The weights with which all classes that occur count alike, and a row one on average, `(n_classes,)`; empty for
/// targets without classes.
///
/// `weights` says how often each row counts, 1 if absent.
pub fn balanced(target: &Target, weights: Option<&[f64]>) -> Vec<f64> {
    let mut of_class = vec![0.0; target.n_classes()];
    for row in 0..target.len() {
        if let Some(class) = target.class(row) {
            of_class[class as usize] += weights.map_or(1.0, |weights| weights[row]);
        }
    }
    let n_present = of_class.iter().filter(|weight| 0.0 < **weight).count();
    let mean = stats::sum::in_order(&of_class) / n_present.max(1) as f64;
    let alike = |weight: f64| if 0.0 < weight { mean / weight } else { 1.0 };
    of_class.into_iter().map(alike).collect()
}

/// The weights of rows, each times that of its class, `(n_rows,)`.
///
/// # Panics
/// If a class has no weight, which is an error of the caller.
pub fn class_weighted(target: &Target, weights: Option<&[f64]>, of_class: &[f64]) -> Vec<f64> {
    let weight = |row: usize| {
        let own = weights.map_or(1.0, |weights| weights[row]);
        own * target.class(row).map_or(1.0, |class| of_class[class as usize])
    };
    (0..target.len()).map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_classes_count_alike() {
        let target = Target::Classes {
            codes: vec![0, 0, 0, 2, 2, 0],
            n_classes: 4,
        };
        // scikit-learn's compute_class_weight("balanced"): 6 / (2 * [4, 2]).
        assert_eq!(balanced(&target, None), [0.75, 1.0, 1.5, 1.0]);
        let rows = class_weighted(&target, None, &balanced(&target, None));
        assert_eq!(rows, [0.75, 0.75, 0.75, 1.5, 1.5, 0.75]);
        let weights = [1.0, 1.0, 0.0, 1.0, 1.0, 0.0];
        assert_eq!(balanced(&target, Some(&weights)), [1.0, 1.0, 1.0, 1.0]);
        assert!(balanced(&Target::Number(vec![1.0]), None).is_empty());
    }
}
