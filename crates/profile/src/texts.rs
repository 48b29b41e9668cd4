//! Texts described: how long they are, how they are written, in which language.

use crate::pass::TextPass;
use std::collections::BTreeMap;
use table::arrow::array::{Array, ArrayRef, StringArray};

/// Forms that are named.
const TOP_FORMS: usize = 3;
/// Runs of one sort of character are shortened to so many.
const LONGEST_RUN: usize = 4;
/// Fewest words from which a language is guessed.
const ENOUGH_WORDS: u64 = 50;

/// A column of texts in short; forms, words and language from sampled rows.
#[derive(Clone, Debug, PartialEq)]
pub struct TextSummary {
    /// Bytes of the shortest text.
    pub shortest: usize,
    /// Mean bytes.
    pub mean_length: f64,
    /// Bytes of the longest text.
    pub longest: usize,
    /// Mean number of words, parted by white space.
    pub n_words: f64,
    /// How texts are written, frequent forms first, each with its share: `A` for capital letters, `a` for others, `9` for
    /// digits; runs beyond four are `…`.
    pub forms: Vec<(String, f64)>,
    /// The language of most of its everyday words, and their share of all words; `None` where there are few words.
    pub language: Option<(&'static str, f64)>,
}

impl TextSummary {
    pub(crate) fn of(pass: &TextPass, sampled: &ArrayRef, n_present: u64) -> Option<TextSummary> {
        let texts = sampled.as_any().downcast_ref::<StringArray>()?;
        let n = (texts.len() - texts.null_count()).max(1) as f64;
        let present = || texts.iter().flatten();
        let n_words: usize = present().map(|text| text.split_whitespace().count()).sum();
        let mut forms: BTreeMap<String, usize> = BTreeMap::new();
        for text in present() {
            *forms.entry(form(text)).or_default() += 1;
        }
        let mut forms: Vec<(String, usize)> = forms.into_iter().collect();
        forms.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        forms.truncate(TOP_FORMS);
        Some(TextSummary {
            shortest: pass.shortest,
            mean_length: pass.n_bytes as f64 / n_present as f64,
            longest: pass.longest,
            n_words: n_words as f64 / n,
            forms: forms
                .into_iter()
                .map(|(form, count)| (form, count as f64 / n))
                .collect(),
            language: language(present()),
        })
    }
}

/// A text with its letters and digits replaced by their sort.
fn form(text: &str) -> String {
    let sort = |c: char| match c {
        _ if c.is_numeric() => '9',
        _ if c.is_uppercase() => 'A',
        _ if c.is_alphabetic() => 'a',
        _ if c.is_whitespace() => ' ',
        _ => c,
    };
    let (mut form, mut last, mut run) = (String::new(), None, 0);
    for c in text.chars().take(64).map(sort) {
        run = if last == Some(c) { run + 1 } else { 1 };
        last = Some(c);
        match run {
            1..=LONGEST_RUN => form.push(c),
            5 => form.push('…'),
            _ => {}
        }
    }
    form
}

/// Everyday words that no other of these languages has.
const EVERYDAY: [(&str, &[&str]); 7] = [
    (
        "English",
        &[
            "the", "and", "of", "is", "to", "with", "was", "for", "that", "this", "are", "they",
        ],
    ),
    (
        "German",
        &[
            "der", "und", "ist", "nicht", "das", "mit", "ein", "eine", "auf", "für", "sie", "dem",
        ],
    ),
    (
        "French",
        &[
            "le", "et", "les", "est", "pas", "une", "dans", "pour", "sur", "avec", "vous", "nous",
        ],
    ),
    (
        "Spanish",
        &[
            "el", "los", "y", "las", "una", "por", "muy", "pero", "como", "está", "más", "del",
        ],
    ),
    (
        "Italian",
        &[
            "il", "che", "di", "non", "gli", "sono", "della", "per", "anche", "più", "nel", "alla",
        ],
    ),
    (
        "Portuguese",
        &[
            "o", "os", "não", "uma", "com", "muito", "mas", "são", "foi", "pelo", "você", "em",
        ],
    ),
    (
        "Dutch",
        &[
            "het", "een", "niet", "van", "ik", "voor", "zijn", "maar", "ook", "naar", "bij", "wij",
        ],
    ),
];

fn language<'a>(texts: impl Iterator<Item = &'a str>) -> Option<(&'static str, f64)> {
    let (mut n_words, mut counts) = (0_u64, [0_u64; EVERYDAY.len()]);
    for word in texts.flat_map(|text| text.split(|c: char| !c.is_alphabetic())) {
        if word.is_empty() {
            continue;
        }
        n_words += 1;
        let word = word.to_lowercase();
        for (count, (_, words)) in counts.iter_mut().zip(EVERYDAY) {
            *count += u64::from(words.contains(&word.as_str()));
        }
    }
    let (best, count) = counts
        .iter()
        .enumerate()
        .max_by_key(|(place, count)| (**count, usize::MAX - place))?;
    let second = counts
        .iter()
        .enumerate()
        .filter(|(place, _)| *place != best)
        .map(|(_, n)| *n)
        .max()?;
    let share = *count as f64 / n_words.max(1) as f64;
    let is_clear = n_words >= ENOUGH_WORDS && share >= 0.05 && *count >= 2 * second;
    is_clear.then_some((EVERYDAY[best].0, share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_show_how_texts_are_written() {
        assert_eq!(form("SKU-48213"), "AAA-9999…");
        assert_eq!(form("7590-VHVEG"), "9999-AAAA…");
        assert_eq!(form("Über uns"), "Aaaa aaa");
        assert_eq!(form(""), "");
    }

    #[test]
    fn a_language_is_told_by_its_everyday_words() {
        let english = ["the line is slow and they said that it was fine for the price"; 10];
        assert_eq!(
            language(english.into_iter()).map(|found| found.0),
            Some("English")
        );
        let german = ["das ist nicht mit der Leitung und auf dem Land für sie"; 10];
        assert_eq!(language(german.into_iter()).map(|found| found.0), Some("German"));
        assert_eq!(language(["SKU 1", "the"].into_iter()), None);
    }
}
