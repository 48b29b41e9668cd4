use crate::math::{exp, ln};

/// How far below its peak, in natural logarithms, an integrand no longer counts: `e^-42` is 6e-19.
const DEPTH: f64 = 42.0;
const MAX_STEPS: f64 = 4e6;

/// `ln` of the integral of `exp(ln_f)` over the real line, by the trapezoid rule with this step.
///
/// For an analytic integrand with one peak that falls off on both sides; then the error falls exponentially with
/// `1 / step`. The walk goes out from `start` both ways until the integrand has fallen by `e^-42`; NaN if it never does.
///
/// # Reference
/// L. N. Trefethen, J. A. C. Weideman (2014), SIAM Review 56, 385-458.
pub(crate) fn ln_integral(step: f64, start: f64, ln_f: impl Fn(f64) -> f64) -> f64 {
    let at_start = ln_f(start);
    let mut sum = LnSum::default();
    sum.add(at_start);
    for signed_step in [-step, step] {
        let (mut previous, mut k) = (at_start, 0.0);
        loop {
            k += 1.0;
            let value = ln_f(start + signed_step * k);
            sum.add(value);
            let counts = value > sum.top - DEPTH;
            if !counts && (value <= previous || value.is_nan()) {
                break;
            }
            if k > MAX_STEPS {
                return f64::NAN;
            }
            previous = value;
        }
    }
    sum.value() + ln(step)
}

/// A running `ln(sum(exp(values)))` that neither overflows nor underflows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LnSum {
    top: f64,
    sum: f64,
}

impl Default for LnSum {
    fn default() -> Self {
        Self {
            top: f64::NEG_INFINITY,
            sum: 0.0,
        }
    }
}

impl LnSum {
    pub(crate) fn add(&mut self, ln_term: f64) {
        if ln_term == f64::NEG_INFINITY {
            return;
        }
        if ln_term <= self.top {
            self.sum += exp(ln_term - self.top);
        } else {
            // a NaN stays
            self.sum = self.sum * exp(self.top - ln_term) + 1.0;
            self.top = ln_term;
        }
    }

    pub(crate) fn value(&self) -> f64 {
        self.top + ln(self.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bell_has_area_one_wherever_the_walk_starts() {
        for start in [-9.0, 0.0, 0.3, 40.0] {
            let ln_area = ln_integral(0.5, start, |x| -0.5 * x * x);
            let expected = 0.5 * ln(2.0 * std::f64::consts::PI);
            assert!((ln_area - expected).abs() < 1e-14, "{start}: {ln_area}");
        }
        assert!(ln_integral(1.0, 0.0, |_| 0.0).is_nan());
        // far below the smallest number
        let ln_area = ln_integral(0.5, 2.0, |x| -0.5 * x * x - 5000.0);
        assert!((ln_area + 5000.0 - 0.5 * ln(2.0 * std::f64::consts::PI)).abs() < 1e-11);
    }

    #[test]
    fn sums_of_nothing_and_of_not_a_number() {
        let mut sum = LnSum::default();
        assert_eq!(sum.value(), f64::NEG_INFINITY);
        sum.add(f64::NEG_INFINITY);
        assert_eq!(sum.value(), f64::NEG_INFINITY);
        sum.add(-1000.0);
        sum.add(-1000.0);
        assert!((sum.value() + 1000.0 - std::f64::consts::LN_2).abs() < 1e-12);
        sum.add(f64::NAN);
        assert!(sum.value().is_nan());
    }
}
