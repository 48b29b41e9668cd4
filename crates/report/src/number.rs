//! Numbers as a reader wants them: three significant digits, thousands apart, percents for shares.

use crate::chart::date;
use crate::chart::{floor_log10, pow10};

/// How a chart or table writes its numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Three significant digits: `0.0123`, `12.3`, `12,345`, `1.23m`.
    #[default]
    Number,
    /// As [`Format::Number`] with its sign always shown: `+0.31`.
    Signed,
    /// A share in [0, 1] as a percentage: `42.7%`.
    Percent,
    /// A difference of two shares in percentage points: `+28.3 pts`.
    Points,
    /// A relative change in percent, with its sign: `+1.2%`.
    Change,
    /// As [`Format::Number`] after these characters: `€12.3`.
    Prefix(String),
    /// As [`Format::Number`] before these characters: `12.3 months`.
    Suffix(String),
    /// Days since 1970-01-01 as a date: `3 Mar 2024`.
    Date,
}

impl Format {
    /// One value, `–` where it is not finite.
    #[must_use]
    pub fn value(&self, x: f64) -> String {
        if !x.is_finite() {
            return "–".to_owned();
        }
        match self {
            Format::Number => format_number(x),
            Format::Signed => signed(x, format_number(x)),
            Format::Percent => format_percent(x),
            Format::Points => signed(x, format!("{} pts", point_digits(x))),
            Format::Change => signed(x, format_percent(x)),
            Format::Prefix(unit) => match format_number(x).strip_prefix('−') {
                Some(digits) => format!("−{unit}{digits}"),
                None => format!("{unit}{}", format_number(x)),
            },
            Format::Suffix(unit) => format!("{}{}", format_number(x), spaced(unit)),
            Format::Date => date::full(x),
        }
    }

    /// An interval: `40.4–45.1%`, or `−1.2 to 3.4` where a minus sign would confuse.
    #[must_use]
    pub fn range(&self, low: f64, high: f64) -> String {
        if low.is_nan() || high.is_nan() {
            return String::new();
        }
        let is_open = low.is_infinite() || high.is_infinite();
        let end = |x: f64, text: String| if x.is_infinite() { infinity(x) } else { text };
        let (low_text, high_text) = match self {
            Format::Percent if low >= 0.0 => (percent_digits(low), format_percent(high)),
            Format::Percent => (percent_digits(low), percent_digits(high)),
            Format::Points => (point_digits(low), point_digits(high)),
            Format::Change => (percent_digits(low), format_percent(high)),
            Format::Prefix(_) | Format::Suffix(_) => (format_number(low), format_number(high)),
            _ => (self.value(low), self.value(high)),
        };
        let (low, high) = (end(low, low_text), end(high, high_text));
        let apart = ["−", "–", "+"]
            .iter()
            .any(|sign| low.starts_with(sign) || high.starts_with(sign));
        if apart || is_open {
            format!("{low} to {high}")
        } else {
            format!("{low}–{high}")
        }
    }

    /// An axis label, with as many digits as `step` needs.
    pub(crate) fn tick(&self, x: f64, step: f64) -> String {
        match self {
            Format::Number => tick_number(x, step),
            Format::Signed => signed(x, tick_number(x, step)),
            Format::Percent => format!("{}%", fixed(x * 100.0, decimals(step * 100.0))),
            Format::Points => signed(x, fixed(x * 100.0, decimals(step * 100.0))),
            Format::Change => signed(x, format!("{}%", fixed(x * 100.0, decimals(step * 100.0)))),
            Format::Prefix(unit) => match tick_number(x, step).strip_prefix('−') {
                Some(digits) => format!("−{unit}{digits}"),
                None => format!("{unit}{}", tick_number(x, step)),
            },
            Format::Suffix(unit) if unit == "%" => format!("{}%", tick_number(x, step)),
            Format::Suffix(_) => tick_number(x, step),
            Format::Date => date::full(x),
        }
    }
}

/// A number with three significant digits: `0.0123`, `12.3`, `12,345`, `1.23m`, `4.5bn`; `–` where it is not finite.
///
/// Whole numbers below a million keep all their digits.
#[must_use]
pub fn format_number(x: f64) -> String {
    let size = x.abs();
    if !x.is_finite() {
        return "–".to_owned();
    }
    if x == 0.0 {
        return "0".to_owned();
    }
    if size >= 999_999.5 {
        return large(x);
    }
    if size >= 999.5 || x.fract() == 0.0 {
        return fixed(x, 0);
    }
    if size < 0.000_1 {
        return scientific(x);
    }
    let places = 2 - floor_log10(size);
    trimmed(fixed(x, usize::try_from(places.clamp(0, 6)).unwrap_or(0)))
}

/// A count with its thousands apart: `1,234,567`.
#[must_use]
pub fn format_count(n: u64) -> String {
    grouped(&n.to_string())
}

/// A share in [0, 1] as a percentage: `42.7%`, `0.43%`; `–` where it is not finite.
#[must_use]
pub fn format_percent(share: f64) -> String {
    if share.is_finite() {
        format!("{}%", percent_digits(share))
    } else {
        "–".to_owned()
    }
}

/// A level in (0, 1) as it was asked for, with all its digits: `90%`, `99.95%`.
#[must_use]
pub fn format_level(level: f64) -> String {
    // 0.55 * 100 is a little more than 55.
    format!("{}%", (level * 1e10).round() / 1e8)
}

/// A p-value as it is read: `0.034`, `< 0.001`; `–` where it is not in [0, 1].
#[must_use]
pub fn format_p_value(p: f64) -> String {
    match p {
        p if !(0.0..=1.0).contains(&p) => "–".to_owned(),
        p if p < 0.001 => "< 0.001".to_owned(),
        p if p < 0.1 => format!("{p:.3}"),
        p => format!("{p:.2}"),
    }
}

/// A p-value with three digits however small it is, from its natural logarithm: `0.034`, `5.86e-258`.
#[must_use]
pub fn format_ln_p_value(ln_p: f64) -> String {
    let digits = ln_p / std::f64::consts::LN_10;
    if -3.0 <= digits || !digits.is_finite() {
        return format_p_value(stats::math::exp(ln_p));
    }
    let whole = digits.floor();
    let first = stats::math::exp((digits - whole) * std::f64::consts::LN_10);
    match first < 9.995 {
        true => format!("{first:.2}e{whole}"),
        false => format!("1.00e{}", whole + 1.0),
    }
}

fn percent_digits(share: f64) -> String {
    let percent = share * 100.0;
    match percent.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.01 => if share > 0.0 { "< 0.01" } else { "> −0.01" }.to_owned(),
        size if size < 0.995 => fixed(percent, 2),
        size if size >= 99.95 && share < 1.0 && share > 0.0 => "> 99.9".to_owned(),
        100.0 => fixed(percent, 0),
        size if size >= 1000.0 => fixed(percent, 0),
        _ => fixed(percent, 1),
    }
}

fn point_digits(difference: f64) -> String {
    let points = difference * 100.0;
    if points.is_finite() {
        fixed(points, if points.abs() < 0.995 { 2 } else { 1 })
    } else {
        format_number(points)
    }
}

fn infinity(x: f64) -> String {
    if x > 0.0 { "∞" } else { "−∞" }.to_owned()
}

fn signed(x: f64, text: String) -> String {
    if x > 0.0 && text.starts_with(|c: char| c.is_ascii_digit()) {
        format!("+{text}")
    } else {
        text
    }
}

fn spaced(unit: &str) -> String {
    if unit.starts_with(|c: char| c.is_alphabetic()) {
        format!(" {unit}")
    } else {
        unit.to_owned()
    }
}

fn large(x: f64) -> String {
    const NAMES: [(f64, &str); 3] = [(1e12, "tn"), (1e9, "bn"), (1e6, "m")];
    if x.abs() >= 1e15 {
        return scientific(x);
    }
    let (unit, name) = NAMES
        .into_iter()
        .find(|(unit, _)| x.abs() >= unit * 0.999_5)
        .unwrap_or((1e6, "m"));
    let scaled = x / unit;
    let places = if scaled.abs() < 9.995 {
        2
    } else if scaled.abs() < 99.95 {
        1
    } else {
        0
    };
    format!("{}{name}", trimmed(fixed(scaled, places)))
}

fn scientific(x: f64) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let text = format!("{x:.1e}").replace('-', "−");
    let Some((digits, power)) = text.split_once('e') else {
        return text;
    };
    let raised: String = power
        .chars()
        .map(|c| {
            c.to_digit(10)
                .and_then(|d| RAISED.get(d as usize).copied())
                .unwrap_or('⁻')
        })
        .collect();
    format!("{}×10{raised}", digits.strip_suffix(".0").unwrap_or(digits))
}

fn tick_number(x: f64, step: f64) -> String {
    const NAMES: [(f64, &str); 4] = [(1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k")];
    let size = x.abs().max(step.abs());
    if size >= 1e15 || (size < 1e-6 && x != 0.0) {
        return scientific(x);
    }
    if size < 10_000.0 {
        return fixed(x, decimals(step));
    }
    // A round step says how many digits its unit needs, so that neighbours on an axis agree.
    let (unit, name) = NAMES
        .into_iter()
        .find(|(unit, _)| size >= *unit)
        .unwrap_or((1.0, ""));
    let unit = if step.abs() < unit / 1_000.0 { 1.0 } else { unit };
    if x == 0.0 {
        return "0".to_owned();
    }
    format!(
        "{}{}",
        fixed(x / unit, decimals(step / unit)),
        if unit == 1.0 { "" } else { name }
    )
}

/// The places after the point that a round `step` needs.
fn decimals(step: f64) -> usize {
    (0..10)
        .find(|places| {
            let scaled = step.abs() * pow10(*places);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1e-300)
        })
        .map_or(10, |places| usize::try_from(places).unwrap_or(10))
}

fn fixed(x: f64, places: usize) -> String {
    let text = format!("{:.*}", places, x.abs());
    let (whole, rest) = text
        .split_once('.')
        .map_or((text.as_str(), None), |(w, r)| (w, Some(r)));
    let is_zero = text.chars().all(|c| c == '0' || c == '.');
    let sign = if x < 0.0 && !is_zero { "−" } else { "" };
    match rest {
        Some(rest) => format!("{sign}{}.{rest}", grouped(whole)),
        None => format!("{sign}{}", grouped(whole)),
    }
}

fn trimmed(text: String) -> String {
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits() {
        let cases = [
            (0.0, "0"),
            (0.012_345, "0.0123"),
            (1.5, "1.5"),
            (12.345, "12.3"),
            (70.0, "70"),
            (999.6, "1,000"),
            (12_345.4, "12,345"),
            (-12_345.0, "−12,345"),
            (999_999.0, "999,999"),
            (1_234_567.0, "1.23m"),
            (4.5e9, "4.5bn"),
            (2e12, "2tn"),
            (1.2e18, "1.2×10¹⁸"),
            (1.2e-7, "1.2×10⁻⁷"),
            (f64::NAN, "–"),
        ];
        for (x, expected) in cases {
            assert_eq!(format_number(x), expected, "{x}");
        }
    }

    #[test]
    fn levels_keep_their_digits() {
        for (level, expected) in [(0.9, "90%"), (0.55, "55%"), (0.9995, "99.95%"), (1e-4, "0.01%")] {
            assert_eq!(format_level(level), expected);
        }
    }

    #[test]
    fn shares_are_percents() {
        assert_eq!(Format::Percent.value(0.4271), "42.7%");
        assert_eq!(Format::Percent.value(0.0043), "0.43%");
        assert_eq!(Format::Percent.value(1.0), "100%");
        assert_eq!(Format::Percent.value(0.9999), "> 99.9%");
        assert_eq!(Format::Points.value(0.283), "+28.3 pts");
        assert_eq!(Format::Points.value(-0.283), "−28.3 pts");
        assert_eq!(Format::Prefix("€".to_owned()).value(-12.0), "−€12");
        assert_eq!(Format::Suffix("months".to_owned()).value(9.0), "9 months");
    }

    #[test]
    fn ranges_are_unambiguous() {
        assert_eq!(Format::Percent.range(0.404, 0.451), "40.4–45.1%");
        assert_eq!(Format::Number.range(-1.25, 3.4), "−1.25 to 3.4");
        assert_eq!(Format::Number.range(f64::NAN, 3.4), "");
    }

    #[test]
    fn axis_labels_agree_with_their_step() {
        assert_eq!(Format::Number.tick(0.30000000000000004, 0.1), "0.3");
        assert_eq!(Format::Number.tick(2_500_000.0, 500_000.0), "2.5m");
        assert_eq!(Format::Number.tick(2_000.0, 500.0), "2,000");
        assert_eq!(Format::Number.tick(20_000.0, 5_000.0), "20k");
        assert_eq!(Format::Percent.tick(0.2, 0.2), "20%");
        assert_eq!(Format::Percent.tick(0.025, 0.005), "2.5%");
    }

    #[test]
    fn open_ends_are_infinite_in_every_format() {
        for format in [
            Format::Number,
            Format::Signed,
            Format::Percent,
            Format::Points,
            Format::Change,
        ] {
            assert_eq!(format.range(f64::NEG_INFINITY, f64::INFINITY), "−∞ to ∞");
        }
        assert_eq!(Format::Points.range(0.01, f64::INFINITY), "1.0 to ∞");
    }

    #[test]
    fn tiny_p_values_keep_three_digits() {
        // scipy 1.15: chi2.sf(1184.5965720837926, 2) = 5.863038300673391e-258
        assert_eq!(format_ln_p_value(-592.2982860418963), "5.86e-258");
        assert_eq!(format_ln_p_value(-2000.0 * std::f64::consts::LN_10), "1.00e-2000");
        assert_eq!(format_ln_p_value(-3.0_f64), "0.050");
        assert_eq!(format_ln_p_value(f64::NEG_INFINITY), "< 0.001");
    }

    #[test]
    fn p_values_are_read_not_counted() {
        assert_eq!(format_p_value(1e-12), "< 0.001");
        assert_eq!(format_p_value(0.0341), "0.034");
        assert_eq!(format_p_value(0.5), "0.50");
        assert_eq!(format_p_value(2.0), "–");
    }
}
