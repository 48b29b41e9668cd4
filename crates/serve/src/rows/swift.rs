//! The commonest body read in one go: `{"inputs": [[1, 2.5, null], ...]}`, numbers alone, for models of nothing but numbers.
//!
//! Whatever is not exactly that is left to the readers of JSON, which say what is wrong with it. Numbers get the bits that
//! those give them: the nearest of 64 bits.

use super::Rows;
use crate::models::Loaded;
use table::Kind;

/// Whole numbers up to this one are numbers of 64 bits, and so are their products and quotients with [`TENS`] once rounded.
const MAX_EXACT: u64 = 1 << 53;
/// Whole numbers of so many digits are below [`MAX_EXACT`], and of so many fit 64 bits.
const SURE_DIGITS: usize = 15;
const MOST_DIGITS: usize = 18;
/// Powers of ten that are numbers of 64 bits.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The rows of the list that is all of `body` under `key`; `None` where it must be read (or refused) otherwise.
pub(crate) fn from_numbers(model: &Loaded, body: &[u8], key: &str, max_rows: usize) -> Option<Rows> {
    if !model.has_only_numbers {
        return None;
    }
    let mut reader = Reader { body, at: 0 };
    reader.mark(b'{')?;
    reader.mark(b'"')?;
    // without blanks before it
    reader.rest().starts_with(key.as_bytes()).then_some(())?;
    reader.at += key.len();
    reader.rest().starts_with(b"\"").then_some(())?;
    reader.at += 1;
    reader.mark(b':')?;
    let values = reader.rows(model, max_rows)?;
    reader.mark(b'}')?;
    reader.skip_blanks();
    reader.rest().is_empty().then_some(Rows::Numbers {
        values,
        width: model.inputs.len(),
    })
}

struct Reader<'b> {
    body: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &[u8] {
        self.body.get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.body.get(self.at) {
            self.at += 1;
        }
    }

    /// Passes over one character, and blanks before it.
    fn mark(&mut self, mark: u8) -> Option<()> {
        self.skip_blanks();
        (self.body.get(self.at) == Some(&mark)).then_some(())?;
        self.at += 1;
        Some(())
    }

    /// Passes over `word`, and blanks before it.
    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.skip_blanks();
        self.rest().starts_with(word).then_some(())?;
        self.at += word.len();
        Some(())
    }

    /// A list of at least one row, each a list of as many numbers as there are inputs.
    fn rows(&mut self, model: &Loaded, max_rows: usize) -> Option<Vec<f64>> {
        let mut values = Vec::with_capacity(model.inputs.len());
        let mut n_rows = 0;
        self.mark(b'[')?;
        loop {
            n_rows += 1;
            (n_rows <= max_rows).then_some(())?;
            self.row(model, &mut values)?;
            if self.mark(b',').is_none() {
                break;
            }
        }
        self.mark(b']')?;
        Some(values)
    }

    fn row(&mut self, model: &Loaded, values: &mut Vec<f64>) -> Option<()> {
        let mut mark = b'[';
        for (_, kind) in &model.inputs {
            self.mark(mark)?;
            self.skip_blanks();
            let value = self.number()?;
            // a whole number is one of 64 bits; those beyond are for others to read
            let is_whole = || value.is_nan() || (value.fract() == 0.0 && value.abs() < MAX_EXACT as f64);
            (*kind == Kind::Number || is_whole()).then_some(())?;
            values.push(value);
            mark = b',';
        }
        // a row without cells has no bracket yet
        (!model.inputs.is_empty()).then_some(())?;
        self.mark(b']')
    }

    /// A finite number, or NaN for `null`.
    #[inline]
    fn number(&mut self) -> Option<f64> {
        let start = self.at;
        let first = *self.body.get(start)?;
        if first == b'n' {
            return self.word(b"null").map(|()| f64::NAN);
        }
        let is_negative = first == b'-';
        self.at += usize::from(is_negative);
        let (mut value, mut n_fraction) = (0, 0);
        let is_zero = self.body.get(self.at) == Some(&b'0');
        let n_whole = self.digits(&mut value);
        (n_whole == 1 || (1 < n_whole && !is_zero)).then_some(())?;
        if self.body.get(self.at) == Some(&b'.') {
            self.at += 1;
            n_fraction = self.digits(&mut value);
            (0 < n_fraction).then_some(())?;
        }
        let has_exponent = matches!(self.body.get(self.at), Some(b'e' | b'E'));
        let size = match TENS.get(n_fraction) {
            Some(ten) if n_whole + n_fraction <= SURE_DIGITS && !has_exponent => value as f64 / ten,
            _ => self.rarer_number(start + usize::from(is_negative), value, n_whole, n_fraction)?,
        };
        // signs come as they will, so that a branch on them would be guessed wrong half the time
        Some(f64::from_bits(size.to_bits() | (u64::from(is_negative) << 63)))
    }

    /// A number without its sign that begins at `start`, of many digits or with an exponent that is still to come.
    fn rarer_number(&mut self, start: usize, value: u64, n_whole: usize, n_fraction: usize) -> Option<f64> {
        let power = self.exponent()? - i64::try_from(n_fraction).ok()?;
        if let Some(size) = exactly(value, n_whole + n_fraction, power) {
            return Some(size);
        }
        let text = std::str::from_utf8(&self.body[start..self.at]).ok()?;
        text.parse::<f64>().ok().filter(|value| value.is_finite())
    }

    /// Takes in digits behind those of `value`; how many there are. Of too many nobody looks at the value.
    #[inline]
    fn digits(&mut self, value: &mut u64) -> usize {
        let start = self.at;
        while let Some(byte) = self.body.get(self.at) {
            let digit = byte.wrapping_sub(b'0');
            if 9 < digit {
                break;
            }
            *value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.at += 1;
        }
        self.at - start
    }

    /// The exponent, 0 if there is none; `None` if it has no digits, or more than anybody needs.
    fn exponent(&mut self) -> Option<i64> {
        if !matches!(self.body.get(self.at), Some(b'e' | b'E')) {
            return Some(0);
        }
        self.at += 1;
        let is_negative = self.body.get(self.at) == Some(&b'-');
        if matches!(self.body.get(self.at), Some(b'-' | b'+')) {
            self.at += 1;
        }
        let mut size = 0;
        let n = self.digits(&mut size);
        (1..=4).contains(&n).then_some(())?;
        let size = i64::try_from(size).ok()?;
        Some(if is_negative { -size } else { size })
    }
}

/// The number of so many digits times a power of ten, where one rounding makes it (W. D. Clinger 1990).
fn exactly(value: u64, n_digits: usize, power: i64) -> Option<f64> {
    if MOST_DIGITS < n_digits || MAX_EXACT < value {
        return None;
    }
    let ten = TENS.get(usize::try_from(power.unsigned_abs()).ok()?)?;
    let value = value as f64;
    Some(if power < 0 { value / ten } else { value * ten })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The number that `text` is, whatever stands behind it.
    fn number(text: &str) -> Option<f64> {
        let before = |behind: &str| {
            let body = format!("{text}{behind}");
            let mut reader = Reader {
                body: body.as_bytes(),
                at: 0,
            };
            let found = reader.number()?;
            (reader.rest() == behind.as_bytes()).then_some(found)
        };
        let found = before("");
        for behind in [
            ",",
            "]]}",
            ", -1.5]",
            "/:;<=>?@",
            ", 0.25, 1e5]",
            "\u{ff}12345678",
        ] {
            assert_eq!(
                before(behind).map(f64::to_bits),
                found.map(f64::to_bits),
                "{text}{behind}"
            );
        }
        found
    }

    #[test]
    fn numbers_get_the_bits_that_the_reader_of_json_gives_them() {
        let mut draw = stats::Draw::new(5, 0);
        let mut texts: Vec<String> = [
            "0",
            "-0",
            "-0.0",
            "1",
            "0.1",
            "123456789012345678901234567890",
            "9007199254740993",
        ]
        .iter()
        .chain(&[
            "1e22",
            "1e23",
            "-1.5E-7",
            "2.2250738585072011e-308",
            "5e-324",
            "1e-400",
            "0.30000000000000004",
        ])
        .chain(&[
            "9223372036854775807",
            "18446744073709551615",
            "1.7976931348623157e308",
            "0e5",
            "1e+3",
        ])
        .map(|text| (*text).to_owned())
        .collect();
        for _ in 0..20_000 {
            let value = f64::from_bits(draw.below(u64::MAX));
            if value.is_finite() {
                texts.push(format!("{value}"));
                texts.push(format!("{value:e}"));
            }
            texts.push(format!("{}", draw.normal()));
            texts.push(format!("{:.6}", 1000.0 * draw.normal()));
        }
        for text in texts {
            let expected: f64 = serde_json::from_str(&text).unwrap();
            // the exponents of the longest are left to others
            if let Some(found) = number(&text) {
                assert_eq!(found.to_bits(), expected.to_bits(), "{text}");
            } else {
                assert!(text.len() > 30, "{text}");
            }
        }
        assert!(number("null").unwrap().is_nan());
    }

    #[test]
    fn what_is_no_number_of_json_is_left_to_others() {
        for text in [
            "", "-", "01", "-01", "1.", ".5", "+1", "1e", "1e+", "1e99999", "1e999", "NaN", "Infinity",
            "nul", "0x1", "1_0", "--1", "true",
        ] {
            assert_eq!(number(text).map(f64::to_bits), None, "{text}");
        }
    }
}
