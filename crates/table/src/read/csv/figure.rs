//! Numbers with the marks that people put on them: thousands, decimal commas, currencies, percent, brackets for minus.

/// A number, and what stood beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) value: f64,
    pub(super) unit: Unit,
    /// Whether groups of thousands were marked.
    pub(super) n_groups: usize,
    pub(super) has_fraction: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    None,
    Percent,
    Currency(&'static str),
}

const CURRENCIES: [&str; 26] = [
    "US$", "R$", "C$", "A$", "$", "€", "£", "¥", "₹", "₩", "₽", "₺", "₪", "zł", "kr", "USD", "EUR", "GBP",
    "JPY", "CHF", "INR", "CNY", "SEK", "NOK", "DKK", "AUD",
];
const BLANKS: [char; 4] = [' ', '\u{a0}', '\u{202f}', '\u{2009}'];

/// Reads a number whose fraction begins with `decimal`, `.` or `,`; groups are marked with the other, a blank or `'`.
pub(super) fn figure(text: &str, decimal: char, thousands: Option<char>) -> Option<Figure> {
    let text = text.trim_matches(BLANKS);
    let (text, is_bracketed) = match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => (inner.trim_matches(BLANKS), true),
        None => (text, false),
    };
    let (text, minus) = sign(text);
    let (text, unit) = unit(text)?;
    let (text, inner_minus) = sign(text);
    if usize::from(is_bracketed) + usize::from(minus) + usize::from(inner_minus) > 1 {
        return None;
    }
    let (text, exponent) = exponent(text);
    let (plain, n_groups, has_fraction) = plain(text, decimal, thousands)?;
    let value: f64 = format!("{plain}{exponent}")
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite())?;
    let is_negative = is_bracketed || minus || inner_minus;
    Some(Figure {
        value: if is_negative { -value } else { value },
        unit,
        n_groups,
        has_fraction: has_fraction || !exponent.is_empty(),
    })
}

/// The text before an exponent, and the exponent.
fn exponent(text: &str) -> (&str, &str) {
    let Some(at) = text.find(['e', 'E']) else {
        return (text, "");
    };
    let digits = text[at + 1..].trim_start_matches(['+', '-']);
    let is_exponent =
        !digits.is_empty() && digits.len() < 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    match is_exponent {
        true => text.split_at(at),
        false => (text, ""),
    }
}

fn sign(text: &str) -> (&str, bool) {
    for minus in ["-", "\u{2212}"] {
        if let Some(rest) = text.strip_prefix(minus).or_else(|| text.strip_suffix(minus)) {
            return (rest.trim_matches(BLANKS), true);
        }
    }
    (text.strip_prefix('+').unwrap_or(text), false)
}

fn unit(text: &str) -> Option<(&str, Unit)> {
    if let Some(rest) = text.strip_suffix('%').or_else(|| text.strip_prefix('%')) {
        return Some((rest.trim_matches(BLANKS), Unit::Percent));
    }
    for currency in CURRENCIES {
        let rest = text
            .strip_prefix(currency)
            .or_else(|| text.strip_suffix(currency));
        if let Some(rest) = rest {
            return Some((rest.trim_matches(BLANKS), Unit::Currency(currency)));
        }
    }
    Some((text, Unit::None))
}

/// The number as Rust reads it, how many marks of thousands it had, and whether it has a fraction.
fn plain(text: &str, decimal: char, thousands: Option<char>) -> Option<(String, usize, bool)> {
    let (whole, fraction) = match text.rsplit_once(decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let fraction_fits =
        fraction.is_none_or(|fraction| is_digits(fraction) || (fraction.is_empty() && !whole.is_empty()));
    if !fraction_fits {
        return None;
    }
    let marks: Vec<char> = whole.chars().filter(|c| !c.is_ascii_digit()).collect();
    let is_mark = |mark: char| match thousands {
        Some(thousands) => mark == thousands,
        None => {
            mark != decimal
                && (mark == ',' || mark == '.' || mark == '\'' || mark == '’' || BLANKS.contains(&mark))
        }
    };
    let mark = marks.first().copied();
    if marks.iter().any(|other| Some(*other) != mark || !is_mark(*other)) {
        return None;
    }
    if mark.is_some() && !are_groups(whole, &marks) {
        return None;
    }
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() && fraction.is_none_or(str::is_empty) {
        return None;
    }
    // `007` and `0,123,456` are identifiers, and so are whole numbers that would lose digits.
    if (1 < digits.len() && digits.starts_with('0')) || (15 < digits.len() && fraction.is_none()) {
        return None;
    }
    let fraction = fraction.filter(|fraction| !fraction.is_empty());
    let plain = format!("{digits}.{}", fraction.unwrap_or("0"));
    Some((plain, marks.len(), fraction.is_some()))
}

/// `1,234,567`, or `12,34,567` as in India.
fn are_groups(whole: &str, marks: &[char]) -> bool {
    let groups: Vec<&str> = whole.split(marks[0]).collect();
    let (first, rest) = (groups[0], &groups[1..]);
    let (middle, last) = (&rest[..rest.len() - 1], rest[rest.len() - 1]);
    let begins = (1..=3).contains(&first.len());
    let are_long = middle.iter().all(|group| group.len() == 3);
    let are_indian = marks[0] == ',' && first.len() < 3 && middle.iter().all(|group| group.len() == 2);
    begins && last.len() == 3 && (are_long || are_indian)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, decimal: char) -> Option<f64> {
        figure(text, decimal, None).map(|figure| figure.value)
    }

    #[test]
    fn marks_of_thousands_currencies_and_brackets_are_read() {
        for (text, expected) in [
            ("1,234.5", 1234.5),
            ("$74.69", 74.69),
            ("-$1,000", -1000.0),
            ("$-5", -5.0),
            ("(1,234)", -1234.0),
            ("12.5%", 12.5),
            ("1 234 567", 1_234_567.0),
            ("12,34,567", 1_234_567.0),
            ("1'234.5", 1234.5),
            ("€ 3.50", 3.5),
            ("3 USD", 3.0),
            ("7-", -7.0),
        ] {
            assert_eq!(value(text, '.'), Some(expected), "{text}");
        }
        for (text, expected) in [
            ("1.234,5", 1234.5),
            ("1,7", 1.7),
            ("200.000.000", 2e8),
            ("€ 3,50", 3.5),
        ] {
            assert_eq!(value(text, ','), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "1,23", "12,3456", "007", "1,234,56", "1.2.3", "$", "%", "(-5)", "--5", "1,2 34", "abc", "",
            "0,123",
        ] {
            assert_eq!(value(text, '.'), None, "{text}");
        }
    }
}
