//! Two texts word by word: what stayed, what went, what came.

use report::Fate;

/// Words from which two texts are told apart as wholes; a table of all pairs of words would grow too large.
const MOST_WORDS: usize = 600;

/// The words of both texts in the order in which they are read: those that went before those that came in their place.
///
/// The longest common run of words stays; neighbours of one fate are one piece.
pub(super) fn between(before: &str, after: &str) -> Vec<(Fate, String)> {
    let (a, b): (Vec<&str>, Vec<&str>) = (
        before.split_whitespace().collect(),
        after.split_whitespace().collect(),
    );
    if MOST_WORDS < a.len() || MOST_WORDS < b.len() {
        return pieces([(Fate::Gone, before), (Fate::New, after)].into_iter());
    }
    let longest = longest_common(&a, &b);
    let (mut i, mut j) = (0, 0);
    let mut words = Vec::with_capacity(a.len() + b.len());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            words.push((Fate::Same, a[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || longest[i][j + 1] <= longest[i + 1][j]) {
            words.push((Fate::Gone, a[i]));
            i += 1;
        } else {
            words.push((Fate::New, b[j]));
            j += 1;
        }
    }
    pieces(words.into_iter())
}

/// How many words `a[i..]` and `b[j..]` have in common, in order.
fn longest_common(a: &[&str], b: &[&str]) -> Vec<Vec<u16>> {
    let mut longest = vec![vec![0_u16; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i][j] = match a[i] == b[j] {
                true => longest[i + 1][j + 1] + 1,
                false => longest[i + 1][j].max(longest[i][j + 1]),
            };
        }
    }
    longest
}

fn pieces<'a>(words: impl Iterator<Item = (Fate, &'a str)>) -> Vec<(Fate, String)> {
    let mut pieces: Vec<(Fate, String)> = Vec::new();
    for (fate, word) in words.filter(|(_, word)| !word.is_empty()) {
        match pieces.last_mut() {
            Some((last, text)) if *last == fate => {
                text.push(' ');
                text.push_str(word);
            }
            _ => pieces.push((fate, word.to_owned())),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> String {
        let word = |(fate, text): (Fate, String)| match fate {
            Fate::Gone => format!("[-{text}]"),
            Fate::New => format!("[+{text}]"),
            Fate::Same | Fate::Changed => text,
        };
        between(before, after)
            .into_iter()
            .map(word)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn words_stay_go_and_come() {
        assert_eq!(
            told("the share is 40% for a", "the share is 42% for b"),
            "the share is [-40%] [+42%] for [-a] [+b]"
        );
        assert_eq!(told("", "all new"), "[+all new]");
        assert_eq!(told("all gone", ""), "[-all gone]");
        assert_eq!(told("same", "same"), "same");
    }

    #[test]
    fn long_texts_are_told_apart_as_wholes() {
        let long = "a ".repeat(MOST_WORDS + 1);
        assert_eq!(between(&long, "b").len(), 2);
    }
}
