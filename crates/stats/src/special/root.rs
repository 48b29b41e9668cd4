//! One root finder for every quantile.

const MAX_STEPS: usize = 200;

/// The `x` at which the increasing function `f` reaches `target`, searched outwards from `start`.
///
/// Brent's method (inverse quadratic steps kept inside a bracket), to the last bits of `x`.
/// `f` may return -inf or inf far out. NaN when no bracket exists within 2^60 of `start`.
pub(crate) fn solve_ln_tail(f: impl Fn(f64) -> f64, target: f64, start: f64) -> f64 {
    let g = |x: f64| {
        let value = f(x) - target;
        value.clamp(-1e300, 1e300)
    };
    match bracket(&g, start) {
        Some(ends) => brent(&g, ends),
        None => f64::NAN,
    }
}

/// A place and the value there.
type Point = (f64, f64);

fn bracket(g: &impl Fn(f64) -> f64, start: f64) -> Option<[Point; 2]> {
    let mut last = (start, g(start));
    let is_below = last.1 < 0.0;
    let mut step = 1.0;
    for _ in 0..60 {
        let x = if is_below { start + step } else { start - step };
        let next = (x, g(x));
        if is_below && next.1 >= 0.0 {
            return Some([last, next]);
        }
        if !is_below && next.1 <= 0.0 {
            return Some([next, last]);
        }
        last = next;
        step *= 2.0;
    }
    None
}

/// R. P. Brent (1973), Algorithms for minimization without derivatives, chapter 4.
fn brent(g: &impl Fn(f64) -> f64, ends: [Point; 2]) -> f64 {
    let [(mut a, mut fa), (mut b, mut fb)] = ends;
    let (mut c, mut fc) = (a, fa);
    let mut d = b - a;
    let mut e = d;
    for _ in 0..MAX_STEPS {
        if (fb > 0.0) == (fc > 0.0) {
            (c, fc) = (a, fa);
            d = b - a;
            e = d;
        }
        if fc.abs() < fb.abs() {
            (a, b, c) = (b, c, b);
            (fa, fb, fc) = (fb, fc, fb);
        }
        let tolerance = 2.0 * f64::EPSILON * b.abs() * 0.5 + 1e-300;
        let middle = 0.5 * (c - b);
        if middle.abs() <= tolerance || fb == 0.0 {
            break;
        }
        (d, e) = match interpolate(a, b, c, fa, fb, fc, middle) {
            Some(step) if e.abs() >= tolerance && 2.0 * step.abs() < e.abs() => (step, d),
            _ => (middle, middle),
        };
        (a, fa) = (b, fb);
        b += if d.abs() > tolerance {
            d
        } else {
            tolerance.copysign(middle)
        };
        fb = g(b);
    }
    b
}

/// A secant or inverse quadratic step that stays within three quarters of the bracket.
fn interpolate(a: f64, b: f64, c: f64, fa: f64, fb: f64, fc: f64, middle: f64) -> Option<f64> {
    if fa.abs() <= fb.abs() {
        return None;
    }
    let s = fb / fa;
    let (p, q) = if a == c {
        (2.0 * middle * s, 1.0 - s)
    } else {
        let (q, r) = (fa / fc, fb / fc);
        (
            s * (2.0 * middle * q * (q - r) - (b - a) * (r - 1.0)),
            (q - 1.0) * (r - 1.0) * (s - 1.0),
        )
    };
    let (p, q) = if p > 0.0 { (p, -q) } else { (-p, q) };
    let inside = 2.0 * p < 3.0 * middle * q - (1e-300 * q).abs();
    (inside && q != 0.0).then(|| p / q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_found_from_far_away() {
        for start in [-1000.0, 0.0, 3.0, 5e6] {
            let root = solve_ln_tail(|x| x * x * x, 27.0, start);
            assert!((root - 3.0).abs() < 1e-14, "{root}");
        }
        assert!(solve_ln_tail(|_| 1.0, 0.0, 0.0).is_nan());
    }
}
