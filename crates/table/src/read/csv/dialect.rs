//! Which byte separates the cells.

/// How cells are separated; quotes are `"`, doubled inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The separator.
    pub separator: u8,
}

/// The first row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its cells.
    pub names: Vec<String>,
}

/// Candidates in the order in which a tie is decided.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// How much of a file is looked at.
const SAMPLE_BYTES: usize = 64 * 1024;

impl Dialect {
    /// The separator under which the first rows agree best on a width above one; a comma if none does.
    pub fn sniff(text: &str, guesses: &mut Vec<String>) -> Dialect {
        let mut end = text.len().min(SAMPLE_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let whole = end == text.len();
        let scores = SEPARATORS.map(|separator| (agreement(&text[..end], separator, whole), separator));
        let mut best = scores[0];
        for score in &scores[1..] {
            if best.0 < score.0 {
                best = *score;
            }
        }
        if best.1 != b',' {
            guesses.push(format!("cells are separated by {:?}", best.1 as char));
        }
        Dialect { separator: best.1 }
    }
}

/// `(share of rows as wide as the header in thousandths, width)`; nothing for a width of one.
fn agreement(sample: &str, separator: u8, whole: bool) -> (usize, usize) {
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .from_reader(sample.as_bytes());
    let mut widths: Vec<usize> = reader
        .byte_records()
        .map_while(Result::ok)
        .map(|record| record.len())
        .collect();
    if !whole && 1 < widths.len() {
        // The sample may end in the middle of a row.
        widths.pop();
    }
    match widths.first() {
        Some(&width) if 1 < width => {
            let same = widths.iter().filter(|other| **other == width).count();
            (same * 1000 / widths.len(), width)
        }
        _ => (0, 0),
    }
}
