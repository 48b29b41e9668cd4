//! What a cell looks like at a glance, and the shapes that the cells of a column have.

use std::collections::BTreeMap;

/// A rough class of cells; good enough to compare dialects and to tell headers from rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Nothing,
    Number,
    /// A day, a time of day, or both.
    Moment,
    Truth,
    /// Text without blanks.
    Word,
    /// Words.
    Phrase,
    /// Anything with marks that are used to separate or quote.
    Odd,
}

impl Look {
    /// Whether it is more than text.
    pub(super) fn is_value(self) -> bool {
        matches!(self, Look::Number | Look::Moment | Look::Truth)
    }
}

pub(super) fn look(text: &str) -> Look {
    let text = text.trim();
    if text.is_empty() {
        return Look::Nothing;
    }
    if is_number(text) {
        return Look::Number;
    }
    if is_moment(text) {
        return Look::Moment;
    }
    if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") {
        return Look::Truth;
    }
    if text.contains(['"', ';', '|', '\t', '\u{1}', '\u{1f}', '^', '~']) || text.contains("::") {
        return Look::Odd;
    }
    match text.contains(' ') {
        true => Look::Phrase,
        false if text.contains(',') => Look::Odd,
        false => Look::Word,
    }
}

/// Digits with signs, marks and a unit: `-1,234.5`, `1e-3`, `$5`, `(12)`, `7 %`.
fn is_number(text: &str) -> bool {
    let core = text.trim_matches(|c: char| "+-()%$€£¥₹ \u{a0}".contains(c));
    let mut n_digits = 0;
    let mut previous = ' ';
    for c in core.chars() {
        match c {
            '0'..='9' => n_digits += 1,
            '.' | ',' | '\'' | '\u{a0}' | '\u{202f}' if previous.is_ascii_digit() || c == '.' => {}
            'e' | 'E' if previous.is_ascii_digit() || previous == '.' => {}
            '+' | '-' if matches!(previous, 'e' | 'E') => {}
            _ => return false,
        }
        previous = c;
    }
    0 < n_digits && !core.ends_with(['e', 'E', '+', '-', ',']) && core.matches(['e', 'E']).count() < 2
}

/// Digits in two to three groups between `-`, `/`, `.` or `:`, perhaps both a day and a time, perhaps with a month's name.
fn is_moment(text: &str) -> bool {
    if text.len() < 4 || 40 < text.len() || !text.is_ascii() {
        return false;
    }
    let is_mark = |byte: u8| matches!(byte, b'-' | b'/' | b':' | b'.');
    let n_marks = text.bytes().filter(|byte| is_mark(*byte)).count();
    let n_digits = text.bytes().filter(u8::is_ascii_digit).count();
    let runs = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| !run.is_empty());
    let is_short = runs.clone().all(|run| run.len() <= 9);
    let n_runs = runs.count();
    let words = text.split(|c: char| !c.is_ascii_alphabetic());
    let is_word = |word: &str| word.is_empty() || is_time_word(word);
    let rest = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || is_mark(byte) || matches!(byte, b' ' | b',' | b'+'));
    let has_month = words.clone().any(is_month);
    let is_version = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && n_marks != 2;
    rest && 3 <= n_digits
        && is_short
        && !is_version
        && (2..=9).contains(&n_runs)
        && (2 <= n_marks || text.contains(':') || has_month)
        && text.as_bytes()[0].is_ascii_alphanumeric()
        && words.into_iter().all(is_word)
}

fn is_month(word: &str) -> bool {
    super::moment::month_of(word).is_some()
}

fn is_time_word(word: &str) -> bool {
    const WORDS: [&str; 17] = [
        "t", "z", "am", "pm", "utc", "gmt", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "cet", "est",
        "pst", "cest",
    ];
    WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) || is_month(word)
}

/// The shape of a text: digits as `9`, letters as `a`, blanks and other characters as they are.
fn shape(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_ascii_digit() => '9',
            c if c.is_alphabetic() => 'a',
            c => c,
        })
        .collect()
}

/// A shape with its runs drawn together.
fn rough(shape: &str) -> String {
    let mut rough = String::new();
    for c in shape.chars() {
        if !(rough.ends_with(c) && (c == '9' || c == 'a')) {
            rough.push(c);
        }
    }
    rough
}

/// The most rough shapes of a column that has a form.
const MAX_SHAPES: usize = 4;
/// The longest cell of a column that has a form.
const MAX_FORMED: usize = 64;
/// The fewest cells that a form is learnt from.
const MIN_CELLS: usize = 4;

/// The form of one column: which shapes its cells have.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    exact: BTreeMap<String, usize>,
    rough: BTreeMap<String, usize>,
    n_empty: usize,
    n: usize,
    n_numbers: usize,
    n_moments: usize,
    /// Too long or too varied to have a form.
    is_open: bool,
}

impl Form {
    pub(super) fn see(&mut self, cell: &str) {
        let cell = cell.trim();
        if cell.is_empty() {
            self.n_empty += 1;
            return;
        }
        self.n += 1;
        match look(cell) {
            Look::Number => self.n_numbers += 1,
            Look::Moment => self.n_moments += 1,
            _ => {}
        }
        self.is_open = self.is_open || MAX_SHAPES * 8 < self.rough.len() || MAX_FORMED < cell.len();
        if self.is_open {
            return;
        }
        let shape = shape(cell);
        *self.rough.entry(rough(&shape)).or_default() += 1;
        *self.exact.entry(shape).or_default() += 1;
    }

    /// Whether any cell was seen.
    pub(super) fn is_known(&self) -> bool {
        0 < self.n + self.n_empty
    }

    /// Whether cells of this column have one of few shapes; only such columns can say that a cell is not theirs.
    pub(super) fn is_closed(&self) -> bool {
        let mut counts: Vec<usize> = self.rough.values().copied().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let n_kept: usize = counts.iter().take(MAX_SHAPES).sum();
        !self.is_open && MIN_CELLS <= self.n && self.n * 9 <= n_kept * 10
    }

    /// Whether the commonest shape has digits: letters alone say little.
    pub(super) fn has_digits(&self) -> bool {
        let most = self.rough.iter().max_by_key(|(_, n)| **n);
        most.is_some_and(|(shape, _)| shape.contains('9'))
    }

    /// How well a cell fits, from 0 (no cell of the column looks so) to 1.
    pub(super) fn fit(&self, cell: &str) -> f64 {
        let cell = cell.trim();
        if cell.is_empty() {
            return match (self.n_empty, self.n) {
                (0, 0) => 0.5,
                (0, n) if MIN_CELLS < n => 0.1,
                (n_empty, 0) if 0 < n_empty => 1.0,
                _ => 0.6,
            };
        }
        if self.n == 0 && MIN_CELLS < self.n_empty {
            return 0.1;
        }
        if !self.is_closed() {
            return 0.5;
        }
        let shape = shape(cell);
        if self.exact.contains_key(&shape) {
            return 1.0;
        }
        let is_alike = match look(cell) {
            Look::Number => self.n * 9 <= self.n_numbers * 10,
            Look::Moment => self.n * 9 <= self.n_moments * 10,
            _ => false,
        };
        match self.rough.contains_key(&rough(&shape)) {
            true => 0.8,
            false if is_alike => 0.7,
            false => 0.0,
        }
    }
}
