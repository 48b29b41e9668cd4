//! Bytes changed as libFuzzer changes them, from a seed: the same seed gives the same bytes on every machine.

use stats::random::Draw;

/// Longer inputs only take longer.
const MAX_BYTES: usize = 4096;
const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1",
    "127",
    "128",
    "255",
    "256",
    "65535",
    "2147483648",
    "-9223372036854775808",
    "18446744073709551616",
    "1e999",
    "NaN",
    "0.1",
];

/// Draws changed inputs from kept ones.
#[derive(Debug)]
pub struct Mutator<'a> {
    draw: Draw,
    corpus: &'a [Vec<u8>],
    words: &'a [&'a str],
}

impl<'a> Mutator<'a> {
    /// `words` are put in now and then.
    pub fn new(seed: u64, corpus: &'a [Vec<u8>], words: &'a [&'a str]) -> Mutator<'a> {
        Mutator {
            draw: Draw::new(seed, 0),
            corpus,
            words,
        }
    }

    /// The next input.
    pub fn next(&mut self) -> Vec<u8> {
        let mut bytes = self.one_of_corpus();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes);
        }
        bytes.truncate(MAX_BYTES);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let (from, to) = self.range(bytes.len());
        match self.below(10) {
            0 if !bytes.is_empty() => {
                let at = self.below(bytes.len());
                bytes[at] ^= 1 << self.below(8);
            }
            1 if !bytes.is_empty() => {
                let at = self.below(bytes.len());
                bytes[at] = [0, 1, 0x7F, 0x80, 0xFF, b'"', b',', b'\n', b'{', b'}'][self.below(10)];
            }
            2 => drop(bytes.drain(from..to)),
            3 => {
                let copy = bytes[from..to].to_vec();
                bytes.splice(from..from, copy);
            }
            4 => bytes.truncate(from),
            5 => {
                let other = self.one_of_corpus();
                let (start, end) = self.range(other.len());
                bytes.splice(from..to, other[start..end].iter().copied());
            }
            6 => {
                let number = NUMBERS[self.below(NUMBERS.len())];
                bytes.splice(from..from, number.bytes());
            }
            7 => replace_number(bytes, from, NUMBERS[self.below(NUMBERS.len())]),
            8 => {
                let size = [1, 2, 4, 8][self.below(4)];
                let value = [0, 1, u64::MAX, i64::MAX as u64, 1 << 31, 0x7FFF_FFFF, 5, 64][self.below(8)];
                let value = value.to_le_bytes();
                let end = (from + size).min(bytes.len());
                bytes[from..end].copy_from_slice(&value[..end - from]);
            }
            _ => {
                let word = match self.words.is_empty() {
                    true => "\0",
                    false => self.words[self.below(self.words.len())],
                };
                bytes.splice(from..from, word.bytes());
            }
        }
    }

    fn one_of_corpus(&mut self) -> Vec<u8> {
        let at = self.below(self.corpus.len().max(1));
        self.corpus.get(at).cloned().unwrap_or_default()
    }

    fn below(&mut self, n: usize) -> usize {
        ((self.draw.uniform() * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// A short range of positions.
    fn range(&mut self, length: usize) -> (usize, usize) {
        let from = self.below(length + 1);
        let most = if self.below(4) == 0 { length } else { 8 };
        (from, (from + self.below(most + 1)).min(length))
    }
}

/// The digits at or behind `from` become `number`.
fn replace_number(bytes: &mut Vec<u8>, from: usize, number: &str) {
    let Some(start) = bytes[from..].iter().position(u8::is_ascii_digit) else {
        return;
    };
    let start = from + start;
    let end = bytes[start..].iter().position(|byte| !byte.is_ascii_digit());
    let end = end.map_or(bytes.len(), |length| start + length);
    bytes.splice(start..end, number.bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_inputs_and_most_differ() {
        let corpus = [b"{\"rows\": [[1, 2]]}".to_vec(), Vec::new()];
        let drawn = |seed| {
            let mut mutator = Mutator::new(seed, &corpus, &["null"]);
            (0..200).map(|_| mutator.next()).collect::<Vec<_>>()
        };
        assert_eq!(drawn(1), drawn(1));
        let mut found = drawn(1);
        found.sort();
        found.dedup();
        assert!(100 < found.len());
        assert!(found.iter().all(|bytes| bytes.len() <= MAX_BYTES));
    }
}
