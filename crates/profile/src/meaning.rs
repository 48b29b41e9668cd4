//! What a column is about, beyond the type of its cells.

use crate::cells::Cells;
use table::Kind;

/// Fewest values from which uniqueness says anything.
const ENOUGH: usize = 20;
/// Mean words from which texts read as sentences.
const SENTENCE_WORDS: f64 = 4.0;

/// What a column is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// Names its row: unique or nearly so, and without a meaning of its own.
    Identifier,
    /// One value throughout, apart from missing cells.
    Constant,
    /// No values.
    AllMissing,
    /// One of some levels.
    Category,
    /// Yes or no.
    Flag,
    /// Whole numbers from 0 upwards.
    Count,
    /// Other numbers.
    Amount,
    /// Calendar days.
    Date,
    /// Points in time.
    Time,
    /// Sentences.
    FreeText,
    /// What is to be explained or predicted.
    Target,
}

impl Meaning {
    /// The word shown, such as `free text`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Meaning::Identifier => "identifier",
            Meaning::Constant => "constant",
            Meaning::AllMissing => "all missing",
            Meaning::Category => "category",
            Meaning::Flag => "flag",
            Meaning::Count => "count",
            Meaning::Amount => "amount",
            Meaning::Date => "date",
            Meaning::Time => "time",
            Meaning::FreeText => "free text",
            Meaning::Target => "target",
        }
    }
}

/// What is known about a column before its meaning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    pub(crate) n_present: usize,
    /// Different values.
    pub(crate) distinct: f64,
}

pub(crate) fn meaning_of(facts: Facts<'_>, cells: &Cells) -> Meaning {
    match (facts.n_present, facts.distinct, facts.kind) {
        (0, ..) => Meaning::AllMissing,
        (_, distinct, _) if distinct <= 1.0 => Meaning::Constant,
        (_, _, Kind::Date) => Meaning::Date,
        (_, _, Kind::Time) => Meaning::Time,
        (_, _, Kind::Boolean) => Meaning::Flag,
        _ => match cells {
            Cells::Texts(texts) => of_texts(facts, texts),
            Cells::Numbers(numbers) => of_numbers(facts, numbers),
        },
    }
}

fn of_texts(facts: Facts<'_>, texts: &[Option<String>]) -> Meaning {
    let is_flag = |text: &str| {
        matches!(
            text.trim().to_ascii_lowercase().as_str(),
            "yes" | "no" | "y" | "n" | "true" | "false" | "t" | "f" | "0" | "1"
        )
    };
    if facts.distinct == 2.0 && texts.iter().flatten().all(|text| is_flag(text)) {
        return Meaning::Flag;
    }
    let n_words: usize = texts
        .iter()
        .flatten()
        .map(|text| text.split_whitespace().count())
        .sum();
    let reads_as_sentences = n_words as f64 / facts.n_present as f64 >= SENTENCE_WORDS;
    let share = facts.distinct / facts.n_present as f64;
    if facts.n_present < ENOUGH || share < 0.5 {
        return Meaning::Category;
    }
    match (reads_as_sentences, share) {
        (true, _) => Meaning::FreeText,
        (false, share) if share >= 0.95 || (share >= 0.5 && is_id_name(facts.name)) => Meaning::Identifier,
        _ => Meaning::Category,
    }
}

fn of_numbers(facts: Facts<'_>, numbers: &[f64]) -> Meaning {
    let present = || numbers.iter().filter(|x| !x.is_nan());
    if present().all(|x| *x == 0.0 || *x == 1.0) {
        return Meaning::Flag;
    }
    let whole = present().all(|x| x.fract() == 0.0);
    let share = facts.distinct / facts.n_present as f64;
    if whole && facts.n_present >= ENOUGH && share >= 0.98 {
        let low = present().copied().fold(f64::INFINITY, f64::min);
        let high = present().copied().fold(f64::NEG_INFINITY, f64::max);
        // Numbered rows leave few gaps; unique amounts do.
        let is_numbered = facts.distinct >= facts.n_present as f64 && high - low < 1.1 * facts.distinct;
        if is_numbered || is_id_name(facts.name) {
            return Meaning::Identifier;
        }
    }
    if whole && present().all(|x| *x >= 0.0) {
        Meaning::Count
    } else {
        Meaning::Amount
    }
}

/// Whether a name ends as those of identifiers do: `id`, `customerID`, `order_key`, `rownames`.
fn is_id_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit(['_', ' ', '-', '.']).next().unwrap_or_default();
    matches!(
        last,
        "id" | "ids"
            | "key"
            | "uuid"
            | "guid"
            | "no"
            | "nr"
            | "number"
            | "code"
            | "rownames"
            | "rowname"
            | "index"
    ) || name.ends_with("ID")
        || name.ends_with("Id")
        || name.ends_with("Number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, texts: &[&str]) -> Meaning {
        let mut sorted = texts.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let facts = Facts {
            name,
            kind: Kind::Text,
            n_present: texts.len(),
            distinct: sorted.len() as f64,
        };
        meaning_of(
            facts,
            &Cells::Texts(texts.iter().map(|text| Some((*text).to_owned())).collect()),
        )
    }

    fn number(name: &str, numbers: &[f64]) -> Meaning {
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let facts = Facts {
            name,
            kind: Kind::Number,
            n_present: numbers.len(),
            distinct: sorted.len() as f64,
        };
        meaning_of(facts, &Cells::Numbers(numbers.to_vec()))
    }

    #[test]
    fn texts_are_told_apart() {
        assert_eq!(text("left", &["Yes", "No", "No"]), Meaning::Flag);
        assert_eq!(text("gender", &["Female", "Male"]), Meaning::Category);
        let unique: Vec<String> = (0..50).map(|i| format!("7590-{i}")).collect();
        assert_eq!(
            text("customer", &unique.iter().map(String::as_str).collect::<Vec<_>>()),
            Meaning::Identifier
        );
        let said: Vec<String> = (0..50)
            .map(|i| format!("they said {i} times that it is dear"))
            .collect();
        assert_eq!(
            text("note", &said.iter().map(String::as_str).collect::<Vec<_>>()),
            Meaning::FreeText
        );
    }

    #[test]
    fn numbers_are_told_apart() {
        let rows: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(number("row", &rows), Meaning::Identifier);
        let spread: Vec<f64> = (1..=100).map(|i| f64::from(i * i * 7)).collect();
        assert_eq!(number("income", &spread), Meaning::Count);
        assert_eq!(number("customer_id", &spread), Meaning::Identifier);
        assert_eq!(number("senior", &[0.0, 1.0, 1.0]), Meaning::Flag);
        assert_eq!(number("balance", &[-3.0, 1.0, 2.5]), Meaning::Amount);
        assert_eq!(number("same", &[4.0, 4.0]), Meaning::Constant);
    }
}
